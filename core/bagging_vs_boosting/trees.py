"""Deeper decision trees, grown by scikit-learn on weighted points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.bagging_vs_boosting.stumps import Array
from core.lazy_imports import importing

# The weights of points, or how often each of them is counted.
Weights = Array | NDArray[np.int64]
# Width of the strips in which points are ordered.
_STRIP = 0.25


@dataclass(frozen=True, slots=True)
class Trees:
    """scikit-learn trees whose leaves hold the weighted mean of the labels −1 and +1.

    Attributes
    ----------
    grown : tuple of sklearn.tree._tree.Tree
    """

    grown: tuple[Any, ...]

    def votes(self, points: Array) -> NDArray[np.int8]:
        """Return each tree's vote on each point, −1 or +1, shape (n_trees, m)."""
        # Neighbours take the same branches: a tree is faster on points that are ordered by place (docs/performance.md).
        order = np.lexsort((points[:, -1], np.floor(points[:, 0] / _STRIP)))
        ordered = points[order].astype(np.float32)
        voted = np.empty((len(self.grown), len(points)), dtype=np.int8)
        for t, tree in enumerate(self.grown):
            if t and tree is self.grown[t - 1]:
                voted[t] = voted[t - 1]
            else:
                voted[t, order] = tree_votes(tree, ordered)
        return voted


def tree_votes(tree: Any, points: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return the votes of a scikit-learn tree, −1 or +1, on points of shape (m, d): shape (m,)."""
    votes_of_nodes = np.where(tree.value.ravel() > 0, 1, -1).astype(np.int8)
    voted: NDArray[np.int8] = votes_of_nodes[tree.apply(points)]
    return voted


def tree_grower(x: Array, y: Array, depth: int | None, features: int | None) -> Callable[[Weights, int], Any]:
    """Return a function that grows a tree from the weights or the counts of the points, and a seed.

    It is the tree of ``DecisionTreeRegressor(max_depth=depth, max_features=features, random_state=seed)``. Its builder
    is called directly, because the estimator's checks take longer than growing a small tree (docs/performance.md).
    """
    with importing:
        from sklearn.tree._criterion import MSE
        from sklearn.tree._splitter import BestSplitter
        from sklearn.tree._tree import DepthFirstTreeBuilder, Tree

    n, d = x.shape
    points, labels = np.asfortranarray(x, dtype=np.float32), np.ascontiguousarray(y[:, np.newaxis])
    random = np.random.RandomState(0)
    smallest_leaf = {"min_samples_leaf": 1, "min_weight_leaf": 0.0}
    splitter = BestSplitter(
        criterion=MSE(n_outputs=1, n_samples=n),
        max_features=features or d,
        random_state=random,
        monotonic_cst=None,
        **smallest_leaf,
    )
    builder = DepthFirstTreeBuilder(
        splitter,
        min_samples_split=2,
        max_depth=depth or np.iinfo(np.int32).max,
        min_impurity_decrease=0.0,
        **smallest_leaf,
    )

    def grow(weights: Weights, seed: int) -> Any:
        random.seed(seed)
        tree = Tree(n_features=d, n_classes=np.ones(1, dtype=np.intp), n_outputs=1)
        builder.build(tree, points, labels, sample_weight=weights.astype(np.float64))
        return tree

    return grow


def grow_one(x: Array, y: Array, weights: Weights, depth: int, *, seed: int, round_: int) -> Trees:
    """Grow the tree of a single round on given weights, with the seed it has in its ensemble; ``depth`` is above 1."""
    return Trees((tree_grower(x, y, depth, None)(weights, tree_seeds(round_ + 1, seed)[round_]),))


def draw_feature_masks(n_trees: int, d: int, features: int | None, seed: int) -> NDArray[np.bool_] | None:
    """Draw the features that each stump may use, shape (n_trees, d); None if it may use all."""
    if features is None or features == d:
        return None
    drawn = np.random.default_rng([seed, 12]).random((n_trees, d)).argsort(axis=1)
    masks: NDArray[np.bool_] = drawn < features
    return masks


def tree_seeds(n_trees: int, seed: int) -> list[int]:
    """Draw a seed for each tree."""
    return [int(state) for state in np.random.default_rng([seed, 13]).integers(2**31, size=n_trees)]
