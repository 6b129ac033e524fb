"""The noise that a minibatch adds to the gradient.

Each of the n training examples shifts the landscape sideways by its own amount. The shifts have mean 0 and variance 1
over the examples. A batch of B examples, drawn without replacement, shifts the landscape by the mean of its examples,
which has the standard deviation √((n − B)/((n − 1) B)). Averaging shifted parabolas gives exactly such a shift. Between
the minima the shift is a modelling choice, and it is biased: the mean over all batches is a smoothed landscape.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from core.batch_size_minima.double_well import FLAT, SHARP, Array, landscape, sharp_weight, slope

N_EXAMPLES = 512

# Near a minimum the standard deviation of the noisy slope is proportional to the curvature to this power.
NOISES = {"batch": 1.0, "proportional": 1.0, "label": 0.5, "additive": 0.0}


def shift_sd(batch_size: ArrayLike, *, n: int = N_EXAMPLES) -> Array:
    """Return the standard deviation of the shift of a minibatch, √((n − B)/((n − 1) B)).

    Parameters
    ----------
    batch_size : array_like
        B.
    n : int
        Number of training examples.

    Returns
    -------
    ndarray, same shape as batch_size

    Examples
    --------
    >>> [round(float(sd), 4) for sd in shift_sd([1, 512])]
    [1.0, 0.0]
    """
    size = np.asarray(batch_size, dtype=np.float64)
    sd: Array = np.sqrt((n - size) / ((n - 1) * size))
    return sd


def stationary_sd(curvature: float, *, learning_rate: float, batch_size: int, noise: str = "batch") -> float:
    """Return the standard deviation of w once SGD has settled in a minimum.

    Near a minimum of curvature h, w follows the autoregression w ← (1 − lr h) w + lr s z with standard normal z. Its
    stationary standard deviation is lr s / √(1 − (1 − lr h)²), where s = 60 √((n − B)/((n − 1) B)) (h/60)^p is the
    standard deviation of the noisy slope and p the exponent in `NOISES`.

    Parameters
    ----------
    curvature : float
        h.
    learning_rate : float
    batch_size : int
    noise : str
        A key of `NOISES`.

    Returns
    -------
    float
        nan if lr h ≥ 2, because SGD does not settle then.

    Examples
    --------
    >>> round(stationary_sd(60.0, learning_rate=1 / 60, batch_size=1), 4)
    1.0
    >>> stationary_sd(60.0, learning_rate=0.05, batch_size=1)
    nan
    """
    contraction = 1 - learning_rate * curvature
    if abs(contraction) >= 1:
        return float("nan")
    sd = float(shift_sd(batch_size)) * SHARP * (curvature / SHARP) ** NOISES[noise]
    return float(learning_rate * sd / np.sqrt(1 - contraction**2))


def noisy_slope(w: Array, shift: Array, noise: str) -> Array:
    """Return the slope that an update follows, given the shift of its minibatch."""
    if noise == "batch":
        return slope(w - shift)
    return slope(w) - shift * noise_scale(w, noise)


def noise_scale(w: Array, noise: str) -> Array:
    """Return 60 (h/60)^p at each point.

    The curvature h is the mean of the two parabolas' curvatures, weighted as in the soft minimum.
    """
    if noise == "additive":
        return np.full_like(w, SHARP)
    curvature = FLAT + (SHARP - FLAT) * sharp_weight(w)
    return curvature if noise == "proportional" else np.sqrt(SHARP * curvature)


def minibatch_loss(w: Array, shift: Array, noise: str, here: float) -> Array:
    """Return the loss that an update descends, equal to the landscape at ``here``.

    For the noise ``batch`` this is the shifted landscape; for the others the noisy slope is integrated from ``here``.
    """
    if noise == "batch":
        return landscape(w - shift)
    along = np.linspace(0, 1, 65)
    between = here + (w[:, np.newaxis] - here) * along
    work = np.trapezoid(noise_scale(between, noise), along, axis=1) * (w - here)
    return landscape(w) - shift * work


def smoothed_landscape(w: Array, batch_size: int) -> Array:
    """Return the mean of the shifted landscapes over all batches of one size.

    The shift is taken as normal; the mean is computed by quadrature over ±4 standard deviations.
    """
    nodes = np.linspace(-4, 4, 81)
    weights = np.exp(-(nodes**2) / 2)
    mean: Array = landscape(w[:, np.newaxis] - float(shift_sd(batch_size)) * nodes) @ weights / weights.sum()
    return mean
