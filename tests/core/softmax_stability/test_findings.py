"""Each kind of failure produces its finding."""

import math

import numpy as np
import pytest

from core.softmax_stability import ALGORITHMS, findings, reference, trace


def found(logits, *, dtype: str = "float32", true_class: int = 0, temperature: float = 1.0) -> dict[str, dict]:
    options = {"dtype": dtype, "true_class": true_class, "temperature": temperature}
    traces = {name: trace(logits, algorithm=name, **options) for name in ALGORITHMS}
    truth = reference(logits, **options)
    named = findings(np.asarray(logits, float), traces, truth, true_class=true_class, temperature=temperature)
    return {finding.code: finding.figures for finding in named}


def test_run_without_failures_has_one_finding() -> None:
    assert found([0.0, 1.0, 2.0]) == {"calm": {}}


@pytest.mark.parametrize(
    ("logits", "options", "code"),
    [
        ([70_000.0, 70_001.0], {"dtype": "float16"}, "input_overflows"),
        ([1000.0, 1001.0], {}, "exp_overflows"),
        ([0.0, 1.0, 2.0], {"temperature": 0.01}, "exp_overflows"),
        ([87.0] * 10, {}, "sum_overflows"),
        ([-110.0, -109.0], {}, "zero_over_zero"),
        ([0.0, 110.0], {}, "log_of_zero"),
        ([0.0, 40.0], {}, "epsilon"),
        ([17.0, 0.0], {}, "certain"),
        ([1e8, 1e8], {}, "orders"),
    ],
)
def test_each_failure_has_its_finding(logits: list[float], options: dict, code: str) -> None:
    assert code in found(logits, **options)
    assert "calm" not in found(logits, **options)


def test_findings_carry_the_figures() -> None:
    figures = found([0.0, 110.0])["log_of_zero"]
    assert figures["loss"] == math.inf
    assert figures["truth"] == pytest.approx(110)
    assert found([0.0, 40.0])["epsilon"]["loss"] == pytest.approx(-math.log(1e-8), rel=1e-6)
    assert found([1e8, 1e8])["orders"] == {
        "first": pytest.approx(math.log(2)),
        "back": 0.0,
        "truth": pytest.approx(math.log(2)),
    }
