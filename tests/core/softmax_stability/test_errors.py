"""Errors against the reference, and the verdicts."""

import math

import numpy as np
import pytest

from core.softmax_stability import ALGORITHMS, DTYPES, error_curve, errors, make_logits, reference, trace
from tests.core.softmax_stability.helpers import WITH_LOSS


def test_logits_beyond_the_type_fail_and_compared_with_unrounded_logits():
    truth = reference([1e8, 1e8], dtype="float16", true_class=0)
    assert not truth.rounded
    assert truth.loss == pytest.approx(math.log(2), rel=1e-15)
    measured = errors([1e8, 1e8], dtype="float16", true_class=0)
    assert {result.verdict for result in measured.values()} == {"failed"}
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
def test_error_curve_matches_errors_at_each_offset(dtype):
    logits, offsets = make_logits(5, spread=6), np.array([-1000, -90.3, -12, 0, 7.7, 60, 88.7, 1000])
    curve = error_curve(logits, offsets=offsets, dtype=dtype, true_class=1, temperature=1.3)
    assert tuple(curve.probabilities) == ALGORITHMS
    assert list(curve.loss) == list(curve.gradient) == WITH_LOSS
    for column, offset in enumerate(offsets):
        single = errors(logits + offset, dtype=dtype, true_class=1, temperature=1.3)
        for name, result in single.items():
            # The exact values differ in their last bits: long double in the curve, decimal arithmetic in `errors`.
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
    naive_failed = np.isnan(curve.loss["naive"])
    assert naive_failed[offsets > math.log(float(np.finfo(np.float32).max))].all()
    assert naive_failed[offsets + 2 < -104].all()
    assert not naive_failed[np.abs(offsets) < 80].any()
