"""Each finding appears exactly where its condition, computed in another way, holds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from core.precision_recall import (
    Cells,
    Population,
    Table,
    area,
    average_precision_of,
    best_thresholds,
    compare_pair,
    cover,
    coverage_findings,
    curve_findings,
    draw,
    expected_metrics,
    findings,
    pair_findings,
    rank,
    rates,
    share_of_change,
    step_findings,
    step_through,
    sweep,
    sweep_findings,
    table_findings,
)
from tests.core.precision_recall.helpers import EXAMPLES, sample_of

COUNTS = st.tuples(*[st.integers(0, 60)] * 4).filter(any)
POPULATIONS = st.builds(Population, st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.563, 4.0]), st.sampled_from([0.6, 1.0, 1.8]))
SHARES = st.sampled_from([0.001, 0.01, 0.1, 0.2, 0.5, 0.9])
RATIOS = st.sampled_from([0.05, 0.2, 1.0, 5.0, 20.0])


@settings(max_examples=300, derandomize=True, deadline=None)
@given(counts=COUNTS)
def test_findings_of_random_confusion_matrices(counts: tuple[int, int, int, int]) -> None:
    tp, fp, fn, tn = counts
    found = {finding.code: finding.figures for finding in findings(Cells(*counts))}
    positives, negatives, alarms, total = tp + fn, fp + tn, tp + fp, sum(counts)
    assert ("no_alarms" in found) == (alarms == 0)
    assert ("no_positives" in found) == (positives == 0)
    assert ("no_negatives" in found) == (negatives == 0)
    assert ("alarms" in found) == bool(alarms and positives and negatives)
    if "alarms" in found:
        half = (tp / positives) / (tp / positives + fp / negatives)
        if abs(abs(half - tp / alarms) - 0.05) > 1e-9:
            assert ("elsewhere" in found) == (abs(half - tp / alarms) > 0.05)
    accuracy = tp + tn
    assert ("below_never" in found) == (accuracy < negatives)
    assert ("below_always" in found) == (accuracy < positives)
    f1, trivial = (2 * tp / (positives + alarms) if positives else 0.0), 2 * positives / (total + positives)
    assert ("not_above_all" in found) == (positives > 0 and alarms < total and f1 <= trivial + 1e-15)
    assert ("few" in found) == (0 < positives < 50)
    if "few" in found:
        interval = stats.binomtest(tp, positives).proportion_ci(0.95, "wilson")
        assert (found["few"]["low"], found["few"]["high"]) == pytest.approx((interval.low, interval.high), abs=1e-6)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(population=POPULATIONS, share=SHARES, n=st.sampled_from([50, 300, 2000]), seed=st.integers(0, 99))
def test_findings_of_random_curves(population: Population, share: float, n: int, seed: int) -> None:
    sample = draw(population, n, share, seed=seed)
    found = {finding.code: finding.figures for finding in curve_findings(rank(sample), population, share)}
    positives = int(sample.labels.sum())
    assert ("undefined" in found) == (positives in (0, n))
    if "undefined" in found:
        assert len(found) == 1
        return
    auc = sk.roc_auc_score(sample.labels, sample.scores)
    assert found["same_area"] == pytest.approx({"auc": auc, "truth": area(population)})
    assert ("perfect" in found) == (sample.scores[sample.labels].min() > sample.scores[~sample.labels].max())
    assert found["average_precision"]["ap"] == pytest.approx(sk.average_precision_score(sample.labels, sample.scores))
    assert found["average_precision"]["expected"] == average_precision_of(population, share)
    t = np.linspace(-6, 8, 4001)
    tpr, fpr = rates(population, t)
    below = fpr[(tpr < fpr - 1e-9) & (fpr > 0.001) & (fpr < 0.999)]
    assert ("below_wide" in found or "below_narrow" in found) == (below.size > 1 and population.sigma != 1)
    if "below_wide" in found:
        assert population.sigma > 1 and found["below_wide"]["fpr"] == pytest.approx(below.min(), abs=5e-3)
    if "below_narrow" in found:
        assert population.sigma < 1 and found["below_narrow"]["fpr"] == pytest.approx(below.max(), abs=5e-3)


def test_curves_of_real_data_have_no_population() -> None:
    ranking = rank(draw(Population(2.0), 100, 0.5))
    assert [finding.code for finding in curve_findings(ranking, None, 0.5)] == ["area", "real_average_precision"]


@settings(max_examples=150, derandomize=True, deadline=None)
@given(examples=EXAMPLES, size=st.integers(1, 20))
def test_findings_of_random_steps(examples, size: int) -> None:
    sample = sample_of(examples)
    ranking = rank(sample)
    steps = step_through(ranking, size)
    found = {finding.code: finding.figures for finding in step_findings(steps, ranking)}
    opposite, wrong = 0, 0
    for before, after in zip(steps.at, steps.at[1:], strict=False):
        cuts = [sample.scores >= ranking.thresholds[k] for k in (before, after)]
        recall = [(sample.labels & cut).sum() for cut in cuts]
        precision = [sample.labels[cut].mean() for cut in cuts]
        opposite += bool(recall[1] > recall[0] and precision[1] < precision[0] - 1e-12)
        rises = recall[1] > recall[0] and precision[1] >= precision[0] - 1e-12
        stays = recall[1] == recall[0] and precision[1] <= precision[0] + 1e-12
        wrong += not (rises or stays)
    assert ("no_steps" in found) == (steps.at.size == 1)
    assert ("some_opposite" in found) == (opposite > 0)
    distinct = len({score for score, _ in examples})
    assert ("ties" in found) == (distinct < len(examples))
    assert ("why" in found) == (size == 1 and 1 < distinct == len(examples))
    assert not ("why" in found and wrong), "one of the two sentences is true of each step"


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    population=POPULATIONS,
    share=SHARES,
    ratio=RATIOS,
    n=st.sampled_from([50, 2000]),
    seed=st.integers(0, 99),
)
def test_findings_of_random_thresholds(population, share, ratio, n, seed) -> None:
    sample = draw(population, n, share, seed=seed)
    measured = sweep(rank(sample), -4, 8, ratio=ratio)
    best = best_thresholds(population, share, ratio=ratio)
    found = {f.code: f.figures for f in sweep_findings(measured, population, share, best)}
    t = np.linspace(-8, 14, 40_001)
    expected = expected_metrics(population, share, t)
    all_positive = 2 * share / (1 + share)
    gain = (np.nanmax(expected["f1"]) - all_positive) / (1 - all_positive)
    if abs(gain - 1e-3) > 1e-5:
        assert ("everything" in found) == (gain < 1e-3) != ("half_of_best" in found)
    if "half_of_best" in found:
        figures = found["half_of_best"]
        assert figures["probability"] == pytest.approx(figures["f1"] / 2, abs=1e-3)
        assert figures["f1"] == pytest.approx(np.nanmax(expected["f1"]), abs=1e-5)
    there = expected["accuracy"][np.nanargmax(expected["f1"])]
    if abs(max(share, 1 - share) - there - 1e-3) > 1e-4:
        assert ("less_accurate" in found) == (there < max(share, 1 - share) - 1e-3)
    tpr, fpr = rates(population, t)
    cost = (ratio * share * (1 - tpr) + (1 - share) * fpr) / max(ratio, 1)
    [code] = [code for code in found if code.startswith("cheapest")]
    assert found[code]["cost"] == pytest.approx(cost.min(), abs=1e-5, rel=2e-3)
    if code == "cheapest":
        assert found[code]["probability"] == pytest.approx(1 / (1 + ratio), abs=2e-3)
    assert ("promised" in found) == bool(sample.labels.any())
    if "promised" in found:
        answers = sample.scores >= measured.best
        assert found["promised"]["promised"] == pytest.approx(sk.f1_score(sample.labels, answers))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(population=POPULATIONS, share=SHARES, ratio=RATIOS)
def test_a_constant_answer_is_called_cheapest_only_if_no_threshold_saves_anything(population, share, ratio) -> None:
    measured = sweep(rank(draw(population, 50, share)), -4, 8, ratio=ratio)
    found = {
        f.code for f in sweep_findings(measured, population, share, best_thresholds(population, share, ratio=ratio))
    }
    t = np.linspace(-9, 15, 40_001)
    missed = share * stats.norm.cdf(t, population.separation, population.sigma)
    false_alarms = (1 - share) * stats.norm.sf(t)
    none, everything = ratio * share, 1 - share
    saved = 1 - (ratio * missed + false_alarms) / min(none, everything)
    # The scores tell nothing, and an alarm costs as much as it saves.
    anywhere = population.separation == 0 and population.sigma == 1 and math.isclose(none, everything)
    if abs(saved.max() - 1e-3) > 1e-5:
        constant = "cheapest_none" if none < everything else "cheapest_all"
        expected = "cheapest_anywhere" if anywhere else "cheapest" if saved.max() > 1e-3 else constant
        assert [code for code in found if code.startswith("cheapest")] == [expected]
    assert anywhere == (np.ptp(saved) < 1e-9)


@settings(max_examples=25, derandomize=True, deadline=None)
@given(n=st.sampled_from([50, 300, 2000]), share=SHARES, seed=st.integers(0, 99))
def test_findings_of_random_pairs(n: int, share: float, seed: int) -> None:
    pair = compare_pair(n, share, seed=seed)
    codes = [finding.code for finding in pair_findings(pair, share_of_change())]
    best = {}
    for name, population in (("a", Population(1.6, 0.6)), ("b", Population(2.2, 1.8))):
        sample = draw(population, n, share, seed=seed)
        if not sample.labels.any():
            assert codes == ["undefined"]
            return
        precision, recall, _ = sk.precision_recall_curve(sample.labels, sample.scores)
        f1 = (2 * precision * recall / np.maximum(precision + recall, 1e-300)).max()
        best[name] = (sk.roc_auc_score(sample.labels, sample.scores), f1)
    if abs(best["a"][1] - best["b"][1]) < 1e-12:
        assert codes[0] == "equal"
    elif best["a"][0] == pytest.approx(best["b"][0], abs=1e-12):
        assert codes[0] == "same_auc"
    else:
        higher, lower = max(best.values()), min(best.values())
        assert codes == ["lower_wins" if lower[1] > higher[1] else "higher_wins", "change"]


def test_equal_areas_are_not_called_higher_and_lower() -> None:
    found = []
    for seed in range(400):
        pair = compare_pair(50, 0.05, seed=seed)
        a, b = pair.measured["a"], pair.measured["b"]
        if a["auc"] == b["auc"]:
            found.append(pair_findings(pair, 0.2)[0].code)
            assert found[-1] == ("equal" if a["best_f1"] == b["best_f1"] else "same_auc")
    assert {"equal", "same_auc"} == set(found)


def test_the_models_change_places_once() -> None:
    change = share_of_change()
    signs = []
    for share in (0.02, change - 0.01, change + 0.01, 0.8):
        expected = compare_pair(50, share).expected
        assert expected["a"]["auc"] > expected["b"]["auc"]
        signs.append(expected["b"]["best_f1"] > expected["a"]["best_f1"])
    assert signs == [True, True, False, False]


@pytest.mark.parametrize("positives", [1, 4, 20, 100, 4000])
def test_findings_of_coverage_name_the_nearest_simulated_number(positives: int) -> None:
    coverage = cover(2.563, repeats=100)
    found = {finding.code: finding.figures for finding in coverage_findings(coverage, positives)}
    at = int(np.abs(coverage.positives - positives).argmin())
    share = coverage.share["plain"][0][at]
    assert ("short" in found) == (share < 0.92) != ("close" in found)
    assert ("no_width" in found) == (coverage.empty[at] > 0)
    assert found["logit"]["share"] == coverage.share["logit"][0][at]


def test_findings_of_a_table_count_the_splits() -> None:
    values = np.zeros((5, 4, 7))
    values[2, :3, 3] = 1.0  # best F1 on three of four splits
    values[0, :, 2] = 0.5  # F1 at 0.5: never
    values[2, :, 5] = 1.0
    values[1, :, 0] = 0.8
    found = {f.code: f.figures for f in table_findings(Table(values, np.full(4, 0.9)))}
    assert found["winner"] == {"seeds": 4, "f1": 0, "best_f1": 3, "average_precision": 4}
    assert "never" in found
    values[1, :, 0] = 0.95
    assert [f.code for f in table_findings(Table(values, np.full(4, 0.9)))] == ["winner"]
    assert math.isclose(found["never"]["accuracy"], 0.8)
