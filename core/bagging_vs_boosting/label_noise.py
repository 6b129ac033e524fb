"""Bagging and boosting on the same training sets, at several shares of flipped labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from core.bagging_vs_boosting.adaboost import AdaBoost, fit_adaboost
from core.bagging_vs_boosting.bagging import fit_bagging
from core.bagging_vs_boosting.gradient_boosting import GradientBoosting, fit_gradient_boosting
from core.bagging_vs_boosting.methods import METHODS, check_stages, error_rate
from core.bagging_vs_boosting.samples import make_sample
from core.bagging_vs_boosting.stumps import Array
from core.progress import Report, no_report
from core.validate import InvalidArgument, check_choice, check_integer

WINNERS = ("bagging", "boosting", "not_significant")
MAX_SEEDS = 50


@dataclass(frozen=True, slots=True)
class NoiseErrors:
    """Clean test errors at one share of flipped labels.

    Attributes
    ----------
    flip : float
    stages : ndarray of int, shape (k,)
    bagging, boosting : ndarray, shape (S, k)
        For each of S seeds both methods were trained on the same set.
    """

    flip: float
    stages: NDArray[np.int64]
    bagging: Array
    boosting: Array


def noise_errors(
    dataset: str,
    *,
    flip: float,
    stages: Sequence[int],
    n_seeds: int,
    bagging_depth: int | None,
    boosting_depth: int | None,
    boosting: str = "adaboost",
    n: int = 300,
    spread: float = 0.25,
    features: int | None = None,
    subsample: float = 1.0,
    learning_rate: float = 1.0,
    seed: int = 0,
    n_test: int = 1000,
) -> NoiseErrors:
    """Train both methods on the samples of the seeds seed, seed + 1, … and test them on clean labels.

    Parameters
    ----------
    dataset, flip, n, spread, n_test
        As in `make_sample`. The samples of one seed differ between shares of flipped labels in the flips only.
    stages : sequence of int
        Numbers of trees, 1 … 200.
    n_seeds : int
        S, 2 … 50.
    bagging_depth, boosting_depth, features, subsample, learning_rate
        As in the functions of the methods.
    boosting : str
        ``adaboost`` or ``gradient``.
    seed : int

    Returns
    -------
    NoiseErrors

    Raises
    ------
    InvalidArgument
        As `make_sample` and the functions of the methods; unknown ``boosting``; ``n_seeds`` outside 2 … 50; ``stages``
        empty or outside 1 … 200.

    Examples
    --------
    >>> settings = {"stages": (1, 5), "n_seeds": 2, "bagging_depth": 1, "boosting_depth": 1, "n": 20, "n_test": 50}
    >>> noise_errors("moons", flip=0.1, **settings).bagging.shape
    (2, 2)
    """
    check_choice(boosting, "boosting", METHODS[1:])
    check_integer(n_seeds, "n_seeds", low=2, high=MAX_SEEDS)
    at = check_stages(stages, n_seeds)
    n_trees = int(at[-1])
    errors = np.empty((2, n_seeds, at.size))
    for k in range(n_seeds):
        sample = make_sample(dataset, n=n, spread=spread, flip=flip, seed=seed + k, n_test=n_test)
        x, y = sample.points, sample.labels
        bagged = fit_bagging(
            x, y, n_trees=n_trees, depth=bagging_depth, features=features, subsample=subsample, seed=seed + k
        )
        boosted: AdaBoost | GradientBoosting
        if boosting == "adaboost":
            boosted = fit_adaboost(
                x,
                y,
                n_trees=n_trees,
                depth=boosting_depth,
                features=features,
                learning_rate=learning_rate,
                seed=seed + k,
            )
        else:
            boosted = fit_gradient_boosting(
                x,
                y,
                n_trees=n_trees,
                depth=boosting_depth,
                features=features,
                subsample=subsample,
                learning_rate=learning_rate,
                seed=seed + k,
            )
        for row, model in zip(errors, (bagged, boosted), strict=True):
            row[k] = error_rate(model.decision(sample.test_points), sample.test_labels)[at - 1]
    return NoiseErrors(flip, at, errors[0], errors[1])


@dataclass(frozen=True, slots=True)
class NoiseMap:
    """The better method by share of flipped labels (rows) and number of trees (columns).

    Attributes
    ----------
    flips, stages : ndarray, shapes (f,), (k,)
    difference, low, high : ndarray, shape (f, k)
        Test error of bagging minus that of boosting: mean over seeds and 95 % t interval of the paired differences.
    winners : ndarray of int8, shape (f, k)
        Indices into `WINNERS`: the better method where the interval excludes 0. The intervals are not corrected for
        multiple comparisons: of 20 cells without any difference, one is expected to name a winner.
    """

    flips: Array
    stages: NDArray[np.int64]
    difference: Array
    low: Array
    high: Array
    winners: NDArray[np.int8]


def noise_map_from_errors(levels: Sequence[NoiseErrors]) -> NoiseMap:
    """Compare the methods by the paired differences of their errors.

    Parameters
    ----------
    levels : sequence of NoiseErrors
        Several shares of flipped labels with the same stages.

    Returns
    -------
    NoiseMap

    Raises
    ------
    InvalidArgument
        No level, or levels whose stages differ.

    Examples
    --------
    >>> errors = NoiseErrors(0.1, np.array([5]), np.array([[0.1], [0.12]]), np.array([[0.3], [0.32]]))
    >>> WINNERS[noise_map_from_errors([errors]).winners[0, 0]]
    'bagging'
    """
    if not levels:
        raise InvalidArgument("too_few", argument="levels", low=1, value=0)
    stages = levels[0].stages
    for level in levels:
        if not np.array_equal(level.stages, stages):
            raise InvalidArgument(
                "length_mismatch", argument="levels", other="stages", value=level.stages.size, expected=stages.size
            )
    intervals = [paired_interval(level.bagging - level.boosting) for level in levels]
    difference, low, high = (np.array([row[i] for row in intervals]) for i in range(3))
    winners = np.select([high < 0, low > 0], [0, 1], default=2).astype(np.int8)
    return NoiseMap(np.array([level.flip for level in levels]), stages, difference, low, high, winners)


def noise_map(dataset: str, *, flips: Sequence[float], report: Report = no_report, **settings: Any) -> NoiseMap:
    """Run `noise_errors` at several shares of flipped labels and compare the methods.

    Parameters
    ----------
    dataset : str
    flips : sequence of float
    report : callable
        Called with the fraction of the shares that are done.
    **settings
        Other arguments of `noise_errors`.

    Returns
    -------
    NoiseMap

    Examples
    --------
    >>> settings = {"stages": (1, 5), "n_seeds": 2, "bagging_depth": 1, "boosting_depth": 1, "n": 20, "n_test": 50}
    >>> noise_map("moons", flips=(0.0, 0.2), **settings).difference.shape
    (2, 2)
    """
    levels = []
    for k, flip in enumerate(flips):
        report(k / len(flips))
        levels.append(noise_errors(dataset, flip=flip, **settings))
    return noise_map_from_errors(levels)


def paired_interval(differences: Array) -> tuple[Array, Array, Array]:
    """Return the mean and the bounds of the 95 % t interval over the first axis."""
    n = len(differences)
    mean = differences.mean(axis=0)
    half_width = float(stdtrit(n - 1, 0.975)) * differences.std(axis=0, ddof=1) / np.sqrt(n)
    return mean, mean - half_width, mean + half_width
