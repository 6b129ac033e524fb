"""The challenges: a solution exists, the defaults do not solve one, and a near miss does not."""

from typing import Any

from core import batch_size_minima as core
from core.challenges import Attempt

SIZES = (16, 64, 128, 256)

DEFAULTS: dict[str, Any] = {"batch": 64, "rate": 0.01, "start": "sharp", "noise": "batch", "hold": False, "steps": 1500}
SOLUTIONS: dict[str, dict[str, Any]] = {
    "large": {"batch": 128, "rate": 0.03},
    "fast": {"rate": 0.03, "steps": 50},
    "back": {"batch": 16, "rate": 0.02, "start": "flat", "noise": "additive"},
}
NEAR_MISSES: dict[str, dict[str, Any]] = {
    "large": {"batch": 256, "rate": 0.03},
    "fast": {"rate": 0.02, "steps": 150},
    "back": {"batch": 16, "rate": 0.02, "start": "flat", "noise": "label"},
}
# The best result of each solution, as the page writes it.
RESULTS = {"large": 128, "fast": 50, "back": 16}


def attempt(name: str, changes: dict[str, Any]) -> Attempt:
    """Check a challenge at the defaults with changes."""
    settings = DEFAULTS | changes
    options = {option: settings[option] for option in ("start", "noise", "steps")}
    result = core.escape(SIZES, learning_rate=settings["rate"], constant_ratio=settings["hold"], **options)
    return core.CHALLENGES[name].check(settings, result)


def test_a_rate_beyond_the_stability_limit_does_not_solve_a_challenge() -> None:
    assert not attempt("large", {"batch": 256, "rate": 0.035}).met
    assert not attempt("fast", {"rate": 0.05, "steps": 50}).met
    assert not attempt("large", {"batch": 128, "rate": 0.015, "hold": True}).met, (
        "the rate of this batch size is larger"
    )
