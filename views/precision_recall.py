"""A classifier on a test set: its answers, both curves, the steps between thresholds, and how sure all of it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import precision_recall as core
from core.findings import Finding
from ui.charts import builders, frames, theme
from ui.numbers import format_fraction, format_number, format_share
from ui.page import Page
from ui.page.markup import escape_markdown
from ui.page.state import Settings
from ui.snippets import join_code

Array = NDArray[np.float64]

# Range of the scores of the normal sources on the axis.
SCORES = (-4.0, 8.0)
BINS = 40
# The height that a histogram has at least, as a part of the taller one's, so that there is room for texts.
LEAST = 0.18
CELLS = {
    "tn": (theme.MUTED, 0.45),
    "fp": (theme.CONTRAST, 0.9),
    "fn": (theme.VIOLET, 0.9),
    "tp": (theme.ACCENT, 0.9),
}
# The shape and the colour of the end of a step.
KINDS = {
    "rise": ("triangle-up", theme.GOOD),
    "still": ("circle", theme.MUTED),
    "opposite": ("diamond", theme.CONTRAST),
}
# Steps that the picture shows on each side of the threshold.
NEAR = 30
# Marks in tables, with spaces at which no line is broken.
STAR, PLUS_MINUS = "★\u202f", "\u202f±\u202f"
# The sizes of steps that are compared.
SIZES = (1, 2, 5, 10, 20, 50, 100, 200)
# Figures that are written as per cent.
PER_CENT = frozenset({"rise", "still", "opposite", "share", "found"})
# Figures that are written with three significant digits, because they may be small or large.
SIGNIFICANT = frozenset({"share_of_positives", "threshold", "here", "each", "fpr"})


def headline(
    page: Page, sample: core.Sample, threshold: float, *, scores: tuple[float, float], note: str = ""
) -> core.Cells:
    """Draw the scores of both classes and the four cells; return the cells."""
    words = page.words
    cells = core.count(sample, threshold)
    intervals = core.metric_intervals(cells)
    left, right = page.columns((1, 1.08))
    with left:
        _draw_histograms(page, sample, threshold, cells, scores)
    with right:
        _draw_metrics(page, cells)
    page.notice(*(_sentence(page, finding) for finding in core.findings(cells)))
    measured = core.measure(cells)
    page.metrics(
        {
            name: words("undefined")
            if math.isnan(measured[name])
            else "{} ({}–{})".format(*map(format_fraction, (measured[name], *intervals[name])))
            for name in ("precision", "recall", "f1", "accuracy")
        }
    )
    page.caption(" ".join(filter(None, (words("headline_caption", n=f"{cells.total:,}"), note))))
    return cells


def curves(
    page: Page,
    sample: core.Sample,
    threshold: float,
    *,
    population: core.Population | None,
    share: float,
    note: str = "",
) -> None:
    """Draw the ROC curve and the precision-recall curve, with the operating point."""
    words = page.words
    ranking, cells = core.rank(sample), core.count(sample, threshold)
    drawn, measured = core.curves(ranking), core.measure(cells)
    intervals = core.metric_intervals(cells)
    fpr = cells.fp / cells.negatives if cells.negatives else math.nan
    both = {"measured": (drawn, theme.ACCENT)}
    if population:
        both["theory"] = (core.expected_curves(population, share), theme.GOOD)
    ends = np.array([0.0, 1.0])
    both["chance"] = (core.Curves(ends, ends, ends, np.full(2, cells.positives / cells.total)), theme.MUTED)
    names = {name: words(f"curves.{name}") for name in both}
    lines = {
        "roc": {names[name]: (curve.fpr, curve.tpr) for name, (curve, _) in both.items()},
        "pr": {names[name]: (curve.recall, curve.precision) for name, (curve, _) in both.items()},
    }
    points = {
        "roc": (fpr, measured["recall"], intervals["recall"]),
        "pr": (measured["recall"], measured["precision"], intervals["precision"]),
    }
    point = words("curves.point")
    for column, name in zip(page.columns(2), ("roc", "pr"), strict=True):
        x, y, (low, high) = points[name]
        shown = [(x, y, low, high, point)] if np.isfinite([x, y]).all() else []
        with column:
            page.chart(
                name,
                builders.measured,
                {
                    "points": frames.from_rows(("x", "y", "low", "high", "series"), shown),
                    "lines": frames.curves(lines[name]),
                },
                alt=_alternative_text(page, name, population),
                shapes=((point, "circle", theme.CONTRAST),),
                series=tuple(names.values()),
                colours=tuple(colour for _, colour in both.values()),
                x_type="linear",
                y_type="linear",
                x_domain=(0.0, 1.0),
                y_domain=(0.0, 1.0),
                height=250,
            )
    page.notice(*(_sentence(page, finding) for finding in core.curve_findings(ranking, population, share)))
    page.metrics(
        {
            "auc": _written(page, core.roc_area(ranking)),
            "average_precision": _written(page, core.average_precision(ranking)),
        }
    )
    page.caption(" ".join(filter(None, (words("curves.caption", n=f"{cells.total:,}"), note))))


def steps(page: Page, sample: core.Sample, threshold: float, size: int, *, note: str = "") -> None:
    """Draw the precision-recall curve near the threshold in steps of ``size`` examples, and what each step does."""
    words = page.words
    ranking = core.rank(sample)
    found = core.step_through(ranking, size)
    kinds = {kind: words(f"steps.{kind}") for kind in core.KINDS}
    curve = words("steps.curve")
    shares: dict[str, list[float]] = {kind: [] for kind in core.KINDS}
    for each in SIZES:
        for kind, share in core.step_through(ranking, each).shares.items():
            shares[kind].append(share)
    near = core.steps_near(ranking, found, threshold, count=NEAR)
    labels = [kinds[core.KINDS[kind]] for kind in near.kinds]
    left, right = page.columns((1.15, 1))
    with left:
        page.chart(
            "steps",
            builders.measured,
            {
                "points": frames.from_rows(
                    ("x", "y", "low", "high", "series"),
                    [
                        (x, y, y, y, label)
                        for x, y, label in zip(
                            near.recall[1:].tolist(), near.precision[1:].tolist(), labels, strict=True
                        )
                    ],
                ),
                "lines": frames.curves({curve: (near.recall, near.precision)}),
                "extent": frames.domain_frame(_padded(near.precision)),
            },
            title=words("steps.title", size=size),
            shapes=tuple((kinds[kind], *look) for kind, look in KINDS.items()),
            series=(curve,),
            colours=(theme.ACCENT,),
            x_type="linear",
            y_type="linear",
            fitted=True,
            size=70,
            height=250,
        )
    with right:
        page.chart(
            "kinds",
            builders.lines,
            {
                "lines": frames.long(
                    np.array(SIZES, np.float64), {kinds[kind]: np.array(shares[kind]) for kind in core.KINDS}
                ),
                "here": {"x": [size]},
            },
            title=words("steps.shares"),
            series=tuple(kinds.values()),
            colours=tuple(colour for _, colour in KINDS.values()),
            x_type="log",
            y_domain=(0.0, 1.0),
            here=True,
            height=250,
        )
    page.notice(*(_sentence(page, finding) for finding in core.step_findings(found, ranking)))
    page.metrics({kind: _per_cent(page, share) for kind, share in found.shares.items()})
    page.caption(" ".join(filter(None, (words("steps.caption", n=f"{sample.labels.size:,}", near=2 * NEAR), note))))


def thresholds(
    page: Page,
    sample: core.Sample,
    threshold: float,
    *,
    population: core.Population | None,
    share: float,
    ratio: float,
    scores: tuple[float, float],
    note: str = "",
) -> None:
    """Draw F1, accuracy and cost over the threshold, and say where each is best."""
    words = page.words
    ranking = core.rank(sample)
    found = core.sweep(ranking, *scores, ratio=ratio)
    drawn = {"f1": (found.f1, theme.ACCENT)}
    if population:
        drawn["expected"] = (core.expected_metrics(population, share, found.thresholds)["f1"], theme.GOOD)
    drawn |= {"accuracy": (found.accuracy, theme.CONTRAST), "cost": (found.cost, theme.VIOLET)}
    lines = {words(f"thresholds.{name}"): values for name, (values, _) in drawn.items()}
    page.chart(
        "thresholds",
        builders.lines,
        {"lines": frames.long(found.thresholds, lines), "here": {"x": [threshold]}},
        alt=_alternative_text(page, "thresholds", population),
        series=tuple(lines),
        colours=tuple(colour for _, colour in drawn.values()),
        x_domain=scores,
        y_domain=(0.0, 1.0),
        here=True,
        height=250,
    )
    cells = core.count(sample, threshold)
    if population:
        best = core.best_thresholds(population, share, ratio=ratio)
        findings = core.sweep_findings(found, population, share, best)
        page.notice(*(_sentence(page, finding) for finding in findings))
    else:
        here = core.measure(cells)["f1"]
        code = "no_best" if math.isnan(found.best_f1) else "best_measured"
        figures_of = {"best": found.best_f1, "threshold": found.best, "here": threshold, "f1": here}
        page.notice(_sentence(page, Finding(code, figures_of)))
    cost = format_number(core.mean_cost(cells, ratio), 3)
    page.metrics({"best_f1": _written(page, found.best_f1), "cost": cost})
    page.caption(" ".join(filter(None, (words("thresholds.caption", ratio=format_number(ratio)), note))))


def crossing(page: Page, pair: core.Pair, change: float, n: int) -> core.Pair:
    """Draw both curves of two models, and compare them by four metrics; return them."""
    words = page.words
    names = {model: words(f"models.{model}") for model in pair.curves}
    chance, diagonal = words("curves.chance"), np.array([0.0, 1.0])
    lines = {
        "roc": {names[model]: (curve.fpr, curve.tpr) for model, curve in pair.curves.items()}
        | {chance: (diagonal, diagonal)},
        "pr": {names[model]: (curve.recall, curve.precision) for model, curve in pair.curves.items()}
        | {chance: (diagonal, np.full(2, pair.share))},
    }
    for column, name in zip(page.columns(2), ("roc", "pr"), strict=True):
        with column:
            page.chart(
                f"{name}_models",
                builders.lines,
                {"lines": frames.curves(lines[name])},
                series=(*names.values(), chance),
                colours=(theme.ACCENT, theme.CONTRAST, theme.MUTED),
                x_domain=(0.0, 1.0),
                y_domain=(0.0, 1.0),
                height=190,
            )
    rows = {names[model]: [measured[column] for column in core.COMPARED] for model, measured in pair.measured.items()}
    _show_table(page, rows, core.COMPARED)
    page.notice(*(_sentence(page, finding) for finding in core.pair_findings(pair, change)))
    page.caption(words("models.caption", n=f"{n:,}"))
    return pair


def classifiers(page: Page, table: core.Table) -> None:
    """Show five classifiers of digits by seven metrics."""
    words = page.words
    rows = {words(f"models.{model}"): table.mean[at].tolist() for at, model in enumerate(core.MODELS)}
    _show_table(page, rows, core.COLUMNS, smallest=core.SMALLEST, spread=table.deviation.tolist())
    page.notice(*(_sentence(page, finding) for finding in core.table_findings(table)))
    page.caption(words("models.digits_caption", seeds=table.never.size, never=format_fraction(table.never.mean())))


def intervals(page: Page, coverage: core.Coverage, positives: int) -> None:
    """Draw how often intervals of the area contain it, over the number of positives."""
    words = page.words
    level = np.full(coverage.positives.size, 0.95)
    series = {words(f"intervals.{name}"): measured for name, measured in coverage.share.items()}
    series[words("intervals.nominal")] = (level, level, level)
    least, most = float(coverage.positives[0]), float(coverage.positives[-1])
    drawn_at = min(max(float(positives), least), most)
    page.chart(
        "coverage",
        builders.lines,
        {"lines": frames.intervals(coverage.positives, series), "here": {"x": [drawn_at]}},
        series=tuple(series),
        colours=(theme.ACCENT, theme.GOOD, theme.MUTED),
        x_type="log",
        x_domain=(least, most),
        y_domain=(0.0, 1.0),
        band=True,
        here=True,
        height=250,
    )
    page.notice(*(_sentence(page, finding) for finding in core.coverage_findings(coverage, positives)))
    at = int(np.abs(coverage.positives - positives).argmin())
    page.metrics(
        {"plain": format_share(coverage.share["plain"][0][at], 1), "width": format_fraction(coverage.width[at])}
    )
    caption = words(
        "intervals.caption", repeats=core.REPEATS, n=f"{core.TOTAL:,}", truth=format_fraction(coverage.truth)
    )
    place = "inside" if drawn_at == positives else "below" if positives < least else "above"
    rule = words(f"intervals.rule_{place}", positives=f"{positives:,}", end=format_number(drawn_at))
    page.caption(f"{caption} {rule}")


def own_classes(page: Page, pool: core.Pool) -> str:
    """Return which values of the user's labels are the positive and the negative class."""
    negative, positive = map(escape_markdown, pool.names)
    counts = {"negatives": f"{pool.negatives.size:,}", "positives": f"{pool.positives.size:,}"}
    return page.words("own_classes", positive=positive, negative=negative, **counts)


def revealed(cells: core.Cells, area: float) -> dict[str, str]:
    """Return the figures for the answer to the prediction."""
    measured = core.measure(cells)
    figures = {name: format_fraction(measured[name]) for name in ("recall", "accuracy", "f1")}
    return {
        "right": f"{100 * measured['precision']:.0f}",
        "auc": format_fraction(area),
        "n": f"{cells.total:,}",
        **figures,
    }


def snippet(view: str, data: Settings, options: Settings) -> str:
    """Return code that repeats the figures of a view.

    Parameters
    ----------
    view : str
    data : mapping of str to object
        ``source``, ``separation``, ``share`` (None: as in the data), ``n``, ``seed``, ``table`` (the names of the
        columns of the user's table, or None), ``read`` (the code that reads it: an import and an expression) and
        ``typed`` (a text with scores and labels).
    options : mapping of str to object
        ``threshold``, ``size``, ``ratio``, ``pair`` and ``scores``.
    """
    threshold = options["threshold"]
    parts = {
        "headline": (
            _sample_code(data),
            f"""
            from core.precision_recall import constant_answers, count, histogram, measure, metric_intervals

            cells = count(sample, {threshold})
            print(cells)
            for answer in (cells, *constant_answers(cells).values()):
                print(measure(answer))
            print(metric_intervals(cells))
            bins = histogram(sample, {threshold}, *{options["scores"]}, bins={BINS})
            print(bins.positives, bins.negatives)
            """,
        ),
        "curves": (
            _sample_code(data),
            f"""
            from core.precision_recall import average_precision, count, curves, measure, rank, roc_area

            ranking = rank(sample)
            print("AUC", roc_area(ranking), "average precision", average_precision(ranking))
            print(count(sample, {threshold}), measure(count(sample, {threshold})))
            print(curves(ranking))
            print("random", 0, 1, sample.positives / sample.labels.size)
            """,
            f"""
            from core.precision_recall import expected_curves

            print(expected_curves(population, {data["share"]}))
            """
            if data["source"] in core.SIGMAS
            else "",
        ),
        "steps": (
            _sample_code(data),
            f"""
            from core.precision_recall import rank, step_through, steps_near

            steps = step_through(rank(sample), {options["size"]})
            print(steps.shares)
            print(steps_near(rank(sample), steps, {threshold}))
            for size in {SIZES}:
                print(size, step_through(rank(sample), size).shares)
            """,
        ),
        "threshold": (
            _sample_code(data),
            f"""
            from core.precision_recall import count, mean_cost, rank, sweep

            found = sweep(rank(sample), *{options["scores"]}, ratio={options["ratio"]})
            print("best F1", found.best_f1, "at", found.best)
            print("cost", mean_cost(count(sample, {threshold}), {options["ratio"]}))
            print(found.f1, found.accuracy, found.cost)
            """,
            f"""
            from core.precision_recall import expected_metrics

            print(expected_metrics(population, {data["share"]}, found.thresholds)["f1"])
            """
            if data["source"] in core.SIGMAS
            else "",
        ),
        "models": (_models_code(data, options),),
        "positives": (
            f"""
            from core.precision_recall import cover

            coverage = cover({data["separation"]}, seed={data["seed"]})
            print(coverage.positives, coverage.share["plain"][0], coverage.share["logit"][0])
            print("promised", 0.95, "median width", coverage.width)
            """,
        ),
    }
    return join_code(*parts[view])


def _models_code(data: Settings, options: Settings) -> str:
    if options["pair"] == "digits":
        return """
            from core.precision_recall import COLUMNS, MODELS, compare_models

            table = compare_models()
            print(COLUMNS)
            for model, mean, deviation in zip(MODELS, table.mean, table.deviation):
                print(model, mean, deviation)
            print("never:", table.never.mean())
            """
    return f"""
            from core.precision_recall import compare_pair

            pair = compare_pair({data["n"]}, {data["share"]}, seed={data["seed"]})
            for name, curve in pair.curves.items():
                print(name, pair.measured[name])
                print(curve.fpr, curve.tpr, curve.recall, curve.precision)
            """


def _sample_code(data: Settings) -> str:
    """Return code that makes the test set on the stage, ``sample``."""
    source, share, seed = data["source"], data["share"], data["seed"]
    if source in core.SIGMAS:
        return f"""
            from core.precision_recall import draw, make_population

            population = make_population({source!r}, {data["separation"]})
            sample = draw(population, {data["n"]}, {share}, seed={seed})
            """
    if data["typed"]:
        pool = f"parse_pairs({data['typed']!r})"
        imports, before = "parse_pairs, select", ""
    elif data["table"]:
        score, label = data["table"]
        read_import, read = data["read"]
        imports = "pool_of, select"
        before = f"""
            {read_import}
            from core.tables import parse_table

            # Your own file is read as own.csv from the project's folder.
            table = parse_table({read}, min_columns=2, labels=True)"""
        pool = f"pool_of(table.columns[{score!r}], table.values({label!r}))"
    else:
        pool, imports, before = f"digit_scores({core.SOURCE_MODELS[source]!r}, seed={seed})", "digit_scores, select", ""
    return f"""{before}
            from core.precision_recall import {imports}

            sample = select({pool}, {share}, seed={seed})
            """


def _draw_histograms(
    page: Page, sample: core.Sample, threshold: float, cells: core.Cells, scores: tuple[float, float]
) -> None:
    """Draw the scores of negatives upwards and of positives downwards, on the scale of counts."""
    words = page.words
    low, high = scores
    found = core.histogram(sample, threshold, low, high, bins=BINS)
    names = {cell: words(f"cells.{cell}") for cell in CELLS}
    alarm = found.edges[:-1] >= threshold
    rows = []
    for counts, position, called in ((found.negatives, 1, ("tn", "fp")), (found.positives, -1, ("fn", "tp"))):
        for at in np.flatnonzero(counts):
            x, x2 = float(found.edges[at]), float(found.edges[at + 1])
            rows.append((x, x2, float(counts[at]), position, names[called[int(alarm[at])]]))
    up, down = (float(counts.max(initial=0.0)) for counts in (found.negatives, found.positives))
    tallest = max(up, down, 1.0)
    bottom, top = -max(1.2 * down, LEAST * tallest), max(1.2 * up, LEAST * tallest)
    corners = (("tn", low, top), ("fp", high, top), ("fn", low, bottom), ("tp", high, bottom))
    page.chart(
        "scores",
        builders.mirrored_histograms,
        {
            "bins": frames.from_rows(("x", "x2", "y", "position", "series"), rows),
            "extent": frames.domain_frame((bottom, top)),
            "texts": frames.from_rows(
                ("x", "y", "text"),
                [(x, y, words(f"corners.{cell}", count=f"{getattr(cells, cell):,}")) for cell, x, y in corners],
            ),
            "here": {"x": [threshold]},
        },
        parts=page.fills("cells", **CELLS),
        x_domain=scores,
        height=285,
    )


def _draw_metrics(page: Page, cells: core.Cells) -> None:
    """Draw the confusion matrix with its sums, and the metrics beside those of constant answers."""
    words = page.words
    answers = {"this": cells, **core.constant_answers(cells)}
    columns = [words(f"columns_of.{name}") for name in ("no_alarm", "alarm", "sum")]
    counts = {
        "negatives": (cells.tn, cells.fp, cells.negatives),
        "positives": (cells.fn, cells.tp, cells.positives),
        "sum": (cells.tn + cells.fn, cells.alarms, cells.total),
    }
    states = {"negatives": ("tn", "fp", "sum"), "positives": ("fn", "tp", "sum"), "sum": ("sum",) * 3}
    table = [
        (
            words(f"rows_of.{row}"),
            [
                (column, f"{value:,}", words(f"cells.{state}"))
                for column, value, state in zip(columns, values, states[row], strict=True)
            ],
        )
        for row, values in counts.items()
    ]
    page.chart(
        "confusion",
        builders.state_grid,
        {"cells": frames.cells(table)},
        fills=page.fills("cells", **{**CELLS, "sum": (theme.MUTED, 0.1)}),
        rows=len(table) + 1,
    )
    rows = {words(f"rows_of.{name}"): list(core.measure(answer).values()) for name, answer in answers.items()}
    _show_table(page, rows, core.METRICS)


def _show_table(
    page: Page,
    rows: Mapping[str, Sequence[float]],
    columns: Sequence[str],
    *,
    smallest: Sequence[str] = (),
    spread: Sequence[Sequence[float]] | None = None,
) -> None:
    """Show a table of metrics with a star at the best value of each column, in ``smallest`` the smallest one.

    ``rows`` are the values by the name of the row; ``spread`` are their standard deviations.
    """
    words = page.words
    table = {words("columns_of.model"): list(rows)}
    for at, column in enumerate(columns):
        values = np.array([row[at] for row in rows.values()])
        known = values[np.isfinite(values)]
        best = (known.min() if column in smallest else known.max()) if known.size else math.nan
        cells = [
            "0/0" if math.isnan(value) else f"{STAR if value == best else ''}{format_fraction(value)}"
            for value in values
        ]
        if spread:
            cells = [
                f"{cell}{PLUS_MINUS}{format_fraction(deviation[at])}"
                for cell, deviation in zip(cells, spread, strict=True)
            ]
        table[words(f"columns_of.{column}")] = cells
    page.table(table)


def _alternative_text(page: Page, chart: str, population: core.Population | None) -> str:
    """Return the alternative text of a chart that has a curve of the population, if there is one."""
    return page.words(f"charts.{chart}.{'alt' if population else 'alt_measured'}")


def _padded(values: Array) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    room = 0.08 * (high - low) or 0.05
    return low - room, high + room


def _written(page: Page, value: float) -> str:
    return page.words("undefined") if math.isnan(value) else format_fraction(value)


def _per_cent(page: Page, value: float) -> str:
    return page.words("undefined") if math.isnan(value) else format_share(value, 1)


def _sentence(page: Page, finding: Finding) -> str:
    """Return the sentence of a finding: counts in full, rates with three decimals."""
    return page.words(f"notice.{finding.code}", **_figures(page, finding.figures))


def _figures(page: Page, figures: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: f"{value:,}"
        if isinstance(value, int)
        else _per_cent(page, value)
        if name in PER_CENT
        else format_number(value, 3)
        if name in SIGNIFICANT
        else _written(page, value)
        for name, value in figures.items()
    }
