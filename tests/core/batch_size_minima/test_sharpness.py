"""Sharpness measures against dense Hessians and another optimiser; intervals; which way the measures point."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import t as student

from core.batch_size_minima import networks as nets
from core.batch_size_minima import sharpness as measures
from core.batch_size_minima.networks import LOSSES, Sizes
from core.batch_size_minima.sharpness import compare, interval, study
from core.batch_size_minima.training import Setting, train
from core.validate import InvalidArgument

SMALL = Sizes(4, 5, 3)
QUICK = Setting(batch_sizes=(8, 64), updates=100, examples=64, seeds=3)


def drawn(seed: int, *, models: int = 2, examples: int = 9) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    inputs = nets.with_ones(rng.standard_normal((models, examples, SMALL.inputs)))
    targets = np.eye(SMALL.outputs)[rng.integers(0, SMALL.outputs, (models, examples))]
    return rng.standard_normal((models, SMALL.parameters)), inputs, targets


def dense_hessian(models: np.ndarray, inputs: np.ndarray, targets: np.ndarray, loss: str, k: int) -> np.ndarray:
    """Central differences of the gradient: nothing of the products under test."""
    rows = []
    for step in 1e-5 * np.eye(SMALL.parameters):
        up, down = (
            nets.gradient(models + sign * step, inputs, targets, loss=loss, sizes=SMALL)[k] for sign in (1, -1)
        )  # fmt: skip
        rows.append((up - down) / 2e-5)
    return np.array(rows)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_top_eigenvalue_and_trace_are_the_dense_hessians(loss: str, seed: int) -> None:
    models, inputs, targets = drawn(seed)
    hessian = nets.curvature(models, inputs, targets, loss=loss, sizes=SMALL)
    probes = measures.traces(hessian, probes=400)
    for k in range(2):
        dense = dense_hessian(models, inputs, targets, loss, k)
        assert measures.exact_top(hessian, k) == pytest.approx(np.linalg.eigvalsh((dense + dense.T) / 2)[-1], rel=1e-6)
        error = probes[:, k].std(ddof=1) / math.sqrt(400)
        assert abs(probes[:, k].mean() - np.trace(dense)) < 4 * error


def test_hutchinson_is_exact_for_a_diagonal_hessian() -> None:
    # Without weights in the second matrix and one example, the second layer's Hessian is all there is: hhᵀ for each
    # output; where h has one entry, it is diagonal and every probe finds the trace.
    sizes = Sizes(1, 1, 1)
    models = np.zeros((1, sizes.parameters))
    hessian = nets.curvature(models, np.ones((1, 1, 2)), np.zeros((1, 1, 1)), loss="mse", sizes=sizes)
    np.testing.assert_allclose(measures.traces(hessian, probes=8), 1.0)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_box_search_finds_what_lbfgsb_finds(loss: str) -> None:
    setting = replace(QUICK, loss=loss)
    problem, run = measures.problem_of(setting), train(setting)[1]
    models = run.models.astype(np.float64)
    found = measures.box_sharpness(models, problem.inputs, problem.targets, loss=loss)
    for k in range(2):
        x, y = problem.inputs[k : k + 1], problem.targets[k : k + 1]
        box = measures.EPSILON * (np.abs(models[k]) + 1)

        def fun(at: np.ndarray, x: np.ndarray = x, y: np.ndarray = y) -> tuple[float, np.ndarray]:
            value = nets.losses(nets.outputs(at[None], x), y, loss=loss)[0]
            return -float(value), -nets.gradient(at[None], x, y, loss=loss)[0]

        bounds = list(zip(models[k] - box, models[k] + box, strict=True))
        theirs = minimize(fun, models[k], jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 30})
        here = -fun(models[k])[0]
        assert found[k] >= 0.97 * 100 * (-theirs.fun - here) / (1 + here)


def test_the_box_search_is_exact_where_the_loss_is_linear_in_the_box() -> None:
    models, inputs, targets = drawn(7)
    epsilon = 1e-9
    found = measures.box_sharpness(models, inputs, targets, loss="mse", epsilon=epsilon, sizes=SMALL)
    slope = nets.gradient(models, inputs, targets, loss="mse", sizes=SMALL)
    value = nets.losses(nets.outputs(models, inputs, sizes=SMALL), targets, loss="mse")
    expected = 100 * epsilon * (np.abs(slope) * (np.abs(models) + 1)).sum(axis=1) / (1 + value)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@given(st.integers(0, 1000), st.floats(1e-5, 1e-2))
@settings(max_examples=20, deadline=None)
def test_a_larger_box_and_another_start_are_never_less_sharp(seed: int, epsilon: float) -> None:
    models, inputs, targets = drawn(seed)
    along = np.random.default_rng(seed).standard_normal(models.shape)

    def sharpness(epsilon: float, along: np.ndarray | None = None) -> np.ndarray:
        return measures.box_sharpness(
            models, inputs, targets, loss="mse", epsilon=epsilon, along=along, sizes=SMALL
        )  # fmt: skip

    assert (sharpness(epsilon, along) >= sharpness(epsilon)).all() and (sharpness(epsilon) >= 0).all()
    assert (sharpness(2 * epsilon) >= sharpness(epsilon)).all()


def test_polishing_brings_the_gradient_down() -> None:
    setting = replace(QUICK, updates=300)
    problem, run = measures.problem_of(setting), train(setting)[0]
    models = run.models.astype(np.float64)
    polished = measures.polish(models, problem.inputs, problem.targets, loss="mse")
    before, after = (
        np.linalg.norm(nets.gradient(at, problem.inputs, problem.targets, loss="mse"), axis=1)
        for at in (models, polished)
    )
    assert (after < 0.5 * before).all()


def test_polishing_where_it_is_too_sharp_leaves_a_gap_and_no_warning() -> None:
    setting = replace(QUICK, updates=100)
    run = train(setting)[0]
    stretched = replace(run, models=run.models * np.float32(30))
    found = measures.measure(setting, [stretched])
    assert not np.isfinite(found.measures["polished"]).any() and np.isfinite(found.measures["lambda"]).all()
    assert not compare(found, "polished").count


def test_filter_directions_are_as_long_as_the_weights_unit_by_unit() -> None:
    models, *_ = drawn(11)
    found = measures.filter_directions(models, count=4, sizes=SMALL)
    for part, own in zip(nets.matrices(found, SMALL), nets.matrices(models, SMALL), strict=True):
        lengths = np.linalg.norm(own[:, :-1], axis=1)
        np.testing.assert_allclose(
            np.linalg.norm(part[:, :, :-1], axis=2), np.broadcast_to(lengths, (4, *lengths.shape))
        )
        assert (part[:, :, -1] == 0).all()
    # The same draw for all models: parallel, unit by unit.
    columns = nets.matrices(found, SMALL)[0][:, :, :-1]
    ratio = columns[:, 0] / columns[:, 1]
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :1], ratio.shape))


def test_filter_sharpness_is_the_mean_of_both_ways() -> None:
    models, inputs, targets = drawn(13)
    ways = measures.filter_directions(models, sizes=SMALL)
    here = nets.losses(nets.outputs(models, inputs, sizes=SMALL), targets, loss="mse")
    grown = [
        nets.losses(nets.outputs(models + s * 0.3 * way, inputs, sizes=SMALL), targets, loss="mse") - here
        for way in ways
        for s in (1, -1)
    ]
    found = measures.filter_sharpness(models, inputs, targets, loss="mse", radius=0.3, sizes=SMALL)
    np.testing.assert_allclose(found, np.mean(grown, axis=0))
    for wrong in (0.0, -1.0):
        with pytest.raises(InvalidArgument):
            measures.filter_sharpness(models, inputs, targets, loss="mse", radius=wrong, sizes=SMALL)
        with pytest.raises(InvalidArgument):
            measures.box_sharpness(models, inputs, targets, loss="mse", epsilon=wrong, sizes=SMALL)


def test_a_study_measures_every_solution_and_none_that_is_none() -> None:
    told: list[float] = []
    found = study(QUICK, report=told.append)
    assert told == sorted(told) and told[-1] == 1.0
    for name in measures.MEASURES:
        assert found.measures[name].shape == (2, 3) and (found.measures[name] > 0).all()
    # Never above what ARPACK finds, but for examples at a kink that float32 puts on its other side.
    assert (found.finals("sharpness") <= found.measures["lambda"] * (1 + 1e-3)).all()
    np.testing.assert_allclose(found.finals("sharpness"), found.measures["lambda"], rtol=0.02)
    lost = study(replace(QUICK, learning_rate=1e3))
    assert all(np.isnan(values).all() for values in lost.measures.values()) and np.isnan(lost.finals("loss")).all()
    assert found.first == 0 and lost.first is None
    empty = compare(lost, "lambda")
    assert empty.count == 0 and not empty.significant and math.isnan(empty.mean)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20))
def test_interval_is_students(values: list[float]) -> None:
    found = interval(np.array([*values, math.nan]))
    low, high = student.interval(
        0.95, len(values) - 1, np.mean(values), np.std(values, ddof=1) / len(values) ** 0.5 or 1e-300
    )
    assert found.count == len(values) and found.positive == sum(value > 0 for value in values)
    assert found.low == pytest.approx(low, rel=1e-9, abs=1e-9) and found.high == pytest.approx(high, rel=1e-9, abs=1e-9)


def test_interval_of_little() -> None:
    one = interval(np.array([2.0]))
    assert (one.mean, one.count) == (2.0, 1) and math.isnan(one.low) and not one.significant
    assert interval(np.array([1.0, 1.1])).significant and not interval(np.array([-1.0, 1.1])).significant


def test_compare_is_paired_and_refuses_what_it_does_not_know() -> None:
    found = study(QUICK)
    accuracy = compare(found, "test_accuracy")
    each = found.runs[1].test_accuracy[:, -1] - found.runs[0].test_accuracy[:, -1]
    assert accuracy.mean == pytest.approx(each.mean())
    with pytest.raises(InvalidArgument) as caught:
        compare(found, "volume")
    assert caught.value.code == "unknown_choice"


@pytest.mark.slow
def test_measures_disagree_until_polished() -> None:
    found = study(Setting(batch_sizes=(8, 512), seeds=6))
    for name in ("lambda", "trace", "polished", "filter"):
        assert compare(found, name).positive == 6, name
    raw = compare(found, "keskar")
    assert raw.mean < 0 and raw.significant
