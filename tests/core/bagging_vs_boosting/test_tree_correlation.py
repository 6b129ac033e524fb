"""The correlation between trees, and the variance it predicts."""

import numpy as np
import pytest

from core.bagging_vs_boosting import correlation
from core.bagging_vs_boosting.tree_correlation import vote_correlation
from core.validate import InvalidArgument


def test_vote_correlation_recovers_a_known_correlation():
    # Each tree copies a vote shared by its set with probability c and draws its own otherwise, so that ρ = c².
    rng = np.random.default_rng(0)
    c, shape = 0.6, (400, 30, 50)
    shared = rng.choice([-1, 1], size=(shape[0], 1, shape[2]))
    votes = np.where(rng.random(shape) < c, shared, rng.choice([-1, 1], size=shape)).astype(np.int8)
    rho, variance = vote_correlation(votes)
    assert rho == pytest.approx(c**2, abs=0.02)
    assert variance == pytest.approx(1, abs=0.01)


def test_vote_correlation_without_variance_is_zero():
    assert vote_correlation(np.ones((4, 3, 5), dtype=np.int8)) == (0.0, 0.0)


def test_predicted_variance_matches_other_training_sets():
    result = correlation("moons", stages=(1, 2, 5, 10, 25), depth=3, n=100, n_sets=80, n_points=200)
    assert ((result.measured.low <= result.predicted) & (result.predicted <= result.measured.high)).all()
    assert (result.predicted >= result.floor).all()
    # The variance of 25 independent trees is far below the measured one.
    assert result.independent[-1] < result.measured.low[-1]


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: correlation("moons", stages=(1,), depth=1), "out_of_range", "stages"),
        (lambda: correlation("moons", stages=(2,), depth=1, n_sets=5), "out_of_range", "n_sets"),
    ],
)
def test_tree_correlation_rejects_invalid_arguments(call, code, argument):
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.details["argument"] == argument
