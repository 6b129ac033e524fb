"""The updates of ``torch.optim.SGD`` and ``torch.optim.Adam``, without these classes.

Their first use imports ``torch._dynamo``, the compiler, which no training needs (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.lazy_imports import importing, load_torch


class SGD:
    """w ← w − η g, like ``torch.optim.SGD`` with its default settings.

    Parameters
    ----------
    parameters : iterable of torch.Tensor
        Trained tensors of any shapes, which require gradients.
    learning_rate : float
        η.

    Examples
    --------
    >>> import torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> descent = SGD([w], learning_rate=0.5)
    >>> (w**2).sum().backward()
    >>> descent.step()
    >>> w.tolist()
    [0.0, 0.0]
    """

    def __init__(self, parameters: Iterable[Any], learning_rate: float) -> None:
        self._torch = load_torch()
        self._parameters, self._learning_rate = list(parameters), learning_rate

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    def step(self) -> None:
        """Make one update, in place, of all parameters that have a gradient."""
        with self._torch.no_grad():
            self._update([k for k, parameter in enumerate(self._parameters) if parameter.grad is not None])

    def _update(self, used: list[int]) -> None:
        for k in used:
            self._parameters[k].add_(self._parameters[k].grad, alpha=-self._learning_rate)


class Adam(SGD):
    """Adam with β₁ = 0.9, β₂ = 0.999 and ε = 1e-8, like ``torch.optim.Adam`` with its default settings.

    It takes the same arguments as `SGD`.

    References
    ----------
    Kingma, D. P., Ba, J. (2015). Adam: a method for stochastic optimization. arXiv:1412.6980
    """

    def __init__(self, parameters: Iterable[Any], learning_rate: float) -> None:
        super().__init__(parameters, learning_rate)
        with importing:
            from torch.optim.adam import adam
        self._adam = adam
        self._first = [self._torch.zeros_like(parameter) for parameter in self._parameters]
        self._second = [self._torch.zeros_like(parameter) for parameter in self._parameters]
        self._updates = [self._torch.tensor(0.0) for _ in self._parameters]

    def _update(self, used: list[int]) -> None:
        self._adam(
            [self._parameters[k] for k in used],
            [self._parameters[k].grad for k in used],
            [self._first[k] for k in used],
            [self._second[k] for k in used],
            [],
            [self._updates[k] for k in used],
            foreach=False,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self._learning_rate,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )
