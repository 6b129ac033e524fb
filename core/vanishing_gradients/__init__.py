"""How far a gradient comes, layer by layer: real networks on real digits, theory beside them.

References
----------
Hochreiter, S. (1991). Untersuchungen zu dynamischen neuronalen Netzen. Diploma thesis, TU München.
Glorot, X., Bengio, Y. (2010). Understanding the difficulty of training deep feedforward neural networks. AISTATS.
He, K., Zhang, X., Ren, S., Sun, J. (2015). Delving deep into rectifiers. arXiv:1502.01852
Yang, G., Pennington, J., Rao, V., Sohl-Dickstein, J., Schoenholz, S. S. (2019). A mean field theory of batch
normalization. arXiv:1902.08129
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.claims import Claim, Claims, Verdict
from core.findings import Finding
from core.thumbnail import Thumbnail
from core.validate import InvalidArgument, check_integer
from core.vanishing_gradients.networks import (
    BATCH,
    DTYPES,
    INITS,
    MAX_DEPTH,
    NORMALISATIONS,
    GradientProfile,
    Inside,
    Net,
    batches,
    draw_weights,
    forward,
    load_torch,
    look_inside,
    measure,
)
from core.vanishing_gradients.theory import ACTIVATIONS, Array, MeanField, activate, mean_field
from core.vanishing_gradients.training import CELLS, MAX_TIME, OPTIMISERS, ThroughTime, Training, through_time, train

__all__ = [
    "ACTIVATIONS",
    "CELLS",
    "CLAIMS",
    "DTYPES",
    "INITS",
    "MAX_DEPTH",
    "MAX_TIME",
    "NORMALISATIONS",
    "OPTIMISERS",
    "Bend",
    "ChainRule",
    "Finding",
    "GradientProfile",
    "Inside",
    "MeanField",
    "Net",
    "OneMatrix",
    "ThroughTime",
    "Training",
    "activate",
    "bend",
    "by_hand",
    "findings",
    "histograms",
    "look_inside",
    "mean_field",
    "measure",
    "one_matrix",
    "outcome",
    "through_time",
    "thumbnail",
    "train",
    "warm_up",
]

# A change by less than a factor of ten over the whole depth is called steady.
STEADY = 1.0


@dataclass(frozen=True, slots=True)
class ChainRule:
    """One gradient by hand: of weight W_jk into unit k of the last hidden layer, for one digit.

    ∂L/∂W_jk = [Σ_c (p_c − y_c) V_kc] · φ'(z_k) · h_j: the read-out V and the layer below it are two linear layers.

    Attributes
    ----------
    unit, source : int
        k and j, from 1.
    error, readout : ndarray, shape (10,)
        p − y, and V_k.
    arriving : float
        Σ_c (p_c − y_c) V_kc = ∂L/∂φ(z_k).
    z, slope : float
        z_k and φ'(z_k).
    source_value : float
        h_j.
    by_hand, autograd : float
        The product, and what torch finds.
    """

    unit: int
    source: int
    error: Array
    readout: Array
    arriving: float
    z: float
    slope: float
    source_value: float
    by_hand: float
    autograd: float


def by_hand(net: Net, *, seed: int = 0) -> ChainRule:
    """Multiply the chain rule's factors out for the unit and source that weigh the most; without a normalisation.

    Raises
    ------
    InvalidArgument
        As `measure`.
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
    found = torch.autograd.grad(loss, hidden[-1])[0][0].numpy()
    z, sources = z_all[-1].detach().numpy()[0, 0], h_all[-2].detach().numpy()[0, 0]
    scores = logits.detach().numpy()[0, 0]
    with np.errstate(all="ignore"):
        p = np.exp(scores - scores.max())
        error = p / p.sum() - np.eye(10)[labels[0]]
        slope = activate(z, net.activation)[1]
        arriving = weights.out[0] @ error
        k, j = int(np.argmax(np.abs(arriving * slope))), int(np.argmax(np.abs(sources)))
        product = float(arriving[k] * slope[k] * sources[j])
    return ChainRule(
        k + 1,
        j + 1,
        error,
        weights.out[0, k],
        float(arriving[k]),
        float(z[k]),
        float(slope[k]),
        float(sources[j]),
        product,
        float(found[j, k]),
    )


def histograms(values: Array, edges: Array) -> Array:
    """Return the share of each layer's values between the edges, shape (depth, len(edges) − 1), extremes included.

    Values beyond the outer edges are counted in the outer bins; what is not a number is counted nowhere.
    """
    rows = []
    for layer in values.reshape(len(values), -1):
        kept = layer[~np.isnan(layer)]
        counts = np.histogram(np.clip(kept, edges[0], edges[-1]), edges)[0]
        rows.append(counts / max(layer.size, 1))
    return np.array(rows)


@dataclass(frozen=True, slots=True)
class Bend:
    """An activation function, and where a layer's z lie on it.

    Attributes
    ----------
    x, value, slope : ndarray, shape (120,)
        z from −6 to 6, φ and φ'.
    density : ndarray, shape (120,)
        Histogram of the layer's z over the largest count; beyond ±6 counted at the ends.
    rms_slope : float
        √E[φ'²] over the layer's z.
    flat : float
        Share of z where |φ'| is below a tenth of its largest value.
    """

    x: Array
    value: Array
    slope: Array
    density: Array
    rms_slope: float
    flat: float


def bend(net: Net, inside: Inside, *, layer: int) -> Bend:
    """Lay the pre-activations of a layer, counted from 1, on the activation function.

    Raises
    ------
    InvalidArgument
        ``layer`` outside 1 … depth.
    """
    check_integer(layer, "layer", low=1, high=net.depth)
    edges = np.linspace(-6, 6, 121)
    x = (edges[1:] + edges[:-1]) / 2
    z = inside.z[layer - 1]
    counts = histograms(z[np.newaxis], edges)[0]
    with np.errstate(all="ignore"):
        rms = float(np.sqrt((activate(z, net.activation)[1] ** 2).mean()))
    return Bend(
        x, *activate(x, net.activation), counts / max(counts.max(), 1e-300), rms, float(inside.saturated[layer - 1])
    )


def outcome(training: Training) -> str:
    """Say how a training went: "diverged", "frozen" (layer 1 stood still), "learnt" (four in five right) or "slow"."""
    if not np.isfinite(training.loss[:, -1]).all():
        return "diverged"
    if np.median(training.moved[:, 0]) < 1e-3:
        return "frozen"
    return "learnt" if np.median(training.accuracy[:, -1]) > 0.8 else "slow"


@dataclass(frozen=True, slots=True)
class OneMatrix:
    """The one matrix that all layers together are, if nothing bends between them.

    Attributes
    ----------
    error : float
        Largest difference between the network's output and one matrix product, over the largest output.
    singular_values : ndarray, shape (min(64, width),)
        Of the product W_1 … W_L, over the largest; in decreasing order.
    """

    error: float
    singular_values: Array


def one_matrix(net: Net, *, seed: int = 0) -> OneMatrix:
    """Multiply the layers of a network without activation, normalisation and skip connections.

    Raises
    ------
    InvalidArgument
        ``unknown_choice`` if the activation is not the identity.
    """
    if net.activation != "identity":
        raise InvalidArgument("unknown_choice", argument="activation", allowed="identity", value=net.activation)
    net = replace(net, normalisation="none", residual=False, centred=False)
    torch = load_torch()
    weights = draw_weights(net, seed=seed, seeds=1)
    inputs = batches()[0][:BATCH]
    parts = [torch.from_numpy(part) for part in (weights.first, weights.hidden, weights.bias, weights.out)]
    _, h_all, _ = forward(net, torch.from_numpy(inputs), *parts)
    with np.errstate(all="ignore"):
        product, shift = weights.first[0], weights.bias[0, 0]
        for matrix, bias in zip(weights.hidden[:, 0], weights.bias[1:, 0], strict=True):
            product, shift = product @ matrix, shift @ matrix + bias
        output = h_all[-1][0].numpy()
        error = np.abs(inputs @ product + shift - output).max() / np.abs(output).max()
        if not np.isfinite(product).all():
            return OneMatrix(float("nan"), np.full(min(product.shape), np.nan))
        values = np.linalg.svd(product, compute_uv=False)
        return OneMatrix(float(error), values / values[0])


def findings(net: Net, profile: GradientProfile) -> list[Finding]:
    """Say what a profile shows: how the gradient changes, where numbers end, and whether theory knew."""
    found: list[Finding] = []
    size = np.median(profile.z_variance, axis=0)
    gradient = np.median(profile.gradient, axis=0)
    over = np.flatnonzero(~np.isfinite(size))
    if over.size:
        found.append(Finding("overflow", {"layer": int(over[0]) + 1}))
    elif (gradient == 0).any():
        found.append(Finding("zero", {"layer": int(np.flatnonzero(gradient == 0)[-1]) + 1}))
    else:
        decades = profile.slope * (net.depth - 1)
        code = "steady" if abs(decades) < STEADY else "vanishes" if decades > 0 else "explodes"
        figures = {"decades": abs(decades), "first": float(gradient[0]), "last": float(gradient[-1])}
        found.append(Finding(code, figures))
    if net.normalisation != "none":
        found.append(Finding("no_theory", {}))
    elif np.isfinite([profile.slope, profile.theory_slope]).all():
        # Between random networks slopes differ; theory is for infinitely wide ones.
        slack = 3 * profile.slopes.std(ddof=1) / np.sqrt(profile.slopes.size) if profile.slopes.size > 1 else 0.0
        agrees = abs(profile.slope - profile.theory_slope) <= 0.01 + slack
        # Adding 0 turns −0 into 0.
        figures = {"slope": round(-profile.slope, 3) + 0.0, "theory": round(-profile.theory_slope, 3) + 0.0}
        found.append(Finding("theory" if agrees else "theory_fails", figures))
    if net.activation == "identity" and net.normalisation == "none" and not net.residual:
        collapsed = one_matrix(net)
        if np.isfinite(collapsed.error):
            rank = int((collapsed.singular_values > 0.01).sum())
            figures = {"error": collapsed.error, "rank": rank, "width": collapsed.singular_values.size}
            found.append(Finding("one_matrix", figures))
    return found


def _decades(net: Net, *, seeds: int = 5) -> float:
    """Return by how many decades the gradient changes on its way from the last to the first layer."""
    return -measure(net, seeds=seeds).slope * (net.depth - 1)


def _derivative_in_unit_interval() -> Claim:
    """Sigmoid's derivative lies in (0, 1)."""
    slope = activate(np.linspace(-20, 20, 4001), "sigmoid")[1]
    evidence: dict[str, float | str] = {"smallest": float(slope.min()), "largest": float(slope.max())}
    if slope.min() <= 0 or slope.max() >= 1:
        return Claim(Verdict.FALSE, evidence)
    return Claim(Verdict.HOLDS if slope.max() > 0.99 else Verdict.DEPENDS, evidence)


def _many_factors_vanish() -> Claim:
    """Many layers of factors below 1 make the gradient vanish."""
    depths = (10, 20, 40)
    decades = [_decades(Net(depth=depth)) for depth in depths]
    deepest = measure(Net(depth=depths[-1]), seeds=5).gradient
    factor = float((deepest[:, :-1] / deepest[:, 1:]).max())
    evidence: dict[str, float | str] = {f"at_{depth}": lost for depth, lost in zip(depths, decades, strict=True)}
    evidence["largest_factor"] = factor
    vanishes = factor < 1 and decades[0] > decades[1] > decades[2] and decades[2] < -10
    return Claim(Verdict.HOLDS if vanishes else Verdict.FALSE, evidence)


def _relu_solves() -> Claim:
    """ReLU solves it."""
    by_init = {init: _decades(Net(depth=50, activation="relu", init=init)) for init in ("default", "xavier", "he")}
    return _verdict_on_cure(dict(by_init))


def _verdict_on_cure(decades: dict[str, float | str]) -> Claim:
    cured = [abs(float(value)) < 2 for value in decades.values()]
    return Claim(Verdict.HOLDS if all(cured) else Verdict.DEPENDS if any(cured) else Verdict.FALSE, decades)


def _skip_solves() -> Claim:
    """A skip connection solves it."""
    relu = Net(depth=50, activation="relu", init="he", residual=True)
    return _verdict_on_cure({
        "sigmoid": _decades(Net(depth=50, residual=True)),
        "alone": _decades(relu),
        "with_norm": _decades(replace(relu, normalisation="layer")),
    })  # fmt: skip


def _gates_solve() -> Claim:
    """LSTM's gates solve it."""
    decades: dict[str, float | str] = {
        f"bias_{bias}": through_time(forget_bias=bias).decades["lstm"] for bias in (0, 1, 2, 3)
    }
    claim = _verdict_on_cure(decades)
    return Claim(claim.verdict, decades | {"rnn": through_time().decades["rnn"]})


def _explosion_is_rare() -> Claim:
    """Exploding gradients rarely happen."""
    nets = {
        "default": Net(depth=50, activation="relu", init="default"),
        "xavier": Net(depth=50, activation="tanh"),
        "free": Net(depth=50, activation="relu", init="free", sigma_w=2.0),
        "sigmoid": Net(depth=50, init="free", sigma_w=6.0, centred=True),
        "skip": Net(depth=50, activation="relu", init="he", residual=True),
    }
    decades = {name: _decades(net) for name, net in nets.items()}
    # A chain of single sigmoids, each at z = 0, where its slope is largest: (w/4)^10.
    largest = float(activate(np.zeros(1), "sigmoid")[1][0])
    evidence: dict[str, float | str] = {**decades, **{f"chain_{w}": (w * largest) ** 10 for w in (3, 6)}}
    exploding = [value > STEADY / 2 for value in decades.values()]
    if not any(exploding):
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.FALSE if all(exploding) else Verdict.DEPENDS, evidence)


def _batch_normalisation_fixes() -> Claim:
    """Batch normalisation fixes it."""
    relu = Net(depth=50, activation="relu", init="he", normalisation="batch")
    decades: dict[str, float | str] = {
        "sigmoid": _decades(Net(depth=20, normalisation="batch")),
        "relu": _decades(relu),
    }
    per_layer = 10 ** -measure(relu, seeds=5).slope
    plain = _decades(Net(depth=20))
    layer = _decades(Net(depth=20, normalisation="layer"))
    verdict = _verdict_on_cure(decades).verdict
    more: dict[str, float | str] = {
        "factor": per_layer,
        "theory": float(np.sqrt(np.pi / (np.pi - 1))),
        "plain": plain,
        "layer": layer,
    }
    return Claim(verdict, decades | more)


def _depth_needs_activations() -> Claim:
    """Without activations depth adds nothing."""
    found = one_matrix(Net(depth=50, activation="identity", init="orthogonal"))
    bent = one_matrix(Net(depth=50, activation="identity", init="xavier"))
    evidence: dict[str, float | str] = {
        "error": max(found.error, bent.error),
        "rank": float((bent.singular_values > 0.01).sum()),
    }
    return Claim(Verdict.HOLDS if max(found.error, bent.error) < 1e-9 else Verdict.FALSE, evidence)


CLAIMS: Claims = {
    "derivative_in_unit_interval": _derivative_in_unit_interval,
    "many_factors_vanish": _many_factors_vanish,
    "relu_solves": _relu_solves,
    "skip_solves": _skip_solves,
    "gates_solve": _gates_solve,
    "explosion_is_rare": _explosion_is_rare,
    "batch_normalisation_fixes": _batch_normalisation_fixes,
    "depth_needs_activations": _depth_needs_activations,
}


def warm_up() -> None:
    """Pay for what is slow the first time: torch and the data, and every depth of the page's first two networks."""
    for depth in range(2, MAX_DEPTH + 1):
        for activation, init in (("sigmoid", "xavier"), ("relu", "he")):
            measure(Net(depth, activation=activation, init=init, sigma_w=2.0), seed=0, dtype="float64")


def thumbnail() -> Thumbnail:
    """Gradient by layer for three configurations: a small network, differentiated by hand."""
    depth, width = 30, 32
    rng = np.random.default_rng(0)
    inputs, drawn = rng.standard_normal((16, width)), rng.standard_normal((depth, width, width)) / width**0.5
    error = rng.standard_normal((16, width))
    curves: dict[str, NDArray[np.float64]] = {}
    for name, activation, gain in (("sigmoid", "sigmoid", 1.0), ("relu", "relu", 1.0), ("relu_he", "relu", 2**0.5)):
        h, slopes = inputs, []
        for matrix in gain * drawn:
            h, slope = activate(h @ matrix, activation)
            slopes.append(slope)
        back, norms = error, []
        for matrix, slope in zip(gain * drawn[::-1], slopes[::-1], strict=True):
            back = back * slope
            norms.append(float(np.linalg.norm(back)))
            back = back @ matrix.T
        curves[name] = np.array(norms[::-1])
    return Thumbnail(np.arange(1.0, depth + 1), curves, log_y=True)
