"""Findings about a gradient profile and about the deeper views, and the outcome of a training."""

from __future__ import annotations

import numpy as np

from core.findings import Finding
from core.vanishing_gradients.activation_statistics import LayerActivations
from core.vanishing_gradients.activations import Array
from core.vanishing_gradients.chain_rule import ChainRule
from core.vanishing_gradients.gradients import GradientProfile, measure
from core.vanishing_gradients.jacobians import kept_directions
from core.vanishing_gradients.linear_collapse import one_matrix
from core.vanishing_gradients.networks import Net
from core.vanishing_gradients.recurrent import ThroughTime
from core.vanishing_gradients.training import Training

# A gradient that changes by less than this over the whole depth, in decades, is steady.
STEADY_DECADES = 1.0
# A measured slope confirms that of theory if they differ by at most this part of it.
_NEAR_THEORY = 0.25
# A layer whose weights change by less than this, relative to their norm, has hardly moved.
MOVED = 1e-3
# A cell whose gradient falls by less than this over all time steps, in decades, keeps it.
KEPT_DECADES = 2.0


def findings(net: Net, profile: GradientProfile) -> list[Finding]:
    """Return the findings about a gradient profile.

    About the numbers:

    - ``overflow``: in some networks z is not finite; from which layer on, in how many networks.
    - ``gradient_overflow``: otherwise, some gradient of some network is not finite.
    - ``branches_zero``: otherwise, the residual branches start at 0 and the first gradient of every network is not 0.
      Those of all further layers are exactly 0.
    - ``zero``: otherwise, the median gradient is exactly 0 in some layer and in all layers before it.
    - ``zero_skip``: otherwise, it is exactly 0 in some layers, but the skip connections pass it on to earlier ones.
    - ``steady``, ``vanishes`` or ``explodes``: otherwise, the change between the median gradients of the last and the
      first layer, where less than `STEADY_DECADES` is steady.
    - ``some_zero``: in addition, if some network has a gradient that is exactly 0 although no median is.

    About theory:

    - ``no_theory``: the network has a normalisation; not with branches that start at 0.
    - ``theory`` or ``theory_fails``: without a normalisation and with finite slopes in all networks, whether the slope
      agrees with mean-field theory within 0.01 plus three standard errors.
    - ``theory_unclear``: it does, but is further away than a quarter of theory's slope and 0.02.

    About depth:

    - ``one_matrix``: a network without activation, normalisation and skip connections equals a single matrix.

    Parameters
    ----------
    net : Net
    profile : GradientProfile

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> from core.vanishing_gradients.gradients import measure
    >>> [finding.code for finding in findings(Net(10), measure(Net(10)))]
    ['vanishes', 'theory']
    """
    results = _about_the_numbers(net, profile)
    if net.starts_at_zero:
        return results
    if net.normalisation != "none":
        results.append(Finding("no_theory", {}))
    elif np.isfinite([*profile.slopes, profile.theory_slope]).all():
        # Slopes vary between random networks of finite width.
        tolerance = 3 * profile.slopes.std(ddof=1) / np.sqrt(profile.slopes.size) if profile.slopes.size > 1 else 0.0
        distance = abs(profile.slope - profile.theory_slope)
        near = distance <= max(0.02, _NEAR_THEORY * abs(profile.theory_slope))
        code = "theory_fails" if distance > 0.01 + tolerance else "theory" if near else "theory_unclear"
        # Adding 0.0 turns −0.0 into 0.0.
        figures = {"slope": round(-profile.slope, 3) + 0.0, "theory": round(-profile.theory_slope, 3) + 0.0}
        results.append(Finding(code, figures))
    if net.activation == "identity" and net.normalisation == "none" and not net.residual:
        product = one_matrix(net)
        if np.isfinite(product.error):
            rank = int((product.singular_values > 0.01).sum())
            figures = {"error": product.error, "rank": rank, "width": product.singular_values.size}
            results.append(Finding("one_matrix", figures))
    return results


def measure_with_findings(net: Net, *, seed: int = 0, dtype: str = "float64") -> tuple[GradientProfile, list[Finding]]:
    """Return the results of `measure` and `findings`.

    Examples
    --------
    >>> profile, found = measure_with_findings(Net(3, width=4))
    >>> profile.gradient.shape, [finding.code for finding in found]
    ((3, 3), ['vanishes', 'theory'])
    """
    # As other callers do: the cache of `measure` distinguishes keywords from positions.
    profile = measure(net=net, seed=seed, dtype=dtype)
    return profile, findings(net, profile)


def _about_the_numbers(net: Net, profile: GradientProfile) -> list[Finding]:
    """Return the findings about overflow, zeros and the change of the gradient."""
    networks = len(profile.gradient)
    overflowing = ~profile.z_finite
    if overflowing.any():
        figures: dict[str, float | int] = {
            "layer": int(np.flatnonzero(overflowing.any(axis=0))[0]) + 1,
            "count": int(overflowing.any(axis=1).sum()),
            "networks": networks,
        }
        return [Finding("overflow", figures)]
    not_finite = ~np.isfinite(profile.gradient)
    if not_finite.any():
        figures = {"count": int(not_finite.any(axis=1).sum()), "networks": networks}
        return [Finding("gradient_overflow", figures)]
    gradient = np.median(profile.gradient, axis=0)
    if net.starts_at_zero and (profile.gradient[:, 0] > 0).all():
        return [Finding("branches_zero", {"first": float(gradient[0])})]
    zeros = gradient == 0
    if zeros.any():
        layer = int(np.flatnonzero(zeros)[-1]) + 1
        if zeros[:layer].all():
            return [Finding("zero", {"layer": layer})]
        return [Finding("zero_skip", {"count": int(zeros.sum()), "depth": net.depth})]
    decades = profile.decades
    code = "steady" if abs(decades) < STEADY_DECADES else "vanishes" if decades > 0 else "explodes"
    results = [Finding(code, {"decades": abs(decades), "first": float(gradient[0]), "last": float(gradient[-1])})]
    zero = (profile.gradient == 0).any(axis=1)
    if zero.any():
        results.append(Finding("some_zero", {"count": int(zero.sum()), "networks": networks}))
    return results


def weight_finding(profile: GradientProfile) -> Finding:
    """Return the finding about the gradient of the weights, |∂L/∂W|, from the last layer to the first.

    - ``weights_overflow``: some |∂L/∂W| or |∂L/∂z| is not finite; in how many networks.
    - ``weights_zero``: otherwise, the median |∂L/∂W| of some layers is exactly 0; of how many.
    - ``weights_steady``, ``weights_vanish`` or ``weights_explode``: otherwise, the change between the medians of the
      last and the first layer, where less than `STEADY_DECADES` is steady. ``signal`` is the change of |∂L/∂z| in
      decades, negative if it falls.

    Examples
    --------
    >>> weight_finding(measure(Net(30, activation="relu"))).code
    'weights_steady'
    """
    finite = np.isfinite(profile.weight_gradient) & np.isfinite(profile.gradient)
    networks, depth = finite.shape
    if not finite.all():
        return Finding("weights_overflow", {"count": int((~finite.all(axis=1)).sum()), "networks": networks})
    gradient = np.median(profile.weight_gradient, axis=0)
    if (gradient == 0).any():
        return Finding("weights_zero", {"count": int((gradient == 0).sum()), "depth": depth})
    decades = float(np.log10(gradient[-1]) - np.log10(gradient[0]))
    code = "steady" if abs(decades) < STEADY_DECADES else "vanish" if decades > 0 else "explode"
    figures = {
        "decades": abs(decades),
        "first": float(gradient[0]),
        "last": float(gradient[-1]),
        # Adding 0.0 turns −0.0 into 0.0.
        "signal": round(-profile.decades, 1) + 0.0,
    }
    return Finding(f"weights_{code}", figures)


def activation_findings(layers: LayerActivations, *, residual: bool = False) -> list[Finding]:
    """Return the findings about the signal of one network on its way from the first layer to the last.

    - ``signal_lost``: in some layer all values are equal, or one is not finite; the first such layer.
    - ``signal_grows``, ``signal_shrinks`` or ``signal_stays``: otherwise, the change of the variance over batch and
      units from the first layer to the last, where a factor below 10 is none. The figures are standard deviations.
    - ``dead_units`` or ``no_dead_units``: the largest share of dead units in a layer, if there are any.
    - ``dead_units_skip``: instead of ``dead_units``, if the network is ``residual`` and the layer is not the first,
      so that a skip connection passes the gradient around its units.

    Examples
    --------
    >>> from core.vanishing_gradients.activation_statistics import record_activations
    >>> [finding.code for finding in activation_findings(record_activations(Net(2, width=4, activation="identity")))]
    ['signal_stays', 'no_dead_units']
    """
    sd = layers.h_sd
    lost = ~(sd > 0)
    if lost.any():
        findings = [Finding("signal_lost", {"layer": int(np.flatnonzero(lost)[0]) + 1})]
    else:
        decades = 2 * float(np.log10(sd[-1]) - np.log10(sd[0]))
        code = "stays" if abs(decades) < STEADY_DECADES else "grows" if decades > 0 else "shrinks"
        figures = {"first": float(sd[0]), "last": float(sd[-1])}
        findings = [Finding(f"signal_{code}", figures)]
    worst = int(np.argmax(layers.dead))
    if layers.dead[worst] > 0:
        code = "dead_units_skip" if residual and worst else "dead_units"
        return [*findings, Finding(code, {"share": float(layers.dead[worst]), "layer": worst + 1})]
    return [*findings, Finding("no_dead_units", {})]


def direction_findings(values: Array) -> list[Finding]:
    """Return the finding about the singular values of one network's Jacobian from the first layer to the last.

    There is none for a single direction that is kept.

    - ``directions_none``: all are 0, or the Jacobian is not finite.
    - ``directions_all``: all are above `KEPT_SHARE` of the largest.
    - ``directions_some``: otherwise, how many are.

    Parameters
    ----------
    values : ndarray, shape (1, width)
        Result of `singular_values` for one network.

    Examples
    --------
    >>> direction_findings(np.array([[2.0, 1.0, 1e-9]]))
    [Finding(code='directions_some', figures={'count': 2, 'width': 3})]
    """
    count, width = int(kept_directions(values)[0]), values.shape[1]
    if count == width == 1:
        return []
    code = "none" if count == 0 else "all" if count == width else "some"
    return [Finding(f"directions_{code}", {"count": count, "width": width})]


def time_findings(result: ThroughTime) -> list[Finding]:
    """Return the findings about the gradient through time.

    - ``time_vanishes``: in how many of the cells the gradient with respect to h falls by more than `KEPT_DECADES`.
    - ``memory_more``: the gradient of the LSTM's cell state falls by at least half a decade less than that of its h.

    Examples
    --------
    >>> from core.vanishing_gradients.recurrent import through_time
    >>> time_findings(through_time(steps=2, seeds=1))[0].figures["count"]
    0
    """
    lost = sum(decades < -KEPT_DECADES for decades in result.decades.values())
    figures: dict[str, float | int] = {"count": lost, "cells": len(result.decades), "decades": KEPT_DECADES}
    findings = [Finding("time_vanishes", figures)]
    if result.memory_decades > result.decades["lstm"] + 0.5:
        findings.append(Finding("memory_more", {"memory": result.memory_decades, "state": result.decades["lstm"]}))
    return findings


def smallest_factor(chain: ChainRule) -> str:
    """Return which factor of a gradient is the smallest: ``arriving``, ``slope`` or ``source_value``.

    Of equal ones it is the first. It is ``none`` if a factor or the product is not finite.

    Examples
    --------
    >>> from core.vanishing_gradients.chain_rule import differentiate_by_hand
    >>> smallest_factor(differentiate_by_hand(Net(3, width=4))) in ("arriving", "slope", "source_value")
    True
    """
    factors = {"arriving": chain.upstream, "slope": chain.slope, "source_value": chain.source_value}
    if not np.isfinite([*factors.values(), chain.by_hand, chain.autograd]).all():
        return "none"
    return min(factors, key=lambda name: abs(factors[name]))


def outcome(training: Training) -> str:
    """Classify how a training ended.

    Parameters
    ----------
    training : Training

    Returns
    -------
    str
        In terms of medians over the networks:

        - ``diverged``: a final loss is not finite.
        - ``unmoved``: otherwise, no layer changed by as much as `MOVED`.
        - ``frozen``: otherwise, the relative change of layer 1 is below `MOVED`, and less than a tenth of that of the
          last layer.
        - ``learnt``: otherwise, the final accuracy is above 0.8.
        - ``slow``: otherwise.

    Examples
    --------
    >>> diverged = Training(np.array([0]), np.array([[np.nan]]), *[np.zeros((1, 1))] * 4)
    >>> outcome(diverged)
    'diverged'
    """
    if not np.isfinite(training.loss[:, -1]).all():
        return "diverged"
    change = np.median(training.relative_change, axis=0)
    if (change < MOVED).all():
        return "unmoved"
    if change[0] < MOVED and change[0] < change[-1] / 10:
        return "frozen"
    return "learnt" if np.median(training.accuracy[:, -1]) > 0.8 else "slow"
