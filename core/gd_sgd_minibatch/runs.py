"""Single runs, repeated runs and comparisons of gradient descent, mini-batches and SGD."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.gd_sgd_minibatch.inputs import check_batch_size, check_options, check_place, check_seeds, check_updates
from core.gd_sgd_minibatch.optimisers import rates
from core.gd_sgd_minibatch.problems import Problem, excess_loss
from core.gd_sgd_minibatch.simulation import paths, samples_seen, updates_per_epoch
from core.validate import check_choice

T = TypeVar("T")

# Updates of each run in a comparison by epochs: a path that a chart can hold.
MAX_COMPARED = 3_000
# Excess loss over that of the start (or the minimum, if higher) from which a run counts as diverged.
_DIVERGED = 1_000.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one optimiser.

    Attributes
    ----------
    batch_size : int
    path : ndarray, shape (updates + 1, 2)
        The parameters before each update and after the last; inf or nan once a run has overflowed.
    excess : ndarray, shape (updates + 1,)
        L(w) − L(optimum) of the whole data; inf once a run has overflowed.
    learning_rates : ndarray, shape (updates,)
        As the schedule has them.
    samples : ndarray of int, shape (updates + 1,)
        Seen so far.
    epochs : ndarray, shape (updates + 1,)
        Samples over n.
    milliseconds : ndarray, shape (updates + 1,)
        Of computing since the start, measured during this run on this machine.
    diverged_at : int or None
        The first update after which the excess loss is a thousand times that of the start.
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
        """0, 1, …: the number of each point of the path, shape (updates + 1,)."""
        return np.arange(len(self.path))


def descend(
    on: Problem,
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
    """Run one optimiser from ``start``, shape (2,) or a name of `STARTS`, and keep the whole path.

    Without ``replacement`` an epoch uses every sample once, in a new order, in ⌈n/B⌉ updates. ``momentum`` is used by
    ``momentum`` and ``nesterov`` alone.

    Raises
    ------
    InvalidArgument
        A start that is not finite or has not two values; a batch size that is not between 1 and n; a learning rate not
        above 0; ``updates`` not between 1 and 20000; ``momentum`` not between 0 and 0.999; an unknown ``optimiser`` or
        ``schedule``; a seed that is negative or no whole number.
    """
    options = check_options(
        on, batch_size=batch_size, learning_rate=learning_rate, updates=updates, replacement=replacement,
        optimiser=optimiser, momentum=momentum, schedule=schedule,
    )  # fmt: skip
    first = check_place(on, start)
    every, seconds = paths(on, options, start=first, seeds=check_seeds(seed, 1, low=1))
    path = every[:, :, 0, 0]
    excess = excess_loss(on, path)
    far = excess > _DIVERGED * max(excess[0], on.minimum)
    samples = samples_seen(on.n, batch_size, updates, replacement)
    return Run(
        batch_size=batch_size,
        path=path,
        excess=excess,
        learning_rates=learning_rate * rates(schedule, updates),
        samples=samples,
        epochs=samples / on.n,
        milliseconds=1000 * seconds,
        diverged_at=int(far.argmax()) if far.any() else None,
    )


@dataclass(frozen=True, slots=True)
class Distances:
    """Distance ‖w − optimum‖ over many runs from one start.

    Attributes
    ----------
    rms : ndarray, shape (updates + 1,)
        Root of the mean squared distance.
    low, high : ndarray, shape (updates + 1,)
        10th and 90th percentile of the runs.
    n_runs : int
    """

    rms: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n_runs: int


def distances(
    on: Problem,
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
    """Repeat `descend` with the seeds ``seed`` to ``seed + n_runs − 1``: the first run is that of `descend`.

    Raises
    ------
    InvalidArgument
        As `descend`; ``n_runs`` not between 2 and 1000.
    """
    options = check_options(
        on, batch_size=batch_size, learning_rate=learning_rate, updates=updates, replacement=replacement,
        optimiser=optimiser, momentum=momentum, schedule=schedule,
    )  # fmt: skip
    every = paths(on, options, start=check_place(on, start), seeds=check_seeds(seed, n_runs))[0][:, :, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        squares = ((every - on.optimum[:, np.newaxis]) ** 2).sum(axis=1)
        squares = np.where(np.isnan(squares), np.inf, squares)
        low, high = np.quantile(squares, [0.1, 0.9], axis=1, method="inverted_cdf")
        return Distances(np.sqrt(squares.mean(axis=1)), np.sqrt(low), np.sqrt(high), n_runs)


def compare(on: Problem, *, batch_size: int, length: int, unit: str = "updates", **options: Any) -> dict[str, Run]:
    """Run gradient descent (``gd``), batches of ``batch_size`` (``mini``) and of one (``sgd``) from one start and seed.

    For as many updates each or, if ``unit`` is ``epochs``, as many epochs, then at most `MAX_COMPARED` updates. ``gd``
    always uses all samples at once. ``options`` are those of `descend`.

    Raises
    ------
    InvalidArgument
        As `descend`; an unknown ``unit``.
    """
    return _each(descend, on, batch_size, length, unit, options)


def compare_distances(
    on: Problem, *, batch_size: int, length: int, unit: str = "updates", **options: Any
) -> dict[str, Distances]:
    """Repeat the runs of `compare` with `distances`.

    Raises
    ------
    InvalidArgument
        As `compare`.
    """
    return _each(distances, on, batch_size, length, unit, options)


def _each(
    function: Callable[..., T], on: Problem, batch_size: int, length: int, unit: str, options: dict[str, Any]
) -> dict[str, T]:
    check_choice(unit, "unit", ("updates", "epochs"))
    check_updates(length)
    results = {}
    for name, size in (("gd", on.n), ("mini", check_batch_size(on, batch_size)), ("sgd", 1)):
        updates = length if unit == "updates" else min(length * updates_per_epoch(on.n, size), MAX_COMPARED)
        own = {"replacement": False} if name == "gd" else {}
        results[name] = function(on, batch_size=size, updates=updates, **{**options, **own})
    return results
