"""The curves that the home page draws for this topic."""

from __future__ import annotations

import numpy as np

from core.softmax_stability.arithmetic import run
from core.softmax_stability.inputs import scale
from core.thumbnail import Thumbnail


def thumbnail() -> Thumbnail:
    """Return the float32 softmax of the largest of three logits against a common offset: naive and shifted.

    Examples
    --------
    >>> small = thumbnail()
    >>> (list(small.lines), small.x.shape)
    (['shifted', 'naive'], (131,))
    """
    offsets = np.linspace(-130.0, 130.0, 131)
    _, z = scale(offsets[:, np.newaxis] + np.arange(3.0), "float32", 2, 1.0)
    lines = {name: run(name, z, 2)["p"][:, 2].astype(np.float64) for name in ("shifted", "naive")}
    return Thumbnail(offsets, lines)
