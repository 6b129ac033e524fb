"""Which of the cures for vanishing gradients — ReLU, initialisation, normalisation, skips, gates — really cures it?"""

import numpy as np
import streamlit as st

from core import vanishing_gradients as core
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number
from ui.page import fragment, open_page
from ui.server.cache import cached

SIGMAS = (0.1, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 100.0, 1000.0, 1e7)
# Ever wider axes: an axis changes only when a curve would leave it.
GRADIENTS = ((1e-8, 1e2), (1e-22, 1e12), (1e-40, 1e20), (1e-120, 1e120))
SIZES = ((1e-4, 1e4), (1e-20, 1e20), (1e-120, 1e250))
TIMES = ((1e-30, 1e5), (1e-90, 1e20))
RATIOS = (1e-8, 1e-1)
LOSSES = ((1e-2, 10.0), (1e-3, 1e5), (1e-8, 1e8))
BENDS = (-1.2, 2.0)
RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
PAIR = (theme.ACCENT, theme.CONTRAST)

SKIP = {"depth": 50, "activation": "relu", "init": "he", "residual": True}
SCENES = {
    "sigmoid_10": {},
    "sigmoid_30": {"depth": 30},
    "relu_xavier": {"depth": 30, "activation": "relu"},
    "relu_he": {"depth": 30, "activation": "relu", "init": "he", "b_init": "default"},
    "explodes": {"depth": 50, "init": "free", "sigma_w": 6.0, "centred": True},
    "layer": {"depth": 30, "normalisation": "layer"},
    "batch": {"depth": 50, "activation": "relu", "init": "he", "normalisation": "batch"},
    "skip": SKIP,
    "skip_layer": {**SKIP, "normalisation": "layer"},
    "frozen": {"depth": 20, "tab": "training"},
    "lstm": {"tab": "time"},
    "lstm_forget": {"tab": "time", "forget": 2.0},
    "one_matrix": {"depth": 50, "activation": "identity"},
    "overflow": {"depth": 50, "activation": "relu", "init": "free", "sigma_w": 1000.0, "dtype": "float32"},
}

page = open_page(__file__)
words = page.words
findings, inside, through_time = cached(core.findings), cached(core.record_activations), cached(core.through_time)
measure = cached(core.measure, entries=256)  # a hand on the depth's slider comes by the same depths


def described(net: core.Net) -> str:
    """Name a configuration in a few words."""
    codes = {"activation": net.activation, "init": net.init, "normalisation": net.normalisation}
    parts = [words(f"controls.{name}.options.{code}") for name, code in codes.items() if code != "none"]
    return " · ".join(parts + [words("with_skip")] * net.residual)


def by_layer(name: str, nets: dict, measured: dict, theory: dict, domains: tuple) -> frames.Frame:
    """Draw something measured in every layer of A and B, with the range over the seeds, over its theory."""
    domain = frames.smallest_domain(domains, *measured.values())
    points = frames.stack(
        *(
            frames.bands(np.arange(1, net.depth + 1), {words(f"series.{k}"): frames.mask_outside(measured[k], *domain)})
            for k, net in nets.items()
        )
    )
    lines = frames.curves(
        {
            words(f"theory.{k}"): (np.arange(1, net.depth + 1), frames.mask_outside(theory[k], *domain))
            for k, net in nets.items()
        }
    )
    page.chart(
        name,
        builders.measured,
        {"points": points, "lines": lines, "extent": frames.domain_frame(domain)},
        x_type="linear",
        fitted=True,
        shapes=((words("series.a"), "circle"), (words("series.b"), "triangle-up")),
        series=(words("theory.a"), words("theory.b")),
        colours=PAIR * 2,
        height=400,
    )
    return points


def inside_view(nets: dict, seed: int) -> None:
    """Draw what flows through A and B: histograms by layer, variance, and the share that is flat."""
    flat, spread = {}, {}
    for place, (k, net) in zip(st.columns(2), nets.items(), strict=True):
        seen, layers = inside(net, seed=seed), np.arange(1, net.depth + 1)
        edges = np.linspace(*RANGES.get(net.activation, (-4.0, 4.0)), 41)
        centres = (edges[1:] + edges[:-1]) / 2
        with place:
            st.markdown(f"**{words('histograms', of=words(f'series.{k}'))}**")
            page.chart(
                f"histograms_{k}",
                builders.shaded_map,
                {"cells": frames.surface_cells(centres, layers, core.histograms(seen.h, edges))},
                alt=words("histograms_alt"),
                value_domain=(0.0, 0.3),
                value_title=words("share"),
                x_title=words("activation_axis"),
                y_title=words("layer_axis"),
            )
        for kind in ("saturated", "dead"):
            flat[words(f"flat.{kind}", of=words(f"series.{k}"))] = (layers, getattr(seen, kind))
        spread[words(f"series.{k}")] = (layers, frames.mask_outside(seen.h_variance, 1e-30, 1e30))
    with (columns := st.columns(2))[0]:
        page.chart(
            "flat",
            builders.lines,
            {"lines": frames.curves(flat)},
            series=tuple(flat),
            y_domain=(0.0, 1.0),
            colours=(theme.ACCENT, theme.VIOLET, theme.CONTRAST, theme.DANGER),
            whole=True,
        )
    with columns[1]:
        domain = frames.smallest_domain(SIZES, *(values for _, values in spread.values()))
        page.chart(
            "spread",
            builders.lines,
            {"lines": frames.curves(spread), "extent": frames.domain_frame(domain)},
            series=tuple(spread),
            y_type="log",
            fitted=True,
            colours=PAIR,
            whole=True,
        )
    st.markdown(words("inside_text"))


def bend_view(nets: dict, seed: int) -> None:
    """Draw the activation functions and their derivatives, with a layer's pre-activations on them."""
    layer = min(int(page.slider("layer", 1, core.MAX_DEPTH, 1, step=1)), next(iter(nets.values())).depth)
    for place, (k, net) in zip(st.columns(2), nets.items(), strict=True):
        found = core.activation_curve(net, inside(net, seed=seed), layer=layer)
        parts = {"value": frames.mask_outside(found.value, *BENDS), "slope": found.slope, "density": found.density}
        drawn = {words(f"bend.{part}"): values for part, values in parts.items()}
        with place:
            st.markdown(f"**{words('bend.title', of=words(f'series.{k}'), layer=layer)}**")
            page.chart(
                f"bend_{k}",
                builders.lines,
                {"lines": frames.long(found.x, drawn)},
                alt=words("bend.alt"),
                series=tuple(drawn),
                colours=(theme.ACCENT, theme.CONTRAST, theme.MUTED),
                x_domain=(-6.0, 6.0),
                y_domain=BENDS,
                x_title="z",
                y_title="",
            )
            st.markdown(words("bend.text", slope=format_number(found.rms_slope, 3), flat=f"{found.flat:.0%}"))


def training_view(nets: dict, seed: int) -> None:
    """Train A and B for real: loss, accuracy, and by layer and step the gradient and the relative update."""
    with st.container(horizontal=True):
        optimiser = page.choice("optimiser", core.OPTIMISERS, "adam")
        rate = page.select_slider("rate", (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3), 1e-3, live=False)
        steps = int(page.select_slider("steps", (50, 100, 200, 300), 100, live=False))
    shared = {"steps": steps, "optimiser": optimiser, "learning_rate": float(rate), "seed": seed}
    runs = {k: page.job("training", core.train, net=net, **shared) for k, net in nets.items()}
    domains = {"loss": frames.smallest_domain(LOSSES, *(run.loss for run in runs.values())), "accuracy": (0.0, 1.0)}
    for place, (name, domain) in zip(st.columns(2), domains.items(), strict=True):
        kind, limits = ("log", domain) if name == "loss" else ("linear", (-1.0, 2.0))
        drawn = {words(f"series.{k}"): frames.mask_outside(getattr(run, name), *limits) for k, run in runs.items()}
        with place:
            page.chart(
                name,
                builders.lines,
                {"lines": frames.bands(runs["a"].steps, drawn), "extent": frames.domain_frame(domain)},
                series=tuple(drawn),
                colours=PAIR,
                band=True,
                y_type=kind,
                fitted=True,
                height=260,
            )
    for name, domain in {"gradient": (1e-10, 10.0), "update": RATIOS}.items():
        for place, (k, run) in zip(st.columns(2), runs.items(), strict=True):
            values = frames.mask_outside(getattr(run, name)).T
            with place:
                st.markdown(f"**{words(f'maps.{name}', of=words(f'series.{k}'))}**")
                page.chart(
                    f"{name}_{k}",
                    builders.shaded_map,
                    {"cells": frames.surface_cells(run.steps, np.arange(1, nets[k].depth + 1), values)},
                    alt=words(f"maps.{name}_alt"),
                    value_domain=domain,
                    value_type="log",
                    x_title=words("step_axis"),
                    y_title=words("layer_axis"),
                )
    for k, run in runs.items():
        change = run.relative_change
        figures = {"start": run.loss[:, 0], "end": run.loss[:, -1], "first": change[:, 0], "last": change[:, -1]}
        said = {name: format_number(float(np.median(values)), 3) for name, values in figures.items()}
        accuracy = f"{np.median(run.accuracy[:, -1]):.0%}"
        st.markdown(words(f"outcome.{core.outcome(run)}", of=words(f"series.{k}"), accuracy=accuracy, **said))
    st.caption(words("training_text"))


def time_view(seed: int) -> None:
    """Draw the gradient through time in four recurrent cells."""
    with st.container(horizontal=True):
        steps = int(page.select_slider("time", (10, 20, 50, 100, 150, 200), 100, live=False))
        forget = page.slider("forget", 0.0, 3.0, 0.0, step=0.5, live=False)
        gain = page.slider("gain", 0.9, 1.5, 1.0, step=0.05, live=False)
    found = through_time(steps=steps, forget_bias=float(forget), gain=float(gain), seed=seed)
    domain = frames.smallest_domain(TIMES, *found.gradient.values())
    runs = {words(f"cells.{cell}"): frames.mask_outside(values, *domain) for cell, values in found.gradient.items()}
    page.chart(
        "time",
        builders.lines,
        {"lines": frames.bands(found.times, runs), "extent": frames.domain_frame(domain)},
        series=tuple(runs),
        band=True,
        y_type="log",
        fitted=True,
        height=380,
        colours=(theme.MUTED, theme.VIOLET, theme.ACCENT, theme.CONTRAST),
    )
    page.metrics({cell: f"{value:+.1f}".replace("-", "−") for cell, value in found.decades.items()})
    st.markdown(words("time_text", last=steps))


def hand_view(net: core.Net, seed: int) -> None:
    """Multiply one gradient of A out, factor by factor."""
    chain = core.differentiate_by_hand(net, seed=seed)
    st.markdown(words("hand.text", unit=chain.unit, source=chain.source))
    shown = {
        "arriving": chain.upstream,
        "slope": chain.slope,
        "source_value": chain.source_value,
        "by_hand": chain.by_hand,
        "autograd": chain.autograd,
    }
    page.metrics({name: format_number(value, 4) for name, value in shown.items()})
    columns = {"error": chain.error, "readout": chain.readout, "product": chain.error * chain.readout}
    table = {words("hand.class"): range(10)} | {words(f"hand.{k}"): v.round(4) for k, v in columns.items()}
    st.dataframe(table, hide_index=True)
    if net.normalisation != "none":
        st.caption(words("hand.without_norm"))


def decide() -> dict[str, str]:
    """Measure the three changes that the prediction is about."""
    changes = {
        "none": {},
        "relu": {"activation": "relu"},
        "layer": {"normalisation": "layer"},
        "skip": {"residual": True},
    }
    slopes = {name: core.measure(core.Net(30, **change)).slope for name, change in changes.items()}
    return {name: f"{-29 * slope:+.1f}".replace("-", "−") for name, slope in slopes.items()}


@fragment
def explore() -> None:
    """Draw everything that a control moves."""
    with page.controls(SCENES, "wide"):
        depth = int(page.slider("depth", 2, core.MAX_DEPTH, 10, step=1))
        a = {
            "activation": page.choice("activation", core.ACTIVATIONS, "sigmoid", compact=True),
            "init": page.choice("init", core.INITS, "xavier", compact=True),
            "normalisation": page.choice("normalisation", core.NORMALISATIONS, "none"),
            "residual": page.toggle("residual"),
        }
        with page.more_controls():
            sigma_w, centred = float(page.select_slider("sigma_w", SIGMAS, 2.0, live=False)), page.toggle("centred")
            width = int(page.select_slider("width", (1, 4, 16, 32, 64, 128), 64, live=False))
            b = {
                "activation": page.choice("b_activation", core.ACTIVATIONS, "relu", compact=True),
                "init": page.choice("b_init", core.INITS, "he", compact=True),
                "normalisation": page.choice("b_normalisation", core.NORMALISATIONS, "none"),
                "residual": page.toggle("b_residual"),
            }
            dtype, seed = page.choice("dtype", core.DTYPES, "float64"), page.seed()
    shared = {"depth": depth, "width": width, "sigma_w": sigma_w, "centred": centred}
    nets = {"a": core.Net(**a, **shared), "b": core.Net(**b, **shared)}

    def draw() -> frames.Frame:
        profiles = {k: measure(net, seed=seed, dtype=dtype) for k, net in nets.items()}
        page.caption(words("pair", a=described(nets["a"]), b=described(nets["b"])))
        drawn = by_layer(
            "gradients",
            nets,
            {k: p.gradient for k, p in profiles.items()},
            {k: p.theory for k, p in profiles.items()},
            GRADIENTS,
        )
        by_layer(
            "sizes",
            nets,
            {k: p.z_variance for k, p in profiles.items()},
            {k: p.z_theory for k, p in profiles.items()},
            SIZES,
        )
        page.notice(
            *(
                words(f"notice.{f.code}", of=words(f"series.{k}"), **format_figures(f.figures, 3))
                for k, net in nets.items()
                for f in findings(net, profiles[k])
            )
        )
        return drawn

    with page.picture():
        drawn = page.share(draw)
    page.views(
        {
            "inside": lambda: inside_view(nets, seed),
            "bend": lambda: bend_view(nets, seed),
            "training": lambda: training_view(nets, seed),
            "time": lambda: time_view(seed),
            "hand": lambda: hand_view(nets["a"], seed),
        }
    )
    page.code(
        core.measure,
        core.mean_field,
        snippet=f"""
        from core.vanishing_gradients import Net, measure

        for net in {list(nets.values())}:
            profile = measure(net, seed={seed}, dtype={dtype!r})
            print(net)
            print("|dL/dz| by layer, one row a seed:", profile.gradient)
            print("decades lost per layer:", profile.slope, "theory:", profile.theory_slope)
    """,
    )
    page.download({"gradients": lambda: drawn})


answers = {"relu": SCENES["relu_xavier"], "layer": SCENES["layer"], "skip": {"depth": 30, "residual": True}}
page.predict(answers, right="skip", reveal=decide)
explore()
page.claims(core.CLAIMS)
page.sources()
