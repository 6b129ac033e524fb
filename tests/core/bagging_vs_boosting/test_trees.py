"""Trees on weighted points against scikit-learn's classifiers."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from core.bagging_vs_boosting import fit_bagging
from core.bagging_vs_boosting.trees import Trees, tree_grower


@pytest.mark.parametrize("features", [None, 1])
@pytest.mark.parametrize("depth", [2, 5, None])
def test_trees_are_those_of_scikit_learns_regressor(depth, features):
    rng = np.random.default_rng([depth or 0, features or 0])
    # Rounded points have equal values, and equal points with different labels.
    for points in (rng.normal(size=(150, 2)), rng.normal(size=(150, 2)).round(), rng.normal(size=(60, 3))):
        labels = rng.choice([-1.0, 1.0], size=len(points))
        grow = tree_grower(points, labels, depth, features)
        for seed, weights in enumerate((rng.poisson(1.0, len(points)), rng.random(len(points)), np.ones(len(points)))):
            tree = grow(weights, seed)
            reference = DecisionTreeRegressor(max_depth=depth, max_features=features, random_state=seed)
            expected = reference.fit(points, labels, sample_weight=weights).tree_
            for name in ("feature", "threshold", "children_left", "children_right", "value"):
                np.testing.assert_array_equal(getattr(tree, name), getattr(expected, name))
            new_points = rng.normal(size=(200, points.shape[1]))
            votes = np.where(reference.predict(new_points) > 0, 1, -1)
            np.testing.assert_array_equal(Trees((tree, tree)).votes(new_points), [votes, votes])


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
