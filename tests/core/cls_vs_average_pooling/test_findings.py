"""The findings and the conditions under which they appear."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import cls_vs_average_pooling as topic

LENGTHS = (1, 9, 65)


def findings(task: str, length: int, sharpness: float) -> dict[str, dict[str, float | int]]:
    """Return the figures of the findings by code."""
    now, average = (topic.pooled_accuracy(task, [length], sharpness=b, count=400) for b in (sharpness, 0.0))
    curve, average_curve = (topic.pooled_accuracy(task, LENGTHS, sharpness=b, count=200) for b in (sharpness, 0.0))
    found = topic.findings(task, now, average, sharpness=sharpness, curve=curve, average_curve=average_curve)
    return {finding.code: finding.figures for finding in found}


def test_a_single_token_has_one_finding() -> None:
    assert list(findings("needle", 1, 0.0)) == ["one"]
    assert list(findings("majority", 1, 0.0)) == ["one"]


def test_the_average_is_not_compared_with_itself() -> None:
    found = findings("needle", 9, 0.0)
    assert list(found) == ["identical", "theory", "dilutes"]
    assert found["identical"]["now"] == found["identical"]["average"] == found["theory"]["average"]
    assert found["identical"]["n"] == 9
    assert found["dilutes"]["weight"] == pytest.approx(1 / 9)


def test_attention_is_better_at_the_needle_and_worse_at_the_majority() -> None:
    needle, majority = findings("needle", 65, 2.0), findings("majority", 65, 2.0)
    assert list(needle) == ["better", "crossover", "theory", "dilutes"]
    assert needle["better"]["now"] > needle["better"]["average"]
    assert needle["crossover"]["start"] in LENGTHS
    assert list(majority) == ["worse"]
    assert majority["worse"]["now"] < majority["worse"]["average"]


def test_touching_intervals_are_no_difference() -> None:
    average = topic.pooled_accuracy("needle", [9], sharpness=0.0, count=400)
    for shift in (average.high - average.low, average.low - average.high):
        touching = replace(
            average, accuracy=average.accuracy + shift, low=average.low + shift, high=average.high + shift
        )
        apart = replace(touching, low=touching.low + 1e-6 * np.sign(shift), high=touching.high + 1e-6 * np.sign(shift))
        codes = []
        for now in (touching, apart):
            found = topic.findings("needle", now, average, sharpness=1.0, curve=average, average_curve=average)
            codes.append(found[0].code)
        assert codes == ["same", "better" if shift > 0 else "worse"]


def test_ties_are_reported_where_a_majority_can_be_missing() -> None:
    even, odd = findings("majority", 4, 0.0), findings("majority", 5, 0.0)
    assert even["tied"]["tied"] == pytest.approx(3 / 8, abs=0.05), "6 of 16 combinations of four votes"
    assert "tied" not in odd


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    task=st.sampled_from(topic.TASKS),
    length=st.sampled_from([1, 2, 3, 4, 9, 17, 64, 257]),
    sharpness=st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0]),
    seed=st.integers(0, 50),
)
def test_findings_match_a_loop_over_the_sequences(task: str, length: int, sharpness: float, seed: int) -> None:
    def shares(beta: float) -> tuple[float, float, float, float]:
        """Return the accuracy, two standard errors, the needle's mean weight and the share of ties."""
        right, weights, ties = [], [], []
        for number in range(5):
            sequences = topic.draw_sequences(task, length, count=100, seed=seed + number)
            of_seed = []
            for keys, values, label, needle in zip(
                sequences.keys, sequences.values, sequences.labels, sequences.needle, strict=True
            ):
                w = np.exp(beta * (keys - keys.max()))
                w /= w.sum()
                of_seed.append(0.5 if label == 0 else float(np.sign(w @ values) == label))
                weights.append(w[needle])
                ties.append(label == 0)
            right.append(np.mean(of_seed))
        error = float(np.std(right, ddof=1)) / 5**0.5
        return float(np.mean(right)), 2 * error, float(np.mean(weights)), float(np.mean(ties))

    now, average = (topic.pooled_accuracy(task, [length], sharpness=b, count=100, seed=seed) for b in (sharpness, 0.0))
    found = {
        finding.code: finding.figures
        for finding in topic.findings(task, now, average, sharpness=sharpness, curve=now, average_curve=average)
    }
    (share, room, weight, ties), (average_share, average_room, _, _) = shares(sharpness), shares(0.0)
    gap, touching = share - average_share, room + average_room
    if length == 1:
        expected = "one"
    elif sharpness == 0:
        expected = "identical"
    elif abs(abs(gap) - touching) < 1e-9:
        expected = next(iter({"same", "better", "worse"} & set(found)))
    else:
        expected = "same" if abs(gap) < touching else "better" if gap > 0 else "worse"
    assert list({"one", "identical", "same", "better", "worse"} & set(found)) == [expected]
    assert found[expected]["now"] == pytest.approx(share)
    assert ("tied" in found) == (ties > 0)
    if task == "needle" and length > 1:
        assert ("all_weight" in found) == (weight >= 0.995) != ("dilutes" in found)
    else:
        assert not {"all_weight", "dilutes", "theory"} & set(found)
