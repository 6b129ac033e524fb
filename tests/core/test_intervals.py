"""Confidence intervals against SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.intervals import t_interval, wilson


@settings(derandomize=True)
@given(total=st.integers(1, 3000), share=st.floats(0, 1), level=st.sampled_from([0.8, 0.95, 0.999]))
def test_wilson_interval_is_that_of_scipy(total: int, share: float, level: float) -> None:
    count = round(share * total)
    expected = stats.binomtest(count, total).proportion_ci(level, "wilson")
    low, high = wilson(count, total, level=level)
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert low <= count / total <= high


def test_wilson_interval_of_no_trials_has_no_ends() -> None:
    low, high = wilson([0, 1], [0, 2])
    assert np.isnan([low[0], high[0]]).all() and np.isfinite([low[1], high[1]]).all()


def test_t_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(0).standard_normal((4, 7))
    expected = stats.t.interval(0.95, 6, values.mean(axis=1), stats.sem(values, axis=1))
    np.testing.assert_allclose(t_interval(values), expected)
    np.testing.assert_allclose(t_interval(values.T, axis=0), expected)
