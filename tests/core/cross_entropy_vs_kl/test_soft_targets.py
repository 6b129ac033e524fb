"""Label smoothing and distillation against torch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats
import torch
from torch.nn import functional as F

from core import cross_entropy_vs_kl as topic


@pytest.mark.parametrize(("classes", "epsilon"), [(2, 0.3), (10, 0.1), (1000, 0.05)])
def test_label_smoothing_agrees_with_torch(classes, epsilon):
    result = topic.smooth_labels(classes=classes, epsilon=epsilon)
    logits = torch.zeros(result.gap.size, classes, dtype=torch.float64)
    logits[:, 0] = torch.tensor(result.gap)
    label = torch.zeros(result.gap.size, dtype=torch.long)
    expected = F.cross_entropy(logits, label, label_smoothing=epsilon, reduction="none")
    np.testing.assert_allclose(result.cross_entropy, expected, atol=1e-12)
    np.testing.assert_allclose(result.cross_entropy - result.kl, scipy.stats.entropy(result.target), atol=1e-12)


def test_label_smoothing_has_a_lower_bound_and_a_finite_gap():
    result = topic.smooth_labels(classes=10, epsilon=0.1)
    best = scipy.optimize.minimize_scalar(
        lambda gap: -0.91 * gap + math.log(math.exp(gap) + 9), bounds=(0, 12), method="bounded", options={"xatol": 1e-9}
    )
    assert result.optimal_gap == pytest.approx(best.x, abs=1e-6)
    assert result.floor == pytest.approx(best.fun, abs=1e-12)
    assert result.kl.min() > 0
    assert result.gap[result.kl.argmin()] == pytest.approx(best.x, abs=0.06)  # the step of the grid


def test_loss_without_smoothing_decreases_without_minimum():
    result = topic.smooth_labels(epsilon=0, unit="bits")
    assert (result.floor, result.optimal_gap) == (0, math.inf)
    assert (np.diff(result.cross_entropy) < 0).all()
    np.testing.assert_allclose(result.cross_entropy[0], math.log2(10))
    assert topic.smooth_labels(epsilon=1).optimal_gap == pytest.approx(0)


def test_distillation_gradient_matches_torch():
    tau, classes = 3.0, 6
    result = topic.distil([tau], classes=classes, draws=2, logit_scale=1.5, seed=4)
    teacher, student = np.random.default_rng(4).normal(scale=1.5, size=(2, 2, classes))
    norms, cosines = [], []
    for v, z in zip(teacher, student, strict=True):
        logits = torch.tensor(z, requires_grad=True)
        target = (torch.tensor(v) / tau).softmax(0)
        F.kl_div((logits / tau).log_softmax(0), target, reduction="sum").backward()
        g = logits.grad.numpy()
        norms.append(np.linalg.norm(g))
        centred = (z - z.mean()) - (v - v.mean())
        cosines.append(g @ centred / np.linalg.norm(g) / np.linalg.norm(centred))
    assert result.norm.median[0] == pytest.approx(np.median(norms))
    assert result.scaled_norm.median[0] == pytest.approx(tau**2 * np.median(norms))
    assert result.cosine.median[0] == pytest.approx(np.median(cosines))
    assert result.norm.low[0] == pytest.approx(np.percentile(norms, 2.5))
    assert result.norm.high[0] == pytest.approx(np.percentile(norms, 97.5))


def test_gradient_decreases_as_the_square_of_the_temperature():
    result = topic.distil([100.0, 200.0, 400.0])
    np.testing.assert_allclose(result.norm.median[:-1] / result.norm.median[1:], 4, rtol=0.02)
    np.testing.assert_allclose(result.scaled_norm.median, result.limit_norm.median[0], rtol=0.02)
    assert result.limit_norm.median.shape == (1,)
    # The next term of the expansion is smaller by 1/T, and 1 − cos is quadratic in the angle.
    angle = 1 - result.cosine.median
    np.testing.assert_allclose(angle[:-1] / angle[1:], 4, rtol=0.02)


def test_gradients_are_equal_at_every_temperature_and_approach_the_squared_error():
    result = topic.distil()
    assert result.largest_difference < 1e-15
    assert (np.diff(result.cosine.median) > 0).all()
    for band in (result.norm, result.scaled_norm, result.cosine):
        assert (band.low < band.median).all()
        assert (band.median < band.high).all()
