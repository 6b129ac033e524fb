"""The findings and the conditions under which they appear."""

from dataclasses import replace

import numpy as np
import pytest

from core import cls_vs_average_pooling as topic

LENGTHS = (1, 9, 65)


def findings(task: str, length: int, sharpness: float) -> dict[str, dict[str, float | int]]:
    """Return the figures of the findings by code."""
    now, average = (topic.pooled_accuracy(task, [length], sharpness=b, count=400) for b in (sharpness, 0.0))
    curve, average_curve = (topic.pooled_accuracy(task, LENGTHS, sharpness=b, count=200) for b in (sharpness, 0.0))
    found = topic.findings(task, now, average, curve=curve, average_curve=average_curve)
    return {finding.code: finding.figures for finding in found}


def test_a_single_token_has_one_finding() -> None:
    assert list(findings("needle", 1, 0.0)) == ["one"]
    assert list(findings("majority", 1, 0.0)) == ["one"]


def test_the_same_pooling_is_not_different_from_itself() -> None:
    found = findings("needle", 9, 0.0)
    assert list(found) == ["same", "theory", "dilutes"]
    assert found["same"]["now"] == found["same"]["average"] == found["theory"]["average"]
    assert found["same"]["n"] == 9
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
            found = topic.findings("needle", now, average, curve=average, average_curve=average)
            codes.append(found[0].code)
        assert codes == ["same", "better" if shift > 0 else "worse"]


def test_ties_are_reported_where_a_majority_can_be_missing() -> None:
    even, odd = findings("majority", 4, 0.0), findings("majority", 5, 0.0)
    assert even["tied"]["tied"] == pytest.approx(3 / 8, abs=0.05), "6 of 16 combinations of four votes"
    assert "tied" not in odd
