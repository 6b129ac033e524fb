"""The findings of the deeper views, at random results, each compared with its condition."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import gd_sgd_minibatch as topic

RANDOM = settings(max_examples=200, derandomize=True, deadline=None)
VALUES = st.sampled_from([0.1, 0.5, 1.0, 2.0, math.nan])


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    batch_size=st.sampled_from([2, 32, 442]),
    share=st.sampled_from([0.01, 0.1, 0.4, 4.0]),
    unit=st.sampled_from(["updates", "epochs"]),
    length=st.sampled_from([1, 3, 1000]),
    seed=st.integers(0, 99),
)
def test_axes_findings_compare_the_runs_at_equal_cost(batch_size, share, unit, length, seed) -> None:
    problem = topic.load_problem("diabetes")
    rate = problem.learning_rate(share)
    length = min(length, 3) if unit == "epochs" else length
    options = {"batch_size": batch_size, "learning_rate": rate, "length": length, "unit": unit, "seed": seed}
    runs = topic.compare(problem, start="corner", **options)
    found = {finding.code: finding for finding in topic.axes_findings(runs)}
    for code, unit_ in (("by_updates", "updates"), ("by_samples", "samples")):
        cost = min(getattr(run, unit_)[-1] for run in runs.values())
        at_cost = {}
        for name, run in runs.items():
            for used, excess in zip(getattr(run, unit_), run.excess, strict=True):
                if used <= cost:
                    at_cost[name] = excess
        if not np.isfinite(list(at_cost.values())).any():
            assert code not in found
            assert unit_ == "samples" or found["none_finite"].figures == {"cost": cost}
            continue
        assert found[code].figures["cost"] == cost
        assert at_cost[found[code].run] == min(at_cost.values()) == found[code].figures["excess"]
    assert ("none_finite" in found) == ("by_updates" not in found)
    assert topic.axes_findings({"gd": runs["gd"]}) == []


@RANDOM
@given(data=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=6))
def test_variance_finding_counts_intervals_that_hold_the_theory(data: list[tuple[float, float, float]]) -> None:
    measured = np.nan_to_num(np.array(data))
    low, theory, high = measured[:, :2].min(axis=1), measured[:, 2], measured[:, :2].max(axis=1)
    result = SimpleNamespace(low=low, high=high, theory=theory)
    figures = topic.variance_finding({"with": result, "without": result}).figures
    positive = [row for row in zip(low, theory, high, strict=True) if row[1] > 0]
    assert figures == {"inside": 2 * sum(a <= b <= c for a, b, c in positive), "count": 2 * len(positive)}


@RANDOM
@given(samples=st.lists(VALUES, min_size=3, max_size=3), updates=st.lists(VALUES, min_size=3, max_size=3))
def test_cost_finding_names_the_cheapest_batch_sizes(samples: list[float], updates: list[float]) -> None:
    hundred = 100 * np.array([samples, np.where(np.isnan(samples), np.nan, np.nan_to_num(updates, nan=3.0))])
    result = SimpleNamespace(
        batch_sizes=np.array([1, 32, 442]), samples=hundred[0], updates=hundred[1], n_seeds=20, max_updates=1000
    )
    finding = topic.cost_finding(result)
    if all(math.isnan(value) for value in samples):
        assert (finding.code, finding.figures) == ("cost_none", {"seeds": 20, "most": 1000})
        return
    for name, values in (("samples", hundred[0]), ("updates", hundred[1])):
        reached = {b: value for b, value in zip((1, 32, 442), values, strict=True) if not math.isnan(value)}
        assert finding.figures[name] == pytest.approx(min(reached.values()))
        assert finding.figures[f"{name}_b"] == min(b for b, value in reached.items() if value == min(reached.values()))
