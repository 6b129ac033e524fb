"""The thumbnail."""

import numpy as np

from core import vanishing_gradients as topic


def test_thumbnail_shows_vanishing_and_steady_gradients() -> None:
    result = topic.thumbnail()
    fall = {name: np.log10(curve[-1] / curve[0]) for name, curve in result.lines.items()}
    assert fall["sigmoid"] > 15 > fall["relu"] > 2.5 > abs(fall["relu_he"])
