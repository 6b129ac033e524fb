"""The challenges: break an algorithm with settings that look harmless."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.challenges import Attempt, Challenge, Challenges, Settings
from core.softmax_stability.arithmetic import round_to, run
from core.softmax_stability.inputs import extreme_class

# An offset that needs many classes, a spread that needs many classes, and the lowest temperature that counts.
OFFSET, SPREAD, TEMPERATURE = 84.0, 16.5, 0.02


def _loss_is_finite(algorithm: str, settings: Settings, logits: NDArray[np.float64]) -> bool:
    z = round_to(logits / settings["temperature"], settings["dtype"])
    loss = run(algorithm, z, extreme_class(logits, settings["true"]))["loss"]
    return bool(np.isfinite(loss).all())


def _equal(settings: Settings, logits: NDArray[np.float64]) -> Attempt:
    """The naive loss is not finite in float32, with equal logits between 0 and 84."""
    offset = settings["offset"]
    allowed = settings["dtype"] == "float32" and settings["temperature"] == 1 and not settings["typed"].strip()
    allowed = allowed and settings["spread"] == 0 and 0 <= offset <= OFFSET
    return Attempt(allowed and not _loss_is_finite("naive", settings, logits), offset)


def _underflow(settings: Settings, logits: NDArray[np.float64]) -> Attempt:
    """−log softmax is not finite after subtracting the maximum, with a spread of at most 16.5."""
    allowed = settings["temperature"] == 1 and not settings["typed"].strip() and settings["spread"] <= SPREAD
    return Attempt(allowed and not _loss_is_finite("log_of_softmax", settings, logits), settings["spread"])


def _cold(settings: Settings, logits: NDArray[np.float64]) -> Attempt:
    """The naive loss is not finite in float32, with logits between 0 and 2 and a temperature of at least 0.02."""
    allowed = settings["dtype"] == "float32" and not settings["typed"].strip()
    allowed = allowed and settings["offset"] == 0 and settings["spread"] <= 2 and settings["temperature"] >= TEMPERATURE
    return Attempt(allowed and not _loss_is_finite("naive", settings, logits), settings["temperature"])


CHALLENGES: Challenges = {
    "equal": Challenge(_equal, "smaller"),
    "underflow": Challenge(_underflow, "smaller"),
    "cold": Challenge(_cold, "larger"),
}
