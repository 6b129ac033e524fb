"""The chart of a thumbnail as an SVG image: home stands before a browser has loaded what draws the pages' charts."""

from __future__ import annotations

import base64
import html
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.thumbnail import Thumbnail
from ui.theme import DASHES, SERIES

# What it is drawn in, to be stretched to its place in style.css, which leaves its lines as thick as they are.
WIDTH, HEIGHT, MARGIN = 300, 120, 3


def sparkline(shown: Thumbnail, alt: str) -> str:
    """Write curves without axes as HTML; a gap where a curve has no value."""
    x = MARGIN + (WIDTH - 2 * MARGIN) * _placed(shown.x, shown.log_x)
    y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * _placed(np.stack(list(shown.lines.values())), shown.log_y)
    curves = "".join(
        f"<path d='{_path(x, line)}' stroke='{colour}' stroke-dasharray='{' '.join(map(str, dash))}'/>"
        for line, colour, dash in zip(y, SERIES, DASHES, strict=False)
    )
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' preserveAspectRatio='none' "
        "fill='none' stroke-width='3' stroke-linejoin='round'>"
        f"<style>path {{ vector-effect: non-scaling-stroke }}</style>{curves}</svg>"
    )
    source = base64.b64encode(svg.encode()).decode()
    return f"<img class='thumbnail' alt='{html.escape(alt)}' src='data:image/svg+xml;base64,{source}'>"


def _placed(values: NDArray[np.float64], log: bool) -> NDArray[Any]:
    scaled = np.log(values) if log else values
    low, high = np.nanmin(scaled), np.nanmax(scaled)
    return (scaled - low) / (high - low)


def _path(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    known = np.isfinite(y)
    begins = known & ~np.r_[False, known[:-1]]
    points = zip(x[known], y[known], begins[known], strict=True)
    return "".join(f"{'M' if first else 'L'}{across:.1f} {down:.1f}" for across, down, first in points)
