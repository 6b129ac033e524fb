"""Intervals against SciPy's distributions and numerical optima, and their invariances."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from core.likelihood_sampling import (
    MODELS,
    clt_intervals,
    likelihood_intervals,
    relative_log_likelihood,
    threshold,
)

examples = settings(max_examples=60, derandomize=True, deadline=None)
seeds = st.integers(0, 10_000)
sizes = st.integers(2, 60)
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def one_sample(model: str, n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return {
        "normal": lambda: rng.normal(3, 2, n),
        "exponential": lambda: rng.exponential(2.0, n),
        "lognormal": lambda: rng.lognormal(0.5, 1.2, n),
        "bernoulli": lambda: (rng.random(n) < 0.3).astype(float),
        "cauchy": lambda: rng.standard_cauchy(n),
    }[model]()


def profile(sample: np.ndarray, model: str, mean: float) -> float:
    """Return the log-likelihood at a mean, at its best second parameter, by SciPy's densities."""
    if model == "exponential":
        return float(stats.expon.logpdf(sample, scale=mean).sum())
    if model == "bernoulli":
        return float(stats.bernoulli.logpmf(sample, mean).sum())
    if model == "cauchy":
        return float(stats.cauchy.logpdf(sample, mean).sum())

    def negative(log_sigma: float) -> float:
        sigma = math.exp(log_sigma)
        if model == "normal":
            return -float(stats.norm.logpdf(sample, mean, sigma).sum())
        return -float(stats.lognorm.logpdf(sample, s=sigma, scale=mean / math.exp(sigma**2 / 2)).sum())

    return -float(optimize.minimize_scalar(negative, bounds=(-12, 6), method="bounded", options={"xatol": 1e-10}).fun)


@examples
@given(n=sizes, seed=seeds, level=levels)
def test_clt_intervals_are_those_of_scipys_t_test(n: int, seed: int, level: float) -> None:
    sample = one_sample("lognormal", n, seed)
    found = clt_intervals(sample[None], level)
    expected = stats.ttest_1samp(sample, 0.0).confidence_interval(level)
    assert (found.low[0], found.high[0]) == pytest.approx((expected.low, expected.high))
    assert found.width[0] == pytest.approx(stats.sem(sample))


@examples
@given(model=st.sampled_from(MODELS), n=sizes, seed=seeds, level=levels)
def test_interval_ends_where_the_log_likelihood_crosses_the_cut(model: str, n: int, seed: int, level: float) -> None:
    sample = one_sample(model, n, seed)
    found = likelihood_intervals(sample[None], model, level)
    estimate, low, high = (float(values[0]) for values in (found.estimate, found.low, found.high))
    assume(high < 1e6)
    assert low <= estimate <= high
    top = profile(sample, model, estimate)
    cut = stats.chi2.ppf(level, 1) / 2
    for end in (low, high):
        if model == "bernoulli" and end in (0.0, 1.0):
            assert estimate == end
        else:
            assert top - profile(sample, model, end) == pytest.approx(cut, abs=2e-4)


@examples
@given(model=st.sampled_from(MODELS), n=sizes, seed=seeds)
def test_estimate_maximises_the_likelihood(model: str, n: int, seed: int) -> None:
    sample = one_sample(model, n, seed)
    estimate = float(likelihood_intervals(sample[None], model).estimate[0])
    top = profile(sample, model, estimate)
    if model == "cauchy":
        # The best of all maxima: one is near each value.
        candidates = [
            optimize.minimize_scalar(lambda m: -profile(sample, model, m), bracket=(x - 0.1, x + 0.1)).x
            for x in ([*sample, float(np.median(sample))] if n <= 10 else [float(np.median(sample))])
        ]
    else:
        candidates = [estimate * factor + shift for factor, shift in ((0.98, 0), (1.02, 0))]
        candidates = [c for c in candidates if model != "bernoulli" or 0 < c < 1]
    assert all(profile(sample, model, c) <= top + 1e-6 for c in candidates)


@examples
@given(model=st.sampled_from(MODELS), n=sizes, seed=seeds, share=st.floats(0.05, 0.95))
def test_relative_log_likelihood_is_the_profile_minus_its_maximum(model: str, n: int, seed: int, share: float) -> None:
    sample = one_sample(model, n, seed)
    estimate = float(likelihood_intervals(sample[None], model).estimate[0])
    mean = share if model == "bernoulli" else estimate * (0.5 + share) if estimate > 0 else estimate - share
    [found] = relative_log_likelihood(sample, model, np.array([mean]))
    assert found == pytest.approx(profile(sample, model, mean) - profile(sample, model, estimate), abs=2e-4)


@examples
@given(model=st.sampled_from(["normal", "exponential", "lognormal"]), n=sizes, seed=seeds, scale=st.floats(0.01, 100))
def test_intervals_scale_with_the_unit(model: str, n: int, seed: int, scale: float) -> None:
    sample = one_sample(model, n, seed)
    one, other = (likelihood_intervals(values[None], model) for values in (sample, scale * sample))
    for name in ("estimate", "low", "high", "width"):
        assert getattr(other, name)[0] == pytest.approx(scale * getattr(one, name)[0], rel=1e-5)


@examples
@given(n=sizes, seed=seeds, level=levels)
def test_normal_deviance_has_its_closed_form(n: int, seed: int, level: float) -> None:
    sample = one_sample("normal", n, seed)
    found = likelihood_intervals(sample[None], "normal", level)
    t = (found.high[0] - sample.mean()) / stats.sem(sample)
    assert n * math.log1p(t**2 / (n - 1)) == pytest.approx(stats.chi2.ppf(level, 1))


@examples
@given(model=st.sampled_from(MODELS), n=st.integers(20, 60), seed=seeds)
def test_width_is_the_curvature_of_the_log_likelihood(model: str, n: int, seed: int) -> None:
    sample = one_sample(model, n, seed)
    found = likelihood_intervals(sample[None], model)
    estimate, width = float(found.estimate[0]), float(found.width[0])
    assume(width > 0 and np.isfinite(width))
    step = 1e-3 * width
    around = relative_log_likelihood(sample, model, estimate + np.array([-step, 0.0, step]))
    curvature = -(around[0] - 2 * around[1] + around[2]) / step**2
    assert 1 / math.sqrt(curvature) == pytest.approx(width, rel=0.01)


def test_a_flat_maximum_has_a_large_standard_error() -> None:
    # The two maxima of the Cauchy likelihood merge at this distance: the second derivative is 0 there.
    found = likelihood_intervals(np.array([[-1.0, 1.0]]), "cauchy")
    assert np.isnan(found.width[0]) or found.width[0] > 2


def test_cauchy_intervals_are_around_the_highest_of_several_maxima() -> None:
    found = likelihood_intervals(np.array([[-20.0, 20.0, 20.5]]), "cauchy")
    assert found.low[0] > 10 and 20 < found.estimate[0] < 20.5 < found.high[0]


@pytest.mark.parametrize("model", ["normal", "lognormal"])
def test_equal_values_have_an_interval_of_width_0(model: str) -> None:
    found = likelihood_intervals(np.array([[2.0, 2.0, 2.0], [1.0, 2.0, 3.0]]), model)
    assert found.low[0] == pytest.approx(2.0) and found.high[0] == pytest.approx(2.0) and found.width[0] == 0
    assert found.low[1] < found.high[1]
    assert clt_intervals(np.full((1, 3), 2.0)).width[0] == 0


@pytest.mark.parametrize("n", [2, 30, 1000])
def test_bernoulli_samples_without_success_have_a_one_sided_interval(n: int) -> None:
    found = likelihood_intervals(np.zeros((1, n)), "bernoulli")
    assert found.low[0] == 0
    # (1 − p)ⁿ = exp(−1.92).
    assert found.high[0] == pytest.approx(-math.expm1(-threshold(0.95) / (2 * n)))
    found = likelihood_intervals(np.ones((1, n)), "bernoulli")
    assert found.high[0] == 1


@pytest.mark.parametrize(("p", "n", "wald", "likelihood"), [(0.01, 30, 0.260, 0.964), (0.1, 30, 0.809, None)])
def test_exact_coverage_of_bernoulli_intervals(p: float, n: int, wald: float, likelihood: float | None) -> None:
    counts = np.arange(n + 1)
    samples = (np.arange(n) < counts[:, None]).astype(float)
    chances = stats.binom.pmf(counts, n, p)
    by_likelihood = likelihood_intervals(samples, "bernoulli")
    half = 1.959964 * np.sqrt(counts / n * (1 - counts / n) / n)
    assert chances[np.abs(counts / n - p) <= half].sum() == pytest.approx(wald, abs=0.0006)
    if likelihood is not None:
        inside = (by_likelihood.low <= p) & (p <= by_likelihood.high)
        assert chances[inside].sum() == pytest.approx(likelihood, abs=0.0006)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_threshold_is_a_quantile_of_chi_square(level: float) -> None:
    assert threshold(level) == pytest.approx(stats.chi2.ppf(level, 1))


def test_huge_cauchy_values_and_large_samples_do_not_overflow() -> None:
    sample = np.random.default_rng(0).standard_cauchy((3, 500))
    sample[:, 0] = 1e12
    found = likelihood_intervals(sample, "cauchy")
    assert (np.abs(found.estimate) < 0.3).all()
    assert ((found.high - found.low) < 0.4).all()
