"""Gradient boosting against scikit-learn."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from core.bagging_vs_boosting import fit_gradient_boosting
from core.validate import InvalidArgument
from tests.core.bagging_vs_boosting.helpers import TRAINING_SET


def test_gradient_boosting_matches_scikit_learn(noisy):
    run = fit_gradient_boosting(noisy.points, noisy.labels, n_trees=20, depth=2, learning_rate=0.3)
    reference = GradientBoostingClassifier(n_estimators=20, max_depth=2, learning_rate=0.3, random_state=0)
    reference.fit(noisy.points, noisy.labels)
    p = np.array(list(reference.staged_predict_proba(noisy.test_points)))[..., 1]
    np.testing.assert_allclose(run.decision(noisy.test_points), 2 * p - 1, atol=1e-12)


def test_decision_before_is_the_class_share_and_the_first_tree_follows_the_labels():
    # Before the first tree p is the class frequency; the first tree moves each point towards its label.
    points = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    labels = np.array([1.0, -1.0, -1.0, -1.0])
    model = fit_gradient_boosting(points, labels, n_trees=2, depth=1, learning_rate=0.5)
    np.testing.assert_allclose(model.decision_before(points)[0], 2 * 0.25 - 1)
    np.testing.assert_array_equal(model.votes_and_decision(points)[0][0], labels)


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: fit_gradient_boosting(*TRAINING_SET, n_trees=1, depth=1, features=3), "out_of_range", "features"),
    ],
)
def test_gradient_boosting_rejects_invalid_arguments(call, code, argument):
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.details["argument"] == argument
