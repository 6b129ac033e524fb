"""The number of updates and samples that SGD needs to reach a target loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.gd_sgd_minibatch.inputs import check_batch_sizes, check_point, check_rates, check_seeds, check_updates
from core.gd_sgd_minibatch.problems import Problem, excess_loss
from core.gd_sgd_minibatch.problems import batch_sizes as all_sizes
from core.gd_sgd_minibatch.simulation import Options, iterate_updates, samples_seen
from core.progress import Report, no_report
from core.validate import check_positive

Array = NDArray[np.float64]
# Default learning rates, as shares of 2/λmax.
_SHARES = np.array([0.02, 0.05, 0.1, 0.2, 0.5])


@dataclass(frozen=True, slots=True)
class SamplesToTarget:
    """The cost of bringing the excess loss below a target for the first time, by batch size.

    Attributes
    ----------
    batch_sizes : ndarray of int, shape (k,)
    learning_rates : ndarray, shape (k,)
        The rate used at each batch size: the candidate with the lowest median number of samples.
    updates, samples : ndarray, shape (k,)
        Medians over the seeds; nan where half of the runs did not reach the target.
    low, high : ndarray, shape (k,)
        10th and 90th percentile of the samples; nan where the run at that rank did not reach the target.
    reached : ndarray, shape (k,)
        Share of runs that reached the target.
    target : float
    n_seeds, max_updates : int
    """

    batch_sizes: NDArray[np.int64]
    learning_rates: Array
    updates: Array
    samples: Array
    low: Array
    high: Array
    reached: Array
    target: float
    n_seeds: int
    max_updates: int

    @property
    def proportional(self) -> Array:
        """Updates under perfect scaling from the first batch size: twice the batch, half the updates. Shape (k,).

        There is no less than one update; it is nan where perfect scaling would need less.
        """
        updates: Array = self.updates[0] * self.batch_sizes[0] / self.batch_sizes
        return np.where(updates >= 1, updates, np.nan)


def samples_to_target(
    problem: Problem,
    *,
    start: ArrayLike | str,
    target: float,
    batch_sizes: Sequence[int] | None = None,
    learning_rates: ArrayLike | None = None,
    max_updates: int = 1000,
    n_seeds: int = 20,
    seed: int = 0,
    report: Report = no_report,
) -> SamplesToTarget:
    """Run SGD without replacement at each batch size and learning rate, until the excess loss is at most ``target``.

    The loss is checked after each of the first updates and later after every 3 % more of them, so the counts are that
    coarse.

    Parameters
    ----------
    problem : Problem
    start : array_like of shape (2,) or str
        A point or a name in `STARTS`.
    target : float
        Excess loss to reach.
    batch_sizes : sequence of int, optional
        Default: `batch_sizes` of n.
    learning_rates : array_like, optional
        Candidates; the best one is used at each batch size. Default: 2, 5, 10, 20 and 50 % of 2/λmax.
    max_updates, n_seeds, seed : int
        Updates per run, number of runs per setting, and the first seed.
    report : callable
        Called with the completed fraction.

    Raises
    ------
    InvalidArgument
        A start that is not finite; a target or a learning rate not above 0; a batch size that is not between 1 and n;
        ``max_updates`` not between 1 and 20000; ``n_seeds`` not between 2 and 1000; an invalid seed.

    Examples
    --------
    Along the flattest direction gradient descent multiplies the excess loss by (1 − ηλ)². With ηλ = ½, ten updates
    divide it by more than a million.

    >>> from core.gd_sgd_minibatch import load_problem
    >>> problem = load_problem("standard")
    >>> cost = samples_to_target(problem, start="flat", target=2e-6, batch_sizes=[442], learning_rates=[0.5])
    >>> (cost.updates.tolist(), cost.samples.tolist())
    ([10.0], [4420.0])
    """
    first = check_point(problem, start)
    check_positive(target, "target")
    sizes = check_batch_sizes(problem, all_sizes(problem.n) if batch_sizes is None else batch_sizes)
    step_sizes = check_rates(problem.limit * _SHARES if learning_rates is None else learning_rates)
    seeds = check_seeds(seed, n_seeds)
    checked_updates = set(np.unique(np.geomspace(1, check_updates(max_updates), 240).round().astype(int)).tolist())
    rows = []
    for done, batch_size in enumerate(sizes.tolist()):
        report(done / sizes.size)
        options = Options(batch_size=batch_size, learning_rates=step_sizes, updates=max_updates)
        reached_at = np.full((step_sizes.size, n_seeds), max_updates + 1)
        for t, w in enumerate(iterate_updates(problem, options, start=first, seeds=seeds), start=1):
            if t in checked_updates:
                below_target = excess_loss(problem, np.moveaxis(w, 0, -1)) <= target
                reached_at[(reached_at > t) & below_target] = t
                if (reached_at <= max_updates).all():
                    break
        cost = np.append(samples_seen(problem.n, batch_size, max_updates, False).astype(np.float64), np.inf)
        low, middle, high = np.quantile(reached_at, [0.1, 0.5, 0.9], axis=1, method="inverted_cdf")
        best = int(cost[middle].argmin())
        ranks = [cost[rank[best]] for rank in (middle, low, high)]
        updates = middle[best] if middle[best] <= max_updates else np.inf
        rows.append((step_sizes[best], updates, *ranks, np.mean(reached_at[best] <= max_updates)))
    columns = np.array(rows, dtype=np.float64).T
    columns[np.isinf(columns)] = np.nan
    best_rates, updates, samples, low, high, reached = columns
    return SamplesToTarget(sizes, best_rates, updates, samples, low, high, reached, target, n_seeds, max_updates)
