"""Real classifiers: is a handwritten digit an 8? Five models, on noisy images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import digits
from core.lazy_imports import importing
from core.precision_recall.cells import measure
from core.precision_recall.ranking import average_precision, best_f1, rank, roc_area
from core.precision_recall.samples import Pool, Sample, count, select
from core.progress import Report, no_report
from core.validate import check_choice, check_integer

Array = NDArray[np.float64]

MODELS = ("logistic", "balanced", "neighbours", "bayes", "tree")
# The sources of scores on the page, and the models behind them.
SOURCE_MODELS = {"digits": "logistic", "neighbours": "neighbours"}
COLUMNS = ("accuracy", "recall", "f1", "best_f1", "auc", "average_precision", "log_loss")
# In these columns the smallest value is the best.
SMALLEST = ("log_loss",)
DIGIT = 8
# Standard deviation of the noise of a pixel, whose values lie between 0 and 1.
NOISE = 0.4
SEEDS = 8
# The log loss of a probability of exactly 0 is infinite.
_CLIP = 1e-15


def _classifier(model: str) -> Any:
    with importing:
        from sklearn.linear_model import LogisticRegression
        from sklearn.naive_bayes import GaussianNB
        from sklearn.neighbors import KNeighborsClassifier
        from sklearn.tree import DecisionTreeClassifier

    return {
        "logistic": lambda: LogisticRegression(max_iter=1000),
        "balanced": lambda: LogisticRegression(max_iter=1000, class_weight="balanced"),
        "neighbours": lambda: KNeighborsClassifier(15),
        "bayes": GaussianNB,
        "tree": lambda: DecisionTreeClassifier(max_depth=6, random_state=0),
    }[model]()


def digit_scores(model: str, *, seed: int = 0, report: Report = no_report) -> Pool:
    """Train a model on one half of the noisy digits; return its probabilities of "8" on the other half.

    Parameters
    ----------
    model : str
        ``logistic`` and ``balanced`` regression (the latter with balanced class weights), 15 nearest ``neighbours``,
        Gaussian naive ``bayes``, and a decision ``tree`` of depth 6.
    seed : int
        Of the noise and of the halves.
    report : callable
        Called once, with 0.

    Raises
    ------
    InvalidArgument
        The model is unknown, or ``seed`` is negative.

    Examples
    --------
    >>> pool = digit_scores("neighbours")
    >>> pool.positives.size + pool.negatives.size
    899
    """
    check_choice(model, "model", MODELS)
    check_integer(seed, "seed", low=0)
    report(0.0)
    data, rng = digits(), np.random.default_rng([seed, 8])
    images = data.features + NOISE * rng.standard_normal(data.features.shape)
    is_digit, order = data.target == DIGIT, rng.permutation(data.target.size)
    train, test = order[: order.size // 2], order[order.size // 2 :]
    fitted = _classifier(model).fit(images[train], is_digit[train])
    probabilities: Array = fitted.predict_proba(images[test])[:, 1]
    return Pool(probabilities[is_digit[test]], probabilities[~is_digit[test]], ("not 8", "8"))


def _row(sample: Sample) -> tuple[float, ...]:
    ranking, half = rank(sample), measure(count(sample, 0.5))
    probabilities = np.clip(sample.scores, _CLIP, 1 - _CLIP)
    log_loss = -float(np.log(np.where(sample.labels, probabilities, 1 - probabilities)).mean())
    return (
        half["accuracy"],
        half["recall"],
        half["f1"],
        best_f1(ranking)[1],
        roc_area(ranking),
        average_precision(ranking),
        log_loss,
    )


@dataclass(frozen=True, slots=True)
class Table:
    """Several models on several splits.

    Attributes
    ----------
    values : ndarray, shape (models, seeds, columns)
        In the order of `MODELS` and `COLUMNS`: accuracy, recall and F1 at a probability of 0.5, the best F1, the areas,
        and the log loss.
    never : ndarray, shape (seeds,)
        The accuracy of the answer "not 8" to everything.
    """

    values: Array
    never: Array

    @property
    def mean(self) -> Array:
        """The mean over the splits, shape (models, columns)."""
        mean: Array = self.values.mean(axis=1)
        return mean

    @property
    def deviation(self) -> Array:
        """The standard deviation over the splits, shape (models, columns)."""
        deviation: Array = self.values.std(axis=1, ddof=1)
        return deviation

    def wins(self, model: str, column: str) -> int:
        """Return on how many splits a model is the best one by a column.

        Raises
        ------
        InvalidArgument
            ``model`` is none of `MODELS`, or ``column`` none of `COLUMNS`.
        """
        check_choice(model, "model", MODELS)
        check_choice(column, "column", COLUMNS)
        values = self.values[:, :, COLUMNS.index(column)]
        best = values.argmin(axis=0) if column in SMALLEST else values.argmax(axis=0)
        return int((best == MODELS.index(model)).sum())


def compare_models(*, seeds: int = SEEDS, report: Report = no_report) -> Table:
    """Train all `MODELS` on several splits of the digits.

    Parameters
    ----------
    seeds : int
    report : callable
        Called with the finished share of the work.

    Raises
    ------
    InvalidArgument
        ``seeds`` is not a positive integer.

    Examples
    --------
    >>> compare_models(seeds=1).values.shape
    (5, 1, 7)
    """
    check_integer(seeds, "seeds", low=1)
    rows, never = np.empty((len(MODELS), seeds, len(COLUMNS))), np.empty(seeds)
    for seed in range(seeds):
        for index, model in enumerate(MODELS):
            report((seed * len(MODELS) + index) / (seeds * len(MODELS)))
            pool = digit_scores(model, seed=seed)
            rows[index, seed], never[seed] = _row(select(pool)), 1 - pool.share
    return Table(rows, never)
