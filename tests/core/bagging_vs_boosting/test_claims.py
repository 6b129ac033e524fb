"""The verdicts on the claims, and that they can change."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.ensemble import BaggingClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from core import datasets
from core.bagging_vs_boosting import CLAIMS, NoiseErrors, claims, make_sample
from core.claims import Verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("independent_models", Verdict.DEPENDS),
        ("sequential_mistakes", Verdict.HOLDS),
        ("bagging_lowers_variance", Verdict.HOLDS),
        ("boosting_lowers_bias", Verdict.HOLDS),
        ("boosting_is_better", Verdict.DEPENDS),
        ("divides_by_n", Verdict.DEPENDS),
        ("never_overfits", Verdict.FALSE),
        ("trade_off", Verdict.DEPENDS),
        ("votes_are_probabilities", Verdict.DEPENDS),
        ("slow_with_many_trees", Verdict.DEPENDS),
        pytest.param("robust_loss_protects", Verdict.FALSE, marks=pytest.mark.slow),
        pytest.param("out_of_bag_chooses", Verdict.HOLDS, marks=pytest.mark.slow),
        pytest.param("better_trees_better_forest", Verdict.FALSE, marks=pytest.mark.slow),
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
        "bagging_lowers_variance",
        "boosting_lowers_bias",
        "boosting_is_better",
        "divides_by_n",
        "never_overfits",
        "trade_off",
        "votes_are_probabilities",
        "slow_with_many_trees",
        "robust_loss_protects",
        "out_of_bag_chooses",
        "better_trees_better_forest",
    ]


def test_verdicts_follow_the_evidence(monkeypatch):
    def tied(*args, flip, stages, n_seeds, **others):
        errors = np.random.default_rng(1).normal(0.1, 0.01, size=(2, n_seeds, len(stages)))
        return NoiseErrors(flip, np.array(stages), errors[0], errors[1])

    monkeypatch.setattr(claims, "noise_errors", tied)
    assert CLAIMS["boosting_is_better"]().verdict is Verdict.DEPENDS
    assert CLAIMS["never_overfits"]().verdict is Verdict.HOLDS


def test_bagging_lowers_the_variance_of_scikit_learns_trees_and_boosting_their_bias():
    bagging, boosting = (CLAIMS[key]().evidence for key in ("bagging_lowers_variance", "boosting_lowers_bias"))
    points = make_sample("moons", seed=999, n_test=400).test_points
    for name, depth in (("full", None), ("stump", 1)):
        one, bagged = [], []
        for seed in range(40):
            sample = make_sample("moons", n=200, flip=0.1, seed=500 + seed)
            tree = DecisionTreeClassifier(max_depth=depth, random_state=seed)
            one.append(tree.fit(sample.points, sample.labels).predict(points))
            forest = BaggingClassifier(tree, n_estimators=50, random_state=seed).fit(sample.points, sample.labels)
            bagged.append(np.mean([each.predict(points) for each in forest.estimators_], axis=0) * 2 - 1)
        for key, votes in (("one", one), ("bagged", bagged)):
            variance = np.var(votes, axis=0, ddof=1).mean()
            low, high = (bagging[f"{name}_{key}_{end}"] for end in ("low", "high"))
            # Twice the interval, because the comparison has an error of its own.
            assert low - (high - low) / 2 < variance < high + (high - low) / 2, (name, key)
        assert bagging[f"{name}_bagged_high"] < bagging[f"{name}_one_low"]
    assert boosting["variance_10"] < boosting["variance_200"] and boosting["error_50"] < boosting["error_200"]
    assert boosting["bias_1"] > 4 * boosting["bias_200"] and boosting["wrong_1"] > 4 * boosting["wrong_200"]


@pytest.mark.parametrize(
    ("falls", "verdict"),
    [((True, True), Verdict.HOLDS), ((True, False), Verdict.DEPENDS), ((False, False), Verdict.FALSE)],
)
@pytest.mark.parametrize("key", ["bagging_lowers_variance", "boosting_lowers_bias"])
def test_verdicts_on_variance_and_bias_need_both_cases(monkeypatch, key, falls, verdict):
    found = iter(falls)
    monkeypatch.setattr(claims, "_decreases", lambda *_: next(found))
    assert CLAIMS[key]().verdict is verdict


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


@pytest.mark.parametrize(
    ("log_loss", "huber", "verdict"),
    [(-0.05, -0.05, Verdict.HOLDS), (-0.05, 0.05, Verdict.DEPENDS), (0.0, 0.05, Verdict.FALSE)],
)
def test_verdict_on_robust_losses_follows_from_flipped_labels(monkeypatch, log_loss, huber, verdict):
    gains = {"exponential": 0.0, "log_loss": log_loss, "huber": huber}

    def errors(loss, *, flip, stages, n_seeds):
        noise = np.random.default_rng(len(loss)).normal(0, 0.001, (n_seeds, len(stages)))
        # With right labels every loss is better, which is no protection from wrong ones.
        return 0.2 + noise - noise.mean(axis=0) + (gains[loss] if flip else -0.1 * (loss != "exponential"))

    monkeypatch.setattr(claims, "errors_by_loss", errors)
    claim = CLAIMS["robust_loss_protects"]()
    assert claim.verdict is verdict
    exponential, other = (
        errors(loss, flip=0.2, stages=(20, 100), n_seeds=10)[:, 1] for loss in ("exponential", "huber")
    )
    expected = stats.ttest_rel(other, exponential).confidence_interval()
    assert claim.evidence["huber_low_20"] == pytest.approx(100 * expected.low)
    assert claim.evidence["huber_high_20"] == pytest.approx(100 * expected.high)


@pytest.mark.parametrize(("reversed_", "verdict"), [(False, Verdict.HOLDS), (True, Verdict.FALSE)])
def test_verdict_on_out_of_bag_errors_follows_from_the_chosen_depths(monkeypatch, reversed_, verdict):
    tested = np.array([0.3, 0.2, 0.1, 0.15, 0.2, 0.25]) + np.random.default_rng(0).normal(0, 0.002, (20, 6))
    monkeypatch.setattr(claims, "_errors_by_depth", lambda _: (-tested if reversed_ else tested + 0.1, tested))
    claim = CLAIMS["out_of_bag_chooses"]()
    assert claim.verdict is verdict
    assert claim.evidence["best_20"] == pytest.approx(tested[:, 2].mean())
    assert claim.evidence["chosen_20"] == pytest.approx(tested[:, 0 if reversed_ else 2].mean())


@pytest.mark.parametrize(
    ("tree", "forest", "verdict"),
    [(0.1, -0.1, Verdict.FALSE), (0.1, 0.1, Verdict.HOLDS), (0.0, 0.0, Verdict.HOLDS)],
)
def test_verdict_on_forests_follows_from_their_trees(monkeypatch, tree, forest, verdict):
    errors = np.random.default_rng(0).normal(0.2, 0.01, (10, 2))
    noise = np.random.default_rng(1).normal(0, 0.002, (10, 2))
    monkeypatch.setattr(claims, "_forests", lambda *_: (errors, errors + noise + (tree, forest), 0.5))
    assert CLAIMS["better_trees_better_forest"]().verdict is verdict


@pytest.mark.slow
def test_forests_with_sampled_features_agree_with_scikit_learns():
    all_features, sampled, share = claims._forests("breast_cancer", (0,))
    data = datasets.breast_cancer()
    labels = data.target == 0
    for found, drawn in ((all_features, None), (sampled, "sqrt")):
        errors = []
        for split in range(10):
            order = np.random.default_rng(split).permutation(569)
            train, test = order[:379], order[379:]
            forest = RandomForestClassifier(50, max_features=drawn, random_state=split)
            forest.fit(data.features[train], labels[train])
            single = [np.mean(tree.predict(data.features[test]) != labels[test]) for tree in forest.estimators_]
            errors.append((np.mean(single), np.mean(forest.predict(data.features[test]) != labels[test])))
        np.testing.assert_allclose(found.mean(axis=0), np.mean(errors, axis=0), atol=0.008)
    assert share == pytest.approx(190 / 379)


@pytest.mark.slow
def test_feature_sampling_decides_the_comparison_on_the_digits_only():
    evidence = CLAIMS["better_trees_better_forest"]().evidence
    assert evidence["digits_tree_low"] > 0 > evidence["digits_forest_high"]
    for of in ("tree", "forest"):
        assert evidence[f"breast_cancer_{of}_low"] < 0 < evidence[f"breast_cancer_{of}_high"]


def test_intervals_over_splits_are_wider_than_those_of_independent_samples():
    differences = np.random.default_rng(0).normal(size=(10, 2))
    plain = stats.t.ppf(0.975, 9) * stats.sem(differences)
    # A quarter of the data for testing: the variance is 1/10 + 1/3 instead of 1/10.
    np.testing.assert_allclose(claims._half_width_over_splits(differences, 1 / 3), plain * (13 / 3) ** 0.5)
