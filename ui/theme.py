"""Colour by role, and what every chart shares.

The roles keep a contrast of at least 3:1 against both themes' backgrounds (WCAG 2.2, 1.4.11) and stay apart for
colour-blind readers; a chart never tells things apart by colour alone.
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

# The theme's own text colour: an SVG chart inherits it from the page, in light and in dark.
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

# Series in order, where no role is meant.
SERIES = (ACCENT, CONTRAST, GOOD, VIOLET, PINK, MUTED, DANGER)
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (4, 4), (1, 3), (10, 4))


def tint(colour: str, opacity: float) -> str:
    """Return ``colour`` as a fill that lets the theme's background through, so that text on it stays readable."""
    return f"{colour}{round(opacity * 255):02X}"


# Large enough for the back row; colours of text and grid come from Streamlit's own light and dark chart themes.
CHART_CONFIG: dict[str, Any] = {
    # A chart is described as a whole; a sentence for each of a thousand marks would cost a third of its drawing.
    "aria": False,
    # What has something to tell under the pointer says so. Streamlit's default writes it for every mark at every move.
    "mark": {"tooltip": False},
    "axis": {
        "labelFontSize": 14,
        "titleFontSize": 14,
        "titleFontWeight": 500,
        "labelLimit": 220,
        "titleLimit": 600,
        "labelFlush": False,
    },
    "legend": {"labelFontSize": 14, "titleFontSize": 14, "orient": "top", "labelLimit": 400, "symbolSize": 160},
    "header": {"labelFontSize": 14, "titleFontSize": 14},
    "title": {"fontSize": 15, "fontWeight": 600, "anchor": "start"},
    "line": {"strokeWidth": 2.5},
    "view": {"continuousHeight": 320},
}
