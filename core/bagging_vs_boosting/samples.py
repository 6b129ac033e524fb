"""Training and test samples of two classes in the plane: from populations, from real data, or from own points."""

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
# The two columns used of scikit-learn's tables, and the class with the label +1 (malignant; the second cultivar).
REAL_COLUMNS = {"breast_cancer": ("worst radius", "worst concave points"), "wine": ("flavanoids", "color_intensity")}
REAL_POSITIVE = {"breast_cancer": 0, "wine": 1}

MIN_POINTS, MAX_POINTS = 10, 1000
MAX_TEST_POINTS = 10_000
TRAIN_SHARE = 0.7

# Half the side of the XOR square, and number of quadrature nodes along the curves of the other populations.
_XOR_HALF, _NODES = 1.5, 1024
# More points are computed in parts: the distances of 2,000 points from the nodes and their exponentials take 110 MB.
_POINTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """A training set whose labels may be wrong, and a clean test set. All arrays are read-only.

    Attributes
    ----------
    points : ndarray, shape (n, 2)
    labels : ndarray, shape (n,)
        −1 or +1, as passed to the learner.
    flipped : ndarray of bool, shape (n,)
        Where `labels` is the opposite of the true label.
    test_points, test_labels : ndarray, shapes (m, 2), (m,)
        The test labels are never flipped.
    names : tuple of str
        Names of the two features.
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
    """Draw ``n`` independent points of a population, shapes (n, 2) and (n,).

    Both classes have probability ½. A point lies on its class's curve, or in one of its two squares, plus Gaussian
    noise.
    """
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
    """Return P(label = +1 | point) in a population.

    The classes are equally frequent, so that the probability is p₊(x) / (p₊(x) + p₋(x)). Each density is that of a
    point on the class's curve (by the midpoint rule), or in its two squares (in closed form), plus Gaussian noise.

    Parameters
    ----------
    dataset : str
        One of `POPULATIONS`.
    points : ndarray, shape (n, 2)
    spread : float
        Standard deviation of the noise, 0.05 … 1.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    InvalidArgument
        ``dataset`` is not a population; ``spread`` outside 0.05 … 1.

    Examples
    --------
    >>> points = np.array([[0.75, 0.75], [0.75, -0.75], [0.0, 0.0]])
    >>> [round(float(p), 4) for p in class_probability("xor", points, spread=0.05)]
    [1.0, 0.0, 0.5]
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
    parts = np.split(points, range(_POINTS_AT_ONCE, len(points), _POINTS_AT_ONCE))
    return np.concatenate([_probability_by_curves(dataset, part, spread) for part in parts])


def _probability_by_curves(dataset: str, points: Array, spread: float) -> Array:
    """Return P(label = +1 | point) where each class has a curve, shape (n,)."""
    nodes = (np.arange(_NODES) + 0.5) / _NODES
    log_density = []
    for label in (1, -1):
        curve = _curve(dataset, nodes, label)
        squared = (points**2).sum(axis=1)[:, np.newaxis] - 2 * points @ curve.T + (curve**2).sum(axis=1)
        log_density.append(logsumexp(-squared / (2 * spread**2), axis=1))
    probability: Array = 1 / (1 + np.exp(np.clip(log_density[1] - log_density[0], -700, 700)))
    return probability


def flip_labels(labels: Array, share: float, rng: np.random.Generator) -> tuple[Array, NDArray[np.bool_]]:
    """Flip round(share · n) labels.

    Returns
    -------
    labels : ndarray, shape (n,)
    flipped : ndarray of bool, shape (n,)
        For an equal state of ``rng`` a larger share flips the same labels and more.
    """
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
        at most 70 % are training points, the remaining 30 % are test points.
    n, n_test : int
        10 … 1000 and 1 … 10 000.
    spread : float
        Standard deviation of the noise on a population's points, 0.05 … 1; not used for real data.
    flip : float
        Share of the training labels that are flipped, 0 … 0.5. For one ``seed``, a larger share flips the same labels
        and more.
    seed : int

    Returns
    -------
    Sample

    Raises
    ------
    InvalidArgument
        Unknown ``dataset``; ``n`` outside 10 … 1000; ``n_test`` outside 1 … 10 000; ``spread`` outside 0.05 … 1;
        ``flip`` outside 0 … 0.5; ``seed`` below 0.

    Examples
    --------
    >>> sample = make_sample("moons", n=20, flip=0.1)
    >>> sample.points.shape, int(sample.flipped.sum())
    ((20, 2), 2)
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
    """Make and cache a sample from checked arguments; `Sample` is read-only, so that callers can share it."""
    if dataset in REAL:
        table, is_positive, names = _real(dataset)
        return _split(table, is_positive, names, n, flip, seed)
    points, labels = draw(dataset, np.random.default_rng([seed, 0]), n, spread)
    test_points, test_labels = draw(dataset, np.random.default_rng([seed, 1]), n_test, spread)
    observed, flipped = flip_labels(labels, flip, np.random.default_rng([seed, 2]))
    return Sample(points, observed, flipped, test_points, test_labels, ("x₁", "x₂"))


def sample_from(
    points: ArrayLike,
    classes: ArrayLike,
    *,
    n: int = MAX_POINTS,
    flip: float = 0.0,
    seed: int = 0,
    names: tuple[str, str] = ("x₁", "x₂"),
) -> Sample:
    """Split own points as `make_sample` splits real data.

    The most frequent class becomes +1, all others −1.

    Parameters
    ----------
    points : array_like, shape (m, 2)
        Standardised before the split.
    classes : array_like, shape (m,)
    n : int
        Maximum number of training points, 10 … 1000.
    flip, seed
        As in `make_sample`.
    names : tuple of str
        Names of the two features.

    Returns
    -------
    Sample

    Raises
    ------
    InvalidArgument
        ``points`` not finite or not of two columns, ``classes`` of another length, fewer than 15 rows;
        ``seed`` below 0.

    Examples
    --------
    >>> points = np.arange(40.0).reshape(20, 2)
    >>> sample = sample_from(points, ["a"] * 12 + ["b"] * 8)
    >>> sample.points.shape, sample.test_points.shape
    ((14, 2), (6, 2))
    """
    class_values = np.asarray(classes).ravel()
    table = np.array([check_vector(point, "points", at_least=2, at_most=2) for point in np.asarray(points)])
    if class_values.size != len(table):
        raise InvalidArgument(
            "length_mismatch", argument="classes", other="points", value=class_values.size, expected=len(table)
        )
    fewest = math.ceil(MIN_POINTS / TRAIN_SHARE)
    if len(table) < fewest:
        raise InvalidArgument("too_few_rows", low=fewest, value=len(table))
    check_integer(n, "n", low=MIN_POINTS, high=MAX_POINTS)
    check_flip(flip)
    check_integer(seed, "seed", low=0)
    unique_classes, counts = np.unique(class_values, return_counts=True)
    return _split(_standardise(table), class_values == unique_classes[counts.argmax()], names, n, flip, seed)


def check_spread(spread: float) -> None:
    """Raise `InvalidArgument` for a ``spread`` outside 0.05 … 1."""
    check_between(spread, "spread", 0.05, 1.0)


def check_flip(flip: float) -> None:
    """Raise `InvalidArgument` for a share of flipped labels outside 0 … 0.5."""
    check_between(flip, "flip", 0.0, 0.5)


def _real(dataset: str) -> tuple[Array, NDArray[np.bool_], tuple[str, str]]:
    """Return the table, the positive rows and the feature names of a real data set."""
    table = {"breast_cancer": datasets.breast_cancer, "wine": datasets.wine}[dataset]()
    names = REAL_COLUMNS[dataset]
    return table.columns(*names), table.target == REAL_POSITIVE[dataset], names


def _standardise(table: Array) -> Array:
    """Scale each column to mean 0 and standard deviation 1; a constant column becomes 0."""
    # Very large and very small values would overflow or underflow when squared.
    largest = np.abs(table).max(axis=0)
    scaled = table / np.where(largest > 0, largest, 1.0)
    deviation = scaled.std(axis=0)
    standardised: Array = (scaled - scaled.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return standardised


def _split(
    table: Array, is_positive: NDArray[np.bool_], names: tuple[str, str], n: int, flip: float, seed: int
) -> Sample:
    """Split a table into training and test points, and flip a share of the training labels."""
    order = np.random.default_rng([seed, 0]).permutation(len(table))
    size = min(n, int(TRAIN_SHARE * len(table)))
    train, test = order[:size], order[int(TRAIN_SHARE * len(table)) :]
    labels = np.where(is_positive, 1.0, -1.0)
    observed, flipped = flip_labels(labels[train], flip, np.random.default_rng([seed, 2]))
    return Sample(table[train], observed, flipped, table[test], labels[test], names)
