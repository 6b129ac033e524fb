"""The challenges: a solution exists, the defaults do not solve one, and a near miss does not."""

from typing import Any

from core import precision_recall as core
from core.challenges import Attempt

DEFAULTS: dict[str, Any] = {
    "source": "normal",
    "share": 0.5,
    "separation": 2.563,
    "threshold": 1.28,
    "n": 2000,
    "pair": "crossing",
}
SOLUTIONS: dict[str, dict[str, Any]] = {
    "ignorant": {"separation": 0.0, "share": 0.9, "threshold": -3.0},
    "precise": {"share": 0.01, "threshold": 3.58},
    "lower": {"tab": "models", "share": 0.2},
}
NEAR_MISSES: dict[str, dict[str, Any]] = {
    "ignorant": {"separation": 0.5, "share": 0.9, "threshold": -3.0},
    "precise": {"share": 0.01, "threshold": 3.56},
    "lower": {"tab": "models", "share": 0.3},
}
# The best result of each solution, as the page writes it.
RESULTS = {"ignorant": None, "precise": 15.46, "lower": 20}


def attempt(name: str, changes: dict[str, Any]) -> Attempt:
    """Check a challenge at the defaults with changes."""
    settings = DEFAULTS | changes
    check = core.CHALLENGES[name].check
    if name == "lower":
        return check(settings, core.compare_pair(settings["n"], settings["share"]))
    population = core.make_population(settings["source"], settings["separation"])
    sample = core.draw(population, settings["n"], settings["share"])
    return check(settings, core.count(sample, settings["threshold"]))


def test_real_scores_do_not_solve_a_challenge() -> None:
    for name in ("ignorant", "precise"):
        assert (
            not core.CHALLENGES[name]
            .check(DEFAULTS | SOLUTIONS[name] | {"source": "digits"}, core.Cells(9, 1, 0, 0))
            .met
        )


def test_rare_positives_and_digits_do_not_solve_the_lower_area() -> None:
    assert not attempt("lower", {"share": 0.05}).met
    assert not core.CHALLENGES["lower"].check(DEFAULTS | {"pair": "digits", "share": 0.2}, None).met
