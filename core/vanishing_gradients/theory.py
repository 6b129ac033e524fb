"""Activation functions, and what mean-field theory expects of a wide random network, by quadrature.

References
----------
Poole, B., Lahiri, S., Raghu, M., Sohl-Dickstein, J., Ganguli, S. (2016). Exponential expressivity in deep neural
networks through transient chaos. arXiv:1606.05340
Schoenholz, S. S., Gilmer, J., Ganguli, S., Sohl-Dickstein, J. (2017). Deep information propagation. arXiv:1611.01232
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

from core.validate import check_choice, check_integer

Array = NDArray[np.float64]

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky", "gelu", "identity")
LEAK = 0.01

# The expectation over z ~ N(0, q) as a sum on an even grid, with no node on a kink at 0: Gauss-Hermite minds kinks.
_NODES = np.linspace(-8, 8, 1600)
_WEIGHTS = np.exp(-(_NODES**2) / 2)
_WEIGHTS /= _WEIGHTS.sum()


def activate(z: Array, activation: str) -> tuple[Array, Array]:
    """Return the activation φ(z) and its derivative φ'(z), elementwise; at a kink the derivative from the left.

    Raises
    ------
    InvalidArgument
        Unknown ``activation``.

    References
    ----------
    Hendrycks, D., Gimpel, K. (2016). Gaussian error linear units. arXiv:1606.08415
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


@dataclass(frozen=True, slots=True)
class MeanField:
    """What theory expects in each layer, in the limit of infinite width.

    Attributes
    ----------
    variance : ndarray, shape (depth,)
        q_l = E[z_l²].
    chi : ndarray, shape (depth,)
        χ_l = σ_w² E[φ'(z_l)²]: by how much a layer multiplies the squared gradient on its way back; 1 + χ_l beside a
        skip connection.
    log_gradient : ndarray, shape (depth,)
        log10 |∂L/∂z_l|, up to a constant that makes the last one 0.
    """

    variance: Array
    chi: Array
    log_gradient: Array


def mean_field(
    activation: str,
    *,
    depth: int,
    sigma_w: float,
    sigma_b: float = 0.0,
    residual: bool = False,
    centred: bool = False,
) -> MeanField:
    """Follow the variance forward and the gradient back through random layers z = W h + b, h = φ(z).

    W_ij ~ N(0, σ_w²/n), b_i ~ N(0, σ_b²), inputs of mean square 1. Forward q_{l+1} = σ_w² E[h_l²] + σ_b²; backward
    |∂L/∂h_{l−1}|² = χ_l |∂L/∂h_l|² and |∂L/∂z_l|² = E[φ'(z_l)²] |∂L/∂h_l|². With ``residual`` h_l = h_{l−1} + φ(z_l)
    from the second layer on; with ``centred`` b = −W φ(0), so that z = W(h − φ(0)).

    Raises
    ------
    InvalidArgument
        Unknown ``activation`` or ``depth`` below 1.
    """
    check_choice(activation, "activation", ACTIVATIONS)
    check_integer(depth, "depth", low=1)
    offset = float(activate(np.zeros(1), activation)[0][0]) if centred else 0.0
    variance, slope = np.empty(depth), np.empty(depth)
    second, mean = 1.0, 0.0  # E[h²] and E[h] over the units of a layer, h = the input at first
    with np.errstate(all="ignore"):
        for layer in range(depth):
            shift = offset if layer else 0.0  # the input needs no centring
            variance[layer] = sigma_w**2 * (second - 2 * shift * mean + shift**2) + sigma_b**2
            value, derivative = activate(np.sqrt(variance[layer]) * _NODES, activation)
            slope[layer] = _WEIGHTS @ derivative**2
            first_moment, second_moment = float(_WEIGHTS @ value), float(_WEIGHTS @ value**2)
            skips = residual and layer > 0
            second = second_moment + (second + 2 * mean * first_moment if skips else 0.0)
            mean = first_moment + (mean if skips else 0.0)
        chi = sigma_w**2 * slope
        factor = np.log10(1 + chi if residual else chi) / 2
        back = np.append(np.cumsum(factor[:0:-1])[::-1], 0.0)
        log_gradient = back + np.log10(slope) / 2
    return MeanField(variance, chi, log_gradient - log_gradient[-1])
