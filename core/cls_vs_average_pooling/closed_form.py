"""Pooling by attention in closed form: accuracy without any training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from core.validate import InvalidArgument, check_between, check_choice, check_integer

Array = NDArray[np.float64]

TASKS = ("needle", "majority")
MAX_LENGTH = 512
# The needle's key and value against N(0, 1) everywhere else; the noise on a vote of the majority task.
NEEDLE_KEY, NEEDLE_VALUE, VOTE_NOISE = 4.0, 2.0, 0.3


def attention_weights(keys: ArrayLike, *, sharpness: float) -> Array:
    """Return softmax(β k) over the last axis: uniform at β = 0 (average pooling), one token as β grows."""
    scores = sharpness * np.asarray(keys, dtype=np.float64)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total: Array = weights / weights.sum(axis=-1, keepdims=True)
    return total


def pool(values: ArrayLike, weights: ArrayLike, *, mask: ArrayLike | None = None) -> Array:
    """Return Σ w_i v_i over the tokens, the weights made to add up to 1 over those that ``mask`` keeps.

    Parameters
    ----------
    values : array_like, shape (..., n, d)
    weights : array_like, shape (..., n)
        Not negative.
    mask : array_like of bool, shape (..., n), optional
        False at padding.

    Raises
    ------
    InvalidArgument
        ``all_zero`` if some sequence keeps no token with a weight: it has no average.
    """
    kept = np.asarray(weights, dtype=np.float64)
    if mask is not None:
        kept = kept * np.asarray(mask, dtype=bool)
    total = kept.sum(axis=-1, keepdims=True)
    if (total <= 0).any():
        raise InvalidArgument("all_zero", argument="weights")
    pooled: Array = np.einsum("...n,...nd->...d", kept / total, np.asarray(values, dtype=np.float64))
    return pooled


@dataclass(frozen=True, slots=True)
class Sequences:
    """Random sequences of one task.

    Attributes
    ----------
    task : {"needle", "majority"}
    keys, values : ndarray, shape (count, n)
    labels : ndarray of int, shape (count,)
        1 or −1; 0 where an even number of votes is tied, which nothing can learn.
    needle : ndarray of int, shape (count,)
        Where the decisive token is; in the majority task 0, without meaning.
    """

    task: str
    keys: Array
    values: Array
    labels: NDArray[np.int64]
    needle: NDArray[np.int64]


def draw_sequences(task: str, length: int, *, count: int = 1000, seed: int = 0) -> Sequences:
    """Draw sequences of scalar keys and values.

    ``needle``: one token has key 4 and value ±2, its sign is the label; all other keys and values are N(0, 1).
    ``majority``: every value is a vote ±1 plus noise of sd 0.3, the label is the majority; keys are N(0, 1) and say
    nothing.

    Raises
    ------
    InvalidArgument
        Unknown ``task``; ``length`` outside 1 … 512; ``count`` below 1 or above 20000; ``seed`` negative.
    """
    _check_drawn(task, length, count, seed)
    rng = np.random.default_rng(seed)
    keys = rng.standard_normal((count, length))
    needle = np.zeros(count, dtype=np.int64)
    if task == "needle":
        labels = rng.choice((-1, 1), count)
        needle = rng.integers(length, size=count)
        values = rng.standard_normal((count, length))
        rows = np.arange(count)
        keys[rows, needle], values[rows, needle] = NEEDLE_KEY, NEEDLE_VALUE * labels
    else:
        votes = rng.choice((-1.0, 1.0), (count, length))
        labels = np.sign(votes.sum(axis=1)).astype(np.int64)
        values = votes + VOTE_NOISE * rng.standard_normal((count, length))
    return Sequences(task, keys, values, labels, needle)


def _check_drawn(task: str, length: int, count: int, seed: int) -> None:
    check_choice(task, "task", TASKS)
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    check_integer(count, "count", low=1, high=20_000)
    check_integer(seed, "seed", low=0)


@dataclass(frozen=True, slots=True)
class PooledAccuracy:
    """How often the sign of the pooled value is the label.

    Attributes
    ----------
    lengths : ndarray of int, shape (m,)
    accuracy, low, high : ndarray, shape (m,)
        Mean over seeds, and ± 2 standard errors. A tie counts ½.
    signal_to_noise : ndarray, shape (m,)
        Mean of label · pooled value over its standard deviation; inf where nothing is random.
    needle_weight : ndarray, shape (m,)
        Mean weight on the decisive token; nan in the majority task.
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
    """Classify fresh sequences of every length by the sign of Σ softmax(β k)_i v_i.

    Raises
    ------
    InvalidArgument
        As `draw_sequences`; ``sharpness`` outside 0 … 100; ``seeds`` outside 2 … 50.
    """
    check_between(sharpness, "sharpness", 0.0, 100.0)
    check_integer(seeds, "seeds", low=2, high=50)
    sizes = np.atleast_1d(np.asarray(lengths, dtype=np.int64))
    found = []
    for length in sizes.tolist():
        _check_drawn(task, length, count, seed)
        found.append(_at_length(task, length, float(sharpness), int(count), int(seeds), int(seed)))
    mean, error, ratio, weight, tied = np.array(found).reshape(-1, 5).T
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
def _at_length(
    task: str, length: int, sharpness: float, count: int, seeds: int, seed: int
) -> tuple[float, float, float, float, float]:
    """Return the mean and standard error of the accuracy, the ratio, the needle's weight and the ties at one length."""
    shares, ratios, weights_on, tied = [], [], [], []
    for number in range(seeds):
        drawn = draw_sequences(task, length, count=count, seed=seed + number)
        weights = attention_weights(drawn.keys, sharpness=sharpness)
        pooled = (weights * drawn.values).sum(axis=1)
        agreement = drawn.labels * pooled
        shares.append(float(np.mean(np.where(drawn.labels == 0, 0.5, agreement > 0))))
        spread = float(agreement.std())
        ratios.append(float(agreement.mean()) / spread if spread > 1e-12 else np.inf)
        rows = np.arange(count)
        weights_on.append(float(weights[rows, drawn.needle].mean()) if task == "needle" else np.nan)
        tied.append(float(np.mean(drawn.labels == 0)))
    error = float(np.std(shares, ddof=1) / np.sqrt(seeds))
    return float(np.mean(shares)), error, float(np.mean(ratios)), float(np.mean(weights_on)), float(np.mean(tied))


def crossover(one: PooledAccuracy, other: PooledAccuracy) -> int | None:
    """Return the shortest length from which ``one`` leads ``other`` beyond both intervals, at every longer one too.

    None if it never does.
    """
    ahead = one.low > other.high
    lasting = np.logical_and.accumulate(ahead[::-1])[::-1]
    return int(one.lengths[lasting.argmax()]) if lasting.any() else None


@dataclass(frozen=True, slots=True)
class PaddingDrift:
    """What averaging makes of one sentence as its neighbour in the batch grows.

    Attributes
    ----------
    neighbours : ndarray of int, shape (m,)
        Length of the longest sequence in the batch, which the sentence is padded to.
    with_padding, masked : ndarray, shape (m,)
        ‖pooled − alone‖ / ‖alone‖ of the sentence's vector, averaging padding too, and without it.
    cosine : ndarray, shape (m,)
        Between the vector averaged with padding and the one the sentence has alone.
    index_zero_right, index_zero_left : ndarray of bool, shape (m,)
        Whether index 0 is the sentence's first token, with the padding on the right and on the left.
    """

    neighbours: NDArray[np.int64]
    with_padding: Array
    masked: Array
    cosine: Array
    index_zero_right: NDArray[np.bool_]
    index_zero_left: NDArray[np.bool_]


def padding_drift(length: int, neighbours: ArrayLike, *, width: int = 16, seed: int = 0) -> PaddingDrift:
    """Pad a random sentence to each neighbour's length with one embedding of the padding token, and average.

    Raises
    ------
    InvalidArgument
        ``length`` outside 1 … 512, or a neighbour shorter than the sentence or over 512.

    References
    ----------
    Hugging Face Transformers issues 17463 (padding changes outputs) and 22137 (left padding).
    """
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    sizes = np.atleast_1d(np.asarray(neighbours, dtype=np.int64))
    check_between(float(sizes.min()), "neighbours", length, MAX_LENGTH)
    check_between(float(sizes.max()), "neighbours", length, MAX_LENGTH)
    rng = np.random.default_rng(seed)
    tokens, padding = rng.standard_normal((length, width)) + rng.standard_normal(width), rng.standard_normal(width)
    alone = tokens.mean(axis=0)
    drifts, masked, cosines = [], [], []
    for size in sizes:
        batch = np.concatenate([tokens, np.tile(padding, (int(size) - length, 1))])
        mask = np.arange(size) < length
        naive, kept = pool(batch, np.ones(size)), pool(batch, np.ones(size), mask=mask)
        scale = float(np.linalg.norm(alone))
        drifts.append(float(np.linalg.norm(naive - alone)) / scale)
        masked.append(float(np.linalg.norm(kept - alone)) / scale)
        cosines.append(float(naive @ alone / (np.linalg.norm(naive) * scale)))
    return PaddingDrift(
        neighbours=sizes,
        with_padding=np.array(drifts),
        masked=np.array(masked),
        cosine=np.array(cosines),
        index_zero_right=np.ones(sizes.size, dtype=bool),
        index_zero_left=sizes == length,
    )
