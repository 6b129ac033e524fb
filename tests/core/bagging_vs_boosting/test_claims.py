"""The verdicts on the claims, and that they can change."""

import math

import numpy as np
import pytest

from core.bagging_vs_boosting import CLAIMS, NoiseErrors, claims
from core.claims import Verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("independent_models", Verdict.HOLDS),
        ("sequential_mistakes", Verdict.HOLDS),
        ("variance_and_bias", Verdict.HOLDS),
        ("boosting_is_better", Verdict.FALSE),
        ("divides_by_n", Verdict.FALSE),
        ("never_overfits", Verdict.FALSE),
        ("trade_off", Verdict.DEPENDS),
    ],
)
def test_verdicts(claim, verdict):
    result = CLAIMS[claim]()
    assert result.verdict is verdict
    assert all(isinstance(value, str) or math.isfinite(value) for value in result.evidence.values())


def test_claims_are_in_order():
    assert list(CLAIMS) == [
        "independent_models",
        "sequential_mistakes",
        "variance_and_bias",
        "boosting_is_better",
        "divides_by_n",
        "never_overfits",
        "trade_off",
    ]


def test_verdicts_follow_the_evidence(monkeypatch):
    def tied(*args, flip, stages, n_seeds, **others):
        errors = np.random.default_rng(1).normal(0.1, 0.01, size=(2, n_seeds, len(stages)))
        return NoiseErrors(flip, np.array(stages), errors[0], errors[1])

    monkeypatch.setattr(claims, "noise_errors", tied)
    assert CLAIMS["boosting_is_better"]().verdict is Verdict.DEPENDS
    assert CLAIMS["never_overfits"]().verdict is Verdict.HOLDS
