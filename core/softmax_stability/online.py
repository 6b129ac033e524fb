"""Softmax in one pass over a stream of logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.softmax_stability.arithmetic import softmax_steps
from core.softmax_stability.inputs import prepare
from core.softmax_stability.truth import row_truth
from core.validate import check_integer


@dataclass(frozen=True, slots=True)
class OnlineTrace:
    """A one-pass computation of softmax over a stream of logits.

    Attributes
    ----------
    order : ndarray of int, shape (n_classes,)
        The class that arrives at each step.
    running_max, running_sum : ndarray, shape (n_classes,)
        Maximum and sum after each step.
    rescaled : ndarray of bool, shape (n_classes,)
        Whether a new maximum rescaled the sum. True at the first finite logit, which replaces the initial maximum −inf.
    n_rescales : int
        Number of true entries in `rescaled`.
    expected_rescales : float
        Expected number of strictly increasing running maxima of the logits in random order, without masked ones. For n
        different values it is 1 + ½ + … + 1/n.
    probabilities : ndarray, shape (n_classes,)
        In the order of the classes, not of the steps.
    error, two_pass_error : float
        Largest absolute error of these probabilities and of the shifted softmax, against `reference`.
    """

    order: NDArray[np.int64]
    running_max: NDArray[np.float64]
    running_sum: NDArray[np.float64]
    rescaled: NDArray[np.bool_]
    n_rescales: int
    expected_rescales: float
    probabilities: NDArray[np.float64]
    error: float
    two_pass_error: float


def online_softmax(logits: ArrayLike, *, dtype: str, seed: int | None = None, temperature: float = 1.0) -> OnlineTrace:
    """Compute softmax of logits / temperature in one pass that updates the running maximum and sum together.

    Each logit z updates m ← max(m, z) and s ← s · exp(m_before − m) + exp(z − m); then p_k = exp(z_k − m) / s. The
    logits arrive in the given order, or shuffled by ``seed``. For 16-bit types s is accumulated in float32. A masked
    logit (−inf) before the first finite one leaves m = −inf and s = 0.

    Raises
    ------
    InvalidArgument
        As `trace`; ``seed`` negative or not an integer.

    References
    ----------
    Milakov, M., Gimelshein, N. (2018). Online normalizer calculation for softmax. arXiv:1805.02867

    Examples
    --------
    >>> online = online_softmax([0, 2, 1], dtype="float64")
    >>> (online.running_max.tolist(), online.n_rescales)
    ([0.0, 2.0, 2.0], 2)
    >>> [round(float(p), 4) for p in online.probabilities]
    [0.09, 0.6652, 0.2447]
    """
    scaled, z = prepare(logits, dtype, 0, temperature)
    order = np.arange(z.size)
    if seed is not None:
        check_integer(seed, "seed", low=0)
        order = np.random.default_rng(seed).permutation(z.size)
    stream = z[order]
    accumulator = np.float32 if z.dtype.itemsize == 2 else z.dtype.type
    running_max, running_sum = np.empty_like(stream), np.empty(z.size, dtype=accumulator)
    maximum, total = z.dtype.type(-np.inf), accumulator(0)
    with np.errstate(all="ignore"):
        for step, value in enumerate(stream):
            before, maximum = maximum, max(maximum, value)
            if maximum > -np.inf:
                total = total * accumulator(np.exp(before - maximum)) + accumulator(np.exp(value - maximum))
            running_max[step], running_sum[step] = maximum, total
        probabilities = (np.exp(z - maximum) / z.dtype.type(total)).astype(np.float64)
        two_pass = softmax_steps(z, shifted=True)["p"].astype(np.float64)
    truth = row_truth(scaled, z, 0).probabilities
    rescaled = running_max > np.concatenate([[-np.inf], running_max[:-1]])
    return OnlineTrace(
        order=order,
        running_max=running_max.astype(np.float64),
        running_sum=running_sum.astype(np.float64),
        rescaled=rescaled,
        n_rescales=int(rescaled.sum()),
        expected_rescales=_expected_maxima(z.astype(np.float64)),
        probabilities=probabilities,
        error=float(np.abs(probabilities - truth).max()),
        two_pass_error=float(np.abs(two_pass - truth).max()),
    )


def _expected_maxima(values: NDArray[np.float64]) -> float:
    """Return the expected number of strict running maxima in random order: Σ over values of P(it comes before larger).

    A value that occurs m times is a maximum if one of these m comes before all larger values.
    """
    counts = np.unique(values[values > -np.inf], return_counts=True)[1]
    at_least = np.cumsum(counts[::-1])[::-1]
    return float(np.sum(counts / at_least))
