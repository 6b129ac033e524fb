"""Pooling n token vectors into one: [CLS], average, maximum, and attention of any sharpness.

- `attention_weights`, `pool`, `pooled_accuracy`: pooling with a fixed sharpness, without training.
- `findings`: findings about such a comparison, for the sentences on the page.
- `padding_drift`: the effect of padding on an average.
- `train_poolings`, `untrained_cls`: small transformer encoders that differ only in their pooling.
- `train_digits`: small Vision Transformers that differ only in their pooling.

References
----------
Devlin, J., Chang, M.-W., Lee, K., Toutanova, K. (2019). BERT. arXiv:1810.04805
Reimers, N., Gurevych, I. (2019). Sentence-BERT. arXiv:1908.10084
Beyer, L., Zhai, X., Kolesnikov, A. (2022). Better plain ViT baselines for ImageNet-1k. arXiv:2205.01580
"""

from core.cls_vs_average_pooling.challenges import CHALLENGES
from core.cls_vs_average_pooling.claims import CLAIMS
from core.cls_vs_average_pooling.closed_form import PooledAccuracy, crossover, pooled_accuracy
from core.cls_vs_average_pooling.digits import DigitsRun, patches, train_digits
from core.cls_vs_average_pooling.encoder import POOLINGS, WITH_ATTENTION
from core.cls_vs_average_pooling.exams import EXAMS
from core.cls_vs_average_pooling.findings import (
    attention_findings,
    dilution_findings,
    findings,
    literature_finding,
    padding_finding,
    seeds_finding,
    swap_finding,
)
from core.cls_vs_average_pooling.frozen_encoder import read_out
from core.cls_vs_average_pooling.literature import LITERATURE, Published
from core.cls_vs_average_pooling.padding import PaddingDrift, attention_drift, log_spaced_lengths, padding_drift
from core.cls_vs_average_pooling.pooling import attention_weights, pool
from core.cls_vs_average_pooling.sequences import MAX_LENGTH, TASKS, Sequences, draw_sequences
from core.cls_vs_average_pooling.thumbnail import thumbnail, warm_up
from core.cls_vs_average_pooling.training import LENGTHS, TrainedPoolings, UntrainedCls, train_poolings, untrained_cls
from core.findings import Finding

__all__ = [
    "CHALLENGES",
    "CLAIMS",
    "EXAMS",
    "LENGTHS",
    "LITERATURE",
    "MAX_LENGTH",
    "POOLINGS",
    "TASKS",
    "WITH_ATTENTION",
    "DigitsRun",
    "Finding",
    "PaddingDrift",
    "PooledAccuracy",
    "Published",
    "Sequences",
    "TrainedPoolings",
    "UntrainedCls",
    "attention_drift",
    "attention_findings",
    "attention_weights",
    "crossover",
    "dilution_findings",
    "draw_sequences",
    "findings",
    "literature_finding",
    "log_spaced_lengths",
    "padding_drift",
    "padding_finding",
    "patches",
    "pool",
    "pooled_accuracy",
    "read_out",
    "seeds_finding",
    "swap_finding",
    "thumbnail",
    "train_digits",
    "train_poolings",
    "untrained_cls",
    "warm_up",
]
