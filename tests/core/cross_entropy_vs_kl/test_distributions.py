"""Presets, parsing, normalisation and validation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import cross_entropy_vs_kl as topic
from core.validate import InvalidArgument
from tests.core.cross_entropy_vs_kl.helpers import without_deadline


@pytest.mark.parametrize("name", list(topic.PRESETS))
def test_presets_are_valid_pairs(name):
    for values in topic.PRESETS[name]:
        np.testing.assert_allclose(topic.normalise(values, "P"), values, atol=1e-15)
    topic.check_pair(*topic.PRESETS[name])


def test_presets_match_their_names():
    assert topic.entropy(topic.PRESETS["one_hot"][0]) == 0
    uniform, _ = topic.PRESETS["uniform"]
    assert topic.entropy(uniform, unit="bits") == pytest.approx(math.log2(len(uniform)))
    smoothed, _ = topic.PRESETS["label_smoothed"]
    np.testing.assert_allclose(topic.smooth_labels(classes=len(smoothed)).target, smoothed)
    biased, fair = topic.PRESETS["coin"]
    assert topic.entropy(biased, unit="bits") == pytest.approx(-0.9 * math.log2(0.9) - 0.1 * math.log2(0.1))
    assert topic.entropy(fair, unit="bits") == 1
    assert topic.cross_entropy(*topic.PRESETS["five_class"]) == pytest.approx(-math.log(0.4))
    assert topic.cross_entropy(*topic.PRESETS["five_class"], unit="bits") == pytest.approx(-math.log2(0.4))
    disjoint = topic.compare(*topic.PRESETS["disjoint"], unit="bits")
    assert (disjoint.kl_pq, disjoint.kl_qp, disjoint.ce_pq, disjoint.ce_qp) == (math.inf,) * 4
    assert disjoint.js == pytest.approx(1)
    assert disjoint.identity_difference == 0


@pytest.mark.parametrize(
    "text",
    [
        "1, 1, 2",
        "1 1 2",
        "1;1;2",
        "[1, 1, 2]",
        "(1 1 2)",
        "{1; 1,\n2}",
        " 0.5,0.5,1e0, ",
        ".25 .25 .5",
        "1,,1,2",
        "1/4, 1/4, 1/2",
        "25 % 25 % 50 %",
        "0,5; 0,5; 1",
    ],
)
def test_parse_accepts_common_notations(text):
    np.testing.assert_allclose(topic.parse_distribution(text), [0.25, 0.25, 0.5])


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("1, two, 3", "unreadable_number", "Q, number 2: 'two' is not a number"),
        ("1/0 1/2", "unreadable_number", "Q, number 1: '1/0' is not a number"),
        ("1 -2 3", "negative", "Q must not be negative, got -2.0"),
        ("1 \N{MINUS SIGN}2 3", "negative", "Q must not be negative, got -2.0"),
        ("0 0 0", "all_zero", "Q must have at least one value above 0"),
        ("1 nan", "not_finite", "Q must be finite, got nan"),
        ("1 inf", "not_finite", "Q must be finite, got inf"),
        ("1 1e999", "unrepresentable_number", "Q, number 2: '1e999' is beyond the range of float64"),
        ("1 -inf", "not_finite", "Q must be finite, got -inf"),
        ("[1, 2], [3, 4]", "several_rows", "Q: 2 rows of numbers, one is needed"),
        ("", "too_few", "Q needs at least 2 values, got 0"),
        ("[ ]", "too_few", "Q needs at least 2 values, got 0"),
        ("7", "too_few", "Q needs at least 2 values, got 1"),
        ("1 " * 9, "too_many", "Q takes at most 8 values, got 9"),
    ],
)
def test_parse_refuses_invalid_text_with_a_code(text, code, message):
    with pytest.raises(InvalidArgument) as refused:
        topic.parse_distribution(text, "Q")
    assert refused.value.code == code
    assert str(refused.value) == message
    assert refused.value.details["argument"] == "Q"


@without_deadline
@given(st.text(max_size=40))
def test_parse_returns_a_distribution_or_refuses(text):
    try:
        p = topic.parse_distribution(text)
    except InvalidArgument:
        return
    topic.check_distribution(p, "P")


@pytest.mark.parametrize("values", [[1e308, 1e308], [5e-324, 5e-324], [1e-320, 1e-320]])
def test_normalise_handles_extreme_weights(values):
    np.testing.assert_array_equal(topic.normalise(values, "P"), [0.5, 0.5])


def test_columns_of_a_table_are_a_pair_of_distributions():
    p, q = topic.pair_of([0.5, 0.5, 0], [0.25, 0.25, 0.5], normalised=False)
    assert (p.tolist(), q.tolist()) == ([0.5, 0.5, 0], [0.25, 0.25, 0.5])
    p, q = topic.pair_of([2, 2, 0], [1, 1, 2], normalised=True)
    assert (p.tolist(), q.tolist()) == ([0.5, 0.5, 0], [0.25, 0.25, 0.5])


@pytest.mark.parametrize(
    ("p", "q", "normalised", "code"),
    [
        ([2, 2], [1, 1], False, "not_normalised"),
        ([1.0], [1.0], False, "too_few"),
        ([1 / 9] * 9, [1 / 9] * 9, False, "too_many"),
        ([1] * 9, [1] * 9, True, "too_many"),
        ([1.5, -0.5], [0.5, 0.5], False, "negative"),
        ([0, 0], [1, 1], True, "all_zero"),
    ],
)
def test_columns_that_are_no_distributions_are_refused(p, q, normalised, code):
    with pytest.raises(InvalidArgument) as refused:
        topic.pair_of(p, q, normalised=normalised)
    assert refused.value.code == code
