"""Gradient descent, SGD and mini-batches on real losses of two parameters: paths, noise and cost.

Every run descends L(w), the mean over n samples of one loss each (see `Problem`): an update uses the mean gradient of a
batch of B samples. B = n without replacement is gradient descent, B = 1 the original SGD. Runs that are compared share
their start, their seed and thereby the order of the data. Losses are given as the excess over the exact minimum.

References
----------
Robbins, H., Monro, S. (1951). A stochastic approximation method. Annals of Mathematical Statistics 22(3), 400-407.
doi:10.1214/aoms/1177729586
Bottou, L., Curtis, F. E., Nocedal, J. (2018). Optimization methods for large-scale machine learning. SIAM Review 60(2),
223-311. doi:10.1137/16M1080173
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core._gd_claims import CLAIMS
from core._gd_cost import SamplesToTarget, samples_to_target
from core._gd_findings import MAX_COMPARED, Finding, findings
from core._gd_inputs import (
    MAX_RUNS,
    MAX_UPDATES,
    check_batch_size,
    check_options,
    check_place,
    check_seeds,
    check_updates,
)
from core._gd_noise import (
    GradientCloud,
    GradientVariance,
    NoiseBall,
    batch_variance_factor,
    gradient_cloud,
    gradient_variance,
    noise_ball,
    noise_limit,
)
from core._gd_optimisers import GRADIENT_SCALED, OPTIMISERS, SCHEDULES, rate_limit, rates
from core._gd_problems import (
    MAX_ROWS,
    PROBLEMS,
    STARTS,
    LevelSets,
    Problem,
    batch_sizes,
    excess_loss,
    level_sets,
    problem,
    regression,
    sample_gradients,
    start_point,
    window,
)
from core._gd_runs import paths, samples_seen, until_out, updates_per_epoch
from core.thumbnail import Thumbnail
from core.validate import check_choice

__all__ = [
    "CLAIMS",
    "GRADIENT_SCALED",
    "MAX_COMPARED",
    "MAX_ROWS",
    "MAX_RUNS",
    "MAX_UPDATES",
    "OPTIMISERS",
    "PROBLEMS",
    "SCHEDULES",
    "STARTS",
    "Distances",
    "Finding",
    "GradientCloud",
    "GradientVariance",
    "LevelSets",
    "NoiseBall",
    "Problem",
    "Run",
    "SamplesToTarget",
    "batch_sizes",
    "batch_variance_factor",
    "compare",
    "compare_distances",
    "descend",
    "distances",
    "excess_loss",
    "findings",
    "gradient_cloud",
    "gradient_variance",
    "level_sets",
    "noise_ball",
    "noise_limit",
    "problem",
    "rate_limit",
    "rates",
    "regression",
    "sample_gradients",
    "samples_to_target",
    "start_point",
    "thumbnail",
    "until_out",
    "updates_per_epoch",
    "window",
]

T = TypeVar("T")

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


def thumbnail() -> Thumbnail:
    """Show the excess loss against the samples seen: of one sample a step, of 32, and of all of them."""
    rng = np.random.default_rng(4)
    inputs = rng.normal(size=(256, 2))
    target = inputs @ np.array([0.6, 0.3]) + rng.normal(size=256)
    on = regression(inputs[:, 0], inputs[:, 1], target, names=("x1", "x2"))
    start, n_samples = start_point(on, "corner"), 4 * on.n
    seen = np.geomspace(1, n_samples, 60)
    lines = {}
    for batch_size in (1, 32, on.n):
        run = descend(
            on, start=start, batch_size=batch_size, learning_rate=0.1 * on.limit, updates=n_samples // batch_size
        )
        lines[f"B = {batch_size}"] = run.excess[np.searchsorted(run.samples, seen, side="right") - 1]
    return Thumbnail(seen, lines, log_x=True, log_y=True)
