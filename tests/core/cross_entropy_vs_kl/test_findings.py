"""Each finding appears for the pairs of distributions that it describes."""

import math

import pytest

from core.cross_entropy_vs_kl import PRESETS, compare, findings


def found(p, q, **options) -> dict[str, dict]:
    return {finding.code: finding.figures for finding in findings(compare(p, q, **options))}


@pytest.mark.parametrize(
    ("p", "q", "codes"),
    [
        ([0.5, 0.5], [0.9, 0.1], ["apart", "negative", "order"]),
        ([0.5, 0.5], [0.5, 0.5], ["apart"]),
        # Swapping the classes of Q gives P: KL is equal in both orders.
        ([0.8, 0.2], [0.2, 0.8], ["apart", "negative"]),
        ([1.0, 0.0], [0.5, 0.5], ["one_hot"]),
        ([1.0, 0.0], [1.0, 0.0], ["one_hot"]),
        # KL(Q‖P) is infinite, so the orders are not compared.
        ([0.5, 0.5, 0.0], [0.2, 0.2, 0.6], ["apart"]),
        ([0.5, 0.5], [1.0, 0.0], ["infinite"]),
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
    assert found([1.0, 0.0], [0.25, 0.75], unit="bits") == {"one_hot": {"ce_pq": 2.0}}
    disjoint = found([1.0, 0.0], [0.0, 1.0], unit="bits")
    assert disjoint == {"infinite": {"kl_pq": math.inf, "ce_pq": math.inf, "js": pytest.approx(1.0)}}
