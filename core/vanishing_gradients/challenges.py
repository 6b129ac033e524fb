"""The challenges: keep the gradient of deep and of recurrent networks."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.challenges import Attempt, Challenge, Challenges, Settings
from core.vanishing_gradients.gradients import GradientProfile
from core.vanishing_gradients.recurrent import MAX_TIME, ThroughTime

DEPTH = 50
# By which factor the gradients of the first and the last layer may differ.
SIGMOID_FACTOR, SKIP_FACTOR = 30.0, 2.0
# The decades that the LSTM may lose.
DECADES = 1.0

# The gradients of the networks on the stage, by "a" and "b".
Profiles = Mapping[str, GradientProfile]


def _sigmoid(settings: Settings, profiles: Profiles) -> Attempt:
    """In 50 layers of sigmoids alone, the first gradient is smaller than the last one, at most 30 times."""
    plain = settings["normalisation"] == "none" and not settings["residual"]
    decades = profiles["a"].decades
    allowed = plain and settings["activation"] == "sigmoid" and settings["depth"] == DEPTH
    met = allowed and 0 <= decades <= math.log10(SIGMOID_FACTOR)
    return Attempt(met, 10.0**decades if met else None)


def _skip(settings: Settings, profiles: Profiles) -> Attempt:
    """In 50 layers of ReLUs with skips alone, the first and the last gradient differ at most by a factor of 2."""
    allowed = settings["normalisation"] == "none" and settings["residual"] and settings["activation"] == "relu"
    decades = abs(profiles["a"].decades)
    met = allowed and settings["depth"] == DEPTH and decades <= math.log10(SKIP_FACTOR)
    return Attempt(met, 10.0**decades if met else None)


def _lstm(settings: Settings, result: ThroughTime) -> Attempt:
    """Over 200 steps, the gradient of the LSTM's hidden state loses at most one decade."""
    kept = settings["time"] == MAX_TIME and abs(result.decades["lstm"]) <= DECADES
    return Attempt(kept, settings["forget"])


CHALLENGES: Challenges = {
    "sigmoid": Challenge(_sigmoid, "smaller"),
    "skip": Challenge(_skip, "smaller"),
    "lstm": Challenge(_lstm, "smaller", views=("time",)),
}
