"""The challenges: let each method lose, and be good with few trees in spite of wrong labels."""

from __future__ import annotations

from collections.abc import Mapping

from core.bagging_vs_boosting.findings import findings
from core.bagging_vs_boosting.samples import Sample
from core.bagging_vs_boosting.stages import StagedFit
from core.challenges import Attempt, Challenge, Challenges, Settings

# A sample and the ensembles that were trained on it.
Result = tuple[Sample, Mapping[str, StagedFit]]

# By how many percentage points bagging loses.
POINTS = 20
# Without wrong labels: the largest learning rate. Beyond it AdaBoost overcorrects, and its training error rises, too.
RATE = 1.0
# With wrong labels: their share, the least spread, the test error to reach, and the most trees.
FLIP, SPREAD, ERROR, TREES = 0.2, 0.25, 0.1, 20


def _lead(settings: Settings, result: Result, code: str) -> float:
    """Return by how many percentage points a method is ahead; 0 if it is not significantly."""
    sample, fits = result
    found = findings(sample, fits["bagging"], fits["boosting"], n_trees=settings["trees"])
    return next((100 * finding.figures["difference"] for finding in found if finding.code == code), 0.0)


def _bagging_loses(settings: Settings, result: Result) -> Attempt:
    """With the same trees, boosting is ahead by at least 20 points."""
    if settings["dataset"] == "own" or settings["boost_depth"] != "same":
        return Attempt(False)
    points = _lead(settings, result, "boosting_ahead")
    return Attempt(points >= POINTS, points)


def _boosting_loses(settings: Settings, result: Result) -> Attempt:
    """Without a wrong label, and with a learning rate of at most 1, bagging is significantly ahead."""
    if settings["dataset"] == "own" or settings["flip"] > 0 or settings["rate"] > RATE:
        return Attempt(False)
    points = _lead(settings, result, "bagging_ahead")
    return Attempt(points > 0, points)


def _early(settings: Settings, result: Result) -> Attempt:
    """On moons with 20 % wrong labels, one of the ensembles has a test error of at most 10 % with at most 20 trees."""
    trees, (_, fits) = settings["trees"], result
    allowed = settings["dataset"] == "moons" and settings["flip"] >= FLIP and settings["spread"] >= SPREAD
    error = min(float(fit.test_error[trees - 1]) for fit in fits.values())
    return Attempt(allowed and trees <= TREES and error <= ERROR, trees)


CHALLENGES: Challenges = {
    "bagging_loses": Challenge(_bagging_loses, "larger"),
    "boosting_loses": Challenge(_boosting_loses, "larger"),
    "early": Challenge(_early, "smaller"),
}
