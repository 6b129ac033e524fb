"""Argument checks: valid values are returned, and invalid ones raise an error with a code and its details."""

import math
import pickle
import string

import numpy as np
import pytest

from core.validate import (
    MESSAGES,
    InvalidArgument,
    check_between,
    check_choice,
    check_integer,
    check_positive,
    check_vector,
)


@pytest.mark.parametrize("code", MESSAGES)
def test_every_message_is_formatted_with_its_details(code):
    fields = {field for _, field, _, _ in string.Formatter().parse(MESSAGES[code]) if field}
    error = InvalidArgument(code, **dict.fromkeys(fields, 7))
    assert error.code == code
    assert error.details == dict.fromkeys(fields, 7)
    assert "{" not in str(error)


def test_errors_survive_pickling():
    error = pickle.loads(pickle.dumps(InvalidArgument("too_few", argument="logits", low=2, value=1)))
    assert isinstance(error, InvalidArgument) and isinstance(error, ValueError)
    assert str(error) == "logits needs at least 2 values, got 1"
    assert (error.code, error.details) == ("too_few", {"argument": "logits", "low": 2, "value": 1})


def test_valid_values_are_returned():
    vector = check_vector([1, 2, 3], "x", at_least=3, at_most=3)
    assert vector.dtype == np.float64 and vector.tolist() == [1.0, 2.0, 3.0]
    assert check_vector([math.inf], "x", finite=False).tolist() == [math.inf]
    assert check_positive(3, "x") == 3.0
    assert check_between(1, "x", 1, 1) == 1
    assert check_choice("a", "x", ("a", "b")) == "a"
    integer = check_integer(np.int64(4), "x", low=4, high=4)
    assert integer == 4 and type(integer) is int


@pytest.mark.parametrize(
    ("call", "code", "details"),
    [
        (lambda: check_vector(["a"], "x"), "not_a_number", {"value": ["a"]}),
        (lambda: check_vector([[1.0]], "x"), "not_a_vector", {"value": (1, 1)}),
        (lambda: check_vector(1.0, "x"), "not_a_vector", {"value": ()}),
        (lambda: check_vector([1.0], "x", at_least=2), "too_few", {"low": 2, "value": 1}),
        (lambda: check_vector([1.0, 2.0], "x", at_most=1), "too_many", {"high": 1, "value": 2}),
        (lambda: check_vector([1.0, -math.inf, math.inf], "x"), "not_finite", {"value": -math.inf}),
        (lambda: check_positive(0, "x"), "not_positive", {"value": 0}),
        (lambda: check_positive(math.inf, "x"), "not_finite", {"value": math.inf}),
        (lambda: check_between(2, "x", 0, 1), "out_of_range", {"low": 0, "high": 1, "value": 2}),
        (lambda: check_between(-1, "x", 0, 1), "out_of_range", {"low": 0, "high": 1, "value": -1}),
        (lambda: check_choice("c", "x", ("a", "b")), "unknown_choice", {"allowed": "a, b", "value": "c"}),
        (lambda: check_integer(1.0, "x", low=0), "not_an_integer", {"value": 1.0}),
        (lambda: check_integer(True, "x", low=0), "not_an_integer", {"value": True}),
        (lambda: check_integer(-1, "x", low=0), "out_of_range", {"low": 0, "high": math.inf, "value": -1}),
        (lambda: check_integer(5, "x", low=0, high=4), "out_of_range", {"low": 0, "high": 4, "value": 5}),
    ],
)
def test_invalid_values_raise_an_error_with_details(call, code, details):
    with pytest.raises(InvalidArgument) as refused:
        call()
    assert refused.value.code == code
    assert refused.value.details == {"argument": "x", **details}


def test_nan_is_out_of_every_range():
    with pytest.raises(InvalidArgument) as refused:
        check_between(math.nan, "x", -math.inf, math.inf)
    assert refused.value.code == "out_of_range"
