"""The verdicts on the claims, and that they can change."""

import math

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier, GradientBoostingClassifier

from core.bagging_vs_boosting import CLAIMS, NoiseErrors, claims, make_sample
from core.claims import Verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("independent_models", Verdict.DEPENDS),
        ("sequential_mistakes", Verdict.HOLDS),
        ("variance_and_bias", Verdict.HOLDS),
        ("boosting_is_better", Verdict.DEPENDS),
        ("divides_by_n", Verdict.DEPENDS),
        ("never_overfits", Verdict.FALSE),
        ("trade_off", Verdict.DEPENDS),
        ("votes_are_probabilities", Verdict.DEPENDS),
        ("slow_with_many_trees", Verdict.DEPENDS),
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
        "votes_are_probabilities",
        "slow_with_many_trees",
    ]


def test_verdicts_follow_the_evidence(monkeypatch):
    def tied(*args, flip, stages, n_seeds, **others):
        errors = np.random.default_rng(1).normal(0.1, 0.01, size=(2, n_seeds, len(stages)))
        return NoiseErrors(flip, np.array(stages), errors[0], errors[1])

    monkeypatch.setattr(claims, "noise_errors", tied)
    assert CLAIMS["boosting_is_better"]().verdict is Verdict.DEPENDS
    assert CLAIMS["never_overfits"]().verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("leads", "verdict"),
    [
        ((0.05, 0.05), Verdict.HOLDS),
        ((0.05, -0.05), Verdict.DEPENDS),
        ((0.0, -0.05), Verdict.FALSE),
        ((0.0, 0.05), Verdict.DEPENDS),
    ],
)
def test_boosting_is_judged_by_all_shares_of_flipped_labels(monkeypatch, leads, verdict):
    of_flip = dict(zip((0.0, 0.2), leads, strict=True))

    def errors(*args, flip, stages, n_seeds, **others):
        bagging = np.random.default_rng(1).normal(0.2, 0.001, size=(n_seeds, len(stages)))
        noise = np.random.default_rng(2).normal(0.0, 0.001, size=bagging.shape)
        return NoiseErrors(flip, np.array(stages), bagging, bagging - of_flip[flip] + noise - noise.mean())

    monkeypatch.setattr(claims, "noise_errors", errors)
    assert CLAIMS["boosting_is_better"]().verdict is verdict


def test_confidence_is_compared_with_how_often_fresh_labels_agree():
    """Labels drawn from the population stand for the class probabilities, and scikit-learn for the ensembles."""
    evidence = CLAIMS["votes_are_probabilities"]().evidence
    classifiers = {
        "bagging": lambda seed: BaggingClassifier(n_estimators=50, random_state=seed),
        "gradient": lambda seed: GradientBoostingClassifier(n_estimators=50, max_depth=3, random_state=seed),
    }
    for name, make in classifiers.items():
        confidence, right = [], []
        for seed in range(15):
            sample = make_sample("moons", n=200, seed=100 + seed, n_test=1000)
            shares = make(seed).fit(sample.points, sample.labels).predict_proba(sample.test_points)
            confidence.append(shares.max(axis=1).mean())
            right.append(np.mean((shares[:, 1] >= 0.5) == (sample.test_labels > 0)))
        gap = 100 * (np.array(confidence) - right)
        assert evidence[f"{name}_gap"] == pytest.approx(gap.mean(), abs=4 * gap.std() / 15**0.5)
        assert evidence[f"{name}_confidence"] == pytest.approx(np.mean(confidence), abs=0.015)
    assert evidence["adaboost_gap"] > 5 > evidence["bagging_gap"]


@pytest.mark.parametrize(("overconfidence", "verdict"), [(0.0, Verdict.HOLDS), (0.1, Verdict.FALSE)])
def test_verdict_on_votes_follows_from_the_gap(monkeypatch, overconfidence, verdict):
    right = np.random.default_rng(0).normal(0.9, 0.01, 20)
    monkeypatch.setattr(claims, "replicate", lambda *_, **__: None)
    monkeypatch.setattr(claims, "_confidence", lambda _: (right + overconfidence, right))
    assert CLAIMS["votes_are_probabilities"]().verdict is verdict


def test_slow_boosting_is_best_on_clean_labels_and_overfits_flipped_ones():
    """scikit-learn's gradient boosting, on other samples, gives the same order."""
    evidence = CLAIMS["slow_with_many_trees"]().evidence
    errors = {}
    for name, flip in (("0", 0.0), ("20", 0.2)):
        for key, rate, trees in (("slow_few", 0.1, 20), ("slow_many", 0.1, 200), ("fast_many", 1.0, 200)):
            found = []
            for seed in range(6):
                sample = make_sample("moons", n=200, flip=flip, seed=300 + seed, n_test=1000)
                model = GradientBoostingClassifier(
                    n_estimators=trees, max_depth=3, learning_rate=rate, random_state=seed
                )
                model.fit(sample.points, sample.labels)
                found.append(np.mean(model.predict(sample.test_points) != sample.test_labels))
            errors[f"{key}_{name}"] = np.mean(found)
            assert evidence[f"{key}_{name}"] == pytest.approx(np.mean(found), abs=0.035), (key, name)
    for results in (evidence, errors):
        assert results["slow_many_0"] < results["slow_few_0"]
        assert results["slow_many_20"] > results["slow_few_20"]


@pytest.mark.parametrize(("few", "verdict"), [(0.3, Verdict.HOLDS), (0.1, Verdict.FALSE)])
def test_verdict_on_slow_boosting_follows_from_paired_errors(monkeypatch, few, verdict):
    noise = np.random.default_rng(0).normal(0, 0.001, (8, 2))
    given = {0.1: np.array([few, 0.2]), 1.0: np.array([0.4, 0.4])}
    monkeypatch.setattr(claims, "_gradient_boosting_errors", lambda _, rate: given[rate] + noise)
    assert CLAIMS["slow_with_many_trees"]().verdict is verdict
