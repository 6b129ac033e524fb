"""The findings of the deeper views, at random results, each compared with its condition."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core import bagging_vs_boosting as topic
from core.bagging_vs_boosting.samples import draw

RANDOM = settings(max_examples=200, derandomize=True, deadline=None)
SHARES = st.sampled_from([0.0, 0.1, 0.25, 0.5])


@RANDOM
@given(seed=st.integers(0, 10**6), mistakes=SHARES, unseen=SHARES, stage=st.integers(0, 1))
def test_tree_findings_count_points(seed: int, mistakes: float, unseen: float, stage: int) -> None:
    rng = np.random.default_rng(seed)
    bagging, boosting = (
        SimpleNamespace(
            stages=np.array([1, 20]),
            mistakes=rng.random((2, 30)) < mistakes,
            counts=(rng.random((2, 30)) >= unseen) * 1.0,
        )
        for _ in range(2)
    )
    found = {f.code: f.figures for f in topic.tree_findings(bagging, boosting, stage=stage)}
    # The vote of one tree is that tree.
    code, other = ("tree_alone", "tree_first") if stage else ("tree_first", "tree_alone")
    assert other not in found
    assert found[code]["bagging"] == pytest.approx(np.count_nonzero(bagging.mistakes[stage]) / 30)
    assert found[code]["boosting"] == pytest.approx(np.count_nonzero(boosting.mistakes[stage]) / 30)
    absent = sum(count == 0 for count in bagging.counts[stage])
    assert ("tree_unseen" in found) == (absent > 0)
    if absent:
        assert found["tree_unseen"]["share"] == pytest.approx(absent / 30)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    flip=st.sampled_from([0.0, 0.1, 0.3]),
    depth=st.sampled_from([1, 2, None]),
    rate=st.sampled_from([0.1, 1.0, 2.0]),
    seed=st.integers(0, 99),
)
def test_weight_findings_follow_from_the_rounds(flip: float, depth: int | None, rate: float, seed: int) -> None:
    sample = topic.make_sample("moons", n=40, flip=flip, seed=seed, n_test=20)
    fit = topic.fit_staged(
        sample,
        topic.make_grid(sample, size=2),
        method="adaboost",
        stages=(20,),
        depth=depth,
        learning_rate=rate,
        seed=seed,
    )
    found = {f.code: f.figures for f in topic.weight_findings(sample, fit)}
    run = topic.fit_adaboost(sample.points, sample.labels, n_trees=20, depth=depth, learning_rate=rate, seed=seed)
    # Z is the sum of the weights after a round, before they are normalised again.
    factors = [
        float((w * np.exp(-alpha * sample.labels * votes)).sum())
        for w, alpha, votes in zip(run.weights, run.alphas, run.votes, strict=False)
    ]
    if run.ended == "completed":
        assert ("bound_falls" in found) == (np.prod(factors) < factors[0] - 1e-9)
    assert ("no_flips" in found) == (not sample.flipped.any())
    if sample.flipped.any():
        weight = float(run.weights[19][sample.flipped].sum()) if len(run.weights) >= 20 else fit.flipped_share[-1]
        if abs(weight - sample.flipped.mean()) > 1e-6:
            assert ("flipped_more" in found) == (weight > sample.flipped.mean())


def disagreement(votes: np.ndarray) -> float:
    """Return the mean share of points at which two of the training sets disagree, by all pairs."""
    return float(np.mean([(first != second).mean() for first, second in itertools.combinations(votes, 2)]))


@settings(max_examples=25, derandomize=True, deadline=None)
@given(
    depth=st.sampled_from([1, 3, None]),
    n=st.sampled_from([10, 60]),
    flip=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 999),
)
def test_least_divided_needs_intervals_that_exclude_0(depth: int | None, n: int, flip: float, seed: int) -> None:
    options = {"depth": depth, "n": n, "flip": flip, "seed": seed, "n_sets": 8, "stages": (1, 5), "size": 3}
    methods = {"single": "adaboost", "bagging": "bagging", "boosting": "gradient"}
    trees = {"single": 1, "bagging": 5, "boosting": 5}
    shares, votes = {}, {}
    for name, method in methods.items():
        own = options | {"stages": (1,)} if name == "single" else options
        shares[name] = topic.voting_shares("moons", method=method, **own)
        points, _ = draw("moons", np.random.default_rng([0, 24]), 2000, 0.25)
        repeated = topic.replicate(
            "moons", method=method, points=points[:400], **{k: own[k] for k in own if k != "size"}
        )
        votes[name] = repeated.decisions[:, list(repeated.stages).index(trees[name])] >= 0
    measured = {name: disagreement(each) for name, each in votes.items()}
    for name, share in shares.items():
        assert share.divided[-1] == pytest.approx(measured[name])
        without = [disagreement(np.delete(votes[name], r, axis=0)) for r in range(8)]
        assert share.without[:, -1] == pytest.approx(np.array(without))
    best = min(measured, key=lambda name: measured[name])
    clear = True
    for name in measured.keys() - {best}:
        left_out = [
            disagreement(np.delete(votes[name], r, axis=0)) - disagreement(np.delete(votes[best], r, axis=0))
            for r in range(8)
        ]
        error = np.sqrt(7 / 8 * np.sum((np.array(left_out) - np.mean(left_out)) ** 2))
        clear &= bool(measured[name] - measured[best] > max(stats.t.ppf(0.975, 7) * error, 1e-9))
    assert topic.least_divided(shares, n_trees=5) == (best if clear else None)


def estimate(first: float, last: float, half: float) -> SimpleNamespace:
    value = np.array([first, 0.5, last])
    return SimpleNamespace(value=value, low=value - half, high=value + half)


@RANDOM
@given(
    bias=st.tuples(SHARES, SHARES),
    variance=st.tuples(SHARES, SHARES),
    half=SHARES,
    loss=st.sampled_from(["squared", "zero_one"]),
)
def test_decomposition_findings_need_disjoint_intervals(bias, variance, half: float, loss: str) -> None:
    other = estimate(0.9, 0.0, 0.0)
    parts = {"bias": estimate(*bias, half), "variance": estimate(*variance, half)}
    names = {"squared": ("squared_bias", "variance"), "zero_one": ("main_bias", "main_variance")}
    given_parts = dict.fromkeys(("squared_bias", "variance", "main_bias", "main_variance"), other)
    given_parts |= dict(zip(names[loss], parts.values(), strict=True))
    result = SimpleNamespace(stages=np.array([1, 10, 100]), **given_parts)
    found = topic.decomposition_findings(result, loss)
    for (name, (first, last)), finding in zip({"bias": bias, "variance": variance}.items(), found, strict=True):
        change = last - first
        clear = abs(change) > 2 * half
        assert finding.code == (("up" if change > 0 else "down") if clear else "same"), name
        assert (finding.figures["from"], finding.figures["to"]) == (1, 100)
        assert (finding.figures["first"], finding.figures["last"]) == (first, last)


@RANDOM
@given(
    sd=st.sampled_from([0.0, 0.5]),
    measured=st.sampled_from([0.05, 0.1, 0.2]),
    half=st.sampled_from([0.01, 0.06]),
    predicted=st.sampled_from([0.045, 0.1, 0.205]),
    independent=st.sampled_from([0.02, 0.1, 0.3]),
)
def test_correlation_findings_compare_with_the_interval(sd, measured, half, predicted, independent) -> None:
    result = SimpleNamespace(
        stages=np.array([1, 50]),
        tree_variance=sd,
        floor=0.03,
        predicted=np.array([9.0, predicted]),
        independent=np.array([9.0, independent]),
        measured=SimpleNamespace(
            value=np.array([9.0, measured]), low=np.array([9.0, measured - half]), high=np.array([9.0, measured + half])
        ),
    )
    codes = {finding.code for finding in topic.correlation_findings(result)}
    if sd == 0:
        assert not codes
        return
    expected = {"floor_agrees" if abs(predicted - measured) <= half else "floor_differs"}
    expected |= {"above_independent"} if measured - half > independent else set()
    assert codes == expected


@RANDOM
@given(winners=st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=4, max_size=4))
def test_noise_finding_counts_the_cells_that_a_method_wins(winners: list[list[int]]) -> None:
    flips = np.array([0.0, 0.1, 0.2, 0.4])
    found = {f.code: f.figures for f in topic.noise_findings(SimpleNamespace(winners=np.array(winners), flips=flips))}
    by_name = {"bagging": 0, "boosting": 1}
    wins = {name: sum(row.count(code) for row in winners) for name, code in by_name.items()}
    assert found["noise_wins"] == {**wins, "cells": 12}
    assert ("noise_both" in found) == (min(wins.values()) > 0)
    if "noise_both" in found:
        assert found["noise_both"] == {
            "boosting_to": max(f for f, row in zip(flips, winners, strict=True) if 1 in row),
            "bagging_from": min(f for f, row in zip(flips, winners, strict=True) if 0 in row),
        }
