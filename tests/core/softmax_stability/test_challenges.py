"""The challenges: a solution exists, the defaults do not solve one, and a near miss does not."""

from typing import Any

import pytest

from core import softmax_stability as core
from core.challenges import Attempt

DEFAULTS: dict[str, Any] = {
    "dtype": "float32",
    "offset": 0.0,
    "spread": 2.0,
    "classes": 3,
    "true": "highest",
    "temperature": 1.0,
    "typed": "",
}
SOLUTIONS: dict[str, dict[str, Any]] = {
    "equal": {"offset": 82.0, "spread": 0.0, "classes": 1000},
    "underflow": {"dtype": "float16", "spread": 13.0, "classes": 1000, "true": "lowest"},
    "cold": {"temperature": 0.022},
}
NEAR_MISSES: dict[str, dict[str, Any]] = {
    "equal": {"offset": 84.0, "spread": 0.0, "classes": 100},
    "underflow": {"dtype": "float16", "spread": 16.5, "classes": 20, "true": "lowest"},
    "cold": {"temperature": 0.023},
}
# The best result of each solution, as the page writes it.
RESULTS = {"equal": 82.0, "underflow": 13.0, "cold": 0.022}


def attempt(name: str, changes: dict[str, Any]) -> Attempt:
    """Check a challenge at the defaults with changes."""
    settings = DEFAULTS | changes
    logits = core.make_logits(settings["classes"], offset=settings["offset"], spread=settings["spread"])
    return core.CHALLENGES[name].check(settings, logits)


@pytest.mark.parametrize("changes", [{"typed": "1000, 1001"}, {"temperature": 0.5}, {"dtype": "float16"}])
def test_forbidden_settings_do_not_solve_equal_logits(changes: dict[str, Any]) -> None:
    assert not attempt("equal", SOLUTIONS["equal"] | changes).met
