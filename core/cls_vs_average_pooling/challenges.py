"""The challenges: how little attention is enough, when it hurts, and how far the average goes."""

from __future__ import annotations

from collections.abc import Mapping

from core.challenges import Attempt, Challenge, Challenges, Settings
from core.cls_vs_average_pooling.closed_form import PooledAccuracy

# The longest sequence, the accuracy to reach there, and the largest sharpness that counts.
LONGEST, RELIABLE, SHARPNESS = 256, 0.95, 1.5
# By how many percentage points attention loses.
POINTS = 20
# The accuracy of the average, and the shortest sequence that counts.
ENOUGH, LENGTH = 0.75, 8

# The accuracies at the length on the stage: ``attention`` and ``average``, each at one length.
Result = Mapping[str, PooledAccuracy]


def _little(settings: Settings, result: Result) -> Attempt:
    """In 256 tokens the needle is found in 95 % of the sequences, with a sharpness of at most 1.5."""
    sharpness = settings["sharpness"]
    allowed = settings["task"] == "needle" and settings["length"] == LONGEST and sharpness <= SHARPNESS
    return Attempt(allowed and float(result["attention"].accuracy[0]) >= RELIABLE, sharpness)


def _majority(settings: Settings, result: Result) -> Attempt:
    """Attention loses to the average by at least 20 points; their intervals of ± 2 standard errors are disjoint."""
    attention, average = result["attention"], result["average"]
    points = 100 * float(average.accuracy[0] - attention.accuracy[0])
    return Attempt(points >= POINTS and bool(attention.high[0] < average.low[0]), points)


def _average(settings: Settings, result: Result) -> Attempt:
    """The average finds the needle in 75 % of the sequences of at least eight tokens."""
    length = settings["length"]
    allowed = settings["task"] == "needle" and settings["sharpness"] == 0 and length >= LENGTH
    return Attempt(allowed and float(result["average"].accuracy[0]) >= ENOUGH, length)


CHALLENGES: Challenges = {
    "little": Challenge(_little, "smaller"),
    "majority": Challenge(_majority, "larger"),
    "average": Challenge(_average, "larger"),
}
