"""Sharpness measures against dense Hessians and L-BFGS-B."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from core.batch_size_minima import networks, sharpness, studies
from core.batch_size_minima.networks import LOSSES, Sizes
from core.batch_size_minima.training import train
from core.validate import InvalidArgument
from tests.core.batch_size_minima.helpers import QUICK, SMALL, draw_models


def finite_difference_hessian(
    models: np.ndarray, inputs: np.ndarray, targets: np.ndarray, loss: str, k: int
) -> np.ndarray:
    """Return central differences of the gradient, which do not use Hessian-vector products."""
    rows = []
    for step in 1e-5 * np.eye(SMALL.parameters):
        up, down = (
            networks.gradient(models + sign * step, inputs, targets, loss=loss, sizes=SMALL)[k] for sign in (1, -1)
        )
        rows.append((up - down) / 2e-5)
    return np.array(rows)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_largest_eigenvalue_and_trace_match_the_dense_hessian(loss: str, seed: int) -> None:
    models, inputs, targets = draw_models(seed, examples=9)
    hessian = networks.hessian_operator(models, inputs, targets, loss=loss, sizes=SMALL)
    probes = sharpness.hutchinson_traces(hessian, probes=400)
    for k in range(2):
        dense = finite_difference_hessian(models, inputs, targets, loss, k)
        assert sharpness.largest_eigenvalue(hessian, k) == pytest.approx(
            np.linalg.eigvalsh((dense + dense.T) / 2)[-1], rel=1e-6
        )
        error = probes[:, k].std(ddof=1) / math.sqrt(400)
        assert abs(probes[:, k].mean() - np.trace(dense)) < 4 * error


def test_hutchinson_is_exact_for_a_diagonal_hessian() -> None:
    # With zero weights and a single example only the second layer contributes, with hhᵀ for each output. If h has a
    # single nonzero entry, the Hessian is diagonal and every probe returns the trace.
    sizes = Sizes(1, 1, 1)
    models = np.zeros((1, sizes.parameters))
    hessian = networks.hessian_operator(models, np.ones((1, 1, 2)), np.zeros((1, 1, 1)), loss="mse", sizes=sizes)
    np.testing.assert_allclose(sharpness.hutchinson_traces(hessian, probes=8), 1.0)


@pytest.mark.parametrize("loss", LOSSES)
def test_keskar_sharpness_reaches_the_maximum_of_lbfgsb(loss: str) -> None:
    setting = replace(QUICK, loss=loss)
    problem, run = studies.load_problem(setting), train(setting)[1]
    models = run.models.astype(np.float64)
    found = sharpness.keskar_sharpness(models, problem.inputs, problem.targets, loss=loss)
    for k in range(2):
        x, y = problem.inputs[k : k + 1], problem.targets[k : k + 1]
        box = sharpness.EPSILON * (np.abs(models[k]) + 1)

        def fun(at: np.ndarray, x: np.ndarray = x, y: np.ndarray = y) -> tuple[float, np.ndarray]:
            value = networks.losses(networks.outputs(at[None], x), y, loss=loss)[0]
            return -float(value), -networks.gradient(at[None], x, y, loss=loss)[0]

        bounds = list(zip(models[k] - box, models[k] + box, strict=True))
        reference = minimize(fun, models[k], jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 30})
        here = -fun(models[k])[0]
        assert found[k] >= 0.97 * 100 * (-reference.fun - here) / (1 + here)


def test_keskar_sharpness_is_exact_for_a_locally_linear_loss() -> None:
    models, inputs, targets = draw_models(7, examples=9)
    epsilon = 1e-9
    found = sharpness.keskar_sharpness(models, inputs, targets, loss="mse", epsilon=epsilon, sizes=SMALL)
    slope = networks.gradient(models, inputs, targets, loss="mse", sizes=SMALL)
    value = networks.losses(networks.outputs(models, inputs, sizes=SMALL), targets, loss="mse")
    expected = 100 * epsilon * (np.abs(slope) * (np.abs(models) + 1)).sum(axis=1) / (1 + value)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@given(st.integers(0, 1000), st.floats(1e-5, 1e-2))
@settings(max_examples=20, deadline=None)
def test_keskar_sharpness_grows_with_the_box_and_with_a_second_start(seed: int, epsilon: float) -> None:
    models, inputs, targets = draw_models(seed, examples=9)
    along = np.random.default_rng(seed).standard_normal(models.shape)

    def box(epsilon: float, along: np.ndarray | None = None) -> np.ndarray:
        return sharpness.keskar_sharpness(
            models, inputs, targets, loss="mse", epsilon=epsilon, along=along, sizes=SMALL
        )

    assert (box(epsilon, along) >= box(epsilon)).all() and (box(epsilon) >= 0).all()
    assert (box(2 * epsilon) >= box(epsilon)).all()


def test_polish_reduces_the_gradient() -> None:
    setting = replace(QUICK, updates=300)
    problem, run = studies.load_problem(setting), train(setting)[0]
    models = run.models.astype(np.float64)
    polished = sharpness.polish(models, problem.inputs, problem.targets, loss="mse")
    before, after = (
        np.linalg.norm(networks.gradient(at, problem.inputs, problem.targets, loss="mse"), axis=1)
        for at in (models, polished)
    )
    assert (after < 0.5 * before).all()


def test_filter_directions_have_the_norm_of_the_weights_of_every_unit() -> None:
    models, *_ = draw_models(11, examples=9)
    found = sharpness.filter_directions(models, count=4, sizes=SMALL)
    for part, own in zip(networks.weight_matrices(found, SMALL), networks.weight_matrices(models, SMALL), strict=True):
        lengths = np.linalg.norm(own[:, :-1], axis=1)
        np.testing.assert_allclose(
            np.linalg.norm(part[:, :, :-1], axis=2), np.broadcast_to(lengths, (4, *lengths.shape))
        )
        assert (part[:, :, -1] == 0).all()
    # All models share the draw, so that their directions are parallel for every unit.
    columns = networks.weight_matrices(found, SMALL)[0][:, :, :-1]
    ratio = columns[:, 0] / columns[:, 1]
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :1], ratio.shape))


def test_filter_sharpness_is_the_mean_over_both_signs() -> None:
    models, inputs, targets = draw_models(13, examples=9)
    directions = sharpness.filter_directions(models, sizes=SMALL)
    here = networks.losses(networks.outputs(models, inputs, sizes=SMALL), targets, loss="mse")
    increases = [
        networks.losses(networks.outputs(models + s * 0.3 * direction, inputs, sizes=SMALL), targets, loss="mse") - here
        for direction in directions
        for s in (1, -1)
    ]
    found = sharpness.filter_sharpness(models, inputs, targets, loss="mse", radius=0.3, sizes=SMALL)
    np.testing.assert_allclose(found, np.mean(increases, axis=0))
    for wrong in (0.0, -1.0):
        with pytest.raises(InvalidArgument):
            sharpness.filter_sharpness(models, inputs, targets, loss="mse", radius=wrong, sizes=SMALL)
        with pytest.raises(InvalidArgument):
            sharpness.keskar_sharpness(models, inputs, targets, loss="mse", epsilon=wrong, sizes=SMALL)


def test_standard_errors_cover_what_more_directions_give() -> None:
    """The measured mean of 40 directions is within four standard errors of that of 2000 others."""
    models, inputs, targets = draw_models(5, models=3)
    increases = sharpness.filter_increases(models, inputs, targets, loss="mse", radius=0.3, sizes=SMALL)
    error = increases.std(axis=0, ddof=1) / np.sqrt(len(increases))
    here = networks.losses(networks.outputs(models, inputs, sizes=SMALL), targets, loss="mse")
    many = np.mean(
        [
            networks.losses(networks.outputs(models + 0.3 * way, inputs, sizes=SMALL), targets, loss="mse") - here
            for way in sharpness.filter_directions(models, count=2000, seed=1, sizes=SMALL)
        ],
        axis=0,
    )
    assert increases.shape == (sharpness.N_DIRECTIONS, 3)
    assert (np.abs(increases.mean(axis=0) - many) < 4 * error).all()
    assert (error < 0.2 * many).all()
