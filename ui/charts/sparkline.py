"""Thumbnails of the home page as SVG images: they need neither Vega in the browser nor Arrow on the server."""

from __future__ import annotations

import base64
import html
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.thumbnail import Thumbnail
from ui.charts.theme import DASHES, SERIES

# Size of the view box. style.css stretches the image; the line width does not scale.
WIDTH, HEIGHT, MARGIN = 300, 120, 3


def sparkline(shown: Thumbnail, alt: str, *, x_title: str = "", y_title: str = "") -> str:
    """Return curves as an HTML image between the names of their axes; missing values leave gaps."""
    x = MARGIN + (WIDTH - 2 * MARGIN) * _scaled(shown.x, shown.log_x)
    y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * _scaled(np.stack(list(shown.lines.values())), shown.log_y)
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
    image = f"<img class='thumbnail' alt='{html.escape(alt)}' src='data:image/svg+xml;base64,{source}'>"
    return f"<div class='axes'><p>↑ {html.escape(y_title)}</p>{image}<p>{html.escape(x_title)} →</p></div>"


def _scaled(values: NDArray[np.float64], log: bool) -> NDArray[Any]:
    scaled = np.log(values) if log else values
    low, high = np.nanmin(scaled), np.nanmax(scaled)
    return (scaled - low) / (high - low)


def _path(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    known = np.isfinite(y)
    begins = known & ~np.r_[False, known[:-1]]
    points = zip(x[known], y[known], begins[known], strict=True)
    return "".join(f"{'M' if first else 'L'}{across:.1f} {down:.1f}" for across, down, first in points)
