"""The challenges: a solution exists, the defaults do not solve one, and a near miss does not."""

from typing import Any

import pytest

from core import bagging_vs_boosting as core
from core.challenges import Attempt

DEPTHS = {"1": 1, "2": 2, "3": 3, "full": None}
METHODS = {"bagging": "bagging", "boosting": "adaboost"}

DEFAULTS: dict[str, Any] = {
    "dataset": "moons",
    "depth": "3",
    "flip": 0.0,
    "trees": 100,
    "boost_depth": "same",
    "spread": 0.25,
    "rate": 1.0,
}
SOLUTIONS: dict[str, dict[str, Any]] = {
    "bagging_loses": {"dataset": "circles", "depth": "1"},
    "boosting_loses": {"depth": "full"},
    "early": {"flip": 0.2, "depth": "1", "trees": 20},
}
NEAR_MISSES: dict[str, dict[str, Any]] = {
    "bagging_loses": {"dataset": "circles", "depth": "2"},
    "boosting_loses": {"depth": "2"},
    "early": {"flip": 0.2, "trees": 20},
}
# The best result of each solution, as the page writes it.
RESULTS = {"bagging_loses": 26.8, "boosting_loses": 1.5, "early": 20}


def attempt(name: str, changes: dict[str, Any]) -> Attempt:
    """Check a challenge at the defaults with changes."""
    settings = DEFAULTS | changes
    sample = core.make_sample(settings["dataset"], flip=settings["flip"], spread=settings["spread"])
    methods: dict[str, dict[str, Any]] = {
        role: {"method": method, "depth": DEPTHS[settings["depth"]]} for role, method in METHODS.items()
    }
    methods["boosting"]["learning_rate"] = settings["rate"]
    _, fits = core.fit_staged_ensembles(sample, methods=methods, size=2, stages=core.STAGES)
    return core.CHALLENGES[name].check(settings, (sample, fits))


def test_boosting_must_lose_without_flipped_labels() -> None:
    assert not attempt("boosting_loses", {"flip": 0.2}).met


@pytest.mark.parametrize(("dataset", "trees"), [("moons", 2), ("moons", 4), ("circles", 4)])
def test_boosting_must_not_lose_because_it_overcorrects(dataset: str, trees: int) -> None:
    assert not attempt("boosting_loses", {"dataset": dataset, "depth": "1", "trees": trees, "rate": 2.0}).met


def test_early_stopping_must_help_at_the_default_noise() -> None:
    assert not attempt("early", SOLUTIONS["early"] | {"spread": 0.2}).met
