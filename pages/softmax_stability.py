"""Why does softmax([1000, 1001, 1002]) return nan, and is subtracting the maximum all it takes?"""

import numpy as np
import pandas as pd
import streamlit as st

from core import softmax_stability as core
from core._validate import check_between, check_positive
from ui import charts, frames, theme
from ui.page import open_page
from ui.text import number

# Fine where float16 lives and dies, coarse where only float64 is left.
_POSITIVE = [*np.arange(0.5, 20, 0.5), *np.arange(20, 120), *np.arange(120, 200, 10), *np.arange(200, 1001, 50)]
OFFSETS = tuple(float(x) for x in [*(-x for x in reversed(_POSITIVE)), 0, *_POSITIVE])
SPREADS = tuple(float(x) for x in [*np.arange(0, 20, 0.5), *np.arange(20, 121), *np.arange(130, 1001, 30)])
CLASSES = (2, 3, 4, 5, 7, 10, 20, 50, 100, 200, 500, 1000)
AXIS_CONSTANT, AXIS_END = 8.0, 1200.0
MAP_OFFSETS = np.array(sorted({s * x for x in np.geomspace(1, 1000, 22) for s in (-1, 1)} | {0.0}))
MAP_SPREADS = np.concatenate([[0.0], np.geomspace(1, 1000, 25)])
MAP_CELLS = 500  # offsets × spreads at 1000 classes, which keeps the map quick

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

STATE_LOOKS = tuple(
    (words(f"states.{state}"), theme.tint(colour, opacity))
    for state, colour, opacity in (
        ("finite", theme.MUTED, 0.06), ("zero", theme.ACCENT, 0.4), ("one", theme.VIOLET, 0.45),
        ("inf", theme.CONTRAST, 0.5), ("nan", theme.DANGER, 0.6), ("wrong", theme.PINK, 0.35),
    )
)  # fmt: skip
VERDICT_LOOKS = tuple(
    (words(f"map.{verdict}"), theme.tint(colour, opacity))
    for verdict, colour, opacity in (
        ("right", theme.GOOD, 0.35), ("wrong", theme.CONTRAST, 0.75), ("dead", theme.DANGER, 0.9)
    )
)  # fmt: skip
MARKS = {"zero": "▼ ", "one": "▲ ", "inf": "", "nan": "✕ ", "finite": ""}
VERDICT_MARKS = {"right": "✓ ", "wrong": "≠ ", "dead": "✕ "}


def cell(column: str, value: float | None, *, saturating: bool = False) -> tuple[str, str, str]:
    """Write one number of a table: column, text, state."""
    if value is None:
        return column, "–", words("states.finite")
    state = str(core.cell_states([value], saturating=saturating)[0])
    return column, MARKS[state] + number(value, 3), words(f"states.{state}")


def number_line(logits: np.ndarray, dtype: str, temperature: float) -> None:
    """Draw where exp is 0, finite and infinite in each type, and the logits over it."""
    ranges = []
    for name in core.DTYPES:
        limits = core.exp_range(name)
        bounds = (-AXIS_END, limits.last_nonzero, limits.last_finite, AXIS_END)
        for state, start, end in zip(("zero", "finite", "inf"), bounds[:-1], bounds[1:], strict=True):
            ranges.append((name, start, end, words(f"ranges.{state}")))
    shown = logits[np.linspace(0, logits.size - 1, min(logits.size, 25)).astype(int)] / temperature
    kinds = ((words("kinds.naive"), "circle"), (words("kinds.shifted"), "triangle-up"))
    points = [
        (row, x, kind, row == dtype)
        for row in core.DTYPES
        for (kind, _), xs in zip(kinds, (shown, shown - shown.max()), strict=True)
        for x in xs
    ]
    page.chart(
        "line", charts.range_rows,
        {"ranges": pd.DataFrame(ranges, columns=["row", "start", "end", "state"]),
         "points": pd.DataFrame(points, columns=["row", "x", "kind", "active"])},
        looks=((words("ranges.zero"), theme.tint(theme.ACCENT, 0.5)), (words("ranges.finite"), theme.tint(theme.MUTED, 0.15)),
               (words("ranges.inf"), theme.tint(theme.CONTRAST, 0.6))),
        kinds=kinds, x_domain=(-AXIS_END, AXIS_END), constant=AXIS_CONSTANT,
        ticks=(-1000, -700, -100, -20, -5, 0, 5, 11, 20, 88, 700),
    )  # fmt: skip


def outcomes(traces: dict, errors: dict, truth: core.Reference, true_class: int) -> pd.DataFrame:
    """Tabulate what each algorithm returned for the true class, under what exact arithmetic returns."""
    columns = [words(f"outcomes.{name}") for name in ("p", "loss", "gradient", "verdict")]

    def row(name, probabilities, loss, gradient, verdict):
        written = [
            cell(columns[0], probabilities[true_class], saturating=True),
            cell(columns[1], loss),
            cell(columns[2], None if gradient is None else gradient[true_class], saturating=True),
        ]
        state = {"right": "finite", "wrong": "wrong", "dead": "nan"}[verdict]
        return name, [*written, (columns[3], VERDICT_MARKS[verdict] + words(f"map.{verdict}"), words(f"states.{state}"))]

    rows = [row(words("outcomes.exact"), truth.probabilities, truth.loss, truth.gradient, "right")]
    for name, run in traces.items():
        verdict = errors[name].verdict
        rows.append(row(words(f"controls.algorithm.options.{name}"), run.probabilities, run.loss, run.gradient, verdict))
    return frames.cells(rows)


def cells_view(logits: np.ndarray, settings: dict) -> None:
    """Draw one algorithm's every step, forward and back."""
    algorithm = page.choice("algorithm", core.ALGORITHMS, "naive")
    run = core.trace(logits, algorithm=algorithm, **settings)
    order = np.argsort(logits, kind="stable")
    kept = order if order.size <= 7 else np.unique([*order[:3], *order[-3:], settings["true_class"]])
    names = {k: f"z{k + 1}{' ★' if k == settings['true_class'] else ''}" for k in kept}
    rows = []
    for stage in run.stages:
        one_value = stage.values.size == 1
        written = [("Σ", stage.values[0], stage.states[0])] if one_value else []
        written = written or [(names[k], stage.values[k], stage.states[k]) for k in kept]
        rows.append((words(f"stages.{stage.name}"), [
            (column, MARKS[str(state)] + number(value, 3), words(f"states.{state}")) for column, value, state in written
        ]))  # fmt: skip
    page.chart("cells", charts.state_grid, {"cells": frames.cells(rows)}, looks=STATE_LOOKS[:-1], rows=len(rows))


@st.cache_data(max_entries=200, show_spinner=False)
def survival(dtype: str, n_classes: int, true_class: int, temperature: float) -> core.SurvivalMap:
    """Judge every algorithm over the map, coarser where there are many classes."""
    step = max(1, round((MAP_OFFSETS.size * MAP_SPREADS.size * n_classes / (MAP_CELLS * 1000)) ** 0.5))
    return core.survival_map(
        dtype=dtype, n_classes=n_classes, true_class=true_class, temperature=temperature,
        offsets=MAP_OFFSETS[::step], spreads=MAP_SPREADS[::step],
    )  # fmt: skip


def map_view(logits: np.ndarray, settings: dict) -> None:
    """Draw where each algorithm survives, and where the current logits are."""
    # The map's logits increase with the class.
    true_class = int(np.sum(logits < logits[settings["true_class"]]))
    survived = survival(settings["dtype"], logits.size, true_class, settings["temperature"])
    names = [name for name, _ in VERDICT_LOOKS]
    here = pd.DataFrame({"x": [logits.min()], "y": [np.ptp(logits)]})
    st.caption(words("map.caption", dtype=settings["dtype"]))
    for row in (("naive", "plus_epsilon"), ("log_of_softmax", "log_sum_exp")):
        for column, name in zip(st.columns(2), row, strict=True):
            with column:
                share = survived.shares[name]["right"]
                st.markdown(f"**{words(f'algorithms.{name}')}** · {words('map.share', share=f'{share:.0%}')}")
                page.draw(
                    f"map_{name}", charts.category_map,
                    {"cells": frames.map_cells(survived.offsets, survived.spreads, survived.verdicts[name], names),
                     "here": here},
                    alt=words("map.alt", algorithm=words(f"controls.algorithm.options.{name}")), looks=VERDICT_LOOKS,
                    constant=1.0, x_ticks=(-1000, -100, -10, 0, 10, 100, 1000), y_ticks=(0, 1, 10, 100, 1000), x_title=words("map.x"), y_title=words("map.y"),
                )  # fmt: skip


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
        "error", charts.lines, {"lines": frames.long(offsets, drawn), "here": pd.DataFrame({"x": [logits.min()]})},
        series=tuple(labels.values()), y_type="log", y_domain=(1e-18, 100.0),
        x_type="symlog", x_domain=(-1000.0, 1000.0), here=True,
    )  # fmt: skip
    dead = [f"**{labels[name]}** {np.isnan(curve).mean():.0%}" for name, curve in curves.items() if np.isnan(curve).any()]
    st.caption(words("error_dead", dead=", ".join(dead)) if dead else words("error_all_alive"))


def certainty_view(dtype: str) -> None:
    """Draw the two-class loss as the true class pulls ahead, by log_softmax and by softplus."""
    limit = core.exp_range(dtype).certain_margin
    margins = np.linspace(0.0, 1.4 * limit, 300)
    near = core.near_certainty(margins, dtype=dtype)
    series = {"truth": near.true_loss, "softplus": near.softplus_loss, "log_softmax": near.log_softmax_loss}
    page.chart(
        "certainty", charts.lines,
        {"lines": frames.long(near.margins, {
            words(f"certainty.{name}"): np.where(curve > 0, curve, np.nan) for name, curve in series.items()})},
        series=tuple(words(f"certainty.{name}") for name in series), y_type="log",
        colours=(theme.MUTED, theme.GOOD, theme.DANGER),
    )  # fmt: skip
    st.markdown(words("certainty.text", dtype=dtype, margin=limit))


def online_view(logits: np.ndarray, dtype: str, seed: int) -> None:
    """Draw the running maximum and sum of softmax in one pass."""
    run = core.online_softmax(logits, dtype=dtype, seed=seed)
    steps = np.arange(1, logits.size + 1)
    names = (words("online.maximum"), words("online.sum"))
    drawn = frames.long(steps, dict(zip(names, (run.running_max - logits.min(), run.running_sum), strict=True)))
    page.chart("online", charts.lines, {"lines": drawn}, series=names, step=True, whole=True)
    page.metrics({
        "rescales": str(run.n_rescales), "expected": number(run.expected_rescales, 3),
        "online_error": number(run.error, 2), "two_pass_error": number(run.two_pass_error, 2),
    })  # fmt: skip


def notices(logits: np.ndarray, settings: dict, traces: dict, truth: core.Reference) -> list[str]:
    """Say what is to be seen, from what was computed."""
    dtype, true_class = settings["dtype"], settings["true_class"]
    limits, said = core.exp_range(dtype), []
    naive, stable = traces["naive"], traces["log_sum_exp"]
    stages = {stage.name: stage.values for stage in naive.stages}
    if not np.isfinite(stages["z"]).all():
        said.append(words("notice.input_overflows", dtype=dtype, value=number(float(np.abs(logits).max()))))
    elif np.isinf(stages["exp"]).any():
        said.append(words("notice.exp_overflows", dtype=dtype, limit=number(limits.last_finite)))
    elif np.isinf(stages["sum"]).any():
        said.append(words("notice.sum_overflows", dtype=dtype, exp=number(stages["exp"].max(), 3)))
    elif not stages["sum"].any():
        said.append(words("notice.zero_over_zero", dtype=dtype, limit=number(limits.last_nonzero)))
    log_of = traces["log_of_softmax"]
    if not np.isfinite([log_of.loss, *log_of.gradient]).all() and np.isfinite(stable.loss):
        said.append(words("notice.log_of_zero", loss=number(log_of.loss), truth=number(truth.loss),
                          gradient=number(log_of.gradient[true_class], 3)))  # fmt: skip
    folk = traces["plus_epsilon"]
    if truth.loss > 17 and np.isfinite(folk.loss):
        said.append(words("notice.epsilon", loss=number(folk.loss, 3), truth=number(truth.loss, 3),
                          gradient=number(folk.gradient[true_class], 2), exact=number(truth.gradient[true_class], 2)))  # fmt: skip
    if stable.loss == 0 and truth.loss > 0:
        said.append(words("notice.certain", truth=number(truth.loss, 3)))
    if np.abs(logits).max() > 1e6:
        orders = core.subtraction_orders(logits, **settings)
        said.append(words("notice.orders", first=number(orders.max_first), back=number(orders.max_added_back),
                          truth=number(orders.truth)))  # fmt: skip
    return said or [words("notice.calm", dtype=dtype)]


@st.fragment
def explore() -> None:
    """Draw everything that a control moves."""
    page.predict(
        {answer: {"offset": 1000.0} for answer in ("numbers", "one", "nan")}, right="nan",
        reveal=lambda: {"p": ", ".join(number(p) for p in core.trace(
            core.make_logits(3, offset=1000.0), algorithm="naive", dtype="float32", true_class=2).probabilities)},
    )  # fmt: skip
    with page.controls(SCENES):
        dtype = page.choice("dtype", core.DTYPES, "float32", compact=True)
        offset = page.steps("offset", OFFSETS, 0.0)
        spread = page.steps("spread", SPREADS, 2.0)
        n_classes = int(page.steps("classes", CLASSES, 3))
        true = page.choice("true", ("highest", "lowest"), "highest")
        with page.more_controls():
            temperature = page.number("temperature", 1.0, step=0.1, check=lambda t: check_between(check_positive(t, "T"), "T", 0.001, 1000))
            typed = page.typed("typed", core.parse_logits)
            seed = page.seed()
    logits = core.make_logits(n_classes, spread=spread) if typed is None else typed
    logits = logits + offset
    true_class = int(logits.argmax() if true == "highest" else logits.argmin())
    settings = {"dtype": dtype, "true_class": true_class, "temperature": temperature}
    traces = {name: core.trace(logits, algorithm=name, **settings) for name in core.ALGORITHMS}
    truth, errors = core.reference(logits, **settings), core.errors(logits, **settings)
    table = outcomes(traces, errors, truth, true_class)
    with page.picture():
        number_line(logits, dtype, temperature)
        page.chart("outcomes", charts.state_grid, {"cells": table}, looks=STATE_LOOKS, rows=6)
        page.notice(*notices(logits, settings, traces, truth))
    page.tabs({
        "cells": lambda: cells_view(logits, settings), "map": lambda: map_view(logits, settings),
        "error": lambda: error_view(logits, settings), "certainty": lambda: certainty_view(dtype),
        "online": lambda: online_view(logits, dtype, seed),
    })  # fmt: skip
    given = f"parse_logits({', '.join(map(repr, typed))!r})" if typed is not None else f"make_logits({n_classes}, spread={spread})"
    page.code(core.trace, snippet=f"""
        from core.softmax_stability import ALGORITHMS, make_logits, parse_logits, trace

        logits = {given} + {offset}
        for algorithm in ALGORITHMS:
            run = trace(logits, algorithm=algorithm, dtype={dtype!r}, true_class={true_class}, temperature={temperature})
            print(algorithm, run.probabilities, run.loss, run.gradient)
    """)  # fmt: skip
    page.download({"outcomes": lambda: table})


explore()
page.claims(core.CLAIMS)
page.sources(
    ("Blanchard, Higham & Higham (2021). Accurately computing the log-sum-exp and softmax functions. IMA J. Numer. Anal. "
     "41(4).", "https://doi.org/10.1093/imanum/draa038"),
    ("Milakov & Gimelshein (2018). Online normalizer calculation for softmax. arXiv:1805.02867.",
     "https://arxiv.org/abs/1805.02867"),
    ("PyTorch issue 11752 (2018). nn.CrossEntropyLoss() yields wrong output for big logits.",
     "https://github.com/pytorch/pytorch/issues/11752"),
    ("Goldberg (1991). What every computer scientist should know about floating-point arithmetic. ACM Comput. Surv. 23(1).",
     "https://doi.org/10.1145/103162.103163"),
)  # fmt: skip
