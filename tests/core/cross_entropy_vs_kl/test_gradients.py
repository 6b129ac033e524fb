"""The gradients against finite differences, and both losses along a line."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from core import cross_entropy_vs_kl as topic
from tests.core.cross_entropy_vs_kl.helpers import distributions, without_deadline


@without_deadline
@given(distributions(1), st.data())
def test_logit_gradients_agree_with_finite_differences(rows, data):
    (p,) = rows
    z = np.array(data.draw(st.lists(st.floats(-4, 4), min_size=p.size, max_size=p.size)))
    result = topic.logit_gradients(p, z)
    step = 1e-5
    for k, direction in enumerate(np.eye(p.size)):
        ahead, behind = scipy.special.softmax(z + step * direction), scipy.special.softmax(z - step * direction)
        ce = (topic.cross_entropy(p, ahead) - topic.cross_entropy(p, behind)) / (2 * step)
        assert result.cross_entropy[k] == pytest.approx(ce, abs=1e-8)
        # rel_entr, because topic.kl_divergence is clipped at 0.
        kl = (scipy.special.rel_entr(p, ahead).sum() - scipy.special.rel_entr(p, behind).sum()) / (2 * step)
        assert result.kl[k] == pytest.approx(kl, abs=1e-8)


@without_deadline
@given(distributions(1), st.data())
def test_gradients_of_cross_entropy_and_kl_are_equal(rows, data):
    (p,) = rows
    z = np.array(data.draw(st.lists(st.floats(-350, 350), min_size=p.size, max_size=p.size)))
    result = topic.logit_gradients(p, z)
    np.testing.assert_allclose(result.kl, result.cross_entropy, atol=1e-14)
    np.testing.assert_allclose(result.q, scipy.special.softmax(z))


@without_deadline
@given(distributions(2, positive=True))
def test_losses_along_the_line_differ_by_a_constant(pair):
    p, q = pair
    path = topic.loss_path(p, q, steps=7)
    np.testing.assert_allclose(path.cross_entropy - path.kl, scipy.stats.entropy(p), atol=1e-12)
    assert path.entropy_p == pytest.approx(scipy.stats.entropy(p))
    assert path.largest_gradient_difference < 1e-14
    np.testing.assert_allclose(path.q[0], q)
    np.testing.assert_allclose(path.q[-1], p, atol=1e-15)
    np.testing.assert_allclose(path.cross_entropy_gradient, (1 - path.t)[:, None] * (q - p), atol=1e-14)
    assert (np.diff(path.kl) <= 1e-12).all()  # KL is convex in Q with its minimum at P


@without_deadline
@given(distributions(2), st.sampled_from(("nats", "bits")))
def test_ranges_of_the_line_contain_every_step(pair, unit):
    p, q = pair
    path = topic.loss_path(p, q, steps=5, unit=unit)
    shown = [topic.compare(p, at, unit=unit) for at in path.q]
    terms = np.array([[c.ce_pq_terms, c.kl_pq_terms, c.kl_qp_terms] for c in shown])
    terms = terms[np.isfinite(terms)]
    losses = np.array([c.ce_pq for c in shown])
    np.testing.assert_allclose(path.term_range, (min(terms.min(), 0), max(terms.max(), 0)), atol=1e-12)
    assert path.largest_loss == pytest.approx(max(losses[np.isfinite(losses)], default=0))


def test_gradient_is_nan_where_the_loss_is_infinite():
    path = topic.loss_path(*topic.PRESETS["disjoint"], steps=10)
    assert path.cross_entropy[0] == path.kl[0] == math.inf
    assert np.isnan(path.cross_entropy_gradient[0]).all()
    assert np.isnan(path.kl_gradient[0]).all()
    assert np.isfinite(path.kl_gradient[1:]).all()
    assert path.largest_gradient_difference < 1e-14


@pytest.mark.parametrize("mass", [1e-200, 1e-310])
def test_line_is_finite_for_tiny_masses(mass):
    path = topic.loss_path([0.5, 0.5], topic.normalise([1, mass], "Q"), steps=3)
    assert np.isfinite(path.kl).all()
    assert path.largest_gradient_difference < 1e-14
