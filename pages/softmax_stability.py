"""Why does softmax([1000, 1001, 1002]) return nan, and is subtracting the maximum all it takes?"""

import numpy as np
import streamlit as st

from core import softmax_stability as core
from core.validate import check_between, check_positive
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number
from ui.page import fragment, open_page

# Fine where float16 lives and dies, coarse where only float64 is left.
_POSITIVE = [*np.arange(0.5, 20, 0.5), *np.arange(20, 120), *np.arange(120, 200, 10), *np.arange(200, 1001, 50)]
OFFSETS = tuple(float(x) for x in [*(-x for x in reversed(_POSITIVE)), 0, *_POSITIVE])
SPREADS = tuple(float(x) for x in [*np.arange(0, 20, 0.5), *np.arange(20, 121), *np.arange(130, 1001, 30)])
CLASSES = (2, 3, 4, 5, 7, 10, 20, 50, 100, 200, 500, 1000)
AXIS_CONSTANT, AXIS_END = 8.0, 1200.0

SCENES = {
    "calm": {},
    "thousand": {"offset": 1000.0},
    "half": {"offset": 12.0, "dtype": "float16"},
    "negative": {"offset": -110.0},
    "sum": {"offset": 87.0, "spread": 0.0, "classes": 10},
    "cold": {"temperature": 0.01},
    "double": {"offset": 1000.0, "dtype": "float64"},
    "underflow": {"spread": 110.0, "classes": 2, "true": "lowest"},
    "epsilon": {"spread": 40.0, "classes": 2, "true": "lowest", "tab": "error"},
    "certain": {"spread": 17.0, "classes": 2, "tab": "certainty"},
    "huge": {"typed": "1e8, 1e8"},
}

page = open_page(__file__)
words = page.words

STATE_LOOKS = page.fills(
    "states",
    finite=(theme.MUTED, 0.06),
    zero=(theme.ACCENT, 0.4),
    one=(theme.VIOLET, 0.45),
    inf=(theme.CONTRAST, 0.5),
    nan=(theme.DANGER, 0.6),
    wrong=(theme.PINK, 0.35),
)
RANGE_LOOKS = page.fills("ranges", zero=(theme.ACCENT, 0.5), finite=(theme.MUTED, 0.15), inf=(theme.CONTRAST, 0.6))
VERDICT_LOOKS = page.fills("map", right=(theme.GOOD, 0.35), wrong=(theme.CONTRAST, 0.75), dead=(theme.DANGER, 0.9))
MARKS = {"zero": "▼ ", "one": "▲ ", "inf": "", "nan": "✕ ", "finite": ""}
VERDICT_MARKS = {"right": "✓ ", "wrong": "≠ ", "dead": "✕ "}


def cell(column: str, value: float | None, *, saturating: bool = False) -> tuple[str, str, str]:
    """Write one number of a table: column, text, state."""
    if value is None:
        return column, "–", words("states.finite")
    state = str(core.cell_states([value], saturating=saturating)[0])
    return column, MARKS[state] + format_number(value, 3), words(f"states.{state}")


def parse(text: str) -> np.ndarray:
    """Read typed logits, up to a size that a low temperature cannot push out of every type."""
    logits = core.parse_logits(text)
    check_between(float(np.abs(logits).max()), "logits", 0.0, 1e12)
    return logits


def check_temperature(value: float) -> float:
    """Refuse temperatures that divide every logit to nothing, or out of every type."""
    return check_between(check_positive(value, "T"), "T", 0.001, 1000)


def outcomes(traces: dict, errors: dict, truth: core.Reference, true_class: int) -> frames.Frame:
    """Tabulate what each algorithm returned for the true class, under what exact arithmetic returns."""
    p, loss, gradient, verdict = (words(f"outcomes.{name}") for name in ("p", "loss", "gradient", "verdict"))
    rows = []
    for name, run in {"exact": truth, **traces}.items():
        judged = errors[name].verdict if name in errors else "right"
        state = {"right": "finite", "wrong": "wrong", "dead": "nan"}[judged]
        rows.append(
            (
                words(f"controls.algorithm.options.{name}" if name in errors else "outcomes.exact"),
                [
                    cell(p, run.probabilities[true_class], saturating=True),
                    cell(loss, run.loss),
                    cell(gradient, None if run.gradient is None else run.gradient[true_class], saturating=True),
                    (verdict, VERDICT_MARKS[judged] + words(f"map.{judged}"), words(f"states.{state}")),
                ],
            )
        )
    return frames.cells(rows)


def headline(logits: np.ndarray, settings: dict) -> frames.Frame:
    """Draw the logits over where exp is 0, finite and infinite in each type, and what every algorithm returns."""
    dtype, true_class, temperature = (settings[name] for name in ("dtype", "true_class", "temperature"))
    ranges = []
    for name in core.DTYPES:
        limits = core.exp_range(name)
        bounds = (-AXIS_END, limits.last_nonzero, limits.last_finite, AXIS_END)
        ranges += [(name, *bounds[i : i + 2], look) for i, (look, _) in enumerate(RANGE_LOOKS)]
    shown = logits[np.linspace(0, logits.size - 1, min(logits.size, 25)).astype(int)] / temperature
    kinds = ((words("kinds.naive"), "circle"), (words("kinds.shifted"), "triangle-up"))
    where = [(kinds[0][0], x) for x in shown] + [(kinds[1][0], x) for x in shown - shown.max()]
    points = [(row, x, kind, row == dtype) for row in core.DTYPES for kind, x in where]
    page.chart(
        "line",
        builders.range_rows,
        {
            "ranges": frames.from_rows(("row", "start", "end", "state"), ranges),
            "points": frames.from_rows(("row", "x", "kind", "active"), points),
        },
        fills=RANGE_LOOKS,
        shapes=kinds,
        x_domain=(-AXIS_END, AXIS_END),
        constant=AXIS_CONSTANT,
        ticks=(-1000, -700, -100, -20, -5, 0, 5, 11, 20, 88, 700),
    )
    traces = {name: core.trace(logits, algorithm=name, **settings) for name in core.ALGORITHMS}
    truth, errors = core.reference(logits, **settings), core.errors(logits, **settings)
    table = outcomes(traces, errors, truth, true_class)
    page.chart("outcomes", builders.state_grid, {"cells": table}, fills=STATE_LOOKS, rows=6)
    found = core.findings(logits, traces, truth, true_class=true_class, temperature=temperature)
    page.notice(*(words(f"notice.{f.code}", dtype=dtype, **format_figures(f.figures)) for f in found))
    return table


def cells_view(logits: np.ndarray, settings: dict) -> None:
    """Draw one algorithm's every step, forward and back."""
    algorithm = page.choice("algorithm", core.ALGORITHMS, "naive")
    run = core.trace(logits, algorithm=algorithm, **settings)
    kept = np.unique([*np.argsort(logits)[:4], *np.argsort(logits)[-4:], settings["true_class"]])
    names = {k: f"z{k + 1}{' ★' if k == settings['true_class'] else ''}" for k in kept}
    rows = []
    for stage in run.stages:
        one_value = stage.values.size == 1
        written = [("Σ", stage.values[0], stage.states[0])] if one_value else []
        written = written or [(names[k], stage.values[k], stage.states[k]) for k in kept]
        rows.append(
            (
                words(f"stages.{stage.name}"),
                [
                    (column, MARKS[str(state)] + format_number(value, 3), words(f"states.{state}"))
                    for column, value, state in written
                ],
            )
        )
    page.chart("cells", builders.state_grid, {"cells": frames.cells(rows)}, fills=STATE_LOOKS[:-1], rows=len(rows))


@st.cache_data(max_entries=200, show_spinner=False)
def survival(dtype: str, n_classes: int, true_class: int, temperature: float) -> core.SurvivalMap:
    """Judge every algorithm over the map."""
    offsets, spreads = core.map_grid(n_classes)
    return core.survival_map(
        dtype=dtype,
        n_classes=n_classes,
        true_class=true_class,
        temperature=temperature,
        offsets=offsets,
        spreads=spreads,
    )


def map_view(logits: np.ndarray, settings: dict) -> None:
    """Draw where each algorithm survives, and where the current logits are."""
    # The map's logits increase with the class.
    true_class = int(np.sum(logits < logits[settings["true_class"]]))
    survived = survival(settings["dtype"], logits.size, true_class, settings["temperature"])
    names, here = [name for name, _ in VERDICT_LOOKS], {"x": [logits.min()], "y": [np.ptp(logits)]}
    st.caption(words("map.caption", dtype=settings["dtype"]))
    for row in (("naive", "plus_epsilon"), ("log_of_softmax", "log_sum_exp")):
        for column, name in zip(st.columns(2), row, strict=True):
            with column:
                label, share = words(f"controls.algorithm.options.{name}"), survived.shares[name]["right"]
                st.markdown(f"**{label}** · {words('map.share', share=f'{share:.0%}')}")
                cells = frames.map_cells(survived.offsets, survived.spreads, survived.verdicts[name], names)
                page.chart(
                    f"map_{name}",
                    builders.category_map,
                    {"cells": cells, "here": here},
                    fills=VERDICT_LOOKS,
                    alt=words("map.alt", algorithm=label),
                    x_title=words("map.x"),
                    y_title=words("map.y"),
                    constant=1.0,
                    x_ticks=(-1000, -100, -10, 0, 10, 100, 1000),
                    y_ticks=(0, 1, 10, 100, 1000),
                )


def error_view(logits: np.ndarray, settings: dict) -> None:
    """Draw each algorithm's error against the reference, over the offset."""
    quantity = page.choice("quantity", ("loss", "gradient", "probabilities"), "loss")
    base = logits - logits.min()
    offsets = np.array(OFFSETS)[:: max(1, logits.size // 40)]
    curves = getattr(core.error_curve(base, offsets=offsets, **settings), quantity)
    labels = {name: words(f"controls.algorithm.options.{name}") for name in curves}
    # An error of exactly 0 has no place on a logarithmic axis: it lies on the floor, which the axis title says.
    drawn = {labels[name]: np.maximum(curve, 1e-18) for name, curve in curves.items()}
    page.chart(
        "error",
        builders.lines,
        {"lines": frames.long(offsets, drawn), "here": {"x": [logits.min()]}},
        series=tuple(labels.values()),
        y_type="log",
        y_domain=(1e-18, 100.0),
        x_type="symlog",
        x_domain=(-1000.0, 1000.0),
        here=True,
    )
    shares = {labels[name]: np.isnan(curve).mean() for name, curve in curves.items()}
    dead = [f"**{label}** {share:.0%}" for label, share in shares.items() if share]
    st.caption(words("error_dead", dead=", ".join(dead)))


def certainty_view(dtype: str) -> None:
    """Draw the two-class loss as the true class pulls ahead, by log_softmax and by softplus."""
    limit = core.exp_range(dtype).saturation_margin
    margins = np.linspace(0.0, 1.4 * limit, 300)
    near = core.near_certainty(margins, dtype=dtype)
    series = {"truth": near.true_loss, "softplus": near.softplus_loss, "log_softmax": near.log_softmax_loss}
    page.chart(
        "certainty",
        builders.lines,
        {
            "lines": frames.long(
                near.margins,
                {words(f"certainty.{name}"): np.where(curve > 0, curve, np.nan) for name, curve in series.items()},
            )
        },
        series=tuple(words(f"certainty.{name}") for name in series),
        y_type="log",
        colours=(theme.MUTED, theme.GOOD, theme.DANGER),
    )
    st.markdown(words("certainty.text", dtype=dtype, margin=limit))


def online_view(logits: np.ndarray, dtype: str, seed: int) -> None:
    """Draw the running maximum and sum of softmax in one pass."""
    run = core.online_softmax(logits, dtype=dtype, seed=seed)
    names = (words("online.maximum"), words("online.sum"))
    curves = {names[0]: run.running_max - logits.min(), names[1]: run.running_sum}
    drawn = frames.long(np.arange(1, logits.size + 1), curves)
    page.chart("online", builders.lines, {"lines": drawn}, series=names, step=True, whole=True)
    page.metrics(
        {
            "rescales": str(run.n_rescales),
            "expected": format_number(run.expected_rescales, 3),
            "online_error": format_number(run.error, 2),
            "two_pass_error": format_number(run.two_pass_error, 2),
        }
    )


def decide() -> dict[str, str]:
    """Compute what the prediction is about."""
    run = core.trace(core.make_logits(3, offset=1000.0), algorithm="naive", dtype="float32", true_class=2)
    return {"p": ", ".join(map(format_number, run.probabilities))}


@fragment
def explore() -> None:
    """Draw everything that a control moves."""
    with page.controls(SCENES):
        dtype = page.choice("dtype", core.DTYPES, "float32", compact=True)
        offset = page.select_slider("offset", OFFSETS, 0.0)
        spread = page.select_slider("spread", SPREADS, 2.0)
        n_classes = int(page.select_slider("classes", CLASSES, 3))
        true = page.choice("true", ("highest", "lowest"), "highest")
        with page.more_controls():
            temperature = page.number_input("temperature", 1.0, step=0.1, check=check_temperature)
            typed = page.text_input("typed", parse)
            seed = page.seed()
    logits = offset + (core.make_logits(n_classes, spread=spread) if typed is None else typed)
    true_class = int(logits.argmax() if true == "highest" else logits.argmin())
    settings = {"dtype": dtype, "true_class": true_class, "temperature": temperature}
    with page.picture():
        table = page.share(lambda: headline(logits, settings))
    page.views(
        {
            "cells": lambda: cells_view(logits, settings),
            "map": lambda: map_view(logits, settings),
            "error": lambda: error_view(logits, settings),
            "certainty": lambda: certainty_view(dtype),
            "online": lambda: online_view(logits, dtype, seed),
        }
    )
    given = f"make_logits({n_classes}, spread={spread})" if typed is None else f"np.array({typed.tolist()})"
    page.code(
        core.trace,
        snippet=f"""
        import numpy as np

        from core.softmax_stability import ALGORITHMS, make_logits, trace

        logits = {given} + {offset}
        for algorithm in ALGORITHMS:
            run = trace(logits, algorithm=algorithm, **{settings})
            print(algorithm, run.probabilities, run.loss, run.gradient)
    """,
    )
    page.download({"outcomes": lambda: table})


page.predict(dict.fromkeys(("numbers", "one", "nan"), SCENES["thousand"]), right="nan", reveal=decide)
explore()
page.claims(core.CLAIMS)
page.sources()
