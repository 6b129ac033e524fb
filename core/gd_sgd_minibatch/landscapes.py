"""Two experiments beyond a convex loss of two parameters: leaving a basin, and overfitting."""

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
    """A loss of one parameter with several minima: fit sin(ωx) to 64 noisy points of sin(3x).

    Attributes
    ----------
    x, y : ndarray, shape (64,)
    minima, ridges : ndarray, shapes (k,), (k + 1,)
        The minima, and the maxima between which each one's basin lies.
    losses : ndarray, shape (k,)
        At the minima.
    """

    x: Array
    y: Array
    minima: Array
    ridges: Array
    losses: Array


@lru_cache(maxsize=1)
def basins() -> Basins:
    """Draw the data, and find the minima of ½ mean (sin(ωx) − y)² for ω in (0, 8) on a grid of .002."""
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
    """Return the share of runs from ``start`` that end in the basin of the lowest minimum: of GD if B is 64."""
    on, rng = basins(), np.random.default_rng(seed)
    omega = np.full(1 if batch_size == on.x.size else n_runs, start)
    for _ in range(updates):
        x, y = on.x, on.y
        if batch_size < on.x.size:
            order = rng.integers(on.x.size, size=(n_runs, batch_size))
            x, y = on.x[order], on.y[order]
        angle = omega[:, np.newaxis] * x
        omega = omega - learning_rate * ((np.sin(angle) - y) * np.cos(angle) * x).mean(axis=1)
    best = int(on.losses.argmin())
    low, high = on.ridges[on.ridges < on.minima[best]].max(), on.ridges[on.ridges > on.minima[best]].min()
    return float(np.mean((omega > low) & (omega < high)))


@dataclass(frozen=True, slots=True)
class Overfit:
    """Train and test loss on small training sets, by batch size.

    Attributes
    ----------
    lowest, last : dict of int to float
        By batch size: mean test loss over the splits, at its lowest and after the last update.
    train : dict of int to float
        Mean training loss after the last update.
    difference, half_width : float
        Paired over the splits: last test loss at the smaller batch minus that at the larger, and its 95 % t interval.
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
    """Fit the diabetes data by 10 features and their 55 products: GD against mini-batches of one start and rate."""
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
    half_width = float(stdtrit(n_splits - 1, 0.975) * difference.std(ddof=1) / np.sqrt(n_splits))
    return Overfit(lowest, last, trained, float(difference.mean()), half_width, n_splits)


def _predict(table: Array, rows: NDArray[np.int64], w: Array) -> Array:
    predictions: Array = (table[rows] @ w[:, :, np.newaxis])[..., 0]
    return predictions


def _loss(table: Array, target: Array, rows: NDArray[np.int64], w: Array) -> Array:
    losses: Array = 0.5 * ((_predict(table, rows, w) - target[rows]) ** 2).mean(axis=1)
    return losses
