"""Two classes in the plane for `core.bagging_vs_boosting`: populations to draw from again and again, and real data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, ndtr

from core import datasets
from core.validate import InvalidArgument, check_between, check_choice, check_integer, check_vector

Array = NDArray[np.float64]

POPULATIONS = ("moons", "circles", "spirals", "xor")
REAL = ("breast_cancer", "wine")
DATASETS = POPULATIONS + REAL
# The two columns of scikit-learn's tables that are used, and the class that counts as +1 (malignant; the middle one).
REAL_COLUMNS = {"breast_cancer": ("worst radius", "worst concave points"), "wine": ("flavanoids", "color_intensity")}
REAL_POSITIVE = {"breast_cancer": 0, "wine": 1}

MIN_POINTS, MAX_POINTS = 10, 1000
MAX_TEST_POINTS = 10_000
TRAIN_SHARE = 0.7

# Halves of the side of the XOR square, and nodes of the quadrature along the other populations' curves.
_XOR_HALF, _NODES = 1.5, 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """A training set whose labels may be wrong, and a clean test set; all read-only.

    Attributes
    ----------
    points : ndarray, shape (n, 2)
    labels : ndarray, shape (n,)
        −1 or +1, as the learner sees them.
    flipped : ndarray of bool, shape (n,)
        Where `labels` was turned into its opposite.
    test_points, test_labels : ndarray, shapes (m, 2), (m,)
        Never flipped.
    names : tuple of str
        Of the two features.
    """

    points: Array
    labels: Array
    flipped: NDArray[np.bool_]
    test_points: Array
    test_labels: Array
    names: tuple[str, str]

    def __post_init__(self) -> None:
        for shared in (self.points, self.labels, self.flipped, self.test_points, self.test_labels):
            shared.setflags(write=False)


def draw(dataset: str, rng: np.random.Generator, n: int, spread: float) -> tuple[Array, Array]:
    """Draw ``n`` independent points of a population, shapes (n, 2) and (n,): a fair class, a place, Gaussian noise."""
    labels = rng.choice([-1.0, 1.0], size=n)
    u = rng.random((n, 2))
    noise = rng.normal(0.0, spread, size=(n, 2))
    if dataset == "xor":
        first = (2 * u[:, 0] - 1) * _XOR_HALF
        side = np.where(first >= 0, 1.0, -1.0)
        return np.column_stack([first, labels * side * u[:, 1] * _XOR_HALF]) + noise, labels
    return np.where(
        labels[:, np.newaxis] > 0, _curve(dataset, u[:, 0], 1), _curve(dataset, u[:, 0], -1)
    ) + noise, labels


def _curve(dataset: str, u: Array, label: int) -> Array:
    """Return the points at ``u`` in [0, 1] of a class's curve, shape (len(u), 2)."""
    if dataset == "moons":
        arc: Array = np.column_stack([np.cos(np.pi * u) - 0.5, np.sin(np.pi * u) - 0.25])
        return label * arc
    if dataset == "circles":
        circle: Array = np.column_stack([np.cos(2 * np.pi * u), np.sin(2 * np.pi * u)])
        return (1.2 if label > 0 else 0.5) * circle
    radius, angle = 0.3 + 2.2 * u, 3 * np.pi * u
    arm: Array = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return label * arm


def class_probability(dataset: str, points: Array, *, spread: float) -> Array:
    """Return P(label = +1 | point) in a population, shape (n,).

    The two classes are equally frequent, so that it is p₊(x) / (p₊(x) + p₋(x)); each density is that of a point on the
    class's curve (by the midpoint rule), or in its two squares (in closed form), plus Gaussian noise.

    Raises
    ------
    InvalidArgument
        ``dataset`` no population; ``spread`` outside 0.05 … 1.
    """
    check_choice(dataset, "dataset", POPULATIONS)
    check_spread(spread)
    if dataset == "xor":
        above = [ndtr((_XOR_HALF - x) / spread) - ndtr(-x / spread) for x in points.T]
        below = [ndtr(-x / spread) - ndtr((-_XOR_HALF - x) / spread) for x in points.T]
        plus, minus = above[0] * above[1] + below[0] * below[1], above[0] * below[1] + below[0] * above[1]
        total = plus + minus
        share: Array = np.divide(plus, total, out=np.full_like(total, 0.5), where=total > 0)
        return share
    nodes = (np.arange(_NODES) + 0.5) / _NODES
    log_density = []
    for label in (1, -1):
        curve = _curve(dataset, nodes, label)
        squared = (points**2).sum(axis=1)[:, np.newaxis] - 2 * points @ curve.T + (curve**2).sum(axis=1)
        log_density.append(logsumexp(-squared / (2 * spread**2), axis=1))
    probability: Array = 1 / (1 + np.exp(np.clip(log_density[1] - log_density[0], -700, 700)))
    return probability


def flip_labels(labels: Array, share: float, rng: np.random.Generator) -> tuple[Array, NDArray[np.bool_]]:
    """Turn round(share · n) labels into their opposite; with the same ``rng`` a larger share flips these and more."""
    flipped = np.zeros(labels.size, dtype=bool)
    flipped[rng.permutation(labels.size)[: round(share * labels.size)]] = True
    return np.where(flipped, -labels, labels), flipped


def make_sample(
    dataset: str, *, n: int = 300, spread: float = 0.25, flip: float = 0.0, seed: int = 0, n_test: int = 2000
) -> Sample:
    """Draw a training set of ``n`` points, flip a share of its labels, and draw a clean test set.

    Parameters
    ----------
    dataset : str
        One of `POPULATIONS`, or of `REAL`: two standardised columns, one class against the rest. Real data are split:
        at most 70 % are for training, all others for testing.
    n, n_test : int
        10 … 1000 and 1 … 10 000.
    spread : float
        Standard deviation of the noise on a population's points, 0.05 … 1. Real data have none added.
    flip : float
        Share of the training labels that are flipped, 0 … 0.5. For one ``seed``, larger shares flip the same and more.

    Raises
    ------
    InvalidArgument
        An argument out of its range, an unknown ``dataset``.
    """
    check_choice(dataset, "dataset", DATASETS)
    check_integer(n, "n", low=MIN_POINTS, high=MAX_POINTS)
    check_integer(n_test, "n_test", low=1, high=MAX_TEST_POINTS)
    check_spread(spread)
    check_flip(flip)
    check_integer(seed, "seed", low=0)
    return _make_sample(dataset, int(n), float(spread), float(flip), int(seed), int(n_test))


@lru_cache(maxsize=32)
def _make_sample(dataset: str, n: int, spread: float, flip: float, seed: int, n_test: int) -> Sample:
    if dataset in REAL:
        table, is_positive, names = _real(dataset)
        return _split(table, is_positive, names, n, flip, seed)
    points, labels = draw(dataset, np.random.default_rng([seed, 0]), n, spread)
    test_points, test_labels = draw(dataset, np.random.default_rng([seed, 1]), n_test, spread)
    seen, flipped = flip_labels(labels, flip, np.random.default_rng([seed, 2]))
    return Sample(points, seen, flipped, test_points, test_labels, ("x₁", "x₂"))


def sample_from(
    points: ArrayLike,
    classes: ArrayLike,
    *,
    n: int = MAX_POINTS,
    flip: float = 0.0,
    seed: int = 0,
    names: tuple[str, str] = ("x₁", "x₂"),
) -> Sample:
    """Split someone's own points as `make_sample` splits real data: the most frequent class is +1, all others −1.

    Raises
    ------
    InvalidArgument
        ``points`` not finite or not two a row, ``classes`` of another length, fewer than 15 rows.
    """
    given = np.asarray(classes).ravel()
    table = np.array([check_vector(point, "points", at_least=2, at_most=2) for point in np.asarray(points)])
    if given.size != len(table):
        raise InvalidArgument(
            "length_mismatch", argument="classes", other="points", value=given.size, expected=len(table)
        )
    fewest = math.ceil(MIN_POINTS / TRAIN_SHARE)
    if len(table) < fewest:
        raise InvalidArgument("too_few_rows", low=fewest, value=len(table))
    check_integer(n, "n", low=MIN_POINTS, high=MAX_POINTS)
    check_flip(flip)
    check_integer(seed, "seed", low=0)
    kinds, counts = np.unique(given, return_counts=True)
    return _split(_standardise(table), given == kinds[counts.argmax()], names, n, flip, seed)


def check_spread(spread: float) -> None:
    """Refuse a ``spread`` outside 0.05 … 1."""
    check_between(spread, "spread", 0.05, 1.0)


def check_flip(flip: float) -> None:
    """Refuse a share of flipped labels outside 0 … 0.5."""
    check_between(flip, "flip", 0.0, 0.5)


def _real(dataset: str) -> tuple[Array, NDArray[np.bool_], tuple[str, str]]:
    table = {"breast_cancer": datasets.breast_cancer, "wine": datasets.wine}[dataset]()
    names = REAL_COLUMNS[dataset]
    return table.columns(*names), table.target == REAL_POSITIVE[dataset], names


def _standardise(table: Array) -> Array:
    # A column of one value says nothing and divides by zero: it stays at 0.
    deviation = table.std(axis=0)
    standardised: Array = (table - table.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return standardised


def _split(
    table: Array, is_positive: NDArray[np.bool_], names: tuple[str, str], n: int, flip: float, seed: int
) -> Sample:
    order = np.random.default_rng([seed, 0]).permutation(len(table))
    size = min(n, int(TRAIN_SHARE * len(table)))
    train, test = order[:size], order[int(TRAIN_SHARE * len(table)) :]
    labels = np.where(is_positive, 1.0, -1.0)
    seen, flipped = flip_labels(labels[train], flip, np.random.default_rng([seed, 2]))
    return Sample(table[train], seen, flipped, table[test], labels[test], names)
