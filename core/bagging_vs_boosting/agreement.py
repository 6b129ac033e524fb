"""Agreement of the votes over training sets, as a map of the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.bagging_vs_boosting.replications import check_population, replicate
from core.bagging_vs_boosting.samples import MIN_POINTS, draw
from core.bagging_vs_boosting.stumps import Array
from core.progress import Report, no_report
from core.validate import check_integer


@dataclass(frozen=True, slots=True)
class VotingShares:
    """Agreement of the training sets over the plane.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
    size : int
        Number of cells along each side.
    agreement : ndarray, shape (k, size²)
        From −1 (all training sets vote −1) to 1 (all vote +1), row by row; 0 where the votes are evenly split.
    divided : ndarray, shape (k,)
        Probability that two training sets give different votes at a point of the population.
    without : ndarray, shape (R, k)
        The same without each of the R training sets in turn (jackknife).
    """

    stages: NDArray[np.int64]
    size: int
    agreement: Array
    divided: Array
    without: Array


def voting_shares(
    dataset: str,
    *,
    stages: Sequence[int],
    size: int = 40,
    n_sets: int = 15,
    spread: float = 0.25,
    seed: int = 0,
    report: Report = no_report,
    **settings: Any,
) -> VotingShares:
    """Train on many training sets and map the share of them that votes for either class.

    Parameters
    ----------
    size : int
        Number of cells along each side, 2 … 100; the cells cover the population.
    dataset, stages, n_sets, spread, seed, report
        As in `replicate`.
    **settings
        Other arguments of `replicate` except the points.

    Returns
    -------
    VotingShares

    Raises
    ------
    InvalidArgument
        As `replicate`; ``size`` outside 2 … 100.

    Examples
    --------
    >>> voting_shares("moons", stages=(1, 5), size=4, n_sets=3, method="adaboost", depth=1, n=20).agreement.shape
    (2, 16)
    """
    check_integer(size, "size", low=2, high=100)
    check_population(dataset, MIN_POINTS, spread, 0.0, n_sets, seed)
    population_points, _ = draw(dataset, np.random.default_rng([0, 24]), 2000, spread)
    low, high = population_points.min(axis=0), population_points.max(axis=0)
    axes = [low[i] + (np.arange(size) + 0.5) / size * (high[i] - low[i]) for i in (0, 1)]
    cells = np.column_stack([np.tile(axes[0], size), np.repeat(axes[1], size)])
    replications = replicate(
        dataset,
        stages=stages,
        n_sets=n_sets,
        spread=spread,
        seed=seed,
        report=report,
        points=np.concatenate([cells, population_points[:400]]),
        **settings,
    )
    share = replications.share_positive()
    at_points = share[:, len(cells) :]
    votes = replications.decisions[..., len(cells) :] >= 0
    others = (n_sets * at_points - votes) / (n_sets - 1)
    return VotingShares(
        replications.stages,
        size,
        2 * share[:, : len(cells)] - 1,
        _divided(at_points, n_sets),
        _divided(others, n_sets - 1),
    )


def _divided(share: Array, n_sets: int) -> Array:
    """Return the probability that two of R training sets disagree at a point, if R·s of them vote +1 there."""
    if n_sets < 2:
        return np.full(share.shape[:-1], np.nan)
    divided: Array = (2 * share * (1 - share) * n_sets / (n_sets - 1)).mean(axis=-1)
    return divided
