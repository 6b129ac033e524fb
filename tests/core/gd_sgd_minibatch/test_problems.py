"""The problems against scikit-learn and finite differences, and the rules for a user's own columns."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize
from sklearn.linear_model import LinearRegression, LogisticRegression

from core.gd_sgd_minibatch import (
    MAX_ROWS,
    PROBLEMS,
    batch_sizes,
    descend,
    excess_loss,
    level_sets,
    load_problem,
    regression,
    sample_gradients,
    start_point,
    window,
)
from core.validate import InvalidArgument
from tests.core.gd_sgd_minibatch.helpers import CANCER, DIABETES, mean_loss


@pytest.mark.parametrize("name", [name for name in PROBLEMS if name != "cancer"])
def test_squared_losses_have_the_least_squares_minimum(name):
    problem = load_problem(name)
    fitted = LinearRegression(fit_intercept=False).fit(problem.inputs, problem.target)
    np.testing.assert_allclose(problem.optimum, fitted.coef_, rtol=1e-8, atol=1e-12)
    assert problem.minimum == pytest.approx(mean_loss(problem, fitted.coef_), rel=1e-12)


def test_logistic_loss_has_the_minimum_of_scikit_learn():
    fitted = LogisticRegression(fit_intercept=False, C=np.inf, tol=1e-10, max_iter=1000)
    coefficients = fitted.fit(CANCER.inputs, CANCER.target).coef_[0]
    np.testing.assert_allclose(CANCER.optimum, coefficients, rtol=1e-5)
    assert CANCER.minimum <= mean_loss(CANCER, coefficients)
    np.testing.assert_allclose(sample_gradients(CANCER, CANCER.optimum).mean(axis=0), 0, atol=1e-15)


def test_bmi_problems_differ_in_units_only():
    """The minimum does not depend on the units of bmi, but the condition number does."""
    problem = {name: load_problem(name) for name in ("raw", "centred", "standard", "valley")}
    for other in problem.values():
        assert other.minimum == pytest.approx(problem["raw"].minimum, rel=1e-9)
    np.testing.assert_allclose(problem["valley"].optimum[0], 6 * problem["raw"].optimum[0], rtol=1e-8)
    bmi = problem["raw"].inputs[:, 0]
    # The eigenvalues of [[E x², E x], [E x, 1]] in closed form.
    trace, determinant = (bmi**2).mean() + 1, bmi.var()
    root = math.sqrt(trace**2 - 4 * determinant)
    assert problem["raw"].condition == pytest.approx((trace + root) ** 2 / (4 * determinant), rel=1e-6)
    assert problem["centred"].condition == pytest.approx(bmi.var(), rel=1e-9)
    assert problem["standard"].condition == pytest.approx(1, rel=1e-9)


def test_problems_are_read_only_and_compared_by_identity():
    columns = np.random.default_rng(0).normal(size=(3, 20))
    one, same = (regression(*columns, names=("a", "b")) for _ in range(2))
    assert one == one and one != same and len({one, one, same}) == 2
    with pytest.raises(ValueError, match="read-only"):
        one.inputs[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        load_problem("raw").hessian *= 2
    assert columns.flags.writeable


def test_curvatures_of_standardised_columns_are_one_plus_and_minus_the_correlation():
    correlation = np.corrcoef(DIABETES.inputs.T)[0, 1]
    np.testing.assert_allclose(DIABETES.curvatures, [1 - correlation, 1 + correlation])
    assert DIABETES.limit == pytest.approx(2 / (1 + correlation))


@pytest.mark.parametrize("name", PROBLEMS)
def test_excess_loss_and_gradients_match_the_mean_loss(name):
    problem = load_problem(name)
    rng = np.random.default_rng(0)
    for w in problem.optimum + rng.normal(size=(5, 2)) * np.diff(window(problem), axis=0)[0] / 2:
        assert excess_loss(problem, w) == pytest.approx(mean_loss(problem, w) - problem.minimum, rel=1e-7, abs=1e-12)
        slope = optimize.approx_fprime(w, lambda v: mean_loss(problem, v), 1e-7)
        np.testing.assert_allclose(sample_gradients(problem, w).mean(axis=0), slope, rtol=1e-3, atol=1e-3)


def test_hessian_is_the_derivative_of_the_gradient():
    for problem in (DIABETES, CANCER):
        step = 1e-5
        columns = [
            (
                sample_gradients(problem, problem.optimum + shift) - sample_gradients(problem, problem.optimum - shift)
            ).mean(axis=0)
            / (2 * step)
            for shift in step * np.eye(2)
        ]
        np.testing.assert_allclose(columns, problem.hessian, rtol=1e-6)
        np.testing.assert_allclose(
            problem.axes @ np.diag(problem.curvatures) @ problem.axes.T, problem.hessian, rtol=1e-12, atol=1e-15
        )


@pytest.mark.parametrize("name", PROBLEMS)
def test_level_sets_lie_on_their_levels(name):
    problem = load_problem(name)
    sets = level_sets(problem, n_levels=5, n_angles=36)
    assert sets.curves.shape == (5, 37, 2)
    np.testing.assert_allclose(sets.curves[:, 0], sets.curves[:, -1], rtol=1e-9, atol=1e-12)
    for level, curve in zip(sets.levels, sets.curves, strict=True):
        for w in curve[::6]:
            assert mean_loss(problem, w) - problem.minimum == pytest.approx(level, rel=1e-7)


@pytest.mark.parametrize("name", PROBLEMS)
def test_starts_lie_in_the_window_at_the_documented_loss(name):
    problem = load_problem(name)
    low, high = window(problem)
    for where in ("corner", "flat", "steep"):
        w = start_point(problem, where)
        assert (low < w).all()
        assert (w < high).all()
        if problem.loss == "squared":
            assert excess_loss(problem, w) == pytest.approx(2.0)
    np.testing.assert_array_equal(start_point(problem, "origin"), [0, 0])
    along = start_point(problem, "steep") - problem.optimum
    np.testing.assert_allclose(problem.hessian @ along, problem.curvatures[1] * along, rtol=1e-6, atol=1e-9)


def test_regression_on_user_columns_matches_scikit_learn():
    rng = np.random.default_rng(1)
    x = rng.normal([5, -2e5], [3, 1e6], size=(50, 2))
    y = 7 + x @ [1, 1e-6] + rng.normal(size=50)
    problem = regression(x[:, 0], x[:, 1], y, names=("a", "b"))
    fitted = LinearRegression().fit((x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std())
    np.testing.assert_allclose(problem.optimum, fitted.coef_, rtol=1e-9)
    assert problem.parameters == ("a", "b")
    run = descend(
        problem, start=start_point(problem, "corner"), batch_size=50, learning_rate=problem.limit / 2, updates=200
    )
    np.testing.assert_allclose(run.path[-1], fitted.coef_, rtol=1e-6)


def test_regression_accepts_extreme_values():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 2))
    huge = regression(1e307 * x[:, 0], 1e-300 * x[:, 1], x.sum(axis=1), names=("a", "b"))
    plain = regression(x[:, 0], x[:, 1], x.sum(axis=1), names=("a", "b"))
    np.testing.assert_allclose(huge.optimum, plain.optimum, rtol=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "target", "code"),
    [
        ([1, 2], [2, 1], [3, 4], "too_few"),
        (np.arange(MAX_ROWS + 1), np.ones(MAX_ROWS + 1), np.ones(MAX_ROWS + 1), "too_many"),
        ([1, 2, 3], [2, 1, 5, 6], [3, 4, 9], "length_mismatch"),
        ([1, 2, 3], [2, 1, np.nan], [3, 4, 9], "not_finite"),
        ([1, 2, 3], [2, 2, 2], [3, 4, 9], "constant"),
        ([1, 2, 3], [2, 1, 4], [0, 0, 0], "constant"),
        ([1, 2, 3], [5, 3, 1], [3, 4, 9], "collinear"),
        (["a", 2, 3], [5, 3, 1], [3, 4, 9], "not_a_number"),
    ],
)
def test_regression_refuses_invalid_columns(first, second, target, code):
    with pytest.raises(InvalidArgument) as refused:
        regression(first, second, target, names=("a", "b"))
    assert refused.value.code == code


@given(n=st.integers(1, 5000))
def test_batch_sizes_double_up_to_n(n):
    sizes = batch_sizes(n)
    assert sizes[-1] == n
    assert sizes[:-1] == [2**k for k in range(len(sizes) - 1)]
    assert len(sizes) == 1 or sizes[-2] < n <= 2 * sizes[-2]


def test_learning_rate_is_a_share_of_the_limit():
    assert DIABETES.learning_rate(0.5) == pytest.approx(1 / DIABETES.curvatures[1])


def test_starts_do_not_depend_on_the_order_of_the_rows() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        table = rng.normal(size=(3, 30))
        table[2] += table[0] - 0.3 * table[1]
        order = rng.permutation(30)
        one, other = (regression(*columns, names=("a", "b")) for columns in (table, table[:, order]))
        for where in ("corner", "flat", "steep"):
            np.testing.assert_allclose(start_point(one, where), start_point(other, where), atol=1e-9)


def test_equal_curvatures_have_the_coordinate_axes() -> None:
    x = np.array([1.0, 1.0, -1.0, -1.0])
    problem = regression(x, [1, -1, 1, -1], [3, 1, 0, 2], names=("a", "b"))
    np.testing.assert_array_equal(problem.axes, np.eye(2))
    np.testing.assert_array_equal(load_problem("standard").axes, np.eye(2))
