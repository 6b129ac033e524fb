"""Both fits against an independent integral."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats
from scipy.integrate import quad

from core import cross_entropy_vs_kl as topic
from tests.core.cross_entropy_vs_kl.helpers import LN2


def mixture_log_density(x, d):
    return np.log(0.5 * scipy.stats.norm.pdf(x, -d / 2) + 0.5 * scipy.stats.norm.pdf(x, d / 2))


def reverse_kl_by_quad(mean, sigma, d):
    def integrand(x):
        log_q = -(((x - mean) / sigma) ** 2) / 2 - math.log(sigma * math.sqrt(2 * math.pi))
        a, b = -((x - d / 2) ** 2) / 2, -((x + d / 2) ** 2) / 2
        log_p = np.logaddexp(a, b) - math.log(2 * math.sqrt(2 * math.pi))
        return math.exp(log_q) * (log_q - log_p)

    low, high = mean - 12 * sigma, mean + 12 * sigma
    kink = [0.0] if low < 0 < high else None
    return quad(integrand, low, high, points=kink, epsabs=1e-12, epsrel=1e-12, limit=300)[0]


@pytest.mark.parametrize("d", [5.6, 5.7])
def test_reverse_optima_are_minima_by_an_independent_integral(d):
    fit = topic.fit_gaussian(d)
    assert sorted(abs(optimum.mean) > 1 for optimum in fit.reverse) == [False, True, True]
    for optimum in fit.reverse:
        here = reverse_kl_by_quad(optimum.mean, optimum.sigma, d)
        assert optimum.reverse_kl == pytest.approx(here, abs=1e-8)
        for mean_step, sigma_step in itertools.product((-0.02, 0, 0.02), repeat=2):
            if mean_step or sigma_step:
                assert reverse_kl_by_quad(optimum.mean + mean_step, optimum.sigma + sigma_step, d) > here


def test_lowest_reverse_kl_moves_from_the_centre_to_a_mode():
    below, above = topic.fit_gaussian(5.6), topic.fit_gaussian(5.7)
    assert not below.seeks_mode
    assert below.reverse[0].mean == 0
    assert above.seeks_mode
    assert above.reverse[0].mean == -above.reverse[1].mean > 2.5
    threshold = topic.mode_seeking_threshold()
    assert 5.6 < threshold < 5.7
    at = topic.fit_gaussian(threshold)
    by_mean = {
        round(optimum.mean): reverse_kl_by_quad(optimum.mean, optimum.sigma, threshold) for optimum in at.reverse
    }
    assert by_mean[0] == pytest.approx(by_mean[3], abs=1e-7)


def test_no_grid_point_is_below_the_optima():
    for d in np.linspace(0, 10, 41):
        fit = topic.fit_gaussian(d)
        lowest = fit.reverse[0].reverse_kl
        assert lowest - 1e-4 < fit.reverse_surface.min() < lowest + 2e-3  # within one grid cell
        assert fit.forward.forward_kl - 1e-12 < fit.forward_surface.min() < fit.forward.forward_kl + 2e-3
        assert sum(optimum.mean for optimum in fit.reverse) == 0


def test_number_of_optima_grows_from_one_to_three():
    assert [len(topic.fit_gaussian(d).reverse) for d in (0, 1, 3, 4.5, 5, 8, 10)] == [1, 1, 1, 1, 3, 3, 3]


@pytest.mark.parametrize("d", [0.0, 2.0, 6.0, 10.0])
def test_forward_fit_has_the_moments_of_the_mixture(d):
    fit = topic.fit_gaussian(d)

    def density(x):
        return math.exp(mixture_log_density(x, d))

    variance = quad(lambda x: x * x * density(x), -30, 30, points=[-d / 2, d / 2], limit=200)[0]
    assert fit.forward.mean == 0
    assert fit.forward.sigma**2 == pytest.approx(variance, rel=1e-9)
    kl = quad(
        lambda x: density(x) * (mixture_log_density(x, d) - scipy.stats.norm.logpdf(x, 0, fit.forward.sigma)),
        -d / 2 - 12,
        d / 2 + 12,
        points=[-d / 2, d / 2],
        limit=200,
    )[0]
    assert fit.forward.forward_kl == pytest.approx(kl, abs=1e-9)


def test_reverse_kl_of_distant_modes_is_ln_2():
    # For a Gaussian on one of two modes that do not overlap, log q/p = log 2 where q has mass.
    assert topic.fit_gaussian(10).reverse[0].reverse_kl == pytest.approx(LN2, abs=1e-5)


@pytest.mark.parametrize("d", [1.0, 6.0, 10.0])
def test_surface_matches_the_reverse_kl(d):
    fit = topic.fit_gaussian(d)
    assert fit.reverse_surface.shape == fit.forward_surface.shape == (80, 121)
    np.testing.assert_allclose(fit.reverse_surface, fit.reverse_surface[:, ::-1], atol=1e-12)
    for row, column in ((0, 0), (0, 60), (40, 75), (79, 60), (79, 120)):
        expected = reverse_kl_by_quad(fit.means[column], math.exp(fit.log_sigmas[row]), d)
        assert fit.reverse_surface[row, column] == pytest.approx(expected, abs=2e-4)


def test_densities_are_normalised_and_match_scipy():
    fit = topic.fit_gaussian(6)
    step = fit.x[1] - fit.x[0]
    np.testing.assert_allclose(fit.mixture_density, np.exp(mixture_log_density(fit.x, 6)))
    assert step * fit.mixture_density.sum() == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(fit.forward_density, scipy.stats.norm.pdf(fit.x, 0, fit.forward.sigma))
    for optimum, density in zip(fit.reverse, fit.reverse_densities, strict=True):
        np.testing.assert_allclose(density, scipy.stats.norm.pdf(fit.x, optimum.mean, optimum.sigma))
