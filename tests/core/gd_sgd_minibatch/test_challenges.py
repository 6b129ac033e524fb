"""The challenges: a solution exists, the defaults do not solve one, and a near miss does not."""

from typing import Any

from core import gd_sgd_minibatch as core
from core.challenges import Attempt

DEFAULTS: dict[str, Any] = {
    "problem": "diabetes",
    "batch": 32,
    "optimiser": "sgd",
    "rate": 0.1,
    "show": "all",
    "start": "corner",
    "schedule": "constant",
    "momentum": 0.9,
    "updates": 100,
}
SOLUTIONS: dict[str, dict[str, Any]] = {
    "cheap": {"batch": 8, "rate": 0.9, "updates": 3},
    "beyond": {"start": "flat", "rate": 1.5, "updates": 20},
    "valley": {"problem": "valley", "optimiser": "momentum", "momentum": 0.64, "rate": 0.99, "updates": 4},
}
NEAR_MISSES: dict[str, dict[str, Any]] = {
    "cheap": {"batch": 32, "rate": 0.9, "updates": 7},
    "beyond": {"rate": 1.01, "updates": 20},
    "valley": {"problem": "valley", "rate": 0.9, "updates": 10},
}
# The best result of each solution, as the page writes it.
RESULTS = {"cheap": 24, "beyond": 1.5, "valley": 4}


def attempt(name: str, changes: dict[str, Any]) -> Attempt:
    """Check a challenge at the defaults with changes."""
    settings = DEFAULTS | changes
    problem = core.load_problem(settings["problem"])
    options = {option: settings[option] for option in ("start", "optimiser", "schedule", "momentum")}
    rate = problem.learning_rate(settings["rate"])
    length, batch = settings["updates"], settings["batch"]
    runs = core.compare(problem, batch_size=batch, learning_rate=rate, length=length, **options)
    return core.CHALLENGES[name].check(settings, runs)


def test_momentum_raises_the_limit() -> None:
    assert attempt("beyond", {"optimiser": "momentum", "rate": 1.1}).met


def test_hidden_runs_do_not_solve_a_challenge() -> None:
    assert not attempt("valley", SOLUTIONS["valley"] | {"show": "one"}).met
    assert attempt("valley", SOLUTIONS["valley"] | {"show": "one", "batch": 442}).met
