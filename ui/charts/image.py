"""Images as data URLs."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def grey(values: NDArray[np.float64]) -> str:
    """Return an image of values in 0 (black) … 1 (white), shape (height, width), row 0 at the top."""
    output = io.BytesIO()
    pixels = np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)
    Image.fromarray(pixels, "L").save(output, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(output.getvalue()).decode("ascii")
