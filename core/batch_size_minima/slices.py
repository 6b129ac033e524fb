"""The loss around and between minima; and one function with many sharpnesses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.batch_size_minima.networks import MLP, Array, Problem, Sizes, accuracies, curvature, losses, matrices, outputs
from core.batch_size_minima.sharpness import (
    Study,
    box_sharpness,
    exact_top,
    filter_directions,
    filter_sharpness,
    problem_of,
)
from core.validate import check_between, check_integer, check_positive, check_vector

# Rescalings evenly spread by ratio, in round numbers.
ALPHAS = (
    *(0.1, 0.12, 0.16, 0.2, 0.25, 0.32, 0.4, 0.5, 0.63, 0.8),
    *(1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0, 10.0),
)


@dataclass(frozen=True, slots=True)
class Interpolation:
    """The loss on the straight line from one solution to another.

    Attributes
    ----------
    t : ndarray, shape (n,)
        (1 − t) · θ_small + t · θ_large: 0 is the smallest batch's solution, 1 the largest's.
    train, test : ndarray, shape (seeds, n)
        Loss; nan where either model did not learn.
    curvature : ndarray, shape (2, seeds)
        dᵀHd / dᵀd of the training loss at both ends, d from one end to the other.
    barrier : ndarray, shape (2, seeds)
        The highest loss between the ends less the higher of the ends; training and test.
    """

    t: Array
    train: Array
    test: Array
    curvature: Array
    barrier: Array


def interpolate(study: Study, *, points: int = 41) -> Interpolation:
    """Walk from the smallest batch's solution to the largest's and on, t from −½ to 1½, for every seed.

    Raises
    ------
    InvalidArgument
        ``points`` outside 5 … 201.

    References
    ----------
    Goodfellow, I. J., Vinyals, O., Saxe, A. M. (2015). Qualitatively characterizing neural network optimization
    problems. arXiv:1412.6544
    """
    check_integer(points, "points", low=5, high=201)
    problem, loss = problem_of(study.setting), study.setting.loss
    first, last = (study.runs[number].models.astype(np.float64) for number in (0, -1))
    t = np.linspace(-0.5, 1.5, points)
    train, test = np.full((2, study.setting.seeds, points), np.nan)
    bend, barrier = np.full((2, 2, study.setting.seeds), np.nan)
    kept = study.runs[0].usable & study.runs[-1].usable
    if kept.any():
        first, last = first[kept], last[kept]
        parts = [part[kept] for part in (problem.inputs, problem.targets, problem.test_inputs, problem.test_targets)]
        for column, share in enumerate(t):
            between = (1 - share) * first + share * last
            train[kept, column] = losses(outputs(between, parts[0]), parts[1], loss=loss)
            test[kept, column] = losses(outputs(between, parts[2]), parts[3], loss=loss)
        way = last - first
        length = np.einsum("mp,mp->m", way, way)
        for row, end in enumerate((first, last)):
            along = curvature(end, parts[0], parts[1], loss=loss).times(way)
            with np.errstate(invalid="ignore"):  # one batch size only: there is no way to go
                bend[row, kept] = np.einsum("mp,mp->m", way, along) / length
        inside = (t >= 0) & (t <= 1)
        for row, curve in enumerate((train, test)):
            ends = np.maximum(*(np.array([np.interp(end, t, one) for one in curve[kept]]) for end in (0.0, 1.0)))
            barrier[row, kept] = np.maximum(curve[kept][:, inside].max(axis=1) - ends, 0)
    return Interpolation(t, train, test, bend, barrier)


@dataclass(frozen=True, slots=True)
class Profiles:
    """The loss along filter-normalised directions from every solution.

    Attributes
    ----------
    t : ndarray, shape (n,)
        Distance, in units of the weights' own length.
    loss : ndarray, shape (b, seeds, n)
        Mean over the directions, which all solutions share.
    """

    t: Array
    loss: Array


def profiles(study: Study, *, points: int = 25, directions: int = 3, seed: int = 0) -> Profiles:
    """Slice the training loss along random filter-normalised directions, t from −1 to 1.

    Raises
    ------
    InvalidArgument
        ``points`` outside 3 … 101, ``directions`` outside 1 … 20, ``seed`` below 0.
    """
    check_integer(points, "points", low=3, high=101)
    check_integer(directions, "directions", low=1, high=20)
    check_integer(seed, "seed", low=0)
    problem, t = problem_of(study.setting), np.linspace(-1, 1, points)
    found = np.full((len(study.runs), study.setting.seeds, points), np.nan)
    for row, run in enumerate(study.runs):
        for number in map(int, np.flatnonzero(run.usable)):
            model = run.models[number].astype(np.float64)
            each = [
                _grid(model, (direction, direction), t, np.zeros(1), problem, number, study.setting.loss)[0]
                for direction in filter_directions(model[None], count=directions, seed=seed)[:, 0]
            ]
            found[row, number] = np.mean(each, axis=0)
    return Profiles(t, found)


@dataclass(frozen=True, slots=True)
class Plane:
    """The training loss on a plane through a solution.

    Attributes
    ----------
    t : ndarray, shape (n,)
        Distance along either direction, in units of the weights' own length.
    loss : ndarray, shape (n, n)
        Row by the second direction, column by the first; nan if the model did not learn.
    """

    t: Array
    loss: Array


def plane(study: Study, *, row: int, number: int, points: int = 21, radius: float = 1.0, seed: int = 0) -> Plane:
    """Slice the training loss around one solution along two random filter-normalised directions.

    Parameters
    ----------
    row, number : int
        Which batch size and which seed, from 0.

    Raises
    ------
    InvalidArgument
        ``row`` or ``number`` that there is not; ``points`` outside 3 … 61; ``radius`` not above 0; ``seed`` below 0.
    """
    check_integer(row, "row", low=0, high=len(study.runs) - 1)
    check_integer(number, "number", low=0, high=study.setting.seeds - 1)
    check_integer(points, "points", low=3, high=61)
    check_positive(radius, "radius")
    check_integer(seed, "seed", low=0)
    t = np.linspace(-radius, radius, points)
    run = study.runs[row]
    if not run.usable[number]:
        return Plane(t, np.full((points, points), np.nan))
    model = run.models[number].astype(np.float64)
    ways = filter_directions(model[None], count=2, seed=seed)[:, 0]
    return Plane(t, _grid(model, (ways[0], ways[1]), t, t, problem_of(study.setting), number, study.setting.loss))


def _grid(
    model: Array, ways: tuple[Array, Array], inner: Array, outer: Array, problem: Problem, number: int, loss: str
) -> Array:
    """Return the loss at model + s · ways[1] + t · ways[0], shape (s in outer, t in inner), in float32."""
    inputs, targets = problem.inputs[number], problem.targets[number].astype(np.float32)
    (first, second), *ways_matrices = (matrices(part, MLP) for part in (model, *ways))
    # x W is linear in W: three products serve the whole grid.
    base, change, far_change = (
        (inputs @ part).astype(np.float32) for part in (first, *(way[0] for way in ways_matrices))
    )
    t = inner[:, None, None].astype(np.float32)
    hidden = np.ones((inner.size, base.shape[0], base.shape[1] + 1), dtype=np.float32)
    rows = []
    for s in outer.astype(np.float32):
        np.maximum(base + s * far_change + t * change, 0, out=hidden[..., :-1])
        matrix = second + s * ways_matrices[1][1] + t * ways_matrices[0][1]
        rows.append(losses(hidden @ matrix.astype(np.float32), targets, loss=loss))
    return np.array(rows, dtype=np.float64)


def rescale(models: Array, alpha: float, *, sizes: Sizes = MLP) -> Array:
    """Multiply W₁ and b₁ by α and divide W₂ by α: the same function, because relu(αz) = α · relu(z).

    Raises
    ------
    InvalidArgument
        ``alpha`` not above 0.

    References
    ----------
    Dinh, L., Pascanu, R., Bengio, S., Bengio, Y. (2017). Sharp minima can generalize for deep nets. arXiv:1703.04933
    """
    check_positive(alpha, "alpha")
    scaled = models.copy()
    first, second = matrices(scaled, sizes)
    first *= alpha
    second[..., :-1, :] /= alpha
    return scaled


@dataclass(frozen=True, slots=True)
class Rescaling:
    """One function in many parameters.

    Attributes
    ----------
    alpha : ndarray, shape (n,)
    logit_change : ndarray, shape (n,)
        Largest change of any output on any training example.
    loss, accuracy : ndarray, shape (n,)
        On the test digits.
    top, keskar, filter : ndarray, shape (n,)
        λmax, Keskar's sharpness, and the filter-normalised loss increase, of the training loss. All are nan if the
        model did not learn.
    """

    alpha: Array
    logit_change: Array
    loss: Array
    accuracy: Array
    top: Array
    keskar: Array
    filter: Array


def rescaling(study: Study, alpha: ArrayLike = ALPHAS, *, row: int = 0, number: int = 0) -> Rescaling:
    """Rescale one solution by every α and measure it again.

    Raises
    ------
    InvalidArgument
        ``alpha`` not one row of up to 41 numbers between 0.01 and 100; ``row`` or ``number`` that there is not.
    """
    factors = check_vector(alpha, "alpha", at_most=41)
    for value in factors:
        check_between(float(value), "alpha", 0.01, 100.0)
    check_integer(row, "row", low=0, high=len(study.runs) - 1)
    check_integer(number, "number", low=0, high=study.setting.seeds - 1)
    run = study.runs[row]
    if not run.usable[number]:
        return Rescaling(factors, *np.full((6, factors.size), np.nan))
    loss, problem = study.setting.loss, problem_of(study.setting)
    model = run.models[number : number + 1].astype(np.float64)
    scaled = np.concatenate([rescale(model, float(value)) for value in factors])
    x, y, test_x, test_y = (
        np.broadcast_to(part[number], (factors.size, *part.shape[1:]))
        for part in (problem.inputs, problem.targets, problem.test_inputs, problem.test_targets)
    )
    change = np.abs(outputs(scaled, x) - outputs(model, x[:1])).max(axis=(1, 2))
    test_z = outputs(scaled, test_x)
    hessian = curvature(scaled, x, y, loss=loss)
    return Rescaling(
        factors,
        change,
        losses(test_z, test_y, loss=loss),
        accuracies(test_z, test_y),
        np.array([exact_top(hessian, k) for k in range(factors.size)]),
        box_sharpness(scaled, x, y, loss=loss),
        filter_sharpness(scaled, x, y, loss=loss),
    )
