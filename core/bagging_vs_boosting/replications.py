"""Train one method on many independent training sets of the same population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.bagging_vs_boosting.adaboost import boost, boost_stumps, estimate
from core.bagging_vs_boosting.bagging import bag
from core.bagging_vs_boosting.gradient_boosting import boost_gradient
from core.bagging_vs_boosting.methods import METHODS, check_stages, check_tree_settings
from core.bagging_vs_boosting.samples import (
    MAX_POINTS,
    MAX_TEST_POINTS,
    MIN_POINTS,
    POPULATIONS,
    check_flip,
    check_spread,
    class_probability,
    draw,
    flip_labels,
)
from core.bagging_vs_boosting.stumps import Array
from core.progress import Report, no_report
from core.validate import check_between, check_choice, check_integer

MAX_SETS = 200


@dataclass(frozen=True, slots=True)
class Replications:
    """Decisions of one method after training on each of R independent training sets.

    Attributes
    ----------
    stages : ndarray of int, shape (k,)
        Numbers of trees.
    decisions : ndarray, shape (R, k, m)
        The method's estimate of 2 P(label = +1 | point) − 1, in [−1, 1]: bagging's mean vote, AdaBoost's tanh Σ αh,
        gradient boosting's tanh(F/2).
    points : ndarray, shape (m, 2)
        Evaluation points, the same for every training set.
    probability : ndarray, shape (m,)
        P(label = +1 | point) in the population, without flipped labels.
    """

    stages: NDArray[np.int64]
    decisions: Array
    points: Array
    probability: Array

    def share_positive(self) -> Array:
        """Return the share of the training sets that vote +1, shape (k, m)."""
        share: Array = (self.decisions >= 0).mean(axis=0)
        return share


def replicate(
    dataset: str,
    *,
    method: str,
    stages: Sequence[int],
    depth: int | None,
    n: int = 200,
    spread: float = 0.25,
    flip: float = 0.0,
    features: int | None = None,
    subsample: float = 1.0,
    learning_rate: float = 1.0,
    n_sets: int = 25,
    seed: int = 0,
    points: ArrayLike | None = None,
    n_points: int = 400,
    report: Report = no_report,
) -> Replications:
    """Draw R training sets from a population, flip labels, train on each, and evaluate all at the same points.

    For one seed, all methods and depths share the training sets and the points.

    Parameters
    ----------
    dataset : str
        One of `POPULATIONS`.
    method : str
        One of `METHODS`. A single tree on the whole training set is ``adaboost`` at stage 1.
    stages : sequence of int
        Numbers of trees, 1 … 200.
    depth, features, subsample, learning_rate
        As in the function of the method.
    n, spread, flip, seed
        As in `make_sample`.
    n_sets : int
        R, 2 … 200; multiplied by the last stage, at most 20 000 trees.
    points : array_like, shape (m, 2) or None
        None for ``n_points`` new points of the population.
    n_points : int
        1 … 10 000.
    report : callable
        Called with the fraction of the sets that are done.

    Returns
    -------
    Replications

    Raises
    ------
    InvalidArgument
        ``dataset`` is not a population; unknown ``method``; ``stages`` empty or outside 1 … 200; over 20 000 trees;
        ``depth`` outside 1 … 20; ``n`` outside 10 … 1000; ``spread`` outside 0.05 … 1; ``flip`` outside 0 … 0.5;
        ``features`` outside 1 … 2; ``subsample`` outside 0.05 … 1; ``learning_rate`` outside 0.01 … 2; ``n_sets``
        outside 2 … 200; ``seed`` below 0; ``n_points`` outside 1 … 10 000.

    Examples
    --------
    >>> result = replicate("moons", method="adaboost", stages=(1, 5), depth=1, n=20, n_sets=3, n_points=10)
    >>> result.decisions.shape
    (3, 2, 10)
    """
    check_choice(method, "method", METHODS)
    population = check_population(dataset, n, spread, flip, n_sets, seed)
    at = check_stages(stages, n_sets)
    check_tree_settings(int(at[-1]), depth, features, 2)
    check_between(subsample, "subsample", 0.05, 1.0)
    check_between(learning_rate, "learning_rate", 0.01, 2.0)
    x, y = draw_sets(population, n, spread, flip, n_sets, seed)
    if points is None:
        check_integer(n_points, "n_points", low=1, high=MAX_TEST_POINTS)
        evaluation_points, _ = draw(dataset, np.random.default_rng([seed, 22]), n_points, spread)
    else:
        evaluation_points = np.asarray(points, dtype=np.float64)
    probability = class_probability(dataset, evaluation_points, spread=spread)
    n_trees = int(at[-1])
    if method == "adaboost" and depth == 1 and features in (None, 2):
        stumps, run = boost_stumps(x, y, n_trees, learning_rate)
        staged = np.array(
            [
                estimate(
                    stumps.of_set(r).votes(evaluation_points),
                    run.alphas[r, :, np.newaxis],
                    run.weighted_errors[r, :, np.newaxis],
                )[at - 1]
                for r in range(n_sets)
            ]
        )
        return Replications(at, staged, evaluation_points, probability)

    def decisions_of_set(r: int) -> Array:
        report(r / n_sets)
        learner_seed = seed_of_set(seed, r)
        if method == "bagging":
            return bag(x[r], y[r], n_trees, depth, features, subsample, learner_seed).decision(evaluation_points)
        if method == "adaboost":
            return boost(x[r], y[r], n_trees, depth, features, learning_rate, learner_seed).estimate(evaluation_points)
        return boost_gradient(x[r], y[r], n_trees, depth, features, subsample, learning_rate, learner_seed).decision(
            evaluation_points
        )

    staged = np.array([decisions_of_set(r)[at - 1] for r in range(n_sets)])
    return Replications(at, staged, evaluation_points, probability)


def seed_of_set(seed: int, r: int) -> int:
    """Return the seed of the learner on the r-th training set."""
    return seed * MAX_SETS + r


def draw_sets(dataset: str, n: int, spread: float, flip: float, n_sets: int, seed: int) -> tuple[Array, Array]:
    """Draw R training sets with flipped labels, shapes (R, n, 2) and (R, n)."""
    x, y = draw(dataset, np.random.default_rng([seed, 21]), n_sets * n, spread)
    labels = y.reshape(n_sets, n)
    rng = np.random.default_rng([seed, 23])
    seen = np.array([flip_labels(row, flip, rng)[0] for row in labels])
    return x.reshape(n_sets, n, 2), seen


def check_population(dataset: str, n: int, spread: float, flip: float, n_sets: int, seed: int) -> str:
    """Return the population's name, or raise `InvalidArgument` for settings that cannot be drawn."""
    check_integer(n, "n", low=MIN_POINTS, high=MAX_POINTS)
    check_spread(spread)
    check_flip(flip)
    check_integer(n_sets, "n_sets", low=2, high=MAX_SETS)
    check_integer(seed, "seed", low=0)
    return check_choice(dataset, "dataset", POPULATIONS)
