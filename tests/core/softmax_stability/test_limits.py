"""The limits of exp and of sums, derived from the formats; losses near certainty."""

import math

import ml_dtypes
import mpmath
import numpy as np
import pytest
import torch
from scipy import special

from core.softmax_stability import (
    DTYPES,
    exp_range,
    input_shares,
    near_certainty,
    softplus_loss,
    subtraction_orders,
    sum_overflow_at,
    trace,
)
from tests.core.softmax_stability.helpers import FORMATS, as_dtype, epsilon, neighbours, overflow_bound, underflow_bound


@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_range_matches_the_rounding_bounds(dtype):
    limits = exp_range(dtype)
    with mpmath.workdps(40):
        highest, lowest = mpmath.log(overflow_bound(dtype)), mpmath.log(underflow_bound(dtype))
        assert limits.last_finite < highest <= limits.first_infinite
        assert neighbours(limits.last_nonzero, dtype)[0] <= lowest < limits.last_nonzero
        assert neighbours(limits.underflow_margin, dtype)[0] == -limits.last_nonzero
        assert limits.log_half_smallest == pytest.approx(float(lowest), rel=1e-15)
        smallest_normal = mpmath.mpf(2) ** (1 - FORMATS[dtype][1])
        below, _ = neighbours(limits.last_normal, dtype)
        assert mpmath.exp(below) < smallest_normal * (1 + epsilon(dtype))
        assert mpmath.exp(limits.last_normal) > smallest_normal * (1 - epsilon(dtype))
    assert neighbours(limits.last_finite, dtype)[1] == limits.first_infinite
    assert limits.log_max == pytest.approx(math.log(float(ml_dtypes.finfo(as_dtype(0, dtype).dtype).max)), rel=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_saturation_margin_is_ln_two_over_epsilon(dtype):
    margin = exp_range(dtype).saturation_margin
    bound = math.log(2 / epsilon(dtype))
    assert neighbours(margin, dtype)[0] <= bound * (1 + 1e-15)
    assert margin >= bound * (1 - 1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gradient_is_nan_where_one_over_p_overflows(dtype):
    limits = exp_range(dtype)
    below = neighbours(limits.nan_gradient_margin, dtype)[0]
    assert below <= math.log(float(overflow_bound(dtype) / 2)) + math.log(2) <= limits.nan_gradient_margin * (1 + 1e-15)
    run = trace([limits.nan_gradient_margin, 0], algorithm="log_of_softmax", dtype=dtype, true_class=1)
    assert math.isfinite(run.loss)
    assert np.isnan(run.gradient).any()
    assert limits.nan_gradient_margin < limits.underflow_margin


@pytest.mark.parametrize(
    ("dtype", "certain", "vanished"),
    [("float16", 7.75, 17.5), ("bfloat16", 5.75, 93.0), ("float32", 16.75, 104.0), ("float64", 36.75, 745.25)],
)
def test_margins_on_a_quarter_grid(dtype, certain, vanished):
    limits = exp_range(dtype)
    assert math.ceil(limits.saturation_margin * 4) / 4 == certain
    assert math.ceil(limits.underflow_margin * 4) / 4 == vanished


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


def test_a_fifth_of_float16_numbers_overflow():
    shares = input_shares("float16")
    assert [round(100 * share, 1) for share in (shares.infinite, shares.zero, shares.one)] == [20.3, 19.2, 11.3]


def test_adding_the_maximum_back_loses_the_logarithm_of_large_equal_logits():
    orders = subtraction_orders([1e8, 1e8], dtype="float32", true_class=1)
    assert orders.max_added_back == 0.0
    assert orders.max_first == pytest.approx(math.log(2), rel=1e-7)
    assert orders.truth == pytest.approx(math.log(2), rel=1e-15)
    near = subtraction_orders([0.5, 1.5], dtype="float64", true_class=0)
    assert near.max_added_back == pytest.approx(near.max_first, rel=1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
def test_softplus_preserves_digits_that_log_softmax_loses(dtype):
    margin = math.ceil(exp_range(dtype).saturation_margin) + 1
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
