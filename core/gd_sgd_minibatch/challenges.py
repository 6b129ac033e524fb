"""The challenges: few samples, few updates, and a learning rate above the limit."""

from __future__ import annotations

from collections.abc import Mapping

from core.challenges import Attempt, Challenge, Challenges, Settings
from core.gd_sgd_minibatch.optimisers import GRADIENT_SCALED
from core.gd_sgd_minibatch.problems import load_problem
from core.gd_sgd_minibatch.runs import Run

# The excess loss to reach, and how many samples and updates are allowed.
EXCESS, SAMPLES, UPDATES = 0.01, 200, 10
# Problems with a squared loss, for which 2/λmax is the limit everywhere.
SQUARED = ("diabetes", "valley", "raw", "centred", "standard")


def _shows_gd(settings: Settings) -> bool:
    """Whether the run of gradient descent is on the stage."""
    return bool(settings["show"] == "all" or settings["batch"] == load_problem(settings["problem"]).n)


def _cheap(settings: Settings, runs: Mapping[str, Run]) -> Attempt:
    """From the corner of the diabetes data, the mini-batch run ends at 0.01 after fewer than 200 samples."""
    run, allowed = runs["mini"], settings["problem"] == "diabetes" and settings["start"] == "corner"
    samples = int(run.samples[-1])
    return Attempt(allowed and samples < SAMPLES and bool(run.excess[-1] <= EXCESS), samples)


def _beyond(settings: Settings, runs: Mapping[str, Run]) -> Attempt:
    """At a constant learning rate above 2/λmax, gradient descent ends at 0.01."""
    allowed = settings["problem"] in SQUARED and settings["optimiser"] in GRADIENT_SCALED
    allowed = allowed and settings["schedule"] == "constant" and settings["rate"] > 1
    return Attempt(
        allowed and _shows_gd(settings) and bool(runs["gd"].excess[-1] <= EXCESS < runs["gd"].excess[0]),
        settings["rate"],
    )


def _valley(settings: Settings, runs: Mapping[str, Run]) -> Attempt:
    """From the corner of the narrow valley, gradient descent ends at 0.01 after at most ten updates."""
    run, updates = runs["gd"], len(runs["gd"].path) - 1
    allowed = settings["problem"] == "valley" and settings["start"] == "corner" and updates <= UPDATES
    return Attempt(allowed and _shows_gd(settings) and bool(run.excess[-1] <= EXCESS), updates)


CHALLENGES: Challenges = {
    "cheap": Challenge(_cheap, "smaller"),
    "beyond": Challenge(_beyond, "larger"),
    "valley": Challenge(_valley, "smaller"),
}
