"""Deep networks on a mini-batch of digits, several seeds at once, differentiated by torch.

The functions import torch inside: it takes seconds to load.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import digits
from core.lazy_imports import importing
from core.validate import check_between, check_choice, check_integer
from core.vanishing_gradients.theory import ACTIVATIONS, LEAK, Array, activate, mean_field

INITS = ("small", "default", "xavier", "he", "orthogonal", "free")
NORMALISATIONS = ("none", "layer", "batch")
DTYPES = ("float64", "float32")
MAX_DEPTH, MAX_WIDTH, BATCH, INPUTS, CLASSES = 50, 128, 64, 64, 10
SMALL, EPSILON = 0.01, 1e-5


def load_torch() -> Any:
    """Import torch, on one thread."""
    with importing:
        import torch
    torch.set_num_threads(1)
    return torch


@dataclass(frozen=True, slots=True)
class Net:
    """A configuration: ``depth`` layers z = W h + b, then the normalisation, then h = φ(z); and a linear read-out.

    Attributes
    ----------
    depth, width : int
        2 … 50 hidden layers of 1 … 128 units.
    activation : str
        One of ``ACTIVATIONS``.
    init : str
        Entries of W: "small" N(0, 0.01²); "default" as torch.nn.Linear, U(±1/√fan-in), biases too; "xavier"
        N(0, 2/(fan-in + fan-out)); "he" N(0, 2/fan-in); "orthogonal"; "free" N(0, σ_w²/fan-in).
    sigma_w : float
        Of "free": 0 … 10⁹.
    residual : bool
        Add the layer's input to its output, from the second layer on.
    normalisation : str
        Of z: "none", "layer" (over the units) or "batch" (over the samples), without weights of its own.
    centred : bool
        Biases −W φ(0), which take the mean of a sigmoid's output away.

    Raises
    ------
    InvalidArgument
        An attribute outside of what is said above.
    """

    depth: int = 10
    width: int = 64
    activation: str = "sigmoid"
    init: str = "xavier"
    sigma_w: float = 1.0
    residual: bool = False
    normalisation: str = "none"
    centred: bool = False

    def __post_init__(self) -> None:
        check_integer(self.depth, "depth", low=2, high=MAX_DEPTH)
        check_integer(self.width, "width", low=1, high=MAX_WIDTH)
        check_choice(self.activation, "activation", ACTIVATIONS)
        check_choice(self.init, "init", INITS)
        check_between(self.sigma_w, "sigma_w", 0.0, 1e9)
        check_choice(self.normalisation, "normalisation", NORMALISATIONS)

    def scale(self, fan_in: int, fan_out: int) -> float:
        """Return the standard deviation of an entry of W; of an orthogonal one, times √fan-in."""
        scales = {
            "small": SMALL,
            "default": (3 * fan_in) ** -0.5,
            "xavier": (2 / (fan_in + fan_out)) ** 0.5,
            "he": (2 / fan_in) ** 0.5,
            "orthogonal": fan_in**-0.5,
            "free": self.sigma_w * fan_in**-0.5,
        }
        return float(scales[self.init])


@lru_cache(maxsize=1)
def batches() -> tuple[Array, NDArray[np.int64]]:
    """Return the digits in a fixed shuffled order, shape (1797, 64), less their mean, of mean square 1; and labels."""
    data = digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    pixels = data.features - data.features.mean(axis=0)
    return (pixels / np.sqrt((pixels**2).mean()))[order], data.target[order].astype(np.int64)


@lru_cache(maxsize=12)
def _draw(kind: str, width: int, seed: int) -> tuple[Array, Array, Array]:
    # Of full depth: a deeper net of the same seed has the same first layers. Scaled to variance 1.
    rng = np.random.default_rng(seed)
    first = rng.standard_normal((INPUTS, width))
    rest = rng.standard_normal((MAX_DEPTH - 1, width, width))
    bias = rng.uniform(-(3**0.5), 3**0.5, (MAX_DEPTH, width))
    if kind == "uniform":
        first, rest = (rng.uniform(-(3**0.5), 3**0.5, drawn.shape) for drawn in (first, rest))
    elif kind == "orthogonal":
        wide = first.shape[0] < width
        first = _orthogonal(first.T).T * INPUTS**0.5 if wide else _orthogonal(first) * INPUTS**0.5
        rest = _orthogonal(rest) * width**0.5
    return first, rest, bias


def _orthogonal(normal: Array) -> Array:
    # The signs make it uniform over the orthogonal matrices (Mezzadri 2007, arXiv:math-ph/0609050).
    q, r = np.linalg.qr(normal)
    signed: Array = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., np.newaxis, :]
    return signed


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of several networks of one configuration, h W + b.

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


def draw_weights(net: Net, *, seed: int = 0, seeds: int = 3) -> Weights:
    """Initialise ``seeds`` networks; two configurations of one seed scale the same normal numbers.

    Raises
    ------
    InvalidArgument
        ``seed`` below 0 or ``seeds`` outside 1 … 20.
    """
    check_integer(seed, "seed", low=0)
    check_integer(seeds, "seeds", low=1, high=20)
    kind = {"default": "uniform", "orthogonal": "orthogonal"}.get(net.init, "normal")
    drawn = [_draw(kind, net.width, 1000 * seed + number) for number in range(seeds)]
    first = np.stack([part[0] for part in drawn]) * net.scale(INPUTS, net.width)
    hidden = np.stack([part[1][: net.depth - 1] for part in drawn], axis=1) * net.scale(net.width, net.width)
    bias = np.stack([part[2][: net.depth] for part in drawn], axis=1)[:, :, np.newaxis]
    bias = bias * (np.array([INPUTS, *[net.width] * (net.depth - 1)]).reshape(-1, 1, 1, 1) * 3.0) ** -0.5
    if net.init != "default":
        bias = np.zeros_like(bias)
    if net.centred:
        bias[1:] -= float(activate(np.zeros(1), net.activation)[0][0]) * hidden.sum(axis=2, keepdims=True)
    readers = (np.random.default_rng([1000 * seed + number, 1]) for number in range(seeds))
    out = np.stack([rng.standard_normal((net.width, CLASSES)) for rng in readers])
    return Weights(first, hidden, bias, out * net.width**-0.5)


def normalise(z: Any, how: str) -> Any:
    """Return z, shape (n, batch, width), of mean 0 and variance 1 over the units or over the samples, or as it is."""
    torch = load_torch()
    if how == "layer":
        return torch.nn.functional.layer_norm(z, z.shape[-1:], eps=EPSILON)
    if how == "batch":  # by hand: three times as fast as torch's own on these small batches
        variance, mean = torch.var_mean(z, dim=1, keepdim=True, correction=0)
        return (z - mean) * torch.rsqrt(variance + EPSILON)
    return z


def forward(net: Net, inputs: Any, first: Any, hidden: Any, bias: Any, out: Any) -> tuple[list[Any], list[Any], Any]:
    """Return torch's z and h of every layer, shape (seeds, batch, width), and the logits; ``hidden`` a sequence."""
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
        z_all.append(z)
        z = normalise(z, net.normalisation)
        h = h + apply(z) if net.residual and layer else apply(z)
        h_all.append(h)
    return z_all, h_all, torch.bmm(h, out)


@dataclass(frozen=True, slots=True, eq=False)  # equal to itself alone: what follows from it can be kept
class GradientProfile:
    """Gradients by layer, as autograd finds them.

    Attributes
    ----------
    layers : ndarray of int, shape (depth,)
        1 … depth.
    gradient : ndarray, shape (seeds, depth)
        |∂L/∂z_l|, the root of the sum of squares over batch and units; L is the mean cross-entropy in nats.
    weight_gradient : ndarray, shape (seeds, depth)
        |∂L/∂W_l|.
    loss : ndarray, shape (seeds,)
    theory : ndarray, shape (depth,)
        Mean-field |∂L/∂z_l|, anchored to the measured median in the last layer; nan with a normalisation.
    z_variance : ndarray, shape (seeds, depth)
        Mean of z_l².
    z_theory : ndarray, shape (depth,)
    slope, theory_slope : float
        Decades per layer that the gradient loses towards the input, (log10 |last| − log10 |first|)/(depth − 1): median
        over the seeds, and in theory. Not finite where a gradient is 0 or not finite.
    slopes : ndarray, shape (seeds,)
    """

    layers: NDArray[np.int64]
    gradient: Array
    weight_gradient: Array
    loss: Array
    theory: Array
    z_variance: Array
    z_theory: Array
    slope: float
    theory_slope: float
    slopes: Array


@lru_cache(maxsize=256)
def measure(net: Net, *, seed: int = 0, seeds: int = 3, dtype: str = "float64") -> GradientProfile:
    """Run one batch of 64 digits forward and back through ``seeds`` freshly initialised networks.

    Raises
    ------
    InvalidArgument
        As `draw_weights`; unknown ``dtype``.
    """
    check_choice(dtype, "dtype", DTYPES)
    torch = load_torch()
    weights = draw_weights(net, seed=seed, seeds=seeds)
    features, labels = batches()

    def tensor(values: Array) -> Any:
        return torch.as_tensor(values, dtype=getattr(torch, dtype))

    first, bias, out = tensor(weights.first), tensor(weights.bias), tensor(weights.out)
    hidden = list(tensor(weights.hidden).unbind(0))
    for matrix in (first, *hidden):
        matrix.requires_grad_(True)
    z_all, _, logits = forward(net, tensor(features[:BATCH]), first, hidden, bias, out)
    target = torch.from_numpy(labels[:BATCH])
    each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), target.expand(seeds, BATCH), reduction="none")
    loss = each.mean(dim=1)
    found = torch.autograd.grad(loss.sum(), [*z_all, first, *hidden])
    norms = np.stack([_norms(gradient) for gradient in found], axis=1)
    gradient, weight_gradient = norms[:, : net.depth], norms[:, net.depth :]
    with np.errstate(all="ignore"):
        z_variance = np.stack([_norms(z.detach()) for z in z_all], axis=1) ** 2 / (BATCH * net.width)
        expected = mean_field(
            net.activation,
            depth=net.depth,
            sigma_w=net.scale(net.width, net.width) * net.width**0.5,
            sigma_b=net.scale(net.width, net.width) if net.init == "default" else 0.0,
            residual=net.residual,
            centred=net.centred,
        )
        theory = np.median(gradient[:, -1]) * 10**expected.log_gradient
        if net.normalisation != "none":
            theory = np.full(net.depth, np.nan)
        logs = np.log10(gradient)
        slopes = (logs[:, -1] - logs[:, 0]) / (net.depth - 1)
        theory_slope = float((expected.log_gradient[-1] - expected.log_gradient[0]) / (net.depth - 1))
    return GradientProfile(
        np.arange(1, net.depth + 1),
        gradient,
        weight_gradient,
        loss.detach().double().numpy(),
        theory,
        z_variance,
        expected.variance if net.normalisation == "none" else np.full(net.depth, np.nan),
        float(np.median(slopes)),
        theory_slope if net.normalisation == "none" else float("nan"),
        slopes,
    )


def _norms(tensor: Any) -> Array:
    # In float64 and scaled by the largest entry: squares of what still fits would not.
    values = np.abs(tensor.double().numpy().reshape(len(tensor), -1))
    largest = values.max(axis=1)
    with np.errstate(all="ignore"):
        scaled = np.where(largest > 0, largest, 1.0)
        norms = largest * np.sqrt(((values / scaled[:, np.newaxis]) ** 2).sum(axis=1))
    return np.where(np.isinf(largest), np.inf, norms)


@dataclass(frozen=True, slots=True)
class Inside:
    """What flows through one network.

    Attributes
    ----------
    z, h : ndarray, shape (depth, batch, width)
        What enters the activation function (normalised, if there is a normalisation), and what the layer hands on.
    h_variance : ndarray, shape (depth,)
        Over batch and units.
    saturated : ndarray, shape (depth,)
        Share of z where |φ'| is below a tenth of its largest value.
    dead : ndarray, shape (depth,)
        Share of units where it is so for every sample of the batch.
    """

    z: Array
    h: Array
    h_variance: Array
    saturated: Array
    dead: Array


def look_inside(net: Net, *, seed: int = 0) -> Inside:
    """Run one batch of 64 digits through one network and keep everything.

    Raises
    ------
    InvalidArgument
        As `draw_weights`.
    """
    torch = load_torch()
    weights = draw_weights(net, seed=seed, seeds=1)
    parts = [torch.as_tensor(part) for part in (weights.first, weights.hidden, weights.bias, weights.out)]
    with torch.no_grad(), np.errstate(all="ignore"):
        z_all, h_all, _ = forward(net, torch.as_tensor(batches()[0][:BATCH]), *parts)
        z, h = normalise(torch.cat(z_all), net.normalisation).numpy(), torch.cat(h_all).numpy()
        slope = np.abs(activate(z, net.activation)[1])
        flat = slope < 0.1 * np.abs(activate(np.linspace(-8, 8, 1601), net.activation)[1]).max()
        return Inside(z, h, h.var(axis=(1, 2)), flat.mean(axis=(1, 2)), flat.all(axis=1).mean(axis=1))
