"""Samples, their intervals and their coverage."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.intervals import wilson
from core.likelihood_sampling import (
    SOURCES,
    Intervals,
    clt_intervals,
    cover,
    draw,
    first_sample,
    histogram,
    intervals_of,
    make_source,
    methods,
    run,
    scatter_of_estimates,
    shown_intervals,
)
from core.validate import InvalidArgument

STATES = {
    "name": st.sampled_from([*SOURCES, "own"]),
    "n": st.sampled_from([2, 3, 5, 10, 30, 100, 1000]),
    "pick": st.integers(0, 2),
    "level": st.sampled_from([0.8, 0.9, 0.95, 0.99]),
    "seed": st.integers(0, 99_999),
    "sigma": st.sampled_from([0.25, 1.0, 2.5]),
    "p": st.sampled_from([0.001, 0.1, 0.5]),
}


def experiment(name: str, n: int, pick: int, level: float, seed: int, sigma: float, p: float):
    source = make_source(name, sigma=sigma, p=p, values=[[1.0, 1.0, 7.0], [-2.0, 0.0, 5.5, 5.5]][seed % 2])
    offered = methods(source)
    return run(source, n, offered[pick % len(offered)], level=level, seed=seed)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(**STATES)
def test_counts_of_random_experiments_are_those_of_their_intervals(**state) -> None:
    result = experiment(**state)
    low, high, truth = result.intervals.low, result.intervals.high, result.truth
    inside = [a <= truth <= b for a, b in zip(low, high, strict=True)]
    coverage = result.coverage
    assert coverage.contained == sum(inside) == coverage.samples - coverage.below - coverage.above
    assert coverage.below == sum(b < truth for b in high)
    assert (coverage.low, coverage.high) == wilson(coverage.contained, coverage.samples)
    assert not np.isnan(low).any() and not np.isnan(high).any()
    assert (low <= result.intervals.estimate + 1e-9 * np.abs(result.intervals.estimate)).all()


@settings(max_examples=60, derandomize=True, deadline=None)
@given(**STATES)
def test_pictures_of_random_experiments_contain_what_they_are_about(**state) -> None:
    result = experiment(**state)
    one, shown = first_sample(result), shown_intervals(result)
    assert (np.diff(one.means) > 0).all() and one.means[0] < result.truth < one.means[-1]
    assert one.means[0] < one.by_clt[1] and one.by_clt[2] < one.means[-1]
    assert one.beyond == (one.by_likelihood[2] > one.means[-1])
    if one.model and one.by_likelihood[1] < one.by_likelihood[2]:
        assert np.nanmax(one.likelihood) <= 1e-9
    low, high = shown.domain
    assert low < result.truth < high and math.isfinite(high)
    assert (np.diff(shown.estimate) >= 0).all()
    assert shown.outside == sum(a < low or b > high for a, b in zip(shown.low, shown.high, strict=True))
    assert shown.estimate[shown.first - 1] == result.intervals.estimate[0]
    for state_, a, b in zip(shown.state, shown.low, shown.high, strict=True):
        assert state_ == ("below" if b < result.truth else "above" if a > result.truth else "contains")


@settings(max_examples=40, derandomize=True, deadline=None)
@given(**STATES)
def test_scatter_of_random_experiments_is_finite(**state) -> None:
    found = scatter_of_estimates(experiment(**state))
    assert np.isfinite(found.density).all() and np.isfinite(found.x).all() and (np.diff(found.x) >= 0).all()
    assert found.scatter >= 0


@pytest.mark.parametrize("n", [2, 5, 30, 300])
def test_t_interval_of_the_normal_source_has_its_level(n: int) -> None:
    shares = [run(make_source("normal"), n, seed=seed).coverage for seed in range(5)]
    contained, samples = sum(c.contained for c in shares), sum(c.samples for c in shares)
    assert stats.binomtest(contained, samples, 0.95).pvalue > 0.001


def test_skewed_source_misses_on_one_side_and_its_likelihood_does_not() -> None:
    source = make_source("lognormal")
    clt, likelihood = run(source, 30).coverage, run(source, 30, "right").coverage
    # The design measured 65.4 and 94.3 over 20,000 samples.
    assert clt.share == pytest.approx(0.654, abs=0.04)
    assert clt.above <= 2
    assert likelihood.share == pytest.approx(0.943, abs=0.02)


def test_wrong_model_gets_worse_with_data() -> None:
    source = make_source("exponential")
    shares = [run(source, n, "lognormal").coverage.share for n in (10, 100, 1000)]
    assert shares == pytest.approx([0.964, 0.721, 0.0], abs=0.03)


def test_mean_of_cauchy_values_covers_best_and_is_no_better_than_one_value() -> None:
    source = make_source("cauchy")
    assert run(source, 1000).coverage.share > 0.96
    few, many = (clt_intervals(draw(source, n, 400)) for n in (10, 1000))
    halves = [np.median(found.high - found.low) / 2 for found in (few, many)]
    assert halves[1] > 0.7 * halves[0]
    centre = run(source, 1000, "right").intervals
    assert np.median(centre.high - centre.low) / 2 < 0.1


@pytest.mark.parametrize("n", [10, 100])
def test_scatter_of_the_mean_is_sigma_over_root_n(n: int) -> None:
    assert run(make_source("normal"), n).scatter == pytest.approx(1 / math.sqrt(n), rel=0.08)


def test_histogram_has_area_1_with_all_values_inside() -> None:
    values = np.random.default_rng(0).normal(size=500)
    x, y = histogram(values, values.min(), values.max())
    assert np.trapezoid(y, x) == pytest.approx(1.0)
    x, y = histogram(values, -1.0, 1.0)
    assert np.trapezoid(y, x) == pytest.approx((np.abs(values) <= 1).mean())


def test_cover_counts_both_sides() -> None:
    ends = np.array([0.0, -3.0, 2.0]), np.array([1.0, -2.0, 3.0])
    found = cover(Intervals(ends[0], *ends, ends[0]), 0.5)
    assert (found.contained, found.below, found.above) == (1, 1, 1)


@pytest.mark.parametrize("wrong", [{"n": 1}, {"n": 1001}, {"n": 2.5}, {"method": "lognormal"}, {"level": 0.5}])
def test_bad_arguments_are_refused(wrong: dict) -> None:
    with pytest.raises(InvalidArgument):
        run(**{"source": make_source("normal"), "n": 30, **wrong})
    with pytest.raises(InvalidArgument):
        intervals_of(np.zeros((1, 2)), make_source("cauchy"), "exponential")
