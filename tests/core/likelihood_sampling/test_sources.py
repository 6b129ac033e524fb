"""Means, standard deviations and samples of the populations, and how wrong models differ from them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from core.likelihood_sampling import (
    SOURCES,
    check_values,
    draw,
    make_source,
    methods,
    misfit,
    model_of,
    parse_values,
    population,
    standard_deviation,
    true_mean,
    tumour_values,
)
from core.validate import InvalidArgument

DISTRIBUTIONS = {
    "normal": stats.norm(),
    "exponential": stats.expon(),
    "lognormal": stats.lognorm(s=1.5),
    "bernoulli": stats.bernoulli(0.3),
}


def source_of(name: str):
    return make_source(name, sigma=1.5, p=0.3, values=[1.0, 4.0, 4.0, 11.0])


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_mean_and_standard_deviation_are_those_of_scipy(name: str) -> None:
    assert true_mean(source_of(name)) == pytest.approx(float(DISTRIBUTIONS[name].mean()))
    assert standard_deviation(source_of(name)) == pytest.approx(float(DISTRIBUTIONS[name].std()))


def test_cauchy_source_has_its_centre_in_place_of_a_mean() -> None:
    assert true_mean(make_source("cauchy")) == float(stats.cauchy.median())
    assert standard_deviation(make_source("cauchy")) == math.inf


@pytest.mark.parametrize("name", [name for name in DISTRIBUTIONS if name != "bernoulli"] + ["cauchy"])
def test_samples_follow_the_distribution(name: str) -> None:
    cdf = stats.cauchy.cdf if name == "cauchy" else DISTRIBUTIONS[name].cdf
    assert stats.kstest(draw(source_of(name), 50, 40).ravel(), cdf).pvalue > 0.001


def test_bernoulli_samples_are_0_or_1_with_the_probability() -> None:
    samples = draw(source_of("bernoulli"), 100, 100)
    assert set(np.unique(samples)) == {0.0, 1.0}
    assert stats.binomtest(int(samples.sum()), samples.size, 0.3).pvalue > 0.001


@pytest.mark.parametrize("name", ["tumours", "own"])
def test_samples_of_a_population_are_its_values_equally_often(name: str) -> None:
    source = source_of(name)
    values = population(source)
    samples = draw(source, 100, 200)
    assert set(np.unique(samples)) <= set(values)
    assert samples.mean() == pytest.approx(values.mean(), abs=4 * values.std() / math.sqrt(samples.size))
    assert true_mean(source) == pytest.approx(values.mean())
    assert standard_deviation(source) == pytest.approx(values.std())


@pytest.mark.parametrize("name", [*SOURCES, "own"])
def test_the_first_samples_do_not_depend_on_how_many_follow(name: str) -> None:
    few, many = (draw(source_of(name), 7, count, seed=3) for count in (2, 50))
    np.testing.assert_array_equal(few, many[:2])


def test_tumours_have_the_original_unit() -> None:
    values = tumour_values()
    assert (values > 0).all()
    # The area error of the first tumour of the file.
    assert values[0] == pytest.approx(153.4)


@pytest.mark.parametrize("name", SOURCES)
def test_every_method_has_a_model_that_gives_all_values_a_density(name: str) -> None:
    source = source_of(name)
    samples = draw(source, 50, 20)
    for method in methods(source):
        model = model_of(source, method)
        if model in ("exponential", "lognormal"):
            assert (samples > 0).all()
        if model == "bernoulli":
            assert np.isin(samples, (0, 1)).all()


def test_own_values_that_are_not_positive_have_no_model() -> None:
    source = make_source("own", values=[0.0, 1.0])
    assert methods(source) == ("clt",)
    assert model_of(source, "clt") == ""
    with pytest.raises(InvalidArgument):
        model_of(source, "lognormal")


def divergence(true, model) -> float:
    """Return KL(true ‖ model) by quadrature over the quantiles of ``true``."""
    return integrate.quad(
        lambda u: float(true.logpdf(true.ppf(u)) - model.logpdf(true.ppf(u))), 0, 1, epsabs=1e-7, limit=500
    )[0]


@settings(max_examples=10, derandomize=True, deadline=None)
@given(shift=st.floats(-0.2, 0.2), stretch=st.floats(0.8, 1.2))
def test_no_lognormal_is_nearer_to_the_exponential_than_the_stated_divergence(shift: float, stretch: float) -> None:
    found = misfit(make_source("exponential"), "lognormal")
    best = stats.lognorm(s=math.pi / math.sqrt(6), scale=math.exp(-np.euler_gamma))
    assert found.divergence == pytest.approx(divergence(stats.expon(), best), abs=1e-4)
    assert found.limit == pytest.approx(float(best.mean()))
    other = stats.lognorm(s=stretch * math.pi / math.sqrt(6), scale=math.exp(shift - np.euler_gamma))
    assert divergence(stats.expon(), other) >= found.divergence - 1e-6


@settings(max_examples=10, derandomize=True, deadline=None)
@given(sigma=st.floats(0.25, 2.5))
def test_divergence_of_the_exponential_model_from_a_lognormal_source(sigma: float) -> None:
    source = make_source("lognormal", sigma=sigma)
    found = misfit(source, "exponential")
    model = stats.expon(scale=true_mean(source))
    assert found.divergence == pytest.approx(divergence(stats.lognorm(s=sigma), model), rel=1e-3)
    assert found.limit == pytest.approx(true_mean(source))
    # The model's standard deviation is its mean.
    assert found.width_ratio == pytest.approx(float(stats.lognorm(s=sigma).std()) / true_mean(source))


def test_scatter_of_the_lognormal_estimates_of_exponential_samples() -> None:
    found = misfit(make_source("exponential"), "lognormal")
    logs = np.log(draw(make_source("exponential"), 1000, 2000))
    variance = logs.var(axis=1)
    scatter = (logs.mean(axis=1) + variance / 2).std()
    assumed = np.sqrt((variance + variance**2 / 2) / 1000).mean()
    assert scatter / assumed == pytest.approx(found.width_ratio, rel=0.06)


@pytest.mark.parametrize(("name", "method"), [("normal", "right"), ("exponential", "right"), ("tumours", "lognormal")])
def test_right_and_unknown_models_have_no_misfit(name: str, method: str) -> None:
    assert misfit(make_source(name), method) is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([], "too_few"),
        ([1.0], "too_few"),
        ([2.0, 2.0, 2.0], "constant"),
        ([1.0, math.nan], "not_finite"),
        ([1.0, math.inf], "not_finite"),
        ([1.0, 1e10], "out_of_range"),
        ([0.0] * 1001, "too_many"),
    ],
)
def test_bad_values_are_refused(values: list[float], code: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        check_values(values)
    assert refused.value.code == code


def test_text_that_is_not_numbers_is_refused() -> None:
    with pytest.raises(InvalidArgument) as refused:
        parse_values("1, x")
    assert refused.value.code == "unreadable_number"
    assert parse_values("[1., 2.5]") == (1.0, 2.5)


@pytest.mark.parametrize(
    "wrong", [{"name": "other"}, {"name": "lognormal", "sigma": 3.0}, {"name": "bernoulli", "p": 1.5}]
)
def test_unknown_sources_and_parameters_out_of_range_are_refused(wrong: dict) -> None:
    with pytest.raises(InvalidArgument):
        make_source(**wrong)
