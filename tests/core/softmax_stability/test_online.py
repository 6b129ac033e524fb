"""One-pass softmax against two passes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from core.softmax_stability import DTYPES, make_logits, online_softmax, reference, trace
from tests.core.softmax_stability.helpers import as_dtype, epsilon, logit_rows


@given(logits=logit_rows, dtype=st.sampled_from(DTYPES), seed=st.none() | st.integers(0, 1000))
@settings(deadline=None)
def test_online_softmax_agrees_with_two_passes(logits, dtype, seed):
    online = online_softmax(logits, dtype=dtype, seed=seed)
    two_pass = trace(logits, algorithm="shifted", dtype=dtype, true_class=0).probabilities
    np.testing.assert_allclose(online.probabilities, two_pass, atol=4 * epsilon(dtype))
    z = as_dtype(logits, dtype).astype(np.float64)[online.order]
    np.testing.assert_array_equal(online.running_max, np.maximum.accumulate(z))
    sums = [np.exp(z[: k + 1] - z[: k + 1].max()).sum() for k in range(z.size)]
    np.testing.assert_allclose(online.running_sum, sums, rtol=8 * epsilon(dtype))
    assert online.rescaled[0]
    np.testing.assert_array_equal(online.rescaled[1:], np.diff(np.maximum.accumulate(z)) > 0)
    assert online.n_rescales == online.rescaled.sum()
    truth = reference(logits, dtype=dtype, true_class=0).probabilities
    assert online.error == np.abs(online.probabilities - truth).max()
    assert online.two_pass_error == np.abs(two_pass - truth).max()


def test_online_softmax_rescales_at_each_new_maximum():
    rising = make_logits(50, spread=10)
    assert online_softmax(rising, dtype="float32").n_rescales == 50
    falling = online_softmax(rising[::-1], dtype="float32")
    assert falling.n_rescales == 1
    assert falling.expected_rescales == pytest.approx(special.digamma(51) + np.euler_gamma)


def test_shuffled_streams_rescale_as_often_as_the_harmonic_number():
    n, runs = 200, 200
    counts = [online_softmax(make_logits(n, spread=10), dtype="float64", seed=seed).n_rescales for seed in range(40)]
    counts += [online_softmax(make_logits(n), dtype="float32", seed=seed).n_rescales for seed in range(40, runs)]
    harmonic = np.sum(1 / np.arange(1, n + 1))
    variance = harmonic - np.sum(1 / np.arange(1, n + 1) ** 2.0)
    assert np.mean(counts) == pytest.approx(harmonic, abs=4 * math.sqrt(variance / runs))


def test_same_seed_gives_the_same_order():
    logits = make_logits(100)
    one, same, other = (online_softmax(logits, dtype="float32", seed=seed).order for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    np.testing.assert_array_equal(np.sort(other), np.arange(100))


@pytest.mark.parametrize("values", [[0, 1, 2, 3], [1, 1, 1], [0, 2, 2, 5], [-np.inf, 3, 3, 1], [-np.inf, -np.inf]])
def test_expected_rescales_are_the_mean_over_all_orders(values):
    counts = []
    for order in itertools.permutations(values):
        maxima = np.maximum.accumulate([-np.inf, *order])
        counts.append(np.sum(np.diff(np.where(np.isinf(maxima), -1e9, maxima)) > 0))
    assert online_softmax(values, dtype="float64").expected_rescales == pytest.approx(np.mean(counts))


def test_temperature_divides_the_logits():
    cold = online_softmax([0, 1, 2], dtype="float64", temperature=0.01)
    np.testing.assert_allclose(cold.running_max, [0, 100, 200])
    assert cold.running_sum[-1] == pytest.approx(1.0)


def test_masked_logits_do_not_spoil_the_sum():
    masked = online_softmax([-np.inf, 1.0, -np.inf, 2.0], dtype="float32")
    np.testing.assert_allclose(masked.probabilities, [0, 1 / (1 + np.e), 0, np.e / (1 + np.e)], rtol=1e-6)
    assert masked.running_sum[0] == 0
    assert masked.rescaled.tolist() == [False, True, False, True]
