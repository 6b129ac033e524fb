"""Where exp overflows, what each algorithm returns, and how far it is from the exact result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core import softmax_stability as core
from ui.charts import builders, frames, theme
from ui.charts.frames import Frame
from ui.numbers import format_figures, format_number, format_share
from ui.page import Page
from ui.page.state import Settings
from ui.server.cache import cached
from ui.snippets import join_code

Array = NDArray[np.float64]
# A cell of a table: column, text and state.
Cell = tuple[str, str, str]

AXIS_CONSTANT = 8.0
AXIS_END = 1200.0
AXIS_TICKS = (-1000, -700, -100, -17, 0, 11, 88, 700)
MAX_POINTS = 25
# Number of the smallest and of the largest logits that the table of steps has.
MAX_EXTREMES = 4
# The errors that the logarithmic axis shows.
ERROR_DOMAIN = (1e-18, 1e2)
# A result below this has lost digits in float64 and is written as a power of ten.
SMALLEST_FLOAT = 2.3e-308
STATE_MARKS = {"zero": "▼ ", "one": "▲ ", "inf": "", "nan": "✕ ", "finite": ""}
VERDICT_MARKS = {"right": "✓ ", "wrong": "≠ ", "failed": "✕ "}
VERDICT_STATES = {"right": "finite", "wrong": "wrong", "failed": "nan"}


def headline(page: Page, logits: Array, settings: Settings) -> None:
    """Draw the logits over the ranges of exp, and what every algorithm returns."""
    dtype, true_class, temperature = settings["dtype"], settings["true_class"], settings["temperature"]
    traces = {name: core.trace(logits, algorithm=name, **settings) for name in core.ALGORITHMS}
    truth = core.reference(logits, **settings)
    errors = core.errors(logits, **settings)
    table = _outcomes(page, traces, errors, truth, true_class)
    left, right = page.columns((1, 1.25))
    with left:
        _draw_ranges(page, logits, dtype, true_class, temperature)
    with right:
        page.chart("outcomes", builders.state_grid, {"cells": table}, fills=_state_fills(page), rows=6)
    found = core.findings(logits, traces, errors, truth, true_class=true_class, temperature=temperature)
    page.notice(*(page.words(f"notice.{finding.code}", dtype=dtype, **_figures(finding.figures)) for finding in found))
    page.caption(page.words("outcomes.legend"))


def steps(page: Page, logits: Array, trace: core.Trace, true_class: int) -> None:
    """Draw every step of one algorithm, forward and backward."""
    words = page.words
    order = np.argsort(logits)
    shown = np.unique([*order[:MAX_EXTREMES], *order[-MAX_EXTREMES:], true_class])
    names = {k: f"z{k + 1}{' ★' if k == true_class else ''}" for k in shown}
    rows = []
    for stage in trace.stages:
        if stage.values.size == 1:
            numbers = [("Σ", stage.values[0], stage.states[0])]
        else:
            numbers = [(names[k], stage.values[k], stage.states[k]) for k in shown]
        cells = [(column, _marked(value, str(state)), words(f"states.{state}")) for column, value, state in numbers]
        rows.append((words(f"stages.{stage.name}"), cells))
    if shown.size < logits.size:
        page.caption(words("cells_shown", classes=logits.size, extremes=MAX_EXTREMES))
    # Only verdicts have the last state, "wrong".
    page.chart(
        "cells", builders.state_grid, {"cells": frames.cells(rows)}, fills=_state_fills(page)[:-1], rows=len(rows)
    )
    names_of_rows = [row for row, _ in rows]
    page.notice(
        *(
            words(f"notice.{finding.code}", stage=names_of_rows[int(finding.figures["row"]) - 1])
            for finding in core.steps_findings(trace)
        )
    )


def verdict_map(page: Page, logits: Array, settings: Settings, *, true: str, evenly_spaced: bool) -> None:
    """Draw the verdict on four algorithms over offset and spread, and the current logits if they are evenly spaced.

    ``true`` tells which logit the true class has: the ``highest`` or the ``lowest``.
    """
    words, dtype = page.words, settings["dtype"]
    # The logits of the map increase with the class, also where the current ones are all equal.
    rank = logits.size - 1 if true == "highest" else 0
    result = compute_verdict_map(dtype, logits.size, rank, settings["temperature"])
    shares = [
        words(f"notice.{f.code}", **{name: format_share(share) for name, share in f.figures.items()})
        for f in core.map_findings(result)
    ]
    fills = page.fills("map", right=(theme.GOOD, 0.35), wrong=(theme.PINK, 0.85), failed=(theme.DANGER, 0.9))
    names = [name for name, _ in fills]
    here = {"x": [logits.min()], "y": [np.ptp(logits)]} if evenly_spaced else {"x": [], "y": []}
    note = "map.here" if evenly_spaced else "map.not_here"
    algorithms = ("naive", "plus_epsilon", "log_of_softmax", "log_sum_exp")
    for column, algorithm in zip(page.columns(2, rows=2), algorithms, strict=True):
        with column:
            label = _algorithm_name(page, algorithm)
            share = result.shares[algorithm]["right"]
            page.text(f"**{label}** · {words('map.share', share=format_share(share))}")
            cells = frames.map_cells(result.offsets, result.spreads, result.verdicts[algorithm], names)
            page.chart(
                f"map_{algorithm}",
                builders.category_map,
                {"cells": cells, "here": here},
                fills=fills,
                alt=words("map.alt", algorithm=label),
                x_title=words("map.x"),
                y_title=words("map.y"),
                constant=1.0,
                x_ticks=(-1000, -100, -10, 0, 10, 100, 1000),
                y_ticks=(0, 1, 10, 100, 1000),
            )
    page.notice(*shares)
    page.caption(f"{words('map.caption', dtype=dtype)} {words(note)}")


def error(page: Page, logits: Array, quantity: str, settings: Settings, *, offsets: Sequence[float]) -> None:
    """Draw the error of each algorithm over the offset; ``quantity`` is ``loss``, ``gradient`` or ``probabilities``."""
    lowest = _lowest(logits)
    base = logits - lowest
    # Fewer offsets for many classes, so that a rerun does not take long.
    thinned = np.array(offsets)[:: max(1, logits.size // 40)]
    curves: dict[str, Array] = getattr(core.error_curve(base, offsets=thinned, **settings), quantity)
    errors = {_algorithm_name(page, name): curve for name, curve in curves.items()}
    # A logarithmic axis has no 0. The title of the axis says that values beyond its ends are drawn at its ends.
    drawn = {label: np.clip(curve, *ERROR_DOMAIN) for label, curve in errors.items()}
    page.chart(
        "error",
        builders.lines,
        {"lines": frames.long(thinned, drawn), "here": {"x": [lowest]}},
        series=tuple(drawn),
        y_type="log",
        y_domain=ERROR_DOMAIN,
        x_type="symlog",
        x_domain=(-1000.0, 1000.0),
        here=True,
        clip={"y": ERROR_DOMAIN},
    )
    shares = {label: np.isnan(curve).mean() for label, curve in errors.items()}
    failed = [f"**{label}** {format_share(share)}" for label, share in shares.items() if share]
    breaks = page.words("error_failed", failed=", ".join(failed)) if failed else page.words("error_complete")
    page.notice(breaks)
    page.caption(page.words("error_axis"))


def certainty(page: Page, dtype: str) -> None:
    """Draw the loss of two classes over the margin of the true class, by log_softmax and by softplus."""
    words = page.words
    limit = core.exp_range(dtype).saturation_margin
    near = core.near_certainty(np.linspace(0.0, 1.4 * limit, 300), dtype=dtype)
    losses = {"truth": near.true_loss, "softplus": near.softplus_loss, "log_softmax": near.log_softmax_loss}
    curves = {words(f"certainty.{name}"): np.where(loss > 0, loss, np.nan) for name, loss in losses.items()}
    page.chart(
        "certainty",
        builders.lines,
        {"lines": frames.long(near.margins, curves)},
        series=tuple(curves),
        y_type="log",
        colours=(theme.MUTED, theme.GOOD, theme.DANGER),
    )
    [slope] = core.near_certainty([limit], dtype=dtype).true_gradient
    page.notice(
        words("certainty.text", dtype=dtype, margin=format_number(limit), exact=format_number(slope, 2)),
        words("certainty.two"),
    )
    page.caption(words("certainty.only_dtype"))


def online(page: Page, logits: Array, trace: core.OnlineTrace) -> None:
    """Draw the running maximum and sum of softmax of ``logits``, already divided by the temperature, in one pass."""
    # Before the first logit that is not masked, the maximum is −∞ and not drawn.
    above_lowest = trace.running_max - _lowest(logits)
    curves = {
        page.words("online.maximum"): np.where(np.isfinite(above_lowest), above_lowest, np.nan),
        page.words("online.sum"): trace.running_sum,
    }
    data = frames.long(np.arange(1.0, logits.size + 1), curves)
    page.chart("online", builders.lines, {"lines": data}, series=tuple(curves), step=True, whole=True)
    finding = core.online_finding(trace)
    page.notice(page.words(f"notice.{finding.code}", **format_figures(finding.figures, 2)))
    page.metrics(
        {
            "rescales": str(trace.n_rescales),
            "expected": format_number(trace.expected_rescales, 3),
            "online_error": format_number(trace.error, 2),
            "two_pass_error": format_number(trace.two_pass_error, 2),
        }
    )


def revealed(trace: core.Trace) -> dict[str, str]:
    """Return the probabilities, for the answer to the prediction."""
    return {"p": ", ".join(format_number(p) for p in trace.probabilities)}


def snippet(
    view: str,
    given: Array | None,
    *,
    n_classes: int,
    spread: float,
    offset: float,
    settings: Settings,
    options: Settings,
) -> str:
    """Return code that repeats the runs of all algorithms, and then the figures of a view.

    ``given`` are logits that the user has typed or that are a column of a table. ``options`` are the values of controls
    that a single view has: ``algorithm``, ``quantity``, ``true`` and ``seed``.
    """
    if given is None:
        base = f"make_logits({n_classes}, spread={spread})"
    else:
        base = f"np.array({given.tolist()})".replace("inf", "np.inf")  # masked classes are −inf
    runs = f"""
        import numpy as np

        from core.softmax_stability import ALGORITHMS, make_logits, trace

        logits = {base} + {offset}
        settings = {dict(settings)}
        for algorithm in ALGORITHMS:
            run = trace(logits, algorithm=algorithm, **settings)
            print(algorithm, run.probabilities, run.loss, run.gradient)
    """
    size = n_classes if given is None else given.size
    rank = size - 1 if options["true"] == "highest" else 0
    own = {
        "cells": f"""
            for stage in trace(logits, algorithm={options["algorithm"]!r}, **settings).stages:
                print(stage.name, stage.values)
        """,
        "map": f"""
            from core.softmax_stability import map_grid, verdict_map

            # The map has evenly spaced logits; their order tells which class is the true one.
            offsets, spreads = map_grid(logits.size)
            places = {{"n_classes": logits.size, "true_class": {rank}, "offsets": offsets, "spreads": spreads}}
            result = verdict_map(**settings | places)
            for algorithm, shares in result.shares.items():
                print(algorithm, shares)
        """,
        "error": f"""
            from core.softmax_stability import error_curve

            lowest = min(logits[np.isfinite(logits)], default=0.0)
            curve = error_curve(logits - lowest, offsets=[lowest], **settings)
            for algorithm, values in curve.{options["quantity"]}.items():
                print("error of the {options["quantity"]} at this offset:", algorithm, values[0])
        """,
        "certainty": f"""
            from core.softmax_stability import exp_range, near_certainty

            margin = exp_range({settings["dtype"]!r}).saturation_margin
            near = near_certainty([margin], dtype={settings["dtype"]!r})
            print(margin, near.true_loss, near.softplus_loss, near.log_softmax_loss, near.true_gradient)
        """,
        "online": f"""
            from core.softmax_stability import online_softmax

            once = online_softmax(
                logits, dtype={settings["dtype"]!r}, temperature={settings["temperature"]}, seed={options["seed"]}
            )
            scaled = logits / settings["temperature"]
            print("above the lowest logit:", once.running_max - min(scaled[np.isfinite(scaled)], default=0.0))
            print("running sum:", once.running_sum)
            print(once.n_rescales, once.expected_rescales, once.error, once.two_pass_error)
        """,
    }
    return join_code(runs, own.get(view, ""))


def _compute_verdict_map(dtype: str, n_classes: int, true_class: int, temperature: float) -> core.VerdictMap:
    offsets, spreads = core.map_grid(n_classes)
    return core.verdict_map(
        dtype=dtype,
        n_classes=n_classes,
        true_class=true_class,
        temperature=temperature,
        offsets=offsets,
        spreads=spreads,
    )


compute_verdict_map = cached(_compute_verdict_map, entries=200)


def _draw_ranges(page: Page, logits: Array, dtype: str, true_class: int, temperature: float) -> None:
    """Draw the logits over the ranges in which exp is 0, finite and infinite in each type."""
    words = page.words
    fills = page.fills("ranges", zero=(theme.ACCENT, 0.5), finite=(theme.MUTED, 0.15), inf=(theme.CONTRAST, 0.6))
    ranges = []
    for name in core.DTYPES:
        limits = core.exp_range(name)
        bounds = (-AXIS_END, limits.last_nonzero, limits.last_finite, AXIS_END)
        ranges += [(name, *bounds[k : k + 2], state) for k, (state, _) in enumerate(fills)]
    scaled = logits / temperature
    sample = np.linspace(0, logits.size - 1, min(logits.size, MAX_POINTS)).astype(int)
    shown = scaled[np.unique([*sample, scaled.argmin(), scaled.argmax(), true_class])]
    with np.errstate(invalid="ignore"):  # −∞ − (−∞), if every class is masked
        shift = shown - scaled.max()
    naive, shifted = words("kinds.naive"), words("kinds.shifted")
    values = [(naive, x) for x in shown] + [(shifted, x) for x in shift if not np.isnan(x)]
    points = [
        (name, np.clip(x, -AXIS_END, AXIS_END), kind, name == dtype) for name in core.DTYPES for kind, x in values
    ]
    page.chart(
        "line",
        builders.range_rows,
        {
            "ranges": frames.from_rows(("row", "start", "end", "state"), ranges),
            "points": frames.from_rows(("row", "x", "kind", "active"), points),
        },
        fills=fills,
        shapes=((naive, "circle", theme.INK), (shifted, "triangle-up", theme.INK)),
        x_domain=(-AXIS_END, AXIS_END),
        clip={"x": (-AXIS_END, AXIS_END)},
        constant=AXIS_CONSTANT,
        ticks=AXIS_TICKS,
    )
    notes = []
    if shown.size < logits.size:
        notes.append(words("line_sampled", shown=shown.size, classes=logits.size))
    if any(abs(x) > AXIS_END for _, x in values):
        notes.append(words("line_clipped", end=format_number(AXIS_END)))
    if notes:
        page.caption(" ".join(notes))


def _outcomes(
    page: Page,
    traces: Mapping[str, core.Trace],
    errors: Mapping[str, core.Errors],
    truth: core.Reference,
    true_class: int,
) -> Frame:
    """Tabulate the exact result and that of each algorithm for the true class."""
    words = page.words
    rows = [(words("outcomes.exact"), _exact_outcome(page, truth, true_class))]
    rows += [
        (_algorithm_name(page, name), _outcome(page, trace, errors[name].verdict, true_class))
        for name, trace in traces.items()
    ]
    return frames.cells(rows)


def _exact_outcome(page: Page, truth: core.Reference, true_class: int) -> list[Cell]:
    """Return the exact results, also where float64 has only 0 or 1 for them."""
    log10_p, log10_rest = float(truth.log10_probabilities[true_class]), truth.log10_complement
    p, gradient, loss = truth.probabilities[true_class], truth.gradient[true_class], truth.loss
    texts = {
        "p": _exact_number(p, log10_p),
        "loss": _exact_number(loss, log10_rest),
        "gradient": _exact_number(gradient, log10_rest, sign="−"),
    }
    if p == 1 and np.isfinite(log10_rest):
        texts["p"] = "1 − " + _exact_number(-gradient, log10_rest, digits=2)
    if gradient == -1 and np.isfinite(log10_p):
        texts["gradient"] = "−1 + " + _exact_number(p, log10_p, digits=2)
    cells = [(page.words(f"outcomes.{name}"), text, page.words("states.finite")) for name, text in texts.items()]
    defined = not np.isnan(p)
    verdict = page.words("outcomes.reference" if defined else "outcomes.undefined")
    return [*cells, (page.words("outcomes.verdict"), verdict, page.words("states.finite"))]


def _exact_number(value: float, log10_size: float, *, sign: str = "", digits: int = 3) -> str:
    """Return a number, from the logarithm of its absolute value if float64 has too few digits for it."""
    if abs(value) >= SMALLEST_FLOAT or not np.isfinite(log10_size):
        return format_number(value, digits)
    exponent = np.floor(log10_size)
    if exponent < -1e6:
        return f"{sign}10^({format_number(log10_size, 4)})"
    mantissa = float(f"{10 ** (log10_size - exponent):.{digits}g}")
    if mantissa >= 10:
        mantissa, exponent = mantissa / 10, exponent + 1
    return f"{sign}{format_number(mantissa, digits)}e−{-int(exponent)}"


def _figures(figures: Mapping[str, float | int]) -> dict[str, str]:
    """Format the figures of a finding; an exact loss that float64 cannot hold is a power of ten."""
    texts = format_figures(figures)
    if "log10_truth" in figures:
        texts["truth"] = _exact_number(figures["truth"], figures["log10_truth"], digits=4)
        if "exact" in figures:
            texts["exact"] = _exact_number(figures["exact"], figures["log10_truth"], sign="−", digits=4)
    return texts


def _lowest(logits: Array) -> float:
    """Return the smallest logit that is not masked; 0 if all are."""
    finite = logits[np.isfinite(logits)]
    return float(finite.min()) if finite.size else 0.0


def _outcome(page: Page, result: core.Trace, verdict: str, true_class: int) -> list[Cell]:
    words = page.words
    states = {stage.name: str(stage.states[min(true_class, stage.states.size - 1)]) for stage in result.stages}
    gradient = None if result.gradient is None else result.gradient[true_class]
    return [
        _cell(page, "p", result.probabilities[true_class], states["p"]),
        _cell(page, "loss", result.loss, states.get("loss")),
        _cell(page, "gradient", gradient, states.get("gradient")),
        (
            words("outcomes.verdict"),
            VERDICT_MARKS[verdict] + words(f"map.{verdict}"),
            words(f"states.{VERDICT_STATES[verdict]}"),
        ),
    ]


def _cell(page: Page, column: str, value: float | None, state: str | None) -> Cell:
    title = page.words(f"outcomes.{column}")
    if value is None or state is None:
        return title, "–", page.words("states.finite")
    return title, _marked(value, state), page.words(f"states.{state}")


def _marked(value: float, state: str) -> str:
    return STATE_MARKS[state] + format_number(value, 3)


def _state_fills(page: Page) -> tuple[tuple[str, str], ...]:
    return page.fills(
        "states",
        finite=(theme.MUTED, 0.06),
        zero=(theme.ACCENT, 0.4),
        one=(theme.VIOLET, 0.45),
        inf=(theme.CONTRAST, 0.5),
        nan=(theme.DANGER, 0.6),
        wrong=(theme.PINK, 0.35),
    )


def _algorithm_name(page: Page, algorithm: str) -> str:
    return page.words(f"controls.algorithm.options.{algorithm}")
