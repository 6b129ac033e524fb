"""Ensembles at several numbers of trees: regions, the last tree, sample weights, errors and margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.bagging_vs_boosting.adaboost import AdaBoost, fit_adaboost
from core.bagging_vs_boosting.bagging import Bagging, fit_bagging
from core.bagging_vs_boosting.gradient_boosting import GradientBoosting, fit_gradient_boosting
from core.bagging_vs_boosting.methods import MAX_TREES, METHODS, check_stages, error_rate
from core.bagging_vs_boosting.samples import Sample
from core.bagging_vs_boosting.stumps import Array
from core.progress import Report, no_report
from core.validate import check_choice, check_integer

# Numbers of trees for stepping through an ensemble: all up to `EACH_UP_TO`, where every tree changes the regions, then
# those at intervals of `INTERVAL`.
EACH_UP_TO, INTERVAL = 20, 5
STAGES = (*range(1, EACH_UP_TO + 1), *range(EACH_UP_TO + INTERVAL, MAX_TREES + 1, INTERVAL))


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells that cover a sample.

    Attributes
    ----------
    x, y : ndarray, shape (size,)
        Centres of the columns and rows.
    low, high : ndarray, shape (2,)
        Corners of the covered rectangle.
    points : ndarray, shape (size², 2)
        Centres of the cells, row by row.
    """

    x: Array
    y: Array
    low: Array
    high: Array
    points: Array


def make_grid(sample: Sample, *, size: int = 44) -> Grid:
    """Cover the training and test points of a sample with size × size cells.

    Parameters
    ----------
    sample : Sample
    size : int
        2 … 200.

    Returns
    -------
    Grid

    Raises
    ------
    InvalidArgument
        ``size`` outside 2 … 200.

    Examples
    --------
    >>> from core.bagging_vs_boosting.samples import make_sample
    >>> make_grid(make_sample("moons", n=20), size=8).points.shape
    (64, 2)
    """
    check_integer(size, "size", low=2, high=200)
    all_points = np.concatenate([sample.points, sample.test_points])
    low, high = all_points.min(axis=0), all_points.max(axis=0)
    margin = np.where(high > low, 0.04 * (high - low), 1.0)
    low, high = low - margin, high + margin
    x, y = (low[i] + (np.arange(size) + 0.5) / size * (high[i] - low[i]) for i in (0, 1))
    return Grid(x, y, low, high, np.column_stack([np.tile(x, size), np.repeat(y, size)]))


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity, so that results computed from it can be cached
class StagedFit:
    """One ensemble at several numbers of trees.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
        Numbers of trees at which regions and points are recorded.
    regions : ndarray of float32, shape (k, m)
        Vote at the grid's cells, in [−1, 1]. They are half of the result, which a worker sends to the server.
    last_tree : ndarray of int8, shape (k, m)
        Vote of the last tree there, −1 or +1.
    counts : ndarray, shape (k, n)
        Weight of each training point for the last tree, with mean 1: the count in its bootstrap sample, AdaBoost's n ·
        w, or gradient boosting's n · |residual| / Σ |residual|. 0 means out of bag.
    mistakes : ndarray of bool, shape (k, n)
        Where the last tree's vote differs from the training label.
    train_error, test_error : ndarray, shape (n_trees,)
        Against the training labels, which may be flipped, and against the clean test labels.
    oob_error : ndarray, shape (n_trees,) or None
        Out-of-bag error of bagging against the training labels; nan while no point is out of bag.
    bound, flipped_share : ndarray, shape (n_trees,) or None
        For AdaBoost: ∏ Z, and the share of the weight on flipped labels.
    margins : ndarray, shape (k, n)
        label × vote.
    wrong_on_test : ndarray of int8, shape (k, m_test)
        In halves of an error, one byte each: 2 where the vote is wrong, 1 where it is tied.
    n_rounds : int
        Number of trees used.
    ended : str
        As in `AdaBoost`; ``completed`` for the other methods.
    """

    stages: NDArray[np.int64]
    regions: NDArray[np.float32]
    last_tree: NDArray[np.int8]
    counts: Array
    mistakes: NDArray[np.bool_]
    train_error: Array
    test_error: Array
    oob_error: Array | None
    bound: Array | None
    flipped_share: Array | None
    margins: Array
    wrong_on_test: NDArray[np.int8]
    n_rounds: int
    ended: str


def fit_staged(
    sample: Sample,
    grid: Grid,
    *,
    method: str,
    stages: Sequence[int],
    depth: int | None,
    features: int | None = None,
    subsample: float = 1.0,
    learning_rate: float = 1.0,
    seed: int = 0,
) -> StagedFit:
    """Fit one ensemble to a sample and record it at several numbers of trees.

    Parameters
    ----------
    sample : Sample
    grid : Grid
    method : str
        One of `METHODS`.
    stages : sequence of int
        Numbers of trees, 1 … 200; the last one is the size of the ensemble.
    depth, features, subsample, learning_rate, seed
        As in the function of the method.

    Returns
    -------
    StagedFit

    Raises
    ------
    InvalidArgument
        As the function of the method; an unknown ``method``.

    Examples
    --------
    >>> from core.bagging_vs_boosting.samples import make_sample
    >>> sample = make_sample("moons", n=20)
    >>> fit = fit_staged(sample, make_grid(sample, size=8), method="adaboost", stages=(1, 5), depth=1)
    >>> fit.regions.shape, fit.counts.shape, fit.train_error.shape
    ((2, 64), (2, 20), (5,))
    """
    check_choice(method, "method", METHODS)
    stage_numbers = check_stages(stages, 1)
    x, y, n_trees = sample.points, sample.labels, int(stage_numbers[-1])
    rows = stage_numbers - 1
    oob = bound = flipped_share = None
    n_rounds, ended = n_trees, "completed"
    ensemble: Bagging | AdaBoost | GradientBoosting
    if method == "bagging":
        ensemble = bagged = fit_bagging(
            x, y, n_trees=n_trees, depth=depth, features=features, subsample=subsample, seed=seed
        )
        counts = bagged.counts / bagged.counts.mean()
        oob = error_rate(bagged.oob_decision(), y)
    elif method == "adaboost":
        ensemble = boosted = fit_adaboost(
            x, y, n_trees=n_trees, depth=depth, features=features, learning_rate=learning_rate, seed=seed
        )
        counts = boosted.weights * len(y)
        bound, flipped_share = boosted.bound, boosted.weights[:, sample.flipped].sum(axis=1)
        n_rounds, ended = boosted.n_rounds, boosted.ended
    else:
        ensemble = gradient = fit_gradient_boosting(
            x,
            y,
            n_trees=n_trees,
            depth=depth,
            features=features,
            subsample=subsample,
            learning_rate=learning_rate,
            seed=seed,
        )
        residuals = np.abs(y - gradient.decision_before(x))
        mean = residuals.mean(axis=1, keepdims=True)
        counts = np.divide(residuals, mean, out=np.ones_like(residuals), where=mean > 0)
    # All points at once: every call of a tree takes time.
    votes, decisions = ensemble.votes_and_decision(np.concatenate([x, grid.points, sample.test_points]))
    ends = [len(x), len(x) + len(grid.points)]
    trees_on_train, trees_on_grid, _ = np.split(votes, ends, axis=1)
    on_train, on_grid, on_test = np.split(decisions, ends, axis=1)
    return StagedFit(
        stages=stage_numbers,
        regions=on_grid[rows].astype(np.float32),
        last_tree=trees_on_grid[rows],
        counts=counts[rows],
        mistakes=trees_on_train[rows] != y,
        train_error=error_rate(on_train, y),
        test_error=error_rate(on_test, sample.test_labels),
        oob_error=oob,
        bound=bound,
        flipped_share=flipped_share,
        margins=y * on_train[rows],
        wrong_on_test=(1 - np.sign(on_test[rows]) * sample.test_labels).astype(np.int8),
        n_rounds=n_rounds,
        ended=ended,
    )


def fit_staged_ensembles(
    sample: Sample,
    *,
    methods: Mapping[str, Mapping[str, Any]],
    size: int,
    stages: Sequence[int],
    seed: int = 0,
    report: Report = no_report,
) -> tuple[Grid, dict[str, StagedFit]]:
    """Fit several ensembles to a sample and record them over a grid that covers it.

    Parameters
    ----------
    sample : Sample
    methods : mapping of str to mapping
        Arguments of `fit_staged`, by a name for each ensemble.
    size, stages, seed
        As in `make_grid` and `fit_staged`.
    report : callable
        Called with the fraction done.

    Returns
    -------
    grid : Grid
    fits : dict of str to StagedFit

    Raises
    ------
    InvalidArgument
        As `make_grid` and `fit_staged`.

    Examples
    --------
    >>> from core.bagging_vs_boosting.samples import make_sample
    >>> methods = {"ours": {"method": "bagging", "depth": 1}}
    >>> grid, fits = fit_staged_ensembles(make_sample("moons", n=20), methods=methods, size=8, stages=(1, 5))
    >>> fits["ours"].stages.tolist()
    [1, 5]
    """
    grid = make_grid(sample, size=size)
    fits: dict[str, StagedFit] = {}
    for name, settings in methods.items():
        report(len(fits) / len(methods))
        fits[name] = fit_staged(sample, grid, stages=stages, seed=seed, **settings)
    return grid, fits


def margin_shares(margins: Array, thresholds: Array) -> Array:
    """Return the cumulative distribution of margins.

    Parameters
    ----------
    margins : ndarray, shape (n,)
    thresholds : ndarray, shape (k,)

    Returns
    -------
    ndarray, shape (k,)
        Share of the margins that are at most each threshold.

    Examples
    --------
    >>> margin_shares(np.array([-1.0, 0.0, 0.5, 1.0]), np.array([-1.0, 0.5])).tolist()
    [0.25, 0.75]
    """
    shares: Array = np.searchsorted(np.sort(margins), thresholds, side="right") / margins.size
    return shares
