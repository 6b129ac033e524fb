"""The toy landscape: against torch and mpmath, real batches drawn from real examples, and closed forms."""

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from core import batch_size_minima as topic
from core.batch_size_minima import toy as toy
from core.validate import InvalidArgument

places = st.floats(-5, 5)


# The landscape


@given(places)
@settings(max_examples=100, deadline=None)
def test_the_landscape_is_the_soft_minimum_of_two_parabolas(w: float) -> None:
    a, b = 30 * (mpmath.mpf(w) + 1) ** 2, 3 * (mpmath.mpf(w) - 1) ** 2
    soft = -0.15 * mpmath.log(mpmath.exp(-a / 0.15) + mpmath.exp(-b / 0.15))
    assert float(topic.landscape(w)) == pytest.approx(float(soft), rel=1e-12, abs=1e-12)
    assert float(topic.landscape(w)) <= min(float(a), float(b)) + 1e-12


@given(st.lists(places, min_size=1, max_size=9))
@settings(max_examples=50, deadline=None)
def test_the_slope_is_its_derivative(values: list[float]) -> None:
    w = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    parabolas = torch.stack([30 * (w + 1) ** 2, 3 * (w - 1) ** 2])
    loss = -0.15 * torch.logsumexp(-parabolas / 0.15, dim=0)
    [autograd] = torch.autograd.grad(loss.sum(), [w])
    np.testing.assert_allclose(topic.slope(values), autograd.numpy(), rtol=1e-8, atol=1e-8)


def test_equal_depth_unequal_curvature_and_the_barrier_between() -> None:
    h = 1e-4
    for w, curvature in ((-1.0, topic.SHARP), (1.0, topic.FLAT)):
        left, middle, right = topic.landscape(np.array([w - h, w, w + h]))
        assert middle == pytest.approx(0, abs=1e-12)
        assert (left - 2 * middle + right) / h**2 == pytest.approx(curvature, rel=1e-4)
    grid = np.linspace(-1, 1, 200_001)
    assert grid[topic.landscape(grid).argmax()] == pytest.approx(topic.BARRIER, abs=2e-5)


# The noise


@pytest.mark.parametrize("batch_size", [1, 7, 64, 511, 512])
def test_the_shift_is_that_of_batches_drawn_without_replacement(batch_size: int) -> None:
    rng = np.random.default_rng(3)
    examples = rng.standard_normal(512)
    examples = (examples - examples.mean()) / examples.std()
    means = [rng.choice(examples, batch_size, replace=False).mean() for _ in range(4000)]
    # A standard deviation of 4000 draws is off by 1.1 %.
    assert np.std(means) == pytest.approx(float(topic.shift_sd(batch_size)), rel=0.06, abs=1e-12)


def test_escapes_are_those_of_real_batches() -> None:
    """SGD with examples, indices and torch's gradient ends in the flat basin as often as the normal shifts do."""
    rng = np.random.default_rng(0)
    examples = rng.standard_normal(512)
    examples = torch.from_numpy((examples - examples.mean()) / examples.std())
    steps, runs = 300, 400
    for batch_size, learning_rate in ((8, 0.005), (20, 0.01), (32, 0.012)):
        w = torch.full((runs,), -1.0, dtype=torch.float64)
        for _ in range(steps):
            order = torch.from_numpy(rng.random((runs, 512)).argpartition(batch_size, axis=1)[:, :batch_size].copy())
            w.requires_grad_(True)
            at = w - examples[order].mean(dim=1)
            parabolas = torch.stack([30 * (at + 1) ** 2, 3 * (at - 1) ** 2])
            loss = -0.15 * torch.logsumexp(-parabolas / 0.15, dim=0)
            [slope] = torch.autograd.grad(loss.sum(), [w])
            w = (w - learning_rate * slope).detach()
        ends = int((w > topic.BARRIER).sum())
        found = topic.escape([batch_size], learning_rate=learning_rate, steps=steps, n_runs=2000)
        assert 0.1 < found.flat[0] < 0.9, "a case that tells something"
        low, high = topic.wilson(ends, runs, level=0.999)
        assert low < found.flat[0] < high


@pytest.mark.parametrize("noise", topic.NOISES)
@pytest.mark.parametrize(("start", "curvature"), [("sharp", topic.SHARP), ("flat", topic.FLAT)])
def test_runs_swing_around_a_floor_as_the_closed_form_says(noise: str, start: str, curvature: float) -> None:
    found = topic.escape([200], learning_rate=0.01, steps=500, noise=noise, start=start, n_runs=4000)
    ends = found.path[0, -1]
    predicted = topic.swing(curvature, learning_rate=0.01, batch_size=200, noise=noise)
    assert ends.std() == pytest.approx(predicted, rel=0.06)
    assert abs(ends.mean() - (-1 if start == "sharp" else 1)) < 5 * predicted / math.sqrt(4000)


def test_noises_are_equally_large_on_the_sharp_floor_and_differ_on_the_flat_one() -> None:
    options = {"learning_rate": 0.01, "batch_size": 8}
    sharp = {noise: topic.swing(topic.SHARP, noise=noise, **options) for noise in topic.NOISES}
    flat = {noise: topic.swing(topic.FLAT, noise=noise, **options) for noise in topic.NOISES}
    assert len(set(sharp.values())) == 1
    assert flat["batch"] == flat["proportional"] < flat["label"] < flat["additive"]
    assert flat["additive"] == pytest.approx(10 * flat["batch"])


@given(rate=st.floats(1e-4, 1), size=st.integers(1, 512), curvature=st.sampled_from([topic.SHARP, topic.FLAT]))
def test_a_swing_ends_at_two_over_the_curvature(rate: float, size: int, curvature: float) -> None:
    found = topic.swing(curvature, learning_rate=rate, batch_size=size)
    assert math.isnan(found) == (abs(1 - rate * curvature) >= 1)


# The runs


def test_the_headline() -> None:
    """P(flat) falls with B, significantly; theory of nothing else: the draws are shared, the size alone differs."""
    found = topic.escape([8, 16, 24, 32, 64, 512])
    assert all(a >= b for a, b in pairwise(found.flat))
    assert found.flat[0] > 0.98 and found.flat[-1] == 0
    assert found.low[2] > found.high[3] and found.low[3] > found.high[4]


@pytest.mark.parametrize("seed", range(3))
def test_every_batch_size_has_the_same_runs_alone(seed: int) -> None:
    for hold in (False, True):
        together = topic.escape([8, 32, 64], steps=200, hold=hold, seed=seed)
        for row, size in enumerate((8, 32, 64)):
            alone = topic.escape([size], steps=200, hold=hold, seed=seed)
            np.testing.assert_array_equal(together.path[row], alone.path[0])


def test_the_path_is_that_of_the_update_rule() -> None:
    found = topic.escape([16], steps=topic.STAGES, seed=4)
    rng = np.random.default_rng(4)
    w = -1 + rng.uniform(-0.01, 0.01, topic.N_RUNS)
    sd = math.sqrt((512 - 16) / (511 * 16))
    for t in range(topic.STAGES + 1):
        assert found.stages[0, t] == t
        np.testing.assert_allclose(found.path[0, t], w, rtol=1e-12)
        w = w - 0.01 * topic.slope(w - sd * rng.standard_normal(topic.N_RUNS))


def test_without_noise_a_uniform_start_ends_where_it_starts() -> None:
    found = topic.escape([512], start="uniform", n_runs=2000)
    starts = found.path[0, 0]
    assert found.flat[0] == np.mean(starts > topic.BARRIER)
    width = (1.5 - topic.BARRIER) / 3
    assert found.low[0] < width < found.high[0]
    np.testing.assert_allclose(found.path[0, -1], np.where(starts > topic.BARRIER, 1, -1), atol=1e-9)


def test_batch_noise_never_comes_back_and_additive_noise_does() -> None:
    there = {noise: topic.escape([8], noise=noise, start="flat").flat[0] for noise in topic.NOISES}
    assert there["batch"] == there["proportional"] == 1
    assert 0.7 < there["additive"] < 0.95
    back = topic.escape([8], noise="additive", start="sharp")
    assert 0.7 < back.flat[0] < 0.95, "both ways cross: the start is forgotten"


def test_the_edge_of_stability_needs_no_noise() -> None:
    below, above = (topic.escape([512], learning_rate=rate) for rate in (0.033, 0.034))
    assert below.flat[0] == 0 and above.flat[0] == 1


def test_holding_lr_over_b_holds_lr_times_updates() -> None:
    found = topic.escape([8, 32, 128], steps=400, hold=True)
    np.testing.assert_allclose(found.learning_rates / found.batch_sizes, 0.01 / 32)
    np.testing.assert_array_equal(found.steps, [1600, 400, 100])
    np.testing.assert_array_equal(found.stages[:, -1], found.steps)


def test_the_same_lr_over_b_is_not_the_same_outcome() -> None:
    found = topic.escape([16, 32, 64], hold=True)
    assert found.low[1] > found.high[0] and found.low[2] > found.high[1]


def test_a_learning_rate_beyond_both_limits_diverges_and_is_counted() -> None:
    found = topic.escape([8, 512], learning_rate=0.5, steps=100)
    assert found.diverged.tolist() == [1, 1] and np.isnan(found.path[:, -1]).all()
    assert (found.in_sharp[:, 0] == topic.N_RUNS).all() and not (found.in_sharp + found.in_flat)[:, -1].any()
    assert np.isnan(found.flat).all() and np.isnan(found.low).all() and np.isnan(found.high).all()


@given(st.integers(1, 500), st.data())
def test_wilson_is_scipys(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = topic.wilson(successes, trials)
    interval = binomtest(successes, trials).proportion_ci(method="wilson")
    assert (float(low), float(high)) == pytest.approx((interval.low, interval.high), abs=1e-9)


# What one batch sees


@pytest.mark.parametrize("noise", topic.NOISES)
@pytest.mark.parametrize("start", topic.STARTS)
def test_shaking_follows_the_first_run_down_what_it_sees(noise: str, start: str) -> None:
    shown = topic.shaking(16, noise=noise, start=start, updates=topic.STAGES, seed=2)
    run = topic.escape([16], noise=noise, start=start, steps=topic.STAGES, seed=2).path[0, :, 0]
    np.testing.assert_allclose(shown.path, run, rtol=1e-12)
    rng = np.random.default_rng(2)
    rng.uniform(size=topic.N_RUNS)
    draws = rng.standard_normal((topic.STAGES, topic.N_RUNS))[:, 0]
    for t in range(topic.STAGES):
        seen = np.interp(shown.path[t : t + 2], shown.w, shown.seen[t])
        np.testing.assert_allclose(seen, shown.height[t], atol=0.05)

        shift = np.array([toy.shift_sd(16) * draws[t]])
        left, right = toy._seen_loss(shown.path[t] + np.array([-1e-5, 1e-5]), shift, noise, shown.path[t])
        assert (shown.path[t] - shown.path[t + 1]) / 0.01 == pytest.approx((right - left) / 2e-5, abs=1e-3)


def test_only_a_batch_has_a_mean_that_is_smoothed() -> None:
    for noise in topic.NOISES:
        shown = topic.shaking(16, noise=noise)
        assert np.array_equal(shown.mean, shown.full) == (noise != "batch")
    rng = np.random.default_rng(5)
    smoothed = topic.shaking(16)
    drawn = topic.landscape(smoothed.w - float(topic.shift_sd(16)) * rng.standard_normal((20_000, 1)))
    error = drawn.std(axis=0) / math.sqrt(20_000)
    assert (np.abs(drawn.mean(axis=0) - smoothed.mean) < 5 * error + 1e-3).all()


def test_all_of_the_data_sees_the_landscape_itself() -> None:
    shown = topic.shaking(512)
    np.testing.assert_allclose(shown.seen, np.tile(shown.full, (40, 1)))
    np.testing.assert_allclose(shown.mean, shown.full)


# Findings, refusals


def codes(sizes: list[int], batch_size: int, **options: object) -> dict[str, dict[str, float | int]]:
    asked = {"noise": "batch", "start": "sharp", "hold": False} | options
    found = topic.escape(sizes, **asked)  # type: ignore[arg-type]
    asked.pop("learning_rate", None)
    return {f.code: f.figures for f in topic.toy_findings(found, batch_size=batch_size, **asked)}  # type: ignore[arg-type]


def test_findings_say_what_stands() -> None:
    said = codes([8, 512], 8)
    assert set(said) == {"sharp", "swing"} and said["sharp"]["flat"] > 0.98
    assert said["swing"]["sharp"] > 3 * said["swing"]["flat"]
    assert set(codes([8, 512], 512, start="uniform")) == {"uniform", "no_noise"}
    assert set(codes([8], 8, learning_rate=0.04)) == {"sharp", "edge"}
    assert set(codes([8], 8, learning_rate=0.5)) == {"diverged", "edge"}
    held = codes([8, 32, 128, 512], 32, hold=True)
    assert held["hold_differs"]["least"] < 0.3 and held["hold_differs"]["most"] == 1
    assert held["hold_edge"] == {"b": 128}
    assert "hold_same" in codes([16, 32], 32, hold=True, learning_rate=0.002)
    assert set(codes([512], 512, hold=True, learning_rate=0.5)) == {"diverged", "edge", "hold_edge"}


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("out_of_range", {"batch_sizes": [513]}),
        ("out_of_range", {"batch_sizes": [0]}),
        ("not_an_integer", {"batch_sizes": [8.5]}),
        ("too_few", {"batch_sizes": []}),
        ("not_a_number", {"batch_sizes": ["many"]}),
        ("not_positive", {"learning_rate": 0.0}),
        ("not_finite", {"learning_rate": math.nan}),
        ("out_of_range", {"steps": 0}),
        ("out_of_range", {"n_runs": 0}),
        ("out_of_range", {"seed": -1}),
        ("unknown_choice", {"noise": "loud"}),
        ("unknown_choice", {"start": "anywhere"}),
    ],
)
def test_refusals(code: str, options: dict[str, object]) -> None:
    sizes = options.pop("batch_sizes", [8])
    with pytest.raises(InvalidArgument) as refused:
        topic.escape(sizes, **options)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_shaking_and_rows_refuse() -> None:
    for options in ({"updates": 0}, {"noise": "loud"}, {"learning_rate": -1.0}, {"start": "up"}):
        with pytest.raises(InvalidArgument):
            topic.shaking(8, **options)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument) as refused:
        topic.at_size(topic.escape([8], steps=1), 9)
    assert refused.value.code == "unknown_choice"
