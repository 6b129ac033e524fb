"""Gradient noise against exhaustive enumeration, theory and SciPy."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import linalg

from core.gd_sgd_minibatch import (
    batch_variance_factor,
    gradient_cloud,
    gradient_variance,
    noise_ball,
    noise_limit,
    regression,
    sample_gradients,
    start_point,
)
from core.validate import InvalidArgument
from tests.core.gd_sgd_minibatch.helpers import CANCER, CORNER, DIABETES


@given(rows=arrays(np.float64, st.tuples(st.integers(4, 6), st.just(3)), elements=st.floats(-3, 3)), data=st.data())
@settings(deadline=None, max_examples=40)
def test_mean_and_covariance_over_all_batches_match_theory(rows, data):
    """Enumerate all batches of a small table: the covariance is Σ/B·(N−B)/(N−1) or Σ/B."""
    try:
        problem = regression(rows[:, 0], rows[:, 1], rows[:, 2], names=("a", "b"))
    except InvalidArgument:
        return
    batch_size = data.draw(st.integers(1, problem.n if problem.n < 5 else 3))
    w = np.array([data.draw(st.floats(-3, 3)), data.draw(st.floats(-3, 3))])
    each = sample_gradients(problem, w)
    cloud = gradient_cloud(problem, [w], batch_size=batch_size, n_batches=10)
    np.testing.assert_allclose(cloud.full[0], problem.hessian @ (w - problem.optimum), atol=1e-9)
    without = [each[list(chosen)].mean(axis=0) for chosen in itertools.combinations(range(problem.n), batch_size)]
    np.testing.assert_allclose(np.mean(without, axis=0), cloud.full[0], atol=1e-9)
    np.testing.assert_allclose(np.atleast_2d(np.cov(without, rowvar=False, ddof=0)), cloud.covariance[0], atol=1e-9)
    with_ = [each[list(chosen)].mean(axis=0) for chosen in itertools.product(range(problem.n), repeat=batch_size)]
    np.testing.assert_allclose(np.mean(with_, axis=0), cloud.full[0], atol=1e-9)
    drawn = gradient_cloud(problem, [w], batch_size=batch_size, n_batches=10, replacement=True)
    np.testing.assert_allclose(np.cov(with_, rowvar=False, ddof=0), drawn.covariance[0], atol=1e-9)


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("problem", [DIABETES, CANCER], ids=["squared", "logistic"])
def test_measured_bias_and_variance_match_theory(problem, replacement):
    sizes = [1, 2, 8, 32, 100, 221, problem.n - 1]
    drawn = gradient_variance(
        problem,
        start_point(problem, "corner"),
        batch_sizes=sizes,
        replacement=replacement,
        draws=400,
        n_seeds=20,
        seed=1,
    )
    assert (np.abs(drawn.bias) <= 4 * drawn.bias_error).all()
    half_width = (drawn.high - drawn.low) / 2
    assert (np.abs(drawn.measured - drawn.theory) <= 2 * half_width).all()
    each = sample_gradients(problem, start_point(problem, "corner"))
    variance = each.var(axis=0).sum()
    factor = [1 / b if replacement else (problem.n - b) / (problem.n - 1) / b for b in sizes]
    np.testing.assert_allclose(drawn.theory, variance * np.array(factor))


def test_full_batch_has_variance_only_with_replacement():
    without = gradient_variance(DIABETES, CORNER, batch_sizes=[442], draws=50)
    assert without.measured[0] == without.theory[0] == 0
    with_ = gradient_variance(DIABETES, CORNER, batch_sizes=[442], draws=50, replacement=True)
    assert with_.low[0] > 0
    assert batch_variance_factor(442, 442, True) == 1 / 442


@pytest.mark.parametrize("batch_size", [4, 32, 200])
@pytest.mark.parametrize("replacement", [False, True])
def test_cloud_matches_its_ellipse(batch_size, replacement):
    points = [CORNER, DIABETES.optimum]
    cloud = gradient_cloud(DIABETES, points, batch_size=batch_size, n_batches=2000, replacement=replacement, seed=2)
    assert cloud.gradients.shape == (2, 2000, 2)
    error = np.sqrt(np.diagonal(cloud.covariance, axis1=1, axis2=2) / 2000)
    assert (np.abs(cloud.gradients.mean(axis=1) - cloud.full) < 4 * error).all()
    np.testing.assert_allclose(
        cloud.measured_covariance, cloud.covariance, rtol=0.25, atol=0.05 * cloud.covariance.max()
    )
    if batch_size > 4:  # the mean of many gradients is close to normal
        assert (np.abs(cloud.inside - 0.95) < 0.025).all()
    for ellipse, centre, covariance in zip(cloud.ellipses, cloud.full, cloud.covariance, strict=True):
        distances_ = [d @ np.linalg.solve(covariance, d) for d in ellipse - centre]
        np.testing.assert_allclose(distances_, -2 * math.log(0.05), rtol=1e-9)


def test_clouds_of_single_samples_and_of_all_samples():
    single = gradient_cloud(DIABETES, [CORNER], batch_size=1)
    np.testing.assert_allclose(single.gradients[0], sample_gradients(DIABETES, CORNER), rtol=1e-14)
    np.testing.assert_allclose(single.measured_covariance, single.covariance, rtol=1e-12)
    full = gradient_cloud(DIABETES, [CORNER], batch_size=442)
    np.testing.assert_array_equal(full.gradients[0], np.tile(full.full[0], (200, 1)))
    np.testing.assert_array_equal(full.ellipses[0], np.tile(full.full[0], (73, 1)))
    assert np.isnan(full.inside[0])


def test_noise_ball_radius_matches_both_theories():
    shares = np.geomspace(0.01, 0.3, 5)
    ball = noise_ball(DIABETES, learning_rates=shares * DIABETES.limit, batch_size=8, updates=1000, n_runs=60)
    # Twice the half-width of a 95 % interval: about four standard errors.
    slack = ball.high - ball.low
    assert (np.abs(ball.radius - ball.moments) <= slack).all()
    # Small steps: the Lyapunov equation, solved by SciPy.
    noise = np.cov(sample_gradients(DIABETES, DIABETES.optimum), rowvar=False, ddof=0) / 8
    for rate, radius in zip(ball.learning_rates, ball.lyapunov, strict=True):
        spread = linalg.solve_continuous_lyapunov(DIABETES.hessian, rate * noise)
        assert radius == pytest.approx(math.sqrt(np.trace(spread)), rel=1e-9)
    assert ball.moments[0] == pytest.approx(ball.lyapunov[0], rel=0.02)
    # The radius grows as √η, with tolerance for measurement errors and higher orders.
    slope = np.polyfit(np.log(ball.learning_rates[:3]), np.log(ball.radius[:3]), 1)[0]
    assert 0.4 < slope < 0.6
    # Without replacement most of the noise cancels within an epoch.
    assert ball.reshuffled[0] < ball.low[0]


def test_moments_converge_to_the_fixed_point_of_one_update():
    """The expected update over all samples (B = 1) maps the stationary covariance to itself."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(12, 2))
    problem = regression(x[:, 0], x[:, 1], x @ [1, -1] + rng.normal(size=12), names=("a", "b"))
    rate = 0.05
    radius = noise_ball(problem, learning_rates=[rate], batch_size=1, updates=4000, n_runs=2).moments[0]
    noise = sample_gradients(problem, problem.optimum)
    spread = np.zeros((2, 2))
    for _ in range(3000):
        following = np.zeros((2, 2))
        for row, push in zip(problem.inputs, noise, strict=True):
            step = np.eye(2) - rate * np.outer(row, row)
            following += (step @ spread @ step.T + rate**2 * np.outer(push, push)) / problem.n
        spread = following
    assert radius == pytest.approx(math.sqrt(np.trace(spread)), rel=1e-6)


def test_noise_can_diverge_below_the_learning_rate_limit():
    ball = noise_ball(DIABETES, learning_rates=[DIABETES.limit / 2], batch_size=1, updates=800, n_runs=10)
    assert ball.stable_below == noise_limit(DIABETES, 1) < DIABETES.limit / 2
    assert noise_limit(DIABETES, 1) < noise_limit(DIABETES, 2)  # cached by problem and batch size
    assert ball.radius[0] > 1e3
    assert not np.isnan([ball.low[0], ball.high[0], ball.moments[0]]).any()
    large = noise_ball(DIABETES, learning_rates=[DIABETES.limit / 2], batch_size=442, updates=800, n_runs=10)
    assert large.stable_below == pytest.approx(DIABETES.limit, rel=0.02)
    assert large.radius[0] < 0.1
    # Without replacement a full batch has no noise.
    assert large.reshuffled[0] < 1e-10


def test_default_learning_rates_are_stable():
    ball = noise_ball(DIABETES, batch_size=1, updates=200, n_runs=4)
    assert ball.learning_rates.shape == (8,)
    assert ball.learning_rates[0] == pytest.approx(0.01 * DIABETES.limit)
    assert ball.learning_rates[-1] == pytest.approx(0.8 * noise_limit(DIABETES, 1))
    assert np.isfinite([ball.radius, ball.high, ball.moments, ball.reshuffled]).all()


def test_overflowing_noise_balls_are_inf_not_nan():
    ball = noise_ball(DIABETES, learning_rates=[100.0], batch_size=1, updates=400, n_runs=3)
    assert np.isinf([ball.radius[0], ball.reshuffled[0], ball.moments[0]]).all()
