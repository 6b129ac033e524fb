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


def format_apart(values: Mapping[str, float], digits: int = 3) -> dict[str, str]:
    """Format numbers with at least ``digits`` significant digits, and as many as different ones need to look different.

    Examples
    --------
    >>> format_apart({"noisy": 1.4277, "exact": 1.4333}), format_apart({"noisy": 0.5, "exact": 1.4333})
    ({'noisy': '1.428', 'exact': '1.433'}, {'noisy': '0.5', 'exact': '1.43'})
    """
    for enough in range(digits, 17):
        texts = {name: format_number(value, enough) for name, value in values.items()}
        if len(set(texts.values())) == len(set(values.values())):
            break
    return texts


def format_fraction(value: float, decimals: int = 3) -> str:
    """Format a number with fixed decimals; more of them for one between 0 and 1 that would be written as 0 or 1.

    Examples
    --------
    >>> format_fraction(0.25), format_fraction(0.99972), format_fraction(1.0)
    ('0.250', '0.9997', '1.000')
    """
    return f"{value:.{_enough_decimals(value, decimals)}f}".replace("-", "−")


def format_share(share: float, decimals: int = 0) -> str:
    """Format a share in per cent, with more decimals if it would be written as 0% or 100% without being that.

    Examples
    --------
    >>> format_share(0.25), format_share(0.9966), format_share(0.0004), format_share(1.0)
    ('25%', '99.7%', '0.04%', '100%')
    """
    return f"{share:.{_enough_decimals(100 * share, decimals, 100)}%}".replace("-", "−")


def _enough_decimals(value: float, decimals: int, whole: int = 1) -> int:
    """Return how many decimals a number needs, so that one between 0 and ``whole`` is not rounded to either.

    A distance of less than about 10⁻¹² from 0 or ``whole`` counts as a rounding error of the computation.
    """
    if not 0 < value < whole:
        return decimals
    return next((more for more in range(decimals, 13) if 0 < round(value, more) < whole), decimals)


def format_figures(figures: Mapping[str, float], digits: int = 4) -> dict[str, str]:
    """Format every figure with `format_number`, and integers in full, to fill the placeholders of a phrase."""
    return {
        name: f"{value:,}" if isinstance(value, int) else format_number(value, digits)
        for name, value in figures.items()
    }
