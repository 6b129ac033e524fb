"""Mean-field theory of wide random networks, by quadrature.

References
----------
Poole, B., Lahiri, S., Raghu, M., Sohl-Dickstein, J., Ganguli, S. (2016). Exponential expressivity in deep neural
networks through transient chaos. arXiv:1606.05340
Schoenholz, S. S., Gilmer, J., Ganguli, S., Sohl-Dickstein, J. (2017). Deep information propagation. arXiv:1611.01232
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.validate import check_choice, check_integer
from core.vanishing_gradients.activations import ACTIVATIONS, Array, activate

# Nodes of the expectation over z ~ N(0, 1). An even grid without a node at 0 is accurate for functions with a kink
# at 0, where Gauss-Hermite quadrature is not.
_NODES = np.linspace(-8, 8, 1600)
_WEIGHTS = np.exp(-(_NODES**2) / 2)
_WEIGHTS /= _WEIGHTS.sum()
# E[h²] above which the unit of h is changed; far from the overflow, and far beyond the curved part of GELU.
_RESCALE_ABOVE = 1e100


@dataclass(frozen=True, slots=True)
class MeanField:
    """Expected statistics of each layer in the limit of infinite width.

    Attributes
    ----------
    variance : ndarray, shape (depth,)
        q_l = E[z_l²]; infinite where it exceeds the range of float64.
    chi : ndarray, shape (depth,)
        χ_l = σ_w² E[φ'(z_l)²], the factor by which a layer multiplies the squared gradient in the backward pass. With a
        skip connection the factor is 1 + α² χ_l.
    log_gradient : ndarray, shape (depth,)
        log10 |∂L/∂z_l|, shifted so that the last value is 0; nan if the last gradient is 0, as with α = 0.
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
    first_sigma_w: float | None = None,
    first_sigma_b: float | None = None,
    residual: bool = False,
    centred: bool = False,
    alpha: float = 1.0,
) -> MeanField:
    """Propagate the variance forward and the gradient backward through random layers z = W h + b, h = φ(z).

    W_ij ~ N(0, σ_w²/n), b_i ~ N(0, σ_b²), inputs of mean square 1. Forward: q_{l+1} = σ_w² E[h_l²] + σ_b². Backward:
    |∂L/∂h_{l−1}|² = χ_l |∂L/∂h_l|² and |∂L/∂z_l|² = E[φ'(z_l)²] |∂L/∂h_l|². With ``residual``, h_l = h_{l−1} + α φ(z_l)
    from the second layer on. With ``centred``, b = −W φ(0), so that z = W(h − φ(0)).

    Parameters
    ----------
    activation : str
        One of `ACTIVATIONS`.
    depth : int
        At least 1.
    sigma_w, sigma_b : float
        σ_w and σ_b.
    first_sigma_w, first_sigma_b : float, optional
        σ_w and σ_b of the first layer, whose fan-in is the number of inputs; by default those of the others.
    residual, centred : bool
    alpha : float
        α, the factor of the residual branches.

    Returns
    -------
    MeanField

    Raises
    ------
    InvalidArgument
        Unknown ``activation`` or ``depth`` below 1.

    Examples
    --------
    >>> theory = mean_field("relu", depth=3, sigma_w=2**0.5)
    >>> [round(float(chi), 4) for chi in theory.chi]
    [1.0, 1.0, 1.0]
    """
    check_choice(activation, "activation", ACTIVATIONS)
    check_integer(depth, "depth", low=1)
    offset = float(activate(np.zeros(1), activation)[0][0]) if centred else 0.0
    weight_sd, bias_sd = np.full(depth, sigma_w), np.full(depth, sigma_b)
    weight_sd[0] = sigma_w if first_sigma_w is None else first_sigma_w
    bias_sd[0] = sigma_b if first_sigma_b is None else first_sigma_b
    variance, slope = np.empty(depth), np.empty(depth)
    # E[h²]/unit² and E[h]/unit over the units of a layer, starting with the input. The unit prevents overflow of E[h²].
    second, mean, unit = 1.0, 0.0, np.float64(1.0)
    function = activation
    with np.errstate(all="ignore"):
        for layer in range(depth):
            shift = offset / unit if layer else 0.0  # the input is centred already
            scaled = weight_sd[layer] ** 2 * (second - 2 * shift * mean + shift**2) + (bias_sd[layer] / unit) ** 2
            variance[layer] = scaled * unit * unit
            value, derivative = activate(np.sqrt(scaled) * _NODES, function)
            slope[layer] = _WEIGHTS @ derivative**2
            first_moment, second_moment = float(_WEIGHTS @ value), float(_WEIGHTS @ value**2)
            if residual and layer > 0:
                second = alpha**2 * second_moment + second + 2 * mean * alpha * first_moment
                mean = alpha * first_moment + mean
            else:
                second, mean = second_moment, first_moment
            if second > _RESCALE_ABOVE:
                root = float(np.sqrt(second))
                second, mean, unit = 1.0, mean / root, unit * root
                # At this size GELU is ReLU; all other unbounded activation functions are homogeneous.
                function = "relu" if activation == "gelu" else activation
        chi = weight_sd**2 * slope
        factor = np.log10(1 + alpha**2 * chi if residual else chi) / 2
        back = np.append(np.cumsum(factor[:0:-1])[::-1], 0.0)
        if residual:
            slope[1:] *= alpha**2
        log_gradient = back + np.log10(slope) / 2
        log_gradient = log_gradient - log_gradient[-1] if np.isfinite(log_gradient[-1]) else np.full(depth, np.nan)
    return MeanField(variance, chi, log_gradient)
