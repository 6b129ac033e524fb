"""The softmax page shows what `core` computes, and survives what is typed into it."""

import pytest

from core.softmax_stability import exp_range
from tests.conftest import Open, change, errors, page_controls, texts
from ui.numbers import format_number
from ui.text import LANGUAGES, Words

STEM = "softmax_stability"


def table(app, row: str) -> dict[str, str]:
    """Return the written cells of one row of the outcome table, by column."""
    import pyarrow

    [chart] = [
        c.proto
        for c in app.get("vega_lite_chart")
        if "verdict" in c.proto.alt
        or "판정" in c.proto.alt
        or ("right, wrong or dead" in c.proto.alt and c.proto.alt.startswith("Table"))
    ]
    frame = pyarrow.ipc.open_stream(chart.datasets[0].data.data).read_all().to_pandas()
    return dict(frame[frame.row == row][["column", "text"]].itertuples(index=False))


def test_calm_agrees_with_exact_arithmetic(open_page: Open) -> None:
    app = open_page(STEM)
    exact = table(app, "exact arithmetic")
    assert exact["p★"] == "0.665", "softmax of 0, 1, 2"
    assert table(app, "log-sum-exp")["loss"] == exact["loss"] == "0.408"


def test_a_thousand_kills_the_naive_formula_alone(open_page: Open) -> None:
    app = open_page(STEM, softmax_offset="1000")
    assert table(app, "naive") == {"p★": "✕ nan", "loss": "✕ nan", "gradient": "✕ nan", "verdict": "✕ dead"}
    assert table(app, "max subtracted")["p★"] == "0.665"
    assert format_number(exp_range("float32").last_finite) in texts(app)


def test_underflow_kills_the_loss_and_epsilon_the_gradient(open_page: Open) -> None:
    app = open_page(STEM, softmax_spread="110", softmax_classes="2", softmax_true="lowest")
    assert table(app, "log(softmax)")["loss"] == "∞"
    assert table(app, "log-sum-exp")["loss"] == "110"
    assert table(app, "log-sum-exp")["gradient"] == "−1"
    assert table(app, "log(p + 1e-8)")["loss"] == "18.4", "−ln 1e-8"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "code", "values"),
    [
        ("1000, x", "not_a_number", {"value": "x"}),
        ("3", "too_few", {"low": 2, "value": 1}),
        (", ".join(["1"] * 1001), "too_many", {"high": 1000, "value": 1001}),
        ("1, inf", "not_finite", {"value": float("inf")}),
        ("1, nan", "not_finite", {"value": float("nan")}),
    ],
)
def test_bad_input_is_explained_and_the_last_good_picture_stays(
    open_page: Open, lang: str, typed: str, code: str, values: dict
) -> None:
    app = open_page(STEM, lang=lang, softmax_typed="5, 6, 7", softmax_tab="cells")
    drawn = [c.proto.datasets[0].data.data for c in app.get("vega_lite_chart")]
    change(app, softmax_typed=typed)
    assert errors(app) == [Words(STEM, lang)(f"errors.{code}", **values)]
    assert [c.proto.datasets[0].data.data for c in app.get("vega_lite_chart")] == drawn
    assert page_controls(app)["softmax_typed"]["value"] == typed, "nothing that was typed is lost"


@pytest.mark.parametrize("temperature", ["0", "-3", "1e-9"])
def test_an_impossible_temperature_is_explained(open_page: Open, temperature: str) -> None:
    app = open_page(STEM, softmax_temperature=temperature)
    assert len(errors(app)) == 1


def test_logits_too_large_for_a_type_are_said_to_be(open_page: Open) -> None:
    app = open_page(STEM, softmax_typed="70000, 70001", softmax_dtype="float16")
    assert "do not fit into float16" in texts(app)
    assert table(app, "exact arithmetic")["p★"] == "0.731", "softmax of 0, 1"
