"""One- and two-dimensional slices of the loss between and around solutions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.batch_size_minima.networks import MLP, Array, Problem, hessian_operator, losses, outputs, weight_matrices
from core.batch_size_minima.sharpness import filter_directions
from core.batch_size_minima.studies import Study, load_problem
from core.validate import check_integer, check_positive


@dataclass(frozen=True, slots=True)
class Interpolation:
    """The loss on the straight line from one solution to another.

    Attributes
    ----------
    t : ndarray, shape (n,)
        Position (1 − t) · θ_small + t · θ_large: 0 is the solution of the smallest batch, 1 that of the largest.
    train, test : ndarray, shape (seeds, n)
        Loss; nan where either model did not learn.
    curvature : ndarray, shape (2, seeds)
        dᵀHd / dᵀd of the training loss at both ends, where d is the difference of the ends.
    barrier : ndarray, shape (2, seeds)
        Highest loss between the ends minus the higher loss of the two ends; training and test.
    """

    t: Array
    train: Array
    test: Array
    curvature: Array
    barrier: Array


def interpolate(study: Study, *, points: int = 41) -> Interpolation:
    """Evaluate the loss on the line from the smallest to the largest batch's solution, t from −½ to 1½, for every seed.

    Parameters
    ----------
    study : Study
    points : int
        Number of points, 5 … 201.

    Returns
    -------
    Interpolation

    Raises
    ------
    InvalidArgument
        ``points`` outside 5 … 201.

    References
    ----------
    Goodfellow, I. J., Vinyals, O., Saxe, A. M. (2015). Qualitatively characterizing neural network optimization
    problems. arXiv:1412.6544

    Examples
    --------
    >>> from core.batch_size_minima.studies import study
    >>> from core.batch_size_minima.training import Setting
    >>> line = interpolate(study(Setting(batch_sizes=(4, 16), examples=16, updates=40, seeds=2, learning_rate=0.4)))
    >>> line.train.shape, float(line.t[0]), float(line.t[-1])
    ((2, 41), -0.5, 1.5)
    """
    check_integer(points, "points", low=5, high=201)
    problem, loss = load_problem(study.setting), study.setting.loss
    first, last = (study.runs[number].models.astype(np.float64) for number in (0, -1))
    t = np.linspace(-0.5, 1.5, points)
    train, test = np.full((2, study.setting.seeds, points), np.nan)
    curvatures, barrier = np.full((2, 2, study.setting.seeds), np.nan)
    usable = study.runs[0].usable & study.runs[-1].usable
    if usable.any():
        first, last = first[usable], last[usable]
        data = [part[usable] for part in (problem.inputs, problem.targets, problem.test_inputs, problem.test_targets)]
        for column, share in enumerate(t):
            between = (1 - share) * first + share * last
            train[usable, column] = losses(outputs(between, data[0]), data[1], loss=loss)
            test[usable, column] = losses(outputs(between, data[2]), data[3], loss=loss)
        direction = last - first
        length = np.einsum("mp,mp->m", direction, direction)
        for row, end in enumerate((first, last)):
            along = hessian_operator(end, data[0], data[1], loss=loss).matvec(direction)
            with np.errstate(invalid="ignore"):  # with a single batch size the ends coincide
                curvatures[row, usable] = np.einsum("mp,mp->m", direction, along) / length
        inside = (t >= 0) & (t <= 1)
        for row, curve in enumerate((train, test)):
            ends = np.maximum(*(np.array([np.interp(end, t, one) for one in curve[usable]]) for end in (0.0, 1.0)))
            barrier[row, usable] = np.maximum(curve[usable][:, inside].max(axis=1) - ends, 0)
    return Interpolation(t, train, test, curvatures, barrier)


@dataclass(frozen=True, slots=True)
class Profiles:
    """The loss along filter-normalised directions from every solution.

    Attributes
    ----------
    t : ndarray, shape (n,)
        Distance, relative to the norm of the weights.
    loss : ndarray, shape (b, seeds, n)
        Mean over the directions, which all solutions share.
    """

    t: Array
    loss: Array


def profiles(study: Study, *, points: int = 25, directions: int = 3, seed: int = 0) -> Profiles:
    """Evaluate the training loss along random filter-normalised directions, t from −1 to 1.

    Parameters
    ----------
    study : Study
    points : int
        Number of points, 3 … 101.
    directions : int
        Number of directions, 1 … 20.
    seed : int

    Returns
    -------
    Profiles

    Raises
    ------
    InvalidArgument
        ``points`` outside 3 … 101, ``directions`` outside 1 … 20, ``seed`` below 0.

    Examples
    --------
    >>> from core.batch_size_minima.studies import study
    >>> from core.batch_size_minima.training import Setting
    >>> profiles(study(Setting(batch_sizes=(4, 16), examples=16, updates=40, seeds=2, learning_rate=0.4))).loss.shape
    (2, 2, 25)
    """
    check_integer(points, "points", low=3, high=101)
    check_integer(directions, "directions", low=1, high=20)
    check_integer(seed, "seed", low=0)
    problem, t = load_problem(study.setting), np.linspace(-1, 1, points)
    result = np.full((len(study.runs), study.setting.seeds, points), np.nan)
    for row, run in enumerate(study.runs):
        for number in map(int, np.flatnonzero(run.usable)):
            model = run.models[number].astype(np.float64)
            each = [
                _grid(model, (direction, direction), t, np.zeros(1), problem, number, study.setting.loss)[0]
                for direction in filter_directions(model[None], count=directions, seed=seed)[:, 0]
            ]
            result[row, number] = np.mean(each, axis=0)
    return Profiles(t, result)


@dataclass(frozen=True, slots=True)
class Plane:
    """The training loss on a plane through a solution.

    Attributes
    ----------
    t : ndarray, shape (n,)
        Distance along either direction, relative to the norm of the weights.
    loss : ndarray, shape (n, n)
        Rows follow the second direction, columns the first; nan if the model did not learn.
    """

    t: Array
    loss: Array


def plane(
    study: Study, *, batch_index: int, seed_index: int, points: int = 21, radius: float = 1.0, seed: int = 0
) -> Plane:
    """Evaluate the training loss around one solution along two random filter-normalised directions.

    Parameters
    ----------
    study : Study
    batch_index, seed_index : int
        Index of the batch size and of the seed.
    points : int
        Number of points along each direction, 3 … 61.
    radius : float
        Largest distance along each direction.
    seed : int

    Returns
    -------
    Plane

    Raises
    ------
    InvalidArgument
        ``batch_index`` or ``seed_index`` out of range; ``points`` outside 3 … 61; ``radius`` not positive;
        ``seed`` below 0.

    Examples
    --------
    >>> from core.batch_size_minima.studies import study
    >>> from core.batch_size_minima.training import Setting
    >>> result = study(Setting(batch_sizes=(4, 16), examples=16, updates=40, seeds=2, learning_rate=0.4))
    >>> plane(result, batch_index=0, seed_index=0, points=5).loss.shape
    (5, 5)
    """
    check_integer(batch_index, "batch_index", low=0, high=len(study.runs) - 1)
    check_integer(seed_index, "seed_index", low=0, high=study.setting.seeds - 1)
    check_integer(points, "points", low=3, high=61)
    check_positive(radius, "radius")
    check_integer(seed, "seed", low=0)
    t = np.linspace(-radius, radius, points)
    run = study.runs[batch_index]
    if not run.usable[seed_index]:
        return Plane(t, np.full((points, points), np.nan))
    model = run.models[seed_index].astype(np.float64)
    directions = filter_directions(model[None], count=2, seed=seed)[:, 0]
    return Plane(
        t,
        _grid(model, (directions[0], directions[1]), t, t, load_problem(study.setting), seed_index, study.setting.loss),
    )


def _grid(
    model: Array,
    directions: tuple[Array, Array],
    inner: Array,
    outer: Array,
    problem: Problem,
    seed_index: int,
    loss: str,
) -> Array:
    """Return the loss at model + s · directions[1] + t · directions[0] in float32, shape (s in outer, t in inner)."""
    inputs, targets = problem.inputs[seed_index], problem.targets[seed_index].astype(np.float32)
    (first, second), *direction_matrices = (weight_matrices(part, MLP) for part in (model, *directions))
    # x W is linear in W, so that three matrix products suffice for the whole grid.
    base, change, far_change = (
        (inputs @ part).astype(np.float32) for part in (first, *(way[0] for way in direction_matrices))
    )
    t = inner[:, None, None].astype(np.float32)
    hidden = np.ones((inner.size, base.shape[0], base.shape[1] + 1), dtype=np.float32)
    rows = []
    for s in outer.astype(np.float32):
        np.maximum(base + s * far_change + t * change, 0, out=hidden[..., :-1])
        matrix = second + s * direction_matrices[1][1] + t * direction_matrices[0][1]
        rows.append(losses(hidden @ matrix.astype(np.float32), targets, loss=loss))
    return np.array(rows, dtype=np.float64)
