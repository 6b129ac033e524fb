"""What a topic shows of itself on the home page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A few curves, really computed, that hint at a topic's finding.

    Every topic module has a function ``thumbnail() -> Thumbnail`` that takes at most some tens of milliseconds and
    imports neither torch nor scikit-learn.

    Attributes
    ----------
    x : ndarray, shape (n,)
    lines : mapping of str to ndarray, shape (n,)
        Finite values; nan where a curve has died, which leaves a gap.
    log_x, log_y : bool
        Whether an axis is logarithmic.
    """

    x: NDArray[np.float64]
    lines: Mapping[str, NDArray[np.float64]]
    log_x: bool = False
    log_y: bool = False
