"""The thumbnail."""

import numpy as np

from core import batch_size_minima as topic
from core.thumbnail import Thumbnail


def test_thumbnail_has_four_finite_curves() -> None:
    result = topic.thumbnail()
    assert isinstance(result, Thumbnail) and len(result.lines) == 4
    assert all(curve.shape == result.x.shape and not np.isinf(curve).any() for curve in result.lines.values())
