"""The thumbnails of the topics on the home page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A few computed curves that preview a topic.

    Every topic has a function ``thumbnail() -> Thumbnail`` that is fast and imports neither torch nor scikit-learn.

    Attributes
    ----------
    x : ndarray, shape (n,)
    lines : mapping of str to ndarray, shape (n,)
        Finite values, or nan for a gap in the curve.
    log_x, log_y : bool
        Whether an axis is logarithmic.
    """

    x: NDArray[np.float64]
    lines: Mapping[str, NDArray[np.float64]]
    log_x: bool = False
    log_y: bool = False
