"""The metrics of a confusion matrix are those of scikit-learn, and 0/0 where they are undefined."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from core.precision_recall import Cells, constant_answers, measure, metric_intervals, metrics

COUNTS = st.tuples(*[st.integers(0, 12)] * 4).filter(any)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(counts=COUNTS)
def test_metrics_are_those_of_scikit_learn(counts: tuple[int, int, int, int]) -> None:
    cells = Cells(*counts)
    truth = np.repeat([1, 0, 1, 0], counts)
    answer = np.repeat([1, 1, 0, 0], counts)
    found = measure(cells)
    expected = {
        "precision": sk.precision_score(truth, answer, zero_division=np.nan),
        "recall": sk.recall_score(truth, answer, zero_division=np.nan),
        "f1": sk.f1_score(truth, answer, zero_division=np.nan),
        "accuracy": sk.accuracy_score(truth, answer),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, nan_ok=True), name
    # scikit-learn writes 0 where the correlation is 0/0.
    constant = len(set(truth)) == 1 or len(set(answer)) == 1
    assert math.isnan(found["mcc"]) == constant
    assert constant or found["mcc"] == pytest.approx(sk.matthews_corrcoef(truth, answer))
    assert (cells.alarms, cells.positives, cells.total) == (answer.sum(), truth.sum(), truth.size)
    # F1 does not count true negatives; swapping the classes changes neither MCC nor accuracy.
    assert measure(Cells(*counts[:3], counts[3] + 5))["f1"] == pytest.approx(found["f1"], nan_ok=True)
    swapped = measure(cells.swapped)
    assert swapped["accuracy"] == found["accuracy"]
    assert swapped["mcc"] == pytest.approx(found["mcc"], nan_ok=True)


def test_the_example_of_chicco_and_jurman() -> None:
    cells = Cells(90, 4, 5, 1)
    assert measure(cells)["f1"] == pytest.approx(0.952, abs=5e-4)
    assert measure(cells.swapped)["f1"] == pytest.approx(0.182, abs=5e-4)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(counts=COUNTS)
def test_constant_answers_have_the_closed_form_of_f1(counts: tuple[int, int, int, int]) -> None:
    cells = Cells(*counts)
    answers = constant_answers(cells)
    share = cells.positives / cells.total
    assert measure(answers["all"])["f1"] == pytest.approx(2 * share / (1 + share))
    assert measure(answers["none"])["accuracy"] == pytest.approx(1 - share)
    assert math.isnan(measure(answers["none"])["precision"])


@pytest.mark.parametrize("shares", [(0.09, 0.01, 0.01, 0.89), (0.005, 0.05, 0.02, 0.925), (0.3, 0.2, 0.1, 0.4)])
def test_intervals_contain_the_true_metric_in_95_percent_of_samples(shares: tuple[float, ...]) -> None:
    truth = {name: float(value) for name, value in metrics(*shares).items()}
    drawn = np.random.default_rng(0).multinomial(1000, shares, 2000)
    found = [metric_intervals(Cells(*(int(count) for count in cells))) for cells in drawn]
    for name in found[0]:
        ends = np.array([intervals[name] for intervals in found])
        assert ((ends[:, 0] <= truth[name]) & (truth[name] <= ends[:, 1])).mean() == pytest.approx(0.95, abs=0.025)


def test_intervals_without_an_alarm() -> None:
    intervals = metric_intervals(Cells(0, 0, 5, 95))
    assert np.isnan(intervals["precision"]).all()
    assert intervals["recall"][0] == 0.0 and intervals["recall"][1] > 0.4
    assert intervals["f1"][0] == 0.0 and intervals["f1"][1] > 0.4


def test_metrics_are_computed_for_arrays() -> None:
    found = metrics([1, 0], [1, 0], [0, 2], [0, 2])
    np.testing.assert_array_equal(found["precision"], [0.5, np.nan])
