"""Runs against the closed form, torch and each other."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gd_sgd_minibatch import (
    OPTIMISERS,
    SCHEDULES,
    compare,
    compare_distances,
    descend,
    distances,
    rates,
    start_point,
)
from core.gd_sgd_minibatch.optimisers import make_update
from core.gd_sgd_minibatch.simulation import batches
from core.validate import InvalidArgument
from tests.core.gd_sgd_minibatch.helpers import CANCER, CORNER, DIABETES, mean_loss


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_run_matches_torch_autograd_and_optimiser(optimiser):
    """With full batches, the path equals one computed by automatic differentiation and torch.optim."""
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


def test_gradient_descent_matches_the_closed_form_on_a_quadratic():
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
def test_full_batch_without_replacement_is_exact_gradient_descent(seed, optimiser, schedule):
    options = {"learning_rate": 0.05, "updates": 20, "optimiser": optimiser, "schedule": schedule}
    run = descend(DIABETES, start=CORNER, batch_size=442, seed=seed, **options)
    w, update = CORNER.copy(), make_update(optimiser, 0.9)
    for rate, step in zip(0.05 * rates(schedule, 20), run.path[1:], strict=True):
        w = update(w, DIABETES.inputs.T @ (DIABETES.inputs @ w - DIABETES.target) / 442, rate)
        np.testing.assert_allclose(step, w, rtol=1e-11, atol=1e-13)
    other = descend(DIABETES, start=CORNER, batch_size=442, seed=seed + 1, **options)
    np.testing.assert_array_equal(run.path, other.path)


@given(
    seed=st.integers(0, 10_000),
    batch_size=st.integers(1, 441),
    replacement=st.booleans(),
    optimiser=st.sampled_from(OPTIMISERS),
)
@settings(deadline=None, max_examples=30)
def test_same_seed_gives_the_same_run(seed, batch_size, replacement, optimiser):
    options = {
        "start": CORNER,
        "batch_size": batch_size,
        "learning_rate": 0.02,
        "updates": 15,
        "replacement": replacement,
        "optimiser": optimiser,
    }
    first, second = (descend(DIABETES, seed=seed, **options) for _ in range(2))
    np.testing.assert_array_equal(first.path, second.path)
    other = descend(DIABETES, seed=seed + 1, **options)
    assert (first.path != other.path).any()


def test_run_matches_explicit_sums_over_its_batches():
    """One epoch in explicit loops over the samples that `batches` yields."""
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


def test_samples_count_every_draw_with_replacement():
    run = descend(DIABETES, start=CORNER, batch_size=100, learning_rate=0.1, updates=9, replacement=True)
    np.testing.assert_array_equal(run.samples, 100 * np.arange(10))


def test_learning_rate_limit_is_two_over_the_largest_curvature():
    start = start_point(DIABETES, "steep")
    for share in (0.99, 1.01, 1.1):
        run = descend(DIABETES, start=start, batch_size=442, learning_rate=share * DIABETES.limit, updates=100)
        # Along the steepest axis each update multiplies the distance by 1 − 2·share.
        np.testing.assert_allclose(run.excess[-1], 2.0 * (1 - 2 * share) ** 200, rtol=1e-6)
        assert (run.diverged_at is None) == (share < 1.05)


def test_a_run_from_the_optimum_diverges_by_the_minimum_of_the_loss():
    settings = {"start": "optimum", "batch_size": 1, "updates": 300}
    calm = descend(DIABETES, learning_rate=0.05, **settings)
    assert calm.excess[1:].max() > 1000 * calm.excess[0] and calm.diverged_at is None
    run = descend(DIABETES, learning_rate=50.0, **settings)
    assert run.excess[run.diverged_at] > 1000 * DIABETES.minimum >= run.excess[run.diverged_at - 1]


def test_overflow_is_reported_without_warnings():
    run = descend(DIABETES, start=CORNER, batch_size=1, learning_rate=50.0, updates=2000)
    assert run.excess[0] > DIABETES.minimum
    assert run.excess[run.diverged_at] > 1000 * run.excess[0] >= run.excess[run.diverged_at - 1]
    assert np.isinf(run.excess[-1])
    assert not np.isnan(run.excess).any()
    assert not np.isfinite(run.path[-1]).all()
    away = distances(DIABETES, start=CORNER, batch_size=1, learning_rate=50.0, updates=2000, n_runs=3)
    assert np.isinf(away.rms[-1])
    assert not np.isnan(away.low).any()


def test_distances_summarise_single_runs():
    options = {"start": CORNER, "batch_size": 16, "learning_rate": 0.1, "updates": 60, "optimiser": "adam"}
    for replacement in (False, True):
        singles = np.array(
            [
                np.linalg.norm(
                    descend(DIABETES, replacement=replacement, seed=seed, **options).path - DIABETES.optimum, axis=1
                )
                for seed in range(4, 14)
            ]
        )
        many = distances(DIABETES, replacement=replacement, seed=4, n_runs=10, **options)
        np.testing.assert_allclose(many.rms, np.sqrt((singles**2).mean(axis=0)), rtol=1e-12)
        np.testing.assert_allclose(many.low, np.sort(singles, axis=0)[0], rtol=1e-12)
        np.testing.assert_allclose(many.high, np.sort(singles, axis=0)[8], rtol=1e-12)


def test_runs_of_gradient_descent_are_identical():
    many = distances(DIABETES, start=CORNER, batch_size=442, learning_rate=0.1, updates=30, n_runs=5)
    np.testing.assert_array_equal(many.low, many.high)
    np.testing.assert_allclose(many.rms, many.low, rtol=1e-15)


@given(unit=st.sampled_from(["updates", "epochs"]), batch_size=st.integers(1, 442), replacement=st.booleans())
@settings(deadline=None, max_examples=15)
def test_compare_returns_the_three_single_runs(unit, batch_size, replacement):
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


def test_compare_distances_covers_the_compared_runs():
    options = {"start": CORNER, "batch_size": 100, "learning_rate": 0.1, "length": 2, "unit": "epochs", "seed": 7}
    runs = compare(DIABETES, replacement=True, **options)
    spread = compare_distances(DIABETES, replacement=True, n_runs=3, **options)
    for name, run in runs.items():
        away = np.linalg.norm(run.path - DIABETES.optimum, axis=1)
        assert (spread[name].low <= away + 1e-12).all()
        assert (away <= spread[name].high + 1e-12).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_names_of_the_first_scenes_say_which_run_has_the_lowest_loss(seed):
    settings = {"start": "corner", "batch_size": 32, "seed": seed}
    updates = compare(DIABETES, learning_rate=0.1 * DIABETES.limit, length=100, unit="updates", **settings)
    samples = compare(DIABETES, learning_rate=0.05 * DIABETES.limit, length=1, unit="epochs", **settings)
    assert min(updates, key=lambda name: updates[name].excess[-1]) == "gd"
    assert min(samples, key=lambda name: samples[name].excess[-1]) == "sgd"


def test_comparison_by_epochs_is_limited_in_updates():
    runs = compare(DIABETES, start=CORNER, batch_size=2, learning_rate=0.01, length=50, unit="epochs")
    assert [len(run.path) - 1 for run in runs.values()] == [50, 3000, 3000]


def test_measured_time_increases():
    clock = descend(DIABETES, start=CORNER, batch_size=32, learning_rate=0.1, updates=30).milliseconds
    assert clock.shape == (31,)
    assert clock[0] == 0
    assert (np.diff(clock) > 0).all()


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
def test_invalid_options_are_refused(function, change, code):
    good = {"start": CORNER, "batch_size": 4, "learning_rate": 0.1, "updates": 5}
    with pytest.raises(InvalidArgument) as refused:
        function(DIABETES, **{**good, **change})
    assert refused.value.code == code
