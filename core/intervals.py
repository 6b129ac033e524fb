"""Confidence intervals that several topics use: of a proportion, and of a mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit


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
    >>> [round(float(end), 4) for end in wilson(0, 10)]
    [0.0, 0.2775]
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    z = ndtri((1 + level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = k / n
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # Without rounding errors, the ends include the proportions 0 and 1.
    return np.where(k == 0, 0.0 * middle, middle - half), np.where(k == n, 0.0 * middle + 1.0, middle + half)


def t_interval(values: ArrayLike, *, axis: int = -1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95% t interval of the mean along an axis, mean ± t₀.₉₇₅(n − 1) · s / √n.

    Parameters
    ----------
    values : array_like
        At least 2 values along the axis.
    axis : int

    Returns
    -------
    low, high : ndarray
        Shape of ``values`` without the axis.

    Examples
    --------
    >>> [round(float(end), 3) for end in t_interval([1.0, 2.0, 3.0])]
    [-0.484, 4.484]
    """
    x = np.asarray(values, dtype=np.float64)
    n = x.shape[axis]
    mean, half = x.mean(axis=axis), stdtrit(n - 1, 0.975) * x.std(axis=axis, ddof=1) / np.sqrt(n)
    return mean - half, mean + half
