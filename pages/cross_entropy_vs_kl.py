"""If cross-entropy and KL divergence give the same gradient, why do we need both — and when do they part?"""

import numpy as np
import streamlit as st

from core import cross_entropy_vs_kl as core
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number
from ui.page import fragment, open_page

EPSILONS = (0.0, *(10.0**k for k in range(-12, 0)))
SUMS = ("entropy_p", "ce_pq", "kl_pq", "kl_qp", "js")
DRAWS = 200
TEMPERATURES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0)
CALL_OPTIONS = {
    "order": ("target_p", "target_q"),
    "input": ("log", "probabilities"),
    "target": ("probabilities", "log"),
    "log_target": ("false", "true"),
    "reduction": ("sum", "batchmean", "mean", "none"),
}
SURFACE_STEP = 3  # every third cell of the objective's grid is drawn: enough for the eye, light enough for a drag

SCENES = {
    "soft": {},
    "one_hot": {"preset": "one_hot"},
    "five": {"preset": "five_class", "tab": "path"},
    "wrong_order": {"preset": "coin", "tab": "calls", "order": "target_q"},
    "zero": {"preset": "disjoint", "tab": "zero"},
    "floor": {"preset": "label_smoothed", "tab": "smoothing"},
    "distillation": {"tab": "distillation"},
    "both_modes": {"tab": "gaussian", "separation": 5.6},
    "one_mode": {"tab": "gaussian", "separation": 5.8},
    "learned": {"tab": "learned"},
}

page = open_page(__file__)
words = page.words
P_AND_Q = (("P", theme.ACCENT), ("Q", theme.CONTRAST))


def names(table: str, *codes: str) -> tuple[str, ...]:
    """Return the words of several codes of a table."""
    return tuple(words(f"{table}.{code}") for code in codes)


def headline(compared: core.Comparison, path: core.LossPath) -> None:
    """Draw both distributions, the terms of the three sums, and the identity; the axes are the whole path's."""
    classes = [str(k + 1) for k in range(compared.p.size)]
    page.chart(
        "pq",
        builders.bars,
        {"bars": frames.grouped(classes, {"P": compared.p, "Q": compared.q})},
        fills=P_AND_Q,
        y_domain=(0.0, 1.0),
    )
    terms = dict(
        zip(
            names("sums", "ce", "kl", "reverse"),
            (compared.ce_pq_terms, compared.kl_pq_terms, compared.kl_qp_terms),
            strict=True,
        )
    )
    looks = tuple(zip(terms, (theme.VIOLET, theme.GOOD, theme.PINK), strict=True))
    drawn = {
        "bars": frames.grouped(classes, terms),
        "extent": frames.domain_frame(frames.padded_domain(*path.term_range)),
    }
    page.chart("terms", builders.bars, drawn, fills=looks, fitted=True, y_title=words(f"units.{compared.unit}"))
    h, kl, ce = names("sums", "entropy", "kl", "ce")
    together, entropy = words("identity.sum"), compared.entropy_p
    parts = frames.bar_parts(
        [
            (together, 0.0, entropy, h),
            (together, entropy, compared.kl_pq, kl),
            (words("identity.ce"), 0.0, compared.ce_pq, ce),
        ]
    )
    drawn = {"parts": parts, "extent": frames.domain_frame(frames.padded_domain(0.0, path.largest_loss))}
    page.chart(
        "identity",
        builders.stacked_rows,
        drawn,
        x_title=words(f"units.{compared.unit}"),
        fills=((h, theme.MUTED), (kl, theme.GOOD), (ce, theme.VIOLET)),
    )
    page.metrics(format_figures({name: getattr(compared, name) for name in SUMS}))


def path_view(path: core.LossPath, step: int) -> None:
    """Draw both losses from Q to P, a constant H(P) apart, and the gradient of each here."""
    ce, kl = names("sums", "ce", "kl")
    left, right = st.columns(2)
    with left:
        page.chart(
            "path",
            builders.lines,
            {"lines": frames.long(path.t, {ce: path.cross_entropy, kl: path.kl}), "here": {"x": [path.t[step]]}},
            series=(ce, kl),
            colours=(theme.VIOLET, theme.GOOD),
            here=True,
        )
    with right:
        classes = [str(k + 1) for k in range(path.q.shape[1])]
        slopes = {ce: path.cross_entropy_gradient[step], kl: path.kl_gradient[step]}
        page.chart(
            "gradient",
            builders.bars,
            {"bars": frames.grouped(classes, slopes)},
            height=320,
            y_domain=(-1.0, 1.0),
            fills=((ce, theme.VIOLET), (kl, theme.GOOD)),
        )
    apart = words(
        "path.apart", entropy=format_number(path.entropy_p), difference=f"{path.largest_gradient_difference:.0e}"
    )
    st.markdown(words("path.infinite") if np.isnan(path.kl_gradient[step]).any() else apart)


def learned_view(unit: str) -> None:
    """Draw the entropy of P when P is learned as well."""
    runs = core.train_jointly(seed=page.seed(), unit=unit)
    by_ce, by_kl = names("learned", "by_ce", "by_kl")
    steps = np.arange(0, runs.by_kl.entropy_p.shape[1], 4)
    drawn = {by_ce: runs.by_cross_entropy.entropy_p[:, steps], by_kl: runs.by_kl.entropy_p[:, steps]}
    page.chart(
        "learned",
        builders.lines,
        {"lines": frames.bands(steps.astype(float), drawn)},
        series=(by_ce, by_kl),
        colours=(theme.VIOLET, theme.GOOD),
        band=True,
        y_title=words(f"units.{unit}"),
    )
    ends = {"ce": runs.by_cross_entropy.entropy_p[:, -1], "kl": runs.by_kl.entropy_p[:, -1]}
    figures = {f"{name}_{end}": getattr(values, end)() for name, values in ends.items() for end in ("min", "max")}
    st.markdown(words("learned.text", runs=runs.by_kl.p.shape[0], **format_figures(figures, 3)))


def gaussian_view() -> None:
    """Draw one Gaussian fitted to two, by either KL, and the objective of the reverse one."""
    separation = page.slider("separation", 0.0, 10.0, 5.6, step=0.1)
    fit = core.fit_gaussian(separation)
    mixture, forward, reverse, other = names("gaussian", "mixture", "forward", "reverse", "other")
    densities = {mixture: fit.mixture_density, forward: fit.forward_density, reverse: fit.reverse_densities[0]}
    left, right = st.columns(2)
    with left:
        page.chart(
            "fits",
            builders.lines,
            {"lines": frames.long(fit.x, densities)},
            series=tuple(densities),
            colours=(theme.MUTED, theme.ACCENT, theme.CONTRAST),
            y_domain=(0.0, 0.45),
        )
    with right:
        kinds = ((reverse, "diamond"), (other, "circle"))
        optima = [(o.mean, np.log(o.sigma), kinds[min(i, 1)][0]) for i, o in enumerate(fit.reverse)]
        cells = frames.surface_cells(
            fit.means[::SURFACE_STEP],
            fit.log_sigmas[::SURFACE_STEP],
            fit.reverse_surface[::SURFACE_STEP, ::SURFACE_STEP],
        )
        page.chart(
            "surface",
            builders.heat_map,
            {"cells": cells, "points": frames.from_rows(("x", "y", "kind"), optima)},
            shapes=kinds,
            value_domain=(0.0, 3.0),
            value_title=words("gaussian.value"),
        )
    best = fit.reverse[0]
    figures = {
        "d": separation,
        "mean": abs(best.mean),
        "sigma": best.sigma,
        "kl": best.reverse_kl,
        "forward": fit.forward.sigma,
    }
    threshold = format_number(core.mode_seeking_threshold(), 5)
    told = "gaussian.seeks" if fit.seeks_mode else "gaussian.covers"
    st.markdown(words(told, **format_figures(figures), threshold=threshold))


def zero_view(unit: str) -> None:
    """Draw every divergence as the mass of a class goes to exactly 0."""
    case = page.choice("case", ("missing_class", "disjoint"), "missing_class")
    epsilon = page.select_slider("epsilon", EPSILONS, 1e-6)
    mass = core.zero_mass(case, unit=unit)
    curves = {"kl": mass.kl_pq, "reverse": mass.kl_qp, "ce": mass.ce_pq, "js": mass.js}
    series = names("sums", *curves)
    drawn = {name: curve[1:] for name, curve in zip(series, curves.values(), strict=True)}
    page.chart(
        "zero",
        builders.lines,
        {"lines": frames.long(mass.epsilon[1:], drawn), "here": {"x": [max(epsilon, 1e-12)]}},
        series=series,
        colours=(theme.GOOD, theme.PINK, theme.VIOLET, theme.MUTED),
        x_type="log",
        here=True,
        y_title=words(f"units.{unit}"),
    )
    at = int(np.abs(mass.epsilon - epsilon).argmin())
    page.metrics({f"zero_{name}": format_number(curve[at]) for name, curve in curves.items()})
    st.markdown(words("zero.exactly" if epsilon == 0 else "zero.almost", epsilon=format_number(epsilon)))


def smoothing_view(unit: str) -> None:
    """Draw the loss of a smoothed target over the gap between the logits: its floor is not 0."""
    smoothing = page.slider("smoothing", 0.0, 0.5, 0.1, step=0.01)
    classes = page.slider("many", 2, 100, 10, step=1)
    smooth = core.smooth_labels(classes=classes, epsilon=smoothing, unit=unit)
    ce, kl = names("sums", "ce", "kl")
    page.chart(
        "smoothing",
        builders.lines,
        {
            "lines": frames.long(smooth.gap, {ce: smooth.cross_entropy, kl: smooth.kl}),
            "here": {"x": [min(smooth.optimal_gap, smooth.gap[-1])]},
        },
        series=(ce, kl),
        colours=(theme.VIOLET, theme.GOOD),
        here=True,
        y_title=words(f"units.{unit}"),
    )
    st.markdown(words("smoothing.text", floor=format_number(smooth.floor), gap=format_number(smooth.optimal_gap)))


def distillation_view() -> None:
    """Draw the size of the distillation gradient over temperature, raw and times T²."""
    run = core.distil(TEMPERATURES, draws=DRAWS, seed=page.seed())
    raw, scaled = names("distillation", "raw", "scaled")
    bands = {
        raw: (run.norm.median, run.norm.low, run.norm.high),
        scaled: (run.scaled_norm.median, run.scaled_norm.low, run.scaled_norm.high),
    }
    page.chart(
        "distillation",
        builders.lines,
        {"lines": frames.intervals(run.temperatures, bands)},
        series=(raw, scaled),
        band=True,
        x_type="log",
    )
    figures = {
        "raw_first": run.norm.median[0],
        "raw_last": run.norm.median[-1],
        "first": run.scaled_norm.median[0],
        "last": run.scaled_norm.median[-1],
        "cosine": run.cosine.median[-1],
        "t_first": TEMPERATURES[0],
        "t_last": TEMPERATURES[-1],
        "draws": DRAWS,
    }
    st.markdown(words("distillation.text", **format_figures(figures, 3)))


def calls_view(p: np.ndarray, q: np.ndarray) -> None:
    """Show what a library call returns on P and Q, and name it; then the reported bugs."""
    with st.container(horizontal=True):
        chosen = {name: page.choice(name, codes, codes[0], compact=True) for name, codes in CALL_OPTIONS.items()}
    table = core.tabulate_calls(p, q)
    [call] = [c for c in table.calls if c.options == chosen]
    st.code(call.call)
    told = " = ".join(words(f"returned.{code}") for code in call.returned)
    st.markdown(f"### {format_number(call.value)} → {told}")
    rows = [
        (c.library, c.call, format_number(c.value), " = ".join(words(f"returned.{code}") for code in c.returned))
        for c in table.calls
        if not c.options
    ]
    columns = [words(f"calls.{name}") for name in ("library", "call", "value", "returned")]
    st.dataframe(frames.from_rows(columns, rows), hide_index=True)
    st.markdown(f"**{words('calls.bugs')}**")
    for replay in core.replay_bugs():
        bug = replay.bug
        figures = {"value": format_number(replay.value), "fixed": format_number(replay.fixed_value)}
        st.markdown(f"- [#{bug.number}]({bug.url}) *{bug.title}* " + words(f"bugs.{bug.misconception}", **figures))


def notices(compared: core.Comparison) -> list[str]:
    """Say what is to be seen, from what was computed."""
    kl = np.array([compared.kl_pq, compared.kl_qp])
    negative = int((compared.kl_pq_terms < 0).sum())
    happened = {
        "infinite": np.isinf(kl[0]),
        "one_hot": compared.entropy_p == 0 and np.isfinite(kl[0]),
        "apart": compared.entropy_p > 0 and np.isfinite(kl[0]),
        "negative": negative and np.isfinite(kl[0]),
        "order": np.isfinite(kl).all() and not np.isclose(*kl),
    }
    figures = format_figures({name: getattr(compared, name) for name in SUMS})
    return [words(f"notice.{name}", count=negative, **figures) for name, it_did in happened.items() if it_did]


def decide() -> dict[str, str]:
    """Compute what the prediction is about."""
    soft = core.PRESETS["label_smoothed"]
    difference = core.loss_path(*soft).largest_gradient_difference
    return {"entropy": format_number(core.entropy(soft[0])), "difference": f"{difference:.0e}"}


@fragment
def explore() -> None:
    """Draw everything that a control moves."""
    with page.controls(SCENES, "even"):
        preset = page.choice("preset", tuple(core.PRESETS), "label_smoothed", compact=True)
        step = page.slider("step", 0, 100, 0, step=1)
        unit = page.choice("unit", ("nats", "bits"), "nats")
        given = [page.text_input(name, lambda text: core.parse_distribution(text)) for name in ("p", "q")]
        pair = [default if typed is None else typed for typed, default in zip(given, core.PRESETS[preset], strict=True)]
        p, start = page.validated("pair", lambda: core.check_pair(*pair), core.check_pair(*core.PRESETS[preset]))
        page.note(
            words(
                "normalised",
                p=", ".join(format_number(x, 3) for x in p),
                q=", ".join(format_number(x, 3) for x in start),
            )
        )

    def draw() -> tuple[core.LossPath, core.Comparison]:
        path = core.loss_path(p, start, steps=100, unit=unit)
        compared = core.compare(p, path.q[step], unit=unit)
        headline(compared, path)
        page.notice(*notices(compared))
        return path, compared

    with page.picture():
        path, compared = page.share(draw)
    page.views(
        {
            "path": lambda: path_view(path, step),
            "learned": lambda: learned_view(unit),
            "gaussian": gaussian_view,
            "zero": lambda: zero_view(unit),
            "smoothing": lambda: smoothing_view(unit),
            "distillation": distillation_view,
            "calls": lambda: calls_view(p, path.q[step]),
        }
    )
    page.code(
        core.compare,
        core.loss_path,
        snippet=f"""
        from core.cross_entropy_vs_kl import compare, loss_path

        path = loss_path({p.tolist()}, {start.tolist()}, steps=100, unit={unit!r})
        compared = compare({p.tolist()}, path.q[{step}], unit={unit!r})
        print(compared.entropy_p, compared.ce_pq, compared.kl_pq, compared.kl_qp, compared.js)
        print(path.cross_entropy_gradient[{step}], path.kl_gradient[{step}])
    """,
    )
    page.download(
        {
            "terms": lambda: {
                "p": p,
                "q": path.q[step],
                "ce": compared.ce_pq_terms,
                "kl": compared.kl_pq_terms,
                "reverse_kl": compared.kl_qp_terms,
            },
            "path": lambda: {"t": path.t, "cross_entropy": path.cross_entropy, "kl": path.kl},
        }
    )


experiment = {"preset": "label_smoothed", "tab": "path"}
page.predict(dict.fromkeys(("ce", "kl", "same"), experiment), right="same", reveal=decide)
explore()
page.claims(core.CLAIMS)
page.sources()
