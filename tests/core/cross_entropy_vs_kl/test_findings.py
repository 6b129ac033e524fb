"""Each finding appears for the pairs of distributions that it describes."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cross_entropy_vs_kl import PRESETS, call_finding, compare, findings, tabulate_calls
from tests.core.cross_entropy_vs_kl.helpers import distributions


def found(p, q, **options) -> dict[str, dict]:
    return {finding.code: finding.figures for finding in findings(compare(p, q, **options))}


@pytest.mark.parametrize(
    ("p", "q", "codes"),
    [
        ([0.5, 0.5], [0.9, 0.1], ["apart", "negative", "order"]),
        ([0.5, 0.5], [0.5, 0.5], ["apart"]),
        # Swapping the classes of Q gives P: KL is equal in both orders.
        ([0.8, 0.2], [0.2, 0.8], ["apart", "negative"]),
        ([1.0, 0.0], [0.5, 0.5], ["one_hot", "order_infinite"]),
        ([1.0, 0.0], [1.0, 0.0], ["one_hot"]),
        # Both divergences are 0.00016.
        ([0.25, 0.25, 0.25, 0.25], [0.256, 0.252, 0.248, 0.244], ["apart", "negative"]),
        ([0.5, 0.5, 0.0], [0.2, 0.2, 0.6], ["apart", "order_infinite"]),
        ([0.5, 0.5], [1.0, 0.0], ["infinite", "order_infinite"]),
        ([1.0, 0.0], [0.0, 1.0], ["infinite"]),
    ],
)
def test_pairs_have_their_findings(p: list[float], q: list[float], codes: list[str]) -> None:
    assert list(found(p, q)) == codes


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_a_finding(preset: str) -> None:
    assert found(*PRESETS[preset])


def test_findings_carry_the_figures() -> None:
    p, q = [0.5, 0.5], [0.9, 0.1]
    kl = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    reverse = 0.9 * math.log(0.9 / 0.5) + 0.1 * math.log(0.1 / 0.5)
    assert found(p, q) == {
        "apart": {
            "entropy_p": pytest.approx(math.log(2)),
            "kl_pq": pytest.approx(kl),
            "ce_pq": pytest.approx(math.log(2) + kl),
        },
        "negative": {"count": 1, "kl_pq": pytest.approx(kl)},
        "order": {"kl_pq": pytest.approx(kl), "kl_qp": pytest.approx(reverse)},
    }
    assert found([1.0, 0.0], [0.25, 0.75], unit="bits") == {
        "one_hot": {"ce_pq": 2.0},
        "order_infinite": {"kl_pq": 2.0, "kl_qp": math.inf},
    }
    disjoint = found([1.0, 0.0], [0.0, 1.0], unit="bits")
    assert disjoint == {"infinite": {"kl_pq": math.inf, "ce_pq": math.inf, "js": pytest.approx(1.0)}}


def divergence(p, q) -> mpmath.mpf:
    return mpmath.fsum(
        mpmath.inf if b == 0 else mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / mpmath.mpf(b))
        for a, b in zip(map(float, p), map(float, q), strict=True)
        if a > 0
    )


@settings(max_examples=500, derandomize=True, deadline=None)
@given(
    pair=distributions(2), mix=st.sampled_from([0.0, 0.0, 0.01, 0.5, 0.99, 1.0]), unit=st.sampled_from(["nats", "bits"])
)
def test_findings_are_present_exactly_where_their_condition_holds(pair, mix: float, unit: str) -> None:
    p, q = pair[0], mix * pair[0] + (1 - mix) * pair[1]
    with mpmath.workdps(40):
        kl, reverse = divergence(p, q), divergence(q, p)
        expected = {"infinite" if mpmath.isinf(kl) else "one_hot" if (p > 0).sum() == 1 else "apart"}
        if mpmath.isfinite(kl) and ((q > p) & (p > 0)).any():
            expected.add("negative")
        if mpmath.isinf(kl) != mpmath.isinf(reverse):
            expected.add("order_infinite")
        elif mpmath.isfinite(kl) and max(kl, reverse) > 1e-12:
            # Below, both are rounding errors.
            gap = abs(kl - reverse) / max(kl, reverse)
            if abs(gap - 0.01) < 1e-6:
                return
            if gap > 0.01:
                expected.add("order")
        elif mpmath.isfinite(kl):
            return
    named = found(p, q, unit=unit)
    assert set(named) == expected
    if "order" in named:
        assert f"{named['order']['kl_pq']:.4g}" != f"{named['order']['kl_qp']:.4g}", "the figures look different"


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    p=st.lists(st.sampled_from([0.1, 0.5, 2.0]), min_size=3, max_size=3),
    q=st.lists(st.sampled_from([0.1, 0.5, 2.0]), min_size=3, max_size=3),
)
def test_the_finding_about_a_call_follows_from_its_value(p: list[float], q: list[float]) -> None:
    p_, q_ = (np.array(weights) / sum(weights) for weights in (p, q))
    kl = float(np.sum(p_ * np.log(p_ / q_)))
    for call in tabulate_calls(p_, q_).calls:
        code = call_finding(call).code
        if np.isnan(call.value):
            assert code == "call_nan"
        elif np.isclose(call.value, kl, rtol=1e-4, atol=1e-6):
            assert code == "call_right", call.call
        else:
            assert code == "call_wrong", call.call
