"""The quantities against SciPy and torch, and the inequalities that they satisfy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from core import cross_entropy_vs_kl as topic
from tests.core.cross_entropy_vs_kl.helpers import LN2, distributions, without_deadline


@without_deadline
@given(distributions(2))
def test_quantities_agree_with_scipy_and_torch(pair):
    p, q = pair
    assert topic.entropy(p) == pytest.approx(scipy.stats.entropy(p), abs=1e-12)
    assert topic.kl_divergence(p, q) == pytest.approx(scipy.stats.entropy(p, q), abs=1e-12)
    if (q > 0).all():
        ce = F.cross_entropy(torch.tensor(q).log()[None], torch.tensor(p)[None]).item()
        kl = F.kl_div(torch.tensor(q).log(), torch.tensor(p), reduction="sum").item()
        assert topic.cross_entropy(p, q) == pytest.approx(ce, abs=1e-12)
        assert topic.kl_divergence(p, q) == pytest.approx(kl, abs=1e-12)
        js = scipy.spatial.distance.jensenshannon(p, q) ** 2
        if min(*p[p > 0], *q) > 1e-300:  # SciPy halves the masses, and half of the smallest one is 0
            assert topic.js_divergence(p, q) == pytest.approx(js, abs=1e-12)


@without_deadline
@given(distributions(2))
def test_cross_entropy_is_entropy_plus_kl_and_no_divergence_is_negative(pair):
    p, q = pair
    result = topic.compare(p, q)
    assert result.identity_difference < 1e-12
    assert result.kl_pq_terms.sum() > -1e-12  # the sum of the terms, because reported sums are clipped at 0
    assert result.kl_qp_terms.sum() > -1e-12
    assert result.ce_pq >= result.entropy_p - 1e-12
    assert -1e-12 < result.js < LN2 + 1e-12
    assert math.isinf(result.kl_pq) == bool(((p > 0) & (q == 0)).any())


@without_deadline
@given(distributions(2), st.randoms(use_true_random=False))
def test_divergences_are_invariant_to_permutations_of_the_classes(pair, random):
    p, q = pair
    order = list(range(p.size))
    random.shuffle(order)
    for measure in (topic.cross_entropy, topic.kl_divergence, topic.js_divergence):
        assert measure(p[order], q[order]) == pytest.approx(measure(p, q), abs=1e-12)


@without_deadline
@given(distributions(2))
def test_merging_two_classes_does_not_increase_kl_or_js(pair):
    def merged(x):
        return np.concatenate([[x[0] + x[1]], x[2:]])

    p, q = pair
    for measure in (topic.kl_divergence, topic.js_divergence):
        assert measure(merged(p), merged(q)) <= measure(p, q) + 1e-12


@without_deadline
@given(distributions(3))
def test_square_root_of_js_satisfies_the_triangle_inequality(triple):
    a, b, c = triple

    def distance(x, y):
        return math.sqrt(topic.js_divergence(x, y))

    # The square root turns a rounding error of 1e-16 into 1e-8.
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-7


@without_deadline
@given(distributions(2))
def test_quantities_in_bits_are_those_in_nats_over_ln_2(pair):
    p, q = pair
    assert topic.entropy(p, unit="bits") * LN2 == pytest.approx(topic.entropy(p), abs=1e-12)
    nats, bits = topic.compare(p, q), topic.compare(p, q, unit="bits")
    for name in ("entropy_p", "entropy_q", "ce_pq", "ce_qp", "kl_pq", "kl_qp", "js"):
        assert getattr(bits, name) * LN2 == pytest.approx(getattr(nats, name), abs=1e-12)
    np.testing.assert_allclose(bits.kl_pq_terms * LN2, nats.kl_pq_terms, atol=1e-12)
    path_nats, path_bits = topic.loss_path(p, q, steps=4), topic.loss_path(p, q, steps=4, unit="bits")
    np.testing.assert_allclose(path_bits.kl * LN2, path_nats.kl, atol=1e-12)
    np.testing.assert_allclose(path_bits.kl_gradient * LN2, path_nats.kl_gradient, atol=1e-12)


def test_units_convert_both_ways():
    assert topic.convert_unit(1.0, source="bits", target="nats") == LN2
    assert topic.convert_unit(LN2, source="nats", target="bits") == 1.0
    assert topic.convert_unit(3.0, source="bits", target="bits") == 3.0


def test_zero_probabilities_follow_the_limits():
    assert topic.entropy([1, 0]) == 0
    assert math.copysign(1, topic.entropy([1, 0])) == 1  # no negative zero, which would be shown as "-0"
    assert topic.kl_divergence([1, 0], [0.5, 0.5]) == pytest.approx(LN2)
    assert topic.kl_divergence([0.5, 0.5], [1, 0]) == math.inf
    assert topic.cross_entropy([0.5, 0.5], [1, 0]) == math.inf
    assert topic.kl_divergence([1, 0], [1, 0]) == 0
    assert topic.js_divergence([1, 5e-324], [1, 0]) == 0  # half of the smallest mass would underflow


def test_terms_of_kl_can_be_negative():
    result = topic.compare([0.5, 0.5], [0.9, 0.1])
    np.testing.assert_allclose(result.kl_pq_terms, [0.5 * math.log(5 / 9), 0.5 * math.log(5)])
    assert result.kl_pq_terms[0] < 0 < result.kl_pq
    np.testing.assert_allclose(result.entropy_terms + result.kl_pq_terms, result.ce_pq_terms)
    np.testing.assert_allclose(result.kl_qp_terms, [0.9 * math.log(1.8), 0.1 * math.log(0.2)])
