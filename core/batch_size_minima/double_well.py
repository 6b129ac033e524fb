"""A one-dimensional loss with a sharp and a flat minimum of equal depth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

# Curvatures at the minima w = −1 and w = 1, and the temperature of the soft minimum that joins the two parabolas.
SHARP, FLAT = 60.0, 6.0
SOFTNESS = 0.15


def sharp_weight(w: Array) -> Array:
    """Return the weight of the sharp parabola in the soft minimum.

    The weight is 1/(1 + exp((a − b)/T)), where a is the sharp and b the flat parabola.
    """
    share: Array = 0.5 - 0.5 * np.tanh((27 * w * w + 66 * w + 27) / (2 * SOFTNESS))
    return share


def landscape(w: ArrayLike) -> Array:
    """Return the loss at each point.

    The loss is the soft minimum −T ln(exp(−a/T) + exp(−b/T)) of a = 30 (w + 1)² and b = 3 (w − 1)², with T = 0.15.

    Parameters
    ----------
    w : array_like

    Returns
    -------
    ndarray, same shape as w
        nan where ``w`` is nan.

    Examples
    --------
    >>> [round(float(loss), 4) for loss in landscape([-0.9, 0.9])]
    [0.3, 0.03]
    """
    at = np.asarray(w, dtype=np.float64)
    a, b = SHARP / 2 * (at + 1) ** 2, FLAT / 2 * (at - 1) ** 2
    with np.errstate(invalid="ignore"):
        value: Array = -SOFTNESS * np.logaddexp(-a / SOFTNESS, -b / SOFTNESS)
    return value


def slope(w: ArrayLike) -> Array:
    """Return the derivative of `landscape` at each point.

    Parameters
    ----------
    w : array_like

    Returns
    -------
    ndarray, same shape as w

    Examples
    --------
    >>> [round(float(derivative), 4) for derivative in slope([-0.9, 0.9])]
    [6.0, -0.6]
    """
    at = np.asarray(w, dtype=np.float64)
    on_flat = FLAT * (at - 1)
    value: Array = on_flat + sharp_weight(at) * (SHARP * (at + 1) - on_flat)
    return value


def _find_barrier() -> float:
    """Find the maximum between the minima by bisection: the slope is positive on its left and negative on its right."""
    low, high = -0.9, 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return low


BARRIER = _find_barrier()
