"""Titles of vertical axes."""

from hypothesis import given
from hypothesis import strategies as st

from ui.charts import builders
from ui.charts.titles import BELOW, LETTER, wrap_titles


def titles(part: object) -> list[object]:
    """Return the titles of all vertical axes in a specification."""
    if isinstance(part, list):
        return [title for each in part for title in titles(each)]
    if not isinstance(part, dict):
        return []
    vertical = (part.get("encoding") or {}).get("y") or {}
    own = [vertical["title"]] if vertical.get("title") else []
    return own + [title for each in part.values() for title in titles(each)]


@given(
    words=st.lists(st.sampled_from(["z", "of", "gradient", "기울기", "크기", "|∂L/∂z|"]), min_size=1, max_size=15),
    height=st.integers(140, 400),
)
def test_every_line_fits_the_axis_and_no_word_is_lost(words: list[str], height: int) -> None:
    chart = {"height": height, "layer": [{"encoding": {"y": {"title": " ".join(words)}}}]}
    wrap_titles(chart)
    [title] = titles(chart)
    lines = [title] if isinstance(title, str) else title
    assert " ".join(lines) == " ".join(words)
    for line in lines:
        hangul = sum("가" <= letter <= "힣" for letter in line)
        # Lines of one word cannot be broken; mixed lines are broken by the mean width of the title's letters.
        if " " in line and hangul in (0, len(line)):
            assert len(line) * (2 if hangul else 1) * LETTER <= height - BELOW


def test_layers_of_a_chart_keep_equal_titles() -> None:
    spec = builders.measured(
        series=("a",), shapes=(("b", "circle", "#000"),), y_title="a title that is far too long for a chart", height=150
    ).to_dict(validate=False)
    wrap_titles(spec)
    found = titles(spec)
    assert len(found) > 1 and all(title == found[0] for title in found) and isinstance(found[0], list)


def test_charts_without_a_height_in_pixels_stay_as_they_are() -> None:
    chart = {"height": "container", "encoding": {"y": {"title": "long " * 50}}}
    wrap_titles(chart)
    assert titles(chart) == ["long " * 50]
