"""Two normal distributions of scores, for which every metric is known without sampling."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtr

from core.precision_recall.cells import metrics
from core.validate import check_between, check_choice, check_positive

Array = NDArray[np.float64]

# The standard deviation of the positives' scores by source; that of the negatives is 1.
SIGMAS = {"normal": 1.0, "spread": 1.8, "narrow": 0.6}
# Thresholds beyond these call everything, or nothing, positive.
LOWEST, HIGHEST = -8.0, 14.0


@dataclass(frozen=True, slots=True)
class Population:
    """The scores of negatives are N(0, 1), those of positives N(``separation``, ``sigma``²).

    Attributes
    ----------
    separation : float
        The distance d′ of the two means, in standard deviations of the negatives, 0 … 10.
    sigma : float
        The standard deviation of the positives, above 0.

    Raises
    ------
    InvalidArgument
        ``separation`` or ``sigma`` is outside of its range.
    """

    separation: float
    sigma: float = 1.0

    def __post_init__(self) -> None:
        check_between(self.separation, "separation", 0.0, 10.0)
        check_positive(self.sigma, "sigma")


def make_population(source: str, separation: float) -> Population:
    """Return the population of a source.

    Raises
    ------
    InvalidArgument
        ``source`` is none of ``normal``, ``spread`` and ``narrow``, or ``separation`` is not between 0 and 10.

    Examples
    --------
    >>> make_population("spread", 2.0)
    Population(separation=2.0, sigma=1.8)
    """
    check_choice(source, "source", SIGMAS)
    return Population(separation, SIGMAS[source])


def rates(population: Population, threshold: ArrayLike) -> tuple[Array, Array]:
    """Return the true positive rate (recall) and the false positive rate at thresholds.

    Parameters
    ----------
    population : Population
    threshold : array_like

    Returns
    -------
    tpr, fpr : ndarray, with the shape of ``threshold``

    Examples
    --------
    >>> [round(rate.item(), 3) for rate in rates(Population(2.563), 1.28)]
    [0.9, 0.1]
    """
    t = np.asarray(threshold, dtype=np.float64)
    return ndtr((population.separation - t) / population.sigma), ndtr(-t)


def expected_precision(share: float, tpr: ArrayLike, fpr: ArrayLike) -> Array:
    """Return the precision of given rates at a share of positives: π·TPR / (π·TPR + (1 − π)·FPR); nan for 0/0.

    Parameters
    ----------
    share : float
        The share π of positives, 0 … 1.
    tpr, fpr : array_like
        Rates at the same thresholds, 0 … 1.

    Returns
    -------
    ndarray, with the shape of the rates

    Raises
    ------
    InvalidArgument
        ``share`` is not between 0 and 1.

    Examples
    --------
    >>> round(expected_precision(0.01, 0.9, 0.1).item(), 3)
    0.083
    """
    check_between(share, "share", 0.0, 1.0)
    hits, false = share * np.asarray(tpr, np.float64), (1 - share) * np.asarray(fpr, np.float64)
    return metrics(hits, false, 0.0, 0.0)["precision"]


def expected_metrics(population: Population, share: float, threshold: ArrayLike) -> dict[str, Array]:
    """Return the metrics of the population at thresholds and a share of positives.

    Parameters
    ----------
    population : Population
    share : float
        The share of positives, 0 … 1.
    threshold : array_like

    Returns
    -------
    dict of str to ndarray, with the shape of ``threshold``
        By `METRICS`; nan where a metric is 0/0.

    Raises
    ------
    InvalidArgument
        ``share`` is not between 0 and 1.

    Examples
    --------
    >>> round(expected_metrics(Population(2.563), 0.01, 1.28)["f1"].item(), 3)
    0.152
    """
    check_between(share, "share", 0.0, 1.0)
    tpr, fpr = rates(population, threshold)
    return metrics(share * tpr, (1 - share) * fpr, share * (1 - tpr), (1 - share) * (1 - fpr))


def area(population: Population) -> float:
    """Return the area under the ROC curve, Φ(d′ / √(1 + σ²)): the same at every share of positives.

    Examples
    --------
    >>> round(area(Population(2.563)), 3)
    0.965
    """
    return float(ndtr(population.separation / math.sqrt(1 + population.sigma**2)))


def average_precision_of(population: Population, share: float) -> float:
    """Return the area under the precision-recall curve of the population, by the trapezoid rule.

    Raises
    ------
    InvalidArgument
        As `expected_precision`.

    Examples
    --------
    >>> round(average_precision_of(Population(2.563), 0.01), 3)
    0.505
    """
    tpr, fpr = rates(population, np.linspace(HIGHEST, LOWEST, 20_001))
    precision = expected_precision(share, tpr, fpr)
    known = np.isfinite(precision)
    return float(np.trapezoid(precision[known], tpr[known]))


def posterior(population: Population, share: float, threshold: ArrayLike) -> Array:
    """Return the probability that an example is positive, given its score: the calibrated probability.

    Parameters
    ----------
    population : Population
    share : float
        The share of positives, 0 … 1.
    threshold : array_like
        Scores.

    Returns
    -------
    ndarray, with the shape of ``threshold``
        0 everywhere without positives, and 1 without negatives.

    Raises
    ------
    InvalidArgument
        ``share`` is not between 0 and 1.

    Examples
    --------
    >>> posterior(Population(2.0), 0.5, 1.0).item(), posterior(Population(2.0), 1.0, 1.0).item()
    (0.5, 1.0)
    """
    check_between(share, "share", 0.0, 1.0)
    t = np.asarray(threshold, dtype=np.float64)
    z = (t - population.separation) / population.sigma
    probability: Array = expit(logit(share) - math.log(population.sigma) + 0.5 * (t**2 - z**2))
    return probability


def expected_cost(population: Population, share: float, threshold: ArrayLike, ratio: float) -> Array:
    """Return the mean cost of an answer, if a missed positive costs ``ratio`` times as much as a false alarm.

    In units of the more expensive of the two errors, so that it lies between 0 and 1.

    Parameters
    ----------
    population : Population
    share : float
        The share of positives, 0 … 1.
    threshold : array_like
    ratio : float
        Above 0.

    Returns
    -------
    ndarray, with the shape of ``threshold``

    Raises
    ------
    InvalidArgument
        ``share`` is not between 0 and 1, or ``ratio`` is not positive.

    Examples
    --------
    >>> round(expected_cost(Population(2.563), 0.5, 1.28, 1.0).item(), 3)
    0.1
    """
    check_between(share, "share", 0.0, 1.0)
    check_positive(ratio, "ratio")
    tpr, fpr = rates(population, threshold)
    cost: Array = (ratio * share * (1 - tpr) + (1 - share) * fpr) / max(ratio, 1.0)
    return cost


def _best(value: Callable[[Array], Array]) -> tuple[float, float]:
    """Return the threshold at which a function is largest, and its value, on grids that become finer."""
    low, high = LOWEST, HIGHEST
    for _ in range(4):
        grid = np.linspace(low, high, 2001)
        values = value(grid)
        at = int(np.nanargmax(values))
        low, high = float(grid[max(at - 1, 0)]), float(grid[min(at + 1, 2000)])
    return float(grid[at]), float(values[at])


def best_threshold(population: Population, share: float, metric: str) -> tuple[float, float]:
    """Return the threshold at which ``f1`` or ``accuracy`` of the population is largest, and its value there.

    At the best F1 inside of the range, the `posterior` is half of that F1.

    Raises
    ------
    InvalidArgument
        ``share`` is not between 0 and 1, or ``metric`` is another one.

    References
    ----------
    Lipton, Z. C., Elkan, C., Narayanaswamy, B. (2014). Thresholding classifiers to maximize F1 score. arXiv:1402.1892

    Examples
    --------
    >>> threshold, f1 = best_threshold(Population(1.5), 0.1, "f1")
    >>> round(f1, 3), round(float(posterior(Population(1.5), 0.1, threshold)), 3)
    (0.477, 0.238)
    """
    check_between(share, "share", 0.0, 1.0)
    check_choice(metric, "metric", ("f1", "accuracy"))
    if metric == "accuracy":
        threshold = _most_gain(population, share, 1.0)
        return threshold, float(expected_metrics(population, share, threshold)["accuracy"])
    return _best(lambda t: expected_metrics(population, share, t)["f1"])


def _most_gain(population: Population, share: float, ratio: float) -> float:
    """Return the threshold at which the alarms save most, compared with none."""

    def gain(threshold: Array) -> Array:
        tpr, fpr = rates(population, threshold)
        saved: Array = ratio * share * tpr - (1 - share) * fpr
        return saved

    # Not the cost itself: at a high threshold it is the cost of missing everything, but for its last digits.
    return _best(gain)[0]


def cheapest_threshold(population: Population, share: float, ratio: float) -> tuple[float, float]:
    """Return the threshold at which `expected_cost` is smallest, and the cost there.

    Raises
    ------
    InvalidArgument
        ``share`` is not between 0 and 1, or ``ratio`` is not positive.

    Examples
    --------
    >>> threshold, _ = cheapest_threshold(Population(2.0), 0.5, 5.0)
    >>> round(float(posterior(Population(2.0), 0.5, threshold)), 3)
    0.167
    """
    check_between(share, "share", 0.0, 1.0)
    check_positive(ratio, "ratio")
    threshold = _most_gain(population, share, ratio)
    return threshold, float(expected_cost(population, share, threshold, ratio))


def crossing_of_diagonal(population: Population) -> float | None:
    """Return the false positive rate at which the ROC curve crosses the diagonal; None if both spreads are equal.

    The curve runs below the diagonal beyond that rate if the positives' scores spread more than the negatives', and
    before it if they spread less.

    Examples
    --------
    >>> round(crossing_of_diagonal(Population(0.5, 2.0)), 2), crossing_of_diagonal(Population(0.5))
    (0.69, None)
    """
    if population.sigma == 1:
        return None
    # Both rates are equal where (d′ − t)/σ = −t.
    return float(ndtr(population.separation / (population.sigma - 1)))
