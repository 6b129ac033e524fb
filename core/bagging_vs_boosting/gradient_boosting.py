"""Gradient boosting: regression trees that follow the gradient of the log loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.bagging_vs_boosting.methods import check_training_set, check_tree_settings
from core.bagging_vs_boosting.stumps import Array
from core.lazy_imports import importing
from core.validate import check_between, check_integer


@dataclass(frozen=True, slots=True)
class GradientBoosting:
    """Regression trees on the gradient of the log loss, by scikit-learn.

    Attributes
    ----------
    model : GradientBoostingClassifier or None
        None if all labels are equal.
    constant : float
        The common label, if all labels are equal.
    start : float
        F before the first tree: the log odds of the class frequencies.
    n_trees : int
    """

    model: Any
    constant: float
    start: float
    n_trees: int

    def decision(self, points: Array) -> Array:
        """Return 2p − 1 = tanh(F/2) after 1, 2, … trees in [−1, 1], shape (n_trees, m)."""
        return self.votes_and_decision(points)[1]

    def votes_and_decision(self, points: Array) -> tuple[NDArray[np.int8], Array]:
        """Return the sign of each tree's step, −1 or +1, and the `decision` with it, both of shape (n_trees, m)."""
        if self.model is None:
            constant = np.full((self.n_trees, len(points)), self.constant)
            return constant.astype(np.int8), constant
        scores = self._scores(points)
        return np.where(np.diff(scores, axis=0) > 0, 1, -1).astype(np.int8), np.tanh(scores[1:] / 2)

    def decision_before(self, points: Array) -> Array:
        """Return 2p − 1 before the 1st, 2nd, … tree, shape (n_trees, m).

        The difference of a label −1 or +1 to this is twice the residual that the tree is fitted to.
        """
        if self.model is None:
            return np.full((self.n_trees, len(points)), self.constant)
        return np.tanh(self._scores(points)[:-1] / 2)

    def _scores(self, points: Array) -> Array:
        """Return F before any tree and after 1, 2, … trees, shape (n_trees + 1, m)."""
        staged = np.array([f.ravel() for f in self.model.staged_decision_function(points)])
        return np.concatenate([np.full((1, len(points)), self.start), staged])


def fit_gradient_boosting(
    points: ArrayLike,
    labels: ArrayLike,
    *,
    n_trees: int,
    depth: int | None,
    features: int | None = None,
    subsample: float = 1.0,
    learning_rate: float = 0.1,
    seed: int = 0,
) -> GradientBoosting:
    """Add regression trees that follow the gradient of the log loss: F_t = F_{t−1} + ν h_t, P(y = 1) = 1/(1 + e^{−F}).

    Parameters
    ----------
    points, labels, n_trees, depth, features, seed
        As in `fit_bagging`.
    subsample : float
        Share of the points, drawn without replacement, on which each tree is grown.
    learning_rate : float
        ν, 0.01 … 2.

    Returns
    -------
    GradientBoosting

    Raises
    ------
    InvalidArgument
        As `fit_bagging`; ``learning_rate`` outside 0.01 … 2.

    References
    ----------
    Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine. Annals of Statistics 29(5),
    1189-1232. doi:10.1214/aos/1013203451

    Examples
    --------
    >>> ensemble = fit_gradient_boosting([[0.0], [1.0]], [1, 1], n_trees=2, depth=1)
    >>> ensemble.decision(np.array([[5.0]])).tolist()
    [[1.0], [1.0]]
    """
    x, y = check_training_set(points, labels)
    check_tree_settings(n_trees, depth, features, x.shape[-1])
    check_between(subsample, "subsample", 0.05, 1.0)
    check_between(learning_rate, "learning_rate", 0.01, 2.0)
    check_integer(seed, "seed", low=0)
    return boost_gradient(x, y, n_trees, depth, features, subsample, learning_rate, seed)


def boost_gradient(
    x: Array,
    y: Array,
    n_trees: int,
    depth: int | None,
    features: int | None,
    subsample: float,
    learning_rate: float,
    seed: int,
) -> GradientBoosting:
    """Run `fit_gradient_boosting` on arguments that are already checked."""
    if (y == y[0]).all():
        return GradientBoosting(None, float(y[0]), 0.0, n_trees)
    with importing:
        from sklearn import config_context
        from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(
        n_estimators=n_trees,
        max_depth=depth,
        learning_rate=learning_rate,
        max_features=features,
        subsample=max(subsample, 2 / len(y)),
        random_state=seed,
    )
    # On pure leaves the values diverge, with warnings, until scikit-learn clips them.
    with np.errstate(all="ignore"), config_context(assume_finite=True, skip_parameter_validation=True):
        model.fit(x, y > 0)
    return GradientBoosting(model, 0.0, float(np.log((y > 0).sum() / (y < 0).sum())), n_trees)
