"""GD, SGD and mini-batches: closed forms, scikit-learn and torch.optim as oracles; the laws of sampling."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import linalg, optimize
from sklearn.linear_model import LinearRegression, LogisticRegression

from core import gd_sgd_minibatch
from core.claims import Verdict
from core.gd_sgd_minibatch import (
    CLAIMS,
    MAX_ROWS,
    OPTIMISERS,
    PROBLEMS,
    SCHEDULES,
    STARTS,
    batch_sizes,
    batch_variance_factor,
    compare,
    compare_distances,
    descend,
    distances,
    excess_loss,
    findings,
    gradient_cloud,
    gradient_variance,
    level_sets,
    noise_ball,
    noise_limit,
    problem,
    rate_limit,
    rates,
    regression,
    sample_gradients,
    samples_to_target,
    start_point,
    thumbnail,
    until_out,
    updates_per_epoch,
    window,
)
from core.gd_sgd_minibatch import claims as _gd_claims
from core.gd_sgd_minibatch import landscapes as _gd_landscapes
from core.gd_sgd_minibatch.optimisers import make_update
from core.gd_sgd_minibatch.simulation import batches
from core.validate import InvalidArgument

DIABETES, CANCER = problem("diabetes"), problem("cancer")
CORNER = start_point(DIABETES, "corner")


def mean_loss(on, w):
    activation = on.inputs @ w
    if on.loss == "squared":
        return np.mean((activation - on.target) ** 2) / 2
    return np.mean(np.logaddexp(0, activation) - on.target * activation)


# Problems


@pytest.mark.parametrize("name", [name for name in PROBLEMS if name != "cancer"])
def test_squared_losses_have_the_minimum_of_least_squares(name):
    on = problem(name)
    fitted = LinearRegression(fit_intercept=False).fit(on.inputs, on.target)
    np.testing.assert_allclose(on.optimum, fitted.coef_, rtol=1e-8, atol=1e-12)
    assert on.minimum == pytest.approx(mean_loss(on, fitted.coef_), rel=1e-12)


def test_the_logistic_loss_has_the_minimum_of_scikit_learn():
    fitted = LogisticRegression(fit_intercept=False, C=np.inf, tol=1e-10, max_iter=1000)
    coefficients = fitted.fit(CANCER.inputs, CANCER.target).coef_[0]
    np.testing.assert_allclose(CANCER.optimum, coefficients, rtol=1e-5)
    assert CANCER.minimum <= mean_loss(CANCER, coefficients)
    np.testing.assert_allclose(sample_gradients(CANCER, CANCER.optimum).mean(axis=0), 0, atol=1e-15)


def test_the_bmi_problems_are_one_problem_in_other_units():
    """The minimum is that of bmi with an intercept, whatever the units; the condition number is not."""
    on = {name: problem(name) for name in ("raw", "centred", "standard", "valley")}
    for other in on.values():
        assert other.minimum == pytest.approx(on["raw"].minimum, rel=1e-9)
    np.testing.assert_allclose(on["valley"].optimum[0], 6 * on["raw"].optimum[0], rtol=1e-8)
    bmi = on["raw"].inputs[:, 0]
    # λ of [[E x², E x], [E x, 1]] by hand.
    trace, determinant = (bmi**2).mean() + 1, bmi.var()
    root = math.sqrt(trace**2 - 4 * determinant)
    assert on["raw"].condition == pytest.approx((trace + root) ** 2 / (4 * determinant), rel=1e-6)
    assert on["centred"].condition == pytest.approx(bmi.var(), rel=1e-9)
    assert on["standard"].condition == pytest.approx(1, rel=1e-9)


def test_problems_are_read_only_and_equal_to_themselves_alone():
    columns = np.random.default_rng(0).normal(size=(3, 20))
    one, same = (regression(*columns, names=("a", "b")) for _ in range(2))
    assert one == one and one != same and len({one, one, same}) == 2
    with pytest.raises(ValueError, match="read-only"):
        one.inputs[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        problem("raw").hessian *= 2
    assert columns.flags.writeable


def test_two_standardised_columns_have_curvatures_one_plus_and_minus_their_correlation():
    correlation = np.corrcoef(DIABETES.inputs.T)[0, 1]
    np.testing.assert_allclose(DIABETES.curvatures, [1 - correlation, 1 + correlation])
    assert DIABETES.limit == pytest.approx(2 / (1 + correlation))


@pytest.mark.parametrize("name", PROBLEMS)
def test_excess_loss_and_gradients_are_those_of_the_mean_loss(name):
    on = problem(name)
    rng = np.random.default_rng(0)
    for w in on.optimum + rng.normal(size=(5, 2)) * np.diff(window(on), axis=0)[0] / 2:
        assert excess_loss(on, w) == pytest.approx(mean_loss(on, w) - on.minimum, rel=1e-7, abs=1e-12)
        slope = optimize.approx_fprime(w, lambda v: mean_loss(on, v), 1e-7)
        np.testing.assert_allclose(sample_gradients(on, w).mean(axis=0), slope, rtol=1e-3, atol=1e-3)


def test_the_hessian_is_the_derivative_of_the_gradient():
    for on in (DIABETES, CANCER):
        step = 1e-5
        columns = [
            (sample_gradients(on, on.optimum + shift) - sample_gradients(on, on.optimum - shift)).mean(axis=0)
            / (2 * step)
            for shift in step * np.eye(2)
        ]
        np.testing.assert_allclose(columns, on.hessian, rtol=1e-6)
        np.testing.assert_allclose(on.axes @ np.diag(on.curvatures) @ on.axes.T, on.hessian, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", PROBLEMS)
def test_level_sets_lie_on_their_levels(name):
    on = problem(name)
    sets = level_sets(on, n_levels=5, n_angles=36)
    assert sets.curves.shape == (5, 37, 2)
    np.testing.assert_allclose(sets.curves[:, 0], sets.curves[:, -1], rtol=1e-9, atol=1e-12)
    for level, curve in zip(sets.levels, sets.curves, strict=True):
        for w in curve[::6]:
            assert mean_loss(on, w) - on.minimum == pytest.approx(level, rel=1e-7)


@pytest.mark.parametrize("name", PROBLEMS)
def test_starts_lie_in_the_window_and_at_their_loss(name):
    on = problem(name)
    low, high = window(on)
    for where in ("corner", "flat", "steep"):
        w = start_point(on, where)
        assert (low < w).all()
        assert (w < high).all()
        if on.loss == "squared":
            assert excess_loss(on, w) == pytest.approx(2.0)
    np.testing.assert_array_equal(start_point(on, "origin"), [0, 0])
    along = start_point(on, "steep") - on.optimum
    np.testing.assert_allclose(on.hessian @ along, on.curvatures[1] * along, rtol=1e-6, atol=1e-9)


def test_a_regression_on_a_readers_columns():
    rng = np.random.default_rng(1)
    x = rng.normal([5, -2e5], [3, 1e6], size=(50, 2))
    y = 7 + x @ [1, 1e-6] + rng.normal(size=50)
    on = regression(x[:, 0], x[:, 1], y, names=("a", "b"))
    fitted = LinearRegression().fit((x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std())
    np.testing.assert_allclose(on.optimum, fitted.coef_, rtol=1e-9)
    assert on.parameters == ("a", "b")
    run = descend(on, start=start_point(on, "corner"), batch_size=50, learning_rate=on.limit / 2, updates=200)
    np.testing.assert_allclose(run.path[-1], fitted.coef_, rtol=1e-6)


def test_a_regression_takes_the_ends_of_float64():
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
def test_columns_that_are_refused(first, second, target, code):
    with pytest.raises(InvalidArgument) as refused:
        regression(first, second, target, names=("a", "b"))
    assert refused.value.code == code


# Optimisers


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_updates_are_those_of_torch(optimiser):
    """On 64 runs with noisy gradients at once. RMSprop is compared before its limit cycle amplifies rounding."""
    rng = np.random.default_rng(3)
    start, updates, rate = rng.normal(size=(2, 64)), 150 if optimiser == "rmsprop" else 300, 0.05
    noise = rng.normal(size=(updates, 2, 64))
    ours, theirs = start.copy(), torch.tensor(start, requires_grad=True)
    update = make_update(optimiser, 0.8)
    reference = {
        "sgd": lambda p: torch.optim.SGD(p, lr=rate),
        "momentum": lambda p: torch.optim.SGD(p, lr=rate, momentum=0.8),
        "nesterov": lambda p: torch.optim.SGD(p, lr=rate, momentum=0.8, nesterov=True),
        "adagrad": lambda p: torch.optim.Adagrad(p, lr=rate),
        "adadelta": lambda p: torch.optim.Adadelta(p, lr=rate),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=rate),
        "adam": lambda p: torch.optim.Adam(p, lr=rate),
    }[optimiser]([theirs])
    curvature = np.array([[1.4], [0.6]])
    for t in range(updates):
        ours = update(ours, curvature * ours + noise[t], np.array(rate))
        theirs.grad = torch.tensor(curvature) * theirs.detach() + torch.tensor(noise[t])
        reference.step()
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_run_is_torch_on_the_same_loss(optimiser):
    """The gradient by automatic differentiation, the batches all samples: nothing of ours but the numbers."""
    rate = 0.02
    run = descend(
        CANCER,
        start=[0.5, -0.5],
        batch_size=CANCER.n,
        learning_rate=rate,
        updates=60,
        optimiser=optimiser,
        momentum=0.7,
    )
    w = torch.tensor([0.5, -0.5], dtype=torch.float64, requires_grad=True)
    classes = {"adagrad": "Adagrad", "adadelta": "Adadelta", "rmsprop": "RMSprop", "adam": "Adam"}
    options = {"momentum": {"momentum": 0.7}, "nesterov": {"momentum": 0.7, "nesterov": True}}.get(optimiser, {})
    stepper = getattr(torch.optim, classes.get(optimiser, "SGD"))([w], lr=rate, **options)
    x, y = torch.tensor(CANCER.inputs), torch.tensor(CANCER.target)
    for t in range(60):
        np.testing.assert_allclose(run.path[t], w.detach().numpy(), rtol=1e-11, atol=1e-12)
        stepper.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(x @ w, y).backward()
        stepper.step()


def test_schedules():
    t = np.arange(50) / 50
    np.testing.assert_array_equal(rates("constant", 50), 1)
    np.testing.assert_allclose(rates("inverse", 50), 1 / (1 + 20 * t))
    parameter = torch.nn.Parameter(torch.zeros(1))
    stepper = torch.optim.SGD([parameter], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(stepper, T_max=50)
    for rate in rates("cosine", 50):
        assert rate == pytest.approx(schedule.get_last_lr()[0], abs=1e-7)
        stepper.step()
        schedule.step()


# Batches


@given(n=st.integers(1, 60), data=st.data(), seed=st.integers(0, 1000))
@settings(deadline=None)
def test_an_epoch_uses_every_sample_once(n, data, seed):
    batch_size = data.draw(st.integers(1, n))
    per_epoch = updates_per_epoch(n, batch_size)
    assert per_epoch == math.ceil(n / batch_size)
    drawn = list(batches(n, batch_size, seeds=range(seed, seed + 3), updates=2 * per_epoch, replacement=False))
    assert len(drawn) == 2 * per_epoch
    if batch_size == n:
        assert drawn == [None, None]
        return
    for epoch in (drawn[:per_epoch], drawn[per_epoch:]):
        assert all(batch.shape == (3, batch_size) for batch in epoch[:-1])
        np.testing.assert_array_equal(np.sort(np.concatenate(epoch, axis=1)), np.tile(np.arange(n), (3, 1)))


def test_every_batch_size_cuts_one_order_of_the_data():
    def order(batch_size):
        drawn = batches(
            442, batch_size, seeds=range(5, 6), updates=updates_per_epoch(442, batch_size), replacement=False
        )
        return np.concatenate(list(drawn), axis=1)[0]

    for batch_size in (7, 32, 441):
        np.testing.assert_array_equal(order(batch_size), order(1))


@pytest.mark.parametrize("replacement", [False, True])
def test_long_runs_draw_in_parts_but_the_same(replacement, monkeypatch):
    def drawn():
        every = batches(50, 8, seeds=range(2), updates=40, replacement=replacement)
        return [batch.tolist() for batch in every]

    whole = drawn()
    assert len(whole) == 40
    monkeypatch.setattr("core.gd_sgd_minibatch.simulation._DRAWN", 300)
    assert drawn() == whole


# Runs


def test_gradient_descent_is_the_closed_form_on_a_quadratic():
    """w_t − w* = (I − ηH)^t (w_0 − w*)."""
    rate = 0.3 * DIABETES.limit
    run = descend(DIABETES, start=CORNER, batch_size=442, learning_rate=rate, updates=40)
    contraction = np.eye(2) - rate * DIABETES.hessian
    for t in range(41):
        expected = DIABETES.optimum + np.linalg.matrix_power(contraction, t) @ (CORNER - DIABETES.optimum)
        np.testing.assert_allclose(run.path[t], expected, rtol=1e-11)
    np.testing.assert_allclose(run.excess, [mean_loss(DIABETES, w) - DIABETES.minimum for w in run.path], atol=1e-13)
    named = descend(DIABETES, start="corner", batch_size=442, learning_rate=rate, updates=40)
    np.testing.assert_array_equal(named.path, run.path)
    np.testing.assert_array_equal(run.updates, np.arange(41))
    np.testing.assert_array_equal(run.samples, 442 * np.arange(41))


@given(seed=st.integers(0, 10_000), optimiser=st.sampled_from(OPTIMISERS), schedule=st.sampled_from(SCHEDULES))
@settings(deadline=None, max_examples=30)
def test_a_batch_of_all_without_replacement_is_gradient_descent_exactly(seed, optimiser, schedule):
    options = {"learning_rate": 0.05, "updates": 20, "optimiser": optimiser, "schedule": schedule}
    run = descend(DIABETES, start=CORNER, batch_size=442, seed=seed, **options)
    w, update = CORNER.copy(), make_update(optimiser, 0.9)
    for rate, step in zip(0.05 * rates(schedule, 20), run.path[1:], strict=True):
        w = update(w, DIABETES.inputs.T @ (DIABETES.inputs @ w - DIABETES.target) / 442, rate)
        np.testing.assert_allclose(step, w, rtol=1e-11, atol=1e-13)
    other = descend(DIABETES, start=CORNER, batch_size=442, seed=seed + 1, **options)
    np.testing.assert_array_equal(run.path, other.path)


@given(
    seed=st.integers(0, 10_000), batch_size=st.integers(1, 441), replacement=st.booleans(),
    optimiser=st.sampled_from(OPTIMISERS),
)  # fmt: skip
@settings(deadline=None, max_examples=30)
def test_the_same_seed_gives_the_same_run(seed, batch_size, replacement, optimiser):
    options = {
        "start": CORNER, "batch_size": batch_size, "learning_rate": 0.02, "updates": 15, "replacement": replacement,
        "optimiser": optimiser,
    }  # fmt: skip
    first, second = (descend(DIABETES, seed=seed, **options) for _ in range(2))
    np.testing.assert_array_equal(first.path, second.path)
    other = descend(DIABETES, seed=seed + 1, **options)
    assert (first.path != other.path).any()


def test_a_run_is_a_sum_over_its_batches():
    """One epoch by hand, with the samples that `batches` names."""
    run = descend(CANCER, start=[1.0, 2.0], batch_size=100, learning_rate=0.7, updates=6, seed=9)
    w = np.array([1.0, 2.0])
    for t, chosen in enumerate(batches(569, 100, seeds=range(9, 10), updates=6, replacement=False)):
        np.testing.assert_allclose(run.path[t], w, rtol=1e-12)
        gradient = np.zeros(2)
        for i in chosen[0]:
            p = 1 / (1 + math.exp(-CANCER.inputs[i] @ w))
            gradient += (p - CANCER.target[i]) * CANCER.inputs[i]
        w = w - 0.7 * gradient / chosen.size
    np.testing.assert_array_equal(run.samples, [0, 100, 200, 300, 400, 500, 569])
    np.testing.assert_allclose(run.epochs, run.samples / 569)


def test_samples_with_replacement_count_every_draw():
    run = descend(DIABETES, start=CORNER, batch_size=100, learning_rate=0.1, updates=9, replacement=True)
    np.testing.assert_array_equal(run.samples, 100 * np.arange(10))


def test_the_limit_of_the_learning_rate_is_two_over_the_largest_curvature():
    start = start_point(DIABETES, "steep")
    for share in (0.99, 1.01, 1.1):
        run = descend(DIABETES, start=start, batch_size=442, learning_rate=share * DIABETES.limit, updates=100)
        # Along the steepest axis each update multiplies the distance by 1 − 2·share.
        np.testing.assert_allclose(run.excess[-1], 2.0 * (1 - 2 * share) ** 200, rtol=1e-6)
        assert (run.diverged_at is None) == (share < 1.05)


def test_a_run_that_overflows_is_told_not_warned_of():
    run = descend(DIABETES, start=CORNER, batch_size=1, learning_rate=50.0, updates=2000)
    # The first update whose excess loss is over a thousand times the first.
    assert run.excess[run.diverged_at] > 1000 * run.excess[0] >= run.excess[run.diverged_at - 1]
    assert np.isinf(run.excess[-1])
    assert not np.isnan(run.excess).any()
    assert not np.isfinite(run.path[-1]).all()
    away = distances(DIABETES, start=CORNER, batch_size=1, learning_rate=50.0, updates=2000, n_runs=3)
    assert np.isinf(away.rms[-1])
    assert not np.isnan(away.low).any()


def test_many_runs_are_the_single_runs():
    options = {"start": CORNER, "batch_size": 16, "learning_rate": 0.1, "updates": 60, "optimiser": "adam"}
    for replacement in (False, True):
        singles = np.array([
            np.linalg.norm(
                descend(DIABETES, replacement=replacement, seed=seed, **options).path - DIABETES.optimum, axis=1
            )
            for seed in range(4, 14)
        ])  # fmt: skip
        many = distances(DIABETES, replacement=replacement, seed=4, n_runs=10, **options)
        np.testing.assert_allclose(many.rms, np.sqrt((singles**2).mean(axis=0)), rtol=1e-12)
        np.testing.assert_allclose(many.low, np.sort(singles, axis=0)[0], rtol=1e-12)
        np.testing.assert_allclose(many.high, np.sort(singles, axis=0)[8], rtol=1e-12)


def test_all_runs_of_gradient_descent_are_one():
    many = distances(DIABETES, start=CORNER, batch_size=442, learning_rate=0.1, updates=30, n_runs=5)
    np.testing.assert_array_equal(many.low, many.high)
    np.testing.assert_allclose(many.rms, many.low, rtol=1e-15)


@given(unit=st.sampled_from(["updates", "epochs"]), batch_size=st.integers(1, 442), replacement=st.booleans())
@settings(deadline=None, max_examples=15)
def test_a_comparison_is_its_three_runs(unit, batch_size, replacement):
    options = {"start": CORNER, "learning_rate": 0.1, "seed": 3, "optimiser": "momentum"}
    runs = compare(DIABETES, batch_size=batch_size, length=2, unit=unit, replacement=replacement, **options)
    assert list(runs) == ["gd", "mini", "sgd"]
    for name, size in (("gd", 442), ("mini", batch_size), ("sgd", 1)):
        updates = 2 if unit == "updates" else 2 * math.ceil(442 / size)
        drawn = replacement and name != "gd"
        alone = descend(DIABETES, batch_size=size, updates=updates, replacement=drawn, **options)
        np.testing.assert_array_equal(runs[name].path, alone.path)
        if unit == "epochs" and not replacement:
            assert runs[name].epochs[-1] == 2


def test_distances_compare_the_same_runs():
    options = {"start": CORNER, "batch_size": 100, "learning_rate": 0.1, "length": 2, "unit": "epochs", "seed": 7}
    runs = compare(DIABETES, replacement=True, **options)
    spread = compare_distances(DIABETES, replacement=True, n_runs=3, **options)
    for name, run in runs.items():
        away = np.linalg.norm(run.path - DIABETES.optimum, axis=1)
        assert (spread[name].low <= away + 1e-12).all()
        assert (away <= spread[name].high + 1e-12).all()


def test_a_comparison_by_epochs_has_an_end():
    runs = compare(DIABETES, start=CORNER, batch_size=2, learning_rate=0.01, length=50, unit="epochs")
    assert [len(run.path) - 1 for run in runs.values()] == [50, 3000, 3000]


@pytest.mark.parametrize(
    ("optimiser", "momentum"), [("sgd", 0.0), ("momentum", 0.9), ("nesterov", 0.9), ("momentum", 0.3)]
)
def test_the_limit_of_momentum(optimiser, momentum):
    """Just below it the steepest direction dies out, just above it grows."""
    limit = rate_limit(optimiser, momentum, DIABETES.curvatures[1])
    start = start_point(DIABETES, "steep")
    excess = [
        descend(
            DIABETES, start=start, batch_size=442, learning_rate=share * limit, updates=1500, optimiser=optimiser,
            momentum=momentum,
        ).excess[-1]
        for share in (0.98, 1.02)
    ]  # fmt: skip
    assert excess[0] < 0.01 < 100 < excess[1]


def test_a_path_is_cut_where_it_leaves_for_good():
    frame = np.array([[-1.0, -1.0], [1.0, 1.0]])
    away_and_back = np.array([[0, 0], [5, 0], [0.5, 0.5]])
    points, left = until_out(away_and_back, frame)
    np.testing.assert_array_equal(points, away_and_back)
    assert left is None
    points, left = until_out(np.array([[0, 0], [0.5, 0], [2.5, 1], [9, 9]]), frame)
    # From (.5, 0) towards (2.5, 1): the border x = 1 is a quarter of the way.
    np.testing.assert_allclose(points, [[0, 0], [0.5, 0], [1, 0.25]])
    assert left == 2
    points, left = until_out(np.array([[0, 0], [np.inf, 0], [np.nan, np.nan]]), frame)
    np.testing.assert_array_equal(points, [[0, 0]])
    assert left == 1
    points, left = until_out(np.array([[7.0, 7.0], [8.0, 8.0]]), frame)
    np.testing.assert_array_equal(points, [[7, 7]])
    assert left == 0


def codes(runs, **changes):
    settings_ = {
        "batch_size": 32, "learning_rate": 0.1, "length": 30, "unit": "updates", "optimiser": "sgd", "momentum": 0.9,
        "schedule": "constant", "replacement": False, **changes,
    }  # fmt: skip
    on = settings_.pop("on", DIABETES)
    every = compare(on, start=start_point(on, "corner"), seed=1, **settings_)
    found = findings(on, {name: every[name] for name in runs}, settings_)
    return {(finding.code, finding.run): finding.figures for finding in found}


def test_findings_say_what_the_runs_show():
    calm = codes(["gd", "mini", "sgd"])
    assert calm[("below", None)] == {"rate": 0.1, "limit": pytest.approx(DIABETES.limit)}
    assert {code for code, _ in calm} == {"best", "below"}
    assert {code for code, _ in codes(["mini"])} == {"below"}
    by_epoch = codes(["gd", "mini", "sgd"], unit="epochs", length=1)
    assert by_epoch[("best", "sgd")]["samples"] == 442
    away = codes(["mini"], batch_size=442, learning_rate=1.2 * DIABETES.limit, length=60)
    assert set(away) == {("left", "mini"), ("above", None)}
    flown = codes(["gd", "mini", "sgd"], learning_rate=3 * DIABETES.limit)
    assert {code for code, _ in flown} == {"left", "above"}
    narrow = codes(["mini"], on=problem("raw"), learning_rate=1e-4, schedule="inverse")
    assert narrow[("valley", None)] == {"condition": 26333}
    assert narrow[("decay", None)] == {"first": 1e-4, "last": pytest.approx(1e-4 / (1 + 20 * 29 / 30))}
    assert ("adaptive", None) in codes(["mini"], optimiser="adam")
    assert ("noise", "sgd") in codes(["gd", "sgd", "mini"], learning_rate=0.6 * DIABETES.limit)
    assert ("noise", "sgd") not in codes(["mini"], learning_rate=0.6 * DIABETES.limit)
    assert codes(["mini"], replacement=True, batch_size=442)[("replacement", None)] == {"n": 442}
    assert ("cut", None) in codes(["sgd", "mini"], unit="epochs", length=20)
    assert ("cut", None) not in codes(["mini"], unit="epochs", length=20)
    # Momentum's own limit is beyond that of plain descent.
    assert ("below", None) in codes(["mini"], optimiser="momentum", learning_rate=1.5 * DIABETES.limit, batch_size=442)


@given(n=st.integers(1, 5000))
def test_batch_sizes_double_up_to_all(n):
    sizes = batch_sizes(n)
    assert sizes[-1] == n
    assert sizes[:-1] == [2**k for k in range(len(sizes) - 1)]
    assert len(sizes) == 1 or sizes[-2] < n <= 2 * sizes[-2]


# Noise


@given(
    rows=arrays(np.float64, st.tuples(st.integers(4, 6), st.just(3)), elements=st.floats(-3, 3)), data=st.data()
)  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_batch_gradients_average_to_the_gradient_and_scatter_by_the_law(rows, data):
    """Over ALL batches of a small table: mean, and covariance Σ/B·(N−B)/(N−1) or Σ/B, by counting."""
    try:
        on = regression(rows[:, 0], rows[:, 1], rows[:, 2], names=("a", "b"))
    except InvalidArgument:
        return
    batch_size = data.draw(st.integers(1, on.n if on.n < 5 else 3))
    w = np.array([data.draw(st.floats(-3, 3)), data.draw(st.floats(-3, 3))])
    each = sample_gradients(on, w)
    cloud = gradient_cloud(on, [w], batch_size=batch_size, n_batches=10)
    np.testing.assert_allclose(cloud.full[0], on.hessian @ (w - on.optimum), atol=1e-9)
    without = [each[list(chosen)].mean(axis=0) for chosen in itertools.combinations(range(on.n), batch_size)]
    np.testing.assert_allclose(np.mean(without, axis=0), cloud.full[0], atol=1e-9)
    np.testing.assert_allclose(np.atleast_2d(np.cov(without, rowvar=False, ddof=0)), cloud.covariance[0], atol=1e-9)
    with_ = [each[list(chosen)].mean(axis=0) for chosen in itertools.product(range(on.n), repeat=batch_size)]
    np.testing.assert_allclose(np.mean(with_, axis=0), cloud.full[0], atol=1e-9)
    drawn = gradient_cloud(on, [w], batch_size=batch_size, n_batches=10, replacement=True)
    np.testing.assert_allclose(np.cov(with_, rowvar=False, ddof=0), drawn.covariance[0], atol=1e-9)


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("on", [DIABETES, CANCER], ids=["squared", "logistic"])
def test_mini_batch_gradients_are_unbiased_and_have_their_variance(on, replacement):
    sizes = [1, 2, 8, 32, 100, 221, on.n - 1]
    drawn = gradient_variance(
        on, start_point(on, "corner"), batch_sizes=sizes, replacement=replacement, draws=400, n_seeds=20, seed=1
    )
    assert (np.abs(drawn.bias) <= 4 * drawn.bias_error).all()
    half_width = (drawn.high - drawn.low) / 2
    assert (np.abs(drawn.measured - drawn.theory) <= 2 * half_width).all()
    each = sample_gradients(on, start_point(on, "corner"))
    variance = each.var(axis=0).sum()
    factor = [1 / b if replacement else (on.n - b) / (on.n - 1) / b for b in sizes]
    np.testing.assert_allclose(drawn.theory, variance * np.array(factor))


def test_sizes_of_their_own_are_powers_of_two_and_all():
    variance = gradient_variance(DIABETES, "optimum", draws=10, n_seeds=2)
    assert variance.batch_sizes.tolist() == batch_sizes(442)
    np.testing.assert_allclose(
        variance.theory[0], (sample_gradients(DIABETES, DIABETES.optimum) ** 2).sum(axis=1).mean()
    )
    cost = samples_to_target(DIABETES, start="corner", target=0.5, max_updates=100, n_seeds=2)
    assert cost.batch_sizes.tolist() == batch_sizes(442)
    assert set(np.round(cost.learning_rates / DIABETES.limit, 9)) <= {0.02, 0.05, 0.1, 0.2, 0.5}


def test_all_samples_have_no_variance_without_replacement_and_some_with():
    without = gradient_variance(DIABETES, CORNER, batch_sizes=[442], draws=50)
    assert without.measured[0] == without.theory[0] == 0
    with_ = gradient_variance(DIABETES, CORNER, batch_sizes=[442], draws=50, replacement=True)
    assert with_.low[0] > 0
    assert batch_variance_factor(442, 442, True) == 1 / 442


@pytest.mark.parametrize("batch_size", [4, 32, 200])
@pytest.mark.parametrize("replacement", [False, True])
def test_a_cloud_fills_its_ellipse(batch_size, replacement):
    points = [CORNER, DIABETES.optimum]
    cloud = gradient_cloud(DIABETES, points, batch_size=batch_size, n_batches=2000, replacement=replacement, seed=2)
    assert cloud.gradients.shape == (2, 2000, 2)
    error = np.sqrt(np.diagonal(cloud.covariance, axis1=1, axis2=2) / 2000)
    assert (np.abs(cloud.gradients.mean(axis=1) - cloud.full) < 4 * error).all()
    np.testing.assert_allclose(
        cloud.measured_covariance, cloud.covariance, rtol=0.25, atol=0.05 * cloud.covariance.max()
    )
    if batch_size > 4:  # a mean of many is close to normal
        assert (np.abs(cloud.inside - 0.95) < 0.025).all()
    for ellipse, centre, covariance in zip(cloud.ellipses, cloud.full, cloud.covariance, strict=True):
        distances_ = [d @ np.linalg.solve(covariance, d) for d in ellipse - centre]
        np.testing.assert_allclose(distances_, -2 * math.log(0.05), rtol=1e-9)


def test_clouds_at_the_two_ends():
    single = gradient_cloud(DIABETES, [CORNER], batch_size=1)
    np.testing.assert_allclose(single.gradients[0], sample_gradients(DIABETES, CORNER), rtol=1e-14)
    np.testing.assert_allclose(single.measured_covariance, single.covariance, rtol=1e-12)
    full = gradient_cloud(DIABETES, [CORNER], batch_size=442)
    np.testing.assert_array_equal(full.gradients[0], np.tile(full.full[0], (200, 1)))
    np.testing.assert_array_equal(full.ellipses[0], np.tile(full.full[0], (73, 1)))
    assert np.isnan(full.inside[0])


def test_the_noise_ball_has_the_radius_of_both_theories():
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
    # √η, not η: a tenfold rate makes √10 of the radius, with room for the measurement and the higher orders.
    slope = np.polyfit(np.log(ball.learning_rates[:3]), np.log(ball.radius[:3]), 1)[0]
    assert 0.4 < slope < 0.6
    # Reshuffling undoes most of the noise within an epoch.
    assert ball.reshuffled[0] < ball.low[0]


def test_the_moments_settle_at_the_fixed_point_of_one_update():
    """E over all pairs of samples (B = 1) of one update from the stationary covariance gives it back."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(12, 2))
    on = regression(x[:, 0], x[:, 1], x @ [1, -1] + rng.normal(size=12), names=("a", "b"))
    rate = 0.05
    radius = noise_ball(on, learning_rates=[rate], batch_size=1, updates=4000, n_runs=2).moments[0]
    noise = sample_gradients(on, on.optimum)
    spread = np.zeros((2, 2))
    for _ in range(3000):
        following = np.zeros((2, 2))
        for row, push in zip(on.inputs, noise, strict=True):
            step = np.eye(2) - rate * np.outer(row, row)
            following += (step @ spread @ step.T + rate**2 * np.outer(push, push)) / on.n
        spread = following
    assert radius == pytest.approx(math.sqrt(np.trace(spread)), rel=1e-6)


def test_noise_alone_can_diverge_below_the_limit():
    ball = noise_ball(DIABETES, learning_rates=[DIABETES.limit / 2], batch_size=1, updates=800, n_runs=10)
    assert ball.stable_below == noise_limit(DIABETES, 1) < DIABETES.limit / 2
    assert noise_limit(DIABETES, 1) < noise_limit(DIABETES, 2)  # kept by problem and batch size
    assert ball.radius[0] > 1e3
    assert not np.isnan([ball.low[0], ball.high[0], ball.moments[0]]).any()
    large = noise_ball(DIABETES, learning_rates=[DIABETES.limit / 2], batch_size=442, updates=800, n_runs=10)
    assert large.stable_below == pytest.approx(DIABETES.limit, rel=0.02)
    assert large.radius[0] < 0.1
    # No noise at all without replacement.
    assert large.reshuffled[0] < 1e-10


def test_the_rates_of_a_ball_stay_where_it_is_one():
    ball = noise_ball(DIABETES, batch_size=1, updates=200, n_runs=4)
    assert ball.learning_rates.shape == (8,)
    assert ball.learning_rates[0] == pytest.approx(0.01 * DIABETES.limit)
    assert ball.learning_rates[-1] == pytest.approx(0.8 * noise_limit(DIABETES, 1))
    assert np.isfinite([ball.radius, ball.high, ball.moments, ball.reshuffled]).all()


def test_overflowing_balls_are_inf_not_nan():
    ball = noise_ball(DIABETES, learning_rates=[100.0], batch_size=1, updates=400, n_runs=3)
    assert np.isinf([ball.radius[0], ball.reshuffled[0], ball.moments[0]]).all()


# Cost


def test_samples_to_target_are_those_of_single_runs():
    rate, target, sizes = 0.1 * DIABETES.limit, 0.05, [1, 16, 100, 442]
    cost = samples_to_target(
        DIABETES,
        start=CORNER,
        target=target,
        batch_sizes=sizes,
        learning_rates=[rate],
        max_updates=60,
        n_seeds=9,
        seed=3,
    )
    # Up to 60 updates the loss is looked at after each.
    for k, batch_size in enumerate(sizes):
        hits = []
        for seed in range(3, 12):
            run = descend(DIABETES, start=CORNER, batch_size=batch_size, learning_rate=rate, updates=60, seed=seed)
            hits.append(run.samples[np.argmax(run.excess <= target)] if (run.excess <= target).any() else np.inf)
        hits = np.sort(hits)
        assert (cost.low[k], cost.samples[k], cost.high[k]) == (hits[0], hits[4], hits[8])
        assert cost.reached[k] == np.isfinite(hits).mean()
    assert cost.samples[3] == 442 * cost.updates[3]
    np.testing.assert_allclose(cost.proportional * cost.batch_sizes, cost.updates[0])


def test_the_best_of_several_rates_is_no_worse_than_any():
    rates_ = DIABETES.limit * np.array([0.02, 0.1, 0.5])
    options = {"start": CORNER, "target": 0.02, "batch_sizes": [1, 32, 442], "n_seeds": 10}
    best = samples_to_target(DIABETES, learning_rates=rates_, **options)
    singles = [samples_to_target(DIABETES, learning_rates=[rate], **options) for rate in rates_]
    np.testing.assert_array_equal(best.samples, np.nanmin([single.samples for single in singles], axis=0))
    assert best.learning_rates[0] < best.learning_rates[2]


def test_a_target_out_of_reach_is_nan():
    told = []
    cost = samples_to_target(
        DIABETES, start=CORNER, target=1e-12, batch_sizes=[1, 442], learning_rates=[0.05], max_updates=50,
        report=told.append,
    )  # fmt: skip
    assert told == [0, 0.5]
    assert np.isnan([cost.updates, cost.samples, cost.low, cost.high]).all()
    np.testing.assert_array_equal(cost.reached, 0)


def test_the_measured_time_increases():
    clock = descend(DIABETES, start=CORNER, batch_size=32, learning_rate=0.1, updates=30).milliseconds
    assert clock.shape == (31,)
    assert clock[0] == 0
    assert (np.diff(clock) > 0).all()


# Bad arguments


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": [0.0, np.nan]}, "not_finite"),
        ({"start": [0.0]}, "too_few"),
        ({"start": "here"}, "unknown_choice"),
        ({"start": ["a", "b"]}, "not_a_number"),
        ({"batch_size": 0}, "out_of_range"),
        ({"batch_size": 443}, "out_of_range"),
        ({"batch_size": 1.5}, "not_an_integer"),
        ({"learning_rate": 0.0}, "not_positive"),
        ({"learning_rate": math.inf}, "not_finite"),
        ({"updates": 0}, "out_of_range"),
        ({"updates": 20_001}, "out_of_range"),
        ({"optimiser": "lion"}, "unknown_choice"),
        ({"schedule": "warm"}, "unknown_choice"),
        ({"momentum": 1.0}, "out_of_range"),
        ({"momentum": -0.1}, "out_of_range"),
        ({"seed": -1}, "out_of_range"),
    ],
)
@pytest.mark.parametrize("function", [descend, distances])
def test_bad_options_of_a_run(function, change, code):
    good = {"start": CORNER, "batch_size": 4, "learning_rate": 0.1, "updates": 5}
    with pytest.raises(InvalidArgument) as refused:
        function(DIABETES, **{**good, **change})
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: problem("iris"), "unknown_choice"),
        (lambda: start_point(DIABETES, "moon"), "unknown_choice"),
        (lambda: gradient_cloud(DIABETES, [], batch_size=1), "out_of_range"),
        (lambda: gradient_cloud(DIABETES, 3.0, batch_size=1), "not_a_vector"),
        (lambda: gradient_cloud(DIABETES, [[0, np.inf]], batch_size=1), "not_finite"),
        (lambda: gradient_cloud(DIABETES, [CORNER], batch_size=500), "out_of_range"),
        (lambda: gradient_cloud(DIABETES, [CORNER], batch_size=5, n_batches=1), "out_of_range"),
        (lambda: gradient_variance(DIABETES, CORNER, batch_sizes=[]), "out_of_range"),
        (lambda: gradient_variance(DIABETES, CORNER, batch_sizes=[0]), "out_of_range"),
        (lambda: gradient_variance(DIABETES, CORNER, batch_sizes=[1], n_seeds=1), "out_of_range"),
        (lambda: noise_limit(DIABETES, 0), "out_of_range"),
        (lambda: compare(DIABETES, start=CORNER, batch_size=443, learning_rate=1, length=1), "out_of_range"),
        (lambda: compare(DIABETES, start=CORNER, batch_size=4, learning_rate=1, length=0), "out_of_range"),
        (
            lambda: compare(DIABETES, start=CORNER, batch_size=4, learning_rate=1, length=1, unit="years"),
            "unknown_choice",
        ),
        (lambda: noise_ball(DIABETES, learning_rates=[], batch_size=1), "too_few"),
        (lambda: noise_ball(DIABETES, learning_rates=[-1.0], batch_size=1), "not_positive"),
        (lambda: noise_ball(DIABETES, learning_rates=[0.1], batch_size=1, updates=5), "out_of_range"),
        (lambda: distances(DIABETES, start=CORNER, batch_size=1, learning_rate=1, updates=5, n_runs=1), "out_of_range"),
        (
            lambda: samples_to_target(DIABETES, start=CORNER, target=0, batch_sizes=[1], learning_rates=[1]),
            "not_positive",
        ),
    ],
)  # fmt: skip
def test_other_bad_arguments(call, code):
    with pytest.raises(InvalidArgument) as refused:
        call()
    assert refused.value.code == code


# The experiments behind two claims


def test_basins_are_minima_between_ridges():
    found = _gd_landscapes.basins()
    assert len(found.ridges) == len(found.minima) + 1
    assert (found.ridges[:-1] < found.minima).all()
    assert (found.minima < found.ridges[1:]).all()

    def loss(omega):
        return ((np.sin(omega * found.x) - found.y) ** 2).mean() / 2

    for low, high, minimum, value in zip(found.ridges[:-1], found.ridges[1:], found.minima, found.losses, strict=True):
        precise = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-8})
        assert minimum == pytest.approx(precise.x, abs=0.002)
        assert value == pytest.approx(precise.fun, abs=1e-4)


def test_overfitting_tends_to_the_interpolation_of_least_squares():
    fitted = _gd_landscapes.overfit()
    # The training loss falls under what the ten features alone allow, while the test loss has long turned.
    for batch_size in (100, 5):
        assert fitted.train[batch_size] < 0.15
        assert fitted.last[batch_size] > 1.2 * fitted.lowest[batch_size]


# Claims


PINNED = {
    "exact_gradient": Verdict.HOLDS,
    "unbiased": Verdict.HOLDS,
    "iterations_per_epoch": Verdict.HOLDS,
    "noise_escapes": Verdict.DEPENDS,
    "noise_traps": Verdict.DEPENDS,
    "step_too_large": Verdict.HOLDS,
    "less_computing": Verdict.DEPENDS,
    "squared_l2": Verdict.DEPENDS,
}


def test_claims_keep_their_order():
    assert list(CLAIMS) == list(PINNED)


@pytest.mark.parametrize("key", PINNED)
def test_verdicts(key):
    claim = CLAIMS[key]()
    assert claim.verdict is PINNED[key]
    assert all(isinstance(value, float) for value in claim.evidence.values())
    assert all(math.isfinite(value) for value in claim.evidence.values())


def test_evidence():
    evidence = {key: CLAIMS[key]().evidence for key in ("exact_gradient", "iterations_per_epoch", "step_too_large")}
    exact = evidence["exact_gradient"]
    gradients = sample_gradients(DIABETES, CORNER)
    assert exact["gradient_norm"] == pytest.approx(np.linalg.norm(gradients.mean(axis=0)))
    assert exact["sgd_deviation"] == pytest.approx(math.sqrt(gradients.var(axis=0).sum()))
    epoch = evidence["iterations_per_epoch"]
    assert (epoch["n"], epoch["quotient"], epoch["counted"], epoch["last_batch"], epoch["dropped"]) == (
        442, 13.8125, 14, 26, 13,
    )  # fmt: skip
    # Half of the start's excess loss lies along the steepest axis, where 200 updates multiply by |1 − 2·share|^200.
    curvatures = DIABETES.curvatures
    axis_share = (1 / curvatures[1]) / (1 / curvatures).sum()
    step = evidence["step_too_large"]
    for name, share in (("below", 0.99), ("above", 1.01), ("far_above", 1.1)):
        steepest = abs(1 - 2 * share) ** 200 * math.sqrt(axis_share)
        assert step[name] == pytest.approx(steepest, rel=1e-3)


def test_squaring_moves_the_limit_by_the_ratio_of_the_curvatures():
    """Hessians at the optimum: 2XᵀX of the square, XᵀX/‖r‖ of the norm, as XᵀX r = 0 there."""
    evidence = CLAIMS["squared_l2"]().evidence
    hessian = DIABETES.inputs.T @ DIABETES.inputs
    residual = np.linalg.norm(DIABETES.inputs @ DIABETES.optimum - DIABETES.target)
    largest = np.linalg.eigvalsh(hessian).max()
    assert evidence["limit_squared"] == pytest.approx(2 / (2 * largest), rel=0.01)
    assert evidence["limit_norm"] == pytest.approx(2 * residual / largest, rel=0.02)


def test_verdicts_follow_the_evidence(monkeypatch):
    """With a world in which the computation comes out otherwise, each verdict comes out otherwise."""
    always_there, never_there = (lambda **_: 1.0), (lambda **_: 0.0)
    real_drawn, real_batches = _gd_claims.gradient_variance, _gd_claims.batches

    def biased(*args, **options):
        drawn = real_drawn(*args, **options)
        drawn.bias[:] = 5 * drawn.bias_error
        return drawn

    def dropping(n, batch_size, **options):
        # A first batch of half the size makes one more iteration where the size divides n.
        options["updates"] = 2 * n
        for k, batch in enumerate(real_batches(n, batch_size, **options)):
            yield batch[:, : -(-batch.shape[1] // 2)] if k % 2 == 0 else batch

    worlds = [
        ("exact_gradient", "_gd_path", lambda on, start, *_: np.stack([start, start]), Verdict.FALSE),
        ("unbiased", "gradient_variance", biased, Verdict.FALSE),
        ("iterations_per_epoch", "batches", dropping, Verdict.FALSE),
        ("noise_escapes", "share_in_best_basin", never_there, Verdict.FALSE),
        ("noise_traps", "share_in_best_basin", always_there, Verdict.FALSE),
        ("noise_traps", "share_in_best_basin", never_there, Verdict.HOLDS),
        ("step_too_large", "_gd_path", lambda on, *_: np.tile(on.optimum, (2, 1)), Verdict.FALSE),
        ("less_computing", "samples_to_target", lambda *_, **__: _cost(5.0, 9.0), Verdict.HOLDS),
        ("less_computing", "samples_to_target", lambda *_, **__: _cost(9.0, 5.0), Verdict.FALSE),
        ("squared_l2", "_largest_rate", lambda *_: 1e-4, Verdict.FALSE),
    ]
    assert list(dict.fromkeys(key for key, *_ in worlds)) == list(CLAIMS)
    for key, name, replacement, verdict in worlds:
        with monkeypatch.context() as world:
            world.setattr(_gd_claims, name, replacement)
            assert CLAIMS[key]().verdict is verdict, key


def _cost(sgd, gd):
    values = np.array([sgd, gd])
    return gd_sgd_minibatch.SamplesToTarget(
        np.array([1, 442]), values, values, values, values, values, np.ones(2), 0.02, 20, 100
    )


# The module


def test_the_thumbnail_shows_what_the_topic_finds():
    shown = thumbnail()
    assert len(shown.lines) == 3
    single, thirty_two, full = shown.lines.values()
    # For the same few samples, single ones get further; in the end the noise keeps them from the optimum.
    middle = np.searchsorted(shown.x, 100)
    assert single[middle] < thirty_two[middle] < full[middle]
    assert thirty_two[-1] < single[-1] < full[-1]
    assert all(np.isfinite(line).all() and line.shape == shown.x.shape for line in shown.lines.values())


def test_public_names_exist():
    for name in gd_sgd_minibatch.__all__:
        assert hasattr(gd_sgd_minibatch, name), name
    assert set(STARTS) >= {"corner", "origin"}
