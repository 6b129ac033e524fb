"""The landscapes of minibatches against the runs of `escape`."""

import math

import numpy as np
import pytest

from core import batch_size_minima as topic
from core.batch_size_minima import minibatch_noise
from core.validate import InvalidArgument


@pytest.mark.parametrize("noise", topic.NOISES)
@pytest.mark.parametrize("start", topic.STARTS)
def test_path_matches_the_first_run_of_escape_and_descends_the_seen_landscape(noise: str, start: str) -> None:
    result = topic.minibatch_landscapes(16, noise=noise, start=start, updates=topic.STAGES, seed=2)
    run = topic.escape([16], noise=noise, start=start, steps=topic.STAGES, seed=2).path[0, :, 0]
    np.testing.assert_allclose(result.path, run, rtol=1e-6)
    rng = np.random.default_rng(2)
    rng.uniform(size=topic.N_RUNS)
    draws = rng.standard_normal((topic.STAGES, topic.N_RUNS))[:, 0]
    for t in range(topic.STAGES):
        seen = np.interp(result.path[t : t + 2], result.w, result.seen[t])
        np.testing.assert_allclose(seen, result.height[t], atol=0.05)

        shift = np.array([minibatch_noise.shift_sd(16) * draws[t]])
        left, right = minibatch_noise.minibatch_loss(
            result.path[t] + np.array([-1e-5, 1e-5]), shift, noise, result.path[t]
        )
        assert (result.path[t] - result.path[t + 1]) / 0.01 == pytest.approx((right - left) / 2e-5, abs=1e-3)


def test_mean_landscape_is_smoothed_for_batch_noise_only() -> None:
    for noise in topic.NOISES:
        result = topic.minibatch_landscapes(16, noise=noise)
        assert np.array_equal(result.mean, result.full) == (noise != "batch")
    rng = np.random.default_rng(5)
    smoothed = topic.minibatch_landscapes(16)
    drawn = topic.landscape(smoothed.w - float(topic.shift_sd(16)) * rng.standard_normal((20_000, 1)))
    error = drawn.std(axis=0) / math.sqrt(20_000)
    assert (np.abs(drawn.mean(axis=0) - smoothed.mean) < 5 * error + 1e-3).all()


def test_full_batch_sees_the_full_landscape() -> None:
    result = topic.minibatch_landscapes(512)
    np.testing.assert_allclose(result.seen, np.tile(result.full, (40, 1)))
    np.testing.assert_allclose(result.mean, result.full)


def test_minibatch_landscapes_and_row_of_batch_size_reject_invalid_arguments() -> None:
    for options in ({"updates": 0}, {"noise": "loud"}, {"learning_rate": -1.0}, {"start": "up"}):
        with pytest.raises(InvalidArgument):
            topic.minibatch_landscapes(8, **options)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument) as refused:
        topic.row_of_batch_size(topic.escape([8], steps=1), 9)
    assert refused.value.code == "unknown_choice"
