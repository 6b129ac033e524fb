"""The challenges: a solution exists, the defaults do not solve one, and a near miss does not."""

from typing import Any

from core import likelihood_sampling as core
from core.challenges import Attempt

DEFAULTS: dict[str, Any] = {
    "source": "normal",
    "n": 30,
    "method": "clt",
    "level": 0.95,
    "width": 0.4,
    "sigma": 2.0,
    "p": 0.01,
}
SOLUTIONS: dict[str, dict[str, Any]] = {
    "many": {"source": "bernoulli", "p": 0.001, "n": 300},
    "width": {"source": "lognormal", "method": "exponential", "n": 100},
    "wide": {"tab": "proposal", "width": 7.0},
}
NEAR_MISSES: dict[str, dict[str, Any]] = {
    "many": {"source": "lognormal", "sigma": 2.5, "n": 100},
    "width": {"source": "lognormal", "method": "exponential", "n": 10},
    "wide": {"tab": "proposal", "width": 3.0},
}
# The best result of each solution, as the page writes it.
RESULTS = {"many": 300, "width": 31.75, "wide": 19.98}


def attempt(name: str, changes: dict[str, Any]) -> Attempt:
    """Check a challenge at the defaults with changes."""
    settings = DEFAULTS | changes
    if name == "wide":
        return core.CHALLENGES[name].check(settings, core.compare_proposals())
    source = core.make_source(settings["source"], sigma=settings["sigma"], p=settings["p"])
    result = core.run(source, settings["n"], settings["method"], level=settings["level"])
    return core.CHALLENGES[name].check(settings, result)


def test_a_lower_level_does_not_solve_a_challenge() -> None:
    assert not attempt("many", SOLUTIONS["many"] | {"level": 0.8}).met
    assert not attempt("width", SOLUTIONS["width"] | {"level": 0.8}).met


def test_a_narrow_proposal_does_not_cover() -> None:
    assert not attempt("wide", {"width": 0.5}).met


def test_a_model_with_a_wrong_limit_does_not_solve_the_width() -> None:
    assert not attempt("width", {"source": "exponential", "method": "lognormal", "n": 1000}).met
