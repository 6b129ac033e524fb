"""One SGD run on the double well, with the landscape that each of its minibatches sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.batch_size_minima.double_well import Array, landscape
from core.batch_size_minima.escapes import N_RUNS, check_batch_sizes, initial_points
from core.batch_size_minima.minibatch_noise import NOISES, minibatch_loss, noisy_slope, shift_sd, smoothed_landscape
from core.validate import check_choice, check_integer, check_positive


@dataclass(frozen=True, slots=True)
class MinibatchLandscapes:
    """The landscape that each update of one run descends.

    Attributes
    ----------
    w, full, mean : ndarray, shape (k,)
        Grid, landscape of all the data on it, and the mean of the landscapes of all batches of this size. For the noise
        ``batch`` the mean is smoothed by the normal distribution of the shift; for the others it equals ``full``.
    seen : ndarray, shape (updates, k)
        The landscape that each update descends: for the noise ``batch`` the shifted landscape, otherwise a curve that
        meets the full landscape at the run's current point.
    path : ndarray, shape (updates + 1,)
        w before each update and after the last one.
    height : ndarray, shape (updates, 2)
        ``seen`` at the run's position before and after each update.
    """

    w: Array
    full: Array
    mean: Array
    seen: Array
    path: Array
    height: Array


def minibatch_landscapes(
    batch_size: int,
    *,
    learning_rate: float = 0.01,
    noise: str = "batch",
    start: str = "sharp",
    updates: int = 40,
    n_runs: int = N_RUNS,
    seed: int = 0,
) -> MinibatchLandscapes:
    """Follow the first run of `escape`, at this learning rate, through its first updates.

    Parameters
    ----------
    batch_size : int
    learning_rate, noise, start, n_runs, seed
        As in `escape`.
    updates : int
        1 … 200.

    Returns
    -------
    MinibatchLandscapes

    Raises
    ------
    InvalidArgument
        As `escape`; ``updates`` outside 1 … 200.

    Examples
    --------
    >>> result = minibatch_landscapes(16, updates=3)
    >>> result.seen.shape, result.path.shape
    ((3, 151), (4,))
    """
    [size] = check_batch_sizes([batch_size])
    check_positive(learning_rate, "learning_rate")
    check_choice(noise, "noise", NOISES)
    check_integer(updates, "updates", low=1, high=200)
    rng = np.random.default_rng(check_integer(seed, "seed", low=0))
    grid = np.linspace(-1.75, 2.75, 151)
    path = np.empty(updates + 1)
    path[0] = initial_points(start, n_runs, rng)[0]
    seen, height = np.empty((updates, grid.size)), np.empty((updates, 2))
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(updates):
            shift = shift_sd(size) * rng.standard_normal(n_runs)[:1]
            path[t + 1] = path[t] - learning_rate * noisy_slope(path[t : t + 1], shift, noise)[0]
            points = np.concatenate([path[t : t + 2], grid])
            heights = minibatch_loss(points, shift, noise, path[t])
            height[t], seen[t] = heights[:2], heights[2:]
    full = landscape(grid)
    return MinibatchLandscapes(
        grid, full, smoothed_landscape(grid, size) if noise == "batch" else full, seen, path, height
    )
