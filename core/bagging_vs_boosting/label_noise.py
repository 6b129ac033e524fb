"""Bagging against boosting on the same training sets, at several shares of wrong labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from core.bagging_vs_boosting import fits as fits
from core.bagging_vs_boosting import samples as data
from core.bagging_vs_boosting.redraws import check_stages
from core.bagging_vs_boosting.stumps import Array
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
        Both methods were trained on the same set for each of S seeds.
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
        As `make_sample`. One seed's sample is the same for all shares of flipped labels, but for the flips.
    stages : sequence of int
        Numbers of trees, 1 … 200.
    n_seeds : int
        S, 2 … 50.
    bagging_depth, boosting_depth, features, subsample, learning_rate
        As in the methods' own functions.
    boosting : str
        ``adaboost`` or ``gradient``.

    Raises
    ------
    InvalidArgument
        An argument out of its range.
    """
    check_choice(boosting, "boosting", fits.METHODS[1:])
    check_integer(n_seeds, "n_seeds", low=2, high=MAX_SEEDS)
    at = check_stages(stages, n_seeds)
    n_trees = int(at[-1])
    errors = np.empty((2, n_seeds, at.size))
    for k in range(n_seeds):
        sample = data.make_sample(dataset, n=n, spread=spread, flip=flip, seed=seed + k, n_test=n_test)
        x, y = sample.points, sample.labels
        bagged = fits.fit_bagging(
            x, y, n_trees=n_trees, depth=bagging_depth, features=features, subsample=subsample, seed=seed + k
        )
        boosted: fits.AdaBoost | fits.GradientBoosting
        if boosting == "adaboost":
            boosted = fits.fit_adaboost(
                x,
                y,
                n_trees=n_trees,
                depth=boosting_depth,
                features=features,
                learning_rate=learning_rate,
                seed=seed + k,
            )
        else:
            boosted = fits.fit_gradient_boosting(
                x, y, n_trees=n_trees, depth=boosting_depth, features=features, subsample=subsample,
                learning_rate=learning_rate, seed=seed + k,
            )  # fmt: skip
        for row, model in zip(errors, (bagged, boosted), strict=True):
            row[k] = fits.error_rate(model.decision(sample.test_points), sample.test_labels)[at - 1]
    return NoiseErrors(flip, at, errors[0], errors[1])


@dataclass(frozen=True, slots=True)
class NoiseMap:
    """Who wins, by share of flipped labels (rows) and number of trees (columns).

    Attributes
    ----------
    flips, stages : ndarray, shapes (f,), (k,)
    difference, low, high : ndarray, shape (f, k)
        Test error of bagging minus that of boosting, its mean over seeds and 95 % t interval of the paired differences.
    winners : ndarray of int8, shape (f, k)
        Indices into `WINNERS`: who is ahead where the interval excludes 0. Each cell by itself: of 20 cells without any
        difference, one is expected to name a winner.
    """

    flips: Array
    stages: NDArray[np.int64]
    difference: Array
    low: Array
    high: Array
    winners: NDArray[np.int8]


def judge(levels: Sequence[NoiseErrors]) -> NoiseMap:
    """Judge the paired differences of `noise_errors` at several shares of flipped labels and the same stages.

    Raises
    ------
    InvalidArgument
        No level, or levels whose stages differ.
    """
    if not levels:
        raise InvalidArgument("too_few", argument="levels", low=1, value=0)
    stages = levels[0].stages
    for level in levels:
        if not np.array_equal(level.stages, stages):
            raise InvalidArgument(
                "length_mismatch", argument="levels", other="stages", value=level.stages.size, expected=stages.size
            )
    judged = [paired_interval(level.bagging - level.boosting) for level in levels]
    difference, low, high = (np.array([row[i] for row in judged]) for i in range(3))
    winners = np.select([high < 0, low > 0], [0, 1], default=2).astype(np.int8)
    return NoiseMap(np.array([level.flip for level in levels]), stages, difference, low, high, winners)


def noise_map(
    dataset: str, *, flips: Sequence[float], report: Callable[[float], None] | None = None, **settings: Any
) -> NoiseMap:
    """Run `noise_errors` at several shares of flipped labels and `judge` them.

    Parameters
    ----------
    flips : sequence of float
    report : callable or None
        Called with the fraction of the shares that are done.
    **settings
        Of `noise_errors`.
    """
    levels = []
    for k, flip in enumerate(flips):
        if report:
            report(k / len(flips))
        levels.append(noise_errors(dataset, flip=flip, **settings))
    return judge(levels)


def paired_interval(differences: Array) -> tuple[Array, Array, Array]:
    """Return mean, low and high of the 95 % t interval over the first axis."""
    n = len(differences)
    mean = differences.mean(axis=0)
    reach = float(stdtrit(n - 1, 0.975)) * differences.std(axis=0, ddof=1) / np.sqrt(n)
    return mean, mean - reach, mean + reach
