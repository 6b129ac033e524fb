"""An ensemble as it grows: regions, the tree that joined last, what counts for it, errors, margins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.bagging_vs_boosting import fits as fits
from core.bagging_vs_boosting.redraws import check_stages
from core.bagging_vs_boosting.samples import Sample
from core.bagging_vs_boosting.stumps import Array
from core.validate import check_choice, check_integer


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


def cover(sample: Sample, *, size: int = 44) -> Grid:
    """Cover the training and test points of a sample with size × size cells.

    Raises
    ------
    InvalidArgument
        ``size`` outside 2 … 200.
    """
    check_integer(size, "size", low=2, high=200)
    everything = np.concatenate([sample.points, sample.test_points])
    low, high = everything.min(axis=0), everything.max(axis=0)
    margin = np.where(high > low, 0.04 * (high - low), 1.0)
    low, high = low - margin, high + margin
    x, y = (low[i] + (np.arange(size) + 0.5) / size * (high[i] - low[i]) for i in (0, 1))
    return Grid(x, y, low, high, np.column_stack([np.tile(x, size), np.repeat(y, size)]))


@dataclass(frozen=True, slots=True, eq=False)  # equal to itself alone: what follows from it can be kept
class Build:
    """One ensemble as it grows.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
        Numbers of trees at which the regions and points are kept.
    regions : ndarray, shape (k, m)
        The vote at the grid's cells, in [−1, 1].
    last_tree : ndarray of int8, shape (k, m)
        What the tree that joined last says there, −1 or +1.
    counts : ndarray, shape (k, n)
        How much each training point counted for that tree, 1 on average: how often its bootstrap sample drew it,
        AdaBoost's n · w, or gradient boosting's n · |residual| / Σ |residual|. 0 is out of bag.
    mistakes : ndarray of bool, shape (k, n)
        Where that tree is wrong about the training label.
    train_error, test_error : ndarray, shape (n_trees,)
        Against the labels as seen, and against clean ones.
    oob_error : ndarray, shape (n_trees,) or None
        Of bagging, against the labels as seen; nan while no point has been left out.
    bound, flipped_share : ndarray, shape (n_trees,) or None
        Of AdaBoost: ∏ Z, and the share of the weight that lies on flipped labels.
    margins : ndarray, shape (k, n)
        label × vote: the lead of the right votes over the wrong ones.
    wrong_on_test : ndarray of int8, shape (k, m_test)
        In halves of a mistake, a byte each: 2 where the vote is wrong, 1 where it is tied.
    n_rounds : int
        Trees that were needed.
    ended : str
        As in `AdaBoost`; ``completed`` for the others.
    """

    stages: NDArray[np.int64]
    regions: Array
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


def build(
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
) -> Build:
    """Grow one ensemble on a sample and keep what there is to see at the stages.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    stages : sequence of int
        Numbers of trees, 1 … 200; the last one is grown to.
    depth, features, subsample, learning_rate, seed
        As in the method's own function.

    Raises
    ------
    InvalidArgument
        As the method's own function; an unknown ``method``.
    """
    check_choice(method, "method", fits.METHODS)
    at = check_stages(stages, 1)
    x, y, n_trees = sample.points, sample.labels, int(at[-1])
    kept = at - 1
    oob = bound = flipped_share = None
    n_rounds, ended = n_trees, "completed"
    ensemble: fits.Bagging | fits.AdaBoost | fits.GradientBoosting
    if method == "bagging":
        ensemble = bagged = fits.fit_bagging(
            x, y, n_trees=n_trees, depth=depth, features=features, subsample=subsample, seed=seed
        )
        counts = bagged.counts / bagged.counts.mean()
        oob = fits.error_rate(bagged.oob_decision(), y)
    elif method == "adaboost":
        ensemble = boosted = fits.fit_adaboost(
            x, y, n_trees=n_trees, depth=depth, features=features, learning_rate=learning_rate, seed=seed
        )
        counts = boosted.weights * len(y)
        bound, flipped_share = boosted.bound, boosted.weights[:, sample.flipped].sum(axis=1)
        n_rounds, ended = boosted.n_rounds, boosted.ended
    else:
        ensemble = gradient = fits.fit_gradient_boosting(
            x, y, n_trees=n_trees, depth=depth, features=features, subsample=subsample, learning_rate=learning_rate,
            seed=seed,
        )  # fmt: skip
        residuals = np.abs(y - gradient.decision_before(x))
        mean = residuals.mean(axis=1, keepdims=True)
        counts = np.divide(residuals, mean, out=np.ones_like(residuals), where=mean > 0)
    trees_on_train, on_train = ensemble.said(x)
    trees_on_grid, on_grid = ensemble.said(grid.points)
    on_test = ensemble.decision(sample.test_points)
    return Build(
        stages=at, regions=on_grid[kept], last_tree=trees_on_grid[kept], counts=counts[kept],
        mistakes=trees_on_train[kept] != y, train_error=fits.error_rate(on_train, y),
        test_error=fits.error_rate(on_test, sample.test_labels), oob_error=oob, bound=bound,
        flipped_share=flipped_share,
        margins=y * on_train[kept],
        wrong_on_test=(1 - np.sign(on_test[kept]) * sample.test_labels).astype(np.int8),
        n_rounds=n_rounds, ended=ended,
    )  # fmt: skip


def grow(
    sample: Sample,
    *,
    methods: Mapping[str, Mapping[str, Any]],
    size: int,
    stages: Sequence[int],
    seed: int = 0,
    report: Callable[[float], None] = lambda done: None,
) -> tuple[Grid, dict[str, Build]]:
    """Grow several ensembles on a sample, over a grid that covers it.

    Parameters
    ----------
    methods : mapping of str to mapping
        What `build` takes, by a name for each ensemble.
    size, stages, seed
        As in `cover` and `build`.
    report : callable
        Called with the fraction done.

    Raises
    ------
    InvalidArgument
        As `cover` and `build`.
    """
    grid = cover(sample, size=size)
    builds: dict[str, Build] = {}
    for name, settings in methods.items():
        report(len(builds) / len(methods))
        builds[name] = build(sample, grid, stages=stages, seed=seed, **settings)
    return grid, builds


def margin_shares(margins: Array, at: Array) -> Array:
    """Return the share of points whose margin is at most each value of ``at``, shape (len(at),)."""
    shares: Array = np.searchsorted(np.sort(margins), at, side="right") / margins.size
    return shares


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth noticing.

    Attributes
    ----------
    code : str
        ``one_class``, ``ended_perfect``, ``ended_chance``; one of ``bagging_ahead``, ``boosting_ahead`` and ``level``;
        ``weight_on_flipped``, ``boosting_worsens``, ``memorised``, ``out_of_bag`` or ``out_of_bag_noisy``.
    figures : dict of str to float
        What the finding rests on.
    """

    code: str
    figures: dict[str, float]


def findings(sample: Sample, bagging: Build, boosting: Build, *, n_trees: int) -> tuple[Finding, ...]:
    """Name what is to be seen at ``n_trees`` trees, the nearest stage below; at least one finding.

    Who is ahead is judged on the test points: the mean difference of the two mistakes at a point, ± 2 standard errors.
    """
    stage = int(np.searchsorted(bagging.stages, n_trees, side="right")) - 1
    last = int(bagging.stages[stage]) - 1
    found = []
    if (sample.labels == sample.labels[0]).all():
        found.append(Finding("one_class", {"n": float(len(sample.labels))}))
    if boosting.ended == "perfect" and boosting.n_rounds <= last + 1:
        found.append(Finding("ended_perfect", {"rounds": float(boosting.n_rounds)}))
    if boosting.ended == "chance" and boosting.n_rounds <= last:
        found.append(Finding("ended_chance", {"rounds": float(boosting.n_rounds)}))
    difference = (bagging.wrong_on_test[stage] - boosting.wrong_on_test[stage]) / 2
    reach = float(2 * difference.std() / np.sqrt(difference.size))
    mean = float(difference.mean())
    errors = {"bagging": float(bagging.test_error[last]), "boosting": float(boosting.test_error[last])}
    code = "level" if abs(mean) <= reach else "bagging_ahead" if mean < 0 else "boosting_ahead"
    found.append(Finding(code, {"trees": float(last + 1), **errors, "difference": abs(mean), "reach": reach}))
    if boosting.flipped_share is not None and sample.flipped.any() and boosting.flipped_share[last] > 0:
        figures = {"points": float(sample.flipped.mean()), "weight": float(boosting.flipped_share[last])}
        found.append(Finding("weight_on_flipped", figures))
    best = int(boosting.test_error[: last + 1].argmin())
    spread = float(np.sqrt(errors["boosting"] * (1 - errors["boosting"]) / difference.size))
    if errors["boosting"] - boosting.test_error[best] > 2 * spread:
        figures = {"best": float(boosting.test_error[best]), "at": float(best + 1), "now": errors["boosting"]}
        found.append(Finding("boosting_worsens", {**figures, "trees": float(last + 1)}))
    if boosting.train_error[last] == 0 and boosting.ended == "completed":
        first = int(np.flatnonzero(boosting.train_error == 0)[0])
        figures = {"at": float(first + 1), "test": errors["boosting"], "then": float(boosting.test_error[first])}
        found.append(Finding("memorised", figures))
    if bagging.oob_error is not None and np.isfinite(bagging.oob_error[last]):
        flipped = float(sample.flipped.mean())
        # A vote that is right about the truth is wrong about a flipped label.
        expected = errors["bagging"] * (1 - flipped) + (1 - errors["bagging"]) * flipped
        figures = {"oob": float(bagging.oob_error[last]), "test": errors["bagging"], "expected": expected}
        found.append(Finding("out_of_bag_noisy" if flipped else "out_of_bag", figures))
    return tuple(found)
