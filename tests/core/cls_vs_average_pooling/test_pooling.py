"""Pooling against NumPy and SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from core import cls_vs_average_pooling as topic
from core.validate import InvalidArgument
from tests.core.cls_vs_average_pooling.helpers import RNG


def test_attention_weights_match_scipys_softmax_and_are_uniform_at_zero() -> None:
    keys = RNG.standard_normal((5, 9))
    np.testing.assert_allclose(topic.attention_weights(keys, sharpness=1.7), softmax(1.7 * keys, axis=1), rtol=1e-12)
    np.testing.assert_allclose(topic.attention_weights(keys, sharpness=0.0), 1 / 9, rtol=1e-12)
    assert topic.attention_weights(keys, sharpness=100.0).max(axis=1).min() > 0.5


def test_pool_is_the_weighted_mean() -> None:
    values, weights = RNG.standard_normal((3, 7, 4)), RNG.random((3, 7))
    expected = np.stack([np.average(v, axis=0, weights=w) for v, w in zip(values, weights, strict=True)])
    np.testing.assert_allclose(topic.pool(values, weights), expected, rtol=1e-12)


def test_attention_of_zero_sharpness_is_the_mean() -> None:
    values, keys = RNG.standard_normal((6, 11, 3)), RNG.standard_normal((6, 11))
    pooled = topic.pool(values, topic.attention_weights(keys, sharpness=0.0))
    np.testing.assert_allclose(pooled, values.mean(axis=1), atol=1e-12)


@given(st.integers(1, 12), st.integers(0, 12), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_masked_padding_does_not_change_the_result(length: int, padding: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, weights = rng.standard_normal((length, 4)), rng.random(length) + 0.1
    padded = np.concatenate([values, 1e6 * rng.standard_normal((padding, 4))])
    mask = np.arange(length + padding) < length
    padded_weights = np.concatenate([weights, rng.random(padding)])
    np.testing.assert_allclose(topic.pool(padded, padded_weights, mask=mask), topic.pool(values, weights), rtol=1e-9)


@given(st.permutations(range(8)))
@settings(max_examples=30, deadline=None)
def test_pool_does_not_depend_on_the_order(order: list[int]) -> None:
    values, weights = np.arange(24.0).reshape(8, 3) ** 1.1, np.linspace(0.1, 1, 8)
    np.testing.assert_allclose(topic.pool(values[order], weights[order]), topic.pool(values, weights), rtol=1e-12)


def test_pool_rejects_a_fully_masked_sequence() -> None:
    with pytest.raises(InvalidArgument) as caught:
        topic.pool(np.ones((4, 2)), np.ones(4), mask=np.zeros(4, bool))
    assert caught.value.code == "all_zero"
