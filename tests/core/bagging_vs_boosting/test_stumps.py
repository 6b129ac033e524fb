"""Stumps against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.bagging_vs_boosting.stumps import StumpSearch
from tests.core.bagging_vs_boosting.helpers import brute_force_error


@settings(max_examples=60, deadline=None)
@given(
    points=arrays(np.float64, st.tuples(st.integers(2, 12), st.just(2)), elements=st.integers(-3, 3)),
    data=st.data(),
)
def test_stump_has_the_least_weighted_error(points, data):
    n = len(points)
    labels = data.draw(arrays(np.float64, n, elements=st.sampled_from([-1.0, 1.0])))
    weights = data.draw(arrays(np.float64, n, elements=st.integers(0, 4))) + np.eye(n)[0]
    stump = StumpSearch(points[np.newaxis], labels[np.newaxis]).best(weights[np.newaxis, np.newaxis])
    votes = stump.of_set(0).votes(points)[0]
    assert weights[votes != labels].sum() == pytest.approx(brute_force_error(points, labels, weights), abs=1e-12)
    np.testing.assert_array_equal(stump.votes_on_own(points[np.newaxis])[0, 0], votes)


def test_threshold_is_the_midpoint_of_points_with_positive_weight():
    points = np.array([[0.0], [1.0], [2.0], [5.0]])[np.newaxis]
    labels = np.array([[1.0, 1.0, -1.0, -1.0]])
    stump = StumpSearch(points, labels).best(np.array([[[1.0, 1.0, 0.0, 1.0]]]))
    assert stump.threshold[0, 0] == 3.0
    assert (stump.left[0, 0], stump.right[0, 0]) == (1, -1)


def test_stump_separates_neighbouring_floats():
    low = 1.0
    high = float(np.nextafter(low, 2))
    stump = StumpSearch(np.array([[[low], [high]]]), np.array([[1.0, -1.0]])).best(np.ones((1, 1, 2)))
    np.testing.assert_array_equal(stump.of_set(0).votes(np.array([[low], [high]]))[0], [1, -1])
