"""Votes, trees and errors of bagging and boosting, and how they vary with the training set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import bagging_vs_boosting as core
from core.tables import MAX_CLASSES
from ui.charts import builders, frames, theme
from ui.charts.frames import Frame
from ui.charts.grid import Symbol
from ui.numbers import format_figures, format_number, format_share
from ui.page import Page
from ui.page.markup import escape_markdown
from ui.page.state import Settings
from ui.snippets import join_code

Array = NDArray[np.float64]
# Settings of both ensembles, "bagging" and "boosting".
Ensembles = Mapping[str, Settings]
Fits = Mapping[str, core.StagedFit]

# Area of a point of average weight, and the largest one, in square pixels.
AREA, MAX_AREA = 42.0, 420.0
# Steps of the tone of a region, from an even vote to a unanimous one.
TONES = 5
# Left ends of the panels.
LEFTS = (0.0, builders.SECOND)
STAGES = np.array(core.STAGES)
# Training margins are compared with those of this many trees.
EARLY = 5
# Test and training error of bagging, of boosting, and the out-of-bag error.
METHOD_COLOURS = (theme.GOOD, theme.GOOD, theme.VIOLET, theme.VIOLET, theme.MUTED)
# By the codes of `core.WINNERS`.
WINNER_COLOURS = {
    "bagging": (theme.GOOD, 0.4),
    "boosting": (theme.VIOLET, 0.4),
    "not_significant": (theme.MUTED, 0.12),
}
WINNER_MARKS = {"bagging": "●", "boosting": "▲", "not_significant": "≈"}
# The parts of the error, by loss.
PARTS = {
    "squared": ("squared_bias", "variance", "squared_error"),
    "zero_one": ("main_bias", "main_variance", "disagreement"),
}
ERROR_DOMAINS = {"squared": (0.0, 1.2), "zero_one": (0.0, 0.4)}


def headline(page: Page, sample: core.Sample, grid: core.Grid, fits: Fits, ensembles: Ensembles, trees: int) -> None:
    """Draw both votes with ``trees`` trees, and the errors over the number of trees."""
    words, names = page.words, _method_names(page, ensembles)
    stage = core.STAGES.index(trees)
    tones = {name: _tones(fit.regions[stage]) for name, fit in fits.items()}
    # An ensemble that has ended has fewer trees.
    titles = [words("panels.vote", method=names[key], trees=min(trees, fit.n_rounds)) for key, fit in fits.items()]
    left, right = page.columns((1.3, 1))
    with left:
        page.chart(
            "votes",
            builders.class_panels,
            {
                **_panels(tones, titles),
                "points": _points(page, sample, grid),
                "rings": frames.panel_points(sample.points[sample.flipped], grid.low, grid.high, lefts=LEFTS),
            },
            fills=_class_fills(page),
            shapes=_point_shapes(page),
            over=((words("over.flipped"), "ring", theme.INK),) if sample.flipped.any() else (),
        )
    with right:
        errors = _errors(page, fits, names)
        page.chart(
            "errors",
            builders.lines,
            {"lines": frames.long(STAGES.astype(np.float64), errors), "here": {"x": [trees]}},
            series=tuple(errors),
            colours=METHOD_COLOURS,
            x_type="log",
            y_domain=(0.0, 0.25 if np.nanmax(list(errors.values())) <= 0.25 else 0.5),
            here=True,
            height=200,
        )
    findings = core.findings(sample, fits["bagging"], fits["boosting"], n_trees=trees)
    page.notice(*(words(f"notice.{f.code}", booster=names["boosting"], **f.figures) for f in findings))
    page.caption(words("panels.votes", x=escape_markdown(sample.names[0]), y=escape_markdown(sample.names[1])))


def last_trees(page: Page, sample: core.Sample, grid: core.Grid, fits: Fits, ensembles: Ensembles, trees: int) -> None:
    """Draw the tree that joined last in both ensembles, with the weight of every point for it and its mistakes."""
    words, names = page.words, _method_names(page, ensembles)
    stage = core.STAGES.index(trees)
    titles = [words("panels.tree", method=names[key], number=min(trees, fit.n_rounds)) for key, fit in fits.items()]
    weights = np.concatenate([fit.counts[stage] for fit in fits.values()])
    points = _points(page, sample, grid)
    mistakes = np.concatenate([fit.mistakes[stage] for fit in fits.values()])
    page.chart(
        "trees",
        builders.class_panels,
        {
            **_panels({name: fit.last_tree[stage].astype(np.float64) for name, fit in fits.items()}, titles),
            "points": {**points, "area": np.minimum(AREA * weights, MAX_AREA)},
            "crosses": {axis: points[axis][mistakes] for axis in ("x", "y")},
        },
        fills=_class_fills(page),
        shapes=_point_shapes(page),
        over=((words("over.mistake"), "x", theme.INK),),
        weighted=True,
        height=284,
    )
    found = core.tree_findings(fits["bagging"], fits["boosting"], stage=stage)
    page.notice(*(words(f"notice.{f.code}", booster=names["boosting"], **f.figures) for f in found))
    page.caption(words("panels.trees", x=escape_markdown(sample.names[0]), y=escape_markdown(sample.names[1])))


def weights(page: Page, sample: core.Sample, boosting: core.StagedFit) -> None:
    """Draw AdaBoost's bound over its training error, and its weight on flipped labels."""
    words = page.words
    if boosting.bound is None or boosting.flipped_share is None:
        page.info(words("weights.gradient"), icon=":material/info:")
        return
    charts = {
        "bound": {"error": boosting.train_error, "bound": boosting.bound},
        "flipped": {"weight": boosting.flipped_share, "points": np.full(core.MAX_TREES, sample.flipped.mean())},
    }
    for column, (name, curves) in zip(page.columns(2), charts.items(), strict=True):
        with column:
            lines = {words(f"weights.{curve}"): _at_stages(values) for curve, values in curves.items()}
            page.chart(
                name,
                builders.lines,
                {"lines": frames.long(STAGES.astype(np.float64), lines)},
                series=tuple(lines),
                x_type="log",
                y_domain=(0.0, 1.0),
                height=280,
                colours=(theme.VIOLET, theme.MUTED),
            )
    found = core.weight_findings(sample, boosting)
    page.notice(*(words(f"notice.{f.code}", **_shares(f)) for f in found))
    page.caption(words("weights.text"))


def margins(page: Page, fits: Fits, ensembles: Ensembles, trees: int) -> None:
    """Draw the distribution of the training margins with all trees and with a few."""
    words, names = page.words, _method_names(page, ensembles)
    thresholds = np.linspace(-1, 1, 201)
    curves, tenths = {}, {}
    for name, fit in fits.items():
        for when, n_trees in (("now", trees), ("early", EARLY)):
            margins = fit.margins[core.STAGES.index(n_trees)]
            curves[words(f"margins.{when}", method=names[name])] = core.margin_shares(margins, thresholds)
            tenths[f"{name}_{when}"] = format_number(np.quantile(margins, 0.1, method="inverted_cdf"), 2)
    page.chart(
        "margins",
        builders.lines,
        {"lines": frames.long(thresholds, curves)},
        series=tuple(curves),
        step=True,
        colours=METHOD_COLOURS,
        x_domain=(-1.0, 1.0),
        y_domain=(0.0, 1.0),
    )
    if trees > EARLY:
        change = words("margins.change", early=EARLY, trees=trees, booster=names["boosting"], **tenths)
    else:
        change = words("margins.few", early=EARLY)
    page.notice(change)
    page.caption(words("margins.text", trees=trees))


def agreement(
    page: Page, shares: Mapping[str, core.VotingShares], ensembles: Ensembles, trees: int, *, n_sets: int
) -> None:
    """Map how far the votes of independent training sets agree.

    ``shares`` has a result for a ``single`` tree, ``bagging`` and ``boosting``.
    """
    words = page.words
    titles = {"single": words("redrawn.single"), **_method_names(page, ensembles)}
    cells, divided = [], {}
    for panel, (name, share) in enumerate(shares.items()):
        stage = _last_stage(share, trees)
        panel_cells = frames.unit_cells(share.size, left=panel * builders.SECOND)
        cells.append(frames.frame(**panel_cells, value=share.agreement[stage], title=titles[name]))
        divided[f"divided_{name}"] = format_share(share.divided[stage], 1)
    page.chart(
        "redrawn", builders.shaded_panels, {"cells": frames.stack(*cells)}, fills=_class_fills(page), panels=len(shares)
    )
    least = core.least_divided(shares, n_trees=trees)
    if least:
        page.notice(words("notice.least_divided", method=titles[least], share=divided[f"divided_{least}"]))
    else:
        page.notice(words("notice.none_least_divided", sets=n_sets))
    page.metrics(divided)
    boosting = shares["boosting"]
    n_trees = boosting.stages[_last_stage(boosting, trees)]
    page.caption(words("redrawn.caption", sets=n_sets, trees=n_trees))


def decomposition(page: Page, result: core.Decomposition, loss: str, ensembles: Ensembles, name: str) -> None:
    """Draw bias, variance and error of the ensemble ``name`` over the number of trees."""
    words, method = page.words, _method_names(page, ensembles)[name]
    curves = {words(f"bias.{part}"): frames.value_and_interval(getattr(result, part)) for part in PARTS[loss]}
    if loss == "squared":
        curves[words("bias.noise")] = _without_interval(np.full(len(result.stages), result.noise))
    page.text(f"**{method}**")
    page.chart(
        f"bias_{name}",
        builders.lines,
        {"lines": frames.intervals(result.stages.astype(np.float64), curves)},
        series=tuple(curves),
        alt=words("bias.alt", method=method),
        band=True,
        x_type="log",
        y_domain=ERROR_DOMAINS[loss],
        height=275,
        x_title=words("bias.x"),
        y_title=words(f"bias.y.{loss}"),
    )


def decomposition_text(
    page: Page, results: Mapping[str, core.Decomposition], loss: str, ensembles: Ensembles, *, n_sets: int
) -> None:
    """Say how bias and variance of both ensembles change, and how they were measured."""
    methods = _method_names(page, ensembles)
    page.notice(
        *(
            page.words(
                f"notice.{f.code}",
                method=methods[name],
                part=page.words(f"parts.{part}"),
                **format_figures(f.figures, 2),
            )
            for name, result in results.items()
            for part, f in zip(("bias", "variance"), core.decomposition_findings(result, loss), strict=True)
        )
    )
    page.caption(page.words(f"bias.text.{loss}", sets=n_sets))


def tree_correlation(page: Page, result: core.Correlation, *, n_sets: int) -> None:
    """Draw the variance of a bag over its number of trees, measured and predicted from the correlation."""
    words = page.words
    curves = {
        words("floor.measured"): frames.value_and_interval(result.measured),
        words("floor.predicted"): _without_interval(result.predicted),
        words("floor.floor"): _without_interval(np.full(len(result.stages), result.floor)),
        words("floor.independent"): _without_interval(result.independent),
    }
    page.chart(
        "floor",
        builders.lines,
        {"lines": frames.intervals(result.stages.astype(np.float64), curves)},
        series=tuple(curves),
        band=True,
        x_type="log",
        y_type="sqrt",
        y_domain=(0.0, 0.8),
        colours=(theme.GOOD, theme.CONTRAST, theme.DANGER, theme.MUTED),
    )
    found = core.correlation_findings(result)
    if found:
        page.notice(*(words(f"notice.{f.code}", **format_figures(f.figures, 2)) for f in found))
    figures = {"rho": result.rho, "tree_variance": result.tree_variance, "floor": result.floor}
    page.metrics(format_figures(figures, 2))
    page.caption(words("floor.text", sets=n_sets // 2))


def noise_map(page: Page, result: core.NoiseMap, *, n_seeds: int) -> None:
    """Tabulate the better ensemble by the share of flipped labels and the number of trees."""
    fills = page.fills("winners", **{winner: WINNER_COLOURS[winner] for winner in core.WINNERS})
    states = dict(zip(core.WINNERS, (name for name, _ in fills), strict=True))
    rows = []
    for row, flip in enumerate(result.flips):
        cells = []
        for column, stage in enumerate(result.stages):
            winner = core.WINNERS[result.winners[row, column]]
            difference, high = result.difference[row, column], result.high[row, column]
            ahead = "bagging" if difference < 0 else "boosting"
            mark = WINNER_MARKS[ahead] if winner == ahead else WINNER_MARKS[winner] + WINNER_MARKS[ahead]
            text = f"{mark}{100 * abs(difference):.1f}±{100 * (high - difference):.1f}"
            cells.append((str(stage), text, states[winner]))
        rows.append((format_share(flip), cells))
    page.chart("noise", builders.state_grid, {"cells": frames.cells(rows)}, fills=fills, rows=len(rows))
    page.notice(*(page.words(f"notice.{f.code}", **_shares(f)) for f in core.noise_findings(result)))
    page.caption(page.words("noise.text", seeds=n_seeds))


def needs_population(page: Page) -> None:
    """Explain that training sets cannot be drawn from real data again."""
    page.info(page.words("only_populations"), icon=":material/info:")


def revealed(fits: Fits, trees: int) -> dict[str, str]:
    """Return the test errors, for the answer to the prediction."""
    return {name: format_share(fit.test_error[trees - 1], 1) for name, fit in fits.items()}


def own_classes(page: Page, name: str, classes: NDArray[Any]) -> None:
    """Say which values of the user's column are the classes A and B."""
    values, counts = np.unique(classes, return_counts=True)
    most = values[counts.argmax()]
    figures = {"most": _class_value(most), "count": int(counts.max()), "rows": classes.size, "name": name}
    if values.size == 2:
        text = page.words("upload.two_classes", other=_class_value(values[values != most][0]), **figures)
    else:
        text = page.words("upload.many_classes", others=values.size - 1, **figures)
    if values.size > MAX_CLASSES:
        text += " " + page.words("upload.too_many_classes", name=name)
    page.caption(escape_markdown(text))


def _class_value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def snippet(
    view: str,
    data: Settings,
    ensembles: Ensembles,
    *,
    trees: int,
    seed: int,
    table: Mapping[str, tuple[str, Any]] | None,
    read: tuple[str, str],
    own: Mapping[str, tuple[str, list[Settings]]],
) -> str:
    """Return code that fits both ensembles, and then the figures of a view.

    Parameters
    ----------
    view : str
    data : mapping of str to object
        The arguments of `make_sample`.
    ensembles, trees, seed
        The arguments of `fit_staged`.
    table : mapping of str to tuple, optional
        Names and columns of a user's table, by role.
    read : tuple of str
        The code that reads that table: an import, and an expression.
    own : mapping of str to tuple
        By view that trains on many sets: the name of its function in `core`, and the arguments of each call.
    """
    if table:
        first, second, target = (name for name, _ in table.values())
        settings = {name: data[name] for name in ("n", "flip", "seed")}
        sample = f"""
        # Your own file is read as own.csv from the project's folder.
        table = parse_table({read[1]}, labels=True)
        points = list(zip(table.columns[{first!r}], table.columns[{second!r}], strict=True))
        sample = sample_from(points, table.values({target!r}), **{settings})"""
        imports = "fit_staged, make_grid, sample_from\n        from core.tables import parse_table"
    else:
        sample, imports = (
            f"""
        sample = make_sample(**{dict(data)})""",
            "fit_staged, make_grid, make_sample",
        )
    fitted = f"""
        {read[0] if table else ""}
        from core.bagging_vs_boosting import {imports}
{sample}
        ensembles = []
        for settings in {[dict(settings) for settings in ensembles.values()]}:
            ensemble = fit_staged(sample, make_grid(sample), stages=[{trees}], seed={seed}, **settings)
            print(settings["method"], "test error", ensemble.test_error[-1], "training error", ensemble.train_error[-1])
            ensembles.append(ensemble)
        print("out-of-bag error", ensembles[0].oob_error[-1])
    """
    parts = {
        "trees": """
            for ensemble in ensembles:
                print("weights for the last tree", ensemble.counts[-1], "mistakes", ensemble.mistakes[-1].sum())
        """,
        "weights": f"""
            boosting = fit_staged(sample, make_grid(sample), stages=[{core.MAX_TREES}], seed={seed}, **settings)
            print("training error", boosting.train_error, "flipped labels", sample.flipped.mean())
            print("bound", boosting.bound, "weight of the flipped labels", boosting.flipped_share)
        """,
        "margins": f"""
            import numpy as np

            for settings in {[dict(settings) for settings in ensembles.values()]}:
                stages = sorted({{{EARLY}, {trees}}})
                ensemble = fit_staged(sample, make_grid(sample), stages=stages, seed={seed}, **settings)
                for stage, margins in zip(stages, ensemble.margins):
                    print(stage, "trees: a tenth of the margins is up to",
                          np.quantile(margins, 0.1, method="inverted_cdf"))
        """,
    }
    if view in own:
        function, calls = own[view]
        parts[view] = f"""
            from core.bagging_vs_boosting import {function}

            for settings in {[dict(arguments) for arguments in calls]}:
                print({function}(**settings))
        """
    return join_code(fitted, parts.get(view, ""))


def _method_names(page: Page, ensembles: Ensembles) -> dict[str, str]:
    booster = ensembles["boosting"]["method"]
    return {"bagging": page.words("methods.bagging"), "boosting": page.words(f"controls.booster.options.{booster}")}


def _panels(values: Mapping[str, Array], titles: list[str]) -> dict[str, Frame]:
    """Return the regions of both ensembles, with their titles; ``values`` are in −1 … 1, one for each cell."""
    size = math.isqrt(next(iter(values.values())).size)
    squares = [value.reshape(size, size) for value in values.values()]
    regions = [frames.merged_cells(square, left=left) for square, left in zip(squares, LEFTS, strict=True)]
    return {"regions": frames.stack(*regions), "titles": frames.frame(x=LEFTS, text=titles)}


def _tones(votes: NDArray[np.float32]) -> Array:
    """Return tones in −1 … 1 for votes in −1 … 1; an even vote has a faint one."""
    # With the square root, a narrow majority remains visible. In steps, neighbours have the same tone.
    steps = np.rint(TONES * np.sqrt(np.abs(votes))).astype(np.float64)
    tones: Array = np.copysign(0.1 + steps * 0.9 / TONES, votes)
    return tones


def _points(page: Page, sample: core.Sample, grid: core.Grid) -> dict[str, NDArray[Any]]:
    """Return the training points in both panels."""
    minus, plus = (name for name, _, _ in _point_shapes(page))
    kinds = np.where(sample.labels > 0, plus, minus).astype(object)
    return {**frames.panel_points(sample.points, grid.low, grid.high, lefts=LEFTS), "kind": np.tile(kinds, 2)}


def _point_shapes(page: Page) -> tuple[Symbol, Symbol]:
    minus, plus = page.words("classes.minus_point"), page.words("classes.plus_point")
    return (minus, "triangle-up", theme.CONTRAST), (plus, "circle", theme.ACCENT)


def _class_fills(page: Page) -> tuple[tuple[str, str], tuple[str, str]]:
    return (page.words("classes.minus"), theme.CONTRAST), (page.words("classes.plus"), theme.ACCENT)


def _errors(page: Page, fits: Fits, names: Mapping[str, str]) -> dict[str, Array]:
    """Return the errors of both ensembles at the stages, by the name of the curve."""
    curves = {}
    for name, fit in fits.items():
        curves[page.words("series.test", method=names[name])] = _at_stages(fit.test_error)
        curves[page.words("series.train", method=names[name])] = _at_stages(fit.train_error)
    oob_error = fits["bagging"].oob_error
    assert oob_error is not None
    curves[page.words("series.oob")] = _at_stages(oob_error)
    return curves


def _shares(finding: core.Finding) -> dict[str, str]:
    """Format the figures of a finding: shares in per cent, counts in full, and the bound as a number."""
    return {
        name: format_number(value, 2)
        if name in ("first", "last")
        else str(value)
        if isinstance(value, int)
        else format_share(value)
        for name, value in finding.figures.items()
    }


def _at_stages(values: Array) -> Array:
    """Return the values at the stages from those at every number of trees."""
    selected: Array = values[STAGES - 1]
    return selected


def _last_stage(shares: core.VotingShares, trees: int) -> int:
    """Return the index of the last stage up to ``trees`` trees."""
    return int(np.searchsorted(shares.stages, trees, side="right")) - 1


def _without_interval(values: Array) -> tuple[Array, Array, Array]:
    return values, values, values
