"""The challenges: a solution exists, the defaults do not solve one, and a near miss does not."""

from typing import Any

import pytest

from core import cross_entropy_vs_kl as core
from core.challenges import Attempt

DEFAULTS: dict[str, Any] = {
    "preset": "label_smoothed",
    "step": 0,
    "unit": "nats",
    "p": "",
    "q": "",
    "order": "target_p",
    "input": "log",
    "target": "probabilities",
    "log_target": "false",
    "reduction": "sum",
}
SOLUTIONS: dict[str, dict[str, Any]] = {
    "floor": {"p": "1 1 1 1 1", "q": "1 1 1 1 1"},
    "asymmetric": {"p": "1 1", "q": "999999 1"},
    "logarithms": {"tab": "calls", "target": "log", "log_target": "true"},
}
NEAR_MISSES: dict[str, dict[str, Any]] = {
    "floor": {"preset": "uniform", "step": 100},
    "asymmetric": {"p": "1 1", "q": "999 1"},
    "logarithms": {"tab": "calls", "target": "log"},
}
# The best result of each solution, as the page writes it.
RESULTS = {"floor": 1.6094, "asymmetric": 8.966, "logarithms": None}


def attempt(name: str, changes: dict[str, Any]) -> Attempt:
    """Check a challenge at the defaults with changes."""
    settings = DEFAULTS | changes
    pair = [
        core.parse_distribution(settings[name]) if settings[name] else preset
        for name, preset in zip("pq", core.PRESETS[settings["preset"]], strict=True)
    ]
    q = core.loss_path(*pair, steps=100).q[settings["step"]]
    compared = core.compare(pair[0], q, unit=settings["unit"])
    result = core.tabulate_calls(pair[0], q) if name == "logarithms" else compared
    return core.CHALLENGES[name].check(settings, result)


def test_the_unit_does_not_matter() -> None:
    assert attempt("floor", SOLUTIONS["floor"] | {"unit": "bits"}).result == pytest.approx(RESULTS["floor"], rel=1e-3)


def test_equal_or_infinite_divergences_do_not_count() -> None:
    assert not attempt("asymmetric", {"p": "1 1", "q": "1 1"}).met
    assert not attempt("asymmetric", {"preset": "disjoint"}).met
    assert not attempt("logarithms", SOLUTIONS["logarithms"] | {"p": "1 1", "q": "1 1"}).met
