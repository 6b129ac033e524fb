"""Averages of iterates against plain means over single runs, and against the theory of Polyak and Juditsky."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.gd_sgd_minibatch import (
    AVERAGES,
    OPTIMISERS,
    SCHEDULES,
    AveragedLosses,
    averaged_losses,
    averages_findings,
    descend,
    load_problem,
    sample_gradients,
    updates_per_epoch,
)
from core.validate import InvalidArgument
from tests.core.gd_sgd_minibatch.helpers import DIABETES, mean_loss


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    name=st.sampled_from(["diabetes", "valley", "cancer"]),
    batch_size=st.sampled_from([1, 8, 100, "all"]),
    replacement=st.booleans(),
    share=st.sampled_from([0.02, 0.1, 0.5]),
    optimiser=st.sampled_from(OPTIMISERS),
    schedule=st.sampled_from(SCHEDULES),
    unit=st.sampled_from(["updates", "epochs"]),
    seed=st.integers(0, 1000),
)
def test_averages_and_findings_are_those_of_single_runs(
    name, batch_size, replacement, share, optimiser, schedule, unit, seed
) -> None:
    problem = load_problem(name)
    batch_size = problem.n if batch_size == "all" else batch_size
    length = 37 if unit == "updates" else 1
    updates = length if unit == "updates" else updates_per_epoch(problem.n, batch_size)
    options = {"batch_size": batch_size, "learning_rate": problem.learning_rate(share), "replacement": replacement}
    options |= {"start": "corner", "optimiser": optimiser, "schedule": schedule}
    losses = averaged_losses(problem, length=length, unit=unit, n_runs=4, points=9, seed=seed, **options)
    assert losses.updates[[0, -1]].tolist() == [1, updates]
    paths = [descend(problem, updates=updates, seed=seed + k, **options).path for k in range(4)]
    for row, t in enumerate(losses.updates):
        later = math.ceil(t / 2)
        for column, path in enumerate(paths):
            points = {
                "last": path[t],
                "mean": path[1 : t + 1].mean(axis=0),
                "tail": path[t - later + 1 : t + 1].mean(0),
            }
            for kind, w in points.items():
                expected = mean_loss(problem, w) - problem.minimum
                assert losses.runs[kind][row, column] == pytest.approx(expected, rel=1e-7, abs=1e-12)
    found = averages_findings(losses)
    if updates == 1:
        assert [finding.code for finding in found] == ["averages_one"]
        return
    compared = {finding.run: finding for finding in found}
    for kind in ("mean", "tail"):
        average, last = losses.runs[kind][-1], losses.runs["last"][-1]
        difference = average - last
        if np.ptp(difference) == 0:
            ends = (difference[0], difference[0])
        else:
            ends = stats.ttest_rel(average, last).confidence_interval(0.95)
        figures = compared[kind].figures
        assert (figures["low"], figures["high"]) == pytest.approx(tuple(ends), rel=1e-6, abs=1e-15)
        better, worse = ends[1] < -1e-24, ends[0] > 1e-24
        expected = "average_better" if better else "average_worse" if worse else "average_same"
        assert compared[kind].code == expected
        assert (figures["update"], figures["runs"]) == (updates, 4)
        assert (figures["average"], figures["last"]) == pytest.approx((average.mean(), last.mean()))


def test_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(0).gamma(1.0, size=(3, 12))
    mean, low, high = AveragedLosses(np.arange(3), {"last": values}).interval("last")
    expected = stats.ttest_1samp(values, 0.0, axis=1).confidence_interval(0.95)
    np.testing.assert_allclose((mean, low, high), (values.mean(axis=1), expected.low, expected.high))


@pytest.mark.parametrize("batch_size", [1, 32])
def test_mean_of_independent_draws_has_the_excess_loss_of_theory(batch_size: int) -> None:
    """The mean of t iterates has covariance H⁻¹ΣH⁻¹/(Bt) around the optimum, so its excess loss is tr(ΣH⁻¹)/(2Bt)."""
    t = 4000
    losses = averaged_losses(
        DIABETES,
        start="optimum",
        batch_size=batch_size,
        learning_rate=0.05 * DIABETES.limit,
        length=t,
        replacement=True,
        n_runs=400,
    )
    noise = np.cov(sample_gradients(DIABETES, DIABETES.optimum).T, bias=True)
    theory = np.trace(noise @ np.linalg.inv(DIABETES.hessian)) / (2 * batch_size * t)
    mean = losses.interval("mean")[0][-1]
    assert mean == pytest.approx(theory, rel=0.15)
    # Half as many iterates have twice the variance.
    assert losses.interval("tail")[0][-1] == pytest.approx(2 * theory, rel=0.15)
    assert losses.interval("last")[0][-1] > 20 * mean


def test_runs_of_a_batch_of_all_samples_are_equal() -> None:
    losses = averaged_losses(DIABETES, start="corner", batch_size=442, learning_rate=0.1, length=50)
    for name in AVERAGES:
        assert losses.runs[name].shape == (losses.updates.size, 40)
        assert np.ptp(losses.runs[name], axis=1).max() == 0
    # Without noise, an average only adds points that are further away.
    assert {finding.code for finding in averages_findings(losses)} == {"average_worse"}


@pytest.mark.parametrize(("length", "overflows"), [(2000, True), (85, False)])
def test_runs_that_overflow_are_not_compared(length: int, overflows: bool) -> None:
    """Nor are those whose losses are finite, but whose squares are not."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        losses = averaged_losses(DIABETES, start="corner", batch_size=1, learning_rate=50.0, length=length, n_runs=3)
        assert np.isinf(losses.runs["last"][-1]).all() == overflows and not np.isnan(losses.runs["tail"]).any()
        assert losses.runs["last"][-1].min() > 1e160
        losses.interval("mean")
        assert [finding.code for finding in averages_findings(losses)] == ["averages_overflow"]


def test_the_text_of_the_scene_on_averages_is_true() -> None:
    """At a constant rate both averages end below the floor; the later half has forgotten the start, the whole not."""
    options = {"batch_size": 32, "learning_rate": 0.1 * DIABETES.limit, "length": 1000}
    losses = averaged_losses(DIABETES, start="corner", **options)
    last, mean, tail = (losses.interval(name)[0][-1] for name in AVERAGES)
    near = averaged_losses(DIABETES, start="optimum", **options)
    assert tail < 0.01 * mean < 0.01 * 0.5 * last
    assert mean > 10 * near.interval("mean")[0][-1], "the start"
    assert tail == pytest.approx(near.interval("tail")[0][-1], rel=0.1)
    assert [finding.code for finding in averages_findings(losses)] == ["average_better"] * 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"length": 0}, "out_of_range"),
        ({"unit": "days"}, "unknown_choice"),
        ({"batch_size": 443}, "out_of_range"),
        ({"learning_rate": 0.0}, "not_positive"),
        ({"n_runs": 1}, "out_of_range"),
        ({"points": 1}, "out_of_range"),
        ({"start": "here"}, "unknown_choice"),
    ],
)
def test_invalid_options_are_refused(change: dict, code: str) -> None:
    good = {"start": "corner", "batch_size": 4, "learning_rate": 0.1, "length": 5}
    with pytest.raises(InvalidArgument) as refused:
        averaged_losses(DIABETES, **{**good, **change})
    assert refused.value.code == code
