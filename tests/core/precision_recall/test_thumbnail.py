"""The thumbnail has the precision of the classifier of the first scene."""

import numpy as np
import pytest

from core.precision_recall import thumbnail


def test_the_thumbnail_shows_precision_and_recall() -> None:
    shown = thumbnail()
    hundredth = np.interp(0.01, shown.x, shown.lines["precision"])
    assert hundredth == pytest.approx(0.009 / (0.009 + 0.099), abs=2e-3)
    assert set(shown.lines["recall"]) == {0.9}
