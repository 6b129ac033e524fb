"""Single runs, repeated runs and comparisons of gradient descent, mini-batches and SGD."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.gd_sgd_minibatch.inputs import check_batch_size, check_options, check_point, check_seeds, check_updates
from core.gd_sgd_minibatch.optimisers import rates
from core.gd_sgd_minibatch.problems import Problem, excess_loss
from core.gd_sgd_minibatch.simulation import samples_seen, simulate, updates_per_epoch
from core.progress import Report, no_report
from core.validate import check_choice

T = TypeVar("T")

# Largest number of updates per run in a comparison by epochs, so that a chart can show the path.
MAX_COMPARED = 3_000
# A run counts as diverged when its excess loss is larger by this factor than at the start, or than the minimum of the
# loss if that is higher.
_DIVERGENCE_FACTOR = 1_000.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one optimiser.

    Attributes
    ----------
    batch_size : int
    path : ndarray, shape (updates + 1, 2)
        The parameters before each update and after the last one; inf or nan once a run has overflowed.
    excess : ndarray, shape (updates + 1,)
        L(w) − L(optimum) over all samples; inf once a run has overflowed.
    learning_rates : ndarray, shape (updates,)
        The learning rate of each update, including the schedule.
    samples : ndarray of int, shape (updates + 1,)
        Number of samples used so far.
    epochs : ndarray, shape (updates + 1,)
        ``samples`` divided by n.
    milliseconds : ndarray, shape (updates + 1,)
        Computing time since the start, measured during this run on this machine.
    diverged_at : int or None
        The first update after which the excess loss exceeds 1000 times that of the start, or 1000 times the minimum of
        the loss if that is larger; None if there is none.
    """

    batch_size: int
    path: NDArray[np.float64]
    excess: NDArray[np.float64]
    learning_rates: NDArray[np.float64]
    samples: NDArray[np.int64]
    epochs: NDArray[np.float64]
    milliseconds: NDArray[np.float64]
    diverged_at: int | None

    @property
    def updates(self) -> NDArray[np.int64]:
        """The update number of each point of the path: 0, 1, …; shape (updates + 1,)."""
        return np.arange(len(self.path))


def descend(
    problem: Problem,
    *,
    start: ArrayLike | str,
    batch_size: int,
    learning_rate: float,
    updates: int,
    replacement: bool = False,
    optimiser: str = "sgd",
    momentum: float = 0.9,
    schedule: str = "constant",
    seed: int = 0,
) -> Run:
    """Run one optimiser from ``start`` and record the whole path.

    Parameters
    ----------
    problem : Problem
    start : array_like of shape (2,) or str
        A point or a name in `STARTS`.
    batch_size : int
        Samples per update, between 1 and n.
    learning_rate : float
    updates : int
        Between 1 and 20000.
    replacement : bool
        Whether batches are drawn with replacement. Otherwise each epoch uses every sample once, in a new order, in
        ⌈n/B⌉ updates.
    optimiser : str
        A name in `OPTIMISERS`.
    momentum : float
        Between 0 and 0.999; used by ``momentum`` and ``nesterov`` only.
    schedule : str
        A name in `SCHEDULES`.
    seed : int

    Raises
    ------
    InvalidArgument
        A start that is not finite or does not have two values; a batch size that is not between 1 and n; a learning
        rate not above 0; ``updates`` not between 1 and 20000; ``momentum`` not between 0 and 0.999; an unknown
        ``optimiser`` or ``schedule``; a seed that is negative or not an integer.

    Examples
    --------
    With all curvatures equal to 1, a learning rate of ½ halves the distance at each update and quarters the loss.

    >>> from core.gd_sgd_minibatch import load_problem
    >>> run = descend(load_problem("standard"), start="corner", batch_size=442, learning_rate=0.5, updates=3)
    >>> run.path.shape
    (4, 2)
    >>> [round(float(loss), 4) for loss in run.excess]
    [2.0, 0.5, 0.125, 0.0312]
    """
    options = check_options(
        problem,
        batch_size=batch_size,
        learning_rate=learning_rate,
        updates=updates,
        replacement=replacement,
        optimiser=optimiser,
        momentum=momentum,
        schedule=schedule,
    )
    first = check_point(problem, start)
    parameters, seconds = simulate(problem, options, start=first, seeds=check_seeds(seed, 1, low=1))
    path = parameters[:, :, 0, 0]
    excess = excess_loss(problem, path)
    diverged = excess > _DIVERGENCE_FACTOR * max(excess[0], problem.minimum)
    samples = samples_seen(problem.n, batch_size, updates, replacement)
    return Run(
        batch_size=batch_size,
        path=path,
        excess=excess,
        learning_rates=learning_rate * rates(schedule, updates),
        samples=samples,
        epochs=samples / problem.n,
        milliseconds=1000 * seconds,
        diverged_at=int(diverged.argmax()) if diverged.any() else None,
    )


@dataclass(frozen=True, slots=True)
class Distances:
    """The distance ‖w − optimum‖ over many runs from one start.

    Attributes
    ----------
    rms : ndarray, shape (updates + 1,)
        Root mean squared distance.
    low, high : ndarray, shape (updates + 1,)
        10th and 90th percentile over the runs.
    n_runs : int
    """

    rms: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n_runs: int


def distances(
    problem: Problem,
    *,
    start: ArrayLike | str,
    batch_size: int,
    learning_rate: float,
    updates: int,
    replacement: bool = False,
    optimiser: str = "sgd",
    momentum: float = 0.9,
    schedule: str = "constant",
    n_runs: int = 40,
    seed: int = 0,
) -> Distances:
    """Repeat `descend` with the seeds ``seed`` to ``seed + n_runs − 1``.

    The first run is the one that `descend` returns for ``seed``. Parameters as in `descend`.

    Raises
    ------
    InvalidArgument
        As `descend`; ``n_runs`` not between 2 and 1000.

    Examples
    --------
    >>> from core.gd_sgd_minibatch import load_problem
    >>> spread = distances(
    ...     load_problem("diabetes"), start="corner", batch_size=32, learning_rate=0.1, updates=20, n_runs=5
    ... )
    >>> bool((spread.low <= spread.rms).all() and spread.rms[-1] < spread.rms[0])
    True
    """
    options = check_options(
        problem,
        batch_size=batch_size,
        learning_rate=learning_rate,
        updates=updates,
        replacement=replacement,
        optimiser=optimiser,
        momentum=momentum,
        schedule=schedule,
    )
    parameters, _ = simulate(problem, options, start=check_point(problem, start), seeds=check_seeds(seed, n_runs))
    with np.errstate(over="ignore", invalid="ignore"):
        squares = ((parameters[:, :, 0] - problem.optimum[:, np.newaxis]) ** 2).sum(axis=1)
        squares = np.where(np.isnan(squares), np.inf, squares)
        low, high = np.quantile(squares, [0.1, 0.9], axis=1, method="inverted_cdf")
        return Distances(np.sqrt(squares.mean(axis=1)), np.sqrt(low), np.sqrt(high), n_runs)


def compare(problem: Problem, *, batch_size: int, length: int, unit: str = "updates", **options: Any) -> dict[str, Run]:
    """Run gradient descent, mini-batches and single samples from the same start with the same seed.

    Parameters
    ----------
    problem : Problem
    batch_size : int
        The mini-batch size.
    length : int
        Updates per run, or epochs per run if ``unit`` is ``epochs``.
    unit : {"updates", "epochs"}
        A run of so many epochs has at most `MAX_COMPARED` updates.
    **options
        Options of `descend`. Gradient descent ignores ``replacement``: it always uses all samples at once.

    Returns
    -------
    dict of str to Run
        ``gd``: all n samples per update; ``mini``: ``batch_size`` samples; ``sgd``: one sample.

    Raises
    ------
    InvalidArgument
        As `descend`; an unknown ``unit``.

    Examples
    --------
    >>> from core.gd_sgd_minibatch import load_problem
    >>> problem = load_problem("diabetes")
    >>> runs = compare(problem, batch_size=32, length=1, unit="epochs", start="corner", learning_rate=0.1)
    >>> {name: len(run.path) - 1 for name, run in runs.items()}
    {'gd': 1, 'mini': 14, 'sgd': 442}
    """
    return _for_each_batch_size(descend, problem, batch_size, length, unit, options)


def compare_distances(
    problem: Problem,
    *,
    batch_size: int,
    length: int,
    unit: str = "updates",
    report: Report = no_report,
    **options: Any,
) -> dict[str, Distances]:
    """Repeat each run of `compare` with `distances`; ``report`` is called with the completed fraction.

    Raises
    ------
    InvalidArgument
        As `compare`.

    Examples
    --------
    >>> from core.gd_sgd_minibatch import load_problem
    >>> spread = compare_distances(
    ...     load_problem("diabetes"), batch_size=32, length=5, start="corner", learning_rate=0.1, n_runs=3
    ... )
    >>> list(spread)
    ['gd', 'mini', 'sgd']
    """
    return _for_each_batch_size(distances, problem, batch_size, length, unit, options, report)


def number_of_updates(problem: Problem, batch_size: int, length: int, unit: str) -> int:
    """Return the updates of a run of ``length`` updates or epochs, see `compare`.

    Raises
    ------
    InvalidArgument
        ``length`` not between 1 and 20000; an unknown ``unit``; a batch size that is not between 1 and n.
    """
    check_choice(unit, "unit", ("updates", "epochs"))
    check_updates(length)
    per_epoch = updates_per_epoch(problem.n, check_batch_size(problem, batch_size))
    return length if unit == "updates" else min(length * per_epoch, MAX_COMPARED)


def _for_each_batch_size(
    function: Callable[..., T],
    problem: Problem,
    batch_size: int,
    length: int,
    unit: str,
    options: dict[str, Any],
    report: Report = no_report,
) -> dict[str, T]:
    results: dict[str, T] = {}
    for name, size in (("gd", problem.n), ("mini", batch_size), ("sgd", 1)):
        updates = number_of_updates(problem, size, length, unit)
        overrides = {"replacement": False} if name == "gd" else {}
        report(len(results) / 3)
        results[name] = function(problem, batch_size=size, updates=updates, **{**options, **overrides})
    return results
