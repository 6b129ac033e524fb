"""What is known of two normal distributions, against quadrature, optimisation and large samples."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from core.precision_recall import (
    Cells,
    Population,
    area,
    average_precision,
    average_precision_of,
    best_threshold,
    best_thresholds,
    cheapest_threshold,
    compare_pair,
    count,
    crossing_of_diagonal,
    draw,
    expected_cost,
    expected_curves,
    expected_metrics,
    expected_precision,
    make_population,
    mean_cost,
    measure,
    posterior,
    rank,
    rates,
    roc_area,
    share_of_change,
)
from core.validate import InvalidArgument

POPULATIONS = st.builds(Population, st.sampled_from([0.5, 1.0, 1.5, 2.563, 4.0]), st.sampled_from([0.6, 1.0, 1.8]))
SHARES = st.sampled_from([0.01, 0.05, 0.2, 0.5, 0.9])


@settings(max_examples=30, derandomize=True, deadline=None)
@given(population=POPULATIONS, share=SHARES, threshold=st.floats(-2, 3))
def test_rates_and_metrics_follow_from_the_densities(population: Population, share: float, threshold: float) -> None:
    positive = stats.norm(population.separation, population.sigma)
    tpr, fpr = rates(population, threshold)
    assert (float(tpr), float(fpr)) == pytest.approx((positive.sf(threshold), stats.norm.sf(threshold)))
    expected = expected_metrics(population, share, threshold)
    assert expected["precision"] == pytest.approx(share * tpr / (share * tpr + (1 - share) * fpr))
    assert expected_precision(share, tpr, fpr) == expected["precision"]
    weighted = share * positive.pdf(threshold)
    assert posterior(population, share, threshold) == pytest.approx(
        weighted / (weighted + (1 - share) * stats.norm.pdf(threshold))
    )
    assert expected_cost(population, share, threshold, 1.0) == pytest.approx(1 - expected["accuracy"])


@settings(max_examples=15, derandomize=True, deadline=None)
@given(population=POPULATIONS)
def test_area_is_the_probability_of_the_right_order(population: Population) -> None:
    positive = stats.norm(population.separation, population.sigma)
    expected, _ = integrate.quad(lambda x: stats.norm.cdf(x) * positive.pdf(x), -12, 18)
    assert area(population) == pytest.approx(expected, abs=1e-6)
    sample = draw(population, 10_000, 0.5)
    assert roc_area(rank(sample)) == pytest.approx(area(population), abs=0.015)


@settings(max_examples=15, derandomize=True, deadline=None)
@given(population=POPULATIONS, share=SHARES)
def test_average_precision_of_the_population_is_an_integral_over_the_positives(population, share) -> None:
    positive = stats.norm(population.separation, population.sigma)

    def density(x: float) -> float:
        hits = share * positive.sf(x)
        return hits / (hits + (1 - share) * stats.norm.sf(x)) * positive.pdf(x)

    low, high = population.separation - 7 * population.sigma, population.separation + 7 * population.sigma
    expected, _ = integrate.quad(density, low, high, limit=200)
    assert average_precision_of(population, share) == pytest.approx(expected, abs=2e-3)
    measured = np.mean([average_precision(rank(draw(population, 10_000, share, seed=seed))) for seed in range(3)])
    assert measured == pytest.approx(expected, abs=0.08)


@settings(max_examples=25, derandomize=True, deadline=None)
@given(separation=st.sampled_from([1.0, 1.5, 2.563, 3.5]), share=SHARES, ratio=st.sampled_from([0.05, 1.0, 20.0]))
def test_best_thresholds_are_those_of_an_optimiser_and_f1_is_best_at_half_of_it(separation, share, ratio) -> None:
    population = Population(separation)
    threshold, f1 = best_threshold(population, share, "f1")
    found = optimize.minimize_scalar(
        lambda t: -float(expected_metrics(population, share, t)["f1"]), bounds=(-6, 10), method="bounded"
    )
    assert f1 == pytest.approx(-found.fun, abs=1e-6)
    assert float(posterior(population, share, threshold)) == pytest.approx(f1 / 2, abs=1e-4)
    accuracy, _ = best_threshold(population, share, "accuracy")
    assert float(posterior(population, share, accuracy)) == pytest.approx(0.5, abs=1e-4)
    cheapest, cost = cheapest_threshold(population, share, ratio)
    assert float(posterior(population, share, cheapest)) == pytest.approx(1 / (1 + ratio), abs=1e-4)
    assert cost == pytest.approx(float(expected_cost(population, share, cheapest, ratio)))


def test_measured_rates_do_not_depend_on_the_share() -> None:
    recalls = [measure(count(draw(Population(2.563), 10_000, share), 1.28))["recall"] for share in (0.1, 0.5, 0.9)]
    assert recalls == pytest.approx([0.9] * 3, abs=0.02)


def test_the_best_f1_can_be_less_accurate_than_saying_no() -> None:
    best = best_thresholds(Population(1.5), 0.1)
    assert best.accuracy_at_best_f1 < best.always == 0.9
    assert best.f1_of_all == pytest.approx(0.2 / 1.1)


@pytest.mark.parametrize(("separation", "sigma"), [(0.5, 2.0), (1.0, 1.8), (0.5, 0.6), (0.0, 1.8)])
def test_the_curve_crosses_the_diagonal_where_both_rates_are_equal(separation: float, sigma: float) -> None:
    population = Population(separation, sigma)
    t = np.linspace(-9, 9, 200_001)
    tpr, fpr = rates(population, t)
    below = fpr[tpr < fpr - 1e-12]
    expected = below.min() if sigma > 1 else below.max()
    assert crossing_of_diagonal(population) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("population", [Population(0.0), Population(2.0), Population(1.0, 1.8)])
def test_without_a_class_the_posterior_is_certain(population: Population) -> None:
    thresholds = np.linspace(-8, 14, 50)
    assert (posterior(population, 0.0, thresholds) == 0).all()
    assert (posterior(population, 1.0, thresholds) == 1).all()
    assert np.isfinite(posterior(population, 0.5, [-1e3, 1e3])).all()


def test_known_sources_are_populations() -> None:
    assert make_population("narrow", 1.0) == Population(1.0, 0.6)
    assert crossing_of_diagonal(Population(1.0)) is None


@pytest.mark.parametrize("share", [-0.1, 2.0, math.nan])
def test_shares_are_between_0_and_1(share: float) -> None:
    population = Population(2.0)
    for call in (
        lambda: expected_precision(share, 0.9, 0.1),
        lambda: expected_metrics(population, share, 1.0),
        lambda: average_precision_of(population, share),
        lambda: posterior(population, share, 1.0),
        lambda: expected_cost(population, share, 1.0, 1.0),
        lambda: best_threshold(population, share, "f1"),
        lambda: best_threshold(population, share, "accuracy"),
        lambda: cheapest_threshold(population, share, 1.0),
        lambda: best_thresholds(population, share),
        lambda: expected_curves(population, share),
        lambda: draw(population, 10, share),
        lambda: compare_pair(50, share),
    ):
        with pytest.raises(InvalidArgument) as error:
            call()
        assert (error.value.code, error.value.details["argument"]) == ("out_of_range", "share")


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: make_population("digits", 1.0), "source"),
        (lambda: make_population("normal", -1.0), "separation"),
        (lambda: Population(math.nan), "separation"),
        (lambda: Population(1.0, 0.0), "sigma"),
        (lambda: best_threshold(Population(1.0), 0.5, "recall"), "metric"),
        (lambda: expected_cost(Population(1.0), 0.5, 1.0, 0.0), "ratio"),
        (lambda: cheapest_threshold(Population(1.0), 0.5, -1.0), "ratio"),
        (lambda: best_thresholds(Population(1.0), 0.5, ratio=0.0), "ratio"),
        (lambda: mean_cost(Cells(1, 1, 1, 1), 0.0), "ratio"),
        (lambda: expected_curves(Population(1.0), 0.5, points=1), "points"),
        (lambda: share_of_change(precision=2.0), "precision"),
    ],
)
def test_arguments_are_checked(call, argument: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        call()
    assert error.value.details["argument"] == argument
