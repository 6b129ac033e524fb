"""The challenges: F1 without knowledge, precision at a low share of positives, and the smaller area that wins."""

from __future__ import annotations

from core.challenges import Attempt, Challenge, Challenges, Settings
from core.precision_recall.cells import Cells, measure
from core.precision_recall.pairs import Pair
from core.precision_recall.population import expected_metrics, make_population

# The F1 of a model that knows nothing.
F1 = 0.94
# The separation of the model that must not change, the largest share of positives, and the precision.
SEPARATION, RARE, PRECISION = 2.563, 0.01, 0.9
# The least recall that counts beside it.
RECALL = 0.1
# The smallest share of positives of the last challenge.
COMMON = 0.1


def _ignorant(settings: Settings, cells: Cells) -> Attempt:
    """F1 is at least 0.94, although both classes have the same distribution of scores."""
    knows_nothing = settings["source"] == "normal" and settings["separation"] == 0
    return Attempt(knows_nothing and measure(cells)["f1"] >= F1)


def _precise(settings: Settings, cells: Cells) -> Attempt:
    """The population's precision is at least 0.9 at a share of positives of at most 0.01; the recall in per cent."""
    if settings["source"] != "normal" or settings["separation"] != SEPARATION or settings["share"] > RARE:
        return Attempt(False)
    population = make_population("normal", SEPARATION)
    expected = expected_metrics(population, settings["share"], settings["threshold"])
    recall = float(expected["recall"])
    return Attempt(bool(expected["precision"] >= PRECISION) and recall >= RECALL, 100 * recall)


def _lower(settings: Settings, pair: Pair | None) -> Attempt:
    """The model with the smaller area has the larger best F1 in the population; the share of positives in per cent."""
    if settings["pair"] != "crossing" or settings["share"] < COMMON or pair is None:
        return Attempt(False)
    a, b = pair.expected["a"], pair.expected["b"]
    met = (a["auc"] - b["auc"]) * (a["best_f1"] - b["best_f1"]) < 0
    return Attempt(bool(met), 100 * settings["share"])


CHALLENGES: Challenges = {
    "ignorant": Challenge(_ignorant),
    "precise": Challenge(_precise, "larger"),
    "lower": Challenge(_lower, "larger", views=("models",)),
}
