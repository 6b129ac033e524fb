"""The cross-entropy page shows what `core` computes, and survives what is typed into it."""

import math

import pytest

from tests.conftest import Open, change, errors, figures, texts
from ui.numbers import format_number
from ui.text import LANGUAGES, Words

STEM = "cross_entropy_vs_kl"


def test_the_lecture_notes_example_in_both_units(open_page: Open) -> None:
    nats = figures(open_page(STEM, cross_preset="five_class"))
    assert nats["H(P, Q)"] == nats["KL(P‖Q)"] == format_number(-math.log(0.4))
    bits = figures(open_page(STEM, cross_preset="five_class", cross_unit="bits"))
    assert bits["H(P, Q)"] == format_number(-math.log2(0.4))


def test_disjoint_supports_are_infinite_and_said_to_be(open_page: Open) -> None:
    app = open_page(STEM, cross_preset="disjoint")
    shown = figures(app)
    assert (shown["KL(P‖Q)"], shown["KL(Q‖P)"], shown["H(P, Q)"]) == ("∞", "∞", "∞")
    assert shown["Jensen–Shannon"] == format_number(math.log(2))


def test_moving_q_all_the_way_leaves_the_entropy(open_page: Open) -> None:
    shown = figures(open_page(STEM, cross_step="100"))
    assert shown["KL(P‖Q)"] == "0"
    assert shown["H(P, Q)"] == shown["H(P)"]


def test_typed_weights_are_divided_by_their_sum(open_page: Open) -> None:
    app = open_page(STEM, cross_p="9, 1", cross_q="5 5")
    assert figures(app)["H(P)"] == format_number(-(0.9 * math.log(0.9) + 0.1 * math.log(0.1)))
    assert "P = (0.9, 0.1)" in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1, x", "not_a_number"),
        ("1, -2", "negative"),
        ("0, 0", "all_zero"),
        ("nan, 1", "not_finite"),
        ("1", "too_few"),
        ("1 1 1 1 1 1 1 1 1", "too_many"),
        ("1, 2, 3, 4, 5", "length_mismatch"),
    ],
)
def test_bad_input_is_explained_and_the_last_good_picture_stays(
    open_page: Open, lang: str, typed: str, code: str
) -> None:
    app = open_page(STEM, lang=lang, cross_p="9, 1", cross_q="5, 5")
    before = figures(app)
    change(app, cross_q=typed)
    [said] = errors(app)
    words = Words(STEM, lang)(f"errors.{code}").split("{")[0]
    assert said.startswith(words)
    assert figures(app) == before


@pytest.mark.parametrize(("separation", "seeks"), [("5.6", False), ("5.7", True)])
def test_reverse_kl_seeks_a_mode_only_when_they_are_far_apart(open_page: Open, separation: str, seeks: bool) -> None:
    app = open_page(STEM, lang="en", cross_tab="gaussian", cross_separation=separation)
    assert ("sits on one bump" in texts(app)) is seeks


def test_the_wrong_order_is_named_for_what_it_returns(open_page: Open) -> None:
    app = open_page(STEM, cross_preset="coin", cross_tab="calls", cross_order="target_q")
    # KL(Q‖P) of the fair against the biased coin.
    swapped = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    assert any(text.value == f"### {format_number(swapped)} → KL(Q‖P)" for text in app.markdown)
