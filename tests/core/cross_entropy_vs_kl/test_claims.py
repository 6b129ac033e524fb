"""The verdicts, their evidence, and that the verdicts follow from it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats

from core import cross_entropy_vs_kl as topic
from core.claims import Verdict
from core.cross_entropy_vs_kl import claims as claims_module
from tests.core.cross_entropy_vs_kl.helpers import LN2


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        ("identity", Verdict.HOLDS),
        ("one_hot_equal", Verdict.HOLDS),
        ("kl_no_metric", Verdict.HOLDS),
        ("minimum_is_entropy", Verdict.DEPENDS),
        ("entropy_without_sign", Verdict.FALSE),
        ("entropy_extremes", Verdict.HOLDS),
        ("minimising_is_same", Verdict.DEPENDS),
        ("ce_gradient_1_over_x", Verdict.DEPENDS),
    ],
)
def test_verdict_of_each_claim(key, verdict):
    claim = topic.CLAIMS[key]()
    assert claim.verdict is verdict
    assert all(isinstance(value, float) and math.isfinite(value) for value in claim.evidence.values())


def test_claims_are_in_page_order():
    assert list(topic.CLAIMS) == [
        "identity",
        "one_hot_equal",
        "kl_no_metric",
        "minimum_is_entropy",
        "entropy_without_sign",
        "entropy_extremes",
        "minimising_is_same",
        "ce_gradient_1_over_x",
    ]


def test_evidence_matches_independent_computations():
    evidence = {key: compute().evidence for key, compute in topic.CLAIMS.items()}
    assert evidence["one_hot_equal"]["cross_entropy"] == pytest.approx(-math.log(0.4))
    assert evidence["one_hot_equal"]["smoothed_difference"] == pytest.approx(
        scipy.stats.entropy([0.02, 0.02, 0.92, 0.02, 0.02])
    )
    assert evidence["minimum_is_entropy"]["one_hot_minimum"] == pytest.approx(0, abs=1e-4)
    assert evidence["kl_no_metric"]["kl_pq"] == pytest.approx(0.9 * math.log(1.8) + 0.1 * math.log(0.2))
    assert evidence["kl_no_metric"]["kl_qp"] == pytest.approx(0.5 * math.log(5 / 9) + 0.5 * math.log(5))
    # With other random triples and SciPy's implementation.
    a, b, c = np.random.default_rng(99).dirichlet(np.ones(5), size=(3, 4000))

    def kl(x, y):
        return scipy.stats.entropy(x, y, axis=1)

    share = (kl(a, c) > kl(a, b) + kl(b, c)).mean()
    assert evidence["kl_no_metric"]["kl_triangle_violations"] == pytest.approx(share, abs=0.03)
    assert evidence["kl_no_metric"]["sqrt_js_triangle_violations"] == 0
    assert evidence["entropy_without_sign"]["without_sign"] == -1.75
    assert evidence["entropy_extremes"]["uniform"] == pytest.approx(math.log(5))
    assert evidence["ce_gradient_1_over_x"]["slope_bits"] == pytest.approx(-1 / (0.4 * LN2), rel=1e-6)
    assert evidence["ce_gradient_1_over_x"]["logit_slope"] == pytest.approx(0.4 - 1)


@pytest.mark.parametrize(
    ("key", "name", "broken", "verdict"),
    [
        ("identity", "kl_terms", lambda p, q: q * np.log(q / p), Verdict.FALSE),
        ("one_hot_equal", "kl_terms", lambda p, q: np.abs(p - q), Verdict.FALSE),
        ("minimum_is_entropy", "entropy", lambda p, **_: 0.0, Verdict.FALSE),
        ("minimum_is_entropy", "PRESETS", {"five_class": (np.full(5, 0.2), np.full(5, 0.2))}, Verdict.HOLDS),
        ("entropy_extremes", "entropy_terms", lambda p: 2 - p, Verdict.FALSE),
        ("minimising_is_same", "kl_gradient_of_rows", lambda p, q: p - q, Verdict.FALSE),
    ],
)
def test_verdicts_follow_from_the_evidence(monkeypatch, key, name, broken, verdict):
    monkeypatch.setattr(claims_module, name, broken)
    assert topic.CLAIMS[key]().verdict is verdict


def test_opposite_evidence_gives_the_opposite_verdict(monkeypatch):
    trained = topic.train_jointly()
    same = topic.JointTraining(by_cross_entropy=trained.by_kl, by_kl=trained.by_kl, unit="nats")
    monkeypatch.setattr(claims_module, "train_jointly", lambda: same)
    assert topic.CLAIMS["minimising_is_same"]().verdict is Verdict.HOLDS
    monkeypatch.setattr(claims_module, "PRESETS", {"coin": ((0.9, 0.1), (0.1, 0.9))})  # a pair whose KL is symmetric
    assert topic.CLAIMS["kl_no_metric"]().verdict is Verdict.FALSE
