"""Importance sampling: draws from a wide or a narrow proposal, weighted to stand for the standard normal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from core.intervals import wilson

Array = NDArray[np.float64]

WIDTHS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
DRAWS = 1000
REPEATS = 200


@dataclass(frozen=True, slots=True)
class Proposals:
    """Importance sampling with N(0, s²) as the proposal for N(0, 1), for several s.

    The quantity estimated is the total probability, which is 1: the mean of the weights.

    Attributes
    ----------
    widths : ndarray, shape (widths,)
    share, low, high : ndarray, shape (widths,)
        The share of 95% intervals (mean ± 1.96 standard errors) that contain 1, and its interval by Wilson's method.
    below, above : ndarray, shape (widths,)
        The share of intervals that lie wholly below or above 1.
    effective : ndarray, shape (widths,)
        The median of the reported effective sample size (Σw)²/Σw², as a share of the draws.
    theory : ndarray, shape (widths,)
        Its limit, √(2s² − 1)/s²; 0 for s² ≤ ½, where the weights have an infinite variance.
    """

    widths: Array
    share: Array
    low: Array
    high: Array
    below: Array
    above: Array
    effective: Array
    theory: Array


def infinite_variance(width: float) -> bool:
    """Return whether the weights of the proposal N(0, width²) for N(0, 1) have an infinite variance.

    Examples
    --------
    >>> infinite_variance(0.7), infinite_variance(0.8)
    (True, False)
    """
    return width**2 <= 0.5


def compare_proposals(*, seed: int = 0) -> Proposals:
    """Repeat importance sampling for every width of the proposal, with the same random numbers.

    References
    ----------
    Owen, A. B. (2013). Monte Carlo theory, methods and examples, chapter 9. https://artowen.su.domains/mc/

    Examples
    --------
    >>> compare_proposals().share[WIDTHS.index(1.0)].item()
    1.0
    """
    squares = np.random.default_rng(seed).standard_normal((REPEATS, DRAWS)) ** 2
    z = float(ndtri(0.975))
    rows = []
    for width in WIDTHS:
        weights = width * np.exp(0.5 * (1 - width**2) * squares)
        mean, square = weights.mean(axis=1), (weights**2).mean(axis=1)
        half = z * np.sqrt(np.maximum(square - mean**2, 0.0) / (DRAWS - 1))
        below, above = int((mean + half < 1 - 1e-12).sum()), int((mean - half > 1 + 1e-12).sum())
        inside = REPEATS - below - above
        theory = 0.0 if infinite_variance(width) else math.sqrt(2 * width**2 - 1) / width**2
        effective = float(np.median(mean**2 / square))
        rows.append(
            (width, inside / REPEATS, *wilson(inside, REPEATS), below / REPEATS, above / REPEATS, effective, theory)
        )
    return Proposals(*np.array(rows).T)
