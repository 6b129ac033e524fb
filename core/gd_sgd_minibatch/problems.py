"""Convex losses of two parameters over real data, their starting points and their level sets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from core import datasets
from core.validate import InvalidArgument, check_choice, check_vector

PROBLEMS = ("diabetes", "valley", "raw", "centred", "standard", "cancer")
STARTS = ("corner", "flat", "steep", "origin")
# Excess loss at a start, in units of the target's variance for the squared loss.
START_LOSS = {"squared": 2.0, "logistic": 0.2}
MAX_ROWS = 10_000


# eq=False: compared and hashed by identity, so that results can be cached by problem.
@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A convex loss L(w) of two parameters: the mean of the losses of ``n`` samples.

    The loss of one sample with a = w·x is ½(a − y)² (``squared``) or log(1 + exp a) − y·a in nats (``logistic``).

    Attributes
    ----------
    loss : str
    inputs : ndarray, shape (n, 2)
    target : ndarray, shape (n,)
    parameters : tuple of str
        Names of the two inputs that the weights multiply.
    optimum : ndarray, shape (2,)
    minimum : float
        The loss at the optimum.
    hessian : ndarray, shape (2, 2)
        At the optimum. For the squared loss it is the same everywhere.
    curvatures : ndarray, shape (2,)
        Eigenvalues λmin and λmax of `hessian`.
    axes : ndarray, shape (2, 2)
        The eigenvectors, as columns.
    """

    loss: str
    inputs: NDArray[np.float64]
    target: NDArray[np.float64]
    parameters: tuple[str, str]
    optimum: NDArray[np.float64]
    minimum: float
    hessian: NDArray[np.float64]
    curvatures: NDArray[np.float64]
    axes: NDArray[np.float64]

    def __post_init__(self) -> None:
        for shared in (self.inputs, self.target, self.optimum, self.hessian, self.curvatures, self.axes):
            shared.setflags(write=False)

    @property
    def n(self) -> int:
        """Number of samples."""
        return self.target.size

    @property
    def limit(self) -> float:
        """2/λmax: the learning rate above which gradient descent diverges."""
        return float(2 / self.curvatures[1])

    @property
    def condition(self) -> float:
        """λmax/λmin: the condition number of the Hessian."""
        return float(self.curvatures[1] / self.curvatures[0])

    def learning_rate(self, share: float) -> float:
        """Return the learning rate that is ``share`` of `limit`."""
        return share * self.limit


@dataclass(frozen=True, slots=True, eq=False)
class OwnTable:
    """A problem that was made from columns of a table, with these columns: two inputs and the target.

    Attributes
    ----------
    problem : Problem
    names : tuple of str
    columns : tuple of ndarray, each of shape (n,)
    """

    problem: Problem
    names: tuple[str, ...]
    columns: tuple[NDArray[np.float64], ...]


def batch_sizes(n: int) -> list[int]:
    """Return the powers of two below n, followed by n.

    Examples
    --------
    >>> batch_sizes(10)
    [1, 2, 4, 8, 10]
    """
    return [*(2**k for k in range(n.bit_length()) if 2**k < n), n]


@lru_cache(maxsize=len(PROBLEMS))
def load_problem(name: str) -> Problem:
    """Return a problem of `PROBLEMS` by its name.

    - ``diabetes``: squared loss; disease progression from bmi and blood pressure, all standardised.
    - ``raw``, ``centred``, ``standard``, ``valley``: squared loss; disease progression from bmi and an intercept, with
      bmi in kg/m², minus its mean, standardised, and as (bmi − 20)/6.
    - ``cancer``: logistic loss; whether a tumour is malignant, from its standardised radius and texture.

    Raises
    ------
    InvalidArgument
        An unknown ``name``.

    Examples
    --------
    >>> problem = load_problem("cancer")
    >>> (problem.loss, problem.n, problem.parameters)
    ('logistic', 569, ('radius', 'texture'))
    >>> [round(load_problem(name).condition, 1) for name in ("centred", "standard")]
    [19.5, 1.0]
    """
    check_choice(name, "name", PROBLEMS)
    if name == "cancer":
        tumours = datasets.breast_cancer()
        inputs = tumours.columns("mean radius", "mean texture")
        return _build("logistic", inputs, 1 - tumours.target, ("radius", "texture"))
    patients = datasets.diabetes()
    if name == "diabetes":
        return _build("squared", patients.columns("bmi", "bp"), patients.target, ("bmi", "bp"))
    bmi = datasets.diabetes(standardised=False).columns("bmi")[:, 0]
    scaled = {
        "raw": bmi,
        "centred": bmi - bmi.mean(),
        "standard": datasets.standardise(bmi),
        "valley": (bmi - 20) / 6,
    }[name]
    return _build("squared", np.column_stack([scaled, np.ones(bmi.size)]), patients.target, ("bmi", "intercept"))


def regression(first: ArrayLike, second: ArrayLike, target: ArrayLike, *, names: tuple[str, str]) -> Problem:
    """Return the squared loss of predicting ``target`` from two columns, all three standardised.

    Raises
    ------
    InvalidArgument
        A column that is not finite, has fewer than 3 or more than `MAX_ROWS` values, is constant, or differs in length;
        two input columns that are multiples of each other, so that the minimum is not unique.

    Examples
    --------
    >>> problem = regression([1, 2, 3, 4], [1, -1, -1, 1], [2, 4, 6, 8], names=("a", "b"))
    >>> [round(abs(float(weight)), 6) for weight in problem.optimum]
    [1.0, 0.0]
    """
    columns: list[NDArray[np.float64]] = []
    for values, name in ((first, names[0]), (second, names[1]), (target, "target")):
        column = check_vector(values, name, at_least=3, at_most=MAX_ROWS)
        if columns and column.size != columns[0].size:
            raise InvalidArgument(
                "length_mismatch", argument=name, other=names[0], value=column.size, expected=columns[0].size
            )
        # Scaled first, because the variance of values near 1e300 overflows float64.
        column = column / max(np.abs(column).max(), np.finfo(np.float64).tiny)
        if column.std() <= 1e-12:
            raise InvalidArgument("constant", argument=name)
        columns.append(datasets.standardise(column))
    if abs(columns[0] @ columns[1]) / columns[0].size > 1 - 1e-9:
        raise InvalidArgument("collinear", first=names[0], second=names[1])
    return _build("squared", np.column_stack(columns[:2]), columns[2], names)


def _build(loss: str, inputs: NDArray[np.float64], target: NDArray[np.float64], names: tuple[str, str]) -> Problem:
    if loss == "squared":
        optimum = np.asarray(np.linalg.lstsq(inputs, target, rcond=None)[0], dtype=np.float64)
        hessian = inputs.T @ inputs / target.size
        minimum = 0.5 * float(np.mean((inputs @ optimum - target) ** 2))
    else:
        optimum = np.zeros(2)
        for _ in range(50):  # Newton's method; it converges to rounding within ten steps
            p = expit(inputs @ optimum)
            hessian = (inputs * (p * (1 - p))[:, np.newaxis]).T @ inputs / target.size
            optimum = optimum - np.linalg.solve(hessian, inputs.T @ (p - target) / target.size)
        activation = inputs @ optimum
        minimum = float(np.mean(np.logaddexp(0, activation) - target * activation))
    curvatures, axes = np.linalg.eigh(hessian)
    return Problem(loss, inputs, target, names, optimum, minimum, hessian, curvatures, _fix_axes(curvatures, axes))


def _fix_axes(curvatures: NDArray[np.float64], axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return eigenvectors that do not depend on rounding errors, so that the starting points are reproducible.

    The sign of an eigenvector is arbitrary: its largest component is made positive, the last one if both are equal.
    With equal curvatures every direction is an eigenvector: the coordinate axes are used.
    """
    if curvatures[1] - curvatures[0] <= 1e-9 * curvatures[1]:
        return np.eye(2)
    sizes = np.abs(axes)
    decisive = np.where(sizes[1] >= sizes[0] - 1e-6, axes[1], axes[0])
    fixed: NDArray[np.float64] = axes * np.where(decisive < 0, -1.0, 1.0)
    return fixed


def residuals(loss: str, activation: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ∂loss/∂a of each sample; multiplied by x it is the gradient with respect to w."""
    difference: NDArray[np.float64] = (activation if loss == "squared" else expit(activation)) - target
    return difference


def sample_gradients(problem: Problem, points: ArrayLike) -> NDArray[np.float64]:
    """Return the gradient of each sample's loss at ``points``, shape (..., 2), as an array of shape (..., n, 2).

    Examples
    --------
    >>> problem = load_problem("diabetes")
    >>> sample_gradients(problem, problem.optimum).shape
    (442, 2)
    """
    w = np.asarray(points, dtype=np.float64)
    gradients: NDArray[np.float64] = (
        residuals(problem.loss, w @ problem.inputs.T, problem.target)[..., np.newaxis] * problem.inputs
    )
    return gradients


def excess_loss(problem: Problem, points: ArrayLike) -> NDArray[np.float64]:
    """Return L(w) − L(optimum) at ``points``: shape (..., 2) → (...); inf where w has overflowed.

    Examples
    --------
    >>> problem = load_problem("diabetes")
    >>> float(excess_loss(problem, problem.optimum))
    0.0
    >>> round(float(excess_loss(problem, start_point(problem, "corner"))), 6)
    2.0
    """
    w = np.asarray(points, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        if problem.loss == "squared":
            delta = w - problem.optimum
            excess = 0.5 * ((delta @ problem.hessian) * delta).sum(axis=-1)
        else:
            activation = w @ problem.inputs.T
            excess = np.mean(np.logaddexp(0, activation) - problem.target * activation, axis=-1) - problem.minimum
        # Near the optimum, rounding can make the difference slightly negative.
        return np.where(np.isnan(excess), np.inf, np.maximum(excess, 0.0))


def start_point(problem: Problem, where: str) -> NDArray[np.float64]:
    """Return a starting point of `STARTS` by its name, shape (2,).

    ``flat`` and ``steep`` lie along the eigenvector of least and of most curvature, ``corner`` between them. To second
    order their excess loss is `START_LOSS`. ``origin`` is (0, 0).

    Raises
    ------
    InvalidArgument
        An unknown ``where``.

    Examples
    --------
    >>> start_point(load_problem("diabetes"), "origin").tolist()
    [0.0, 0.0]
    """
    check_choice(where, "where", STARTS)
    if where == "origin":
        return np.zeros(2)
    flat, steep = np.sqrt(2 * START_LOSS[problem.loss] / problem.curvatures)
    along = {"flat": (flat, 0.0), "steep": (0.0, steep), "corner": (flat / np.sqrt(2), steep / np.sqrt(2))}[where]
    start: NDArray[np.float64] = problem.optimum + problem.axes @ np.array(along)
    return start


def window(problem: Problem) -> NDArray[np.float64]:
    """Return the lower and the upper corner, shape (2, 2), of a frame that contains every start except the origin.

    Examples
    --------
    >>> problem = load_problem("diabetes")
    >>> low, high = window(problem)
    >>> bool((low < start_point(problem, "steep")).all() and (start_point(problem, "steep") < high).all())
    True
    """
    reach = 1.25 * np.sqrt(2 * START_LOSS[problem.loss] * np.diag(np.linalg.inv(problem.hessian)))
    return np.array([problem.optimum - reach, problem.optimum + reach])


@dataclass(frozen=True, slots=True)
class LevelSets:
    """Closed curves of equal loss.

    Attributes
    ----------
    levels : ndarray, shape (n_levels,)
        Excess loss.
    curves : ndarray, shape (n_levels, n_angles + 1, 2)
        Points w; the last point equals the first.
    """

    levels: NDArray[np.float64]
    curves: NDArray[np.float64]


def level_sets(problem: Problem, *, n_levels: int = 12, n_angles: int = 60) -> LevelSets:
    """Solve L(w) − L(optimum) = level along rays from the optimum.

    Levels are evenly spaced in √level and extend beyond the `window`. The loss is convex and therefore increases along
    a ray, so Newton's method, started outside, decreases to the only solution.

    Examples
    --------
    >>> problem = load_problem("diabetes")
    >>> sets = level_sets(problem, n_levels=3, n_angles=8)
    >>> sets.curves.shape
    (3, 9, 2)
    >>> bool(abs(excess_loss(problem, sets.curves[2]) - sets.levels[2]).max() < 1e-9)
    True
    """
    # In coordinates in which the quadratic approximation is round, the rays have equal angles.
    angles = np.linspace(0, 2 * np.pi, n_angles + 1)
    rays = np.stack([np.cos(angles), np.sin(angles)], axis=-1) / np.sqrt(problem.curvatures) @ problem.axes.T
    levels = START_LOSS[problem.loss] * 2.5 * (np.arange(1, n_levels + 1) / n_levels) ** 2
    radii = np.repeat(np.sqrt(2 * levels)[:, np.newaxis], n_angles + 1, axis=1)  # exact for the squared loss
    if problem.loss == "logistic":
        while (
            low := excess_loss(problem, problem.optimum + radii[..., np.newaxis] * rays) < levels[:, np.newaxis]
        ).any():
            radii[low] *= 1.5
        for _ in range(6):
            points = problem.optimum + radii[..., np.newaxis] * rays
            slopes = (sample_gradients(problem, points).mean(axis=-2) * rays).sum(axis=-1)
            radii = radii - (excess_loss(problem, points) - levels[:, np.newaxis]) / slopes
    return LevelSets(levels, problem.optimum + radii[..., np.newaxis] * rays)
