"""Two models whose ROC curves cross: the one with the smaller area is the better one where positives are rare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.precision_recall.population import Population, area, average_precision_of, best_threshold
from core.precision_recall.ranking import Curves, Ranking, average_precision, best_f1, curves, rank, roc_area
from core.precision_recall.samples import draw
from core.validate import check_between

Array = NDArray[np.float64]

# A separates most positives a little, B some of them well.
MODELS = {"a": Population(1.6, 0.6), "b": Population(2.2, 1.8)}
COMPARED = ("auc", "average_precision", "best_f1", "tpr_at_1")


@dataclass(frozen=True, slots=True)
class Pair:
    """The two models on one test set.

    Attributes
    ----------
    share : float
        The share of positives.
    curves : dict of str to Curves
        By model.
    measured : dict of str to dict of str to float
        By model and by `COMPARED`: on the test set; nan without positives.
    expected : dict of str to dict of str to float
        The same of the population, without ``tpr_at_1``.
    """

    share: float
    curves: dict[str, Curves]
    measured: dict[str, dict[str, float]]
    expected: dict[str, dict[str, float]]


def tpr_at(ranking: Ranking, fpr: float) -> float:
    """Return the largest true positive rate of a threshold with at most this false positive rate; nan if undefined.

    Raises
    ------
    InvalidArgument
        ``fpr`` is not between 0 and 1.

    Examples
    --------
    >>> tpr_at(rank(draw(Population(2.0), 1000, 0.5)), 1.0)
    1.0
    """
    check_between(fpr, "fpr", 0.0, 1.0)
    if not ranking.is_complete:
        return float("nan")
    allowed = np.append(0, ranking.tp)[np.append(0, ranking.fp) <= fpr * ranking.negatives]
    return float(allowed.max() / ranking.positives)


def compare_pair(n: int, share: float, *, seed: int = 0) -> Pair:
    """Compare both models on test sets of ``n`` examples that are drawn with the same random numbers.

    Raises
    ------
    InvalidArgument
        As `draw`.

    Examples
    --------
    >>> a, b = compare_pair(4000, 0.05).measured.values()
    >>> a["auc"] > b["auc"], a["best_f1"] > b["best_f1"]
    (True, False)
    """
    rankings = {name: rank(draw(population, n, share, seed=seed)) for name, population in MODELS.items()}
    measured = {
        name: {
            "auc": roc_area(ranking),
            "average_precision": average_precision(ranking),
            "best_f1": best_f1(ranking)[1],
            "tpr_at_1": tpr_at(ranking, 0.01),
        }
        for name, ranking in rankings.items()
    }
    expected = {
        name: {
            "auc": area(population),
            "average_precision": average_precision_of(population, share),
            "best_f1": best_threshold(population, share, "f1")[1],
        }
        for name, population in MODELS.items()
    }
    return Pair(share, {name: curves(ranking) for name, ranking in rankings.items()}, measured, expected)


def share_of_change(*, precision: float = 1e-4) -> float:
    """Return the share of positives below which model B has the larger best F1 in the population, by bisection.

    Raises
    ------
    InvalidArgument
        ``precision`` is not between 1e-9 and 1.

    Examples
    --------
    >>> round(share_of_change(), 3)
    0.201
    """
    check_between(precision, "precision", 1e-9, 1.0)
    low, high = 0.01, 0.9
    while high - low > precision:
        middle = (low + high) / 2
        f1 = {name: best_threshold(population, middle, "f1")[1] for name, population in MODELS.items()}
        low, high = (middle, high) if f1["b"] > f1["a"] else (low, middle)
    return (low + high) / 2
