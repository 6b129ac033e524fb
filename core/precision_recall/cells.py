"""The four cells of a confusion matrix, and the metrics that are computed from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.intervals import wilson

Array = NDArray[np.float64]

METRICS = ("precision", "recall", "f1", "accuracy", "mcc")


@dataclass(frozen=True, slots=True)
class Cells:
    """The number of examples by class and by answer; an answer "positive" is called an alarm.

    Attributes
    ----------
    tp, fp, fn, tn : int
        True positives, false positives, false negatives and true negatives.
    """

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def positives(self) -> int:
        """The number of examples of the positive class."""
        return self.tp + self.fn

    @property
    def negatives(self) -> int:
        """The number of examples of the negative class."""
        return self.fp + self.tn

    @property
    def alarms(self) -> int:
        """The number of examples that are called positive."""
        return self.tp + self.fp

    @property
    def total(self) -> int:
        """The number of examples."""
        return self.positives + self.negatives

    @property
    def swapped(self) -> Cells:
        """The cells after the names of both classes are exchanged."""
        return Cells(self.tn, self.fn, self.fp, self.tp)


def _ratio(above: Array, below: Array) -> Array:
    """Divide, with nan for 0/0."""
    result: Array = np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below != 0)
    return result


def metrics(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike, tn: ArrayLike) -> dict[str, Array]:
    """Return all `METRICS` of cells, each with the shape of the arguments; nan where one is 0/0.

    F1 is 2·TP/(2·TP + FP + FN), MCC the correlation of class and answer.

    References
    ----------
    Chicco, D., Jurman, G. (2020). The advantages of the Matthews correlation coefficient (MCC) over F1 score and
    accuracy in binary classification evaluation. BMC Genomics 21:6. doi:10.1186/s12864-019-6413-7

    Examples
    --------
    >>> {name: round(value.item(), 3) for name, value in metrics(90, 4, 5, 1).items()}
    {'precision': 0.957, 'recall': 0.947, 'f1': 0.952, 'accuracy': 0.91, 'mcc': 0.135}
    """
    a, b, c, d = (np.asarray(cell, dtype=np.float64) for cell in (tp, fp, fn, tn))
    return {
        "precision": _ratio(a, a + b),
        "recall": _ratio(a, a + c),
        "f1": _ratio(2 * a, 2 * a + b + c),
        "accuracy": _ratio(a + d, a + b + c + d),
        "mcc": _ratio(a * d - b * c, np.sqrt((a + b) * (a + c) * (d + b) * (d + c))),
    }


def measure(cells: Cells) -> dict[str, float]:
    """Return all `METRICS` of a confusion matrix; nan where one is 0/0.

    Examples
    --------
    >>> measure(Cells(0, 0, 10, 990))["accuracy"]
    0.99
    """
    return {name: float(value) for name, value in metrics(cells.tp, cells.fp, cells.fn, cells.tn).items()}


def constant_answers(cells: Cells) -> dict[str, Cells]:
    """Return the cells of calling everything positive ("all") and nothing ("none") on the same examples.

    Examples
    --------
    >>> constant_answers(Cells(8, 3, 2, 87))["all"]
    Cells(tp=10, fp=90, fn=0, tn=0)
    """
    return {"all": Cells(cells.positives, cells.negatives, 0, 0), "none": Cells(0, 0, cells.positives, cells.negatives)}


def metric_intervals(cells: Cells) -> dict[str, tuple[float, float]]:
    """Return 95% intervals of precision, recall, F1 and accuracy; nan where a metric is 0/0.

    Precision, recall and accuracy are proportions of the alarms, of the positives and of all examples; their intervals
    are Wilson's. F1 = 2·J / (1 + J) grows with the proportion J = TP / (TP + FP + FN), so its interval is that of J,
    transformed.

    Examples
    --------
    >>> low, high = metric_intervals(Cells(90, 10, 10, 890))["recall"]
    >>> 0.8 < low < 0.9 < high < 1.0
    True
    """
    hits = np.array([cells.tp, cells.tp, cells.tp, cells.tp + cells.tn])
    low, high = wilson(hits, [cells.alarms, cells.positives, cells.tp + cells.fp + cells.fn, cells.total])
    ends = np.stack([low, high])
    ends[:, 2] = 2 * ends[:, 2] / (1 + ends[:, 2])
    names = ("precision", "recall", "f1", "accuracy")
    return {name: (float(low), float(high)) for name, (low, high) in zip(names, ends.T, strict=True)}
