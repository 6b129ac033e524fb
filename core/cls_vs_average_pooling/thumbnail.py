"""The curves of this topic on the home page, and computations to run before the first visit."""

from __future__ import annotations

import numpy as np

from core.cls_vs_average_pooling.closed_form import pooled_accuracy
from core.lazy_imports import load_torch
from core.thumbnail import Thumbnail


def warm_up() -> None:
    """Import torch before the first visit.

    Examples
    --------
    >>> warm_up()
    """
    load_torch()


def thumbnail() -> Thumbnail:
    """Return the accuracy on the needle by length: it falls for average pooling, not for attention.

    Examples
    --------
    >>> sorted(thumbnail().lines)
    ['attention', 'average']
    """
    lengths = [5, 9, 17, 33, 65, 129, 257]
    curves = {
        name: pooled_accuracy("needle", lengths, sharpness=sharpness, count=150, seeds=2).accuracy
        for name, sharpness in (("average", 0.0), ("attention", 2.0))
    }
    return Thumbnail(np.array(lengths, dtype=np.float64), curves, log_x=True)
