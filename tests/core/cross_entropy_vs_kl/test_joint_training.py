"""Joint training against torch autograd, and what each loss does to P."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats
import torch

from core import cross_entropy_vs_kl as topic
from tests.core.cross_entropy_vs_kl.helpers import LN2


def test_joint_training_matches_torch_autograd():
    steps, rate = 25, 1.0
    result = topic.train_jointly(classes=4, runs=1, steps=steps, learning_rate=rate, seed=3)
    start = np.random.default_rng(3).normal(size=(2, 1, 4))
    for runs, has_entropy in ((result.by_cross_entropy, 0.0), (result.by_kl, 1.0)):
        a, b = (torch.tensor(start[i, 0], requires_grad=True) for i in (0, 1))
        optimiser = torch.optim.SGD([a, b], lr=rate)
        for _ in range(steps):
            optimiser.zero_grad()
            log_p, log_q = a.log_softmax(0), b.log_softmax(0)
            (log_p.exp() * (has_entropy * log_p - log_q)).sum().backward()
            optimiser.step()
        np.testing.assert_allclose(runs.p[0, -1], a.softmax(0).detach(), atol=1e-12)
        np.testing.assert_allclose(runs.q[0, -1], b.softmax(0).detach(), atol=1e-12)


@pytest.mark.parametrize("classes", [2, 5, 8])
def test_cross_entropy_makes_p_deterministic_and_kl_does_not(classes):
    result = topic.train_jointly(classes=classes, runs=20)
    assert result.by_cross_entropy.entropy_p.shape == (20, 501)
    assert (result.by_cross_entropy.entropy_p[:, -1] < 0.01).all()
    assert (result.by_cross_entropy.cross_entropy[:, -1] < 0.01).all()
    assert (result.by_kl.kl[:, -1] < 1e-6).all()
    assert (result.by_kl.entropy_p[:, -1] > 0.5 * result.by_kl.entropy_p[:, 0]).all()


def test_both_losses_have_equal_starts_and_consistent_results():
    nats, bits = topic.train_jointly(steps=20, seed=7), topic.train_jointly(steps=20, seed=7, unit="bits")
    np.testing.assert_array_equal(nats.by_cross_entropy.p[:, 0], nats.by_kl.p[:, 0])
    np.testing.assert_array_equal(nats.by_cross_entropy.q[:, 0], nats.by_kl.q[:, 0])
    for runs, in_bits in ((nats.by_cross_entropy, bits.by_cross_entropy), (nats.by_kl, bits.by_kl)):
        np.testing.assert_allclose(runs.entropy_p, scipy.stats.entropy(runs.p, axis=-1), atol=1e-12)
        np.testing.assert_allclose(runs.kl, scipy.stats.entropy(runs.p, runs.q, axis=-1), atol=1e-12)
        np.testing.assert_allclose(runs.cross_entropy, runs.entropy_p + runs.kl, atol=1e-12)
        np.testing.assert_allclose(in_bits.cross_entropy * LN2, runs.cross_entropy)
    assert not np.array_equal(
        topic.train_jointly(steps=1, seed=8).by_kl.p, topic.train_jointly(steps=1, seed=7).by_kl.p
    )


def test_largest_learning_rate_stays_finite():
    result = topic.train_jointly(classes=8, runs=5, steps=300, learning_rate=100)
    for runs in (result.by_cross_entropy, result.by_kl):
        assert np.isfinite(runs.cross_entropy).all()
