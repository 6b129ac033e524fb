"""The verdicts, and the figures behind them, against closed forms and other programs."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from core.claims import Claim, Verdict
from core.precision_recall import CLAIMS, overlap_f1, tokens
from core.precision_recall.claims import _leads, _opposite


@pytest.fixture(scope="module")
def claims() -> dict[str, Claim]:
    return {name: compute() for name, compute in CLAIMS.items()}


def test_verdicts(claims: dict[str, Claim]) -> None:
    assert {name: claim.verdict for name, claim in claims.items()} == {
        "trade_off": Verdict.DEPENDS,
        "precision": Verdict.HOLDS,
        "harmonic": Verdict.HOLDS,
        "imbalance": Verdict.DEPENDS,
        "auc": Verdict.DEPENDS,
        "half": Verdict.DEPENDS,
        "overlap": Verdict.DEPENDS,
        "better": Verdict.DEPENDS,
    }
    numbers = [value for claim in claims.values() for value in claim.evidence.values() if isinstance(value, float)]
    assert all(map(math.isfinite, numbers))


def test_the_verdict_on_the_trade_off_follows_from_the_shares() -> None:
    assert _opposite([1.0, 1.0]) == Verdict.HOLDS
    assert _opposite([0.0, 0.9]) == Verdict.DEPENDS
    assert _opposite([0.0, 0.1]) == Verdict.FALSE


def test_no_single_step_is_opposite_and_large_ones_are(claims: dict[str, Claim]) -> None:
    evidence = claims["trade_off"].evidence
    assert (evidence["steps"], evidence["opposite"]) == (10 * 1999, 0)
    assert 0.7 < evidence["ten"] < 0.85 and evidence["many"] == 1
    assert 0.97 < evidence["random"] < 1


def test_precision_falls_with_the_share_of_positives(claims: dict[str, Claim]) -> None:
    evidence = claims["precision"].evidence
    assert evidence["half"] == pytest.approx(0.9, abs=0.01)
    assert evidence["rare"] == pytest.approx(0.009 / (0.009 + 0.099), abs=0.015)
    assert evidence["silent"] == "0/0"


def test_f1_of_calling_everything_positive(claims: dict[str, Claim]) -> None:
    evidence = claims["harmonic"].evidence
    assert evidence["half"] == pytest.approx(2 / 3) and evidence["most"] == pytest.approx(1.8 / 1.9)
    assert evidence["least"] == pytest.approx(1 / (2 / 0.9 - 1))


def test_swapped_classes_change_f1(claims: dict[str, Claim]) -> None:
    truth, answer = np.repeat([1, 0, 1, 0], [90, 4, 5, 1]), np.repeat([1, 1, 0, 0], [90, 4, 5, 1])
    evidence = claims["imbalance"].evidence
    assert evidence["f1"] == pytest.approx(sk.f1_score(truth, answer))
    assert evidence["swapped"] == pytest.approx(sk.f1_score(truth, answer, pos_label=0))
    assert evidence["accuracy"] < evidence["never"] and evidence["recall"] > 0.5


def test_the_smaller_area_wins_by_every_other_metric(claims: dict[str, Claim]) -> None:
    evidence = claims["auc"].evidence
    assert evidence["wins_auc"] == evidence["seeds"]
    assert evidence["wins_average_precision"] == evidence["wins_best_f1"] == evidence["wins_tpr_at_1"] == 0
    # Of the populations: areas Φ(d/√(1 + σ²)), and recall where FPR is 1%.
    for model, (mean, sigma) in {"a": (1.6, 0.6), "b": (2.2, 1.8)}.items():
        assert evidence[f"{model}_auc"] == pytest.approx(stats.norm.cdf(mean / math.hypot(1, sigma)), abs=0.01)
        expected = stats.norm.sf(stats.norm.isf(0.01), mean, sigma)
        assert evidence[f"{model}_tpr_at_1"] == pytest.approx(expected, abs=0.03)


def test_best_thresholds_are_half_of_f1_and_the_share_of_the_costs(claims: dict[str, Claim]) -> None:
    evidence = claims["half"].evidence
    assert evidence["accuracy"] == pytest.approx(0.5, abs=1e-3)
    for name in ("fifth", "hundredth"):
        assert evidence[name] == pytest.approx(evidence[f"{name}_f1"] / 2, abs=1e-4)
        assert evidence[f"{name}_half"] < evidence[f"{name}_f1"]
    assert evidence["cost"] == pytest.approx(1 / 21, abs=1e-3)


def test_overlap_of_words(claims: dict[str, Claim]) -> None:
    evidence = claims["overlap"].evidence
    assert (evidence["unclipped"], evidence["clipped"]) == (1.0, pytest.approx(2 / 7))
    assert evidence["shuffled"] == 1.0 and evidence["negated"] == pytest.approx(12 / 13)
    for unit in ("words", "letters", "pairs"):
        assert evidence[f"same_{unit}"] == evidence[f"opposite_{unit}"]
    assert tokens("a b", "words") == ["a", "b"]
    assert overlap_f1(["a", "a", "b"], ["a", "c"]) == pytest.approx(2 * 1 / 5)


def test_the_worse_model_leads_rarely_on_large_test_sets(claims: dict[str, Claim]) -> None:
    evidence = claims["better"].evidence
    for name in ("apart", "alike"):
        shares = [evidence[f"{name}_{n}"] for n in (100, 500, 1000)]
        assert shares == sorted(shares, reverse=True)
        assert evidence[f"alike_{100}"] < evidence[f"apart_{100}"]
    # Independent errors: the difference of F1 is nearly normal, and each F1 is nearly 1 − the share of errors.
    n = 1000
    scatter = math.sqrt((0.09 * 0.91 + 0.11 * 0.89) / n)
    assert _leads(n, 0.0) == pytest.approx(stats.norm.cdf(-0.02 / scatter), abs=0.02)
