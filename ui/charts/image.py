"""Images as data URLs: regions with more cells than a browser draws quickly as marks, and pictures."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Enlarged, so that a browser's smoothing blurs no more than a fraction of a cell.
ENLARGED = 4


def two_colours(values: NDArray[np.float64], colours: tuple[str, str], *, strongest: float = 0.62) -> str:
    """Return an image of values in −1 … 1, shape (height, width), row 0 at the bottom.

    A cell has the first of ``colours`` (#RRGGBB) where its value is negative, else the second; its opacity is
    ``strongest`` times the absolute value.
    """
    rgb = np.array([list(bytes.fromhex(colour[1:7])) for colour in colours], np.uint8)
    opacity = np.rint(255 * strongest * np.abs(values)).astype(np.uint8)
    pixels = np.dstack((rgb[(values >= 0).astype(int)], opacity))[::-1]
    return _data_url(pixels.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1), "RGBA")


def grey(values: NDArray[np.float64]) -> str:
    """Return an image of values in 0 (black) … 1 (white), shape (height, width), row 0 at the top."""
    return _data_url(np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8), "L")


def _data_url(pixels: NDArray[np.uint8], mode: str) -> str:
    output = io.BytesIO()
    Image.fromarray(pixels, mode).save(output, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(output.getvalue()).decode("ascii")
