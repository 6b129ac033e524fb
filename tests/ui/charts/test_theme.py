"""Colours have enough contrast on both themes, and can be told apart."""

import tomllib

import pytest

from ui.charts import grid, theme
from ui.registry import ROOT

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_function_follows_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("role", theme.ROLES)
def test_every_role_has_enough_contrast_on_both_themes(role: str, mode: str) -> None:
    colours = CONFIG["theme"][mode]
    assert contrast(theme.ROLES[role], colours["backgroundColor"]) >= 3
    assert contrast(theme.ROLES[role], colours["secondaryBackgroundColor"]) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_is_readable(mode: str) -> None:
    colours = CONFIG["theme"][mode]
    assert contrast(colours["textColor"], colours["backgroundColor"]) >= 7
    assert contrast(colours["primaryColor"], colours["backgroundColor"]) >= 4.5


def test_streamlits_own_charts_use_the_colours_of_the_roles() -> None:
    assert set(CONFIG["theme"]["chartCategoricalColors"]) <= set(theme.ROLES.values())


def test_every_series_colour_has_a_dash_pattern() -> None:
    assert len(set(theme.SERIES)) == len(theme.SERIES) == len(set(theme.DASHES))


def test_tint_adds_the_opacity_to_the_colour() -> None:
    assert theme.tint("#2F7FD6", 1) == "#2F7FD6FF"
    assert theme.tint("#2F7FD6", 0) == "#2F7FD600"


def test_marks_on_a_canvas_have_the_text_colours_of_the_themes() -> None:
    dark, light = (CONFIG["theme"][mode]["textColor"] for mode in ("dark", "light"))
    assert grid.ON_CANVAS.to_dict() == {"expr": f"luminance(background) < 0.5 ? '{dark}' : '{light}'"}
    # Which of them a background asks for, the chart decides by its luminance.
    assert luminance(CONFIG["theme"]["dark"]["backgroundColor"]) < 0.5
    assert luminance(CONFIG["theme"]["light"]["backgroundColor"]) >= 0.5
