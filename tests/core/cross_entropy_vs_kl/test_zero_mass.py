"""The divergences in the limit of a vanishing mass, in closed form."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from core import cross_entropy_vs_kl as topic
from core.validate import InvalidArgument
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


@pytest.mark.parametrize("unit", ["nats", "bits"])
@pytest.mark.parametrize("epsilon", [0.5, 0.1, 1e-3, 1e-4, 1e-6, 1e-11, 1e-12])
def test_single_mass_is_exact(epsilon, unit):
    with mpmath.workdps(40):
        e, base = mpmath.mpf(epsilon), 2 if unit == "bits" else mpmath.e
        half = mpmath.mpf(1) / 2
        missing = half * mpmath.log(half / (1 - e), base) + half * mpmath.log(half / e, base)
        disjoint = (1 - 2 * e) * mpmath.log((1 - e) / e, base)
    assert topic.zero_mass("missing_class", epsilon=epsilon, unit=unit).kl_pq == pytest.approx(
        [float(missing)], rel=1e-14, abs=1e-15
    )
    assert topic.zero_mass("disjoint", epsilon=epsilon, unit=unit).kl_pq == pytest.approx(
        [float(disjoint)], rel=1e-14, abs=1e-15
    )


@pytest.mark.parametrize("epsilon", [-0.1, 0.6, math.nan])
def test_single_mass_out_of_range_is_refused(epsilon):
    with pytest.raises(InvalidArgument):
        topic.zero_mass("disjoint", epsilon=epsilon)
