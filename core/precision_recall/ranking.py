"""All thresholds of a test set: its ROC curve, its precision-recall curve, and the steps from one to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from core.precision_recall.cells import metrics
from core.precision_recall.population import Population, expected_precision, rates
from core.precision_recall.samples import Sample
from core.validate import InvalidArgument, check_between, check_integer, check_vector

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

# The most points of a curve that are drawn.
DRAWN = 400
KINDS = ("rise", "still", "opposite")


@dataclass(frozen=True, slots=True)
class Ranking:
    """The cells at every threshold, from the highest score down.

    Attributes
    ----------
    thresholds : ndarray, shape (k,)
        The different scores, in decreasing order.
    tp, fp : ndarray of int, shape (k,)
        The numbers of positives and negatives with at least that score.
    positives, negatives : int
    """

    thresholds: Array
    tp: Counts
    fp: Counts
    positives: int
    negatives: int

    @property
    def is_complete(self) -> bool:
        """Whether there are examples of both classes: without them, a rate is 0/0."""
        return self.positives > 0 and self.negatives > 0


def rank(sample: Sample) -> Ranking:
    """Sort the examples by their score; equal scores share one threshold.

    Raises
    ------
    InvalidArgument
        There is no example, or a score is not finite.

    Examples
    --------
    >>> ranking = rank(Sample(np.array([0.5, 0.5, 0.9]), np.array([True, False, True])))
    >>> ranking.tp.tolist(), ranking.fp.tolist()
    ([1, 2], [0, 1])
    """
    check_vector(sample.scores, "scores")
    order = np.argsort(-sample.scores, kind="stable")
    scores, labels = sample.scores[order], sample.labels[order]
    last = np.append(np.flatnonzero(np.diff(scores)), scores.size - 1)
    tp = np.cumsum(labels)[last]
    positives = int(tp[-1])
    return Ranking(scores[last], tp, last + 1 - tp, positives, sample.labels.size - positives)


def roc_area(ranking: Ranking) -> float:
    """Return the area under the ROC curve, the share of pairs in the right order, ties as ½; nan without both classes.

    References
    ----------
    Fawcett, T. (2006). An introduction to ROC analysis. Pattern Recognition Letters 27(8), 861-874.
    doi:10.1016/j.patrec.2005.10.010

    Examples
    --------
    >>> roc_area(rank(Sample(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))))
    0.875
    """
    if not ranking.is_complete:
        return math.nan
    tp, fp = (np.append(0, counts) for counts in (ranking.tp, ranking.fp))
    return float((np.diff(fp) * (tp[1:] + tp[:-1])).sum() / (2 * ranking.positives * ranking.negatives))


def average_precision(ranking: Ranking) -> float:
    """Return the mean precision over the positives, as scikit-learn defines it; nan without positives.

    Examples
    --------
    >>> round(average_precision(rank(Sample(np.array([0.9, 0.5, 0.1]), np.array([True, False, True])))), 4)
    0.8333
    """
    if not ranking.positives:
        return math.nan
    gained = np.diff(ranking.tp, prepend=0)
    return float((gained * ranking.tp / (ranking.tp + ranking.fp)).sum() / ranking.positives)


def random_average_precision(positives: int, n: int) -> float:
    """Return the mean average precision of all orders of ``n`` examples: a little above the share of positives.

    Raises
    ------
    InvalidArgument
        ``n`` is not an integer above 0, or ``positives`` is not one between 1 and ``n``.

    References
    ----------
    Bestgen, Y. (2015). Exact expected average precision of the random baseline for system evaluation. The Prague
    Bulletin of Mathematical Linguistics 103, 131-138. doi:10.1515/pralin-2015-0007

    Examples
    --------
    >>> round(random_average_precision(2, 20), 4)
    0.2231
    """
    check_integer(n, "n", low=1)
    check_integer(positives, "positives", low=1, high=n)
    harmonic = float((1 / np.arange(1, n + 1)).sum())
    behind = (positives - 1) / (n - 1) * (n - harmonic) if n > 1 else 0.0
    return (behind + harmonic) / n


def best_f1(ranking: Ranking) -> tuple[float, float]:
    """Return the score at which F1 on these examples is largest, and its value; nan without positives.

    Examples
    --------
    >>> best_f1(rank(Sample(np.array([0.9, 0.5, 0.1]), np.array([True, False, False]))))
    (0.9, 1.0)
    """
    if not ranking.positives:
        return math.nan, math.nan
    f1 = 2 * ranking.tp / (ranking.tp + ranking.fp + ranking.positives)
    at = int(f1.argmax())
    return float(ranking.thresholds[at]), float(f1[at])


def _drawn(tp: Array, fp: Array) -> NDArray[np.intp]:
    """Return at most `DRAWN` of the points of a curve: those at which it changes its direction, evenly chosen."""
    step = np.stack([np.diff(tp), np.diff(fp)])
    turns = np.flatnonzero(step[0, 1:] * step[1, :-1] != step[0, :-1] * step[1, 1:]) + 1
    corners = np.concatenate([[0], turns, [tp.size - 1]])
    return np.unique(corners[np.linspace(0, corners.size - 1, min(DRAWN, corners.size)).round().astype(int)])


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of a test set, as they are drawn: at most 400 of their points.

    Attributes
    ----------
    fpr, tpr : ndarray, shape (points,)
        The ROC curve, from (0, 0) to (1, 1).
    recall, precision : ndarray, shape (more points,)
        The precision-recall curve, from the highest score down.
    """

    fpr: Array
    tpr: Array
    recall: Array
    precision: Array


def curves(ranking: Ranking) -> Curves:
    """Return the ROC curve and the precision-recall curve; nan where a rate is 0/0.

    Examples
    --------
    >>> found = curves(rank(Sample(np.array([0.9, 0.5, 0.1]), np.array([True, False, False]))))
    >>> found.recall.tolist(), found.precision.round(2).tolist()
    ([1.0, 1.0], [1.0, 0.33])
    """
    tp, fp = (np.append(0.0, counts) for counts in (ranking.tp, ranking.fp))
    at = _drawn(tp, fp)
    measured = metrics(tp[at], fp[at], ranking.positives - tp[at], ranking.negatives - fp[at])
    false = fp[at] / ranking.negatives if ranking.negatives else np.full(at.size, np.nan)
    return Curves(false, measured["recall"], measured["recall"][1:], measured["precision"][1:])


def expected_curves(population: Population, share: float, *, points: int = 200) -> Curves:
    """Return the curves of a population; the ROC curve is the same for any share of positives.

    Parameters
    ----------
    population : Population
    share : float
        The share of positives, 0 … 1.
    points : int
        Thresholds of each curve, at least 2.

    Returns
    -------
    Curves

    Raises
    ------
    InvalidArgument
        ``share`` or ``points`` is out of its range.

    Examples
    --------
    >>> few, many = (expected_curves(Population(2.0), share) for share in (0.01, 0.5))
    >>> bool((few.tpr == many.tpr).all()), bool((few.precision <= many.precision).all())
    (True, True)
    """
    check_between(share, "share", 0.0, 1.0)
    check_integer(points, "points", low=2)
    # From where nothing is called positive to where everything is.
    thresholds = np.linspace(max(5.0, population.separation + 4 * population.sigma), -4.0, points)
    tpr, fpr = rates(population, thresholds)
    return Curves(fpr, tpr, tpr, expected_precision(share, tpr, fpr))


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of the threshold past at least ``size`` examples each, and what precision and recall do in each of them.

    Attributes
    ----------
    size : int
    at : ndarray of int, shape (steps + 1,)
        The thresholds between the steps, as indices into the `Ranking`.
    kinds : ndarray of int, shape (steps,)
        Indices into `KINDS`. ``rise``: recall rises and precision does not fall. ``still``: recall stays. ``opposite``:
        recall rises and precision falls.
    """

    size: int
    at: NDArray[np.intp]
    kinds: NDArray[np.int64]

    @property
    def shares(self) -> dict[str, float]:
        """The share of each of `KINDS`; nan without a step."""
        total = self.kinds.size
        return {kind: int((self.kinds == k).sum()) / total if total else math.nan for k, kind in enumerate(KINDS)}


def step_through(ranking: Ranking, size: int) -> Steps:
    """Lower the threshold past ``size`` examples at a time, or more where scores are equal.

    The first threshold is the highest score; before it, precision is 0/0. Precisions are compared in integers, without
    rounding.

    Raises
    ------
    InvalidArgument
        ``size`` is not a positive integer.

    Examples
    --------
    >>> sample = Sample(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True]))
    >>> [KINDS[kind] for kind in step_through(rank(sample), 1).kinds]
    ['still', 'rise', 'rise']
    >>> [KINDS[kind] for kind in step_through(rank(sample), 2).kinds]
    ['opposite']
    """
    check_integer(size, "size", low=1)
    passed = ranking.tp + ranking.fp
    if size == 1:
        at = np.arange(passed.size)
    else:
        chosen, last = [0], int(passed[0])
        while last + size <= passed[-1]:
            chosen.append(int(np.searchsorted(passed, last + size)))
            last = int(passed[chosen[-1]])
        at = np.array(chosen)
    tp, alarms = ranking.tp[at].astype(np.int64), passed[at].astype(np.int64)
    falls = tp[1:] * alarms[:-1] < tp[:-1] * alarms[1:]
    kinds = np.where(np.diff(tp) == 0, 1, np.where(falls, 2, 0))
    return Steps(size, at, kinds)


@dataclass(frozen=True, slots=True)
class NearSteps:
    """Some steps around a threshold.

    Attributes
    ----------
    recall, precision : ndarray, shape (steps + 1,)
        At the thresholds between the steps.
    kinds : ndarray of int, shape (steps,)
        Indices into `KINDS`.
    """

    recall: Array
    precision: Array
    kinds: NDArray[np.int64]


def steps_near(ranking: Ranking, steps: Steps, threshold: float, *, count: int = 30) -> NearSteps:
    """Return at most ``count`` steps before and after a threshold; the recall is 0 without positives.

    Raises
    ------
    InvalidArgument
        ``count`` is not a positive integer.

    Examples
    --------
    >>> ranking = rank(Sample(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True])))
    >>> steps_near(ranking, step_through(ranking, 1), 0.75, count=1).precision.round(2).tolist()
    [1.0, 0.5, 0.67]
    """
    check_integer(count, "count", low=1)
    # The index of the last step that ends at or above the threshold.
    here = max(int(np.searchsorted(-ranking.thresholds[steps.at], -threshold, side="right")) - 1, 0)
    first, last = max(here - count, 0), here + count
    at = steps.at[first : last + 1]
    precision = ranking.tp[at] / (ranking.tp[at] + ranking.fp[at])
    return NearSteps(ranking.tp[at] / max(ranking.positives, 1), precision, steps.kinds[first:last])


def delong(positives: Array, negatives: Array) -> tuple[Array, Array]:
    """Return the area under the ROC curve of several test sets and its standard error by DeLong's method.

    Parameters
    ----------
    positives : ndarray, shape (sets, m)
    negatives : ndarray, shape (sets, k)
        Scores, all different within a set; m and k are at least 2.

    Returns
    -------
    area, error : ndarray, shape (sets,)

    Raises
    ------
    InvalidArgument
        A set has fewer than 2 scores of a class, or one that is not finite, or there are more sets of one class.

    References
    ----------
    DeLong, E. R., DeLong, D. M., Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated
    receiver operating characteristic curves. Biometrics 44(3), 837-845. doi:10.2307/2531595

    Examples
    --------
    >>> area, error = delong(np.array([[3.0, 2.0]]), np.array([[1.0, 2.5]]))
    >>> area.item(), error.item()
    (0.75, 0.3535533905932738)
    """
    for name, sets in (("positives", positives), ("negatives", negatives)):
        for first in sets[:1]:  # all sets have its size
            check_vector(first, name, at_least=2)
        check_vector(sets.ravel(), name, at_least=0)
    if len(positives) != len(negatives):
        raise InvalidArgument(
            "length_mismatch", argument="positives", other="negatives", value=len(positives), expected=len(negatives)
        )
    m, k = positives.shape[1], negatives.shape[1]
    # The rank of each score among all, minus that in its own class, counts the lower scores of the other class.
    above = _ranks(np.hstack([positives, negatives]))
    below_positive = (above[:, :m] - _ranks(positives)) / k
    below_negative = (above[:, m:] - _ranks(negatives)) / m
    variance = below_positive.var(axis=1, ddof=1) / m + below_negative.var(axis=1, ddof=1) / k
    return below_positive.mean(axis=1), np.sqrt(variance)


def _ranks(values: Array) -> Array:
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, values.argsort(axis=1), np.arange(values.shape[1], dtype=np.float64)[None, :], axis=1)
    return ranks


def intervals_of_area(area: Array, error: Array, *, logit: bool) -> tuple[Array, Array]:
    """Return 95% intervals: area ± 1.96 standard errors, or the same on the logit scale.

    On the logit scale an area of 0 or 1 has no finite interval; it gets the interval of width 0, as on the plain scale.

    Parameters
    ----------
    area, error : ndarray, shape (sets,)
        Areas and their standard errors, as `delong` returns them.
    logit : bool

    Returns
    -------
    low, high : ndarray, shape (sets,)

    Examples
    --------
    >>> low, high = intervals_of_area(np.array([0.9]), np.array([0.1]), logit=True)
    >>> low.round(3).item(), high.round(3).item()
    (0.505, 0.988)
    """
    z = float(ndtri(0.975))
    if not logit:
        return area - z * error, area + z * error
    inside = (area > 0) & (area < 1)
    safe = np.where(inside, area, 0.5)
    middle, half = np.log(safe / (1 - safe)), z * error / (safe * (1 - safe))
    low, high = (1 / (1 + np.exp(-(middle + side * half))) for side in (-1, 1))
    return np.where(inside, low, area), np.where(inside, high, area)
