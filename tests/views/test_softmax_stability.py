"""The charts and texts on softmax show what `core` computes."""

import contextlib
import io
import re

import pyarrow
import pytest
import torch
from torch.nn import functional

from core.softmax_stability import ALGORITHMS, DTYPES, exp_range
from tests.conftest import Open, data_of, texts
from ui.numbers import format_number

STEM = "softmax_stability"
NAMES = {
    "naive": "naive",
    "shifted": "max subtracted",
    "log_of_softmax": "log(softmax)",
    "log_sum_exp": "log-sum-exp",
    "plus_epsilon": "log(p + 1e-8)",
}


def captions(app) -> str:
    return "\n".join(caption.value for caption in app.caption)


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
    assert outcome(app, "naive") == {"p★": "✕ nan", "loss": "✕ nan", "gradient": "✕ nan", "verdict": "✕ failed"}
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


def test_exact_row_shows_numbers_that_float64_rounds_to_0_or_1(open_page: Open) -> None:
    app = open_page(STEM, softmax_spread="1000", softmax_classes="2", softmax_true="lowest")
    # exp(−1000) = 10^−434.294…
    assert outcome(app, "exact arithmetic") == {
        "p★": "5.08e−435",
        "loss": "1e3",
        "gradient": "−1 + 5.1e−435",
        "verdict": "reference",
    }
    app = open_page(STEM, softmax_spread="1000", softmax_classes="2")
    exact = outcome(app, "exact arithmetic")
    assert (exact["p★"], exact["loss"], exact["gradient"]) == ("1 − 5.1e−435", "5.08e−435", "−5.08e−435")


def test_largest_logit_is_always_on_the_number_line(open_page: Open) -> None:
    typed = ["0"] * 30
    typed[5] = "50"
    app = open_page(STEM, softmax_typed=",".join(typed))
    points = data_of(STEM, app, "line", "points")
    circles, triangles = (points[points.kind.str.startswith(start)] for start in ("z (", "z − max"))
    assert circles.x.max() == 50
    assert triangles.x.max() == 0
    assert triangles.x.min() == -50


def test_map_has_the_true_class_also_where_all_logits_are_equal(open_page: Open) -> None:
    def shares(**query: str) -> list[str]:
        app = open_page(STEM, softmax_classes="10", softmax_tab="map", **query)
        return [text for text in texts(app).split("\n") if " of the map" in text]

    equal = shares(softmax_spread="0")
    assert equal == shares(softmax_spread="5")
    assert equal != shares(softmax_spread="0", softmax_true="lowest")


def test_map_marks_only_evenly_spaced_logits(open_page: Open) -> None:
    assert "The cross marks your setting." in captions(open_page(STEM, softmax_tab="map"))
    app = open_page(STEM, softmax_tab="map", softmax_typed="0,0,0,12")
    assert "no cross marks them" in captions(app)
    crosses = [data for chart in app.get("vega_lite_chart") for data in chart.proto.datasets if data.name == "here"]
    assert len(crosses) == 4
    assert all(pyarrow.ipc.open_stream(cross.data.data).read_all().num_rows == 0 for cross in crosses)


def test_one_pass_uses_the_temperature(open_page: Open) -> None:
    app = open_page(STEM, softmax_temperature="0.01", softmax_tab="online")
    lines = data_of(STEM, app, "online", "lines")
    assert lines[lines.series.str.startswith("running maximum")].y.max() == 200
    assert abs(lines[lines.series.str.startswith("running sum")].y.iloc[-1] - 1) < 1e-6


def test_error_caption_names_no_empty_share(open_page: Open) -> None:
    app = open_page(STEM, softmax_temperature="1000", softmax_tab="error")
    assert "no line breaks off" in texts(app)
    assert "share of the slider" not in texts(app)
    assert "share of the slider's offsets: **naive**" in texts(open_page(STEM, softmax_tab="error"))


@pytest.mark.parametrize("tab", ["headline", "cells", "map", "error", "certainty", "online"])
@pytest.mark.parametrize("typed", ["-inf, 0, 1", "-inf, -inf", "-1e9, 0, 1"])
def test_masks_are_shown_in_every_view(open_page: Open, tab: str, typed: str) -> None:
    for dtype in DTYPES:
        app = open_page(STEM, softmax_typed=typed, softmax_tab=tab, softmax_dtype=dtype)
        assert not app.exception
        if tab == "headline":
            row = outcome(app, "log-sum-exp")
            assert row["verdict"] == ("✕ failed" if typed == "-inf, -inf" else "✓ right")


def test_mask_in_half_precision_is_not_called_a_failure(open_page: Open) -> None:
    app = open_page(STEM, softmax_typed="-1e9,0,1", softmax_dtype="float16")
    assert outcome(app, "max subtracted")["verdict"] == "✓ right"
    assert "acts as a mask" in texts(app)
    assert "∞ − ∞" not in texts(app)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_sentence_on_near_certainty_is_true_of_torch(dtype: str) -> None:
    """softplus keeps loss and gradient; BCEWithLogitsLoss loses one of them for each target."""
    margin = 1.5 * exp_range(dtype).saturation_margin

    def loss_and_gradient(loss, sign: float = 1.0) -> tuple[float, float]:
        x = torch.tensor([sign * margin], dtype=getattr(torch, dtype), requires_grad=True)
        value = loss(x)
        value.sum().backward()
        return float(value.detach().sum()), float(x.grad)

    assert all(loss_and_gradient(lambda x: functional.softplus(-x)))
    for target, sign in ((1.0, 1.0), (0.0, -1.0)):
        results = loss_and_gradient(
            lambda x, t=target: functional.binary_cross_entropy_with_logits(x, torch.full_like(x, t)), sign
        )
        assert [value == 0 for value in results] == [target == 0.0, target == 1.0]


STATES = [
    {"softmax_offset": "-100"},
    {"softmax_typed": "0.5, -inf, 3", "softmax_temperature": "0.5", "softmax_true": "lowest"},
    {"softmax_classes": "7", "softmax_spread": "3.5", "softmax_dtype": "bfloat16", "softmax_offset": "12"},
]


@pytest.mark.parametrize("query", STATES)
def test_snippet_prints_the_results_on_screen(open_page: Open, query: dict[str, str]) -> None:
    app = open_page(STEM, softmax_behind="code", **query)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(app.code[0].value, "<the snippet>", "exec"), {"__name__": "snippet"})
    results = re.split(rf"^({'|'.join(ALGORITHMS)}) ", printed.getvalue(), flags=re.M)[1:]
    for name, result in zip(results[::2], results[1::2], strict=True):
        loss = result.split("]")[1].split()[0]
        shown = outcome(app, NAMES[name])["loss"].replace("✕ ", "")
        assert shown == ("–" if loss == "None" else format_number(float(loss), 3))
