"""Trees on weighted points against scikit-learn's classifiers."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from core.bagging_vs_boosting import fit_bagging


@pytest.mark.parametrize("depth", [2, None])
def test_trees_match_scikit_learns_classifiers_on_the_same_samples(noisy, depth):
    run = fit_bagging(noisy.points, noisy.labels, n_trees=10, depth=depth, seed=1)
    points = noisy.points.astype(np.float32)
    for counts, votes in zip(run.counts, run.votes, strict=True):
        in_sample = counts > 0
        # Squared error and weighted Gini impurity give the same splits, except for ties.
        reference = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(
            points, noisy.labels, sample_weight=counts
        )
        agree = np.mean((reference.predict(points) == votes)[in_sample])
        assert agree > 0.95
        if depth is None:
            np.testing.assert_array_equal(votes[in_sample], noisy.labels[in_sample])


def test_one_feature_per_split_uses_both_features_over_the_trees(noisy):
    run = fit_bagging(noisy.points, noisy.labels, n_trees=50, depth=1, features=1)
    assert set(run.trees.feature.tolist()) == {0, 1}
