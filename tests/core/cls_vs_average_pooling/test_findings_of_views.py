"""The findings of the deeper views, at random results, each compared with its condition."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import cls_vs_average_pooling as topic

RANDOM = settings(max_examples=200, derandomize=True, deadline=None)
LEVELS = st.sampled_from([0.3, 0.5, 0.51, 0.8, 1.0])


@settings(max_examples=30, derandomize=True, deadline=None)
@given(seed=st.integers(0, 99), sharpnesses=st.sets(st.sampled_from([0.0, 0.5, 1.0, 3.0, 8.0]), min_size=1))
def test_dilution_findings_follow_from_the_weights_of_drawn_sequences(seed: int, sharpnesses: set[float]) -> None:
    lengths = (1, 3, 9, 33)
    curves = {b: topic.pooled_accuracy("needle", lengths, sharpness=b, count=50, seed=seed) for b in sharpnesses}
    found = {f.code: f.figures for f in topic.dilution_findings(curves)}
    for code, beta in (("needle_least", min(sharpnesses)), ("needle_most", max(sharpnesses))):
        weights = curves[beta].needle_weight
        assert found[code]["beta"] == beta
        assert found[code]["half"] == [n for n, w in zip(lengths, weights, strict=True) if w >= 0.5][-1]
        assert (found[code]["weight"], found[code]["longest"]) == (pytest.approx(weights[-1]), 33)
        if beta == 0:
            np.testing.assert_allclose(weights, 1 / np.array(lengths))
    assert found["needle_least"]["weight"] <= found["needle_most"]["weight"] + 1e-12


@RANDOM
@given(values=st.lists(st.lists(LEVELS, min_size=3, max_size=3), min_size=2, max_size=4), seeds=st.integers(1, 3))
def test_a_pooling_is_ahead_only_if_the_seeds_do_not_overlap(values: list[list[float]], seeds: int) -> None:
    accuracy = np.array(values)[:, :seeds]
    finding, best = topic.seeds_finding(accuracy)
    assert accuracy[best].mean() == max(row.mean() for row in accuracy)
    assert finding.figures["seeds"] == seeds
    beats_all = all(
        own > other for own in accuracy[best] for row in range(len(accuracy)) if row != best for other in accuracy[row]
    )
    assert finding.code == ("one_seed" if seeds == 1 else "clear" if beats_all else "overlap")


@RANDOM
@given(before=LEVELS, after=LEVELS, cls=LEVELS, mean=LEVELS)
def test_attention_findings_follow_from_entropy_and_answers(before, after, cls, mean) -> None:
    run = SimpleNamespace(attention_entropy=np.array([[before, before], [after, after]]))
    untrained = SimpleNamespace(one_class=np.full(5, cls), mean_one_class=np.full(5, mean))
    found = {finding.code: finding.figures for finding in topic.attention_findings(run, untrained)}
    assert set(found) == {"attention"} | ({"one_sided"} if cls > 0.5 and mean > 0.5 else set())
    assert found["attention"] == {"before": pytest.approx(before), "after": pytest.approx(after)}


@RANDOM
@given(values=st.lists(LEVELS, min_size=9, max_size=9))
def test_swap_finding_compares_with_the_diagonal(values: list[float]) -> None:
    table = np.array(values).reshape(3, 3)
    figures = topic.swap_finding(np.repeat(table[:, np.newaxis], 2, axis=1)).figures
    assert figures["best"] == sum(table[i, i] == max(table[i]) for i in range(3))
    assert figures["loss"] == pytest.approx(max(table[i, i] - min(table[i]) for i in range(3)))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(length=st.integers(1, 64), extra=st.integers(0, 64), masked=st.booleans(), seed=st.integers(0, 99))
def test_padding_finding_follows_from_the_vectors(length: int, extra: int, masked: bool, seed: int) -> None:
    drift = topic.padding_drift(length, [length + extra], seed=seed)
    finding = topic.padding_finding(drift, length, masked=masked)
    assert finding.code == ("padding_none" if extra == 0 else "padding_masked" if masked else "padding_naive")
    unchanged = finding.code != "padding_naive"
    assert (finding.figures["change"] < 1e-9) == unchanged


def test_literature_finding_counts_comparisons() -> None:
    ahead = [row.mean - row.cls > 0 for row in topic.LITERATURE]
    assert topic.literature_finding().figures == {"ahead": sum(ahead), "count": len(ahead)}


@settings(max_examples=40, derandomize=True, deadline=None)
@given(seed=st.integers(0, 999))
def test_sharper_attention_holds_out_longer(seed: int) -> None:
    """The sentence about the largest sharpness of the page says so."""
    lengths = (1, 3, 5, 9, 17, 33, 65, 129, 257)
    curves = {b: topic.pooled_accuracy("needle", lengths, sharpness=b, count=200, seed=seed) for b in (0.5, 4.0)}
    least, most = (finding.figures for finding in topic.dilution_findings(curves))
    assert most["half"] > least["half"]
    assert most["weight"] > least["weight"]
