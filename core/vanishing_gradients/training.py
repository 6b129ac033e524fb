"""Training of deep networks, with gradients and updates recorded by layer.

The functions import torch inside, because it takes seconds to load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazy_imports import load_torch
from core.progress import Report, no_report
from core.torch_optimisers import SGD, Adam
from core.validate import check_choice, check_integer, check_positive
from core.vanishing_gradients.activations import Array
from core.vanishing_gradients.networks import Net, batches, draw_weights, forward, groups_of_networks

OPTIMISERS = ("sgd", "adam")
TRAIN_COUNT, EVALUATED, MAX_ROWS = 1024, 512, 25


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
    """Train ``seeds`` networks on mini-batches of 64 digits, in float32.

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
        ``steps`` outside 1 … 2000; unknown ``optimiser``; ``learning_rate`` or ``clip`` not positive;
        ``seeds`` outside 1 … 20; as `draw_weights`.

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
    check_integer(seeds, "seeds", low=1, high=20)
    # Limit the number of measurements, each of which is a column of a heat map.
    measured = np.unique(np.linspace(0, steps - 1, min(MAX_ROWS, steps)).astype(np.int64))
    results = []
    for numbers in groups_of_networks(net, seeds):
        group = _Group(net, seed, numbers, optimiser, learning_rate, clip)
        for step in range(steps):
            group.step(recorded=step in measured)
            report((numbers[0] + len(numbers) * (step + 1) / steps) / seeds)
        results.append(group.results())
    loss, accuracy, gradient, update, relative_change = (np.concatenate(part) for part in zip(*results, strict=True))
    return Training(measured, loss, accuracy, _geometric_mean(gradient), _geometric_mean(update), relative_change)


class _Group:
    """Networks of one configuration that are trained at once.

    Their batches and the order of the batches depend on the seed only.
    """

    def __init__(
        self, net: Net, seed: int, numbers: range, optimiser: str, learning_rate: float, clip: float | None
    ) -> None:
        torch = load_torch()
        self._net, self._clip, self._size = net, clip, len(numbers)
        features, labels = batches()
        self._inputs = torch.as_tensor(features[:TRAIN_COUNT], dtype=torch.float32)
        self._targets = torch.from_numpy(labels[:TRAIN_COUNT])
        self._parts = _initial_parts(net, seed, numbers)
        shape = (net.depth - 1, self._size, 1, 1)
        self._alpha = torch.zeros(shape, requires_grad=True) if net.starts_at_zero else None
        self._trained = self._parts if self._alpha is None else [*self._parts, self._alpha]
        self._initial = self._weights()
        self._optimiser = (Adam if optimiser == "adam" else SGD)(self._trained, learning_rate)
        self._order = np.random.default_rng(seed)
        self._recorded: list[tuple[Array, Array, Array, Array]] = []

    def step(self, *, recorded: bool) -> None:
        """Make one update, and record loss, accuracy, gradients and changes of the weights if asked."""
        torch = load_torch()
        indices = torch.from_numpy(self._order.choice(TRAIN_COUNT, 64, replace=False))
        losses = torch.nn.functional.cross_entropy(
            self._logits(self._inputs[indices]).transpose(1, 2),
            self._targets[indices].expand(self._size, 64),
            reduction="none",
        ).mean(dim=1)
        self._optimiser.zero_grad()
        losses.sum().backward()
        if recorded:
            accuracy, before = self._accuracy(), self._weights()
            gradient = _norms_by_layer(self._parts[0].grad, self._parts[1].grad)
        if self._clip is not None:
            _clip_gradients(self._trained, self._clip)
        self._optimiser.step()
        if recorded:
            loss = losses.detach().double().numpy()
            accuracy[~np.isfinite(loss)] = np.nan
            self._recorded.append((loss, accuracy, gradient, self._relative_change(before)))

    def results(self) -> tuple[Array, ...]:
        """Return the records, with the networks as the first axis.

        Loss and accuracy have the shape (networks, m), gradients and relative changes by update (networks, m, depth),
        and the relative change of the whole training has (networks, depth).
        """
        records = [np.stack(record, axis=1) for record in zip(*self._recorded, strict=True)]
        return (*records, self._relative_change(self._initial))

    def _logits(self, x: Any) -> Any:
        first, hidden, bias, out, shift = self._parts
        layers = hidden.unbind(0), bias.unbind(0)
        return forward(self._net, x, first, *layers, out, self._alpha, keep=False)[2] + shift

    def _accuracy(self) -> Array:
        with load_torch().no_grad():
            predicted = self._logits(self._inputs[:EVALUATED]).argmax(dim=2)
        accuracy: Array = (predicted == self._targets[:EVALUATED]).double().mean(dim=1).numpy()
        return accuracy

    def _weights(self) -> list[Any]:
        """Return a copy of the layers' matrices."""
        return [part.detach().clone() for part in self._parts[:2]]

    def _relative_change(self, before: list[Any]) -> Array:
        """Return |W_l − W_l before| / |W_l before|, shape (networks, depth)."""
        now = [part.detach() for part in self._parts[:2]]
        change = _norms_by_layer(*(new - old for new, old in zip(now, before, strict=True)))
        with np.errstate(all="ignore"):
            return change / _norms_by_layer(*before)


def _initial_parts(net: Net, seed: int, numbers: range) -> list[Any]:
    """Return the trained tensors: the parts of `Weights`, and the bias of the output layer."""
    torch = load_torch()
    weights = draw_weights(net, seed=seed, seeds=len(numbers), start=numbers[0])
    shift = np.zeros((len(numbers), 1, weights.out.shape[2]))
    return [
        torch.tensor(part, dtype=torch.float32, requires_grad=True)
        for part in (weights.first, weights.hidden, weights.bias, weights.out, shift)
    ]


def _clip_gradients(parts: list[Any], limit: float) -> None:
    """Scale down each network's gradient to the norm ``limit`` if it is longer.

    The networks are the second axis of parts with four axes (the hidden layers' weights, the biases and the branches'
    factors), and the first axis of the others.
    """
    torch = load_torch()
    gradients = [part.grad.transpose(0, 1) if part.ndim == 4 else part.grad for part in parts]
    norms = torch.stack([_norms(gradient.flatten(1)) for gradient in gradients]).norm(dim=0)
    factors = (limit / norms).clamp(max=1.0).float()
    for gradient in gradients:
        gradient.mul_(factors.reshape(-1, *[1] * (gradient.ndim - 1)))


def _norms_by_layer(first: Any, hidden: Any) -> Array:
    """Return the Euclidean norms of the layers' matrices, shape (networks, depth)."""
    norms: Array = load_torch().cat([_norms(first.flatten(1))[None], _norms(hidden.flatten(2))]).T.numpy()
    return norms


def _norms(tensor: Any) -> Any:
    """Return the Euclidean norms over the last axis in float64: the squares of large gradients overflow in float32."""
    torch = load_torch()
    return torch.linalg.vector_norm(tensor, dim=-1, dtype=torch.float64)


def _geometric_mean(values: Array) -> Array:
    """Return the geometric mean over the networks, the first axis."""
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(np.log(values).mean(axis=0)), dtype=np.float64)
