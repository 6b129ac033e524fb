"""A network without activations is a single matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.lazy_imports import load_torch
from core.validate import InvalidArgument
from core.vanishing_gradients.activations import Array
from core.vanishing_gradients.networks import BATCH, Net, batches, draw_weights, forward


@dataclass(frozen=True, slots=True)
class OneMatrix:
    """The single matrix to which a network without activations reduces.

    Attributes
    ----------
    error : float
        Largest difference between the network's output and a single matrix product, relative to the largest output.
    singular_values : ndarray, shape (min(64, width),)
        Of the product W_1 … W_L, relative to the largest, in decreasing order.
    """

    error: float
    singular_values: Array


def one_matrix(net: Net, *, seed: int = 0) -> OneMatrix:
    """Multiply the layers of a network without activation, normalisation and skip connections.

    Parameters
    ----------
    net : Net
        With the activation "identity".
    seed : int

    Returns
    -------
    OneMatrix

    Raises
    ------
    InvalidArgument
        ``unknown_choice`` if the activation is not the identity.

    Examples
    --------
    >>> result = one_matrix(Net(3, activation="identity", init="orthogonal"))
    >>> bool(result.error < 1e-12), [round(float(v), 4) for v in result.singular_values[:2]]
    (True, [1.0, 1.0])
    """
    if net.activation != "identity":
        raise InvalidArgument("unknown_choice", argument="activation", allowed="identity", value=net.activation)
    net = replace(net, normalisation="none", residual=False, centred=False)
    torch = load_torch()
    weights = draw_weights(net, seed=seed, seeds=1)
    inputs = batches()[0][:BATCH]
    parts = [torch.from_numpy(part) for part in (weights.first, weights.hidden, weights.bias, weights.out)]
    _, h_all, _ = forward(net, torch.from_numpy(inputs), *parts)
    with np.errstate(all="ignore"):
        product, shift = weights.first[0], weights.bias[0, 0]
        for matrix, bias in zip(weights.hidden[:, 0], weights.bias[1:, 0], strict=True):
            product, shift = product @ matrix, shift @ matrix + bias
        output = h_all[-1][0].numpy()
        error = np.abs(inputs @ product + shift - output).max() / np.abs(output).max()
        if not np.isfinite(product).all():
            return OneMatrix(float("nan"), np.full(min(product.shape), np.nan))
        values = np.linalg.svd(product, compute_uv=False)
        return OneMatrix(float(error), values / values[0])
