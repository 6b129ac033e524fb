"""The mean over seeds with its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.intervals import t_interval


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % t interval.

    Attributes
    ----------
    mean, low, high : float
        ``low`` and ``high`` are nan with fewer than two values.
    count : int
        Number of finite values.
    positive : int
        Number of values above 0.
    """

    mean: float
    low: float
    high: float
    count: int
    positive: int

    @property
    def significant(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def interval(values: NDArray[np.float64]) -> Interval:
    """Return the mean of the finite values and its 95 % t interval, mean ± t₀.₉₇₅(n − 1) · s / √n.

    Parameters
    ----------
    values : ndarray, shape (n,)

    Returns
    -------
    Interval

    Examples
    --------
    >>> result = interval(np.array([1.0, 2.0, 3.0]))
    >>> [round(value, 4) for value in (result.mean, result.low, result.high)]
    [2.0, -0.4841, 4.4841]
    """
    finite: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return Interval(float("nan"), float("nan"), float("nan"), 0, 0)
    mean, positive = float(finite.mean()), int((finite > 0).sum())
    if finite.size < 2:
        return Interval(mean, float("nan"), float("nan"), 1, positive)
    low, high = t_interval(finite)
    return Interval(mean, float(low), float(high), int(finite.size), positive)
