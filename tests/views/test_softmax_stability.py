"""The charts and texts on softmax show what `core` computes."""

from core.softmax_stability import exp_range
from tests.conftest import Open, data_of, texts
from ui.numbers import format_number

STEM = "softmax_stability"


def outcome(app, row: str) -> dict[str, str]:
    """Return the texts of one row of the table of outcomes, by column."""
    cells = data_of(STEM, app, "outcomes", "cells")
    return dict(cells[cells.row == row][["column", "text"]].itertuples(index=False))


def test_all_algorithms_agree_with_exact_arithmetic_for_small_logits(open_page: Open) -> None:
    app = open_page(STEM)
    exact = outcome(app, "exact arithmetic")
    assert exact["p★"] == "0.665", "softmax of 0, 1, 2"
    assert outcome(app, "log-sum-exp")["loss"] == exact["loss"] == "0.408"


def test_logits_of_a_thousand_break_only_the_naive_formula(open_page: Open) -> None:
    app = open_page(STEM, softmax_offset="1000")
    assert outcome(app, "naive") == {"p★": "✕ nan", "loss": "✕ nan", "gradient": "✕ nan", "verdict": "✕ dead"}
    assert outcome(app, "max subtracted")["p★"] == "0.665"
    assert format_number(exp_range("float32").last_finite) in texts(app)


def test_underflow_breaks_the_loss_and_epsilon_hides_it(open_page: Open) -> None:
    app = open_page(STEM, softmax_spread="110", softmax_classes="2", softmax_true="lowest")
    assert outcome(app, "log(softmax)")["loss"] == "∞"
    assert outcome(app, "log-sum-exp")["loss"] == "110"
    assert outcome(app, "log-sum-exp")["gradient"] == "−1"
    assert outcome(app, "log(p + 1e-8)")["loss"] == "18.4", "−ln 1e-8"


def test_notice_says_that_logits_do_not_fit_into_the_type(open_page: Open) -> None:
    app = open_page(STEM, softmax_typed="70000, 70001", softmax_dtype="float16")
    assert "do not fit into float16" in texts(app)
    assert outcome(app, "exact arithmetic")["p★"] == "0.731", "softmax of 0, 1"
