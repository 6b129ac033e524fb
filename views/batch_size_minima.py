"""Runs on a loss with a sharp and a flat minimum, and the minima of networks trained with several batch sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core import batch_size_minima as core
from core.findings import Finding
from ui.charts import builders, frames, theme
from ui.numbers import format_figures, format_number, format_share
from ui.page import Page
from ui.page.state import Settings
from ui.snippets import join_code

Array = NDArray[np.float64]

W_DOMAIN = (-1.75, 2.75)
LOSS_DOMAIN = (-0.4, 8.0)
RUNS_DRAWN = 100

# By batch size, from the smallest to the largest.
BATCH_COLOURS = (theme.ACCENT, theme.GOOD, theme.VIOLET, theme.CONTRAST, theme.MUTED)
TRAINING_CURVES = {"loss": "log", "test_accuracy": "linear", "sharpness": "log"}
MEASURES = ("lambda", "trace", "filter", "keskar", "polished", "test_accuracy")
PUBLISHED_COLUMNS = ("network", "data", "sharp_small", "sharp_large", "ratio", "test_small", "test_large", "gap")


def headline(page: Page, result: core.Escape, batch_size: int, progress: int, settings: Settings) -> None:
    """Draw the runs with one batch size on the landscape, and the share that ends in the flat basin by batch size.

    ``progress``: the share of the updates that the runs have made, in per cent.
    """
    row = core.row_of_batch_size(result, batch_size)
    shares = frames.intervals(
        result.batch_sizes.astype(np.float64), {page.words("kinds.share"): (result.flat, result.low, result.high)}
    )
    left, right = page.columns((1.4, 1))
    with left:
        _draw_runs(page, result, row, progress * core.STAGES // 100)
    with right:
        page.chart(
            "share",
            builders.measured,
            {"points": shares, "here": {"x": [batch_size]}},
            here=True,
            shapes=((page.words("kinds.share"), "circle", theme.ACCENT),),
            x_domain=(7.0, 600.0),
            y_type="linear",
            y_domain=(0.0, 1.0),
            height=230,
        )
    findings = core.escape_findings(
        result,
        batch_size=batch_size,
        noise=settings["noise"],
        start=settings["start"],
        constant_ratio=settings["constant_ratio"],
    )
    page.notice(*(_escape_sentence(page, finding) for finding in findings))
    learning_rate = core.learning_rate_of(result, batch_size)
    edge, sharp = format_number(2 / learning_rate, 3), format_number(core.SHARP, 2)
    page.metrics(
        {
            "rate": format_number(learning_rate, 3),
            "updates": f"{result.steps[row]:,}",
            "edge": page.words("edge", edge=edge, sharp=sharp),
        }
    )


def minibatches(page: Page, landscapes: core.MinibatchLandscapes, batch_size: int, update: int, noise: str) -> None:
    """Draw the landscape that one update of a run sees, those of the other updates, and the mean of all.

    ``update`` is 1, 2, …
    """
    words = page.words
    full, mean, seen = (words(f"series.{name}") for name in ("full", "mean", "seen"))
    shapes = ((words("kinds.before"), "circle", theme.INK), (words("kinds.after"), "diamond", theme.GOOD))
    curves = np.stack([np.broadcast_to(landscapes.w, landscapes.seen.shape), landscapes.seen], axis=-1)
    lines = {full: landscapes.full, mean: landscapes.mean, seen: landscapes.seen[update - 1]}
    page.chart(
        "seen",
        builders.profile,
        {
            "points": frames.frame(
                x=landscapes.path[update - 1 : update + 1],
                y=landscapes.height[update - 1],
                kind=[name for name, _, _ in shapes],
            ),
            "lines": frames.long(landscapes.w, lines),
            "texts": frames.from_rows(("x", "text"), [(0.5, words("texts.update", n=update))]),
            "others": frames.groups(curves, "group"),
        },
        series=tuple(lines),
        shapes=shapes,
        colours=(theme.ACCENT, theme.VIOLET, theme.CONTRAST),
        x_domain=W_DOMAIN,
        y_domain=LOSS_DOMAIN,
        opacity=0.9,
        size=190,
        height=265,
    )
    finding = core.minibatch_finding(batch_size, noise)
    page.notice(words(f"shaking.{finding.code}", **finding.figures))
    page.caption(words("shaking.toy"))


def published_sharpness(page: Page) -> None:
    """Show the published results of Keskar et al., marked as published."""
    words = page.words
    page.text(words("keskar.text"))
    page.table(
        {
            words(f"keskar.{column}"): [_table_cell(getattr(row, column)) for row in core.KESKAR]
            for column in PUBLISHED_COLUMNS
        }
    )
    page.notice(words("notice.published", **format_figures(core.published_finding().figures, 3)))
    page.caption(words("keskar.caption"))


def training(page: Page, study: core.Study) -> None:
    """Draw the training of the networks, and the sharpness and test accuracy of their solutions by batch size."""
    for column, (name, y_type) in zip(page.columns(3), TRAINING_CURVES.items(), strict=True):
        with column:
            _draw_training_curve(page, study, name, y_type)
    findings = core.study_findings(study)
    page.notice(*(page.words(f"notice.{f.code}", **format_figures(f.figures, 3)) for f in findings))
    measures = MEASURES if np.isfinite(study.final_values("loss")).any() else ()
    for column, name in zip(page.columns(3, rows=2), measures, strict=False):
        with column:
            _draw_measure(page, study, name)
    notes = [page.words("measures_text")]
    errors = {
        "error": _relative_error(study.trace_error, study.measures["trace"]),
        "filter_error": _relative_error(study.filter_error, study.measures["filter"]),
    }
    if all(errors.values()):
        notes.append(page.words("measures_errors", probes=core.N_PROBES, directions=core.N_DIRECTIONS, **errors))
    page.caption(" ".join(notes))


def slices(
    page: Page, study: core.Study, line: core.Interpolation, around: core.Profiles, planes: Mapping[str, core.Plane]
) -> None:
    """Draw the loss between the solutions of the smallest and the largest batch, and around solutions.

    ``planes`` has a plane through a solution for each of the charts ``plane_small`` and ``plane_large``.
    """
    words = page.words
    between = {words(f"series.{part}"): frames.mask_outside(getattr(line, part)) for part in ("train", "test")}
    by_batch = {_batch_name(page, run): loss for run, loss in zip(study.runs, around.loss, strict=True)}
    curves = {"slice_line": (line.t, between), "slice_around": (around.t, by_batch)}
    for column, (name, (t, losses)) in zip(page.columns(2), curves.items(), strict=True):
        with column:
            page.chart(
                name,
                builders.lines,
                {"lines": frames.bands(t, losses)},
                series=tuple(losses),
                band=True,
                y_type="log",
                colours=BATCH_COLOURS,
            )
    finding = core.interpolation_finding(line)
    page.notice(words(f"notice.{finding.code}", **format_figures(finding.figures, 3)))
    for column, (name, plane) in zip(page.columns(2), planes.items(), strict=True):
        with column:
            page.chart(
                name,
                builders.shaded_map,
                {"cells": frames.surface_cells(plane.t, plane.t, plane.loss)},
                value_domain=(0.01, 10.0),
                value_type="log",
                value_title=words("charts.runs.y"),
                height=230,
                downwards=False,
            )
    page.caption(words("slices_text", weights=study.runs[0].models.shape[1]))


def rescaling(page: Page, study: core.Study, result: core.Rescaling, alpha: float) -> None:
    """Draw how the sharpness of one solution depends on the scale α of its weights, while its outputs do not."""
    words = page.words
    measures = {"lambda": result.lambda_max, "keskar": result.keskar, "filter": result.filter}
    curves = {words(f"charts.measure_{name}.title"): frames.mask_outside(value) for name, value in measures.items()}
    page.chart(
        "dinh",
        builders.lines,
        {"lines": frames.long(result.alpha, curves), "here": {"x": [alpha]}},
        series=tuple(curves),
        x_type="log",
        y_type="log",
        y_domain=(1e-2, 1e2),
        here=True,
    )
    finding = core.rescaling_finding(result)
    page.notice(words(f"notice.{finding.code}", **format_figures(finding.figures, 3)))
    index = core.ALPHAS.index(alpha)
    page.metrics(
        {
            "test": format_share(result.accuracy[index], 2),
            "logits": format_number(result.logit_change[index], 2),
            **format_figures({name: float(value[index]) for name, value in measures.items()}),
        }
    )
    page.caption(words("dinh_text", b=study.runs[0].batch))


def nothing_learnt(page: Page) -> None:
    """Explain why there are no solutions to draw."""
    page.info(page.words("notice.line_none"))


def revealed(results: Mapping[str, core.Escape], batch_size: int) -> dict[str, str]:
    """Return the share of runs that end flat in each result, for the answer to the prediction."""
    return {
        name: format_share(result.flat[core.row_of_batch_size(result, batch_size)]) for name, result in results.items()
    }


def snippet(view: str, batch_sizes: Sequence[int], settings: Settings, *, batch_size: int, updates: int) -> str:
    """Return code that repeats the runs on the landscape, and then the figures of a view."""
    runs = f"""
        from core.batch_size_minima import escape

        found = escape({batch_sizes}, **{settings})
        for size, flat, low, high in zip(found.batch_sizes, found.flat, found.low, found.high):
            print(f"B = {{size}}: {{flat}} of the runs that did not diverge end flat, 95% interval {{low}} to {{high}}")
    """
    options = {"noise": settings["noise"], "start": settings["start"], "updates": updates, "seed": settings["seed"]}
    own = {
        "headline": f"""
            row = {batch_sizes.index(batch_size)}
            rate = found.learning_rates[row]
            print("learning rate", rate, "2/lr", 2 / rate, "updates", found.steps[row])
        """,
        "shaking": f"""
            from core.batch_size_minima import minibatch_landscapes

            rate = found.learning_rates[{batch_sizes.index(batch_size)}]
            shown = minibatch_landscapes({batch_size}, learning_rate=rate, **{options})
            print(shown.path, shown.height)
        """,
        "keskar": """
            from core.batch_size_minima import KESKAR

            # The published results are not computed here.
            for row in KESKAR:
                print(row)
        """,
    }
    return join_code(runs, own[view])


def training_snippet(view: str, setting: core.Setting, alpha: float) -> str:
    """Return code that repeats the training of the networks, and then the figures of a view."""
    trained = f"""
        from core.batch_size_minima import Setting, compare, study

        found = study({setting})
        for measure in (*found.measures, "loss", "test_accuracy"):
            print(measure, "largest batch less smallest:", compare(found, measure))
    """
    own = {
        "training": """
            from core.batch_size_minima import by_batch

            for measure in (*found.measures, "loss", "test_accuracy"):
                print(measure, "by batch size:", by_batch(found, measure)[0])
        """,
        "slices": """
            from core.batch_size_minima import interpolate, plane, profiles

            line = interpolate(found)
            print(line.curvature, line.barrier, line.train, line.test)
            print(profiles(found).loss)
            if found.first_usable is not None:
                for batch in (0, len(found.runs) - 1):
                    print(plane(found, batch_index=batch, seed_index=found.first_usable).loss)
        """,
        "dinh": f"""
            from core.batch_size_minima import rescaling

            if found.first_usable is not None:
                same = rescaling(found, [{alpha}], seed_index=found.first_usable)
                print(same.accuracy, same.logit_change, same.lambda_max, same.keskar, same.filter)
        """,
    }
    return join_code(trained, own[view])


def _draw_runs(page: Page, result: core.Escape, row: int, stage: int) -> None:
    """Draw runs with one batch size on the landscape, at one of the recorded stages."""
    words = page.words
    w, kind, full = result.path[row, stage, :RUNS_DRAWN], words("kinds.run"), words("series.full")
    axis = np.linspace(*W_DOMAIN, 181)
    counts = {"sharp": (-1.0, result.in_sharp), "flat": (1.0, result.in_flat)}
    texts = [(x, words(f"texts.{basin}", n=count[row, stage])) for basin, (x, count) in counts.items()]
    page.chart(
        "runs",
        builders.profile,
        {
            "points": frames.frame(x=w, y=core.landscape(w), kind=[kind] * w.size),
            "lines": frames.long(axis, {full: core.landscape(axis)}),
            "texts": frames.from_rows(("x", "text"), texts),
            "others": frames.from_rows(("x", "y", "group"), []),
        },
        series=(full,),
        shapes=((kind, "circle", theme.INK),),
        x_domain=W_DOMAIN,
        y_domain=LOSS_DOMAIN,
    )


def _escape_sentence(page: Page, finding: Finding) -> str:
    """Return the sentence of a finding about runs; shares are those of the runs that have not diverged."""
    figures = finding.figures
    counted = ""
    if finding.code in core.STARTS:
        code = "all" if figures["left"] == figures["runs"] else "left"
        counted = page.words(f"counted.{code}", left=figures["left"], runs=figures["runs"])
    return page.words(f"notice.{finding.code}", counted=counted, **figures)


def _relative_error(error: Array, value: Array) -> str:
    """Return the median of the relative errors, in per cent; "" if there are none."""
    with np.errstate(all="ignore"):
        relative = error / np.abs(value)
    finite = relative[np.isfinite(relative)]
    return format_share(np.median(finite)) if finite.size else ""


def _draw_training_curve(page: Page, study: core.Study, name: str, y_type: str) -> None:
    """Draw a curve of `core.Run` for every batch size, as median and range over the seeds."""
    curves = {
        _batch_name(page, run): (run.updates[1:].astype(np.float64), frames.mask_outside(getattr(run, name)[:, 1:]))
        for run in study.runs
    }
    if name == "sharpness" and np.isfinite(study.runs[-1].edge):
        updates, edge = study.runs[-1].edge_curve
        curves[page.words("edge_of")] = updates.astype(np.float64), edge
    page.chart(
        f"net_{name}",
        builders.lines,
        {"lines": frames.runs(curves)},
        series=tuple(curves),
        band=True,
        x_type="log",
        y_type=y_type,
        colours=BATCH_COLOURS,
        height=210,
    )


def _draw_measure(page: Page, study: core.Study, name: str) -> None:
    """Draw a measure of the solutions over the batch size, with its interval over the seeds."""
    kind = page.words("kinds.solutions")
    batches = tuple(run.batch for run in study.runs)
    page.chart(
        f"measure_{name}",
        builders.measured,
        {"points": frames.intervals(np.array(batches), {kind: core.by_batch(study, name)})},
        shapes=((kind, "circle", theme.ACCENT),),
        height=220,
        x_domain=(3.0, 700.0),
        x_ticks=batches,
        y_type="linear",
        y_padding=8,
    )


def _batch_name(page: Page, run: core.Run) -> str:
    return page.words("b", b=run.batch)


def _table_cell(value: str | float) -> str:
    return value if isinstance(value, str) else format_number(value, 5)
