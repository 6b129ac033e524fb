"""Charts of stages: panels with a slider through the stages, which Vega handles in the browser without a rerun.

What changes from stage to stage is sent as one text for all stages, of which Vega slices the current one (see
`ui.charts.frames.staged_texts`). What does not change is a data set of its own, whose marks are not re-rendered.

The marks are drawn on a canvas and the text as SVG over it (Vega's "hybrid" renderer), because the points are about a
thousand SVG elements otherwise. Votes are strips with hard-edged gradients and trees are rectangles, because one mark
per cell would be about five thousand marks. What both are worth is in ``docs/performance.md``.
"""

from __future__ import annotations

import json
import string
from typing import Any

import altair as alt

from ui.charts.grid import AnyChart, Fill
from ui.charts.lines import scale
from ui.charts.theme import DASHES, INK, MUTED, SERIES

# Left end of the second panel: the panels of a row share one coordinate system, with a gap.
SECOND = 1.04
CROSS = "M-.5,-.5L.5,.5M-.5,.5L.5,-.5"
CANVAS = {"embedOptions": {"renderer": "hybrid"}}
# The text colours of the two themes: on a canvas, `INK` ("currentColor") does not work.
ON_CANVAS = alt.expr("luminance(background) < 0.5 ? '#E8ECF3' : '#1A2130'")
# Opacity of a cell on which all trees agree; and the vote digits that have the colours of a single tree.
STRONGEST, LONE = 0.62, ("5", "u")
# Streamlit makes each row as wide as the column of the page; padding would be cut off on a phone.
NO_PADDING = {"left": 0, "right": 0, "top": 24, "bottom": 4}


def staged_panels(
    *,
    fills: tuple[Fill, Fill],
    shapes: tuple[tuple[str, str], ...],
    series: tuple[str, ...],
    titles: tuple[tuple[str, str], tuple[str, str]],
    slider: str,
    cells: int,
    dense: int,
    stride: int,
    last: int,
    x_title: str = "",
    y_title: str = "",
    y_domain: tuple[float, float] = (0.0, 0.5),
    colours: tuple[str, ...] = SERIES,
    heights: tuple[int, int, int] = (250, 190, 150),
) -> AnyChart:
    """Two rows of two panels, and curves below; one slider steps through all of them.

    The slider runs from the first to the last stage, 0 … 100 %, on a logarithmic scale like the axis of the curves.
    There is a stage for each of 1, 2, … ``dense``, then for every ``stride``-th up to ``last``. The upper panels show
    the votes; the lower panels show the last tree, and the areas of their points are weights.

    Data "strips" of votes, each of ``cells`` cells: ``x``, ``x2`` (the left ones in 0 … 1, the right ones in `SECOND`
    …), ``y``, ``y2``, ``number`` (0, 1, …: index in the text).
    Data "points": ``x``, ``y``, ``number`` (0, 1, …). Data "rings", around some points: ``x``, ``y``.
    Data "lines": ``x``, ``y``, ``series``. Data "here", a row: ``steps``; ``stages`` (how many there are); ``classes``
    (one digit for each point: its index in ``shapes``); stage by stage ``weights`` (two digits a point, tenths),
    ``crossed`` (one), ``votes`` (one a cell) and ``trees`` (the rectangles of `ui.charts.frames.staged_texts`).
    ``titles``: of the panels, row by row; a % is replaced by the number of the stage.
    """
    # The slider's position among 1 … steps, the index of its stage, and the number of that stage.
    at = "round(pow(data('here')[0].steps, scrub / 100))"
    stage = alt.param(
        name="stage", expr=f"({at} <= {dense} ? {at} - 1 : {dense - 1} + floor(({at} - {dense}) / {stride}))"
    )
    shown = f"(stage < {dense} ? stage + 1 : {dense} + {stride} * (stage - {dense - 1}))"

    # The current stage's slice of a text, computed once for all rows.
    def now(name: str) -> alt.Parameter:
        text = f"data('here')[0].{name}"
        piece = f"length({text}) / stages"
        return alt.param(name=f"{name}_now", expr=f"slice({text}, {piece} * stage, {piece} * (stage + 1))")

    classes_now = alt.param(name="classes_now", expr="data('here')[0].classes")
    stages = alt.param(name="stages", expr="data('here')[0].stages")

    first, second = fills[0][1], fills[1][1]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + SECOND], nice=False))
    unit = alt.Scale(domain=[0, 1], nice=False)
    y = alt.Y("y:Q", axis=None, scale=unit)
    palette = alt.param(name="palette", expr=_palette(first, second))
    trees_now = alt.param(name="trees_now", expr="split(data('here')[0].trees, ';')[stage]")
    points = alt.Chart(alt.NamedData("points"))
    here = alt.Chart(alt.NamedData("here"))
    codes = [str(k) for k in range(len(shapes))]
    shape = alt.Shape("point_class:N", legend=None, scale=alt.Scale(domain=codes, range=[s for _, s in shapes]))
    point_colour = alt.Color("point_class:N", legend=None, scale=alt.Scale(domain=codes, range=[first, second]))

    def title(column: int, text: str) -> alt.Chart:
        written: alt.Chart = (
            here.transform_calculate(title=f"replace({json.dumps(text)}, '%', {shown})")
            .mark_text(align="left", baseline="bottom", fontSize=14, fontWeight=600, color=INK)
            .encode(x=alt.XDatum(column * SECOND), y=alt.YValue(-6), text=alt.Text("title:N"))
        )
        return written

    def panel(row: int, height: int, marks: list[alt.Chart]) -> Any:
        return alt.layer(*marks, *(title(c, titles[row][c]) for c in (0, 1)), height=height)

    # Each strip overlaps the next by a pixel: a shared edge would show as a line.
    shares = (
        alt.Chart(alt.NamedData("strips"))
        .transform_calculate(strip=f"slice(votes_now, {cells} * datum.number, {cells} * (datum.number + 1))")
        .mark_rect(fill=alt.expr(_steps(cells)), y2Offset=-1)
        .encode(x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("y2:Q"))
    )
    against = [
        here.mark_rect(fill=alt.expr(f"palette['{LONE[0]}']")).encode(
            x=alt.XDatum(c * SECOND, axis=None),
            x2=alt.X2Datum(c * SECOND + 1),
            y=alt.YDatum(0, axis=None),
            y2=alt.Y2Datum(1),
        )
        for c in (0, 1)
    ]
    # The outline hides the seams. Clipped, because a panel that grows by half a pixel changes the layout.
    in_favour = (
        here.transform_filter("trees_now")
        .transform_calculate(each="split(trees_now, ' ')")
        .transform_flatten(["each"])
        .transform_calculate(
            x=f"{SECOND} * datum.each[0] + parseInt(datum.each[1], 36) / {cells}",
            y=f"parseInt(datum.each[2], 36) / {cells}",
            x2=f"datum.x + (parseInt(datum.each[3], 36) + 1) / {cells}",
            y2=f"datum.y + (parseInt(datum.each[4], 36) + 1) / {cells}",
        )
        .mark_rect(fill=(lone := alt.expr(f"palette['{LONE[1]}']")), stroke=lone, strokeWidth=1, clip=True)
        .encode(x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("y2:Q"))
    )

    # fillOpacity and strokeOpacity: with opacity, the browser composites each of a thousand marks separately.
    # Under new names, so that Vega recomputes them when the slider moves.
    positions = points.transform_calculate(point_class="slice(classes_now, datum.number, datum.number + 1)").encode(
        x=x, y=y, shape=shape
    )
    dots = positions.mark_point(
        filled=True, size=34, strokeWidth=1, stroke="#FFFFFF", opacity=1, fillOpacity=0.95, strokeOpacity=0.95
    ).encode(fill=point_colour)
    rings = (
        alt.Chart(alt.NamedData("rings"))
        .mark_point(filled=False, size=90, strokeWidth=1.6, stroke=ON_CANVAS, shape="circle", opacity=1)
        .encode(x=x, y=y)
    )
    weighted = positions.transform_calculate(
        tenths="parseInt(slice(weights_now, 2 * datum.number, 2 * datum.number + 2), 36)"
    )
    bubbles = (
        weighted.transform_calculate(area="min(4.2 * datum.tenths, 420)")
        .mark_point(filled=True, strokeWidth=1, stroke="#FFFFFF", opacity=1, fillOpacity=0.9, strokeOpacity=0.9)
        .encode(fill=point_colour, size=alt.Size("area:Q", scale=None))
    )
    unseen = (
        weighted.transform_filter("datum.tenths == 0")
        .mark_point(filled=False, size=26, strokeWidth=1.2, opacity=1, strokeOpacity=0.8)
        .encode(stroke=point_colour)
    )
    crosses = (
        points.transform_filter("slice(crossed_now, datum.number, datum.number + 1) == '1'")
        .mark_point(filled=False, strokeWidth=2, stroke=ON_CANVAS, size=80, opacity=1, strokeOpacity=0.8, shape=CROSS)
        .encode(x=x, y=y)
    )
    votes = panel(0, heights[0], [shares, dots, rings])
    trees = panel(1, heights[1], [*against, in_favour, bubbles, unseen, crosses])
    names = list(series)
    x_curves = alt.X(
        "x:Q",
        title=x_title,
        scale=alt.Scale(type="log", domain=[0.72, 1.22 * last], nice=False),
        axis=alt.Axis(values=[1, 2, 5, 10, 20, 50, 100, last], format="d"),
    )
    # The tick labels are inside the plot, left of 1, so that the curves are as wide as the panels.
    y_axis = alt.Axis(
        format="%",
        labelAlign="left",
        labelPadding=-4,
        ticks=False,
        domain=False,
        tickCount=5,
    )
    curves = (
        alt.Chart(alt.NamedData("lines"))
        .mark_line(clip=True, strokeWidth=2.5)
        .encode(
            x=x_curves,
            y=alt.Y("y:Q", title=None, scale=scale("linear", y_domain), axis=y_axis),
            color=alt.Color("series:N", legend=None, scale=alt.Scale(domain=names, range=list(colours[: len(names)]))),
            strokeDash=alt.StrokeDash(
                "series:N", legend=None, scale=alt.Scale(domain=names, range=[list(d) for d in DASHES[: len(names)]])
            ),
            tooltip=[
                alt.Tooltip("series:N"),
                alt.Tooltip("x:Q", title=x_title),
                alt.Tooltip("y:Q", title=y_title, format=".1%"),
            ],
        )
    )
    rule = (
        here.transform_calculate(x=shown).mark_rule(color=MUTED, strokeWidth=2.5).encode(x=alt.X("x:Q", title=x_title))
    )
    heading = here.mark_text(
        align="left", baseline="bottom", fontSize=14, fontWeight=600, color=INK, text=y_title
    ).encode(x=alt.XValue(0), y=alt.YValue(-12))
    below = alt.layer(curves, rule, heading, height=heights[2])
    scrub = alt.param(name="scrub", value=100, bind=alt.binding_range(min=0, max=100, step=0.5, name=slider + " "))
    pieces = (now(name) for name in ("weights", "crossed", "votes"))
    return alt.vconcat(
        votes,
        trees,
        below,
        spacing=30,
        padding=NO_PADDING,
        usermeta=CANVAS,
        params=[p.param for p in (scrub, palette, stages, stage, classes_now, trees_now, *pieces)],
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(color="independent")),
    )


def _palette(first: str, second: str) -> str:
    """Return a Vega expression for an object that maps each of 36 digits to a colour between the two ends.

    The colours are opaque mixtures with the background: overlapping transparent marks would be darker.
    """
    colours = []
    for value, digit in enumerate(string.digits + string.ascii_lowercase):
        share = STRONGEST * abs(value - 17.5) / 17.5
        full = bytes.fromhex((first, second)[value > 17][1:])
        mixed = (
            f"{share * value:.1f} + {1 - share:.3f} * rgb(background).{c}" for c, value in zip("rgb", full, strict=True)
        )
        colours.append(f"'{digit}': rgb({', '.join(mixed)})")
    return "{" + ", ".join(colours) + "}"


def _steps(cells: int) -> str:
    """Return a Vega expression for a gradient with hard edges: one palette colour for each cell."""
    colours = (f"palette[datum.strip[{k}]]" for k in range(cells))
    stops = (f"{{offset: {(k + end) / cells:.5f}, color: {c}}}" for k, c in enumerate(colours) for end in (0, 1))
    return "{gradient: 'linear', x1: 0, y1: 0, x2: 1, y2: 0, stops: [" + ", ".join(stops) + "]}"


def shaded_panels(*, fills: tuple[Fill, Fill], panels: int, height: int = 260) -> AnyChart:
    """Panels side by side, with cells coloured between two fills.

    Data "cells": ``x``, ``x2``, ``y``, ``y2`` (panel k from k · `SECOND` to k · `SECOND` + 1), ``value`` in −1 … 1,
    from the first look to the second, ``title`` (of the panel).
    """
    cells = alt.Chart(alt.NamedData("cells"))
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + SECOND * (panels - 1)], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    regions = (
        cells.transform_calculate(strength="abs(datum.value)")
        .mark_rect()
        .encode(
            x=x,
            x2=alt.X2("x2:Q"),
            y=y,
            y2=alt.Y2("y2:Q"),
            fill=alt.condition("datum.value < 0", alt.value(fills[0][1]), alt.value(fills[1][1])),
            fillOpacity=alt.FillOpacity("strength:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 0.8])),
        )
    )
    titles = (
        cells.transform_aggregate(x="min(x)", groupby=["title"])
        .mark_text(align="left", baseline="bottom", fontSize=14, fontWeight=600, color=INK)
        .encode(x=x, y=alt.YValue(-6), text=alt.Text("title:N"))
    )
    return alt.layer(regions, titles, height=height, padding=NO_PADDING)
