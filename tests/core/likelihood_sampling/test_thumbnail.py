"""The curves on the home page."""

import numpy as np

from core.likelihood_sampling import thumbnail


def test_both_curves_have_their_maximum_0_inside() -> None:
    shown = thumbnail()
    for line in shown.lines.values():
        at = int(np.nanargmax(line))
        assert 0 < at < line.size - 1
        assert -0.01 < line[at] <= 0
