"""The curves that the home page draws for this topic."""

from __future__ import annotations

import numpy as np

from core.precision_recall.population import expected_precision
from core.thumbnail import Thumbnail


def thumbnail() -> Thumbnail:
    """Return precision and recall over the share of positives, for fixed rates of 0.9 and 0.1.

    Examples
    --------
    >>> list(thumbnail().lines)
    ['precision', 'recall']
    """
    shares = np.geomspace(0.001, 0.5, 60)
    precision = np.array([float(expected_precision(share, 0.9, 0.1)) for share in shares])
    return Thumbnail(shares, {"precision": precision, "recall": np.full(shares.size, 0.9)}, log_x=True)
