"""Softmax stability: thresholds from first principles, steps against torch, truth against mpmath."""

import math

import ml_dtypes
import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats

from core import softmax_stability
from core.claims import Verdict
from core.softmax_stability import (
    ALGORITHMS,
    CLAIMS,
    DTYPES,
    VERDICTS,
    cell_states,
    error_curve,
    errors,
    exp_range,
    findings,
    input_shares,
    make_logits,
    map_grid,
    near_certainty,
    online_softmax,
    parse_logits,
    reference,
    softplus_loss,
    subtraction_orders,
    sum_overflow_at,
    survival_map,
    thumbnail,
    trace,
)
from core.softmax_stability import claims as claims_module
from core.softmax_stability.arithmetic import run, run_all
from core.softmax_stability.truth import Truth, decimal_truth
from core.validate import InvalidArgument

# (bits of the significand, largest exponent): the IEEE 754 formats and bfloat16.
FORMATS = {"float16": (11, 15), "bfloat16": (8, 127), "float32": (24, 127), "float64": (53, 1023)}
TORCH = {name: getattr(torch, name) for name in DTYPES}
WITH_LOSS = [name for name in ALGORITHMS if name != "shifted"]

logit_rows = arrays(np.float64, st.integers(2, 12), elements=st.floats(-30, 30))


def as_dtype(values, dtype):
    return np.asarray(values, dtype=np.float64).astype(getattr(ml_dtypes, dtype, dtype))


def epsilon(dtype):
    return 2.0 ** (1 - FORMATS[dtype][0])


def overflow_bound(dtype):
    """Half a unit above the largest number: from here on rounding gives inf."""
    bits, exponent = FORMATS[dtype]
    return mpmath.mpf(2) ** exponent * (2 - mpmath.mpf(2) ** -bits)


def underflow_bound(dtype):
    """Half the smallest subnormal number: up to here rounding gives 0."""
    bits, exponent = FORMATS[dtype]
    return mpmath.mpf(2) ** (2 - exponent - bits) / 2


def neighbours(value, dtype):
    number = as_dtype(value, dtype)
    return [float(np.nextafter(number, as_dtype(end, dtype))) for end in (-np.inf, np.inf)]


def exact(z, true_class):
    """Softmax, log10 p, loss and gradient with 60 digits."""
    with mpmath.workdps(60):
        exps = [mpmath.exp(mpmath.mpf(float(x))) for x in z]
        total = mpmath.fsum(exps)
        p = [e / total for e in exps]
        others = mpmath.fsum(v for k, v in enumerate(p) if k != true_class)
        gradient = [v if k != true_class else -others for k, v in enumerate(p)]
        loss = -mpmath.log(p[true_class])
        return (
            [float(v) for v in p],
            [float(mpmath.log10(v)) for v in p],
            float(loss),
            [float(g) for g in gradient],
        )


def torch_steps(logits, dtype, algorithm, true_class):
    """The same steps in torch, differentiated by autograd."""
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


# Input


def test_make_logits_is_even():
    np.testing.assert_array_equal(make_logits(3, offset=1000, spread=2), [1000, 1001, 1002])
    np.testing.assert_array_equal(make_logits(2), [0, 2])
    assert make_logits(1000, spread=0).shape == (1000,)


@pytest.mark.parametrize(
    "text",
    ["[1000, 1001, −2]", "1000 1001 -2", " 1000;1001 ;\t-2\n", "(1e3,1001,-2.0)", "{1000，1001，−2}", "1000,1001,-2,"],
)
def test_parse_logits_reads_what_people_type(text):
    np.testing.assert_array_equal(parse_logits(text), [1000, 1001, -2])


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("1, two, 3", "not_a_number", "two"),
        ("1, [2", "not_a_number", "[2"),
        ("", "too_few", 0),
        ("[]", "too_few", 0),
        ("7", "too_few", 1),
        (" ".join(["1"] * 1001), "too_many", 1001),
        ("1, inf", "not_finite", math.inf),
        ("1, −inf", "not_finite", -math.inf),
        ("1, 1e999", "not_finite", math.inf),
        ("1, 2e30", "out_of_range", 2e30),
        ("1, -2e30", "out_of_range", -2e30),
    ],
)
def test_parse_logits_names_the_broken_rule(text, code, value):
    with pytest.raises(InvalidArgument) as refusal:
        parse_logits(text)
    assert refusal.value.code == code
    assert refusal.value.details["argument"] == "logits"
    assert refusal.value.details["value"] == value


def test_parse_logits_refuses_nan():
    with pytest.raises(InvalidArgument) as refusal:
        parse_logits("1 nan 3")
    assert refusal.value.code == "not_finite"


GOOD = {"dtype": "float32", "true_class": 0}
GRID = {"dtype": "float32", "true_class": 0, "n_classes": 3, "offsets": [0.0], "spreads": [1.0]}


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: make_logits(1), "out_of_range", "n_classes"),
        (lambda: make_logits(1001), "out_of_range", "n_classes"),
        (lambda: make_logits(2.0), "not_an_integer", "n_classes"),
        (lambda: make_logits(True), "not_an_integer", "n_classes"),
        (lambda: make_logits(3, offset=math.inf), "out_of_range", "offset"),
        (lambda: make_logits(3, offset=math.nan), "out_of_range", "offset"),
        (lambda: make_logits(3, spread=-1), "out_of_range", "spread"),
        (lambda: exp_range("float8"), "unknown_choice", "dtype"),
        (lambda: input_shares("float32"), "unknown_choice", "dtype"),
        (lambda: sum_overflow_at("half", 3), "unknown_choice", "dtype"),
        (lambda: sum_overflow_at("float16", 1), "out_of_range", "n_classes"),
        (lambda: trace([1, 2], algorithm="magic", **GOOD), "unknown_choice", "algorithm"),
        (lambda: trace([1, 2], algorithm="naive", dtype="int8", true_class=0), "unknown_choice", "dtype"),
        (lambda: reference([1, 2], dtype="float32", true_class=2), "out_of_range", "true_class"),
        (lambda: reference([1, 2], dtype="float32", true_class=-1), "out_of_range", "true_class"),
        (lambda: reference([1, 2], dtype="float32", true_class=0.5), "not_an_integer", "true_class"),
        (lambda: reference([1, 2], temperature=0, **GOOD), "not_positive", "temperature"),
        (lambda: reference([1, 2], temperature=-1, **GOOD), "not_positive", "temperature"),
        (lambda: reference([1, 2], temperature=math.nan, **GOOD), "not_finite", "temperature"),
        (lambda: reference([1, 2], temperature=1e-320, **GOOD), "out_of_range", "logits / temperature"),
        (lambda: errors([1], **GOOD), "too_few", "logits"),
        (lambda: errors(np.zeros(1001), **GOOD), "too_many", "logits"),
        (lambda: errors([1, math.nan], **GOOD), "not_finite", "logits"),
        (lambda: errors([[1, 2]], **GOOD), "not_a_vector", "logits"),
        (lambda: errors(["a", "b"], **GOOD), "not_a_number", "logits"),
        (lambda: errors([1, 1e31], **GOOD), "out_of_range", "logits"),
        (lambda: error_curve([1, 2], offsets=[], **GOOD), "too_few", "offsets"),
        (lambda: error_curve([1, 2], offsets=[math.inf], **GOOD), "not_finite", "offsets"),
        (lambda: error_curve([1, 2], offsets=[1e31], **GOOD), "out_of_range", "offsets"),
        (lambda: error_curve([1, 2], offsets=np.zeros(1001), **GOOD), "too_many", "offsets"),
        (lambda: survival_map(**{**GRID, "n_classes": 1}), "out_of_range", "n_classes"),
        (lambda: survival_map(**{**GRID, "true_class": 3}), "out_of_range", "true_class"),
        (lambda: survival_map(**{**GRID, "spreads": [-1.0]}), "out_of_range", "spreads"),
        (lambda: survival_map(**{**GRID, "offsets": [1e31]}), "out_of_range", "offsets"),
        (
            lambda: survival_map(**{**GRID, "n_classes": 1000, "offsets": np.zeros(100), "spreads": np.zeros(6)}),
            "too_many",
            "offsets × spreads × n_classes",
        ),
        (lambda: online_softmax([1, 2], dtype="float32", seed=-1), "out_of_range", "seed"),
        (lambda: online_softmax([1, 2], dtype="float32", seed=0.5), "not_an_integer", "seed"),
        (lambda: online_softmax([1], dtype="float32"), "too_few", "logits"),
        (lambda: softplus_loss([1], dtype="x"), "unknown_choice", "dtype"),
        (lambda: softplus_loss([], dtype="float32"), "too_few", "margins"),
        (lambda: near_certainty([math.nan], dtype="float32"), "not_finite", "margins"),
        (lambda: near_certainty([1e31], dtype="float32"), "out_of_range", "margins"),
        (lambda: near_certainty(np.zeros(1001), dtype="float32"), "too_many", "margins"),
        (lambda: subtraction_orders([1, 2], dtype="float32", true_class=5), "out_of_range", "true_class"),
    ],
)
def test_refusals_name_code_and_argument(call, code, argument):
    with pytest.raises(InvalidArgument) as refusal:
        call()
    assert (refusal.value.code, refusal.value.details["argument"]) == (code, argument)


# Thresholds


@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_range_lies_where_rounding_puts_it(dtype):
    limits = exp_range(dtype)
    with mpmath.workdps(40):
        highest, lowest = mpmath.log(overflow_bound(dtype)), mpmath.log(underflow_bound(dtype))
        assert limits.last_finite < highest <= limits.first_infinite
        assert neighbours(limits.last_nonzero, dtype)[0] <= lowest < limits.last_nonzero
        assert neighbours(limits.vanished_margin, dtype)[0] == -limits.last_nonzero
        assert limits.log_half_smallest == pytest.approx(float(lowest), rel=1e-15)
        smallest_normal = mpmath.mpf(2) ** (1 - FORMATS[dtype][1])
        below, _ = neighbours(limits.last_normal, dtype)
        assert mpmath.exp(below) < smallest_normal * (1 + epsilon(dtype))
        assert mpmath.exp(limits.last_normal) > smallest_normal * (1 - epsilon(dtype))
    assert neighbours(limits.last_finite, dtype)[1] == limits.first_infinite
    assert limits.log_max == pytest.approx(math.log(float(ml_dtypes.finfo(as_dtype(0, dtype).dtype).max)), rel=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_plus_exp_rounds_to_one_at_ln_two_over_epsilon(dtype):
    margin = exp_range(dtype).certain_margin
    bound = math.log(2 / epsilon(dtype))
    assert neighbours(margin, dtype)[0] <= bound * (1 + 1e-15)
    assert margin >= bound * (1 - 1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gradient_dies_where_one_over_p_overflows_before_the_loss_does(dtype):
    limits = exp_range(dtype)
    below = neighbours(limits.dead_gradient_margin, dtype)[0]
    assert (
        below <= math.log(float(overflow_bound(dtype) / 2)) + math.log(2) <= limits.dead_gradient_margin * (1 + 1e-15)
    )
    run = trace([limits.dead_gradient_margin, 0], algorithm="log_of_softmax", dtype=dtype, true_class=1)
    assert math.isfinite(run.loss)
    assert np.isnan(run.gradient).any()
    assert limits.dead_gradient_margin < limits.vanished_margin


@pytest.mark.parametrize(
    ("dtype", "certain", "vanished"),
    [("float16", 7.75, 17.5), ("bfloat16", 5.75, 93.0), ("float32", 16.75, 104.0), ("float64", 36.75, 745.25)],
)
def test_margins_on_a_quarter_grid(dtype, certain, vanished):
    limits = exp_range(dtype)
    assert math.ceil(limits.certain_margin * 4) / 4 == certain
    assert math.ceil(limits.vanished_margin * 4) / 4 == vanished


@pytest.mark.parametrize("n_classes", [2, 3, 10, 1000])
@pytest.mark.parametrize("dtype", DTYPES)
def test_sum_overflows_before_its_terms(dtype, n_classes):
    overflow = sum_overflow_at(dtype, n_classes)
    below, _ = neighbours(overflow.measured, dtype)
    largest = float(ml_dtypes.finfo(as_dtype(0, dtype).dtype).max)
    assert overflow.theory == pytest.approx(math.log(largest) - math.log(n_classes), rel=1e-15)
    # Each exp is rounded by up to half an epsilon before it is summed.
    slack = epsilon(dtype) + 1e-12
    assert below - slack <= overflow.theory <= overflow.measured + slack
    assert math.isfinite(overflow.exp_there)
    assert overflow.measured < exp_range(dtype).first_infinite
    for logit, states in ((below, {"finite", "one"}), (overflow.measured, {"inf"})):
        run = trace([logit] * n_classes, algorithm="naive", dtype=dtype, true_class=0)
        stages = {stage.name: stage for stage in run.stages}
        assert set(stages["exp"].states) == {"finite"}
        assert set(stages["sum"].states) <= states


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_input_shares_follow_from_the_rounding_bounds(dtype):
    every = np.arange(2**16, dtype=np.uint16).view(as_dtype(0, dtype).dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        exps = np.exp(every[np.isfinite(every)].astype(np.float64))
    half = epsilon(dtype) / 2
    shares = input_shares(dtype)
    assert shares.infinite == np.mean(exps >= float(overflow_bound(dtype)))
    assert shares.zero == np.mean(exps <= float(underflow_bound(dtype)))
    assert shares.one == np.mean((exps >= 1 - half / 2) & (exps <= 1 + half))


def test_a_fifth_of_float16_overflows():
    shares = input_shares("float16")
    assert [round(100 * share, 1) for share in (shares.infinite, shares.zero, shares.one)] == [20.3, 19.2, 11.3]


# Steps


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_stages_are_named_in_order_and_hold_numbers_of_the_type(algorithm, dtype):
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
    # log_softmax of a 16-bit tensor runs in float32 inside torch, ours rounds each step: a few units apart.
    close = {"rtol": 8 * epsilon(dtype), "atol": 4 * epsilon(dtype)}
    np.testing.assert_allclose(run.probabilities, p, **close)
    np.testing.assert_allclose(run.loss, loss, **close)
    np.testing.assert_allclose(run.gradient, gradient, **close)


@pytest.mark.parametrize("margin", [10, 60, 85, 90, 95, 104, 110, 700, 720, 750])
@pytest.mark.parametrize("true_class", [0, 1])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_log_of_softmax_dies_where_pytorch_users_see_it_die(dtype, true_class, margin):
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
    # A sum of n terms that starts at 1 is rounded n − 1 times, which a loss near 0 keeps as an absolute error.
    np.testing.assert_allclose(run.loss, -special.log_softmax(z)[1], rtol=60 * epsilon(dtype), atol=12 * epsilon(dtype))
    for algorithm in ("naive", "shifted"):
        p = trace(logits, algorithm=algorithm, dtype=dtype, true_class=1).probabilities
        np.testing.assert_allclose(p, special.softmax(z), rtol=20 * epsilon(dtype))


@given(row=st.lists(st.integers(-40, 40), min_size=2, max_size=12), shift=st.integers(-2000, 2000))
@settings(deadline=None)
def test_shifted_softmax_ignores_a_shift(row, shift):
    # float32 holds these integers exactly, so the identity has nothing to round.
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
def test_gradients_are_slopes_of_the_loss_and_sum_to_zero(logits, true_class):
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


@given(logit_rows, st.sampled_from(DTYPES))
@settings(max_examples=30, deadline=None)
def test_an_algorithm_alone_takes_the_steps_that_it_takes_among_all(logits, dtype):
    z = as_dtype(logits, dtype)
    for name, steps in run_all(z, 1).items():
        alone = run(name, z, 1)
        assert list(alone) == list(steps)
        for step, cells in steps.items():
            np.testing.assert_array_equal(alone[step].astype(float), cells.astype(float))


def test_cell_states():
    cells = [0.0, -0.0, 1.0, 0.5, np.inf, -np.inf, np.nan]
    assert list(cell_states(cells)) == ["finite"] * 4 + ["inf", "inf", "nan"]
    assert list(cell_states(cells, saturating=True)) == ["zero", "zero", "one", "finite", "inf", "inf", "nan"]


def test_states_show_nan_spreading():
    run = trace([1000, 999, 0], algorithm="naive", dtype="float32", true_class=0)
    states = {stage.name: list(stage.states) for stage in run.stages}
    assert states["z"] == ["finite"] * 3
    assert states["exp"] == ["inf", "inf", "one"]
    assert states["sum"] == ["inf"]
    assert states["p"] == ["nan", "nan", "zero"]
    assert states["loss"] == ["nan"]
    assert states["gradient"] == ["nan"] * 3


# Known figures


def test_naive_fails_upward_and_downward_and_the_shift_repairs_both():
    for logits, dtype in (([1000, 999, 998], "float64"), ([-110, -111, -112], "float32")):
        assert np.isnan(trace(logits, algorithm="naive", dtype=dtype, true_class=0).probabilities).all()
        p = trace(logits, algorithm="shifted", dtype=dtype, true_class=0).probabilities
        np.testing.assert_allclose(p, special.softmax([2, 1, 0]), rtol=4 * epsilon(dtype))
        assert list(np.round(p, 3)) == [0.665, 0.245, 0.09]


def test_underflow_is_harmless_to_the_probability_alone():
    logs = trace([0, 110], algorithm="log_of_softmax", dtype="float32", true_class=0)
    assert list(logs.probabilities) == [0, 1]
    assert logs.loss == math.inf
    assert np.isnan(logs.gradient).all()
    stable = trace([0, 110], algorithm="log_sum_exp", dtype="float32", true_class=0)
    assert stable.loss == 110
    assert list(stable.gradient) == [-1, 1]


def test_plus_epsilon_keeps_the_loss_finite_and_kills_the_gradient():
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


def test_float16_shifted_softmax_zeroes_nearly_half_of_a_thousand_wide_logits():
    shares = [
        np.mean(trace(rng.normal(0, 5, 1000), algorithm="shifted", dtype="float16", true_class=0).probabilities == 0)
        for rng in map(np.random.default_rng, range(20))
    ]
    # Exactly: p < 2⁻²⁵, half the smallest subnormal. Rounding the input and exp moves a single row by a few percent.
    expected = [
        np.mean(special.softmax(rng.normal(0, 5, 1000)) < 2.0**-25) for rng in map(np.random.default_rng, range(20))
    ]
    assert np.mean(shares) == pytest.approx(np.mean(expected), abs=0.03)
    assert 0.3 < np.mean(shares) < 0.6


def test_big_equal_logits_lose_the_logarithm_if_the_maximum_is_added_back():
    orders = subtraction_orders([1e8, 1e8], dtype="float32", true_class=1)
    assert orders.max_added_back == 0.0
    assert orders.max_first == pytest.approx(math.log(2), rel=1e-7)
    assert orders.truth == pytest.approx(math.log(2), rel=1e-15)
    near = subtraction_orders([0.5, 1.5], dtype="float64", true_class=0)
    assert near.max_added_back == pytest.approx(near.max_first, rel=1e-14)


# Truth and errors


@pytest.mark.parametrize("true_class", [0, 1, 3])
@pytest.mark.parametrize(
    "logits", [[0.1, 0.2, 0.3, 0.4], [0, 40, -3, 5], [1000, 1003, 17, 1001], [0.3, -900, 2.7, -9], [5e4, -5e4, 0, 1]]
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_reference_agrees_with_sixty_digits(dtype, logits, true_class):
    truth = reference(logits, dtype=dtype, true_class=true_class)
    z = as_dtype(logits, dtype).astype(np.float64)
    np.testing.assert_array_equal(truth.logits, z)
    assert truth.rounded
    p, log10_p, loss, gradient = exact(z, true_class)
    # Ahead of float64's own rounding in float64; a float64 computation (1e-16 times the spread) in the smaller types.
    relative = 3e-16 if dtype == "float64" else 1e-12
    np.testing.assert_allclose(truth.probabilities, p, rtol=relative, atol=1e-320)
    np.testing.assert_allclose(truth.gradient, gradient, rtol=relative, atol=1e-320)
    np.testing.assert_allclose(truth.log10_probabilities, log10_p, rtol=max(relative, 1e-15))
    np.testing.assert_allclose(truth.loss, loss, rtol=relative)


@given(logits=logit_rows)
@settings(max_examples=40, deadline=None)
def test_reference_in_float64_is_correctly_rounded_to_one_unit(logits):
    p, _, loss, gradient = exact(logits, 1)
    truth = reference(logits, dtype="float64", true_class=1)
    np.testing.assert_allclose(truth.probabilities, p, rtol=2.3e-16)
    np.testing.assert_allclose(truth.loss, loss, rtol=2.3e-16)
    np.testing.assert_allclose(truth.gradient, gradient, rtol=2.3e-16)


def test_the_kept_truth_of_float64_is_told_apart_by_logits_and_class_and_read_only():
    for _ in range(2):
        for true_class in (0, 2):
            truth = reference([1, 2, 4], dtype="float64", true_class=true_class)
            exact = decimal_truth(np.array([1.0, 2.0, 4.0]), true_class)
            assert truth.loss == exact.loss[0]
            np.testing.assert_array_equal(truth.probabilities, exact.probabilities)
            np.testing.assert_array_equal(truth.gradient, exact.gradient)
            with pytest.raises(ValueError, match="read-only"):
                truth.probabilities[0] = 0
    assert reference([1, 2, 5], dtype="float64", true_class=0).loss > exact.loss[0]


def test_reference_keeps_what_float64_cannot_hold():
    truth = reference([0, 1e6], dtype="float64", true_class=0)
    assert truth.probabilities[0] == 0
    assert truth.log10_probabilities[0] == pytest.approx(-1e6 / math.log(10), rel=1e-15)
    assert truth.loss == 1e6


@pytest.mark.parametrize("margin", [17, 36, 45, 100, 700])
def test_reference_keeps_the_digits_of_a_tiny_loss(margin):
    truth = reference([margin, 0], dtype="float64", true_class=0)
    assert truth.loss == pytest.approx(math.log1p(math.exp(-margin)), rel=1e-15)
    assert truth.gradient[0] == pytest.approx(-special.expit(-margin), rel=1e-15)


def test_logits_beyond_the_type_are_dead_and_judged_by_their_unrounded_truth():
    truth = reference([1e8, 1e8], dtype="float16", true_class=0)
    assert not truth.rounded
    assert truth.loss == pytest.approx(math.log(2), rel=1e-15)
    measured = errors([1e8, 1e8], dtype="float16", true_class=0)
    assert {result.verdict for result in measured.values()} == {"dead"}
    run = trace([1e8, 1e8], algorithm="log_sum_exp", dtype="float16", true_class=0)
    assert list(run.stages[0].states) == ["inf", "inf"]
    assert math.isnan(run.loss)


def test_errors_are_differences_from_the_reference():
    logits, options = [0.1, 3.3, -2.0], {"dtype": "bfloat16", "true_class": 2, "temperature": 0.7}
    truth = reference(logits, **options)
    measured = errors(logits, **options)
    assert tuple(measured) == ALGORITHMS
    for algorithm, result in measured.items():
        run = trace(logits, algorithm=algorithm, **options)
        assert result.probabilities == np.abs(run.probabilities - truth.probabilities).max()
        if algorithm == "shifted":
            assert result.loss is None
            assert result.gradient is None
        else:
            assert result.loss == abs(run.loss - truth.loss) / truth.loss
            assert result.gradient == np.abs(run.gradient - truth.gradient).max()
            assert result.loss > 0


def test_error_of_a_true_loss_too_small_for_float64_is_absolute():
    measured = errors([0, 800], dtype="float64", true_class=1)["log_sum_exp"]
    assert measured.loss == 0
    assert measured.verdict == "right"


@pytest.mark.parametrize("dtype", DTYPES)
def test_error_curve_repeats_errors_at_each_offset(dtype):
    logits, offsets = make_logits(5, spread=6), np.array([-1000, -90.3, -12, 0, 7.7, 60, 88.7, 1000])
    curve = error_curve(logits, offsets=offsets, dtype=dtype, true_class=1, temperature=1.3)
    assert tuple(curve.probabilities) == ALGORITHMS
    assert list(curve.loss) == list(curve.gradient) == WITH_LOSS
    for column, offset in enumerate(offsets):
        single = errors(logits + offset, dtype=dtype, true_class=1, temperature=1.3)
        for name, result in single.items():
            # The last bits of the truth differ: long double here, decimals there.
            close = {"rtol": 1e-12, "atol": 3e-16, "equal_nan": True}
            np.testing.assert_allclose(curve.probabilities[name][column], result.probabilities, **close)
            if name in curve.loss:
                np.testing.assert_allclose(curve.loss[name][column], result.loss, **close)
                np.testing.assert_allclose(curve.gradient[name][column], result.gradient, **close)


def test_subtracting_the_maximum_makes_the_error_independent_of_the_offset():
    offsets = np.linspace(-1000, 1000, 121)
    curve = error_curve(make_logits(10), offsets=offsets, dtype="float32", true_class=3)
    assert np.nanmax(curve.loss["log_sum_exp"]) < 3e-7
    assert np.isfinite(curve.loss["log_sum_exp"]).all()
    naive_dead = np.isnan(curve.loss["naive"])
    assert naive_dead[offsets > math.log(float(np.finfo(np.float32).max))].all()
    assert naive_dead[offsets + 2 < -104].all()
    assert not naive_dead[np.abs(offsets) < 80].any()


@pytest.mark.parametrize("true_class", [0, 3])
@pytest.mark.parametrize("dtype", DTYPES)
def test_survival_map_repeats_errors_in_each_cell(dtype, true_class):
    offsets, spreads = [-800, -95, -5, 0, 9.5, 86, 90, 705], [0, 3, 16, 20, 60, 115, 300, 2400]
    result = survival_map(
        dtype=dtype, n_classes=4, true_class=true_class, offsets=offsets, spreads=spreads, temperature=0.9
    )
    assert result.tolerance == pytest.approx(math.sqrt(epsilon(dtype)))
    seen = set()
    for row, spread in enumerate(spreads):
        for column, offset in enumerate(offsets):
            logits = make_logits(4, offset=offset, spread=spread)
            for name, single in errors(logits, dtype=dtype, true_class=true_class, temperature=0.9).items():
                verdict = VERDICTS[result.verdicts[name][row, column]]
                assert verdict == single.verdict, (name, spread, offset)
                seen.add(verdict)
    assert seen >= {"right", "dead"}
    for name in ALGORITHMS:
        assert sum(result.shares[name].values()) == pytest.approx(1)
        assert result.shares[name]["dead"] == np.mean(result.verdicts[name] == 2)


def test_survival_map_joins_its_chunks():
    offsets, spreads = np.linspace(-100, 100, 40), np.linspace(0, 40, 12)
    whole = survival_map(dtype="float32", n_classes=1000, true_class=0, offsets=offsets, spreads=spreads)
    row = survival_map(dtype="float32", n_classes=1000, true_class=0, offsets=offsets, spreads=spreads[7:8])
    for name in ALGORITHMS:
        assert whole.verdicts[name].shape == (12, 40)
        np.testing.assert_array_equal(whole.verdicts[name][7], row.verdicts[name][0])


def test_survival_verdicts_mean_what_they_say():
    def verdicts(logits, true_class, dtype="float32"):
        return {name: result.verdict for name, result in errors(logits, dtype=dtype, true_class=true_class).items()}

    assert set(verdicts([0, 1], 0).values()) == {"right"}
    assert verdicts([0, 110], 0) == {
        "naive": "dead",
        "shifted": "right",
        "log_of_softmax": "dead",
        "log_sum_exp": "right",
        "plus_epsilon": "wrong",
    }
    # Near certainty even log_softmax loses every digit, until the true loss itself rounds to 0.
    assert verdicts([17, 0], 0)["log_sum_exp"] == "wrong"
    assert verdicts([110, 0], 0)["log_sum_exp"] == "right"
    # ε/p = .001 in the gradient is only .001/11.5 of the loss: the gradient alone decides.
    padded = errors([0, 11.5], dtype="float32", true_class=0)["plus_epsilon"]
    assert padded.loss < math.sqrt(epsilon("float32")) < padded.gradient
    assert padded.verdict == "wrong"


# Online softmax


@given(logits=logit_rows, dtype=st.sampled_from(DTYPES), seed=st.none() | st.integers(0, 1000))
@settings(deadline=None)
def test_online_softmax_agrees_with_two_passes(logits, dtype, seed):
    online = online_softmax(logits, dtype=dtype, seed=seed)
    two_pass = trace(logits, algorithm="shifted", dtype=dtype, true_class=0).probabilities
    np.testing.assert_allclose(online.probabilities, two_pass, atol=4 * epsilon(dtype))
    z = as_dtype(logits, dtype).astype(np.float64)[online.order]
    np.testing.assert_array_equal(online.running_max, np.maximum.accumulate(z))
    sums = [np.exp(z[: k + 1] - z[: k + 1].max()).sum() for k in range(z.size)]
    np.testing.assert_allclose(online.running_sum, sums, rtol=8 * epsilon(dtype))
    assert online.rescaled[0]
    np.testing.assert_array_equal(online.rescaled[1:], np.diff(np.maximum.accumulate(z)) > 0)
    assert online.n_rescales == online.rescaled.sum()
    truth = reference(logits, dtype=dtype, true_class=0).probabilities
    assert online.error == np.abs(online.probabilities - truth).max()
    assert online.two_pass_error == np.abs(two_pass - truth).max()


def test_online_softmax_rescales_at_each_new_maximum():
    rising = make_logits(50, spread=10)
    assert online_softmax(rising, dtype="float32").n_rescales == 50
    falling = online_softmax(rising[::-1], dtype="float32")
    assert falling.n_rescales == 1
    assert falling.expected_rescales == pytest.approx(special.digamma(51) + np.euler_gamma)


def test_shuffled_streams_rescale_a_harmonic_number_of_times():
    n, runs = 200, 200
    counts = [online_softmax(make_logits(n, spread=10), dtype="float64", seed=seed).n_rescales for seed in range(40)]
    counts += [online_softmax(make_logits(n), dtype="float32", seed=seed).n_rescales for seed in range(40, runs)]
    harmonic = np.sum(1 / np.arange(1, n + 1))
    variance = harmonic - np.sum(1 / np.arange(1, n + 1) ** 2.0)
    assert np.mean(counts) == pytest.approx(harmonic, abs=4 * math.sqrt(variance / runs))


def test_online_softmax_repeats_with_its_seed():
    logits = make_logits(100)
    one, same, other = (online_softmax(logits, dtype="float32", seed=seed).order for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    np.testing.assert_array_equal(np.sort(other), np.arange(100))


# Near certainty


@pytest.mark.parametrize("dtype", DTYPES)
def test_softplus_keeps_the_digits_that_log_softmax_drops(dtype):
    margin = math.ceil(exp_range(dtype).certain_margin) + 1
    result = near_certainty([margin], dtype=dtype)
    truth = math.log1p(math.exp(-margin))
    assert result.true_loss[0] == pytest.approx(truth, rel=1e-15)
    assert result.true_gradient[0] == pytest.approx(-special.expit(-margin), rel=1e-15)
    assert result.log_softmax_loss[0] == 0
    assert math.copysign(1, result.log_softmax_loss[0]) == -1
    assert result.log_softmax_gradient[0] == 0
    smallest = 2.0 ** (2 - FORMATS[dtype][1] - FORMATS[dtype][0])
    assert result.softplus_loss[0] == pytest.approx(truth, rel=2 * epsilon(dtype), abs=smallest / 2)
    assert result.softplus_gradient[0] == pytest.approx(-special.expit(-margin), rel=2 * epsilon(dtype), abs=smallest)


def test_float32_at_margin_seventeen():
    result = near_certainty([17], dtype="float32")
    assert result.true_loss[0] == pytest.approx(4.14e-8, rel=1e-3)
    z = torch.tensor([[17.0, 0.0]], requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z, torch.tensor([0]))
    loss.backward()
    assert result.log_softmax_loss[0] == loss.item() == 0
    assert result.log_softmax_gradient[0] == z.grad[0, 0].item() == 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_softplus_loss_over_its_whole_range(dtype):
    margins = np.linspace(-50, 50, 41)
    m = as_dtype(margins, dtype).astype(np.float64)
    result = near_certainty(margins, dtype=dtype)
    close = {"rtol": 4 * epsilon(dtype), "atol": 2.0 ** (2 - FORMATS[dtype][1] - FORMATS[dtype][0])}
    np.testing.assert_array_equal(result.margins, m)
    np.testing.assert_allclose(result.softplus_loss, np.logaddexp(0, -m), **close)
    np.testing.assert_array_equal(softplus_loss(margins, dtype=dtype), result.softplus_loss)
    np.testing.assert_allclose(result.softplus_gradient, -special.expit(-m), **close)
    np.testing.assert_allclose(result.true_loss, np.logaddexp(0, -m), rtol=1e-14)


# Claims


PINNED = {
    "inf_over_inf": Verdict.HOLDS,
    "shift_invariance": Verdict.HOLDS,
    "scale_sharpens": Verdict.DEPENDS,
    "underflow_harmless": Verdict.DEPENDS,
    "inference_needs_none": Verdict.DEPENDS,
    "gradient_p_minus_t": Verdict.HOLDS,
    "sigmoid_density": Verdict.FALSE,
}


def test_claims_keep_their_order():
    assert list(CLAIMS) == list(PINNED)


@pytest.mark.parametrize("key", PINNED)
def test_verdicts(key):
    claim = CLAIMS[key]()
    assert claim.verdict is PINNED[key]
    assert all(isinstance(value, float) for value in claim.evidence.values())


def test_evidence():
    evidence = {key: claim().evidence for key, claim in CLAIMS.items()}
    assert evidence["inf_over_inf"]["exp_2000"] == math.inf
    assert math.isnan(evidence["inf_over_inf"]["naive_probability"])
    assert evidence["inf_over_inf"]["shifted_probability"] == pytest.approx(special.softmax([2, 1, 0])[0])
    assert evidence["shift_invariance"]["exact_change"] == 0
    # 1e8 + (1, 2, 4) in float32, whose numbers are 8 apart there: (1, 1, 1) after the tie goes to even.
    assert evidence["shift_invariance"]["float32_change_at_1e8"] == pytest.approx(special.softmax([1, 2, 4])[2] - 1 / 3)
    for name, factor in (("half", 0.5), ("one", 1.0), ("double", 2.0)):
        p = special.softmax(factor * np.array([1, 2, 4]))
        assert evidence["scale_sharpens"][f"entropy_{name}"] == pytest.approx(stats.entropy(p))
        assert evidence["scale_sharpens"][f"largest_{name}"] == pytest.approx(p.max())
    underflow = evidence["underflow_harmless"]
    assert (underflow["probability"], underflow["loss"], underflow["true_loss"]) == (0, math.inf, 110)
    assert (underflow["log_sum_exp_loss"], underflow["log_sum_exp_gradient"]) == (110, -1)
    assert math.isnan(underflow["gradient"])
    assert evidence["inference_needs_none"]["same_label"] == 1
    assert math.isnan(evidence["gradient_p_minus_t"]["gradient_from_probabilities"])
    assert evidence["gradient_p_minus_t"]["gradient_from_logits"] == -1
    assert evidence["sigmoid_density"]["area_10"] == pytest.approx(10)
    assert evidence["sigmoid_density"]["area_100"] == pytest.approx(100)
    assert evidence["sigmoid_density"]["derivative_area"] == pytest.approx(1)


def test_verdicts_follow_the_evidence(monkeypatch):
    """With a world in which the computation comes out otherwise, each verdict comes out otherwise."""
    real_run, real_run_all = claims_module._run, claims_module.run_all

    def always_stable(logits, dtype, algorithm, true_class=0):
        return real_run(logits, dtype, "log_sum_exp", true_class)

    def other_class(z, true_class):
        return real_run_all(z, (true_class + 1) % z.shape[-1])

    def unshifted(z, true_class):
        return Truth(np.asarray(z) / np.sum(z), np.zeros_like(z), np.ones(1), np.zeros_like(z))

    def shuffled_labels(z, true_class):
        return {"shifted": {"p": -real_run_all(z, true_class)["shifted"]["p"]}}

    worlds = [
        ("inf_over_inf", "_run", always_stable, Verdict.DEPENDS),
        ("shift_invariance", "decimal_truth", unshifted, Verdict.FALSE),
        ("scale_sharpens", "_entropy", lambda truth: 1.0, Verdict.FALSE),
        ("underflow_harmless", "_run", always_stable, Verdict.HOLDS),
        ("inference_needs_none", "run_all", shuffled_labels, Verdict.FALSE),
        ("gradient_p_minus_t", "run_all", other_class, Verdict.FALSE),
        ("sigmoid_density", "expit", stats.norm.pdf, Verdict.HOLDS),
    ]
    assert [key for key, *_ in worlds] == list(CLAIMS)
    for key, name, replacement, verdict in worlds:
        with monkeypatch.context() as world:
            world.setattr(special if name == "expit" else claims_module, name, replacement)
            assert CLAIMS[key]().verdict is verdict, key


def test_public_names_exist():
    for name in softmax_stability.__all__:
        assert hasattr(softmax_stability, name), name


def found(logits, *, dtype: str = "float32", true_class: int = 0, temperature: float = 1.0) -> dict[str, dict]:
    options = {"dtype": dtype, "true_class": true_class, "temperature": temperature}
    traces = {name: trace(logits, algorithm=name, **options) for name in ALGORITHMS}
    truth = reference(logits, **options)
    named = findings(np.asarray(logits, float), traces, truth, true_class=true_class, temperature=temperature)
    return {finding.code: finding.figures for finding in named}


def test_a_calm_run_has_one_finding() -> None:
    assert found([0.0, 1.0, 2.0]) == {"calm": {}}


@pytest.mark.parametrize(
    ("logits", "options", "code"),
    [
        ([70_000.0, 70_001.0], {"dtype": "float16"}, "input_overflows"),
        ([1000.0, 1001.0], {}, "exp_overflows"),
        ([0.0, 1.0, 2.0], {"temperature": 0.01}, "exp_overflows"),
        ([87.0] * 10, {}, "sum_overflows"),
        ([-110.0, -109.0], {}, "zero_over_zero"),
        ([0.0, 110.0], {}, "log_of_zero"),
        ([0.0, 40.0], {}, "epsilon"),
        ([17.0, 0.0], {}, "certain"),
        ([1e8, 1e8], {}, "orders"),
    ],
)
def test_each_way_of_breaking_is_named(logits: list[float], options: dict, code: str) -> None:
    assert code in found(logits, **options)
    assert "calm" not in found(logits, **options)


def test_findings_carry_the_figures() -> None:
    figures = found([0.0, 110.0])["log_of_zero"]
    assert figures["loss"] == math.inf
    assert figures["truth"] == pytest.approx(110)
    assert found([0.0, 40.0])["epsilon"]["loss"] == pytest.approx(-math.log(1e-8), rel=1e-6)
    assert found([1e8, 1e8])["orders"] == {
        "first": pytest.approx(math.log(2)), "back": 0.0, "truth": pytest.approx(math.log(2))
    }  # fmt: skip


@pytest.mark.parametrize("n_classes", [2, 10, 1000])
def test_the_grid_of_a_map_spans_the_controls_within_its_budget(n_classes: int) -> None:
    offsets, spreads = map_grid(n_classes)
    assert (offsets[0], offsets[-1], spreads[0], spreads[-1]) == pytest.approx((-1000, 1000, 0, 1000))
    assert (np.diff(offsets) > 0).all()
    assert (np.diff(spreads) > 0).all()
    assert offsets.size * spreads.size * n_classes <= 160_000


def test_the_thumbnail_dies_on_both_sides() -> None:
    small = thumbnail()
    assert np.isnan(small.lines["naive"][[0, -1]]).all()
    assert small.lines["shifted"] == pytest.approx(special.softmax([0, 1, 2])[2], abs=1e-5)
