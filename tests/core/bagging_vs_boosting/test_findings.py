"""The findings and the conditions under which they appear."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.bagging_vs_boosting import (
    POPULATIONS,
    STAGES,
    Sample,
    findings,
    fit_adaboost,
    fit_bagging,
    fit_staged,
    make_grid,
    make_sample,
    sample_from,
)
from tests.core.bagging_vs_boosting.helpers import quick_fit


def findings_by_code(sample, n_trees=20, **settings_):
    bagging, boosting = (quick_fit(sample, method, **settings_) for method in ("bagging", "adaboost"))
    return {finding.code: finding.figures for finding in findings(sample, bagging, boosting, n_trees=n_trees)}


def test_findings_name_the_better_method_beyond_two_standard_errors(noisy):
    codes = ("bagging_ahead", "boosting_ahead", "not_significant")
    for n_trees in (1, 3, 20):
        figures = findings_by_code(noisy, n_trees)
        [code] = [code for code in codes if code in figures]
        lead = figures[code]["bagging"] - figures[code]["boosting"]
        assert figures[code]["difference"] == pytest.approx(abs(lead))
        assert {
            "not_significant": abs(lead) <= figures[code]["reach"],
            "bagging_ahead": lead < 0,
            "boosting_ahead": lead > 0,
        }[code]


def test_findings_mention_flipped_labels_only_if_there_are_any(noisy):
    assert findings_by_code(noisy)["weight_on_flipped"]["points"] == pytest.approx(0.2)
    clean = make_sample("moons", n=120, seed=3, n_test=500)
    assert "weight_on_flipped" not in findings_by_code(clean)
    # Without flips the expected out-of-bag error is the test error.
    figures = findings_by_code(clean)["out_of_bag"]
    assert figures["expected"] == figures["test"]
    # With flips a correct vote is an error on a flipped label, so that e becomes e + 0.2 (1 − 2e).
    figures = findings_by_code(noisy)["out_of_bag_noisy"]
    assert figures["expected"] == pytest.approx(figures["test"] + 0.2 * (1 - 2 * figures["test"]))


def test_findings_report_one_class_and_early_ends():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(40, 2))
    one_class = sample_from(points, np.zeros(40))
    assert {"one_class", "ended_perfect"} <= set(findings_by_code(one_class))
    split = sample_from(points, points[:, 0] > 0)
    assert findings_by_code(split)["ended_perfect"] == {"rounds": 1.0}
    corners = np.tile([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], (10, 1))
    even = Sample(
        corners, np.tile([1.0, -1.0, -1.0, 1.0], 10), np.zeros(40, dtype=bool), corners, np.ones(40), ("a", "b")
    )
    at_chance = [
        fit_staged(even, make_grid(even, size=4), method=method, stages=(1, 9), depth=1)
        for method in ("bagging", "adaboost")
    ]
    assert findings(even, *at_chance, n_trees=9)[0].code == "ended_chance"


@settings(max_examples=120, derandomize=True, deadline=None)
@given(
    dataset=st.sampled_from(POPULATIONS),
    n=st.sampled_from([10, 20, 50, 100]),
    spread=st.sampled_from([0.05, 0.15, 0.25]),
    flip=st.sampled_from([0.0, 0.1, 0.2, 0.4]),
    depth=st.sampled_from([1, 2, 3, None]),
    rate=st.sampled_from([0.1, 1.0, 2.0]),
    n_trees=st.sampled_from([1, 5, 20, 60]),
    seed=st.integers(0, 99),
)
def test_findings_are_what_the_ensembles_give(dataset, n, spread, flip, depth, rate, n_trees, seed):
    """Recompute every finding from the votes of the ensembles, tree by tree."""
    sample = make_sample(dataset, n=n, spread=spread, flip=flip, seed=seed, n_test=200)
    stages = tuple(stage for stage in STAGES if stage <= 60)
    grid = make_grid(sample, size=2)
    bagging = fit_staged(sample, grid, method="bagging", stages=stages, depth=depth, seed=seed)
    boosting = fit_staged(sample, grid, method="adaboost", stages=stages, depth=depth, learning_rate=rate, seed=seed)
    found = {finding.code: finding.figures for finding in findings(sample, bagging, boosting, n_trees=n_trees)}

    x, y = sample.points, sample.labels
    run = fit_adaboost(x, y, n_trees=60, depth=depth, learning_rate=rate, seed=seed)
    total, errors, margins = np.zeros(n), [], None
    for t in range(n_trees):
        total = total + run.alphas[t] * run.votes[t]
        margins = y * total / run.alphas[: t + 1].sum() if run.alphas[: t + 1].sum() > 0 else np.zeros(n)
        errors.append(np.mean(margins < 0) + np.mean(margins == 0) / 2)
    weight = run.weights[n_trees - 1][sample.flipped].sum()
    exceeds = flip > 0 and weight > sample.flipped.mean()
    if abs(weight - sample.flipped.mean()) > 1e-6:
        assert ("weight_on_flipped" in found) == exceeds
    if (np.abs(margins) > 1e-9).all():
        assert ("memorised" in found) == (errors[-1] == 0 and run.ended == "completed")
    votes = sample.test_labels * run.decision(sample.test_points)[:n_trees]
    if (np.abs(votes) > 1e-9).all() and (np.abs(margins) > 1e-9).all():
        tested = (votes < 0).mean(axis=1)
        best = int(tested.argmin())
        rises = tested[-1] - tested[best] > 2 * np.sqrt(tested[-1] * (1 - tested[-1]) / 200)
        in_training = errors[-1] > errors[best] + 1e-9
        assert ("boosting_overfits" in found) == (rises and not in_training)
        assert ("boosting_worsens" in found) == (rises and in_training)
        if rises:
            figures = found["boosting_worsens" if in_training else "boosting_overfits"]
            assert (figures["before"], figures["train"]) == pytest.approx((errors[best], errors[-1]))
    if "memorised" in found:
        at = int(found["memorised"]["at"])
        assert max(boosting.train_error[at - 1 : n_trees]) == 0
        assert at == 1 or boosting.train_error[at - 2] > 0
    for method, decision in (
        ("bagging", fit_bagging(x, y, n_trees=n_trees, depth=depth, seed=seed).decision(sample.test_points)[-1]),
        ("boosting", run.decision(sample.test_points)[n_trees - 1]),
    ):
        [code] = {"bagging_ahead", "boosting_ahead", "not_significant"} & set(found)
        wrong = sample.test_labels * decision
        if (np.abs(wrong) > 1e-9).all():
            assert found[code][method] == pytest.approx((wrong < 0).mean())
