"""The correlation between bagged trees, and the variance of their average that it implies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from core.bagging_vs_boosting.bagging import bag
from core.bagging_vs_boosting.decomposition import Estimate
from core.bagging_vs_boosting.methods import check_stages, check_tree_settings
from core.bagging_vs_boosting.replications import MAX_SETS, check_population, draw_sets, seed_of_set
from core.bagging_vs_boosting.samples import MAX_TEST_POINTS, draw
from core.bagging_vs_boosting.stumps import Array
from core.progress import Report, no_report
from core.validate import check_between, check_integer


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation of bagged trees over training sets, and the implied variance of their average.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
    rho : float
        Correlation of the votes of two trees of one training set.
    tree_variance : float
        σ², the variance of one tree's vote.
    floor : float
        ρσ², the limit of the variance for many trees.
    predicted : ndarray, shape (k,)
        ρσ² + (1 − ρ)σ²/t.
    independent : ndarray, shape (k,)
        σ²/t, the variance if every tree had its own training set.
    measured : Estimate
        Variance of the average of t trees over OTHER training sets than those from which ρ and σ² are estimated.
    """

    stages: NDArray[np.int64]
    rho: float
    tree_variance: float
    floor: float
    predicted: Array
    independent: Array
    measured: Estimate


def correlation(
    dataset: str,
    *,
    stages: Sequence[int],
    depth: int | None,
    n: int = 200,
    spread: float = 0.25,
    flip: float = 0.0,
    features: int | None = None,
    subsample: float = 1.0,
    n_sets: int = 24,
    seed: int = 0,
    n_points: int = 400,
    report: Report = no_report,
) -> Correlation:
    """Estimate ρ and σ² of bagged trees on half of the training sets, and predict the variance on the other half.

    Over training sets Z and resampling Θ, Var h = σ² splits into Var_Z E[h | Z] = ρσ², which all trees of a set share,
    and E_Z Var[h | Z] = (1 − ρ)σ², which averaging divides by the number of trees. Both are estimated by a one-way
    analysis of variance with the sets as groups: within s² = mean over sets of the trees' variance, between = Var(set
    means) − s²/T. The variances are averaged over the points before they are divided.

    Parameters
    ----------
    n_sets : int
        6 … 200; an odd number is reduced by one.
    dataset, stages, depth, n, spread, flip, features, subsample, seed, n_points, report
        As in `replicate`; the last stage is at least 2.

    Returns
    -------
    Correlation

    Raises
    ------
    InvalidArgument
        As `replicate`; ``n_sets`` outside 6 … 200; the last of ``stages`` below 2.

    References
    ----------
    Breiman, L. (2001). Random forests. Machine Learning 45, 5-32. doi:10.1023/A:1010933404324

    Examples
    --------
    >>> result = correlation("moons", stages=(1, 5), depth=1, n=20, n_sets=6, n_points=10)
    >>> bool((result.predicted >= result.floor).all())
    True
    """
    population = check_population(dataset, n, spread, flip, n_sets, seed)
    check_integer(n_sets, "n_sets", low=6, high=MAX_SETS)
    at = check_stages(stages, n_sets)
    n_trees = check_integer(int(at[-1]), "stages", low=2)
    check_tree_settings(n_trees, depth, features, 2)
    check_between(subsample, "subsample", 0.05, 1.0)
    check_integer(n_points, "n_points", low=1, high=MAX_TEST_POINTS)
    n_sets -= n_sets % 2
    x, y = draw_sets(population, n, spread, flip, n_sets, seed)
    evaluation_points, _ = draw(dataset, np.random.default_rng([seed, 22]), n_points, spread)
    votes = np.empty((n_sets, n_trees, len(evaluation_points)), dtype=np.int8)
    for r in range(n_sets):
        report(r / n_sets)
        votes[r] = bag(x[r], y[r], n_trees, depth, features, subsample, seed_of_set(seed, r)).trees.votes(
            evaluation_points
        )
    half = n_sets // 2
    rho, variance = vote_correlation(votes[:half])
    running = np.cumsum(votes[half:], axis=1, dtype=np.int64)[:, at - 1] / at[:, np.newaxis]
    measured = running.var(axis=0, ddof=1).mean(axis=-1)
    jackknife = np.array([np.delete(running, r, axis=0).var(axis=0, ddof=1).mean(axis=-1) for r in range(half)])
    half_width = float(stdtrit(half - 1, 0.975)) * np.sqrt((half - 1) * jackknife.var(axis=0))
    return Correlation(
        stages=at,
        rho=rho,
        tree_variance=variance,
        floor=rho * variance,
        predicted=rho * variance + (1 - rho) * variance / at,
        independent=variance / at,
        measured=Estimate(measured, np.maximum(measured - half_width, 0.0), measured + half_width),
    )


def vote_correlation(votes: NDArray[np.int8]) -> tuple[float, float]:
    """Return ρ and σ² of votes of shape (R, T, m), for R sets, T trees per set and m points."""
    n_trees = votes.shape[1]
    within = votes.var(axis=1, ddof=1).mean()
    shared = votes.mean(axis=1).var(axis=0, ddof=1).mean() - within / n_trees
    variance = float(shared + within)
    return (float(shared) / variance if variance > 0 else 0.0), variance
