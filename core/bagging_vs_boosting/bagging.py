"""Bagging: trees on bootstrap samples, with one vote each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.bagging_vs_boosting.methods import check_training_set, check_tree_settings, cumulative_sum
from core.bagging_vs_boosting.stumps import Array, Stumps, StumpSearch
from core.bagging_vs_boosting.trees import Trees, draw_feature_masks, tree_grower, tree_seeds
from core.validate import check_between, check_integer


@dataclass(frozen=True, slots=True)
class Bagging:
    """Trees on bootstrap samples, with one vote each.

    Attributes
    ----------
    trees : Stumps or Trees
    counts : ndarray of int, shape (n_trees, n)
        How often each bootstrap sample contains each training point; 0 means out of bag.
    votes : ndarray of int8, shape (n_trees, n)
        Each tree's vote on each training point.
    """

    trees: Stumps | Trees
    counts: NDArray[np.int64]
    votes: NDArray[np.int8]

    def decision(self, points: Array) -> Array:
        """Return the mean vote of the first 1, 2, … trees in [−1, 1], shape (n_trees, m)."""
        return self.votes_and_decision(points)[1]

    def votes_and_decision(self, points: Array) -> tuple[NDArray[np.int8], Array]:
        """Return each tree's vote, −1 or +1, and the `decision` with it, both of shape (n_trees, m)."""
        votes = self.trees.votes(points)
        return votes, _running_mean(votes)

    def oob_decision(self) -> Array:
        """Return the mean vote of the trees for which a training point is out of bag, shape (n_trees, n).

        nan until the point is out of bag for a first tree.
        """
        out_of_bag = self.counts == 0
        total, n_unseen = cumulative_sum(np.where(out_of_bag, self.votes, 0)), cumulative_sum(out_of_bag)
        mean: Array = np.divide(total, n_unseen, out=np.full(total.shape, np.nan), where=n_unseen > 0)
        return mean


def fit_bagging(
    points: ArrayLike,
    labels: ArrayLike,
    *,
    n_trees: int,
    depth: int | None,
    features: int | None = None,
    subsample: float = 1.0,
    seed: int = 0,
) -> Bagging:
    """Grow trees on bootstrap samples: f_T(x) = (1/T) Σ h_t(x).

    A sample of n draws omits a point with probability (1 − 1/n)ⁿ → 1/e, so that about 37 % of the points can test each
    tree. The first t trees do not depend on ``n_trees``.

    Parameters
    ----------
    points, labels : array_like, shapes (n, d), (n,)
        Labels are −1 and +1.
    n_trees : int
        1 … 200.
    depth : int or None
        Maximum depth of every tree, 1 … 20, or None to grow until the leaves are pure. A tree of depth 1 is the stump
        of least weighted error. Deeper trees are scikit-learn's, split by squared error, which for two classes is
        equivalent to the Gini index.
    features : int or None
        Number of features drawn for each split (as in a random forest); None for all.
    subsample : float
        Number of draws with replacement, as a share of n: 0.05 … 1.
    seed : int

    Returns
    -------
    Bagging

    Raises
    ------
    InvalidArgument
        ``points`` not of shape (n, d), not finite, or not as many as ``labels``; a label other than −1 and +1;
        ``n_trees`` outside 1 … 200; ``depth`` outside 1 … 20; ``features`` outside 1 … d; ``subsample`` outside
        0.05 … 1; ``seed`` below 0.

    References
    ----------
    Breiman, L. (1996). Bagging predictors. Machine Learning 24, 123-140. doi:10.1007/BF00058655

    Examples
    --------
    >>> points, labels = [[0.0], [1.0], [2.0], [3.0]], [-1, -1, 1, 1]
    >>> ensemble = fit_bagging(points, labels, n_trees=25, depth=1)
    >>> ensemble.counts.sum(axis=1).tolist() == [4] * 25
    True
    >>> np.sign(ensemble.decision(np.array([[-1.0], [4.0]]))[-1]).tolist()
    [-1.0, 1.0]
    """
    x, y = check_training_set(points, labels)
    check_tree_settings(n_trees, depth, features, x.shape[-1])
    check_between(subsample, "subsample", 0.05, 1.0)
    check_integer(seed, "seed", low=0)
    return bag(x, y, n_trees, depth, features, subsample, seed)


def bag(
    x: Array, y: Array, n_trees: int, depth: int | None, features: int | None, subsample: float, seed: int
) -> Bagging:
    """Run `fit_bagging` on arguments that are already checked.

    Examples
    --------
    >>> x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([-1.0, -1.0, 1.0, 1.0])
    >>> bag(x, y, n_trees=3, depth=1, features=None, subsample=1.0, seed=0).votes.shape
    (3, 4)
    """
    n, d = x.shape
    counts = draw_bootstraps(n_trees, n, subsample, seed)
    if depth == 1:
        masks = draw_feature_masks(n_trees, d, features, seed)
        best = StumpSearch(x[np.newaxis], y[np.newaxis]).best(
            counts[np.newaxis].astype(np.float64), None if masks is None else masks[np.newaxis]
        )
        trees: Stumps | Trees = best.of_set(0)
    else:
        trees = Trees(tuple(map(tree_grower(x, y, depth, features), counts, tree_seeds(n_trees, seed))))
    return Bagging(trees, counts, trees.votes(x))


def draw_bootstraps(n_trees: int, n: int, subsample: float, seed: int) -> NDArray[np.int64]:
    """Count how often each of n points is in each tree's bootstrap sample, shape (n_trees, n)."""
    size = max(1, round(subsample * n))
    drawn = np.random.default_rng([seed, 11]).integers(n, size=(n_trees, size))
    return np.bincount((drawn + n * np.arange(n_trees)[:, np.newaxis]).ravel(), minlength=n_trees * n).reshape(
        n_trees, n
    )


def _running_mean(votes: NDArray[np.int8]) -> Array:
    """Return the mean of the first 1, 2, … of votes (T, m)."""
    mean = cumulative_sum(votes)
    mean /= np.arange(1, len(votes) + 1)[:, np.newaxis]
    return mean
