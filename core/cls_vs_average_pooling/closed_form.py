"""The accuracy of pooling by attention with a fixed sharpness, without any training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from core.cls_vs_average_pooling.pooling import Array, attention_weights
from core.cls_vs_average_pooling.sequences import NEEDLE_KEY, NEEDLE_VALUE, check_sequences, draw_sequences
from core.validate import check_between, check_integer


@dataclass(frozen=True, slots=True)
class PooledAccuracy:
    """Accuracy of the sign of the pooled value as a prediction of the label.

    Attributes
    ----------
    lengths : ndarray of int, shape (m,)
    accuracy, low, high : ndarray, shape (m,)
        Mean over seeds, and ± 2 standard errors. A tied label counts ½.
    signal_to_noise : ndarray, shape (m,)
        Mean of label · pooled value over its standard deviation; inf where the deviation is 0. In the needle task it is
        `needle_signal_to_noise`, which does not depend on the sequences drawn.
    needle_weight : ndarray, shape (m,)
        Mean weight of the decisive token; nan in the majority task.
    theory : ndarray, shape (m,)
        Φ(2 / √(n − 1)) for the needle under average pooling; nan otherwise.
    tied : ndarray, shape (m,)
        Share of sequences without a majority.
    """

    lengths: NDArray[np.int64]
    accuracy: Array
    low: Array
    high: Array
    signal_to_noise: Array
    needle_weight: Array
    theory: Array
    tied: Array


def pooled_accuracy(
    task: str, lengths: ArrayLike, *, sharpness: float, count: int = 1000, seeds: int = 5, seed: int = 0
) -> PooledAccuracy:
    """Classify random sequences of every length by the sign of Σ softmax(β k)_i v_i.

    Parameters
    ----------
    task : {"needle", "majority"}
    lengths : array_like of int, shape (m,)
    sharpness : float
        β, 0 … 100.
    count : int
        Number of sequences for each length and seed.
    seeds : int
        2 … 50.
    seed : int
        The first seed.

    Returns
    -------
    PooledAccuracy

    Raises
    ------
    InvalidArgument
        As `draw_sequences`; ``sharpness`` outside 0 … 100; ``seeds`` outside 2 … 50.

    Examples
    --------
    >>> result = pooled_accuracy("needle", [1, 5], sharpness=0.0, count=100)
    >>> float(result.accuracy[0]), round(float(result.theory[1]), 4)
    (1.0, 0.8413)
    """
    check_between(sharpness, "sharpness", 0.0, 100.0)
    check_integer(seeds, "seeds", low=2, high=50)
    sizes = np.atleast_1d(np.asarray(lengths, dtype=np.int64))
    statistics = []
    for length in sizes.tolist():
        check_sequences(task, length, count, seed)
        statistics.append(_accuracy_at_length(task, length, float(sharpness), int(count), int(seeds), int(seed)))
    mean, error, ratio, weight, tied = np.array(statistics).reshape(-1, 5).T
    with np.errstate(divide="ignore"):
        exact = ndtr(NEEDLE_VALUE / np.sqrt(sizes - 1.0))
    applies = task == "needle" and sharpness == 0
    return PooledAccuracy(
        lengths=sizes,
        accuracy=mean,
        low=np.clip(mean - 2 * error, 0, 1),
        high=np.clip(mean + 2 * error, 0, 1),
        signal_to_noise=ratio,
        needle_weight=weight,
        theory=exact if applies else np.full(sizes.size, np.nan),
        tied=tied,
    )


@lru_cache(maxsize=4096)
def _accuracy_at_length(
    task: str, length: int, sharpness: float, count: int, seeds: int, seed: int
) -> tuple[float, float, float, float, float]:
    """Return accuracy, its standard error, signal-to-noise ratio, needle weight and share of ties at one length."""
    shares, agreements, needle_weights, tied = [], [], [], []
    for number in range(seeds):
        sequences = draw_sequences(task, length, count=count, seed=seed + number)
        weights = attention_weights(sequences.keys, sharpness=sharpness)
        pooled = (weights * sequences.values).sum(axis=1)
        agreement = sequences.labels * pooled
        agreements.append(agreement)
        shares.append(float(np.mean(np.where(sequences.labels == 0, 0.5, agreement > 0))))
        rows = np.arange(count)
        needle_weights.append(float(weights[rows, sequences.needle].mean()) if task == "needle" else np.nan)
        tied.append(float(np.mean(sequences.labels == 0)))
    error = float(np.std(shares, ddof=1) / np.sqrt(seeds))
    if task == "needle":
        ratio = needle_signal_to_noise(length, sharpness)
    else:
        spread = float(np.std(agreements))
        ratio = float(np.mean(agreements)) / spread if spread > 1e-12 else np.inf
    return float(np.mean(shares)), error, ratio, float(np.mean(needle_weights)), float(np.mean(tied))


# Edges of the strata of the probability that the largest of the other keys is exceeded. They reach far into the tail,
# because rare sequences, in which another key beats the needle's, make up most of the noise of a sharp attention.
_TAIL_EDGES = np.unique(np.concatenate([[0.0], np.geomspace(1e-12, 1e-2, 600), np.linspace(1e-2, 1.0, 600)]))


@lru_cache(maxsize=512)
def needle_signal_to_noise(length: int, sharpness: float) -> float:
    """Return mean over standard deviation of label · pooled value in the needle task, by stratified sampling.

    Given the weights w, the pooled value times the label is 2w of the needle plus normal noise of variance Σw² of the
    others. The expectation over the keys is taken over strata of the largest of the other keys.

    Parameters
    ----------
    length : int
    sharpness : float
        β.

    Returns
    -------
    float
        inf at length 1.

    Examples
    --------
    >>> round(needle_signal_to_noise(17, 0.0), 6), round(needle_signal_to_noise(17, 6.0))
    (0.5, 45)
    """
    others = length - 1
    if others == 0:
        return float("inf")
    # One draw per stratum: the largest key, and the remaining ones below it.
    probability = np.diff(_TAIL_EDGES)
    exceeded = (_TAIL_EDGES[1:] + _TAIL_EDGES[:-1]) / 2
    single = -np.expm1(np.log1p(-exceeded) / others)  # probability that one key exceeds the largest
    largest = -ndtri(single)
    uniform = np.random.default_rng(0).random((exceeded.size, others - 1))
    keys = np.column_stack([largest, ndtri(uniform * (1 - single[:, np.newaxis]))])
    relative = np.exp(sharpness * (keys - NEEDLE_KEY))
    needle = 1 / (1 + relative.sum(axis=1))
    noise = (relative**2).sum(axis=1) * needle**2
    mean = float(probability @ needle)
    variance = NEEDLE_VALUE**2 * float(probability @ (needle - mean) ** 2) + float(probability @ noise)
    return NEEDLE_VALUE * mean / float(np.sqrt(variance))


def crossover(one: PooledAccuracy, other: PooledAccuracy) -> int | None:
    """Return the shortest length from which one method stays ahead of another.

    It is ahead at a length where the intervals are disjoint.

    Parameters
    ----------
    one, other : PooledAccuracy
        With the same lengths.

    Returns
    -------
    int or None
        None if ``one`` is not ahead at the longest length.

    Examples
    --------
    >>> average, attention = (pooled_accuracy("needle", [65, 257], sharpness=b, count=200) for b in (0.0, 2.0))
    >>> crossover(attention, average), crossover(average, attention)
    (65, None)
    """
    ahead = one.low > other.high
    lasting = np.logical_and.accumulate(ahead[::-1])[::-1]
    return int(one.lengths[lasting.argmax()]) if lasting.any() else None
