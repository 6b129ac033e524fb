"""Colours by role, dash patterns, and the Vega-Lite configuration that all charts share.

The colours have a contrast of at least 3:1 against the backgrounds of both themes (WCAG 2.2, 1.4.11). Some pairs look
alike to colour-blind users, such as accent and violet: marks in these colours differ by shape or dash pattern besides,
which ``tests/pages/test_colours.py`` checks on every chart.
"""

from __future__ import annotations

from typing import Any

ACCENT = "#2F7FD6"
CONTRAST = "#D9730D"
GOOD = "#0E9384"
DANGER = "#DB4437"
VIOLET = "#9163D9"
PINK = "#C2529B"
MUTED = "#7C8596"

# Of the texts in charts, in pixels: readable on a projector.
FONT_SIZE = 16

# The text colour of the theme, which an SVG chart inherits from the page.
INK = "currentColor"

ROLES = {
    "accent": ACCENT,
    "contrast": CONTRAST,
    "good": GOOD,
    "danger": DANGER,
    "violet": VIOLET,
    "pink": PINK,
    "muted": MUTED,
}

# The colours and dash patterns of series without a role, in order.
SERIES = (ACCENT, CONTRAST, GOOD, VIOLET, PINK, MUTED, DANGER)
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (4, 4), (1, 3), (10, 4))
# Of the vertical rule at the current setting.
RULE_DASH = (2, 2)
# Marks over points, by their name in the legend: data set, shape and area.
OVER = {"ring": ("rings", "circle", 90), "x": ("crosses", "M-.5,-.5L.5,.5M-.5,.5L.5,-.5", 80)}
# The name of texts over marks: their outline has the colour of the background (style.css).
LABEL = "label"


def tint(colour: str, opacity: float) -> str:
    """Return ``colour`` with an opacity, as #RRGGBBAA: text on it stays readable in both themes."""
    return f"{colour}{round(opacity * 255):02X}"


# Streamlit adds the colours of text and grid of its light and dark chart themes.
CHART_CONFIG: dict[str, Any] = {
    # The chart has one alternative text; Vega would add a description to each of a thousand marks.
    "aria": False,
    # Tooltips only where an encoding asks for one. Streamlit's default computes one for every mark.
    "mark": {"tooltip": False, "aria": False},
    "axis": {
        "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "titleFontWeight": 500,
        "labelColor": INK,
        "titleColor": INK,
        # Streamlit's 16 pixels between an axis and its labels are a fifth of a low chart.
        "labelPadding": 6,
        "titlePadding": 4,
        "labelLimit": 220,
        "titleLimit": 600,
        "labelFlush": False,
    },
    "legend": {
        "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "labelColor": INK,
        "titleColor": INK,
        "orient": "top",
        "labelLimit": 400,
        "symbolSize": 160,
    },
    "header": {"labelFontSize": FONT_SIZE, "titleFontSize": FONT_SIZE},
    "title": {"fontSize": FONT_SIZE, "fontWeight": 600, "anchor": "start"},
    "line": {"strokeWidth": 2.5},
    "view": {"continuousHeight": 280},
}
