"""The summary of a chart has the values that its data sets have now."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.charts import frames
from ui.charts.summary import MOST, summary
from ui.numbers import format_number
from ui.text import LANGUAGES, Words


def summarise(language: str = "en", value_title: str = "", rule: str = "", clip=None, **data) -> str:
    words = Words("home", language)
    say = lambda phrase, /, **values: words(f"shown.{phrase}", **values)  # noqa: E731
    return summary(data, say, value_title=value_title, rule=rule, clip=clip)


def test_a_curve_has_its_ends_and_its_extremes() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0])
    lines = frames.long(x, {"loss": np.array([np.nan, 2.0, 0.5, 1.0]), "gone": np.full(4, np.nan)})
    assert summarise(lines=lines) == ("loss: 2 at 1, 1 at 3, lowest 0.5, highest 2. gone: no values on these axes.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_is_in_the_language_of_the_page(language: str) -> None:
    lines, here = frames.long(np.arange(3.0), {"α": np.arange(3.0)}), {"x": [2.0]}
    text = summarise(language, lines=lines, here=here)
    assert text.endswith(f"{Words('home', language)('shown.setting')}: 2.")
    assert summarise(language, rule="true mean", lines=lines, here=here).endswith("true mean: 2.")
    assert ("lowest" in text) == (language == "en")


@given(values=st.lists(st.floats(-5, 5), min_size=1, max_size=6))
def test_a_clipped_value_is_no_value(values: list[float]) -> None:
    drawn = np.clip(values, -1, 2)

    def shown(value: float) -> str:
        return "−1 or less" if value <= -1 else "2 or more" if value >= 2 else format_number(value)

    lines = frames.long(np.arange(len(values)), {"error": drawn})
    assert summarise(clip={"y": (-1.0, 2.0)}, lines=lines) == (
        f"error: {shown(values[0])} at 0, {shown(values[-1])} at {format_number(len(values) - 1)}, "
        f"lowest {shown(min(values))}, highest {shown(max(values))}."
    )
    points = {"row": ["a"] * len(values), "x": drawn, "kind": ["z"] * len(values), "active": [True] * len(values)}
    assert summarise(clip={"x": (-1.0, 2.0)}, points=points) == f"z: from {shown(min(values))} to {shown(max(values))}."
    assert " or " not in summarise(lines=lines), "without clipping the ends are values"


def test_bars_have_their_texts_also_where_there_is_no_bar() -> None:
    bars = frames.grouped(["1", "2"], {"P": [0.25, np.inf]})
    assert summarise(bars=bars) == "P: 1 = 0.25, 2 = ∞."


def test_a_table_has_its_cells_by_row() -> None:
    table = frames.cells(
        [("naive", [("p", "nan", "lost"), ("loss", "0.5", "right")]), ("stable", [("p", "1", "right")])]
    )
    assert summarise(cells=table) == "naive: p = nan, loss = 0.5. stable: p = 1."


def test_a_map_of_categories_has_their_shares() -> None:
    codes = np.array([[0, 0, 0], [1, 0, 1]], np.int8)
    cells = frames.map_cells(np.arange(3.0), np.arange(2.0), codes, ("right", "wrong"))
    assert summarise(cells=cells, here={"x": [1.0], "y": [0.5]}) == (
        "right: 67% of the map. wrong: 33% of the map. current setting: 1, 0.5."
    )


def test_a_map_of_values_has_their_range() -> None:
    cells = frames.surface_cells(np.arange(3.0), np.arange(2.0), np.array([[1.0, 2.0, np.nan], [4.0, 5.0, 12345.6]]))
    assert summarise(cells=cells, value_title="KL (nats)") == "KL (nats): from 1 to 1.235e4."


def test_ends_of_paths_and_titles_of_panels_are_repeated() -> None:
    ends = frames.from_rows(("x", "y", "text", "series"), [(0, 0, "GD · loss 0.1", "GD")])
    level_curves = {"x": [1], "y": [2], "level": [3], "order": [4]}
    assert summarise(levels=level_curves, ends=ends) == "GD · loss 0.1."
    regions = {"x": [0], "x2": [1], "y": [0], "y2": [1], "value": [1.0]}
    titles = {"x": [0], "text": ["One tree"]}
    assert summarise(regions=regions, titles=titles, points={"x": [0], "y": [1], "kind": ["A"]}) == "One tree."


def test_points_are_counted_by_kind() -> None:
    points = {"x": [0, 1, 2], "y": [3, 4, 5], "kind": ["best", "other", "other"]}
    assert summarise(points=points) == (
        "best: 1, horizontally from 0 to 0, vertically from 3 to 3. "
        "other: 2, horizontally from 1 to 2, vertically from 4 to 5."
    )


@given(points=st.lists(st.tuples(*[st.sampled_from([-2.0, 0.5, 7.0, np.nan])] * 2), min_size=1, max_size=5))
def test_points_without_a_position_are_not_counted(points: list[tuple[float, float]]) -> None:
    x, y = zip(*points, strict=True)
    drawn = [point for point in points if not np.isnan(point).any()]
    text = summarise(points={"x": x, "y": y, "kind": ["run"] * len(points)})
    if drawn:
        assert text.startswith(f"run: {len(drawn)}, ") and "nan" not in text
        assert f"from {format_number(min(drawn)[0])} to {format_number(max(drawn)[0])}, vertically" in text
    else:
        assert text == "run: no values on these axes."


def test_only_points_in_use_are_on_an_axis_of_ranges() -> None:
    points = {"row": ["a", "a", "b"], "x": [-1.0, 3.0, 99.0], "kind": ["z"] * 3, "active": [True, True, False]}
    assert summarise(points=points) == "z: from −1 to 3."


def test_a_long_row_is_cut() -> None:
    bars = frames.grouped([str(k) for k in range(40)], {"w": np.arange(40.0)})
    text = summarise(bars=bars)
    assert text.count("=") == MOST and text.endswith(" ….")


def test_panels_have_the_mean_strength_of_their_colour() -> None:
    square = frames.unit_cells(1)
    cells = frames.stack(*(frames.frame(**square, value=value, title=f"panel {value:g}") for value in (-1.0, 0.5)))
    assert summarise(cells=cells) == (
        "panel -1: mean strength of the colour 1, of at most 1. "
        "panel 0.5: mean strength of the colour 0.5, of at most 1."
    )


def test_an_arrow_has_its_tip() -> None:
    arrow = frames.from_rows(("x", "y", "text", "origin"), [(1.5, -2.0, "update 3", 0.0)])
    assert summarise(points={"x": [0.0], "y": [0.0]}, arrow=arrow) == "update 3: 1.5, −2."
