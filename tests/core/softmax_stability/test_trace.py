"""The steps of each algorithm against torch, SciPy and known values; the reference against mpmath."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special

from core.softmax_stability import ALGORITHMS, DTYPES, cell_states, reference, trace
from tests.core.softmax_stability.helpers import TORCH, WITH_LOSS, as_dtype, epsilon, exact, logit_rows


def torch_steps(logits, dtype, algorithm, true_class):
    """Compute the same steps in torch, with the gradient by autograd."""
    z = torch.tensor(logits, dtype=TORCH[dtype], requires_grad=True)
    if algorithm == "log_sum_exp":
        log_p = torch.log_softmax(z, dim=0)
        p = log_p.exp()
    else:
        e = torch.exp(z if algorithm == "naive" else z - z.max().detach())
        p = e / e.sum()
        log_p = torch.log(p + torch.tensor(1e-8, dtype=TORCH[dtype]) if algorithm == "plus_epsilon" else p)
    loss = -log_p[true_class]
    loss.backward()
    return [x.detach().double().numpy() for x in (p, loss, z.grad)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_stages_are_ordered_and_hold_numbers_of_the_type(algorithm, dtype):
    exps = ["z", "exp", "sum"] if algorithm == "naive" else ["z", "max", "shift", "exp", "sum"]
    back = ["d_log_p", "d_p", "d_sum", "d_exp", "gradient"]
    expected = {
        "naive": [*exps, "p", "log_p", "loss", *back],
        "shifted": [*exps, "p"],
        "log_of_softmax": [*exps, "p", "log_p", "loss", *back],
        "log_sum_exp": [*exps, "log_sum", "log_p", "loss", "p", "gradient"],
        "plus_epsilon": [*exps, "p", "p_plus_epsilon", "log_p", "loss", *back],
    }
    run = trace([0.1, 0.7, 2.3], algorithm=algorithm, dtype=dtype, true_class=1)
    assert [stage.name for stage in run.stages] == expected[algorithm]
    for stage in run.stages:
        np.testing.assert_array_equal(stage.values, as_dtype(stage.values, dtype).astype(np.float64))
        assert stage.values.shape == stage.states.shape
        assert stage.values.size in (1, 3)
    stages = {stage.name: stage.values for stage in run.stages}
    np.testing.assert_array_equal(run.probabilities, stages["p"])
    if algorithm == "shifted":
        assert run.loss is None
        assert run.gradient is None
    else:
        assert run.loss == stages["loss"][0] == -stages["log_p"][1]
        np.testing.assert_array_equal(run.gradient, stages["gradient"])


@pytest.mark.parametrize(
    "logits",
    [
        [0.5, -1.25, 2.0, 0.0],
        [1000, 1001, 1002],
        [-1000, -1001, -1002],
        [-110, -111, -112],
        [11.5, 3, 0],
        [0, 12, 4],
        [0, 18, 1],
        [0, 60],
        [0, 95],
        [0, 110],
        [800, 0],
        [88.5, 88.5, 88.5],
        [709.5, 709.5, 709.5],
    ],
)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("algorithm", WITH_LOSS)
def test_steps_agree_with_autograd_including_nan_and_inf(algorithm, dtype, logits):
    run = trace(logits, algorithm=algorithm, dtype=dtype, true_class=0)
    p, loss, gradient = torch_steps(logits, dtype, algorithm, 0)
    # torch computes log_softmax of 16-bit tensors in float32, but `trace` rounds each step: they differ by a few units.
    close = {"rtol": 8 * epsilon(dtype), "atol": 4 * epsilon(dtype)}
    np.testing.assert_allclose(run.probabilities, p, **close)
    np.testing.assert_allclose(run.loss, loss, **close)
    np.testing.assert_allclose(run.gradient, gradient, **close)


@pytest.mark.parametrize("margin", [10, 60, 85, 90, 95, 104, 110, 700, 720, 750])
@pytest.mark.parametrize("true_class", [0, 1])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_log_of_softmax_fails_where_pytorch_fails(dtype, true_class, margin):
    z = torch.tensor([0.0, margin], dtype=TORCH[dtype], requires_grad=True)
    loss = torch.nn.functional.nll_loss(torch.log(torch.softmax(z, 0))[None], torch.tensor([true_class]))
    loss.backward()
    run = trace([0.0, margin], algorithm="log_of_softmax", dtype=dtype, true_class=true_class)
    assert math.isfinite(run.loss) == math.isfinite(loss.item())
    assert np.isfinite(run.gradient).all() == bool(torch.isfinite(z.grad).all())


@given(logits=logit_rows, dtype=st.sampled_from(["float32", "float64"]))
@settings(deadline=None)
def test_probabilities_agree_with_scipy(logits, dtype):
    z = as_dtype(logits, dtype).astype(np.float64)
    run = trace(logits, algorithm="log_sum_exp", dtype=dtype, true_class=1)
    # A sum of n terms is rounded n − 1 times. For a loss near 0 this error is absolute.
    np.testing.assert_allclose(run.loss, -special.log_softmax(z)[1], rtol=60 * epsilon(dtype), atol=12 * epsilon(dtype))
    for algorithm in ("naive", "shifted"):
        p = trace(logits, algorithm=algorithm, dtype=dtype, true_class=1).probabilities
        np.testing.assert_allclose(p, special.softmax(z), rtol=20 * epsilon(dtype))


@given(row=st.lists(st.integers(-40, 40), min_size=2, max_size=12), shift=st.integers(-2000, 2000))
@settings(deadline=None)
def test_shifted_softmax_is_invariant_to_a_shift(row, shift):
    # These integers are exact in float32, so there is no rounding.
    before, after = (
        trace(np.array(row, float) + c, algorithm="shifted", dtype="float32", true_class=0) for c in (0, shift)
    )
    np.testing.assert_array_equal(before.probabilities, after.probabilities)


@given(logits=logit_rows, dtype=st.sampled_from(DTYPES), seed=st.integers(0, 100))
@settings(deadline=None)
def test_permuting_the_classes_permutes_the_result(logits, dtype, seed):
    order = np.random.default_rng(seed).permutation(logits.size)
    true_class = 1
    one = trace(logits, algorithm="log_sum_exp", dtype=dtype, true_class=true_class)
    new_class = int(np.flatnonzero(order == true_class)[0])
    two = trace(logits[order], algorithm="log_sum_exp", dtype=dtype, true_class=new_class)
    close = {"rtol": 4 * epsilon(dtype), "atol": 4 * epsilon(dtype)}
    np.testing.assert_allclose(two.gradient, one.gradient[order], **close)
    np.testing.assert_allclose(two.loss, one.loss, **close)


@given(logits=logit_rows, dtype=st.sampled_from(DTYPES))
@settings(deadline=None)
def test_probabilities_sum_to_one(logits, dtype):
    p = trace(logits, algorithm="shifted", dtype=dtype, true_class=0).probabilities
    assert abs(p.sum() - 1) <= 3 * epsilon(dtype)


def test_bfloat16_sums_do_not_stop_at_256():
    run = trace(np.zeros(1000), algorithm="shifted", dtype="bfloat16", true_class=0)
    assert {stage.name: stage.values for stage in run.stages}["sum"] == pytest.approx(1000, rel=epsilon("bfloat16"))


@given(logits=arrays(np.float64, 5, elements=st.floats(-5, 5)), true_class=st.integers(0, 4))
@settings(max_examples=40, deadline=None)
def test_gradients_match_finite_differences_and_sum_to_zero(logits, true_class):
    step = 1e-5
    slopes = [
        (
            reference(logits + step * unit, dtype="float64", true_class=true_class).loss
            - reference(logits - step * unit, dtype="float64", true_class=true_class).loss
        )
        / (2 * step)
        for unit in np.eye(5)
    ]
    for algorithm in ("naive", "log_of_softmax", "log_sum_exp"):
        gradient = trace(logits, algorithm=algorithm, dtype="float64", true_class=true_class).gradient
        np.testing.assert_allclose(gradient, slopes, atol=1e-8)
        assert abs(gradient.sum()) < 1e-14


def test_temperature_divides_before_rounding():
    hot = trace([1, 2, 4], algorithm="log_sum_exp", dtype="float16", true_class=0, temperature=3)
    divided = trace(np.array([1, 2, 4]) / 3, algorithm="log_sum_exp", dtype="float16", true_class=0)
    np.testing.assert_array_equal(hot.probabilities, divided.probabilities)
    np.testing.assert_array_equal(hot.stages[0].values, as_dtype(np.array([1, 2, 4]) / 3, "float16").astype(float))


def test_cell_states():
    cells = [0.0, -0.0, 1.0, 0.5, np.inf, -np.inf, np.nan]
    assert list(cell_states(cells)) == ["finite"] * 4 + ["inf", "inf", "nan"]
    assert list(cell_states(cells, saturating=True)) == ["zero", "zero", "one", "finite", "inf", "inf", "nan"]


def test_states_show_how_nan_propagates():
    run = trace([1000, 999, 0], algorithm="naive", dtype="float32", true_class=0)
    states = {stage.name: list(stage.states) for stage in run.stages}
    assert states["z"] == ["finite"] * 3
    assert states["exp"] == ["inf", "inf", "finite"], "exp(0) = 1 is exact"
    assert states["sum"] == ["inf"]
    assert states["p"] == ["nan", "nan", "zero"]
    assert states["loss"] == ["nan"]
    assert states["gradient"] == ["nan"] * 3


def test_naive_overflows_and_underflows_but_shifted_does_not():
    for logits, dtype in (([1000, 999, 998], "float64"), ([-110, -111, -112], "float32")):
        assert np.isnan(trace(logits, algorithm="naive", dtype=dtype, true_class=0).probabilities).all()
        p = trace(logits, algorithm="shifted", dtype=dtype, true_class=0).probabilities
        np.testing.assert_allclose(p, special.softmax([2, 1, 0]), rtol=4 * epsilon(dtype))
        assert list(np.round(p, 3)) == [0.665, 0.245, 0.09]


def test_underflow_breaks_loss_and_gradient_but_not_probabilities():
    logs = trace([0, 110], algorithm="log_of_softmax", dtype="float32", true_class=0)
    assert list(logs.probabilities) == [0, 1]
    assert logs.loss == math.inf
    assert np.isnan(logs.gradient).all()
    stable = trace([0, 110], algorithm="log_sum_exp", dtype="float32", true_class=0)
    assert stable.loss == 110
    assert list(stable.gradient) == [-1, 1]


def test_plus_epsilon_has_a_finite_loss_and_a_vanishing_gradient():
    for margin in (20, 40):
        run = trace([0, margin], algorithm="plus_epsilon", dtype="float32", true_class=0)
        p = special.expit(-margin)
        assert run.gradient[0] == pytest.approx(-p * (1 - p) / (p + 1e-8), rel=1e-5)
        assert run.loss == pytest.approx(-math.log(p + 1e-8), rel=1e-6)
    assert run.loss == pytest.approx(18.42, abs=0.01)
    assert 0 < abs(run.gradient[0]) < 1e-9


def test_epsilon_is_zero_in_float16():
    plain, padded = (
        trace([0, 20], algorithm=a, dtype="float16", true_class=0) for a in ("log_of_softmax", "plus_epsilon")
    )
    assert plain.loss == padded.loss == math.inf


def test_float16_shifted_softmax_is_zero_for_nearly_half_of_a_thousand_classes():
    shares = [
        np.mean(trace(rng.normal(0, 5, 1000), algorithm="shifted", dtype="float16", true_class=0).probabilities == 0)
        for rng in map(np.random.default_rng, range(20))
    ]
    # Exact shares: p < 2⁻²⁵, half the smallest subnormal. Rounding changes the share of a row by a few percent.
    expected = [
        np.mean(special.softmax(rng.normal(0, 5, 1000)) < 2.0**-25) for rng in map(np.random.default_rng, range(20))
    ]
    assert np.mean(shares) == pytest.approx(np.mean(expected), abs=0.03)
    assert 0.3 < np.mean(shares) < 0.6


@pytest.mark.parametrize("true_class", [0, 1, 3])
@pytest.mark.parametrize(
    "logits", [[0.1, 0.2, 0.3, 0.4], [0, 40, -3, 5], [1000, 1003, 17, 1001], [0.3, -900, 2.7, -9], [5e4, -5e4, 0, 1]]
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_reference_agrees_with_mpmath(dtype, logits, true_class):
    truth = reference(logits, dtype=dtype, true_class=true_class)
    z = as_dtype(logits, dtype).astype(np.float64)
    np.testing.assert_array_equal(truth.logits, z)
    assert truth.rounded
    p, log10_p, loss, gradient = exact(z, true_class)
    # For smaller types the reference is a float64 computation with an error of 1e-16 times the spread of the logits.
    relative = 3e-16 if dtype == "float64" else 1e-12
    np.testing.assert_allclose(truth.probabilities, p, rtol=relative, atol=1e-320)
    np.testing.assert_allclose(truth.gradient, gradient, rtol=relative, atol=1e-320)
    np.testing.assert_allclose(truth.log10_probabilities, log10_p, rtol=max(relative, 1e-15))
    np.testing.assert_allclose(truth.loss, loss, rtol=relative)


@given(logits=logit_rows)
@settings(max_examples=40, deadline=None)
def test_float64_reference_is_accurate_to_one_unit(logits):
    p, _, loss, gradient = exact(logits, 1)
    truth = reference(logits, dtype="float64", true_class=1)
    np.testing.assert_allclose(truth.probabilities, p, rtol=2.3e-16)
    np.testing.assert_allclose(truth.loss, loss, rtol=2.3e-16)
    np.testing.assert_allclose(truth.gradient, gradient, rtol=2.3e-16)


def test_log10_probabilities_are_finite_where_probabilities_underflow():
    truth = reference([0, 1e6], dtype="float64", true_class=0)
    assert truth.probabilities[0] == 0
    assert truth.log10_probabilities[0] == pytest.approx(-1e6 / math.log(10), rel=1e-15)
    assert truth.loss == 1e6


@pytest.mark.parametrize("margin", [17, 36, 45, 100, 700])
def test_reference_is_accurate_for_a_tiny_loss(margin):
    truth = reference([margin, 0], dtype="float64", true_class=0)
    assert truth.loss == pytest.approx(math.log1p(math.exp(-margin)), rel=1e-15)
    assert truth.gradient[0] == pytest.approx(-special.expit(-margin), rel=1e-15)
