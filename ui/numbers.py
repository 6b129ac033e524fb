"""Numbers written for reading."""

from __future__ import annotations

import math
from collections.abc import Mapping


def format_number(value: float, digits: int = 4) -> str:
    """Format a number with significant digits, a typographic minus sign, and ∞, nan and −0 as such."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "−0" if math.copysign(1, value) < 0 else "0"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def format_figures(figures: Mapping[str, float], digits: int = 4) -> dict[str, str]:
    """Format every figure with `format_number`, and integers in full, to fill the placeholders of a phrase."""
    return {
        name: f"{value:,}" if isinstance(value, int) else format_number(value, digits)
        for name, value in figures.items()
    }
