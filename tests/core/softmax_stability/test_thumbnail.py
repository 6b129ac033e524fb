"""The curves of the home page, and the names that the package exports."""

import numpy as np
import pytest
from scipy import special

from core import softmax_stability
from core.softmax_stability import thumbnail


def test_exported_names_exist():
    for name in softmax_stability.__all__:
        assert hasattr(softmax_stability, name), name


def test_naive_curve_is_nan_at_both_ends() -> None:
    small = thumbnail()
    assert np.isnan(small.lines["naive"][[0, -1]]).all()
    assert small.lines["shifted"] == pytest.approx(special.softmax([0, 1, 2])[2], abs=1e-5)
