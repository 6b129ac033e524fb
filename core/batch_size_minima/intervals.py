"""Confidence intervals: of a mean over seeds, and of a share of runs."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit


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
    half = float(stdtrit(finite.size - 1, 0.975) * finite.std(ddof=1) / np.sqrt(finite.size))
    return Interval(mean, mean - half, mean + half, int(finite.size), positive)


def wilson(
    successes: ArrayLike, trials: ArrayLike, *, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's confidence interval for a proportion.

    Parameters
    ----------
    successes, trials : array_like
    level : float
        Confidence level.

    Returns
    -------
    low, high : ndarray
        Broadcast shape of the arguments; nan where there are no trials.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22(158).
    https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> [round(float(bound), 4) for bound in wilson(0, 10)]
    [0.0, 0.2775]
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    z = NormalDist().inv_cdf((1 + level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = k / n
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
