"""Lines, slices and planes through solutions against plain evaluation; Dinh's rescaling."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.batch_size_minima import networks as nets
from core.batch_size_minima import sharpness as measures
from core.batch_size_minima import slices as slices
from core.batch_size_minima.networks import Sizes
from core.batch_size_minima.sharpness import Study, problem_of, study
from core.batch_size_minima.training import Setting
from core.validate import InvalidArgument

QUICK = Setting(batch_sizes=(8, 64), updates=150, examples=64, seeds=2)


@pytest.fixture(scope="module")
def found() -> Study:
    return study(QUICK)


@pytest.fixture(scope="module")
def lost() -> Study:
    return study(replace(QUICK, learning_rate=1e3))


def loss_of(models: np.ndarray, number: int, *, loss: str = "mse") -> float:
    problem = problem_of(QUICK)
    z = nets.outputs(models[None], problem.inputs[number : number + 1])
    return float(nets.losses(z, problem.targets[number : number + 1], loss=loss)[0])


def test_the_line_ends_in_the_solutions(found: Study) -> None:
    line = slices.interpolate(found, points=41)
    for t, run in ((0.0, found.runs[0]), (1.0, found.runs[-1])):
        column = int(np.argmin(np.abs(line.t - t)))
        np.testing.assert_allclose(line.train[:, column], run.loss[:, -1], rtol=1e-4)
        np.testing.assert_allclose(line.test[:, column], run.test_loss[:, -1], rtol=1e-4)
    first, last = (run.models[0].astype(np.float64) for run in found.runs)
    assert line.train[0, 15] == pytest.approx(loss_of(0.75 * first + 0.25 * last, 0))
    inside = line.train[:, 10:31]
    expected = inside.max(axis=1) - np.maximum(inside[:, 0], inside[:, -1])
    np.testing.assert_allclose(line.barrier[0], expected, atol=1e-12)


def test_curvature_along_the_line_is_its_second_difference(found: Study) -> None:
    line = slices.interpolate(found)
    first, last = (run.models.astype(np.float64) for run in found.runs)
    step = 1e-6  # short: across a kink of a ReLU the slope jumps
    for k in range(2):
        way = (last - first)[k]
        for row, end in enumerate((first[k], last[k])):
            up, here, down = (loss_of(end + sign * step * way, k) for sign in (1, 0, -1))
            assert line.curvature[row, k] == pytest.approx((up - 2 * here + down) / step**2 / (way @ way), rel=0.02)


def test_planes_and_profiles_are_the_loss_there(found: Study) -> None:
    view = slices.plane(found, row=1, number=1, points=5, radius=0.8)
    model = found.runs[1].models[1].astype(np.float64)
    ways = measures.filter_directions(model[None], count=2)[:, 0]
    for i, s in enumerate(view.t):
        for j, t in enumerate(view.t):
            assert view.loss[i, j] == pytest.approx(loss_of(model + t * ways[0] + s * ways[1], 1), rel=1e-4)
    lines = slices.profiles(found, points=5, directions=2)
    expected = np.mean([loss_of(model + 0.5 * way, 1) for way in ways])
    assert lines.t[3] == 0.5 and lines.loss[1, 1, 3] == pytest.approx(expected, rel=1e-4)
    assert lines.loss.shape == (2, 2, 5)


def test_no_solution_no_slices(lost: Study) -> None:
    line = slices.interpolate(lost)
    for values in (line.train, line.test, line.curvature, line.barrier, slices.profiles(lost).loss):
        assert np.isnan(values).all()
    assert np.isnan(slices.plane(lost, row=0, number=0).loss).all()
    assert np.isnan(slices.rescaling(lost, np.array([1.0, 2.0])).top).all()


@given(st.integers(0, 1000), st.floats(0.05, 20), st.sampled_from(nets.LOSSES))
@settings(max_examples=40, deadline=None)
def test_rescaling_changes_no_logit_and_no_filter_normalised_measure(seed: int, alpha: float, loss: str) -> None:
    sizes, rng = Sizes(4, 5, 3), np.random.default_rng(seed)
    models = rng.standard_normal((2, sizes.parameters))
    inputs = nets.with_ones(rng.standard_normal((2, 9, 4)))
    targets = np.eye(3)[rng.integers(0, 3, (2, 9))]
    scaled = slices.rescale(models, alpha, sizes=sizes)
    np.testing.assert_allclose(
        nets.outputs(scaled, inputs, sizes=sizes), nets.outputs(models, inputs, sizes=sizes), atol=1e-6
    )
    before, after = (
        measures.filter_sharpness(at, inputs, targets, loss=loss, sizes=sizes) for at in (models, scaled)
    )  # fmt: skip
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(slices.rescale(scaled, 1 / alpha, sizes=sizes), models, rtol=1e-12, atol=1e-300)


def test_rescaling_a_solution(found: Study) -> None:
    alpha = np.geomspace(0.1, 10, 5)
    same = slices.rescaling(found, alpha, row=1, number=1)
    assert (same.logit_change < 1e-6).all()
    np.testing.assert_allclose(same.filter, same.filter[2], rtol=1e-9)
    assert same.filter[2] == pytest.approx(found.measures["filter"][1, 1], rel=1e-9)
    assert same.top[2] == pytest.approx(found.measures["lambda"][1, 1], rel=1e-5)
    assert np.ptp(same.loss) < 1e-9 and np.ptp(same.accuracy) == 0
    assert same.top.max() > 10 * same.top.min() and same.keskar.max() > 2 * same.keskar.min()
    assert same.loss[0] == pytest.approx(found.runs[1].test_loss[1, -1], rel=1e-4)
    # ∂²L/∂b₁² goes with 1/α², ∂²L/∂W₂² with α²: either end is far sharper than the middle.
    assert same.top[0] > 5 * same.top[2] and same.top[-1] > 5 * same.top[2]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda found: slices.interpolate(found, points=4), "out_of_range"),
        (lambda found: slices.profiles(found, points=2), "out_of_range"),
        (lambda found: slices.profiles(found, directions=0), "out_of_range"),
        (lambda found: slices.profiles(found, seed=-1), "out_of_range"),
        (lambda found: slices.plane(found, row=2, number=0), "out_of_range"),
        (lambda found: slices.plane(found, row=0, number=2), "out_of_range"),
        (lambda found: slices.plane(found, row=0, number=0, points=2), "out_of_range"),
        (lambda found: slices.plane(found, row=0, number=0, radius=0.0), "not_positive"),
        (lambda found: slices.plane(found, row=0, number=0, seed=-1), "out_of_range"),
        (lambda found: slices.rescale(found.runs[0].models, 0.0), "not_positive"),
        (lambda found: slices.rescaling(found, [0.001]), "out_of_range"),
        (lambda found: slices.rescaling(found, [1.0] * 42), "too_many"),
        (lambda found: slices.rescaling(found, ["a"]), "not_a_number"),
        (lambda found: slices.rescaling(found, [1.0], row=5), "out_of_range"),
        (lambda found: slices.rescaling(found, [1.0], number=5), "out_of_range"),
    ],
)
def test_refused(found: Study, call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call(found)
    assert caught.value.code == code


@pytest.mark.slow
def test_the_large_batchs_end_of_the_line_is_the_steeper() -> None:
    line = slices.interpolate(study(Setting(batch_sizes=(8, 512), seeds=6)))
    assert (line.curvature[1] > line.curvature[0]).all()
    assert (line.barrier[0] > 0).all() and line.barrier[1].mean() < line.barrier[0].mean()
