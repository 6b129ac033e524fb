"""Bias and variance: identities of squared and 0–1 loss."""

import numpy as np
import pytest

from core.bagging_vs_boosting import METHODS, bias_variance, decompose, replicate
from core.bagging_vs_boosting.replications import Replications


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("depth", [1, 3])
def test_parts_add_up_to_the_error(method, depth):
    replications = replicate(
        "moons", method=method, stages=(1, 4, 15), depth=depth, flip=0.2, n=60, n_sets=12, n_points=80
    )
    parts = decompose(replications)
    total = parts.noise + parts.squared_bias.value + parts.variance.value
    np.testing.assert_allclose(total, parts.squared_error.value, atol=1e-12)
    # The error from its definition: the mean of (y − f)² over sets, points and both labels.
    f, eta = replications.decisions, replications.probability
    direct = (eta * (1 - f) ** 2 + (1 - eta) * (1 + f) ** 2).mean(axis=(0, 2))
    np.testing.assert_allclose(parts.squared_error.value, direct, atol=1e-12)
    # Domingos' identity for the 0–1 loss; the plain sum is not the error.
    net = parts.main_bias.value + parts.unbiased_variance - parts.biased_variance
    np.testing.assert_allclose(net, parts.disagreement.value, atol=1e-12)
    assert (parts.main_bias.value + parts.main_variance.value > parts.disagreement.value + 1e-3).any()
    for estimate in (parts.squared_bias, parts.variance, parts.main_variance):
        assert (estimate.low <= estimate.value).all()
        assert (estimate.value <= estimate.high).all()


def test_bias_variance_is_replicate_and_decompose():
    settings_ = {"method": "adaboost", "stages": (1, 3), "depth": 1, "n": 30, "n_sets": 4, "n_points": 20}
    short, long = bias_variance("xor", **settings_), decompose(replicate("xor", **settings_))
    np.testing.assert_array_equal(short.squared_error.value, long.squared_error.value)


def test_squared_bias_and_variance_do_not_depend_on_the_number_of_sets():
    """The decisions are 0.2 plus noise of variance 0.25, where 0.8 is right."""
    rng = np.random.default_rng(0)
    probability = np.full(2000, 0.9)
    for n_sets in (4, 16):
        decisions = 0.2 + 0.5 * rng.standard_normal((n_sets, 1, probability.size))
        parts = decompose(Replications(np.array([1]), decisions, np.zeros((probability.size, 2)), probability))
        assert parts.squared_bias.value[0] == pytest.approx((0.8 - 0.2) ** 2, abs=0.03)
        assert parts.variance.value[0] == pytest.approx(0.25, abs=0.02)
        total = parts.noise + parts.squared_bias.value + parts.variance.value
        np.testing.assert_allclose(total, parts.squared_error.value)


def test_a_tree_without_error_votes_for_certain():
    result = replicate("moons", method="adaboost", stages=(1, 5), depth=None, n=50, n_sets=3, n_points=50)
    assert (np.abs(result.decisions) == 1).all()
