"""Averages of the iterates of SGD, compared with its last iterate over many runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.gd_sgd_minibatch.inputs import check_options, check_point, check_seeds
from core.gd_sgd_minibatch.problems import Problem, excess_loss
from core.gd_sgd_minibatch.runs import number_of_updates
from core.gd_sgd_minibatch.simulation import simulate
from core.intervals import t_interval
from core.validate import check_integer

Array = NDArray[np.float64]

# The last iterate, the mean of all iterates so far, and the mean of the later half of them.
AVERAGES = ("last", "mean", "tail")


@dataclass(frozen=True, slots=True)
class AveragedLosses:
    """The excess loss of the last iterate and of averages of the iterates, over many runs from one start.

    Attributes
    ----------
    updates : ndarray of int, shape (k,)
        Numbers of updates t at which the losses are computed, from 1 to the last one, evenly spaced in log t.
    runs : dict of str to ndarray, shape (k, n_runs)
        The excess loss by name in `AVERAGES`: ``last`` at w_t, ``mean`` at the mean of w_1 … w_t, ``tail`` at the mean
        of the last ⌈t/2⌉ of them. A column is one seed, the same in all three. inf once a run has overflowed.
    """

    updates: NDArray[np.int64]
    runs: dict[str, Array]

    def interval(self, name: str) -> tuple[Array, Array, Array]:
        """Return the mean over the runs and the ends of its 95 % t interval, each of shape (k,)."""
        with np.errstate(invalid="ignore", over="ignore"):  # where runs overflowed
            return self.runs[name].mean(axis=1), *t_interval(self.runs[name])


def averaged_losses(
    problem: Problem,
    *,
    start: ArrayLike | str,
    batch_size: int,
    learning_rate: float,
    length: int,
    unit: str = "updates",
    replacement: bool = False,
    optimiser: str = "sgd",
    momentum: float = 0.9,
    schedule: str = "constant",
    n_runs: int = 40,
    points: int = 60,
    seed: int = 0,
) -> AveragedLosses:
    """Repeat `descend` with the seeds ``seed`` to ``seed + n_runs − 1``, and average the iterates of each run.

    At a constant rate the last iterate stays at a distance from the optimum because of the noise of its gradients. The
    noise of successive iterates cancels in their mean, which keeps a trace of the start, however; the mean of the
    later half forgets it sooner.

    Parameters
    ----------
    problem : Problem
    length, unit : int and {"updates", "epochs"}
        As in `compare`.
    points : int
        Largest number of update counts at which the losses are computed.
    start, batch_size, learning_rate, replacement, optimiser, momentum, schedule, n_runs, seed
        As in `distances`. All runs of a batch of all samples without replacement are equal.

    Raises
    ------
    InvalidArgument
        As `compare` and `distances`; ``points`` not between 2 and 1000.

    References
    ----------
    Polyak, B. T., Juditsky, A. B. (1992). Acceleration of stochastic approximation by averaging. doi:10.1137/0330046
    Jain, P., Kakade, S. M., Kidambi, R., Netrapalli, P., Sidford, A. (2018). Parallelizing stochastic gradient descent
    for least squares regression: mini-batching, averaging, and model misspecification. JMLR 18(223). arXiv:1610.03774

    Examples
    --------
    >>> from core.gd_sgd_minibatch import load_problem
    >>> problem = load_problem("diabetes")
    >>> losses = averaged_losses(problem, start="optimum", batch_size=1, learning_rate=0.1, length=1000)
    >>> final = {name: losses.interval(name)[0][-1] for name in AVERAGES}
    >>> bool(final["mean"] < 0.1 * final["last"])
    True
    """
    options: dict[str, Any] = {
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "updates": number_of_updates(problem, batch_size, length, unit),
        "replacement": replacement,
        "optimiser": optimiser,
        "momentum": momentum,
        "schedule": schedule,
    }
    checked = check_options(problem, **options)
    check_integer(points, "points", low=2, high=1000)
    seeds = check_seeds(seed, n_runs)
    parameters, _ = simulate(problem, checked, start=check_point(problem, start), seeds=seeds)
    t = np.unique(np.rint(np.geomspace(1, checked.updates, points)).astype(np.int64))
    # Shape (updates + 1, n_runs, 2); the sums are without the start.
    iterates = np.moveaxis(parameters[:, :, 0], 1, 2)
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.cumsum(np.concatenate([np.zeros_like(iterates[:1]), iterates[1:]]), axis=0)
        averages = {
            "last": iterates[t],
            "mean": sums[t] / t[:, np.newaxis, np.newaxis],
            "tail": (sums[t] - sums[t // 2]) / (t - t // 2)[:, np.newaxis, np.newaxis],
        }
    # A single run stands for all if they are equal.
    shape = (t.size, n_runs)
    return AveragedLosses(t, {name: np.broadcast_to(excess_loss(problem, w), shape) for name, w in averages.items()})
