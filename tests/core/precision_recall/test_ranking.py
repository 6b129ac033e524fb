"""Curves, areas and steps of test sets with and without equal scores, against scikit-learn and SciPy."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from core.precision_recall import (
    KINDS,
    Cells,
    Population,
    Sample,
    average_precision,
    best_f1,
    compare_models,
    cover,
    curves,
    delong,
    draw,
    histogram,
    intervals_of_area,
    mean_cost,
    overlap_f1,
    overlap_precision,
    random_average_precision,
    rank,
    roc_area,
    step_through,
    steps_near,
    sweep,
    tokens,
    tpr_at,
)
from core.precision_recall.ranking import DRAWN
from core.validate import InvalidArgument
from tests.core.precision_recall.helpers import EXAMPLES, sample_of

RANKING = rank(Sample(np.array([0.9, 0.5, 0.1]), np.array([True, True, False])))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(examples=EXAMPLES)
def test_areas_are_those_of_scikit_learn_and_of_the_rank_sum(examples) -> None:
    sample = sample_of(examples)
    ranking, labels = rank(sample), sample.labels
    if labels.any():
        assert average_precision(ranking) == pytest.approx(sk.average_precision_score(labels, sample.scores))
        precision, recall, thresholds = sk.precision_recall_curve(labels, sample.scores)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
        threshold, best = best_f1(ranking)
        assert best == pytest.approx(f1.max())
        assert threshold in thresholds
    else:
        assert math.isnan(average_precision(ranking)) and math.isnan(best_f1(ranking)[1])
    if labels.any() and not labels.all():
        u = stats.mannwhitneyu(sample.scores[labels], sample.scores[~labels]).statistic
        assert roc_area(ranking) == pytest.approx(u / (labels.sum() * (~labels).sum()), abs=1e-15)
        assert roc_area(ranking) == pytest.approx(sk.roc_auc_score(labels, sample.scores))
    else:
        assert math.isnan(roc_area(ranking))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(examples=EXAMPLES)
def test_monotone_maps_change_nothing_but_the_thresholds(examples) -> None:
    sample = sample_of(examples)
    ranking = rank(sample)
    mapped = rank(type(sample)(np.exp(sample.scores / 3), sample.labels))
    np.testing.assert_array_equal(ranking.tp, mapped.tp)
    np.testing.assert_array_equal(ranking.fp, mapped.fp)


@pytest.mark.parametrize("share", [0.001, 0.05, 0.5])
def test_drawn_curves_lie_on_the_curves_of_scikit_learn(share: float) -> None:
    sample = draw(Population(1.5), 10_000, share, seed=3)
    found = curves(rank(sample))
    assert found.fpr.size <= DRAWN and (found.fpr[-1], found.tpr[-1]) == (1, 1)
    fpr, tpr, _ = sk.roc_curve(sample.labels, sample.scores, drop_intermediate=False)
    measured = set(zip(fpr.round(9), tpr.round(9), strict=True))
    assert set(zip(found.fpr.round(9), found.tpr.round(9), strict=True)) <= measured
    precision, recall, _ = sk.precision_recall_curve(sample.labels, sample.scores)
    measured = set(zip(recall.round(9), precision.round(9), strict=True))
    assert set(zip(found.recall.round(9), found.precision.round(9), strict=True)) <= measured


@settings(max_examples=100, derandomize=True, deadline=None)
@given(examples=EXAMPLES, size=st.integers(1, 10))
def test_kinds_of_steps_follow_from_precision_and_recall(examples, size: int) -> None:
    sample = sample_of(examples)
    ranking = rank(sample)
    steps = step_through(ranking, size)
    passed = ranking.tp + ranking.fp
    for before, after, kind in zip(steps.at, steps.at[1:], steps.kinds, strict=False):
        # At least ``size`` examples, and no threshold less.
        assert passed[after] - passed[before] >= size > (passed[after - 1] - passed[before])
        precision = [ranking.tp[k] / passed[k] for k in (before, after)]
        if ranking.tp[after] == ranking.tp[before]:
            assert KINDS[kind] == "still"
        else:
            assert KINDS[kind] == ("opposite" if precision[1] < precision[0] - 1e-12 else "rise")
    assert passed[-1] - passed[steps.at[-1]] < size, "no step is missing at the end"
    if steps.kinds.size:
        assert sum(steps.shares.values()) == pytest.approx(1)
    else:
        assert all(math.isnan(share) for share in steps.shares.values())


@settings(max_examples=100, derandomize=True, deadline=None)
@given(labels=st.lists(st.booleans(), min_size=2, max_size=80))
def test_a_step_past_one_example_is_never_opposite(labels: list[bool]) -> None:
    sample = sample_of([(float(k), label) for k, label in enumerate(labels)])
    assert step_through(rank(sample), 1).shares["opposite"] == 0


@pytest.mark.parametrize(("positives", "n"), [(1, 1), (1, 6), (2, 6), (3, 6), (6, 6)])
def test_random_average_precision_is_the_mean_over_all_orders(positives: int, n: int) -> None:
    found = []
    for chosen in itertools.combinations(range(n), positives):
        sample = sample_of([(float(-k), k in chosen) for k in range(n)])
        found.append(average_precision(rank(sample)))
    assert random_average_precision(positives, n) == pytest.approx(np.mean(found))


def test_delong_error_is_the_scatter_of_many_test_sets() -> None:
    rng = np.random.default_rng(0)
    positives, negatives = rng.standard_normal((2000, 60)) + 1.5, rng.standard_normal((2000, 90))
    area, error = delong(positives, negatives)
    assert area.mean() == pytest.approx(stats.norm.cdf(1.5 / math.sqrt(2)), abs=0.005)
    assert np.sqrt((error**2).mean()) == pytest.approx(area.std(), rel=0.08)
    pairs = (positives[0][:, None] > negatives[0][None, :]).mean()
    assert area[0] == pytest.approx(pairs)
    low, high = intervals_of_area(area, error, logit=False)
    np.testing.assert_allclose((high - low) / 2, 1.959964 * error, rtol=1e-6)
    low, high = intervals_of_area(area, error, logit=True)
    assert ((low > 0) & (low < area) & (area < high) & (high < 1)).all()


def test_an_area_of_1_has_an_interval_of_width_0() -> None:
    area, error = delong(np.array([[5.0, 6.0]]), np.array([[1.0, 2.0]]))
    for logit in (False, True):
        assert [end.item() for end in intervals_of_area(area, error, logit=logit)] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: rank(Sample(np.empty(0), np.empty(0, bool))), "too_few"),
        (lambda: rank(Sample(np.array([0.5, math.nan]), np.array([True, False]))), "not_finite"),
        (lambda: delong(np.array([[1.0]]), np.array([[0.0, 0.5]])), "too_few"),
        (lambda: delong(np.array([[1.0, 2.0]]), np.array([[0.0]])), "too_few"),
        (lambda: delong(np.array([1.0, 2.0]), np.array([0.0, 0.5])), "not_a_vector"),
        (lambda: delong(np.array([[1.0, 2.0]]), np.array([[0.0, 0.5], [0.1, 0.2]])), "length_mismatch"),
        (lambda: random_average_precision(3, 2), "out_of_range"),
        (lambda: step_through(RANKING, 0), "out_of_range"),
        (lambda: steps_near(RANKING, step_through(RANKING, 1), 0.5, count=0), "out_of_range"),
        (lambda: sweep(RANKING, 0.0, 1.0, points=0), "out_of_range"),
        (lambda: tpr_at(RANKING, -0.1), "out_of_range"),
        (lambda: histogram(Sample(np.array([0.5]), np.array([True])), 0.5, 1.0, 1.0), "not_positive"),
        (lambda: tokens("a cat", "sentences"), "unknown_choice"),
        (lambda: cover(2.0, repeats=0), "out_of_range"),
        (lambda: compare_models(seeds=0), "out_of_range"),
    ],
)
def test_arguments_are_checked(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        call()
    assert error.value.code == code


def test_ratios_without_examples_are_nan() -> None:
    assert math.isnan(overlap_precision([], ["cat"], clipped=True)) and math.isnan(overlap_f1([], []))
    assert math.isnan(mean_cost(Cells(0, 0, 0, 0), 1.0))
