"""What it takes to reach a target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.gd_sgd_minibatch.inputs import check_batch_sizes, check_place, check_rates, check_seeds, check_updates
from core.gd_sgd_minibatch.problems import Problem, excess_loss
from core.gd_sgd_minibatch.problems import batch_sizes as all_sizes
from core.gd_sgd_minibatch.simulation import Options, samples_seen, walk
from core.validate import check_positive

Array = NDArray[np.float64]
_SHARES = np.array([0.02, 0.05, 0.1, 0.2, 0.5])


@dataclass(frozen=True, slots=True)
class SamplesToTarget:
    """What it costs to bring the excess loss under a target for the first time, by batch size.

    Attributes
    ----------
    batch_sizes : ndarray of int, shape (k,)
    learning_rates : ndarray, shape (k,)
        The rate used at each batch size: of those allowed, the one with the lowest median of samples.
    updates, samples : ndarray, shape (k,)
        Median over the seeds; nan where half of the runs never got there.
    low, high : ndarray, shape (k,)
        The 10th and the 90th percentile of the samples; nan where the run at that rank never got there.
    reached : ndarray, shape (k,)
        The share of runs that got there.
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
        """The updates if twice the batch took half the updates, from the first batch size on, shape (k,)."""
        updates: Array = self.updates[0] * self.batch_sizes[0] / self.batch_sizes
        return updates


def samples_to_target(
    on: Problem,
    *,
    start: ArrayLike | str,
    target: float,
    batch_sizes: Sequence[int] | None = None,
    learning_rates: ArrayLike | None = None,
    max_updates: int = 1000,
    n_seeds: int = 20,
    seed: int = 0,
    report: Callable[[float], None] = lambda fraction: None,
) -> SamplesToTarget:
    """Run SGD without replacement at each batch size and learning rate, until the excess loss is at most ``target``.

    The loss is looked at after 1, 2, 3, … updates and, further on, every 3 %: counts are that coarse. If none are
    given: `batch_sizes` of n, and 2, 5, 10, 20 and 50 % of 2/λmax. ``report`` is called with the fraction done.

    Raises
    ------
    InvalidArgument
        A start that is not finite; a target or a learning rate not above 0; a batch size that is not between 1 and n;
        ``max_updates`` not between 1 and 20000, ``n_seeds`` not between 2 and 1000; a bad seed.
    """
    first = check_place(on, start)
    check_positive(target, "target")
    sizes = check_batch_sizes(on, all_sizes(on.n) if batch_sizes is None else batch_sizes)
    etas = check_rates(on.limit * _SHARES if learning_rates is None else learning_rates)
    seeds = check_seeds(seed, n_seeds)
    looked_at = set(np.unique(np.geomspace(1, check_updates(max_updates), 240).round().astype(int)).tolist())
    rows = []
    for done, batch_size in enumerate(sizes.tolist()):
        report(done / sizes.size)
        options = Options(batch_size=batch_size, learning_rates=etas, updates=max_updates)
        hit_at = np.full((etas.size, n_seeds), max_updates + 1)
        for t, w in enumerate(walk(on, options, start=first, seeds=seeds), start=1):
            if t in looked_at:
                hit = excess_loss(on, np.moveaxis(w, 0, -1)) <= target
                hit_at[(hit_at > t) & hit] = t
                if (hit_at <= max_updates).all():
                    break
        cost = np.append(samples_seen(on.n, batch_size, max_updates, False).astype(np.float64), np.inf)
        low, middle, high = np.quantile(hit_at, [0.1, 0.5, 0.9], axis=1, method="inverted_cdf")
        best = int(cost[middle].argmin())
        ranks = [cost[rank[best]] for rank in (middle, low, high)]
        updates = middle[best] if middle[best] <= max_updates else np.inf
        rows.append((etas[best], updates, *ranks, np.mean(hit_at[best] <= max_updates)))
    columns = np.array(rows, dtype=np.float64).T
    columns[np.isinf(columns)] = np.nan
    best_rates, updates, samples, low, high, reached = columns
    return SamplesToTarget(sizes, best_rates, updates, samples, low, high, reached, target, n_seeds, max_updates)
