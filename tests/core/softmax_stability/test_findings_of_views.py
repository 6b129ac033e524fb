"""The findings of the deeper views, at random logits, each compared with its condition."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core import softmax_stability as topic

LOGITS = st.lists(
    st.sampled_from([-np.inf, -1e5, -110.0, -3.0, 0.0, 1.0, 17.0, 90.0, 1000.0, 1e5]), min_size=2, max_size=6
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    logits=LOGITS,
    dtype=st.sampled_from(topic.DTYPES),
    algorithm=st.sampled_from(topic.ALGORITHMS),
    t=st.sampled_from([0.1, 1.0]),
)
def test_steps_findings_name_the_first_step_that_is_not_finite(logits, dtype: str, algorithm: str, t: float) -> None:
    trace = topic.trace(logits, algorithm=algorithm, dtype=dtype, true_class=0, temperature=t)
    found = {finding.code: finding.figures for finding in topic.steps_findings(trace)}
    for code, test in (("first_inf", np.isinf), ("first_nan", np.isnan)):
        rows = [row for row, stage in enumerate(trace.stages, 1) if test(stage.values.astype(float)).any()]
        assert (code in found) == bool(rows)
        if rows:
            assert found[code]["row"] == rows[0]
    assert ("all_finite" in found) == all(np.isfinite(stage.values.astype(float)).all() for stage in trace.stages)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(right=st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_map_findings_compare_the_shares(right: list[float]) -> None:
    names = ("naive", "shifted", "log_of_softmax", "log_sum_exp", "plus_epsilon")
    shares = {name: {"right": share} for name, share in zip(names, right, strict=True)}
    naive, best = topic.map_findings(SimpleNamespace(shares=shares))
    assert naive.figures == {"naive": right[0]}
    assert best.figures == {"best": max(right[0], *right[2:]), "log_sum_exp": right[3]}


@settings(max_examples=200, derandomize=True, deadline=None)
@given(logits=LOGITS, dtype=st.sampled_from(topic.DTYPES), seed=st.integers(0, 99))
def test_one_pass_is_as_good_as_two_up_to_rounding(logits, dtype: str, seed: int) -> None:
    trace = topic.online_softmax(logits, dtype=dtype, seed=seed)
    finding = topic.online_finding(trace)
    exact = topic.reference(logits, dtype=dtype, true_class=0).probabilities
    if not np.isfinite(trace.probabilities).all() or not np.isfinite(exact).all():
        assert finding.code == "online_undefined"
        return
    digits = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}[dtype]
    error = np.abs(trace.probabilities - exact).max()
    assert (finding.code, finding.figures["error"]) == ("online", error)
    assert error <= 2 * trace.two_pass_error + digits, "one pass is enough"
