"""The thumbnail."""

import numpy as np

from core.bagging_vs_boosting import thumbnail


def test_thumbnail_is_finite():
    result = thumbnail()
    assert set(result.lines) == {"bagging", "adaboost"}
    for line in result.lines.values():
        assert line.shape == result.x.shape
        assert np.isfinite(line).all()
