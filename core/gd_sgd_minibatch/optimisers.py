"""Seven optimisers as NumPy update rules for arrays of any shape, so that many runs advance at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

OPTIMISERS = ("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam")
# Optimisers whose step is the learning rate times a gradient, so that 2/λmax limits their learning rate.
GRADIENT_SCALED = ("sgd", "momentum", "nesterov")
SCHEDULES = ("constant", "inverse", "cosine")

Array = NDArray[np.float64]
# (w, gradient, learning rate) -> the next w. The function holds its own state, which starts at zero.
Update = Callable[[Array, Array, Array], Array]


def make_update(optimiser: str, momentum: float) -> Update:
    """Return an update rule with new state and the constants of ``torch.optim``.

    - ``sgd``: w − η g
    - ``momentum``: v ← β v + g; w − η v (v starts as the first g)
    - ``nesterov``: v ← β v + g; w − η (g + β v)
    - ``adagrad``: s ← s + g²; w − η g / (√s + 1e-10)
    - ``adadelta``: s ← .9 s + .1 g²; d = g √(u + 1e-6) / √(s + 1e-6); u ← .9 u + .1 d²; w − η d
    - ``rmsprop``: s ← .99 s + .01 g²; w − η g / (√s + 1e-8)
    - ``adam``: m ← .9 m + .1 g; s ← .999 s + .001 g²; w − η m/(1 − .9ᵗ) / (√(s/(1 − .999ᵗ)) + 1e-8)

    References
    ----------
    Kingma, D. P., Ba, J. (2015). Adam: a method for stochastic optimization. arXiv:1412.6980
    Duchi, J., Hazan, E., Singer, Y. (2011). Adaptive subgradient methods. JMLR 12, 2121-2159.
    Zeiler, M. D. (2012). ADADELTA: an adaptive learning rate method. arXiv:1212.5701
    """
    first: Array | float = 0.0
    second: Array | float = 0.0
    t = 0

    def sgd(w: Array, g: Array, rate: Array) -> Array:
        return w - rate * g

    def heavy_ball(w: Array, g: Array, rate: Array) -> Array:
        nonlocal first
        first = momentum * first + g
        return w - rate * first

    def nesterov(w: Array, g: Array, rate: Array) -> Array:
        nonlocal first
        first = momentum * first + g
        return w - rate * (g + momentum * first)

    def adagrad(w: Array, g: Array, rate: Array) -> Array:
        nonlocal second
        second = second + g * g
        return w - rate * g / (np.sqrt(second) + 1e-10)

    def adadelta(w: Array, g: Array, rate: Array) -> Array:
        nonlocal first, second
        second = 0.9 * second + 0.1 * g * g
        step = g * np.sqrt(first + 1e-6) / np.sqrt(second + 1e-6)
        first = 0.9 * first + 0.1 * step * step
        return w - rate * step

    def rmsprop(w: Array, g: Array, rate: Array) -> Array:
        nonlocal second
        second = 0.99 * second + 0.01 * g * g
        return w - rate * g / (np.sqrt(second) + 1e-8)

    def adam(w: Array, g: Array, rate: Array) -> Array:
        nonlocal first, second, t
        t += 1
        first = 0.9 * first + 0.1 * g
        second = 0.999 * second + 0.001 * g * g
        return w - rate * (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)

    rules = (sgd, heavy_ball, nesterov, adagrad, adadelta, rmsprop, adam)
    return dict(zip(OPTIMISERS, rules, strict=True))[optimiser]


def rates(schedule: str, updates: int) -> Array:
    """Return the factor on the learning rate at each update t of T, shape (updates,).

    - ``constant``: 1
    - ``inverse``: 1/(1 + 20 t/T)
    - ``cosine``: ½(1 + cos(πt/T))

    Examples
    --------
    >>> [round(float(factor), 3) for factor in rates("cosine", 4)]
    [1.0, 0.854, 0.5, 0.146]
    """
    t = np.arange(updates) / updates
    if schedule == "inverse":
        return 1 / (1 + 20 * t)
    if schedule == "cosine":
        return 0.5 * (1 + np.cos(np.pi * t))
    return np.ones(updates)


def rate_limit(optimiser: str, momentum: float, curvature: float) -> float:
    """Return the learning rate above which an optimiser of `GRADIENT_SCALED` diverges on ½λw².

    The limit is 2/λ for ``sgd``, 2(1 + β)/λ for ``momentum`` and 2(1 + β)/((1 + 2β)λ) for ``nesterov``: there a root of
    the update's characteristic polynomial reaches −1.

    Examples
    --------
    >>> [round(rate_limit(name, 0.5, 2.0), 3) for name in GRADIENT_SCALED]
    [1.0, 1.5, 0.75]
    """
    beta = 0.0 if optimiser == "sgd" else momentum
    reduction = 1 + 2 * beta if optimiser == "nesterov" else 1.0
    return 2 * (1 + beta) / (reduction * curvature)
