"""Deep networks on digits in torch, several seeds at once.

The functions import torch inside, because it takes seconds to load.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import digits
from core.lazy_imports import load_torch
from core.validate import check_between, check_choice, check_integer
from core.vanishing_gradients.activations import ACTIVATIONS, LEAK, Array, activate

INITS = ("small", "default", "xavier", "he", "orthogonal", "free")
NORMALISATIONS = ("none", "layer", "batch")
BRANCHES = ("plain", "scaled", "zero")
MAX_DEPTH, MAX_WIDTH, BATCH, INPUTS, CLASSES = 50, 128, 64, 64, 10
SMALL_SD, EPSILON = 0.01, 1e-5
# Weights of the networks that are computed at once. Small networks are faster together. Large ones are not, and
# together they need much memory.
WEIGHTS_AT_ONCE = 650_000


@dataclass(frozen=True, slots=True)
class Net:
    """Configuration of a network: ``depth`` layers z = W h + b, normalisation, h = φ(z), and a linear output layer.

    Attributes
    ----------
    depth, width : int
        2 … 50 hidden layers of 1 … 128 units.
    activation : str
        One of ``ACTIVATIONS``.
    init : str
        Distribution of the entries of W: "small" N(0, 0.01²); "default" as torch.nn.Linear, U(±1/√fan-in), also for
        biases; "xavier" N(0, 2/(fan-in + fan-out)); "he" N(0, 2/fan-in); "orthogonal"; "free" N(0, σ_w²/fan-in).
    sigma_w : float
        σ_w of "free": 0 … 10⁹.
    residual : bool
        Add the layer's input to its output, from the second layer on: h + φ(z), where φ(z) is the residual branch.
    normalisation : str
        Normalisation of z: "none", "layer" (over the units) or "batch" (over the samples), without learnt parameters.
    centred : bool
        Use the biases −W φ(0), which cancel the mean of a sigmoid's output.
    branch : str
        How the residual branches start: "plain"; "scaled", with W divided by √depth, as in GPT-2; "zero", as
        h + α φ(z) with a trained α of each layer that starts at 0 (ReZero). Without ``residual`` it has no effect.

    Raises
    ------
    InvalidArgument
        An attribute out of the stated range.

    References
    ----------
    Radford, A., Wu, J., Child, R., Luan, D., Amodei, D., Sutskever, I. (2019). Language models are unsupervised
    multitask learners. OpenAI.
    Bachlechner, T., Majumder, B. P., Mao, H. H., Cottrell, G. W., McAuley, J. (2021). ReZero is all you need: fast
    convergence at large depth. arXiv:2003.04887
    """

    depth: int = 10
    width: int = 64
    activation: str = "sigmoid"
    init: str = "xavier"
    sigma_w: float = 1.0
    residual: bool = False
    normalisation: str = "none"
    centred: bool = False
    branch: str = "plain"

    def __post_init__(self) -> None:
        check_integer(self.depth, "depth", low=2, high=MAX_DEPTH)
        check_integer(self.width, "width", low=1, high=MAX_WIDTH)
        check_choice(self.activation, "activation", ACTIVATIONS)
        check_choice(self.init, "init", INITS)
        check_between(self.sigma_w, "sigma_w", 0.0, 1e9)
        check_choice(self.normalisation, "normalisation", NORMALISATIONS)
        check_choice(self.branch, "branch", BRANCHES)

    @property
    def branch_scale(self) -> float:
        """The factor of the weights of the second and all further layers."""
        return float(self.depth**-0.5) if self.residual and self.branch == "scaled" else 1.0

    @property
    def starts_at_zero(self) -> bool:
        """Whether the residual branches are multiplied by an α that starts at 0."""
        return self.residual and self.branch == "zero"

    def scale(self, fan_in: int, fan_out: int) -> float:
        """Return the factor of the standard draws that make W: the standard deviation of an entry of W.

        `branch_scale` is not in it.
        """
        scales = {
            "small": SMALL_SD,
            "default": (3 * fan_in) ** -0.5,
            "xavier": (2 / (fan_in + fan_out)) ** 0.5,
            "he": (2 / fan_in) ** 0.5,
            "orthogonal": fan_in**-0.5,
            "free": self.sigma_w * fan_in**-0.5,
        }
        return float(scales[self.init])

    def weight_sd(self, fan_in: int, fan_out: int) -> float:
        """Return the root mean square of the entries of W.

        It differs from `scale` for orthogonal W with more outputs than inputs, whose rows are orthonormal.
        """
        return max(fan_in, fan_out) ** -0.5 if self.init == "orthogonal" else self.scale(fan_in, fan_out)


@lru_cache(maxsize=1)
def batches() -> tuple[Array, NDArray[np.int64]]:
    """Return the digits in a fixed shuffled order and their labels.

    Returns
    -------
    features : ndarray, shape (1797, 64)
        Pixels minus the mean digit, scaled to mean square 1.
    labels : ndarray of int, shape (1797,)
    """
    data = digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    pixels = data.features - data.features.mean(axis=0)
    return (pixels / np.sqrt((pixels**2).mean()))[order], data.target[order].astype(np.int64)


# Enough for three seeds of two networks. The draws of one network of 128 units take 6 MB.
@lru_cache(maxsize=6)
def _draw_standard(kind: str, width: int, seed: int) -> tuple[Array, Array, Array]:
    """Draw weights and biases of variance 1 for a network of maximum depth."""
    # Always draw for the maximum depth, so that networks of one seed share their first layers.
    rng = np.random.default_rng(seed)
    first = rng.standard_normal((INPUTS, width))
    rest = rng.standard_normal((MAX_DEPTH - 1, width, width))
    bias = rng.uniform(-(3**0.5), 3**0.5, (MAX_DEPTH, width))
    if kind == "uniform":
        first, rest = (rng.uniform(-(3**0.5), 3**0.5, draws.shape) for draws in (first, rest))
    elif kind == "orthogonal":
        wide = first.shape[0] < width
        first = _orthogonal(first.T).T * INPUTS**0.5 if wide else _orthogonal(first) * INPUTS**0.5
        rest = _orthogonal(rest) * width**0.5
    return first, rest, bias


def _orthogonal(normal: Array) -> Array:
    """Return random orthogonal matrices made from matrices of normal numbers."""
    # The signs make the distribution uniform over the orthogonal matrices (Mezzadri 2007, arXiv:math-ph/0609050).
    q, r = np.linalg.qr(normal)
    signed: Array = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., np.newaxis, :]
    return signed


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of several networks of one configuration, applied as h W + b.

    Attributes
    ----------
    first : ndarray, shape (seeds, 64, width)
    hidden : ndarray, shape (depth − 1, seeds, width, width)
    bias : ndarray, shape (depth, seeds, 1, width)
    out : ndarray, shape (seeds, width, 10)
    """

    first: Array
    hidden: Array
    bias: Array
    out: Array


def draw_weights(net: Net, *, seed: int = 0, seeds: int = 3, start: int = 0) -> Weights:
    """Initialise the networks number ``start`` … ``start + seeds − 1`` of a seed.

    Configurations that share a seed scale the same random numbers.

    Raises
    ------
    InvalidArgument
        ``seed`` below 0 or ``seeds`` outside 1 … 20.
    """
    check_integer(seed, "seed", low=0)
    check_integer(seeds, "seeds", low=1, high=20)
    kind = {"default": "uniform", "orthogonal": "orthogonal"}.get(net.init, "normal")
    seeds_of_draws = [1000 * seed + number for number in range(start, start + seeds)]
    draws = [_draw_standard(kind, net.width, one) for one in seeds_of_draws]
    first = np.stack([part[0] for part in draws]) * net.scale(INPUTS, net.width)
    hidden = np.stack([part[1][: net.depth - 1] for part in draws], axis=1)
    hidden *= net.scale(net.width, net.width) * net.branch_scale
    bias = np.stack([part[2][: net.depth] for part in draws], axis=1)[:, :, np.newaxis]
    bias = bias * (np.array([INPUTS, *[net.width] * (net.depth - 1)]).reshape(-1, 1, 1, 1) * 3.0) ** -0.5
    if net.init != "default":
        bias = np.zeros_like(bias)
    if net.centred:
        bias[1:] -= float(activate(np.zeros(1), net.activation)[0][0]) * hidden.sum(axis=2, keepdims=True)
    generators = (np.random.default_rng([one, 1]) for one in seeds_of_draws)
    out = np.stack([rng.standard_normal((net.width, CLASSES)) for rng in generators])
    return Weights(first, hidden, bias, out * net.width**-0.5)


def groups_of_networks(net: Net, seeds: int) -> list[range]:
    """Return the numbers of the networks that are computed at once, in groups of about the same size."""
    of_one = (net.depth - 1) * net.width**2
    size = max(WEIGHTS_AT_ONCE // of_one, 1)
    count = -(-seeds // size)
    bounds = [seeds * k // count for k in range(count + 1)]
    return [range(low, high) for low, high in pairwise(bounds)]


def normalise(z: Any, how: str) -> Any:
    """Return z, shape (n, batch, width), normalised to mean 0 and variance 1 over units or samples, or unchanged."""
    torch = load_torch()
    if how == "layer":
        return torch.nn.functional.layer_norm(z, z.shape[-1:], eps=EPSILON)
    if how == "batch":  # faster than torch.nn.functional.batch_norm on small batches
        variance, mean = torch.var_mean(z, dim=1, keepdim=True, correction=0)
        return (z - mean) * torch.rsqrt(variance + EPSILON)
    return z


def forward(
    net: Net, inputs: Any, first: Any, hidden: Any, bias: Any, out: Any, alpha: Any = None, *, keep: bool = True
) -> tuple[list[Any], list[Any], Any]:
    """Return z and h of every layer, tensors of shape (seeds, batch, width), and the logits.

    ``alpha`` are the factors of branches that start at 0, shape (depth − 1, seeds, 1, 1); by default they are 0.
    Without ``keep``, the lists of z and h are empty, which takes less memory.
    """
    torch = load_torch()
    functional = torch.nn.functional
    apply = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky": lambda z: functional.leaky_relu(z, LEAK),
        "gelu": functional.gelu,
        "identity": lambda z: z,
    }[net.activation]
    h, z_all, h_all = inputs.expand(len(first), *inputs.shape), [], []
    for layer in range(net.depth):
        z = torch.baddbmm(bias[layer], h, hidden[layer - 1] if layer else first)
        if keep:
            z_all.append(z)
        z = normalise(z, net.normalisation)
        value = apply(z)
        if net.starts_at_zero and layer:
            value = value * (0.0 if alpha is None else alpha[layer - 1])
        h = h + value if net.residual and layer else value
        if keep:
            h_all.append(h)
    return z_all, h_all, torch.bmm(h, out)
