"""Test sets: scores with labels, drawn from a population or taken from real data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.numbers import parse_numbers
from core.precision_recall.cells import Cells
from core.precision_recall.population import Population
from core.validate import InvalidArgument, check_between, check_integer, check_vector

Array = NDArray[np.float64]
Labels = NDArray[np.bool_]

MAX_N = 10_000
# The least number of own examples, as in an uploaded table.
MIN_OWN = 3
# Own scores are limited so that no difference overflows.
LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class Sample:
    """A test set.

    Attributes
    ----------
    scores : ndarray, shape (n,)
    labels : ndarray of bool, shape (n,)
        Whether an example is positive. The positives come first.
    """

    scores: Array
    labels: Labels

    @property
    def positives(self) -> int:
        """The number of positives."""
        return int(self.labels.sum())


@dataclass(frozen=True, slots=True)
class Pool:
    """The scores of real examples.

    Attributes
    ----------
    positives, negatives : ndarray, shape (m,)
        The scores of each class.
    names : tuple of str
        How the data call the negative and the positive class.
    """

    positives: Array
    negatives: Array
    names: tuple[str, str] = ("0", "1")

    @property
    def share(self) -> float:
        """The share of positives."""
        return self.positives.size / (self.positives.size + self.negatives.size)

    @property
    def range(self) -> tuple[float, float]:
        """0 and 1 if all scores lie between them, as probabilities do; else the smallest and the largest score."""
        scores = np.concatenate([self.positives, self.negatives])
        low, high = float(scores.min()), float(scores.max())
        if low >= 0 and high <= 1:
            return 0.0, 1.0
        return (low, high) if low < high else (low - 0.5, high + 0.5)

    @property
    def axis(self) -> tuple[float, float]:
        """The range with some room at its upper end, so that the highest score is inside of it."""
        low, high = self.range
        return low, high + 0.025 * (high - low)

    def threshold(self, cut: float) -> float:
        """Return the score at a share of the way through the range.

        Examples
        --------
        >>> Pool(np.array([4.0]), np.array([2.0])).threshold(0.5)
        3.0
        """
        low, high = self.range
        return low + cut * (high - low)


def _join(positives: Array, negatives: Array) -> Sample:
    labels = np.arange(positives.size + negatives.size) < positives.size
    return Sample(np.concatenate([positives, negatives]), labels)


def draw(population: Population, n: int, share: float, *, seed: int = 0) -> Sample:
    """Draw a test set of ``n`` examples, of which round(``n`` · ``share``) are positive.

    Positives and negatives come from two streams of the seed: another share uses more or fewer of the same examples.

    Raises
    ------
    InvalidArgument
        ``n`` is not an integer between 1 and 10,000, ``share`` is not between 0 and 1, or ``seed`` is negative.

    Examples
    --------
    >>> few, many = (draw(Population(2.0), 100, share) for share in (0.1, 0.5))
    >>> few.positives, bool((few.scores[:10] == many.scores[:10]).all())
    (10, True)
    """
    check_integer(n, "n", low=1, high=MAX_N)
    check_between(share, "share", 0.0, 1.0)
    check_integer(seed, "seed", low=0)
    positives = round(n * share)
    z = [
        np.random.default_rng([seed, stream]).standard_normal(m)
        for stream, m in enumerate((positives, n - positives), start=1)
    ]
    return _join(population.separation + population.sigma * z[0], z[1])


def select(pool: Pool, share: float | None = None, *, seed: int = 0) -> Sample:
    """Return the largest test set with a share of positives that real examples allow; all of them without ``share``.

    Each class has a random order of the seed, of which the first ones are used: another share uses more or fewer of
    the same examples.

    Raises
    ------
    InvalidArgument
        ``share`` is not between 0 and 1, or ``seed`` is negative.

    Examples
    --------
    >>> pool = Pool(np.array([0.9, 0.4]), np.linspace(0.0, 0.5, 8))
    >>> select(pool).labels.size, select(pool, 0.5).labels.size, select(pool, 0.1).labels.size
    (10, 4, 8)
    """
    check_integer(seed, "seed", low=0)
    m, k = pool.positives.size, pool.negatives.size
    if share is not None:
        check_between(share, "share", 0.0, 1.0)
        n = int(min(m / share if share else np.inf, k / (1 - share) if share < 1 else np.inf) + 1e-9)
        m = min(round(n * share), m)
        k = min(n - m, k)
    orders = [
        np.random.default_rng([seed, stream]).permutation(scores)
        for stream, scores in enumerate((pool.positives, pool.negatives), start=1)
    ]
    return _join(orders[0][:m], orders[1][:k])


def count(sample: Sample, threshold: float) -> Cells:
    """Return the confusion matrix: scores of at least ``threshold`` are called positive.

    Examples
    --------
    >>> count(Sample(np.array([0.9, 0.2, 0.8, 0.1]), np.array([True, True, False, False])), 0.5)
    Cells(tp=1, fp=1, fn=1, tn=1)
    """
    alarm = sample.scores >= threshold
    tp, alarms, positives = int((alarm & sample.labels).sum()), int(alarm.sum()), sample.positives
    return Cells(tp, alarms - tp, positives - tp, sample.labels.size - positives - (alarms - tp))


def pool_of(scores: Sequence[float] | Array, classes: Sequence[Any] | NDArray[Any]) -> Pool:
    """Return own scores with their classes; the positive class is the last one in order: 1, or the last name.

    Raises
    ------
    InvalidArgument
        ``not_two_classes``; ``not_finite`` or ``out_of_range`` scores (−1e9 … 1e9); ``too_few`` or ``too_many``
        (3 … 10,000); ``length_mismatch``.

    Examples
    --------
    >>> pool_of([0.2, 0.9, 0.4], ["no", "yes", "no"]).names
    ('no', 'yes')
    """
    values = check_vector(scores, "scores", at_least=MIN_OWN, at_most=MAX_N)
    for value in (values.min(), values.max()):
        check_between(float(value), "scores", -LARGEST, LARGEST)
    labels = np.asarray(classes).ravel()
    if labels.size != values.size:
        raise InvalidArgument(
            "length_mismatch", argument="classes", other="scores", value=labels.size, expected=values.size
        )
    names = np.unique(labels)
    if names.size != 2:
        raise InvalidArgument("not_two_classes", value=names.size)
    written = tuple(str(name) if isinstance(name, str) else f"{name:g}" for name in names.tolist())
    positive = labels == names[1]
    return Pool(values[positive], values[~positive], (written[0], written[1]))


def parse_pairs(text: str) -> Pool:
    """Return the scores and labels of a text: score, label, score, label …, as two pasted columns give.

    Raises
    ------
    InvalidArgument
        The text is not a list of numbers; ``odd`` (a score without label); ``not_a_label`` (a label other than 0 and
        1); or what `pool_of` refuses.

    Examples
    --------
    >>> parse_pairs("0.9 1; 0.4 0; 0.7 0").negatives
    array([0.4, 0.7])
    """
    numbers = parse_numbers(text, "pairs")
    if len(numbers) % 2:
        raise InvalidArgument("odd", value=len(numbers))
    labels = numbers[1::2]
    for row, label in enumerate(labels, start=1):
        if label not in (0, 1):
            raise InvalidArgument("not_a_label", row=row, value=label)
    return pool_of(numbers[::2], labels)
