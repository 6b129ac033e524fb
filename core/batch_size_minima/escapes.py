"""Hundreds of SGD runs at once on the double well, and the share that ends in the flat minimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.batch_size_minima.double_well import BARRIER, Array
from core.batch_size_minima.minibatch_noise import N_EXAMPLES, NOISES, noisy_slope, shift_sd
from core.intervals import wilson
from core.validate import InvalidArgument, check_choice, check_integer, check_positive, check_vector

N_RUNS = 250
STARTS = ("sharp", "flat", "uniform")
UNIFORM = (-1.5, 1.5)

# Runs start within this distance of a minimum. Exactly at the minimum the gradient is zero, and a run without noise
# would never move.
START_RADIUS = 0.01

# With lr/B held constant, the requested learning rate applies to this batch size.
REFERENCE = 32

# Number of evenly spaced updates after the start at which the paths are recorded.
STAGES = 20

# A run farther from 0 than this has diverged.
DIVERGENCE_RADIUS = 10.0


@dataclass(frozen=True, slots=True)
class Escape:
    """Where SGD runs on the double well end, by batch size.

    Attributes
    ----------
    batch_sizes, steps : ndarray of int, shape (m,)
    learning_rates : ndarray, shape (m,)
    stages : ndarray of int, shape (m, STAGES + 1)
        Numbers of updates at which the paths are recorded, evenly spaced from 0 to the last update.
    path : ndarray of float32, shape (m, STAGES + 1, n_runs)
        w at the stages; nan where a run has diverged, that is, where |w| is at least `DIVERGENCE_RADIUS`.
    in_sharp, in_flat : ndarray of int, shape (m, STAGES + 1)
        Number of runs on either side of the barrier at the stages.
    flat, low, high : ndarray, shape (m,)
        Share of the runs that end in the flat basin among those that have not diverged, and its 95 % Wilson interval;
        nan if all runs have diverged.
    diverged : ndarray, shape (m,)
        Share of the runs that have diverged.
    """

    batch_sizes: NDArray[np.int64]
    learning_rates: Array
    steps: NDArray[np.int64]
    stages: NDArray[np.int64]
    path: NDArray[np.float32]
    in_sharp: NDArray[np.int64]
    in_flat: NDArray[np.int64]
    flat: Array
    low: Array
    high: Array
    diverged: Array


def escape(
    batch_sizes: Sequence[int],
    *,
    learning_rate: float = 0.01,
    steps: int = 1500,
    noise: str = "batch",
    start: str = "sharp",
    constant_ratio: bool = False,
    n_runs: int = N_RUNS,
    seed: int = 0,
) -> Escape:
    """Run SGD on the double well for every batch size.

    All batch sizes share the same starting points and the same normal draws, scaled by their standard deviation.

    Parameters
    ----------
    batch_sizes : sequence of int
        From 1 to `N_EXAMPLES`.
    learning_rate : float
        Positive.
    steps : int
        Number of updates, 1 … 20 000.
    noise : {"batch", "proportional", "label", "additive"}
        ``batch``: an update follows the slope at w − δ, where δ is the shift of its minibatch. The other kinds add a
        normal number to the slope at w, so that the expected update follows the full slope. At the sharp minimum its
        standard deviation equals that of a batch of B. Elsewhere it is proportional to the curvature
        (``proportional``), proportional to the square root of the curvature, as with resampled labels (``label``), or
        constant (``additive``).
    start : {"sharp", "flat", "uniform"}
        Within `START_RADIUS` of one of the minima, or uniform between −1.5 and 1.5.
    constant_ratio : bool
        Hold lr/B and lr × updates constant: ``learning_rate`` and ``steps`` are those of B = `REFERENCE`.
    n_runs : int
        1 … 5000.
    seed : int

    Returns
    -------
    Escape

    Raises
    ------
    InvalidArgument
        ``batch_sizes`` empty or outside 1 … 512; ``learning_rate`` not positive; ``steps`` outside 1 … 20 000; unknown
        ``noise`` or ``start``; ``n_runs`` outside 1 … 5000; ``seed`` below 0.

    References
    ----------
    HaoChen, J. Z., Wei, C., Lee, J. D., Ma, T. (2021). Shape matters: understanding the implicit bias of the noise
    covariance. arXiv:2006.08680

    Examples
    --------
    >>> result = escape([8, 512])
    >>> (result.flat > 0.5).tolist()
    [True, False]
    """
    sizes = check_batch_sizes(batch_sizes)
    check_positive(learning_rate, "learning_rate")
    check_integer(steps, "steps", low=1, high=20_000)
    check_choice(noise, "noise", NOISES)
    check_integer(n_runs, "n_runs", low=1, high=5_000)
    ratio = sizes / REFERENCE if constant_ratio else np.ones(sizes.size)
    rates, last = learning_rate * ratio, np.maximum(np.rint(steps / ratio), 1).astype(np.int64)
    stages = np.rint(np.linspace(0, last, STAGES + 1, axis=1)).astype(np.int64)
    rng = np.random.default_rng(check_integer(seed, "seed", low=0))
    path = np.empty((sizes.size, STAGES + 1, n_runs))
    # Sort by length, longest first, so that the rows still running are a slice.
    order = np.argsort(-last, kind="stable")
    w = np.tile(initial_points(start, n_runs, rng), (sizes.size, 1))
    sd, lr = shift_sd(sizes[order])[:, np.newaxis], rates[order][:, np.newaxis]
    running = np.searchsorted(-last[order], -np.arange(1, last.max() + 1), side="right")
    due: dict[int, list[tuple[int, int]]] = {}
    for row, stage in np.ndindex(stages.shape):
        due.setdefault(int(stages[order[row], stage]), []).append((row, stage))
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(int(last.max()) + 1):
            if t:
                k = running[t - 1]
                w[:k] -= lr[:k] * noisy_slope(w[:k], sd[:k] * rng.standard_normal(n_runs), noise)
            for row, stage in due.get(t, ()):
                path[order[row], stage] = w[row]
        path[~(np.abs(path) < DIVERGENCE_RADIUS)] = np.nan
        in_sharp, in_flat = (path <= BARRIER).sum(axis=2), (path > BARRIER).sum(axis=2)
        remaining = in_sharp[:, -1] + in_flat[:, -1]
        share = in_flat[:, -1] / np.where(remaining > 0, remaining, np.nan)
    low, high = wilson(in_flat[:, -1], remaining)
    # A cached result has half the size in single precision.
    kept = path.astype(np.float32)
    return Escape(sizes, rates, last, stages, kept, in_sharp, in_flat, share, low, high, 1 - remaining / n_runs)


def check_batch_sizes(batch_sizes: Sequence[int]) -> NDArray[np.int64]:
    """Return the batch sizes as an array, or raise `InvalidArgument`."""
    check_vector(batch_sizes, "batch_sizes")
    return np.array([check_integer(size, "batch_sizes", low=1, high=N_EXAMPLES) for size in batch_sizes])


def initial_points(start: str, n_runs: int, rng: np.random.Generator) -> Array:
    """Draw the starting points of all runs, shape (n_runs,).

    Raises
    ------
    InvalidArgument
        Unknown ``start``.
    """
    check_choice(start, "start", STARTS)
    if start == "uniform":
        return rng.uniform(*UNIFORM, n_runs)
    return (-1.0 if start == "sharp" else 1.0) + rng.uniform(-START_RADIUS, START_RADIUS, n_runs)


def row_of_batch_size(result: Escape, batch_size: int) -> int:
    """Return the row of a result that belongs to a batch size.

    Raises
    ------
    InvalidArgument
        ``unknown_choice`` if the result does not include this batch size.

    Examples
    --------
    >>> row_of_batch_size(escape([8, 512], steps=1), 512)
    1
    """
    rows = np.flatnonzero(result.batch_sizes == batch_size)
    if not rows.size:
        allowed = ", ".join(map(str, result.batch_sizes))
        raise InvalidArgument("unknown_choice", argument="batch_size", allowed=allowed, value=batch_size)
    return int(rows[0])


def learning_rate_of(result: Escape, batch_size: int) -> float:
    """Return the learning rate that a result used with a batch size.

    Raises
    ------
    InvalidArgument
        ``unknown_choice`` if the result does not include this batch size.

    Examples
    --------
    >>> learning_rate_of(escape([8, 64], steps=1, learning_rate=0.01, constant_ratio=True), 64)
    0.02
    """
    return float(result.learning_rates[row_of_batch_size(result, batch_size)])
