"""Singular values of the Jacobian from the first layer to the last: how many directions a gradient keeps."""

from __future__ import annotations

import numpy as np

from core.lazy_imports import load_torch
from core.validate import InvalidArgument
from core.vanishing_gradients.activations import Array
from core.vanishing_gradients.networks import Net, batches, draw_weights, forward

# A singular value above this share of the largest one counts as a direction that is kept.
KEPT_SHARE = 0.01


def singular_values(net: Net, *, seed: int = 0, seeds: int = 3) -> Array:
    """Return the singular values of ∂h_D/∂h_1 of ``seeds`` networks, at the first digit.

    Backpropagation multiplies the gradient at the last layer by the transpose of this Jacobian. The change of the
    gradient's norm is a mean over all directions; the singular values show how different the directions are.

    Parameters
    ----------
    net : Net
        Without batch normalisation, in which the samples depend on each other.
    seed : int
    seeds : int
        Number of networks, 1 … 20.

    Returns
    -------
    ndarray, shape (seeds, width)
        In decreasing order; nan for a network whose Jacobian is not finite.

    Raises
    ------
    InvalidArgument
        ``unknown_choice`` for batch normalisation; as `draw_weights`.

    References
    ----------
    Pennington, J., Schoenholz, S. S., Ganguli, S. (2017). Resurrecting the sigmoid in deep learning through dynamical
    isometry: theory and practice. arXiv:1711.04735
    Saxe, A. M., McClelland, J. L., Ganguli, S. (2014). Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks. arXiv:1312.6120

    Examples
    --------
    >>> values = singular_values(Net(3, width=4, activation="identity", init="orthogonal"), seeds=1)
    >>> [[round(float(value), 6) for value in row] for row in values]
    [[1.0, 1.0, 1.0, 1.0]]
    """
    if net.normalisation == "batch":
        allowed = "none, layer"
        raise InvalidArgument("unknown_choice", argument="normalisation", allowed=allowed, value=net.normalisation)
    torch = load_torch()
    weights = draw_weights(net, seed=seed, seeds=seeds)
    first, hidden, bias, out = map(torch.as_tensor, (weights.first, weights.hidden, weights.bias, weights.out))
    first.requires_grad_(True)
    # The digit is repeated for every unit of the last layer, so that one backward pass gives all rows.
    inputs = torch.as_tensor(batches()[0][:1]).expand(net.width, -1)
    _, h_all, _ = forward(net, inputs, first, hidden.unbind(0), bias.unbind(0), out)
    diagonal = h_all[-1].diagonal(dim1=1, dim2=2)
    jacobians = torch.autograd.grad(diagonal.sum(), h_all[0])[0].numpy()
    values = np.full((seeds, net.width), np.nan)
    finite = np.isfinite(jacobians).all(axis=(1, 2))
    values[finite] = np.linalg.svd(jacobians[finite], compute_uv=False)
    return values


def kept_directions(values: Array) -> Array:
    """Return how many singular values of each network are above `KEPT_SHARE` of the largest.

    Parameters
    ----------
    values : ndarray, shape (seeds, width)
        In decreasing order.

    Returns
    -------
    ndarray of int, shape (seeds,)
        0 if all are 0 or nan.

    Examples
    --------
    >>> kept_directions(np.array([[5.0, 0.06, 0.04], [0.0, 0.0, 0.0]])).tolist()
    [2, 0]
    """
    return np.asarray((values > KEPT_SHARE * values[:, :1]).sum(axis=1))
