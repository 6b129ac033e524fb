"""Two experiments beyond convex losses of two parameters: escaping a basin, and overfitting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from core import datasets

Array = NDArray[np.float64]
_FREQUENCIES = np.linspace(0.0, 8.0, 4001)


@dataclass(frozen=True, slots=True)
class Basins:
    """A loss of one parameter with several minima: sin(ωx) fitted to 64 noisy points of sin(3x).

    Attributes
    ----------
    x, y : ndarray, shape (64,)
    minima, ridges : ndarray, shapes (k,), (k + 1,)
        The local minima, and the maxima that bound their basins.
    losses : ndarray, shape (k,)
        Losses at the minima.
    """

    x: Array
    y: Array
    minima: Array
    ridges: Array
    losses: Array


@lru_cache(maxsize=1)
def basins() -> Basins:
    """Draw the data and find the minima of ½ mean (sin(ωx) − y)² for ω in (0, 8) on a grid with step 0.002."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 4, 64)
    y = np.sin(3 * x) + rng.normal(0, 0.5, 64)
    loss = 0.5 * ((np.sin(_FREQUENCIES[:, np.newaxis] * x) - y) ** 2).mean(axis=1)
    turns = np.diff(np.sign(np.diff(loss)))
    minima, ridges = (1 + np.flatnonzero(turns == sign) for sign in (2, -2))
    minima = minima[(minima > ridges[0]) & (minima < ridges[-1])]
    return Basins(x, y, _FREQUENCIES[minima], _FREQUENCIES[ridges], loss[minima])


def share_in_best_basin(
    *, start: float, batch_size: int, learning_rate: float, updates: int = 2000, n_runs: int = 200, seed: int = 0
) -> float:
    """Return the share of runs from ``start`` that end in the basin of the lowest minimum.

    Batches are drawn with replacement. A batch of all 64 samples is gradient descent: a single deterministic run.
    """
    landscape, rng = basins(), np.random.default_rng(seed)
    omega = np.full(1 if batch_size == landscape.x.size else n_runs, start)
    for _ in range(updates):
        x, y = landscape.x, landscape.y
        if batch_size < landscape.x.size:
            order = rng.integers(landscape.x.size, size=(n_runs, batch_size))
            x, y = landscape.x[order], landscape.y[order]
        angle = omega[:, np.newaxis] * x
        omega = omega - learning_rate * ((np.sin(angle) - y) * np.cos(angle) * x).mean(axis=1)
    best = int(landscape.losses.argmin())
    low, high = (
        landscape.ridges[landscape.ridges < landscape.minima[best]].max(),
        landscape.ridges[landscape.ridges > landscape.minima[best]].min(),
    )
    return float(np.mean((omega > low) & (omega < high)))


@dataclass(frozen=True, slots=True)
class Overfit:
    """Training and test loss on small training sets, by batch size.

    Attributes
    ----------
    lowest, last : dict of int to float
        Mean test loss over the splits, by batch size: its minimum over the updates, and its value after the last one.
    train : dict of int to float
        Mean training loss after the last update.
    difference, half_width : float
        Final test loss with the smaller batch minus that with the larger, paired over the splits, and the half-width
        of its 95 % t interval. The splits are of the same patients, so the variance of the mean is corrected for their
        overlap (Nadeau and Bengio 2003, Machine Learning 52).
    n_splits : int
    """

    lowest: dict[int, float]
    last: dict[int, float]
    train: dict[int, float]
    difference: float
    half_width: float
    n_splits: int


@lru_cache(maxsize=1)
def overfit(*, n_train: int = 100, small: int = 5, updates: int = 2000, n_splits: int = 20) -> Overfit:
    """Fit the diabetes data with 10 features and their 55 products, by gradient descent and by mini-batches.

    Both start at 0 and use the same learning rate, so they differ in the batch size only.
    """
    patients = datasets.diabetes()
    first, second = np.triu_indices(10)
    products = patients.features[:, first] * patients.features[:, second]
    table = datasets.standardise(np.concatenate([patients.features, products], axis=1)) / np.sqrt(65)
    orders = np.stack([np.random.default_rng(split).permutation(len(table)) for split in range(n_splits)])
    train, test = orders[:, :n_train], orders[:, 200:]
    lowest, last, trained, finals = {}, {}, {}, {}
    for batch_size in (n_train, small):
        rng, w = np.random.default_rng(0), np.zeros((n_splits, 65))
        tests = []
        for t in range(updates):
            rows = train if batch_size == n_train else rng.permuted(train, axis=1)[:, :batch_size]
            errors = _predict(table, rows, w) - patients.target[rows]
            w = w - 0.5 * np.einsum("sb,sbf->sf", errors, table[rows]) / batch_size
            if t % 100 == 99:
                tests.append(_loss(table, patients.target, test, w))
        lowest[batch_size] = float(np.mean(tests, axis=1).min())
        last[batch_size] = float(np.mean(tests[-1]))
        trained[batch_size] = float(np.mean(_loss(table, patients.target, train, w)))
        finals[batch_size] = tests[-1]
    difference = finals[small] - finals[n_train]
    overlap = 1 / n_splits + test.shape[1] / n_train
    half_width = float(stdtrit(n_splits - 1, 0.975) * difference.std(ddof=1) * np.sqrt(overlap))
    return Overfit(lowest, last, trained, float(difference.mean()), half_width, n_splits)


def _predict(table: Array, rows: NDArray[np.int64], w: Array) -> Array:
    predictions: Array = (table[rows] @ w[:, :, np.newaxis])[..., 0]
    return predictions


def _loss(table: Array, target: Array, rows: NDArray[np.int64], w: Array) -> Array:
    losses: Array = 0.5 * ((_predict(table, rows, w) - target[rows]) ** 2).mean(axis=1)
    return losses
