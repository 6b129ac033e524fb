"""Reference implementations and short fits that several test modules share."""

from itertools import pairwise

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from core.bagging_vs_boosting import fit_staged, make_grid


def brute_force_error(points, labels, weights):
    """Return the least weighted error over all stumps, including constant ones."""
    best = min(weights[labels == 1].sum(), weights[labels == -1].sum())
    for column in points.T:
        for low, high in pairwise(np.unique(column)):
            votes = np.where(column <= (low + high) / 2, 1, -1)
            error = weights[votes != labels].sum()
            best = min(best, error, weights.sum() - error)
    return best


class BruteForceStump(ClassifierMixin, BaseEstimator):
    """The stump of least weighted error by brute force, as an estimator for scikit-learn's AdaBoost."""

    def fit(self, points, labels, sample_weight):
        self.classes_ = np.unique(labels)
        found = []
        for feature, column in enumerate(points.T):
            for low, high in pairwise(np.unique(column)):
                threshold = (low + high) / 2
                votes = np.where(column <= threshold, 1, -1)
                error = sample_weight[votes != labels].sum()
                found += [(error, feature, threshold, 1), (sample_weight.sum() - error, feature, threshold, -1)]
        _, self.feature_, self.threshold_, self.left_ = min(found)
        return self

    def predict(self, points):
        return np.where(points[:, self.feature_] <= self.threshold_, self.left_, -self.left_)


def quick_fit(sample, method, **settings_):
    return fit_staged(sample, make_grid(sample, size=6), method=method, stages=(1, 3, 20), depth=2, seed=5, **settings_)


TRAINING_SET = (np.zeros((4, 2)), [1, -1, 1, -1])
