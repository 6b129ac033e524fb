"""Decision stumps of least weighted error, many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stumps:
    """Stumps h(x) = left if x[feature] ≤ threshold else right. A constant stump has the threshold +inf.

    Attributes
    ----------
    feature : ndarray of int, any shape s
    threshold : ndarray, shape s
    left, right : ndarray, shape s
        −1 or +1.
    """

    feature: NDArray[np.int64]
    threshold: Array
    left: Array
    right: Array

    def of_set(self, r: int) -> Stumps:
        """Return the stumps with index r along the first axis."""
        return Stumps(self.feature[r], self.threshold[r], self.left[r], self.right[r])

    def votes(self, points: Array) -> NDArray[np.int8]:
        """Return the votes on points of shape (m, d), shape s + (m,)."""
        goes_left = points.T[self.feature] <= self.threshold[..., np.newaxis]
        voted: NDArray[np.int8] = np.where(
            goes_left, self.left[..., np.newaxis].astype(np.int8), self.right[..., np.newaxis].astype(np.int8)
        )
        return voted

    def votes_on_own(self, points: Array) -> NDArray[np.int8]:
        """Return the votes of stumps of shape (S, K) on one point set each, of shape (S, n, d): shape (S, K, n)."""
        columns = points.transpose(0, 2, 1)[np.arange(len(points))[:, np.newaxis], self.feature]
        goes_left = columns <= self.threshold[..., np.newaxis]
        voted: NDArray[np.int8] = np.where(
            goes_left, self.left[..., np.newaxis].astype(np.int8), self.right[..., np.newaxis].astype(np.int8)
        )
        return voted


class StumpSearch:
    """Search for the best stumps on S training sets of n points each. The points are sorted only once.

    For weights that add up to one, a stump with left = s, right = −s and the first k points of a feature's order on its
    left has Σ w y h = s (2 Σ_{i ≤ k} w y − Σ w y) = 1 − 2ε. One cumulative sum along each feature therefore gives the
    weighted error ε of every threshold.

    Parameters
    ----------
    points : ndarray, shape (S, n, d)
    labels : ndarray, shape (S, n)
        −1 or +1.
    """

    def __init__(self, points: Array, labels: Array) -> None:
        columns = points.transpose(0, 2, 1)
        self._labels = labels
        self._order = np.argsort(columns, axis=-1, kind="stable")
        self._sorted = np.take_along_axis(columns, self._order, axis=-1)
        # A threshold lies between different values only, and not after the last value.
        self._cut = np.zeros(columns.shape, dtype=bool)
        self._cut[..., :-1] = self._sorted[..., :-1] < self._sorted[..., 1:]

    def best(self, weights: Array, features: NDArray[np.bool_] | None = None) -> Stumps:
        """Return the stumps of least weighted error.

        Parameters
        ----------
        weights : ndarray, shape (S, K, n)
            Non-negative and not all zero, for K stumps per set.
        features : ndarray of bool, shape (S, K, d) or None
            Features that a stump may use; None for all.

        Returns
        -------
        Stumps
            Of shape (S, K). The threshold is the midpoint of the neighbouring points of positive weight. A stump is
            constant where no threshold has a lower error.
        """
        _, n_stumps, n = weights.shape
        # Indices of the set and of the stump, shapes (S, 1) and (K,).
        sets, stumps = np.arange(len(weights))[:, np.newaxis], np.arange(n_stumps)
        signed = weights * self._labels[:, np.newaxis]
        total = signed.sum(axis=-1)
        by_stump = sets[..., np.newaxis, np.newaxis], stumps[:, np.newaxis, np.newaxis]
        left = signed[*by_stump, self._order[:, np.newaxis]].cumsum(axis=-1)
        edges = 2 * left - total[..., np.newaxis, np.newaxis]
        size = np.where(self._cut[:, np.newaxis], np.abs(edges), -1.0)
        if features is not None:
            size = np.where(features[..., np.newaxis], size, -1.0)
        flat = size.reshape(*total.shape, -1)
        feature, cut = np.divmod(flat.argmax(axis=-1), n)
        best, edge = size[sets, stumps, feature, cut], edges[sets, stumps, feature, cut]
        sorted_weights = weights[sets[..., np.newaxis], stumps[:, np.newaxis], self._order[sets, feature]]
        after = (sorted_weights > 0) & (np.arange(n) > cut[..., np.newaxis])
        # Sums of the same weights in a different order differ by rounding errors.
        split = (best > np.abs(total) + 1e-12 * weights.sum(axis=-1)) & after.any(axis=-1)
        below, above = self._sorted[sets, feature, cut], self._sorted[sets, feature, after.argmax(axis=-1)]
        middle = below + (above - below) / 2
        side = np.where(np.where(split, edge, total) >= 0, 1.0, -1.0)
        return Stumps(
            feature=np.where(split, feature, 0),
            threshold=np.where(split, np.where(middle < above, middle, below), np.inf),
            left=side,
            right=np.where(split, -side, side),
        )
