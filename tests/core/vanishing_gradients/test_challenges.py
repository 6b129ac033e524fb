"""The challenges: a solution exists, the defaults do not solve one, and a near miss does not."""

from typing import Any

import pytest

from core import vanishing_gradients as core
from core.challenges import Attempt

FIELDS = ("depth", "width", "activation", "init", "sigma_w", "residual", "normalisation", "centred", "branch")

DEFAULTS: dict[str, Any] = {
    "depth": 10,
    "width": 64,
    "activation": "sigmoid",
    "init": "xavier",
    "sigma_w": 2.0,
    "residual": False,
    "normalisation": "none",
    "centred": False,
    "branch": "plain",
    "time": 100,
    "forget": 0.0,
}
SOLUTIONS: dict[str, dict[str, Any]] = {
    "sigmoid": {"depth": 50, "init": "free", "sigma_w": 4.0, "centred": True},
    "skip": {"depth": 50, "activation": "relu", "init": "small", "residual": True},
    "lstm": {"tab": "time", "time": 200, "forget": 2.5},
}
NEAR_MISSES: dict[str, dict[str, Any]] = {
    "sigmoid": {"depth": 50, "init": "free", "sigma_w": 3.0, "centred": True},
    "skip": {"depth": 50, "activation": "relu", "init": "default", "residual": True},
    "lstm": {"tab": "time", "time": 200, "forget": 2.0},
}
# The best result of each solution, as the page writes it.
RESULTS = {"sigmoid": 13.318, "skip": 1.2977, "lstm": 2.5}


def attempt(name: str, changes: dict[str, Any]) -> Attempt:
    """Check a challenge at the defaults with changes."""
    settings = DEFAULTS | changes
    if name == "lstm":
        through_time = core.through_time(steps=settings["time"], forget_bias=settings["forget"])
        return core.CHALLENGES[name].check(settings, through_time)
    net = core.Net(**{field: settings[field] for field in FIELDS})
    return core.CHALLENGES[name].check(settings, {"a": core.measure(net)})


@pytest.mark.parametrize("changes", [{"normalisation": "layer"}, {"depth": 49}])
def test_forbidden_settings_do_not_solve_a_challenge(changes: dict[str, Any]) -> None:
    assert not attempt("sigmoid", SOLUTIONS["sigmoid"] | changes).met
    assert not attempt("skip", SOLUTIONS["skip"] | changes).met


def test_an_exploding_gradient_does_not_solve_the_sigmoids() -> None:
    assert not attempt("sigmoid", SOLUTIONS["sigmoid"] | {"sigma_w": 6.0}).met


def test_scaled_branches_solve_the_skip_connections_and_zero_ones_do_not() -> None:
    default = SOLUTIONS["skip"] | {"init": "default"}
    assert not attempt("skip", default).met
    assert attempt("skip", default | {"branch": "scaled"}).met
    # Only the first layer has a gradient with respect to z.
    assert not attempt("skip", default | {"branch": "zero"}).met


def test_a_gradient_beyond_all_factors_is_no_error() -> None:
    huge = {"depth": 50, "activation": "relu", "init": "free", "sigma_w": 1e7, "residual": True}
    assert not attempt("skip", huge).met
