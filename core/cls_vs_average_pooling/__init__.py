"""How n token vectors become one: [CLS], average, maximum, and attention of any sharpness in between.

In closed form, so that a slider can move it, and trained for real.

References
----------
Devlin, J., Chang, M.-W., Lee, K., Toutanova, K. (2019). BERT. arXiv:1810.04805
Reimers, N., Gurevych, I. (2019). Sentence-BERT. arXiv:1908.10084
Beyer, L., Zhai, X., Kolesnikov, A. (2022). Better plain ViT baselines for ImageNet-1k. arXiv:2205.01580
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.claims import Claim, Claims, Verdict
from core.cls_vs_average_pooling.closed_form import (
    MAX_LENGTH,
    TASKS,
    PaddingDrift,
    PooledAccuracy,
    Sequences,
    attention_weights,
    crossover,
    draw_sequences,
    padding_drift,
    pool,
    pooled_accuracy,
)
from core.cls_vs_average_pooling.digits import DigitsRun, patches, train_digits
from core.cls_vs_average_pooling.training import (
    LENGTHS,
    POOLINGS,
    WITH_ATTENTION,
    TrainedPoolings,
    UntrainedCls,
    load_torch,
    train_poolings,
    untrained_cls,
)
from core.thumbnail import Thumbnail

__all__ = [
    "CLAIMS",
    "LENGTHS",
    "LITERATURE",
    "MAX_LENGTH",
    "POOLINGS",
    "TASKS",
    "WITH_ATTENTION",
    "DigitsRun",
    "PaddingDrift",
    "PooledAccuracy",
    "Published",
    "Sequences",
    "TrainedPoolings",
    "UntrainedCls",
    "attention_weights",
    "crossover",
    "draw_sequences",
    "padding_drift",
    "patches",
    "pool",
    "pooled_accuracy",
    "thumbnail",
    "train_digits",
    "train_poolings",
    "untrained_cls",
    "warm_up",
]


@dataclass(frozen=True, slots=True)
class Published:
    """A published comparison: not measured here.

    Attributes
    ----------
    source, setting : str
    cls, mean : float
        The paper's own measure, higher is better.
    """

    source: str
    setting: str
    cls: float
    mean: float


LITERATURE = (
    Published("Reimers & Gurevych 2019, Table 6", "SBERT, trained on NLI", 79.80, 80.78),
    Published("Reimers & Gurevych 2019, Table 6", "SBERT, trained on STSb", 86.62, 87.44),
    Published("Reimers & Gurevych 2019, Table 1", "BERT off the shelf, STSb", 16.50, 46.35),
    Published("Beyer et al. 2022, Table 1", "ViT-S/16, ImageNet, 90 epochs", 75.0, 76.5),
    Published("Beyer et al. 2022, Table 1", "ViT-S/16, ImageNet, 150 epochs", 76.9, 78.5),
    Published("Beyer et al. 2022, Table 1", "ViT-S/16, ImageNet, 300 epochs", 78.2, 80.0),
)


def _average_fails_when_long() -> Claim:
    """Averaging the output tokens is the simplest way and gets worse as the sequence grows."""
    lengths = [4, 64, 256]
    plain = pooled_accuracy("needle", lengths, sharpness=0.0)
    # One attention layer before the average: every output token already holds Σ softmax(βk)v, and so does their mean.
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
    # Fair labels: an unbiased summary would be right in its share of answers whatever it knows.
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


def warm_up() -> None:
    """Pay for what is slow the first time: torch and the data."""
    load_torch()


def thumbnail() -> Thumbnail:
    """Accuracy on the needle against length: average pooling falls, attention does not."""
    lengths = [5, 9, 17, 33, 65, 129, 257]
    curves = {
        name: pooled_accuracy("needle", lengths, sharpness=sharpness, count=150, seeds=2).accuracy
        for name, sharpness in (("average", 0.0), ("attention", 2.0))
    }
    return Thumbnail(np.array(lengths, dtype=np.float64), curves, log_x=True)
