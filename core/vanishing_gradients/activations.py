"""Activation functions and their derivatives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

from core.validate import check_choice

Array = NDArray[np.float64]
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky", "gelu", "identity")
LEAK = 0.01


def activate(z: Array, activation: str) -> tuple[Array, Array]:
    """Return the activation φ(z) and its derivative φ'(z), elementwise.

    At a kink the derivative is that from the left.

    Parameters
    ----------
    z : ndarray
    activation : str
        One of `ACTIVATIONS`.

    Returns
    -------
    value, derivative : ndarray, same shape as z

    Raises
    ------
    InvalidArgument
        Unknown ``activation``.

    References
    ----------
    Hendrycks, D., Gimpel, K. (2016). Gaussian error linear units. arXiv:1606.08415

    Examples
    --------
    >>> value, derivative = activate(np.array([0.0]), "sigmoid")
    >>> float(value[0]), float(derivative[0])
    (0.5, 0.25)
    """
    check_choice(activation, "activation", ACTIVATIONS)
    if activation == "sigmoid":
        value = expit(z)
        return value, value * (1 - value)
    if activation == "tanh":
        value = np.tanh(z)
        return value, 1 - value**2
    if activation == "gelu":
        with np.errstate(over="ignore", invalid="ignore"):
            share = (1 + erf(z / np.sqrt(2))) / 2
            return z * share, share + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    slope = {"relu": 0.0, "leaky": LEAK, "identity": 1.0}[activation]
    with np.errstate(invalid="ignore"):
        return np.where(z > 0, z, slope * z), np.where(z > 0, 1.0, slope)
