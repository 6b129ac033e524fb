"""Gradients by layer of randomly initialised networks, computed by torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.lazy_imports import load_torch
from core.validate import check_choice, check_integer
from core.vanishing_gradients.activations import Array
from core.vanishing_gradients.mean_field_theory import mean_field
from core.vanishing_gradients.networks import (
    BATCH,
    INPUTS,
    Net,
    batches,
    draw_weights,
    forward,
    groups_of_networks,
)

DTYPES = ("float64", "float32")


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity, so that results computed from it can be cached
class GradientProfile:
    """Gradients by layer, computed by autograd.

    Attributes
    ----------
    layers : ndarray of int, shape (depth,)
        1 … depth.
    gradient : ndarray, shape (seeds, depth)
        |∂L/∂z_l|, the Euclidean norm over batch and units; L is the mean cross-entropy in nats.
    weight_gradient : ndarray, shape (seeds, depth)
        |∂L/∂W_l|.
    loss : ndarray, shape (seeds,)
    theory : ndarray, shape (depth,)
        Mean-field |∂L/∂z_l|, scaled to the measured median in the last layer; nan with a normalisation, and with
        branches that start at 0.
    z_variance : ndarray, shape (seeds, depth)
        Mean of z_l².
    z_finite : ndarray of bool, shape (seeds, depth)
        Whether all z_l are finite. The mean of z_l² overflows earlier, at |z| of about 1e154.
    z_theory : ndarray, shape (depth,)
        Mean-field E[z_l²]; nan with a normalisation.
    slope, theory_slope : float
        Decades per layer that the gradient loses towards the input, (log10 |last| − log10 |first|)/(depth − 1): median
        over the seeds, and mean-field value. Not finite where a gradient is 0 or not finite.
    slopes : ndarray, shape (seeds,)
        By network. Infinite where only the first gradient is 0, nan where both are or one is not finite.
    """

    layers: NDArray[np.int64]
    gradient: Array
    weight_gradient: Array
    loss: Array
    theory: Array
    z_variance: Array
    z_finite: NDArray[np.bool_]
    z_theory: Array
    slope: float
    theory_slope: float
    slopes: Array

    @property
    def decades(self) -> float:
        """Decades between the median gradients of the last and the first layer, positive if the gradient vanishes."""
        first, last = np.median(self.gradient[:, [0, -1]], axis=0)
        with np.errstate(all="ignore"):
            return float(np.log10(last) - np.log10(first))


@lru_cache(maxsize=256)
def measure(net: Net, *, seed: int = 0, seeds: int = 3, dtype: str = "float64") -> GradientProfile:
    """Run one batch of 64 digits forward and backward through ``seeds`` randomly initialised networks.

    Parameters
    ----------
    net : Net
    seed : int
    seeds : int
        Number of networks, 1 … 20.
    dtype : str
        One of `DTYPES`.

    Returns
    -------
    GradientProfile

    Raises
    ------
    InvalidArgument
        As `draw_weights`; ``seeds`` outside 1 … 20; unknown ``dtype``.

    Examples
    --------
    >>> profile = measure(Net(3, width=4), seeds=2)
    >>> profile.gradient.shape, profile.theory.shape
    ((2, 3), (3,))
    """
    check_choice(dtype, "dtype", DTYPES)
    check_integer(seeds, "seeds", low=1, high=20)
    parts = [_measure_group(net, seed, numbers, dtype) for numbers in groups_of_networks(net, seeds)]
    gradient, weight_gradient, loss, z_finite, z_variance = (np.concatenate(part) for part in zip(*parts, strict=True))
    with np.errstate(all="ignore"):
        expected = mean_field(
            net.activation,
            depth=net.depth,
            sigma_w=net.weight_sd(net.width, net.width) * net.branch_scale * net.width**0.5,
            sigma_b=net.scale(net.width, net.width) if net.init == "default" else 0.0,
            first_sigma_w=net.weight_sd(INPUTS, net.width) * INPUTS**0.5,
            first_sigma_b=net.scale(INPUTS, net.width) if net.init == "default" else 0.0,
            residual=net.residual,
            centred=net.centred,
            alpha=0.0 if net.starts_at_zero else 1.0,
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
        loss,
        theory,
        z_variance,
        z_finite,
        expected.variance if net.normalisation == "none" else np.full(net.depth, np.nan),
        float(np.median(slopes)),
        theory_slope if net.normalisation == "none" else float("nan"),
        slopes,
    )


def _measure_group(net: Net, seed: int, numbers: range, dtype: str) -> tuple[Array, Array, Array, NDArray[Any], Array]:
    """Return gradient, weight_gradient, loss, z_finite and z_variance (see `GradientProfile`) of some networks."""
    torch = load_torch()
    weights = draw_weights(net, seed=seed, seeds=len(numbers), start=numbers[0])
    features, labels = batches()

    def tensor(values: Array) -> Any:
        return torch.as_tensor(values, dtype=getattr(torch, dtype))

    first, bias, out = tensor(weights.first), tensor(weights.bias), tensor(weights.out)
    hidden = list(tensor(weights.hidden).unbind(0))
    for matrix in (first, *hidden):
        matrix.requires_grad_(True)
    z_all, _, logits = forward(net, tensor(features[:BATCH]), first, hidden, bias, out)
    target = torch.from_numpy(labels[:BATCH])
    example_losses = torch.nn.functional.cross_entropy(
        logits.transpose(1, 2), target.expand(len(numbers), BATCH), reduction="none"
    )
    loss = example_losses.mean(dim=1)
    gradients = torch.autograd.grad(loss.sum(), [*z_all, first, *hidden])
    norms = np.stack([_norms(gradient) for gradient in gradients], axis=1)
    z_finite = np.stack([np.isfinite(z.detach().flatten(1).numpy()).all(axis=1) for z in z_all], axis=1)
    with np.errstate(all="ignore"):
        z_variance = np.stack([_norms(z.detach()) for z in z_all], axis=1) ** 2 / (BATCH * net.width)
    return norms[:, : net.depth], norms[:, net.depth :], loss.detach().double().numpy(), z_finite, z_variance


def _norms(tensor: Any) -> Array:
    """Return the Euclidean norms over all axes but the first."""
    # Scale by the largest entry, because the squares of large finite values overflow.
    values = np.abs(tensor.double().numpy().reshape(len(tensor), -1))
    largest = values.max(axis=1)
    with np.errstate(all="ignore"):
        scaled = np.where(largest > 0, largest, 1.0)
        norms = largest * np.sqrt(((values / scaled[:, np.newaxis]) ** 2).sum(axis=1))
    return np.where(np.isinf(largest), np.inf, norms)
