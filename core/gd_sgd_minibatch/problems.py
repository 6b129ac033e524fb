"""Losses of two parameters over real data: what every path of `core.gd_sgd_minibatch` runs on."""

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


@dataclass(frozen=True, slots=True, eq=False)  # equal to itself alone: what follows from it can be kept
class Problem:
    """A convex loss L(w) of two parameters, the mean of one loss for each of ``n`` samples.

    With a = w·x: ``squared``: ½(a − y)²; ``logistic``: log(1 + exp a) − y·a, in nats.

    Attributes
    ----------
    loss : str
    inputs : ndarray, shape (n, 2)
    target : ndarray, shape (n,)
    parameters : tuple of str
        What the two weights multiply.
    optimum : ndarray, shape (2,)
    minimum : float
        The loss at the optimum.
    hessian : ndarray, shape (2, 2)
        At the optimum; everywhere, for the squared loss.
    curvatures : ndarray, shape (2,)
        λmin and λmax of `hessian`.
    axes : ndarray, shape (2, 2)
        Their eigenvectors, as columns.
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
        """2/λmax: the learning rate beyond which gradient descent leaves the optimum."""
        return float(2 / self.curvatures[1])

    @property
    def condition(self) -> float:
        """λmax/λmin: how much narrower the valley is than long."""
        return float(self.curvatures[1] / self.curvatures[0])


def batch_sizes(n: int) -> list[int]:
    """Return the powers of two below n, and n."""
    return [*(2**k for k in range(n.bit_length()) if 2**k < n), n]


@lru_cache(maxsize=len(PROBLEMS))
def problem(name: str) -> Problem:
    """Return one of `PROBLEMS`.

    ``diabetes``: squared loss, the disease's progress from bmi and blood pressure, all standardised. ``raw``,
    ``centred``, ``standard`` and ``valley``: from bmi and an intercept, with bmi in kg/m², minus its mean,
    standardised, and as (bmi − 20)/6. ``cancer``: logistic loss, is the tumour malignant, from its standardised radius
    and texture.

    Raises
    ------
    InvalidArgument
        An unknown ``name``.
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
    """Return the squared loss of predicting a column from two others, all three standardised.

    Raises
    ------
    InvalidArgument
        A column not finite, with fewer than 3 or more than `MAX_ROWS` values, constant, or of another length; the two
        columns a multiple of each other (no single lowest point).
    """
    columns: list[NDArray[np.float64]] = []
    for values, name in ((first, names[0]), (second, names[1]), (target, "target")):
        column = check_vector(values, name, at_least=3, at_most=MAX_ROWS)
        if columns and column.size != columns[0].size:
            raise InvalidArgument(
                "length_mismatch", argument=name, other=names[0], value=column.size, expected=columns[0].size
            )
        # Scaled first: a column of 1e300 has a variance beyond float64.
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
        for _ in range(50):  # Newton's method; ten steps reach rounding
            p = expit(inputs @ optimum)
            hessian = (inputs * (p * (1 - p))[:, np.newaxis]).T @ inputs / target.size
            optimum = optimum - np.linalg.solve(hessian, inputs.T @ (p - target) / target.size)
        activation = inputs @ optimum
        minimum = float(np.mean(np.logaddexp(0, activation) - target * activation))
    curvatures, axes = np.linalg.eigh(hessian)
    # An eigenvector's sign is arbitrary: pointing up or right makes the starts the same everywhere.
    axes = axes * np.where(axes.sum(axis=0) < 0, -1.0, 1.0)
    return Problem(loss, inputs, target, names, optimum, minimum, hessian, curvatures, axes)


def residuals(loss: str, activation: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ∂loss/∂a of each sample: the gradient by w is this times x."""
    difference: NDArray[np.float64] = (activation if loss == "squared" else expit(activation)) - target
    return difference


def sample_gradients(on: Problem, points: ArrayLike) -> NDArray[np.float64]:
    """Return each sample's gradient at ``points``, shape (..., 2), as an array of shape (..., n, 2)."""
    w = np.asarray(points, dtype=np.float64)
    gradients: NDArray[np.float64] = residuals(on.loss, w @ on.inputs.T, on.target)[..., np.newaxis] * on.inputs
    return gradients


def excess_loss(on: Problem, points: ArrayLike) -> NDArray[np.float64]:
    """Return L(w) − L(optimum) at ``points``, shape (..., 2) → (...); inf where w has overflowed."""
    w = np.asarray(points, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        if on.loss == "squared":
            delta = w - on.optimum
            excess = 0.5 * ((delta @ on.hessian) * delta).sum(axis=-1)
        else:
            activation = w @ on.inputs.T
            excess = np.mean(np.logaddexp(0, activation) - on.target * activation, axis=-1) - on.minimum
        # Rounding puts the lowest points a hair below the minimum.
        return np.where(np.isnan(excess), np.inf, np.maximum(excess, 0.0))


def start_point(on: Problem, where: str) -> NDArray[np.float64]:
    """Return one of `STARTS`, shape (2,).

    ``flat`` and ``steep`` lie along the axis of least and of most curvature, ``corner`` along both: to second order at
    the excess loss `START_LOSS`. ``origin`` is (0, 0).

    Raises
    ------
    InvalidArgument
        An unknown ``where``.
    """
    check_choice(where, "where", STARTS)
    if where == "origin":
        return np.zeros(2)
    flat, steep = np.sqrt(2 * START_LOSS[on.loss] / on.curvatures)
    along = {"flat": (flat, 0.0), "steep": (0.0, steep), "corner": (flat / np.sqrt(2), steep / np.sqrt(2))}[where]
    start: NDArray[np.float64] = on.optimum + on.axes @ np.array(along)
    return start


def window(on: Problem) -> NDArray[np.float64]:
    """Return the low and the high corner, shape (2, 2), of a frame around every start but the origin."""
    reach = 1.25 * np.sqrt(2 * START_LOSS[on.loss] * np.diag(np.linalg.inv(on.hessian)))
    return np.array([on.optimum - reach, on.optimum + reach])


@dataclass(frozen=True, slots=True)
class LevelSets:
    """Closed curves of equal loss.

    Attributes
    ----------
    levels : ndarray, shape (n_levels,)
        Excess loss.
    curves : ndarray, shape (n_levels, n_angles + 1, 2)
        Points w, the last equal to the first.
    """

    levels: NDArray[np.float64]
    curves: NDArray[np.float64]


def level_sets(on: Problem, *, n_levels: int = 12, n_angles: int = 60) -> LevelSets:
    """Solve L(w) − L(optimum) = level along rays from the optimum: evenly spaced in √level, out of the `window`.

    The loss is convex, so that it only rises along a ray: Newton's method from outside decreases to the one solution.
    """
    # Rays are even in angle where the quadratic approximation is round.
    angles = np.linspace(0, 2 * np.pi, n_angles + 1)
    rays = np.stack([np.cos(angles), np.sin(angles)], axis=-1) / np.sqrt(on.curvatures) @ on.axes.T
    levels = START_LOSS[on.loss] * 2.5 * (np.arange(1, n_levels + 1) / n_levels) ** 2
    radii = np.repeat(np.sqrt(2 * levels)[:, np.newaxis], n_angles + 1, axis=1)  # exact for the squared loss
    if on.loss == "logistic":
        while (low := excess_loss(on, on.optimum + radii[..., np.newaxis] * rays) < levels[:, np.newaxis]).any():
            radii[low] *= 1.5
        for _ in range(6):
            points = on.optimum + radii[..., np.newaxis] * rays
            slopes = (sample_gradients(on, points).mean(axis=-2) * rays).sum(axis=-1)
            radii = radii - (excess_loss(on, points) - levels[:, np.newaxis]) / slopes
    return LevelSets(levels, on.optimum + radii[..., np.newaxis] * rays)
