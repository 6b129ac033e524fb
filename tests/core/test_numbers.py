"""Typed and pasted numbers are parsed as intended, or refused with the position and the reason."""

import contextlib
import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.numbers import MAX_CHARACTERS, parse_numbers
from core.validate import InvalidArgument

FLOATS = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=2, max_size=8)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1000, 1001, 1002", [1000, 1001, 1002]),
        ("1000,1001,1002", [1000, 1001, 1002]),
        (" 1 2\t3\n4; 5 ", [1, 2, 3, 4, 5]),
        ("[1, 2, 3]", [1, 2, 3]),
        ("[[1. 2. 3.]]", [1, 2, 3]),
        ("((1,2,3))", [1, 2, 3]),
        ("[[1.],\n [2.]]", [1, 2]),
        ("{1，2、3；4}", [1, 2, 3, 4]),
        ("［１．５，－２］", [1.5, -2]),
        ("−1 –2 -3 +4", [-1, -2, -3, 4]),
        ("\ufeff1 2\u200b", [1, 2]),
        ("tensor([1000., 1001., 1002.])", [1000, 1001, 1002]),
        ("tensor([1.0000e+03, -2.5000e-01], requires_grad=True)", [1000, -0.25]),
        ("tensor([1., 2.],\n       device='cuda:0', dtype=torch.float64, grad_fn=<AddBackward0>)", [1, 2]),
        ("torch.tensor([1, 2])", [1, 2]),
        ("array([1., 2.], dtype=float32)", [1, 2]),
        ("np.array([1, 2])", [1, 2]),
        ("[np.float64(1.0), np.float64(-2.5)]", [1, -2.5]),
        ("tf.Tensor([1. 2.], shape=(2,), dtype=float32)", [1, 2]),
        ("logits = [1, 2]", [1, 2]),
        ("0,5; 1,5; 2,5", [0.5, 1.5, 2.5]),
        ("0,5 -1,5 2", [0.5, -1.5, 2]),
        ("[0,125; 0,25]", [0.125, 0.25]),
        ("1,000.5 2,000.5", [1000.5, 2000.5]),
        ("1.000,5; 2.000,5", [1000.5, 2000.5]),
        ("1、2；3", [1, 2, 3]),
        ("１，５；２．５", [1, 5, 2.5]),
        ("1.234，5；2.345，6", [1.234, 5, 2.345, 6]),
        ("1，234.5 2，345.5", [1234.5, 2345.5]),
        ("0,5、1,5", [0.5, 1.5]),
        ("0,5，1,5；2,5", [0.5, 1.5, 2.5]),
        ("0,5; 1", [0.5, 1]),
        # What the message on an ambiguous text advises.
        ("1000.5, 2", [1000.5, 2]),
        ("1000,5; 2,0", [1000.5, 2]),
        ("1,2,3;4", [1, 2, 3, 4]),
        ("1/4 3/4", [0.25, 0.75]),
        ("½, ¼, ¼", [0.5, 0.25, 0.25]),
        ("10 %, 90%", [0.1, 0.9]),
        ("-inf, 0, −∞, inf", [-math.inf, 0, -math.inf, math.inf]),
        ("1,2,", [1, 2]),
        ("", []),
        (" [ ] ", []),
    ],
)
def test_common_notations_are_parsed(text: str, numbers: list[float]) -> None:
    assert parse_numbers(text, "logits") == numbers


@pytest.mark.parametrize(
    ("text", "code", "details"),
    [
        ("1, two, 3", "unreadable_number", {"value": "two", "position": 2}),
        ("1, [2", "unreadable_number", {"value": "[2", "position": 2}),
        ("(1, 2]", "unreadable_number", {"value": "2]", "position": 2}),
        ("1_000, 2", "unreadable_number", {"value": "1_000", "position": 1}),
        ("1, 1/0", "unreadable_number", {"value": "1/0", "position": 2}),
        ("1½, 2", "unreadable_number", {"value": "1½", "position": 1}),
        ("1, ..., 3", "unreadable_number", {"value": "...", "position": 2}),
        ("softmax([1, 2])", "unreadable_number", {"value": "softmax", "position": 1}),
        ("x" * 500, "unreadable_number", {"value": "x" * 40 + "…", "position": 1}),
        ("1,000 1,001 1,002", "ambiguous_number", {"value": "1,000"}),
        ("1,000; 2,000", "ambiguous_number", {"value": "1,000"}),
        ("1,2;3", "ambiguous_number", {"value": "1,2"}),
        ("1,2；3", "ambiguous_number", {"value": "1,2"}),
        ("1,2; 3", "ambiguous_number", {"value": "1,2"}),
        ("0,1;2", "ambiguous_number", {"value": "0,1"}),
        ("1,2、3", "ambiguous_number", {"value": "1,2"}),
        ("1,234，567", "ambiguous_number", {"value": "1,234"}),
        ("1，234；5，678", "ambiguous_number", {"value": "1,234"}),
        ("1,000,1,001", "ambiguous_number", {"value": "1,000"}),
        ("1 000, 1 001", "ambiguous_number", {"value": "1 000"}),
        ("1,5, 2,5", "ambiguous_number", {"value": "1,5"}),
        ("1, 1e400", "unrepresentable_number", {"value": "1e400", "position": 2}),
        ("1e-400, 1", "unrepresentable_number", {"value": "1e-400", "position": 1}),
        ("[1, 2], [3, 4]", "several_rows", {"value": 2}),
        ("[[1. 2.]\n [3. 4.]]", "several_rows", {"value": 2}),
        ("1 " * (MAX_CHARACTERS // 2) + "2", "text_too_long", {"high": MAX_CHARACTERS}),
    ],
)
def test_other_texts_are_refused_with_what_was_read_and_where(text: str, code: str, details: dict) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        parse_numbers(text, "logits")
    assert refusal.value.code == code
    assert refusal.value.details == {"argument": "logits", **details}


def test_nan_is_read_and_left_to_the_caller() -> None:
    assert math.isnan(parse_numbers("1 nan", "logits")[1])


@settings(max_examples=200, derandomize=True, deadline=None)
@given(values=FLOATS)
def test_printed_vectors_are_read_back(values: list[float]) -> None:
    with np.printoptions(precision=17, threshold=100):
        array = np.array(values)
        printed = [str(array), repr(array), repr(list(array)), str(values), repr(array[np.newaxis])]
    for text in printed:
        assert parse_numbers(text, "logits") == values
    torch.set_printoptions(precision=10, sci_mode=True)
    try:
        text = repr(torch.tensor(values, dtype=torch.float64, requires_grad=True))
    finally:
        torch.set_printoptions(profile="default")
    np.testing.assert_allclose(parse_numbers(text, "logits"), values, rtol=1e-9)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(values=FLOATS, separator=st.sampled_from(["; ", ";", "\n", "  ", "；"]))
def test_decimal_commas_are_parsed_or_refused(values: list[float], separator: str) -> None:
    text = separator.join(f"{value:.3f}".replace(".", ",") for value in values)
    if all(1 <= abs(value) < 1000 for value in values):
        with pytest.raises(InvalidArgument) as refusal:
            parse_numbers(text, "logits")
        assert refusal.value.code == "ambiguous_number", "every number could be one of thousands"
    else:
        assert parse_numbers(text, "logits") == values


SEPARATORS = ("、", "；", "， ", "，\n", ", ", "; ", "﹑", "､", "﹔", " 、", " ", "\u3000", ";")
PLAIN = st.one_of(st.integers(-9999, 9999), FLOATS.map(lambda values: values[0])).map(str)


def to_full_width(text: str) -> str:
    """Return the text in full-width characters, as an East Asian keyboard can type them."""
    return "".join(chr(ord(character) + 0xFEE0) if character in "0123456789.-" else character for character in text)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(first=PLAIN, others=st.lists(st.tuples(st.sampled_from(SEPARATORS), PLAIN), max_size=8), full=st.booleans())
def test_any_mixture_of_separators_is_read_unchanged(first: str, others: list[tuple[str, str]], full: bool) -> None:
    text = first + "".join(separator + number for separator, number in others)
    numbers = [float(number) for number in (first, *(number for _, number in others))]
    assert parse_numbers(to_full_width(text) if full else text, "logits") == numbers


@settings(max_examples=300, derandomize=True, deadline=None)
@given(first=PLAIN, others=st.lists(st.tuples(st.sampled_from("，、；"), PLAIN), min_size=1, max_size=5))
def test_a_full_width_comma_separates_unless_it_could_group_digits(first: str, others: list[tuple[str, str]]) -> None:
    text = first + "".join(separator + number for separator, number in others)
    numbers = [float(number) for number in (first, *(number for _, number in others))]
    could_group = re.search(r"\d，\d{3}(?!\d)", text)
    with contextlib.suppress(InvalidArgument) if could_group else contextlib.nullcontext():
        assert parse_numbers(text, "logits") == numbers


@settings(max_examples=100, derandomize=True, deadline=None)
@given(numbers=st.tuples(*[st.integers(1, 10**6)] * 3), separator=st.sampled_from([";", "；", "、", "，", "; ", " "]))
def test_a_comma_is_refused_if_only_one_of_two_numbers_has_one(numbers: tuple[int, ...], separator: str) -> None:
    a, b, c = numbers
    for text in (f"{a},{b}{separator}{c}", f"{c}{separator}{a},{b}"):
        with pytest.raises(InvalidArgument) as refusal:
            parse_numbers(text, "logits")
        assert refusal.value.code == "ambiguous_number"


@settings(max_examples=500, derandomize=True, deadline=None)
@given(text=st.text(alphabet="0123456789.,;- +eE/%[](){}\n\u00a0−，infa", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidArgument):
        assert all(isinstance(number, float) for number in parse_numbers(text, "logits"))
