"""Gradients by layer of two networks, what their layers compute, their training, and recurrent networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core import vanishing_gradients as core
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number, format_share
from ui.page import Page
from ui.page.state import Settings
from ui.snippets import join_code

Array = NDArray[np.float64]
Domain = tuple[float, float]
# The networks A and B, by "a" and "b".
Nets = Mapping[str, core.Net]

# Increasingly wide axes: an axis changes only when a curve would leave it.
# The first holds all scenes but those of overflow, so that their curves can be compared.
GRADIENT_DOMAINS = ((1e-22, 1e12), (1e-40, 1e20), (1e-120, 1e120))
VARIANCE_DOMAINS = ((1e-4, 1e4), (1e-20, 1e20), (1e-40, 1e40), (1e-120, 1e250))
TIME_DOMAINS = ((1e-30, 1e5), (1e-90, 1e20))
LOSS_DOMAINS = ((1e-2, 10.0), (1e-3, 1e5), (1e-8, 1e8), (1e-8, 1e16))

# Colour domains of the maps of the training.
MAP_DOMAINS = {"gradient": (1e-10, 10.0), "update": (1e-8, 1e-1)}
# Range of the outputs of an activation function that has one.
OUTPUT_RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
# Range of the histograms of all other activations.
HISTOGRAM_RANGE = (-4.0, 4.0)
# Range of the values of an activation function that are drawn.
FUNCTION_DOMAIN = (-1.2, 2.0)

NET_COLOURS = (theme.ACCENT, theme.CONTRAST)
# Saturated and dead units of A, then of B.
FLAT_COLOURS = (theme.ACCENT, theme.VIOLET, theme.CONTRAST, theme.DANGER)
# By the order of `core.CELLS`, then of the LSTM's cell state.
CELL_COLOURS = (theme.MUTED, theme.VIOLET, theme.ACCENT, theme.CONTRAST, theme.GOOD)


def headline(
    page: Page,
    nets: Nets,
    profiles: Mapping[str, core.GradientProfile],
    findings: Mapping[str, list[core.Finding]],
    *,
    of: str,
) -> None:
    """Draw the gradient and the variance in every layer of A and B; the findings are those about each.

    The gradient is that ``of`` "z", over theory, or of the "weights", over that of z; the findings are about it.
    """
    page.caption(page.words("pair", a=_description(page, nets["a"]), b=_description(page, nets["b"])))
    left, right = page.columns((1.4, 1))
    with left:
        if of == "weights":
            _draw_by_layer(
                page,
                "weights",
                {name: profile.weight_gradient for name, profile in profiles.items()},
                {name: np.median(profile.gradient, axis=0) for name, profile in profiles.items()},
                GRADIENT_DOMAINS,
                points="of_weights",
                lines="of_z",
            )
            findings = {name: [core.weight_finding(profile)] for name, profile in profiles.items()}
        else:
            _draw_by_layer(
                page,
                "gradients",
                {name: profile.gradient for name, profile in profiles.items()},
                {name: profile.theory for name, profile in profiles.items()},
                GRADIENT_DOMAINS,
            )
    with right:
        _draw_by_layer(
            page,
            "sizes",
            {name: profile.z_variance for name, profile in profiles.items()},
            {name: profile.z_theory for name, profile in profiles.items()},
            VARIANCE_DOMAINS,
        )
    sentences = []
    for name, found in findings.items():
        for finding in found:
            sentences.append(page.words(f"notice.{finding.code}", of=_name(page, name), **_figures(finding)))
    page.notice(*sentences)


def activations(
    page: Page, nets: Nets, recorded: Mapping[str, core.LayerActivations], directions: Mapping[str, Array]
) -> None:
    """Draw the activations of A and B: histograms by layer, variance, and the share that is flat.

    ``directions`` are the singular values of each network's Jacobian, shape (1, width), if it has one.
    """
    words = page.words
    for column, (name, net) in zip(page.columns(2), nets.items(), strict=True):
        with column:
            _draw_histograms(page, name, net, recorded[name])
    flat, variances = {}, {}
    for name, layers in recorded.items():
        numbers = _layer_numbers(layers.h_variance)
        of = _name(page, name)
        flat[words("flat.saturated", of=of)] = (numbers, layers.saturated)
        flat[words("flat.dead", of=of)] = (numbers, layers.dead)
        variances[of] = (numbers, frames.mask_outside(layers.h_variance, 1e-30, 1e30))
    left, right = page.columns(2)
    with left:
        page.chart(
            "flat",
            builders.lines,
            {"lines": frames.curves(flat)},
            series=tuple(flat),
            y_domain=(0.0, 1.0),
            colours=FLAT_COLOURS,
            whole=True,
        )
    with right:
        domain = frames.smallest_domain(VARIANCE_DOMAINS, *(values for _, values in variances.values()))
        page.chart(
            "spread",
            builders.lines,
            {"lines": frames.curves(variances), "extent": frames.domain_frame(domain)},
            series=tuple(variances),
            y_type="log",
            fitted=True,
            colours=NET_COLOURS,
            whole=True,
        )
    page.notice(
        *(
            words(f"notice.{f.code}", of=_name(page, name), **_figures(f))
            for name, layers in recorded.items()
            for f in core.activation_findings(layers, residual=nets[name].residual)
            + _direction_findings(directions.get(name))
        )
    )
    page.caption(words("inside_text"))


def activation_functions(page: Page, nets: Nets, curves: Mapping[str, core.ActivationCurve], layer: int) -> None:
    """Draw the activation functions of A and B and their derivatives, with the pre-activations of a layer on them."""
    words, sentences = page.words, []
    for column, (name, curve) in zip(page.columns(2), curves.items(), strict=True):
        lines = {
            words("bend.value"): frames.mask_outside(curve.value, *FUNCTION_DOMAIN),
            words("bend.slope"): curve.slope,
            words("bend.density"): curve.density,
        }
        with column:
            page.text(f"**{words('bend.title', of=_name(page, name), layer=layer)}**")
            page.chart(
                f"bend_{name}",
                builders.lines,
                {"lines": frames.long(curve.x, lines)},
                alt=words("bend.alt"),
                series=tuple(lines),
                colours=(theme.ACCENT, theme.CONTRAST, theme.MUTED),
                x_domain=(-6.0, 6.0),
                y_domain=FUNCTION_DOMAIN,
                x_title="z",
                y_title=words("bend.axis"),
            )
        plain = nets[name].normalisation == "none" and not nets[name].residual
        if not curve.finite:
            sentences.append(words("bend.not_finite", of=_name(page, name)))
            continue
        figures = {"slope": format_number(curve.rms_slope, 3), "flat": format_share(curve.flat)}
        sentence = words("bend.text", of=_name(page, name), **figures)
        sentences.append(f"{sentence} {words('bend.factor' if plain else 'bend.other_factors')}")
    page.notice(*sentences)


def training(page: Page, runs: Mapping[str, core.Training]) -> None:
    """Draw loss and accuracy of A and B, and the gradient and relative update by layer and step."""
    left, right = page.columns(2)
    with left:
        domain = frames.smallest_domain(LOSS_DOMAINS, *(run.loss for run in runs.values()))
        losses = {name: frames.mask_outside(run.loss, *domain) for name, run in runs.items()}
        _draw_training_curve(page, "loss", runs["a"].steps, losses, domain, y_type="log")
    with right:
        accuracies = {name: run.accuracy for name, run in runs.items()}
        _draw_training_curve(page, "accuracy", runs["a"].steps, accuracies, (0.0, 1.0), y_type="linear")
    page.notice(*(_outcome_sentence(page, name, run) for name, run in runs.items()))
    _draw_training_maps(page, "gradient", runs, lambda run: run.gradient)
    _draw_training_maps(page, "update", runs, lambda run: run.update)
    page.caption(page.words("training_text"))


def recurrent(page: Page, result: core.ThroughTime) -> None:
    """Draw the gradient through time in four recurrent cells, and that of the LSTM's cell state."""
    words = page.words
    gradients = {**result.gradient, "memory": result.memory}
    domain = frames.smallest_domain(TIME_DOMAINS, *gradients.values())
    curves = {words(f"cells.{cell}"): frames.mask_outside(gradient, *domain) for cell, gradient in gradients.items()}
    page.chart(
        "time",
        builders.lines,
        {"lines": frames.bands(result.times.astype(np.float64), curves), "extent": frames.domain_frame(domain)},
        series=tuple(curves),
        band=True,
        y_type="log",
        fitted=True,
        height=265,
        colours=CELL_COLOURS,
    )
    page.notice(*(words(f"notice.{f.code}", **_figures(f)) for f in core.time_findings(result)))
    decades = {**result.decades, "memory": result.memory_decades}
    page.metrics({cell: _signed(value) for cell, value in decades.items()})
    page.caption(words("time_text", last=result.times[-1]))


def chain_rule(page: Page, net: core.Net, chain: core.ChainRule) -> None:
    """Show the factors of one gradient of A, and their product, if all are finite."""
    words, smallest = page.words, core.smallest_factor(chain)
    if smallest == "none":
        page.notice(words("notice.no_product"))
        return
    page.text(words("hand.text", unit=chain.unit, source=chain.source))
    factors = {
        "arriving": chain.upstream,
        "slope": chain.slope,
        "source_value": chain.source_value,
        "by_hand": chain.by_hand,
        "autograd": chain.autograd,
    }
    # Adding 0.0 turns −0.0 into 0.0.
    page.metrics({name: format_number(value + 0.0, 4) for name, value in factors.items()})
    page.notice(words("notice.smallest_factor", factor=words(f"metrics.{smallest}")))
    page.table(
        {
            words("hand.class"): range(chain.error.size),
            words("hand.error"): [format_number(value, 3) for value in chain.error],
            words("hand.readout"): [format_number(value, 3) for value in chain.readout],
            words("hand.product"): [format_number(value + 0.0, 3) for value in chain.error * chain.readout],
        }
    )
    if net.normalisation != "none":
        page.caption(words("hand.without_norm"))
    if net.starts_at_zero:
        page.caption(words("hand.with_alpha"))


def revealed(profiles: Mapping[str, core.GradientProfile]) -> dict[str, str]:
    """Return the decades that each gradient gains towards the input, for the answer to the prediction."""
    return {name: _signed(-profile.decades) for name, profile in profiles.items()}


def snippet(view: str, nets: Nets, seed: int, dtype: str, *, layer: int, options: Settings) -> str:
    """Return code that measures both networks, and then computes the figures of a view.

    ``options`` are the arguments of the view's function in `core`.
    """
    headline = f"""
        from core.vanishing_gradients import Net, measure

        nets = {list(nets.values())}
        for net in nets:
            profile = measure(net, seed={seed}, dtype={dtype!r})
            print(net)
            print("|dL/dz| by layer, one row a seed:", profile.gradient)
            print("decades lost per layer:", profile.slope, "theory:", profile.theory_slope)
    """
    arguments = ", ".join(f"{name}={value!r}" for name, value in options.items())
    own = {
        "headline": f"""
            for net in nets:
                profile = measure(net, seed={seed}, dtype={dtype!r})
                print("|dL/dW| by layer:", profile.weight_gradient)
                print("mean square of z by layer:", profile.z_variance)
        """,
        "inside": f"""
            from core.vanishing_gradients import kept_directions, record_activations, singular_values

            for net in nets:
                layers = record_activations(net, seed={seed})
                print(layers.h_variance, layers.saturated, layers.dead)
                if net.normalisation != "batch":
                    print("directions:", kept_directions(singular_values(net, seed={seed}, seeds=1)))
        """,
        "bend": f"""
            from core.vanishing_gradients import activation_curve, record_activations

            for net in nets:
                curve = activation_curve(net, record_activations(net, seed={seed}), layer={layer})
                print(curve.rms_slope, curve.flat)
        """,
        "training": f"""
            from core.vanishing_gradients import outcome, train

            for net in nets:
                run = train(net, {arguments})
                print(outcome(run), run.loss, run.accuracy, run.relative_change)
        """,
        "time": f"""
            from core.vanishing_gradients import through_time

            result = through_time({arguments})
            print(result.gradient, result.decades, result.memory, result.memory_decades)
        """,
        "hand": f"""
            from core.vanishing_gradients import differentiate_by_hand

            chain = differentiate_by_hand(nets[0], seed={seed})
            print(chain.upstream, chain.slope, chain.source_value, chain.by_hand, chain.autograd)
            print(chain.error, chain.readout)
        """,
    }
    return join_code(headline, own[view])


def _direction_findings(values: Array | None) -> list[core.Finding]:
    """Return the findings about singular values; none without a Jacobian."""
    return [] if values is None else core.direction_findings(values)


def _draw_by_layer(
    page: Page,
    name: str,
    measured: Mapping[str, Array],
    compared: Mapping[str, Array],
    domains: Sequence[Domain],
    *,
    points: str = "series",
    lines: str = "theory",
) -> None:
    """Draw a quantity in every layer of A and B as points, and what it is compared with as lines, with their names.

    ``measured`` has the shape (seeds, depth), ``compared`` the shape (depth,).
    """
    words = page.words
    domain = frames.smallest_domain(domains, *measured.values())
    names = [words(f"{points}.{net}") for net in measured]
    bands = [
        frames.bands(_layer_numbers(values[0]), {name: frames.mask_outside(values, *domain)})
        for name, values in zip(names, measured.values(), strict=True)
    ]
    curves = {
        words(f"{lines}.{net}"): (_layer_numbers(values), frames.mask_outside(values, *domain))
        for net, values in compared.items()
    }
    page.chart(
        name,
        builders.measured,
        {"points": frames.stack(*bands), "lines": frames.curves(curves), "extent": frames.domain_frame(domain)},
        x_type="linear",
        whole=True,
        fitted=True,
        shapes=tuple(zip(names, ("circle", "triangle-up"), NET_COLOURS, strict=True)),
        series=tuple(curves),
        colours=NET_COLOURS,
        height=230,
    )


def _draw_histograms(page: Page, name: str, net: core.Net, layers: core.LayerActivations) -> None:
    """Draw the histogram of the activations in every layer."""
    words = page.words
    edges = np.linspace(*histogram_range(net, layers), 41)
    centres = (edges[1:] + edges[:-1]) / 2
    histograms = core.histograms(layers.h, edges)
    page.text(f"**{words('histograms', of=_name(page, name))}**")
    page.chart(
        f"histograms_{name}",
        builders.shaded_map,
        {"cells": frames.surface_cells(centres, _layer_numbers(layers.h_variance), histograms)},
        alt=words("histograms_alt"),
        value_domain=(0.0, 0.3),
        value_title=words("share"),
        x_title=words("activation_axis"),
        y_title=words("layer_axis"),
    )


def histogram_range(net: core.Net, layers: core.LayerActivations) -> Domain:
    """Return the range of the histograms of a network's activations."""
    low, high = OUTPUT_RANGES.get(net.activation, HISTOGRAM_RANGE)
    if net.activation not in OUTPUT_RANGES or not net.residual:
        return low, high
    # With skip connections the outputs add up: double the range until it contains all of them.
    largest = np.abs(layers.h).max()
    doublings = max(0, int(np.ceil(np.log2(largest)))) if largest > 0 else 0
    return low * 2.0**doublings, high * 2.0**doublings


def _draw_training_curve(
    page: Page,
    name: str,
    steps: NDArray[np.int64],
    values: Mapping[str, Array],
    domain: Domain,
    *,
    y_type: str,
) -> None:
    """Draw a quantity over the steps, as median and range over the seeds, shape (seeds, steps)."""
    curves = {_name(page, net): of_net for net, of_net in values.items()}
    page.chart(
        name,
        builders.lines,
        {"lines": frames.bands(steps.astype(np.float64), curves), "extent": frames.domain_frame(domain)},
        series=tuple(curves),
        colours=NET_COLOURS,
        band=True,
        y_type=y_type,
        fitted=True,
        height=230,
    )


def _draw_training_maps(
    page: Page, name: str, runs: Mapping[str, core.Training], quantity: Callable[[core.Training], Array]
) -> None:
    """Draw a quantity of A and B by layer and step."""
    words = page.words
    for column, (net, run) in zip(page.columns(2), runs.items(), strict=True):
        values = frames.mask_outside(quantity(run)).T
        layers = _layer_numbers(values)
        with column:
            page.text(f"**{words(f'maps.{name}', of=_name(page, net))}**")
            page.chart(
                f"{name}_{net}",
                builders.shaded_map,
                {"cells": frames.surface_cells(run.steps.astype(np.float64), layers, values)},
                alt=words(f"maps.{name}_alt"),
                value_domain=MAP_DOMAINS[name],
                value_type="log",
                x_title=words("step_axis"),
                y_title=words("layer_axis"),
            )


def _outcome_sentence(page: Page, name: str, run: core.Training) -> str:
    """Return the sentence about how a training ended."""
    medians = {
        "start": np.median(run.loss[:, 0]),
        "end": np.median(run.loss[:, -1]),
        "first": np.median(run.relative_change[:, 0]),
        "last": np.median(run.relative_change[:, -1]),
        "largest": np.median(run.relative_change, axis=0).max(),
    }
    figures = {figure: format_number(float(value), 3) for figure, value in medians.items()}
    accuracy = format_share(np.median(run.accuracy[:, -1]))
    return page.words(f"outcome.{core.outcome(run)}", of=_name(page, name), accuracy=accuracy, **figures)


def _description(page: Page, net: core.Net) -> str:
    """Return the configuration of a network in a few words."""
    codes = {"activation": net.activation, "init": net.init, "normalisation": net.normalisation}
    parts = [page.words(f"controls.{name}.options.{code}") for name, code in codes.items() if code != "none"]
    if net.residual:
        parts.append(page.words(f"with_skip.{net.branch}"))
    return " · ".join(parts)


def _name(page: Page, net: str) -> str:
    return page.words(f"series.{net}")


def _layer_numbers(values: Array) -> Array:
    """Return 1, 2, … for an array whose first axis is the layers."""
    return np.arange(1, len(values) + 1, dtype=np.float64)


def _figures(finding: core.Finding) -> dict[str, str]:
    """Format the figures of a finding: shares in per cent, changes with their sign."""
    return format_figures(finding.figures, 3) | {
        name: format_share(value) if name == "share" else _signed(value)
        for name, value in finding.figures.items()
        if name in ("share", "memory", "state", "signal")
    }


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
