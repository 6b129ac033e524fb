"""The charts and texts on cross-entropy and KL divergence show what `core` computes."""

import math

import pytest

from tests.conftest import Open, figures, texts
from ui.numbers import format_number

STEM = "cross_entropy_vs_kl"


def test_example_of_the_lecture_notes_in_both_units(open_page: Open) -> None:
    nats = figures(open_page(STEM, cross_preset="five_class"))
    assert nats["H(P, Q)"] == nats["KL(P‖Q)"] == format_number(-math.log(0.4))
    bits = figures(open_page(STEM, cross_preset="five_class", cross_unit="bits"))
    assert bits["H(P, Q)"] == format_number(-math.log2(0.4))


def test_disjoint_supports_have_infinite_divergences(open_page: Open) -> None:
    app = open_page(STEM, cross_preset="disjoint")
    shown = figures(app)
    assert (shown["KL(P‖Q)"], shown["KL(Q‖P)"], shown["H(P, Q)"]) == ("∞", "∞", "∞")
    assert shown["Jensen–Shannon"] == format_number(math.log(2))
    assert "P uses a class to which Q gives no mass" in texts(app)


def test_cross_entropy_is_the_entropy_once_q_equals_p(open_page: Open) -> None:
    shown = figures(open_page(STEM, cross_step="100"))
    assert shown["KL(P‖Q)"] == "0"
    assert shown["H(P, Q)"] == shown["H(P)"]


@pytest.mark.parametrize(("separation", "seeks"), [("5.6", False), ("5.7", True)])
def test_reverse_kl_seeks_a_mode_if_the_modes_are_far_apart(open_page: Open, separation: str, seeks: bool) -> None:
    app = open_page(STEM, lang="en", cross_tab="gaussian", cross_separation=separation)
    assert ("sits on one bump" in texts(app)) is seeks


def test_call_in_the_wrong_order_is_shown_as_the_other_kl(open_page: Open) -> None:
    app = open_page(STEM, cross_preset="coin", cross_tab="calls", cross_order="target_q")
    # KL(Q‖P) of the fair against the biased coin.
    swapped = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    assert any(text.value == f"### {format_number(swapped)} → KL(Q‖P)" for text in app.markdown)
