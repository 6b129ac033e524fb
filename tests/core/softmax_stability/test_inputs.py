"""Logits that are generated or parsed, and the arguments that are refused."""

import math

import numpy as np
import pytest

from core.softmax_stability import (
    add_offset,
    error_curve,
    errors,
    exp_range,
    extreme_class,
    input_shares,
    make_logits,
    near_certainty,
    online_softmax,
    parse_logits,
    reference,
    softplus_loss,
    subtraction_orders,
    sum_overflow_at,
    trace,
    verdict_map,
)
from core.validate import InvalidArgument


def test_make_logits_is_evenly_spaced():
    np.testing.assert_array_equal(make_logits(3, offset=1000, spread=2), [1000, 1001, 1002])
    np.testing.assert_array_equal(make_logits(2), [0, 2])
    assert make_logits(1000, spread=0).shape == (1000,)


@pytest.mark.parametrize(
    "text",
    ["[1000, 1001, −2]", "1000 1001 -2", " 1000;1001 ;\t-2\n", "(1e3,1001,-2.0)", "{1000，1001，−2}", "1000,1001,-2,"],
)
def test_parse_logits_accepts_common_notations(text):
    np.testing.assert_array_equal(parse_logits(text), [1000, 1001, -2])


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("1, two, 3", "unreadable_number", "two"),
        ("1, [2", "unreadable_number", "[2"),
        ("", "too_few", 0),
        ("[]", "too_few", 0),
        ("7", "too_few", 1),
        (" ".join(["1"] * 1001), "too_many", 1001),
        ("1, inf", "not_finite", math.inf),
        ("1, 1e999", "unrepresentable_number", "1e999"),
        ("1, 2e30", "out_of_range", 2e30),
        ("1, -2e30", "out_of_range", -2e30),
    ],
)
def test_parse_logits_reports_the_violated_rule(text, code, value):
    with pytest.raises(InvalidArgument) as refusal:
        parse_logits(text)
    assert refusal.value.code == code
    assert refusal.value.details["argument"] == "logits"
    assert refusal.value.details["value"] == value


def test_parse_logits_accepts_a_lower_limit():
    assert parse_logits("-1e12, 3", largest=1e12).tolist() == [-1e12, 3.0]
    for text, value in (("2e12, 1", 2e12), ("1, -2e12", -2e12)):
        with pytest.raises(InvalidArgument) as refused:
            parse_logits(text, largest=1e12)
        details = refused.value.details
        assert (refused.value.code, details["value"]) == ("out_of_range", value)
        assert (details["low"], details["high"]) == (-1e12, 1e12)


def test_minus_infinity_masks_a_class():
    assert parse_logits("0, −inf, -∞").tolist() == [0.0, -math.inf, -math.inf]


def test_extreme_class_is_the_first_of_equal_logits():
    assert extreme_class([3, 1, 3, 1], "highest") == 0
    assert extreme_class([3, 1, 3, 1], "lowest") == 1


def test_add_offset_equals_the_offset_of_make_logits():
    np.testing.assert_array_equal(add_offset(make_logits(7, spread=3), 11.5), make_logits(7, offset=11.5, spread=3))


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
        (lambda: add_offset([1, 2], math.inf), "out_of_range", "offset"),
        (lambda: add_offset([1], 0.0), "too_few", "logits"),
        (lambda: extreme_class([1, 2], "middle"), "unknown_choice", "which"),
        (lambda: extreme_class([1, math.nan], "lowest"), "not_finite", "logits"),
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
        (lambda: errors([1, math.inf], **GOOD), "not_finite", "logits"),
        (lambda: error_curve([1, 2], offsets=[], **GOOD), "too_few", "offsets"),
        (lambda: error_curve([1, 2], offsets=[math.inf], **GOOD), "not_finite", "offsets"),
        (lambda: error_curve([1, 2], offsets=[1e31], **GOOD), "out_of_range", "offsets"),
        (lambda: error_curve([1, 2], offsets=np.zeros(1001), **GOOD), "too_many", "offsets"),
        (lambda: verdict_map(**{**GRID, "n_classes": 1}), "out_of_range", "n_classes"),
        (lambda: verdict_map(**{**GRID, "true_class": 3}), "out_of_range", "true_class"),
        (lambda: verdict_map(**{**GRID, "spreads": [-1.0]}), "out_of_range", "spreads"),
        (lambda: verdict_map(**{**GRID, "offsets": [1e31]}), "out_of_range", "offsets"),
        (
            lambda: verdict_map(**{**GRID, "n_classes": 1000, "offsets": np.zeros(100), "spreads": np.zeros(6)}),
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
def test_invalid_arguments_are_refused_with_code_and_name(call, code, argument):
    with pytest.raises(InvalidArgument) as refusal:
        call()
    assert (refusal.value.code, refusal.value.details["argument"]) == (code, argument)
