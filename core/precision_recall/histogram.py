"""Histograms of the scores of both classes, cut at the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.precision_recall.samples import Sample
from core.validate import check_integer, check_positive

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many examples of each class have a score in each bin.

    Attributes
    ----------
    edges : ndarray, shape (bins + 1,)
        The threshold is one of them, unless it is outside of the range.
    positives, negatives : ndarray, shape (bins,)
        Scores beyond the range are counted in the first and the last bin.
    outside : int
        How many examples these are.
    """

    edges: Array
    positives: Array
    negatives: Array
    outside: int


def histogram(sample: Sample, threshold: float, low: float, high: float, *, bins: int = 40) -> Histogram:
    """Count scores in bins of equal width from ``low`` to ``high``; the first and the last bin may be narrower.

    Raises
    ------
    InvalidArgument
        ``high`` is not above ``low``, or ``bins`` is not a positive integer.

    Examples
    --------
    >>> sample = Sample(np.array([0.9, 0.5, 0.1]), np.array([True, True, False]))
    >>> found = histogram(sample, 0.5, 0.0, 1.0, bins=2)
    >>> found.edges.tolist(), found.positives.tolist(), found.negatives.tolist()
    ([0.0, 0.5, 1.0], [0.0, 2.0], [1.0, 0.0])
    """
    check_positive(high - low, "high − low")
    check_integer(bins, "bins", low=1)
    width = (high - low) / bins
    # Edges at equal distances from the threshold, so that no bin has both answers.
    steps = np.arange(np.floor((low - threshold) / width) + 1, np.ceil((high - threshold) / width))
    inner = threshold + width * steps
    edges = np.concatenate([[low], inner[(inner > low + 1e-9 * width) & (inner < high - 1e-9 * width)], [high]])
    # A score on an edge belongs to the bin above it: a score equal to the threshold is an alarm.
    at = np.clip(np.searchsorted(edges, sample.scores, side="right") - 1, 0, edges.size - 2)
    counts = [
        np.bincount(at[mask], minlength=edges.size - 1).astype(np.float64) for mask in (sample.labels, ~sample.labels)
    ]
    outside = int(((sample.scores < low) | (sample.scores > high)).sum())
    return Histogram(edges, counts[0], counts[1], outside)
