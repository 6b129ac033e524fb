"""The chain rule for a single weight, factor by factor."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.lazy_imports import load_torch
from core.vanishing_gradients.activations import Array, activate
from core.vanishing_gradients.networks import Net, batches, draw_weights, forward


@dataclass(frozen=True, slots=True)
class ChainRule:
    """The gradient of weight W_jk into unit k of the last hidden layer, for one digit.

    ∂L/∂W_jk = [Σ_c (p_c − y_c) V_kc] · φ'(z_k) · h_j, where V is the output layer and h the layer below. In a residual
    branch that starts at 0 the first factor is also multiplied by α = 0.

    Attributes
    ----------
    unit, source : int
        k and j, counted from 1.
    error, readout : ndarray, shape (10,)
        p − y, and V_k.
    upstream : float
        Upstream gradient ∂L/∂φ(z_k) = Σ_c (p_c − y_c) V_kc, times α if the branch has one.
    z, slope : float
        z_k and φ'(z_k).
    source_value : float
        h_j.
    by_hand, autograd : float
        The product of the factors, and the result of autograd.
    """

    unit: int
    source: int
    error: Array
    readout: Array
    upstream: float
    z: float
    slope: float
    source_value: float
    by_hand: float
    autograd: float


def differentiate_by_hand(net: Net, *, seed: int = 0) -> ChainRule:
    """Multiply the factors of the chain rule for the unit and source with the largest contributions.

    The normalisation of the network is ignored.

    Parameters
    ----------
    net : Net
    seed : int

    Returns
    -------
    ChainRule

    Raises
    ------
    InvalidArgument
        As `measure`.

    Examples
    --------
    >>> chain = differentiate_by_hand(Net(3, width=4))
    >>> bool(np.isclose(chain.by_hand, chain.autograd))
    True
    """
    torch = load_torch()
    net = replace(net, normalisation="none")
    weights = draw_weights(net, seed=seed, seeds=1)
    first, bias, out = (torch.from_numpy(part) for part in (weights.first, weights.bias, weights.out))
    hidden = list(torch.from_numpy(weights.hidden).unbind(0))
    hidden[-1].requires_grad_(True)
    features, labels = batches()
    z_all, h_all, logits = forward(net, torch.from_numpy(features[:1]), first, hidden, bias, out)
    loss = torch.nn.functional.cross_entropy(logits[0], torch.from_numpy(labels[:1]))
    exact = torch.autograd.grad(loss, hidden[-1])[0][0].numpy()
    z, sources = z_all[-1].detach().numpy()[0, 0], h_all[-2].detach().numpy()[0, 0]
    scores = logits.detach().numpy()[0, 0]
    with np.errstate(all="ignore"):
        p = np.exp(scores - scores.max())
        error = p / p.sum() - np.eye(10)[labels[0]]
        slope = activate(z, net.activation)[1]
        upstream = weights.out[0] @ error * (0.0 if net.starts_at_zero else 1.0)
        k, j = int(np.argmax(np.abs(upstream * slope))), int(np.argmax(np.abs(sources)))
        product = float(upstream[k] * slope[k] * sources[j])
    return ChainRule(
        k + 1,
        j + 1,
        error,
        weights.out[0, k],
        float(upstream[k]),
        float(z[k]),
        float(slope[k]),
        float(sources[j]),
        product,
        float(exact[j, k]),
    )
