"""The divergences in the limit of a vanishing mass, in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core import cross_entropy_vs_kl as topic
from tests.core.cross_entropy_vs_kl.helpers import LN2


def test_missing_class_costs_half_log_epsilon():
    result = topic.zero_mass("missing_class")
    assert result.epsilon[0] == 0
    assert result.epsilon[1] == pytest.approx(1e-12)
    assert result.kl_pq[0] == result.ce_pq[0] == math.inf
    assert result.kl_qp[0] == pytest.approx(LN2)
    np.testing.assert_allclose(result.ce_qp, LN2)  # P is uniform
    epsilon = result.epsilon[1:]
    np.testing.assert_allclose(result.kl_pq[1:], -0.5 * np.log(4 * epsilon * (1 - epsilon)), atol=1e-12)
    np.testing.assert_allclose(result.ce_pq[1:], LN2 + result.kl_pq[1:])
    assert (result.js < LN2).all()


def test_disjoint_supports_leave_only_js_finite():
    result = topic.zero_mass("disjoint", unit="bits")
    assert result.kl_pq[0] == result.kl_qp[0] == result.ce_pq[0] == result.ce_qp[0] == math.inf
    assert result.js[0] == pytest.approx(1)
    epsilon = result.epsilon[1:]
    np.testing.assert_allclose(result.kl_pq[1:], (1 - 2 * epsilon) * np.log2((1 - epsilon) / epsilon), atol=1e-9)
    np.testing.assert_allclose(result.kl_pq, result.kl_qp, atol=1e-12)
    assert (np.diff(result.js) <= 0).all()
    assert result.kl_pq[-1] == result.js[-1] == pytest.approx(0, abs=1e-12)
