"""Argument checks shared by the functions of this topic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.gd_sgd_minibatch.optimisers import OPTIMISERS, SCHEDULES
from core.gd_sgd_minibatch.problems import Problem, start_point
from core.gd_sgd_minibatch.simulation import Options
from core.validate import InvalidArgument, check_between, check_choice, check_integer, check_positive, check_vector

MAX_UPDATES = 20_000
MAX_RUNS = 1_000


def check_point(problem: Problem, point: ArrayLike | str) -> NDArray[np.float64]:
    """Return a finite point, shape (2,), given as numbers, as a name in `STARTS` or as ``optimum``."""
    if isinstance(point, str):
        return problem.optimum if point == "optimum" else start_point(problem, point)
    return check_vector(point, "point", at_least=2, at_most=2)


def check_points(problem: Problem, points: ArrayLike) -> NDArray[np.float64]:
    """Return up to 1000 finite points as an array of shape (n_points, 2)."""
    rows = [check_point(problem, point) for point in np.atleast_1d(np.asarray(points))]
    if not 1 <= len(rows) <= 1000:
        raise InvalidArgument("out_of_range", argument="number of points", low=1, high=1000, value=len(rows))
    return np.array(rows)


def check_batch_size(problem: Problem, batch_size: int) -> int:
    """Return ``batch_size`` if it lies between 1 and n."""
    return check_integer(batch_size, "batch_size", low=1, high=problem.n)


def check_batch_sizes(problem: Problem, batch_sizes: Sequence[int]) -> NDArray[np.int64]:
    """Return up to 100 batch sizes."""
    check_integer(len(batch_sizes), "number of batch sizes", low=1, high=100)
    return np.array([check_batch_size(problem, batch_size) for batch_size in batch_sizes], dtype=np.int64)


def check_rates(learning_rates: ArrayLike) -> NDArray[np.float64]:
    """Return up to 100 learning rates, each finite and above 0."""
    rates = check_vector(learning_rates, "learning_rates", at_most=100)
    for rate in rates:
        check_positive(float(rate), "learning_rate")
    return rates


def check_updates(updates: int, *, low: int = 1) -> int:
    """Return ``updates`` if it lies between ``low`` and `MAX_UPDATES`."""
    return check_integer(updates, "updates", low=low, high=MAX_UPDATES)


def check_seeds(seed: int, n_runs: int, *, low: int = 2) -> range:
    """Return the consecutive seeds of ``n_runs`` runs, starting at ``seed``."""
    check_integer(seed, "seed", low=0)
    return range(seed, seed + check_integer(n_runs, "n_runs", low=low, high=MAX_RUNS))


def check_options(
    problem: Problem,
    *,
    batch_size: int,
    learning_rate: float,
    updates: int,
    replacement: bool,
    optimiser: str,
    momentum: float,
    schedule: str,
) -> Options:
    """Return the validated options of a run with a single learning rate."""
    return Options(
        batch_size=check_batch_size(problem, batch_size),
        learning_rates=np.array([check_positive(learning_rate, "learning_rate")]),
        updates=check_updates(updates),
        replacement=replacement,
        optimiser=check_choice(optimiser, "optimiser", OPTIMISERS),
        momentum=check_between(momentum, "momentum", 0.0, 0.999),
        schedule=check_choice(schedule, "schedule", SCHEDULES),
    )
