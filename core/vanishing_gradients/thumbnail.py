"""The curves of this topic on the home page, and computations to run before the first visit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.thumbnail import Thumbnail
from core.vanishing_gradients.activations import activate
from core.vanishing_gradients.gradients import measure
from core.vanishing_gradients.networks import MAX_DEPTH, Net


def warm_up() -> None:
    """Import torch and measure the page's two default networks at every depth, which fills the cache of `measure`."""
    for depth in range(2, MAX_DEPTH + 1):
        for activation, init in (("sigmoid", "xavier"), ("relu", "he")):
            # As the page calls it: the cache distinguishes keywords from positions.
            measure(net=Net(depth, activation=activation, init=init, sigma_w=2.0), seed=0, dtype="float64")


def thumbnail() -> Thumbnail:
    """Return the gradient by layer of a small network in three configurations, differentiated without torch.

    Examples
    --------
    >>> sorted(thumbnail().lines)
    ['relu', 'relu_he', 'sigmoid']
    """
    depth, width = 30, 32
    rng = np.random.default_rng(0)
    inputs, matrices = rng.standard_normal((16, width)), rng.standard_normal((depth, width, width)) / width**0.5
    error = rng.standard_normal((16, width))
    curves: dict[str, NDArray[np.float64]] = {}
    for name, activation, gain in (("sigmoid", "sigmoid", 1.0), ("relu", "relu", 1.0), ("relu_he", "relu", 2**0.5)):
        h, slopes = inputs, []
        for matrix in gain * matrices:
            h, slope = activate(h @ matrix, activation)
            slopes.append(slope)
        gradient, norms = error, []
        for matrix, slope in zip(gain * matrices[::-1], slopes[::-1], strict=True):
            gradient = gradient * slope
            norms.append(float(np.linalg.norm(gradient)))
            gradient = gradient @ matrix.T
        curves[name] = np.array(norms[::-1])
    return Thumbnail(np.arange(1.0, depth + 1), curves, log_y=True)
