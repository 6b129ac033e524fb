"""Distribution of pre-activations and activations by layer: histograms, saturated and dead units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.lazy_imports import load_torch
from core.validate import check_integer
from core.vanishing_gradients.activations import Array, activate
from core.vanishing_gradients.networks import BATCH, Net, batches, draw_weights, forward, normalise


@dataclass(frozen=True, slots=True)
class LayerActivations:
    """Pre-activations and outputs of all layers of one network.

    Attributes
    ----------
    z, h : ndarray, shape (depth, batch, width)
        Input of the activation function (after the normalisation, if any), and output of the layer.
    h_sd : ndarray, shape (depth,)
        Standard deviation over batch and units: 0 only where all values are equal, nan where one is not finite.
    saturated : ndarray, shape (depth,)
        Share of z where |φ'| is below a tenth of its maximum.
    dead : ndarray, shape (depth,)
        Share of units that are saturated for every sample of the batch.
    """

    z: Array
    h: Array
    h_sd: Array
    saturated: Array
    dead: Array

    @property
    def h_variance(self) -> Array:
        """The square of `h_sd`, shape (depth,). It overflows at |h| of about 1e154, and underflows at 1e-162."""
        with np.errstate(all="ignore"):
            return self.h_sd**2


def record_activations(net: Net, *, seed: int = 0) -> LayerActivations:
    """Run one batch of 64 digits through one network and record all layers.

    Parameters
    ----------
    net : Net
    seed : int

    Returns
    -------
    LayerActivations

    Raises
    ------
    InvalidArgument
        As `draw_weights`.

    Examples
    --------
    >>> record_activations(Net(3, width=4)).z.shape
    (3, 64, 4)
    """
    torch = load_torch()
    weights = draw_weights(net, seed=seed, seeds=1)
    parts = [torch.as_tensor(part) for part in (weights.first, weights.hidden, weights.bias, weights.out)]
    with torch.no_grad(), np.errstate(all="ignore"):
        z_all, h_all, _ = forward(net, torch.as_tensor(batches()[0][:BATCH]), *parts)
        z, h = normalise(torch.cat(z_all), net.normalisation).numpy(), torch.cat(h_all).numpy()
        slope = np.abs(activate(z, net.activation)[1])
        saturated = slope < 0.1 * np.abs(activate(np.linspace(-8, 8, 1601), net.activation)[1]).max()
        # Scale by the largest entry, because the squares of large finite values overflow.
        largest = np.abs(h).max(axis=(1, 2), keepdims=True)
        sd = (largest * (h / np.where(largest > 0, largest, 1.0)).std(axis=(1, 2), keepdims=True)).ravel()
        return LayerActivations(z, h, sd, saturated.mean(axis=(1, 2)), saturated.all(axis=1).mean(axis=1))


def histograms(values: Array, edges: Array) -> Array:
    """Return the share of each layer's values in each bin.

    Values beyond the outer edges are counted in the outer bins; nan is not counted.

    Parameters
    ----------
    values : ndarray, shape (depth, …)
    edges : ndarray, shape (k + 1,)

    Returns
    -------
    ndarray, shape (depth, k)

    Examples
    --------
    >>> histograms(np.array([[0.5, 0.5, 0.5, 9.0]]), np.array([0.0, 1.0, 2.0])).tolist()
    [[0.75, 0.25]]
    """
    rows = []
    for layer in values.reshape(len(values), -1):
        values_in_layer = layer[~np.isnan(layer)]
        counts = np.histogram(np.clip(values_in_layer, edges[0], edges[-1]), edges)[0]
        rows.append(counts / max(layer.size, 1))
    return np.array(rows)


@dataclass(frozen=True, slots=True)
class ActivationCurve:
    """An activation function, and the distribution of a layer's z over its argument.

    Attributes
    ----------
    x, value, slope : ndarray, shape (120,)
        z from −6 to 6, φ and φ'.
    density : ndarray, shape (120,)
        Histogram of the layer's z, scaled to maximum 1; values beyond ±6 are counted in the outer bins.
    rms_slope : float
        √E[φ'²] over the layer's z.
    flat : float
        Share of z where |φ'| is below a tenth of its maximum.
    finite : bool
        Whether all z of the layer are finite. Otherwise the other figures are about the finite ones at most.
    """

    x: Array
    value: Array
    slope: Array
    density: Array
    rms_slope: float
    flat: float
    finite: bool


def activation_curve(net: Net, recorded: LayerActivations, *, layer: int) -> ActivationCurve:
    """Combine the activation function with the histogram of a layer's pre-activations.

    Parameters
    ----------
    net : Net
    recorded : LayerActivations
        Result of `record_activations` for this network.
    layer : int
        1 … depth.

    Returns
    -------
    ActivationCurve

    Raises
    ------
    InvalidArgument
        ``layer`` outside 1 … depth.

    Examples
    --------
    >>> net = Net(3, width=4)
    >>> curve = activation_curve(net, record_activations(net), layer=2)
    >>> curve.x.shape, float(curve.density.max())
    ((120,), 1.0)
    """
    check_integer(layer, "layer", low=1, high=net.depth)
    edges = np.linspace(-6, 6, 121)
    x = (edges[1:] + edges[:-1]) / 2
    z = recorded.z[layer - 1]
    counts = histograms(z[np.newaxis], edges)[0]
    with np.errstate(all="ignore"):
        rms = float(np.sqrt((activate(z, net.activation)[1] ** 2).mean()))
    density, flat = counts / max(counts.max(), 1e-300), float(recorded.saturated[layer - 1])
    return ActivationCurve(x, *activate(x, net.activation), density, rms, flat, bool(np.isfinite(z).all()))
