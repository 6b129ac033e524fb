"""The double well against mpmath and torch."""

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import batch_size_minima as topic

points = st.floats(-5, 5)


@given(points)
@settings(max_examples=100, deadline=None)
def test_landscape_is_the_soft_minimum_of_two_parabolas(w: float) -> None:
    a, b = 30 * (mpmath.mpf(w) + 1) ** 2, 3 * (mpmath.mpf(w) - 1) ** 2
    soft = -0.15 * mpmath.log(mpmath.exp(-a / 0.15) + mpmath.exp(-b / 0.15))
    assert float(topic.landscape(w)) == pytest.approx(float(soft), rel=1e-12, abs=1e-12)
    assert float(topic.landscape(w)) <= min(float(a), float(b)) + 1e-12


@given(st.lists(points, min_size=1, max_size=9))
@settings(max_examples=50, deadline=None)
def test_slope_matches_autograd(values: list[float]) -> None:
    w = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    parabolas = torch.stack([30 * (w + 1) ** 2, 3 * (w - 1) ** 2])
    loss = -0.15 * torch.logsumexp(-parabolas / 0.15, dim=0)
    [autograd] = torch.autograd.grad(loss.sum(), [w])
    np.testing.assert_allclose(topic.slope(values), autograd.numpy(), rtol=1e-8, atol=1e-8)


def test_minima_have_equal_depth_and_given_curvatures_and_the_barrier_lies_between() -> None:
    h = 1e-4
    for w, curvature in ((-1.0, topic.SHARP), (1.0, topic.FLAT)):
        left, middle, right = topic.landscape(np.array([w - h, w, w + h]))
        assert middle == pytest.approx(0, abs=1e-12)
        assert (left - 2 * middle + right) / h**2 == pytest.approx(curvature, rel=1e-4)
    grid = np.linspace(-1, 1, 200_001)
    assert grid[topic.landscape(grid).argmax()] == pytest.approx(topic.BARRIER, abs=2e-5)
