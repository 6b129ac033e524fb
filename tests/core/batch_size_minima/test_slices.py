"""Lines, profiles and planes through solutions against direct evaluation."""

import numpy as np
import pytest

from core.batch_size_minima import networks, reparametrisation, sharpness, slices
from core.batch_size_minima.studies import Study, load_problem, study
from core.batch_size_minima.training import Setting
from core.validate import InvalidArgument
from tests.core.batch_size_minima.helpers import TWO_SEEDS


def loss_of(models: np.ndarray, number: int, *, loss: str = "mse") -> float:
    problem = load_problem(TWO_SEEDS)
    z = networks.outputs(models[None], problem.inputs[number : number + 1])
    return float(networks.losses(z, problem.targets[number : number + 1], loss=loss)[0])


def test_line_ends_at_the_solutions(result: Study) -> None:
    line = slices.interpolate(result, points=41)
    for t, run in ((0.0, result.runs[0]), (1.0, result.runs[-1])):
        column = int(np.argmin(np.abs(line.t - t)))
        np.testing.assert_allclose(line.train[:, column], run.loss[:, -1], rtol=1e-4)
        np.testing.assert_allclose(line.test[:, column], run.test_loss[:, -1], rtol=1e-4)
    first, last = (run.models[0].astype(np.float64) for run in result.runs)
    assert line.train[0, 15] == pytest.approx(loss_of(0.75 * first + 0.25 * last, 0))
    inside = line.train[:, 10:31]
    expected = inside.max(axis=1) - np.maximum(inside[:, 0], inside[:, -1])
    np.testing.assert_allclose(line.barrier[0], expected, atol=1e-12)


def test_curvature_along_the_line_matches_second_differences(result: Study) -> None:
    line = slices.interpolate(result)
    first, last = (run.models.astype(np.float64) for run in result.runs)
    step = 1e-6  # small, because the slope jumps at a kink of a ReLU
    for k in range(2):
        direction = (last - first)[k]
        for row, end in enumerate((first[k], last[k])):
            up, here, down = (loss_of(end + sign * step * direction, k) for sign in (1, 0, -1))
            assert line.curvature[row, k] == pytest.approx(
                (up - 2 * here + down) / step**2 / (direction @ direction), rel=0.02
            )


def test_planes_and_profiles_match_direct_evaluation(result: Study) -> None:
    view = slices.plane(result, batch_index=1, seed_index=1, points=5, radius=0.8)
    model = result.runs[1].models[1].astype(np.float64)
    ways = sharpness.filter_directions(model[None], count=2)[:, 0]
    for i, s in enumerate(view.t):
        for j, t in enumerate(view.t):
            assert view.loss[i, j] == pytest.approx(loss_of(model + t * ways[0] + s * ways[1], 1), rel=1e-4)
    lines = slices.profiles(result, points=5, directions=2)
    expected = np.mean([loss_of(model + 0.5 * direction, 1) for direction in ways])
    assert lines.t[3] == 0.5 and lines.loss[1, 1, 3] == pytest.approx(expected, rel=1e-4)
    assert lines.loss.shape == (2, 2, 5)


def test_slices_of_diverged_models_are_nan(diverged: Study) -> None:
    line = slices.interpolate(diverged)
    for values in (line.train, line.test, line.curvature, line.barrier, slices.profiles(diverged).loss):
        assert np.isnan(values).all()
    assert np.isnan(slices.plane(diverged, batch_index=0, seed_index=0).loss).all()
    assert np.isnan(reparametrisation.rescaling(diverged, np.array([1.0, 2.0])).lambda_max).all()


@pytest.mark.slow
def test_line_is_steeper_at_the_large_batchs_end() -> None:
    line = slices.interpolate(study(Setting(batch_sizes=(8, 512), seeds=6)))
    assert (line.curvature[1] > line.curvature[0]).all()
    assert (line.barrier[0] > 0).all() and line.barrier[1].mean() < line.barrier[0].mean()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda result: slices.interpolate(result, points=4), "out_of_range"),
        (lambda result: slices.profiles(result, points=2), "out_of_range"),
        (lambda result: slices.profiles(result, directions=0), "out_of_range"),
        (lambda result: slices.profiles(result, seed=-1), "out_of_range"),
        (lambda result: slices.plane(result, batch_index=2, seed_index=0), "out_of_range"),
        (lambda result: slices.plane(result, batch_index=0, seed_index=2), "out_of_range"),
        (lambda result: slices.plane(result, batch_index=0, seed_index=0, points=2), "out_of_range"),
        (lambda result: slices.plane(result, batch_index=0, seed_index=0, radius=0.0), "not_positive"),
        (lambda result: slices.plane(result, batch_index=0, seed_index=0, seed=-1), "out_of_range"),
        (lambda result: reparametrisation.rescale(result.runs[0].models, 0.0), "not_positive"),
        (lambda result: reparametrisation.rescaling(result, [0.001]), "out_of_range"),
        (lambda result: reparametrisation.rescaling(result, [1.0] * 42), "too_many"),
        (lambda result: reparametrisation.rescaling(result, ["a"]), "not_a_number"),
        (lambda result: reparametrisation.rescaling(result, [1.0], batch_index=5), "out_of_range"),
        (lambda result: reparametrisation.rescaling(result, [1.0], seed_index=5), "out_of_range"),
    ],
)
def test_slices_reject_invalid_arguments(result: Study, call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call(result)
    assert caught.value.code == code
