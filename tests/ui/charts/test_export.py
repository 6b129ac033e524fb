"""Charts as files: size, colours of the theme, and glyphs of both languages."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ui.charts.builders import lines
from ui.charts.export import SCALE, THEMES, WIDTH, complete, export
from ui.charts.theme import CHART_CONFIG

DATA = {"lines": {"x": np.arange(3.0), "y": np.array([1.0, np.nan, 2.0]), "series": np.array(["a", "a", "a"])}}


def make(kind: str, *, theme: str = "light", title: str = "Title", series: tuple[str, ...] = ("a", "b")) -> bytes:
    built: dict[str, Any] = lines(series=series, x_title="step", y_title="loss").to_dict() | {"config": CHART_CONFIG}
    return export(
        kind=kind,
        theme=theme,
        specification=built,
        data=DATA,
        title=title,
        options={"series": series},
        report=lambda fraction: None,
    )


def pixels(**options: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(make("png", **options))).convert("RGB"))


@pytest.mark.parametrize("theme", THEMES)
def test_a_png_is_sharp_and_has_the_colours_of_its_theme(theme: str) -> None:
    picture = pixels(theme=theme)
    assert picture.shape[1] > SCALE * WIDTH
    text, background, _ = (np.array(list(bytes.fromhex(colour[1:]))) for colour in THEMES[theme])
    assert (picture[0, 0] == background).all()
    distance = np.abs(picture.astype(int) - text).max(axis=-1)
    assert (distance == 0).any(), "text in the text's colour"


@pytest.mark.parametrize(("one", "other"), [("손실", "기울"), ("loss", "step")])
def test_letters_have_different_shapes(one: str, other: str) -> None:
    # Without a font, every letter is the same box, or nothing.
    first, second, none = (pixels(title=title) for title in (one, other, " "))
    assert first.shape == second.shape
    assert (first != second).any()
    assert (first != none).sum() > 200


def test_a_legend_that_is_too_wide_goes_on_in_the_next_row() -> None:
    short, long = (
        complete({"mark": "line"}, {}, title="", theme="light", options={"series": ("series " * n, "b", "c")})
        for n in (1, 12)
    )
    assert [spec["vconcat"][0]["height"] for spec in (short, long)] == [24, 48]


def test_missing_values_are_exported_as_null() -> None:
    written = complete({"mark": "line"}, DATA, title="", theme="light", options={})
    assert [row["y"] for row in written["datasets"]["lines"]] == [1.0, None, 2.0]
