"""What is known of two normal distributions, against quadrature, optimisation and large samples."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from core.precision_recall import (
    Population,
    area,
    average_precision,
    average_precision_of,
    best_threshold,
    best_thresholds,
    cheapest_threshold,
    count,
    crossing_of_diagonal,
    draw,
    expected_cost,
    expected_metrics,
    expected_precision,
    make_population,
    measure,
    posterior,
    rank,
    rates,
    roc_area,
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


def test_arguments_are_checked() -> None:
    assert make_population("narrow", 1.0) == Population(1.0, 0.6)
    assert crossing_of_diagonal(Population(1.0)) is None
    for source, separation in (("digits", 1.0), ("normal", -1.0), ("normal", math.nan)):
        with pytest.raises(InvalidArgument):
            make_population(source, separation)
