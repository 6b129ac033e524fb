"""Minibatch noise against batches of real examples and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import batch_size_minima as topic


@pytest.mark.parametrize("batch_size", [1, 7, 64, 511, 512])
def test_shift_sd_matches_batches_drawn_without_replacement(batch_size: int) -> None:
    rng = np.random.default_rng(3)
    examples = rng.standard_normal(512)
    examples = (examples - examples.mean()) / examples.std()
    means = [rng.choice(examples, batch_size, replace=False).mean() for _ in range(4000)]
    # A standard deviation of 4000 draws is off by 1.1 %.
    assert np.std(means) == pytest.approx(float(topic.shift_sd(batch_size)), rel=0.06, abs=1e-12)


@pytest.mark.parametrize("noise", topic.NOISES)
@pytest.mark.parametrize(("start", "curvature"), [("sharp", topic.SHARP), ("flat", topic.FLAT)])
def test_stationary_sd_matches_simulated_runs(noise: str, start: str, curvature: float) -> None:
    found = topic.escape([200], learning_rate=0.01, steps=500, noise=noise, start=start, n_runs=4000)
    ends = found.path[0, -1]
    predicted = topic.stationary_sd(curvature, learning_rate=0.01, batch_size=200, noise=noise)
    assert ends.std() == pytest.approx(predicted, rel=0.06)
    assert abs(ends.mean() - (-1 if start == "sharp" else 1)) < 5 * predicted / math.sqrt(4000)


def test_noises_agree_in_the_sharp_minimum_and_differ_in_the_flat_one() -> None:
    options = {"learning_rate": 0.01, "batch_size": 8}
    sharp = {noise: topic.stationary_sd(topic.SHARP, noise=noise, **options) for noise in topic.NOISES}
    flat = {noise: topic.stationary_sd(topic.FLAT, noise=noise, **options) for noise in topic.NOISES}
    assert len(set(sharp.values())) == 1
    assert flat["batch"] == flat["proportional"] < flat["label"] < flat["additive"]
    assert flat["additive"] == pytest.approx(10 * flat["batch"])


@given(rate=st.floats(1e-4, 1), size=st.integers(1, 512), curvature=st.sampled_from([topic.SHARP, topic.FLAT]))
def test_stationary_sd_is_nan_beyond_two_over_the_curvature(rate: float, size: int, curvature: float) -> None:
    found = topic.stationary_sd(curvature, learning_rate=rate, batch_size=size)
    assert math.isnan(found) == (abs(1 - rate * curvature) >= 1)
