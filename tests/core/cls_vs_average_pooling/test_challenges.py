"""The challenges: a solution exists, the defaults do not solve one, and a near miss does not."""

from typing import Any

from core import cls_vs_average_pooling as core
from core.challenges import Attempt

DEFAULTS: dict[str, Any] = {"task": "needle", "length": 4, "sharpness": 0.0}
SOLUTIONS: dict[str, dict[str, Any]] = {
    "little": {"length": 256, "sharpness": 1.0},
    "majority": {"task": "majority", "length": 65, "sharpness": 2.0},
    "average": {"length": 8},
}
NEAR_MISSES: dict[str, dict[str, Any]] = {
    "little": {"length": 256, "sharpness": 0.7},
    "majority": {"task": "majority", "length": 65, "sharpness": 1.0},
    "average": {"length": 12},
}
# The best result of each solution, as the page writes it.
RESULTS = {"little": 1.0, "majority": 30.4, "average": 8}


def attempt(name: str, changes: dict[str, Any]) -> Attempt:
    """Check a challenge at the defaults with changes."""
    settings = DEFAULTS | changes
    task, length = settings["task"], settings["length"]
    result = {
        key: core.pooled_accuracy(task, [length], sharpness=sharpness, count=400)
        for key, sharpness in (("attention", settings["sharpness"]), ("average", 0.0))
    }
    return core.CHALLENGES[name].check(settings, result)
