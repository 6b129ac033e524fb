"""F1, accuracy and cost over the threshold, for a test set and for its population."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.precision_recall.cells import Cells, metrics
from core.precision_recall.population import (
    HIGHEST,
    LOWEST,
    Population,
    best_threshold,
    cheapest_threshold,
    expected_cost,
    expected_metrics,
    posterior,
)
from core.precision_recall.ranking import Ranking, best_f1
from core.validate import check_integer, check_positive

Array = NDArray[np.float64]


def mean_cost(cells: Cells, ratio: float) -> float:
    """Return the mean cost of an answer, if a missed positive costs ``ratio`` times as much as a false alarm.

    In units of the more expensive of the two errors, so that it lies between 0 and 1; nan without examples.

    Raises
    ------
    InvalidArgument
        ``ratio`` is not positive.

    Examples
    --------
    >>> mean_cost(Cells(tp=0, fp=0, fn=2, tn=8), 5.0)
    0.2
    """
    check_positive(ratio, "ratio")
    return (ratio * cells.fn + cells.fp) / cells.total / max(ratio, 1.0) if cells.total else math.nan


@dataclass(frozen=True, slots=True)
class Sweep:
    """A test set at many thresholds.

    Attributes
    ----------
    thresholds : ndarray, shape (points,)
        In increasing order.
    f1, accuracy, cost : ndarray, shape (points,)
        F1 is nan where it is 0/0. The cost is the mean cost of an answer, in units of the more expensive error.
    best : float
        The score at which F1 is largest; nan without positives.
    best_f1 : float
    """

    thresholds: Array
    f1: Array
    accuracy: Array
    cost: Array
    best: float
    best_f1: float


def sweep(ranking: Ranking, low: float, high: float, *, ratio: float = 1.0, points: int = 301) -> Sweep:
    """Measure a test set at ``points`` thresholds from ``low`` to ``high``.

    ``ratio`` is the cost of a missed positive over that of a false alarm.

    Raises
    ------
    InvalidArgument
        ``ratio`` or ``points`` is not positive.

    Examples
    --------
    >>> from core.precision_recall.ranking import rank
    >>> from core.precision_recall.samples import Sample
    >>> sample = Sample(np.array([0.9, 0.6, 0.1]), np.array([True, True, False]))
    >>> sweep(rank(sample), 0.0, 1.0, points=3).accuracy.round(2).tolist()
    [0.67, 1.0, 0.33]
    """
    check_positive(ratio, "ratio")
    check_integer(points, "points", low=1)
    thresholds = np.linspace(low, high, points)
    # How many of the different scores are at or above each threshold.
    reached = ranking.thresholds.size - np.searchsorted(ranking.thresholds[::-1], thresholds)
    tp, fp = (np.append(0, counts)[reached] for counts in (ranking.tp, ranking.fp))
    fn, total = ranking.positives - tp, ranking.positives + ranking.negatives
    measured = metrics(tp, fp, fn, ranking.negatives - fp)
    cost = (ratio * fn + fp) / total / max(ratio, 1.0)
    return Sweep(thresholds, measured["f1"], measured["accuracy"], cost, *best_f1(ranking))


@dataclass(frozen=True, slots=True)
class BestThresholds:
    """The best thresholds of a population.

    Attributes
    ----------
    f1, accuracy, cost : tuple of float
        For each: the threshold, the posterior probability of the positive class there, and the value.
    cost_of_none, cost_of_all : float
        The mean cost of calling nothing, and of calling everything positive.
    highest_cost : float
        The largest mean cost at any threshold.
    accuracy_at_best_f1 : float
    always : float
        The accuracy of always giving the more frequent answer.
    f1_of_all : float
        F1 of calling everything positive.
    """

    f1: tuple[float, float, float]
    accuracy: tuple[float, float, float]
    cost: tuple[float, float, float]
    cost_of_none: float
    cost_of_all: float
    highest_cost: float
    accuracy_at_best_f1: float
    always: float
    f1_of_all: float


def best_thresholds(population: Population, share: float, *, ratio: float = 1.0) -> BestThresholds:
    """Return the thresholds that are best by F1, by accuracy and by cost.

    Raises
    ------
    InvalidArgument
        ``share`` is not between 0 and 1, or ``ratio`` is not positive.

    References
    ----------
    Lipton, Z. C., Elkan, C., Narayanaswamy, B. (2014). Thresholding classifiers to maximize F1 score. arXiv:1402.1892

    Examples
    --------
    >>> best = best_thresholds(Population(1.5), 0.1)
    >>> round(best.accuracy_at_best_f1, 3), best.always
    (0.885, 0.9)
    """

    def at(threshold: float, value: float) -> tuple[float, float, float]:
        return threshold, float(posterior(population, share, threshold)), value

    f1, accuracy = (at(*best_threshold(population, share, name)) for name in ("f1", "accuracy"))
    cost = at(*cheapest_threshold(population, share, ratio))
    there = float(expected_metrics(population, share, f1[0])["accuracy"])
    none, everything = ratio * share / max(ratio, 1.0), (1 - share) / max(ratio, 1.0)
    highest = float(expected_cost(population, share, np.linspace(LOWEST, HIGHEST, 2001), ratio).max())
    always, f1_of_all = max(share, 1 - share), 2 * share / (1 + share)
    return BestThresholds(f1, accuracy, cost, none, everything, highest, there, always, f1_of_all)
