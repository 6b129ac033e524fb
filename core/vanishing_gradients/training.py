"""Training of deep networks, with gradients and updates recorded by layer.

The functions import torch inside, because it takes seconds to load.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazy_imports import load_torch
from core.torch_optimisers import SGD, Adam
from core.validate import check_choice, check_integer, check_positive
from core.vanishing_gradients.activations import Array
from core.vanishing_gradients.networks import Net, batches, draw_weights, forward

Report = Callable[[float], None]
OPTIMISERS = ("sgd", "adam")
TRAIN_COUNT, EVALUATED, MAX_ROWS = 1024, 512, 25


def no_report(fraction: float) -> None:
    """Ignore a progress report."""


@dataclass(frozen=True, slots=True)
class Training:
    """The training of several networks of one configuration.

    Attributes
    ----------
    steps : ndarray of int, shape (m,)
        Numbers of updates done at each measurement.
    loss : ndarray, shape (seeds, m)
        Mean cross-entropy in nats on the 64 digits of the step; nan after a divergence.
    accuracy : ndarray, shape (seeds, m)
        On 512 of the 1024 training digits.
    gradient : ndarray, shape (m, depth)
        |∂L/∂W_l| before any clipping, geometric mean over the seeds.
    update : ndarray, shape (m, depth)
        |ΔW_l| / |W_l| of the next step, geometric mean over the seeds.
    relative_change : ndarray, shape (seeds, depth)
        |W_l at the end − W_l at the start| / |W_l at the start|.
    """

    steps: NDArray[np.int64]
    loss: Array
    accuracy: Array
    gradient: Array
    update: Array
    relative_change: Array


def train(
    net: Net,
    *,
    steps: int = 100,
    optimiser: str = "adam",
    learning_rate: float = 1e-3,
    clip: float | None = None,
    seed: int = 0,
    seeds: int = 3,
    report: Report = no_report,
) -> Training:
    """Train ``seeds`` networks at once on mini-batches of 64 digits, in float32.

    All weights and biases are trained, and the factors of residual branches that start at 0. All configurations and
    seeds share the batches and their order.

    Parameters
    ----------
    net : Net
    steps : int
        1 … 2000.
    optimiser : str
        One of `OPTIMISERS`.
    learning_rate : float
        Positive.
    clip : float, optional
        Largest norm of a network's gradient with respect to all its parameters together: a longer gradient is scaled
        down to this norm before the update.
    seed : int
    seeds : int
        Number of networks, 1 … 20.
    report : callable
        Called with the fraction done.

    Returns
    -------
    Training

    Raises
    ------
    InvalidArgument
        ``steps`` outside 1 … 2000; unknown ``optimiser``; ``learning_rate`` or ``clip`` not positive; as
        `draw_weights`.

    References
    ----------
    Kingma, D. P., Ba, J. (2015). Adam: a method for stochastic optimization. arXiv:1412.6980
    Pascanu, R., Mikolov, T., Bengio, Y. (2013). On the difficulty of training recurrent neural networks.
    arXiv:1211.5063

    Examples
    --------
    >>> train(Net(), steps=0)
    Traceback (most recent call last):
        ...
    core.validate.InvalidArgument: steps must lie between 1 and 2000, got 0
    """
    check_integer(steps, "steps", low=1, high=2000)
    check_choice(optimiser, "optimiser", OPTIMISERS)
    check_positive(learning_rate, "learning_rate")
    if clip is not None:
        check_positive(clip, "clip")
    torch = load_torch()
    weights = draw_weights(net, seed=seed, seeds=seeds)
    features, labels = batches()
    inputs, targets = (
        torch.as_tensor(features[:TRAIN_COUNT], dtype=torch.float32),
        torch.from_numpy(labels[:TRAIN_COUNT]),
    )
    parts = [
        torch.tensor(part, dtype=torch.float32, requires_grad=True)
        for part in (
            weights.first,
            weights.hidden,
            weights.bias,
            weights.out,
            np.zeros((seeds, 1, weights.out.shape[2])),
        )
    ]
    alpha = torch.zeros((net.depth - 1, seeds, 1, 1), requires_grad=True) if net.starts_at_zero else None
    initial = [parts[0].detach().clone(), parts[1].detach().clone()]
    trained = parts if alpha is None else [*parts, alpha]
    descent = (Adam if optimiser == "adam" else SGD)(trained, learning_rate)
    order = np.random.default_rng(seed)
    # Limit the number of measurements, each of which is a column of a heat map.
    measured = np.unique(np.linspace(0, steps - 1, min(MAX_ROWS, steps)).astype(np.int64))
    loss, accuracy = np.full((2, seeds, measured.size), np.nan)
    gradient, update = np.full((2, measured.size, net.depth), np.nan)

    def logits(x: Any) -> Any:
        first, hidden, bias, out, shift = parts
        return forward(net, x, first, hidden.unbind(0), bias.unbind(0), out, alpha, keep=False)[2] + shift

    for step in range(steps):
        indices = torch.from_numpy(order.choice(TRAIN_COUNT, 64, replace=False))
        losses = torch.nn.functional.cross_entropy(
            logits(inputs[indices]).transpose(1, 2), targets[indices].expand(seeds, 64), reduction="none"
        ).mean(dim=1)
        descent.zero_grad()
        losses.sum().backward()
        row = int(np.searchsorted(measured, step))
        recorded = row < measured.size and measured[row] == step
        if recorded:
            with torch.no_grad():
                predicted = logits(inputs[:EVALUATED]).argmax(dim=2)
                before = [part.detach().clone() for part in parts[:2]]
            loss[:, row] = losses.detach().numpy()
            accuracy[:, row] = (predicted == targets[:EVALUATED]).double().mean(dim=1).numpy()
            gradient[row] = _geometric_mean(_norms_by_layer(parts[0].grad, parts[1].grad))
        if clip is not None:
            _clip_gradients(trained, clip)
        descent.step()
        if recorded:
            after = [part.detach() for part in parts[:2]]
            change = _norms_by_layer(*(a - b for a, b in zip(after, before, strict=True)))
            with np.errstate(all="ignore"):
                update[row] = _geometric_mean(change / _norms_by_layer(*before))
        report((step + 1) / steps)
    with np.errstate(all="ignore"):
        relative_change = _norms_by_layer(*(part.detach() - old for part, old in zip(parts[:2], initial, strict=True)))
        relative_change = relative_change / _norms_by_layer(*initial)
    accuracy[~np.isfinite(loss)] = np.nan
    return Training(measured, loss, accuracy, gradient, update, relative_change.T)


def _clip_gradients(parts: list[Any], limit: float) -> None:
    """Scale down each network's gradient to the norm ``limit`` if it is longer.

    The networks are the second axis of parts with four axes (the hidden layers' weights, the biases and the branches'
    factors), and the first axis of the others.
    """
    torch = load_torch()
    gradients = [part.grad.transpose(0, 1) if part.ndim == 4 else part.grad for part in parts]
    # In float64, because the squares of large gradients overflow in float32.
    norms = torch.stack([gradient.double().flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
    factors = (limit / norms).clamp(max=1.0).float()
    for gradient in gradients:
        gradient.mul_(factors.reshape(-1, *[1] * (gradient.ndim - 1)))


def _norms_by_layer(first: Any, hidden: Any) -> Array:
    """Return the Euclidean norms of the layers' matrices, shape (depth, seeds)."""
    torch = load_torch()
    norms = torch.cat([first.double().flatten(1).norm(dim=1)[None], hidden.double().flatten(2).norm(dim=2)])
    return np.asarray(norms.numpy(), dtype=np.float64)


def _geometric_mean(values: Array) -> Array:
    """Return the geometric mean over the seeds, the second axis."""
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(np.log(values).mean(axis=1)), dtype=np.float64)
