"""Claims about precision, recall and F1, and the computations that test them."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from core.claims import Claim, Claims, Verdict, verdict_by_cases
from core.precision_recall.cells import Cells, measure, metrics
from core.precision_recall.digits import digit_scores
from core.precision_recall.overlap import overlap_f1, overlap_precision, tokens
from core.precision_recall.pairs import compare_pair
from core.precision_recall.population import (
    Population,
    best_threshold,
    cheapest_threshold,
    expected_metrics,
    posterior,
)
from core.precision_recall.ranking import rank, step_through
from core.precision_recall.samples import count, draw, select

# Shares this near to each other are equal but for the grid of thresholds.
_NEAR = 1e-3


def _opposite(share_of_all: list[float]) -> Verdict:
    """Judge "always opposite" by the shares of opposite steps in several experiments."""
    if all(share == 1 for share in share_of_all):
        return Verdict.HOLDS
    return Verdict.DEPENDS if max(share_of_all) > 0.5 else Verdict.FALSE


def _trade_off() -> Claim:
    """If precision rises, recall falls, and the other way round."""
    counted = {1: [0, 0, 0], 10: [0, 0, 0], 200: [0, 0, 0]}
    rng, opposite, pairs = np.random.default_rng(0), 0, 0
    for seed in range(10):
        ranking = rank(draw(Population(1.5), 2000, 0.5, seed=seed))
        for size, counts in counted.items():
            kinds = step_through(ranking, size).kinds
            for kind in range(3):
                counts[kind] += int((kinds == kind).sum())
        # Two random thresholds.
        at = rng.integers(ranking.tp.size, size=(2, 1000))
        tp, alarms = ranking.tp[at].astype(np.int64), (ranking.tp + ranking.fp)[at].astype(np.int64)
        differ = at[0] != at[1]
        opposite += int(((tp[0] - tp[1]) * (tp[0] * alarms[1] - tp[1] * alarms[0]) < 0)[differ].sum())
        pairs += int(differ.sum())
    shares = {size: counts[2] / sum(counts) for size, counts in counted.items()}
    evidence = {
        "steps": float(sum(counted[1])),
        "opposite": float(counted[1][2]),
        "rise": counted[1][0] / sum(counted[1]),
        "ten": shares[10],
        "many": shares[200],
        "random": opposite / pairs,
    }
    return Claim(_opposite([*shares.values(), evidence["random"]]), dict(evidence))


def _precision() -> Claim:
    """Precision is the share of real positives among what is called positive."""
    evidence: dict[str, float | str] = {}
    largest = 0.0
    for name, share in (("half", 0.5), ("rare", 0.01)):
        sample = draw(Population(2.563), 10_000, share)
        counted = float(sample.labels[sample.scores >= 1.28].mean())
        largest = max(largest, abs(counted - measure(count(sample, 1.28))["precision"]))
        evidence[name] = counted
    silent = measure(count(sample, 99.0))["precision"]
    evidence["silent"] = "0/0" if np.isnan(silent) else f"{silent:.2f}"
    return Claim(Verdict.HOLDS if largest == 0 else Verdict.FALSE, evidence)


def _harmonic() -> Claim:
    """F1 is the harmonic mean of precision and recall: it is high only if both are."""
    grid = np.arange(1, 1001) / 1000
    precision, recall = grid[:, None], grid[None, :]
    f1 = 2 / (1 / precision + 1 / recall)
    smaller = np.minimum(precision, recall)
    # The smaller one is at least F1/(2 − F1).
    bounded = bool((smaller >= f1 / (2 - f1) - 1e-12).all())
    largest_ratio = float((f1 / smaller).max())
    everything = {
        name: float(metrics(share, 1 - share, 0.0, 0.0)["f1"]) for name, share in (("half", 0.5), ("most", 0.9))
    }
    least = 0.9 / (2 - 0.9)
    return Claim(Verdict.HOLDS if bounded and largest_ratio <= 2 else Verdict.FALSE, {"least": least, **everything})


def _imbalance() -> Claim:
    """Accuracy must not be used for imbalanced data."""
    pool = digit_scores("balanced")
    balanced = measure(count(select(pool), 0.5))
    never = 1 - pool.share
    population, share = Population(1.5), 0.1
    threshold, accuracy = best_threshold(population, share, "accuracy")
    _, cost = cheapest_threshold(population, share, 1.0)
    cells = Cells(90, 4, 5, 1)
    evidence = {
        "never": never,
        "accuracy": balanced["accuracy"],
        "recall": balanced["recall"],
        "posterior": float(posterior(population, share, threshold)),
        "f1": measure(cells)["f1"],
        "swapped": measure(cells.swapped)["f1"],
    }
    misleads = never > balanced["accuracy"] and balanced["recall"] > 0.5
    # Accuracy is 1 − cost, if both errors cost the same.
    proper = abs(1 - accuracy - cost) < _NEAR
    verdict = Verdict.DEPENDS if misleads and proper else Verdict.HOLDS if misleads else Verdict.FALSE
    return Claim(verdict, dict(evidence))


def _auc() -> Claim:
    """The higher the AUC, the better the model."""
    seeds = 20
    names = ("auc", "average_precision", "best_f1", "tpr_at_1")
    a, b = (
        np.array(
            [[compare_pair(4000, 0.05, seed=seed).measured[model][name] for name in names] for seed in range(seeds)]
        )
        for model in ("a", "b")
    )
    wins = {f"wins_{name}": float((a[:, at] > b[:, at]).sum()) for at, name in enumerate(names)}
    means = {
        f"{model}_{name}": float(values[:, at].mean())
        for model, values in (("a", a), ("b", b))
        for at, name in enumerate(names)
    }
    shares = [wins[f"wins_{name}"] / seeds for name in names[1:]]
    higher = wins["wins_auc"] > 0.9 * seeds
    verdict = Verdict.HOLDS if min(shares) > 0.5 else Verdict.DEPENDS if higher else Verdict.UNTESTED
    return Claim(verdict, {"seeds": float(seeds), **wins, **means})


def _half() -> Claim:
    """The threshold for a probability is 0.5."""
    evidence: dict[str, float | str] = {}
    population = Population(1.5)
    accuracy = float(posterior(population, 0.1, best_threshold(population, 0.1, "accuracy")[0]))
    evidence["accuracy"] = accuracy
    best = []
    for name, share in (("fifth", 0.2), ("hundredth", 0.01)):
        threshold, f1 = best_threshold(population, share, "f1")
        probability = float(posterior(population, share, threshold))
        evidence[name], evidence[f"{name}_f1"] = probability, f1
        # Where the posterior is ½.
        half = population.separation / 2 - np.log(share / (1 - share)) / population.separation
        evidence[f"{name}_half"] = float(expected_metrics(population, share, half)["f1"])
        best.append(probability)
    evidence["cost"] = float(posterior(population, 0.5, cheapest_threshold(population, 0.5, 20.0)[0]))
    right = abs(accuracy - 0.5) < 0.01
    everywhere = right and all(abs(probability - 0.5) < 0.01 for probability in (*best, float(evidence["cost"])))
    return Claim(Verdict.HOLDS if everywhere else Verdict.DEPENDS if right else Verdict.FALSE, evidence)


# A reference, a text with the same meaning and one with the opposite meaning.
_KOREAN = ("고양이가 매트 위에 있다", "고양이는 매트 위에 있다", "고양이가 매트 위에 없다")


def _overlap() -> Claim:
    """The precision of a generated text is the number of overlapping words over that of generated words."""
    reference = ["the", "cat", "is", "on", "the", "mat"]
    generated = ["the"] * 7
    evidence: dict[str, float | str] = {
        "unclipped": overlap_precision(generated, reference, clipped=False),
        "clipped": overlap_precision(generated, reference, clipped=True),
        "shuffled": overlap_f1(sorted(reference), reference),
        "negated": overlap_f1(["the", "cat", "is", "not", "on", "the", "mat"], reference),
    }
    blind = False
    for unit in ("words", "letters", "pairs"):
        target, same, opposite = (tokens(text, unit) for text in _KOREAN)
        scores = overlap_f1(same, target), overlap_f1(opposite, target)
        evidence[f"same_{unit}"], evidence[f"opposite_{unit}"] = scores
        blind |= scores[0] <= scores[1]
    plausible = evidence["unclipped"] == evidence["clipped"]
    return Claim(Verdict.HOLDS if plausible and not blind else Verdict.DEPENDS, evidence)


def _leads(n: int, correlation: float) -> float:
    """Return how often the worse of two models, with F1 of .91 and .89, has the larger F1 on a test set of ``n``."""
    rng = np.random.default_rng([n, round(100 * correlation)])
    shares = []
    for _ in range(10):  # all 2,000 test sets at once would take 100 MB
        positive = rng.random((200, n)) < 0.5
        common, *own = rng.standard_normal((3, 200, n))
        f1 = []
        for z, error in zip(own, (0.09, 0.11), strict=True):
            wrong = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * z < ndtri(error)
            tp, fp, fn = ((positive & ~wrong).sum(1), (~positive & wrong).sum(1), (positive & wrong).sum(1))
            f1.append(metrics(tp, fp, fn, 0)["f1"])
        shares.append((f1[1] > f1[0]).mean())
    return float(np.mean(shares))


def _better() -> Claim:
    """Model A has F1 = .91 and model B .89, so A is better."""
    evidence: dict[str, float | str] = {}
    for name, correlation in (("apart", 0.0), ("alike", 0.8)):
        for n in (100, 500, 1000):
            evidence[f"{name}_{n}"] = _leads(n, correlation)
    rare = [float(share) < 0.05 for share in evidence.values()]
    return Claim(verdict_by_cases(rare), evidence)


CLAIMS: Claims = {
    "trade_off": _trade_off,
    "precision": _precision,
    "harmonic": _harmonic,
    "imbalance": _imbalance,
    "auc": _auc,
    "half": _half,
    "overlap": _overlap,
    "better": _better,
}
