"""The claims on trial of `core.cls_vs_average_pooling`."""

from __future__ import annotations

import numpy as np

from core.claims import Claim, Claims, Verdict
from core.cls_vs_average_pooling.closed_form import pooled_accuracy
from core.cls_vs_average_pooling.literature import LITERATURE
from core.cls_vs_average_pooling.training import untrained_cls


def _average_fails_when_long() -> Claim:
    """Averaging the output tokens is the simplest way and gets worse as the sequence grows."""
    lengths = [4, 64, 256]
    plain = pooled_accuracy("needle", lengths, sharpness=0.0)
    # After one attention layer every output token is Σ softmax(βk)v, and so is their average.
    after = pooled_accuracy("needle", lengths, sharpness=2.0)
    evidence: dict[str, float | str] = {
        "short": float(plain.accuracy[0]),
        "long": float(plain.accuracy[-1]),
        "theory_long": float(plain.theory[-1]),
        "after_short": float(after.accuracy[0]),
        "after_long": float(after.accuracy[-1]),
    }
    fails = plain.high[-1] < plain.low[0]
    fails_after = after.accuracy[0] - after.accuracy[-1] > 0.05
    if fails and fails_after:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if fails else Verdict.FALSE, evidence)


def _cls_is_unbiased() -> Claim:
    """[CLS] has no meaning of its own, so it is an unbiased summary."""
    untrained = untrained_cls("needle", 65, seeds=10)
    entropy, one_class = untrained.entropy, untrained.one_class
    evidence: dict[str, float | str] = {
        "lowest_entropy": float(entropy.min()),
        "lowest_one_class": float(one_class.min()),
        "highest_one_class": float(one_class.max()),
        "median_one_class": float(np.median(one_class)),
        "seeds": float(one_class.size),
    }
    # The classes are equally frequent, so that an unbiased summary gives both equally often.
    biased = float(np.median(one_class)) > 0.6
    return Claim(Verdict.FALSE if biased else Verdict.HOLDS, evidence)


def _everybody_uses_cls() -> Claim:
    """[CLS] is what BERT and ViT use."""
    ahead = [row.mean - row.cls for row in LITERATURE]
    evidence: dict[str, float | str] = {
        "comparisons": float(len(ahead)),
        "mean_ahead": float(sum(gap > 0 for gap in ahead)),
        "smallest": min(ahead),
        "largest": max(ahead),
    }
    return Claim(Verdict.DEPENDS if sum(gap >= 0 for gap in ahead) > len(ahead) / 2 else Verdict.HOLDS, evidence)


def _weights_dilute() -> Claim:
    """Attention weights add up to 1, so long sequences dilute."""
    measured = pooled_accuracy("needle", [4, 16, 64, 256], sharpness=1.0)
    evidence: dict[str, float | str] = {
        f"weight_{n}": float(weight) for n, weight in zip(measured.lengths, measured.needle_weight, strict=True)
    }
    evidence["accuracy_256"] = float(measured.accuracy[-1])
    return Claim(Verdict.HOLDS if (np.diff(measured.needle_weight) < 0).all() else Verdict.FALSE, evidence)


CLAIMS: Claims = {
    "average_fails_when_long": _average_fails_when_long,
    "cls_is_unbiased": _cls_is_unbiased,
    "everybody_uses_cls": _everybody_uses_cls,
    "weights_dilute": _weights_dilute,
}
