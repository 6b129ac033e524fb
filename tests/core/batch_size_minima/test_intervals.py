"""Confidence intervals against SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from core.batch_size_minima.intervals import interval


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20))
def test_interval_matches_scipys_t_interval(values: list[float]) -> None:
    found = interval(np.array([*values, math.nan]))
    low, high = student.interval(
        0.95, len(values) - 1, np.mean(values), np.std(values, ddof=1) / len(values) ** 0.5 or 1e-300
    )
    assert found.count == len(values) and found.positive == sum(value > 0 for value in values)
    assert found.low == pytest.approx(low, rel=1e-9, abs=1e-9) and found.high == pytest.approx(high, rel=1e-9, abs=1e-9)


def test_interval_of_one_or_two_values() -> None:
    one = interval(np.array([2.0]))
    assert (one.mean, one.count) == (2.0, 1) and math.isnan(one.low) and not one.significant
    assert interval(np.array([1.0, 1.1])).significant and not interval(np.array([-1.0, 1.1])).significant
