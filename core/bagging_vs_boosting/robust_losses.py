"""Gradient boosting with different losses on labels of which some are flipped, by scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.bagging_vs_boosting.methods import MAX_DEPTH, check_stages, error_rate
from core.bagging_vs_boosting.samples import make_sample
from core.bagging_vs_boosting.stumps import Array
from core.lazy_imports import importing
from core.validate import check_choice, check_integer

# The weight that a loss gives to a point that is wrong by a lot: it grows exponentially with the exponential loss, is
# limited with the log loss, and with the Huber loss it no longer grows.
ROBUST_LOSSES = ("exponential", "log_loss", "huber")


def errors_by_loss(
    loss: str, *, flip: float, stages: Sequence[int], n_seeds: int, n: int = 300, n_test: int = 2000, depth: int = 3
) -> Array:
    """Return clean test errors of gradient boosting on the moons, with a learning rate of 0.1.

    Parameters
    ----------
    loss : str
        One of `ROBUST_LOSSES`. With the Huber loss the trees fit the labels −1 and +1 as numbers; it turns from squared
        to absolute at the 0.9 quantile of the residuals.
    flip, n, n_test
        As in `make_sample`. All losses get the same samples.
    stages : sequence of int
        Numbers of trees, 1 … 200.
    n_seeds : int
        1 … 50.
    depth : int
        1 … 20.

    Returns
    -------
    ndarray, shape (n_seeds, k)

    Raises
    ------
    InvalidArgument
        As `make_sample`; unknown ``loss``; ``stages`` empty or outside 1 … 200; ``n_seeds`` outside 1 … 50; ``depth``
        outside 1 … 20.

    References
    ----------
    Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine. Annals of Statistics 29(5),
    1189-1232. doi:10.1214/aos/1013203451

    Examples
    --------
    >>> errors_by_loss("huber", flip=0.1, stages=(1, 5), n_seeds=2, n=20, n_test=50).shape
    (2, 2)
    """
    check_choice(loss, "loss", ROBUST_LOSSES)
    check_integer(n_seeds, "n_seeds", low=1, high=50)
    at = check_stages(stages, n_seeds)
    check_integer(depth, "depth", low=1, high=MAX_DEPTH)
    with importing:
        from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
    errors = np.empty((n_seeds, at.size))
    for seed in range(n_seeds):
        sample = make_sample("moons", n=n, flip=flip, seed=seed, n_test=n_test)
        settings = {"n_estimators": int(at[-1]), "max_depth": depth, "learning_rate": 0.1, "random_state": seed}
        if loss == "huber":
            regressor = GradientBoostingRegressor(loss=loss, alpha=0.9, **settings)
            staged = regressor.fit(sample.points, sample.labels).staged_predict(sample.test_points)
        else:
            classifier = GradientBoostingClassifier(loss=loss, **settings)
            staged = classifier.fit(sample.points, sample.labels).staged_decision_function(sample.test_points)
        decisions = np.array([decision.ravel() for decision in staged])
        errors[seed] = error_rate(decisions, sample.test_labels)[at - 1]
    return errors
