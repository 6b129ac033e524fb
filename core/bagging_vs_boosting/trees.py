"""Deeper decision trees, grown by scikit-learn on weighted points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.bagging_vs_boosting.stumps import Array
from core.lazy_imports import importing

# The weights of points, or how often each of them is counted.
Weights = Array | NDArray[np.int64]


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
        as_float32 = points.astype(np.float32)
        voted = np.empty((len(self.grown), len(points)), dtype=np.int8)
        for row, tree in zip(voted, self.grown, strict=True):
            row[:] = np.where(tree.predict(as_float32).ravel() > 0, 1, -1)
        return voted


@contextmanager
def growing(x: Array, y: Array, depth: int | None, features: int | None) -> Iterator[Callable[[Weights, int], Any]]:
    """Provide a function that grows a scikit-learn tree from the weights or the counts of the points, and a seed.

    Counts are integers: a point that is counted twice is repeated, which scikit-learn checks faster than weights.
    """
    with importing:
        from sklearn import config_context
        from sklearn.tree import DecisionTreeRegressor

    as_float32 = np.asfortranarray(x, dtype=np.float32)
    # Reuse one random generator and skip validation: both would take half of the time of a small tree.
    random = np.random.RandomState(0)

    def grow(weights: Weights, state: int) -> Any:
        random.seed(state)
        tree = DecisionTreeRegressor(max_depth=depth, max_features=features, random_state=random)
        if weights.dtype != np.int64:
            return tree.fit(as_float32, y, sample_weight=weights, check_input=False).tree_
        rows = np.repeat(np.arange(len(y)), weights.astype(np.int64))
        return tree.fit(np.asfortranarray(as_float32[rows]), y[rows], check_input=False).tree_

    with config_context(assume_finite=True, skip_parameter_validation=True):
        yield grow


def grow_one(x: Array, y: Array, weights: Weights, depth: int, *, seed: int, round_: int) -> Trees:
    """Grow the tree of a single round on given weights, with the seed it has in its ensemble; ``depth`` is above 1."""
    with growing(x, y, depth, None) as grow:
        return Trees((grow(weights, tree_seeds(round_ + 1, seed)[round_]),))


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
