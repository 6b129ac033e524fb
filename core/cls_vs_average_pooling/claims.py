"""The claims on trial of `core.cls_vs_average_pooling`."""

from __future__ import annotations

import numpy as np

from core.claims import Claim, Claims, Verdict, verdict_by_cases
from core.cls_vs_average_pooling.closed_form import pooled_accuracy
from core.cls_vs_average_pooling.frozen_encoder import read_out
from core.cls_vs_average_pooling.literature import LITERATURE
from core.cls_vs_average_pooling.padding import attention_drift, padding_drift
from core.cls_vs_average_pooling.training import train_poolings, untrained_cls
from core.intervals import t_interval


def _average_fails_when_long() -> Claim:
    """Averaging the output tokens gets worse as the sequence grows."""
    lengths = [4, 64, 256]
    plain = pooled_accuracy("needle", lengths, sharpness=0.0)
    votes = pooled_accuracy("majority", [5, 65, 257], sharpness=0.0)
    # After an attention layer that is handed the right key, every output token is Σ softmax(βk)v, and so is their mean.
    after = pooled_accuracy("needle", lengths, sharpness=2.0)
    trained = train_poolings("needle", 17, poolings=("mean",), steps=200, seeds=3)
    at_17, at_257 = (trained.by_length[0, :, trained.lengths == length].ravel() for length in (17, 257))
    evidence: dict[str, float | str] = {
        "short": float(plain.accuracy[0]),
        "long": float(plain.accuracy[-1]),
        "after_long": float(after.accuracy[-1]),
        "votes_short": float(votes.accuracy[0]),
        "votes_long": float(votes.accuracy[-1]),
        "trained_17": float(at_17.mean()),
        "trained_257": float(at_257.mean()),
        "lowest_257": float(at_257.min()),
        "highest_257": float(at_257.max()),
        "seeds": float(at_257.size),
    }
    cases = (
        plain.high[-1] < plain.low[0],
        votes.high[-1] < votes.low[0],
        after.high[-1] < after.low[0],
        bool((at_257 < at_17).all()),
    )
    return Claim(verdict_by_cases(cases), evidence)


def _cls_is_unbiased() -> Claim:
    """[CLS] has no meaning of its own, so it is an unbiased summary."""
    untrained = untrained_cls("needle", 65, seeds=10)
    trained = train_poolings("needle", 17, poolings=("cls",), steps=200, seeds=3)
    evidence: dict[str, float | str] = {
        "lowest_entropy": float(untrained.entropy.min()),
        "cls_one_class": float(np.median(untrained.one_class)),
        "mean_one_class": float(np.median(untrained.mean_one_class)),
        "seeds": float(untrained.entropy.size),
        "trained_entropy": float(trained.attention_entropy[1].mean()),
    }
    # Whether its attention prefers no token, before and after training. The classes that an untrained network answers
    # say nothing about [CLS]: the mean of the tokens of the same encoders prefers one as well.
    before, after = untrained.entropy.min() > 0.9, trained.attention_entropy[1].max() > 0.9
    if before and after:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if before or after else Verdict.FALSE, evidence)


def _everybody_uses_cls() -> Claim:
    """[CLS] is what BERT and ViT use."""
    # The sentence says what was published, not what is best; the comparisons are context.
    ahead = {
        measure: [row.mean - row.cls for row in LITERATURE if row.measure == measure]
        for measure in ("correlation", "accuracy")
    }
    gaps = [gap for of_measure in ahead.values() for gap in of_measure]
    evidence: dict[str, float | str] = {
        "comparisons": float(len(gaps)),
        "mean_ahead": float(sum(gap > 0 for gap in gaps)),
        "least_correlation": min(ahead["correlation"]),
        "most_correlation": max(ahead["correlation"]),
        "least_accuracy": min(ahead["accuracy"]),
        "most_accuracy": max(ahead["accuracy"]),
    }
    return Claim(Verdict.HOLDS, evidence)


def _weights_dilute() -> Claim:
    """Attention weights add up to 1, so long sequences dilute."""
    measured = pooled_accuracy("needle", [4, 16, 64, 256], sharpness=1.0)
    evidence: dict[str, float | str] = {
        f"weight_{n}": float(weight) for n, weight in zip(measured.lengths, measured.needle_weight, strict=True)
    }
    evidence["accuracy_256"] = float(measured.accuracy[-1])
    return Claim(Verdict.HOLDS if (np.diff(measured.needle_weight) < 0).all() else Verdict.FALSE, evidence)


def _masked_average_is_enough() -> Claim:
    """If the average leaves the padding out, padding does no harm."""
    length, padded, seeds = 8, 64, 20
    plain = padding_drift(length, [padded]).masked[0]
    open_, closed = (
        np.array([attention_drift(length, padded, mask_keys=masked, seed=seed) for seed in range(seeds)])
        for masked in (False, True)
    )
    evidence: dict[str, float | str] = {
        "length": float(length),
        "padded": float(padded),
        "plain": float(plain),
        "median": float(np.median(open_)),
        "lowest": float(open_.min()),
        "highest": float(open_.max()),
        "keys_masked": float(closed.max()),
        "seeds": float(seeds),
    }
    cases = (bool(plain < 1e-9), bool(open_.max() < 1e-9))
    return Claim(verdict_by_cases(cases), evidence)


def _frozen_mean_is_better() -> Claim:
    """Of a frozen encoder, the mean of the tokens is a better summary than [CLS]."""
    evidence: dict[str, float | str] = {}
    better = []
    for trained_with in ("none", "mean", "cls"):
        accuracy = read_out(trained_with, epochs=10, seeds=10)
        difference = 100 * (accuracy[:, 1] - accuracy[:, 0])
        low, high = t_interval(difference)
        for column, pooling in enumerate(("cls", "mean")):
            evidence[f"{trained_with}_{pooling}"] = 100 * float(accuracy[:, column].mean())
        evidence |= {f"{trained_with}_low": float(low), f"{trained_with}_high": float(high)}
        evidence["seeds"] = float(difference.size)
        better.append(bool(low > 0))
    return Claim(verdict_by_cases(better), evidence)


CLAIMS: Claims = {
    "average_fails_when_long": _average_fails_when_long,
    "cls_is_unbiased": _cls_is_unbiased,
    "everybody_uses_cls": _everybody_uses_cls,
    "weights_dilute": _weights_dilute,
    "frozen_mean_is_better": _frozen_mean_is_better,
    "masked_average_is_enough": _masked_average_is_enough,
}
