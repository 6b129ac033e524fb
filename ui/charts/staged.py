"""Charts of stages: panels that a slider in the browser steps through, without the server.

What changes from stage to stage is sent once, as texts for all cells or points, of which the slider cuts a piece (see
`ui.frames.staged_texts`). What stands still is data of its own, whose marks stay as long as the sample does.

The chart is drawn on a canvas, with its text as SVG over it: as SVG elements the points alone took a third of a move.
Cells are not images either: each would be missing until the browser has unpacked it, two or three frames long. Votes
are strips, trees are rectangles: a mark a cell would be five thousand for the browser to compute at every move.
"""

from __future__ import annotations

import json
import string
from typing import Any

import altair as alt

from ui.charts.grid import AnyChart, Look
from ui.charts.lines import scale
from ui.theme import DASHES, INK, MUTED, SERIES

# Two panels beside each other in one coordinate system, a gap between them.
SECOND = 1.04
CROSS = "M-.5,-.5L.5,.5M-.5,.5L.5,-.5"
CANVAS = {"embedOptions": {"renderer": "hybrid"}}
# The text colours of the two themes: a canvas knows its background, but not what `INK` stands for.
ON_CANVAS = alt.expr("luminance(background) < 0.5 ? '#E8ECF3' : '#1A2130'")
# How much of its colour a cell has that all trees agree on; and the digits of the votes that look like a single tree.
STRONGEST, LONE = 0.62, ("5", "u")
# Streamlit makes each row as wide as the page's column: what stands out would be cut off on a phone.
NO_PADDING = {"left": 0, "right": 0, "top": 24, "bottom": 4}


def staged_panels(
    *,
    looks: tuple[Look, Look],
    kinds: tuple[tuple[str, str], ...],
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
    """Two rows of two panels, and curves below; a slider steps through them together.

    The slider goes from the first stage to the build's end, 0 … 100 %, as the curves' axis does: by equal factors.
    There is a stage for each of 1, 2, … ``dense``, then for every ``stride``-th up to ``last``. Above, the votes
    fill the panels; below, what the last tree says, and there the points' areas are weights.

    Data "strips" of votes, each of ``cells`` cells: ``x``, ``x2`` (the left ones in 0 … 1, the right ones in `SECOND`
    …), ``y``, ``y2``, ``number`` (0, 1, …, where they stand in the text).
    Data "points": ``x``, ``y``, ``number`` (0, 1, …). Data "rings", around some of them: ``x``, ``y``.
    Data "lines": ``x``, ``y``, ``series``. Data "here", a row: ``steps``; ``stages`` (how many there are); ``kinds``
    (a digit a point: the place in ``kinds``); stage by stage ``weights`` (two digits a point, tenths), ``crossed``
    (one), ``votes`` (one a cell) and ``trees`` (the rectangles of `ui.frames.staged_texts`).
    ``titles``: of the panels, row by row; a % stands for the stage's number.
    """
    # The slider's place among 1 … steps, the stage that it belongs to, and that stage's number: once for all rows.
    at = "round(pow(data('here')[0].steps, scrub / 100))"
    stage = alt.param(
        name="stage", expr=f"({at} <= {dense} ? {at} - 1 : {dense - 1} + floor(({at} - {dense}) / {stride}))"
    )
    shown = f"(stage < {dense} ? stage + 1 : {dense} + {stride} * (stage - {dense - 1}))"

    # Of the texts, the stage's piece once for all.
    def now(name: str) -> alt.Parameter:
        text = f"data('here')[0].{name}"
        piece = f"length({text}) / stages"
        return alt.param(name=f"{name}_now", expr=f"slice({text}, {piece} * stage, {piece} * (stage + 1))")

    kinds_now = alt.param(name="kinds_now", expr="data('here')[0].kinds")
    stages = alt.param(name="stages", expr="data('here')[0].stages")

    first, second = looks[0][1], looks[1][1]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + SECOND], nice=False))
    unit = alt.Scale(domain=[0, 1], nice=False)
    y = alt.Y("y:Q", axis=None, scale=unit)
    palette = alt.param(name="palette", expr=_palette(first, second))
    trees_now = alt.param(name="trees_now", expr="split(data('here')[0].trees, ';')[stage]")
    points = alt.Chart(alt.NamedData("points"))
    here = alt.Chart(alt.NamedData("here"))
    codes = [str(k) for k in range(len(kinds))]
    shape = alt.Shape("kind:N", legend=None, scale=alt.Scale(domain=codes, range=[s for _, s in kinds]))
    point_colour = alt.Color("kind:N", legend=None, scale=alt.Scale(domain=codes, range=[first, second]))

    def title(column: int, text: str) -> alt.Chart:
        written: alt.Chart = (
            here.transform_calculate(title=f"replace({json.dumps(text)}, '%', {shown})")
            .mark_text(align="left", baseline="bottom", fontSize=14, fontWeight=600, color=INK)
            .encode(x=alt.XDatum(column * SECOND), y=alt.YValue(-6), text=alt.Text("title:N"))
        )
        return written

    def panel(row: int, height: int, marks: list[alt.Chart]) -> Any:
        return alt.layer(*marks, *(title(c, titles[row][c]) for c in (0, 1)), height=height)

    # Each a pixel into the next one, which is drawn later: edges that share a pixel would show as lines.
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
    # Their outline closes the seams between them. Clipped: a panel that grew by half a pixel would be laid out anew.
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

    # Seen through in fill and stroke, not as a whole: that makes each of a thousand marks a picture to be laid over.
    # Under new names: a slider's move computes them again from the text.
    place = points.transform_calculate(kind="slice(kinds_now, datum.number, datum.number + 1)").encode(
        x=x, y=y, shape=shape
    )
    dots = place.mark_point(
        filled=True, size=34, strokeWidth=1, stroke="#FFFFFF", opacity=1, fillOpacity=0.95, strokeOpacity=0.95
    ).encode(fill=point_colour)
    rings = (
        alt.Chart(alt.NamedData("rings"))
        .mark_point(filled=False, size=90, strokeWidth=1.6, stroke=ON_CANVAS, shape="circle", opacity=1)
        .encode(x=x, y=y)
    )
    weighted = place.transform_calculate(
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
        "x:Q", title=x_title, scale=alt.Scale(type="log", domain=[0.72, 1.22 * last], nice=False),
        axis=alt.Axis(values=[1, 2, 5, 10, 20, 50, 100, last], format="d"),
    )  # fmt: skip
    # The axis' numbers stand inside, left of 1, so that the curves are as wide as the panels.
    y_axis = alt.Axis(
        format="%", labelAlign="left", labelPadding=-4, ticks=False, domain=False, tickCount=5,
    )  # fmt: skip
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
                alt.Tooltip("series:N"), alt.Tooltip("x:Q", title=x_title),
                alt.Tooltip("y:Q", title=y_title, format=".1%"),
            ],
        )
    )  # fmt: skip
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
        votes, trees, below, spacing=30, padding=NO_PADDING, usermeta=CANVAS,
        params=[p.param for p in (scrub, palette, stages, stage, kinds_now, trees_now, *pieces)],
        resolve=alt.Resolve(scale=alt.ScaleResolveMap(color="independent")),
    )  # fmt: skip


def _palette(first: str, second: str) -> str:
    """Write the expression of an object: for each of 36 digits the colour from the one end to the other.

    Opaque, by how much of the background is left: what lies over each other would be darker.
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
    """Write the expression of a gradient that is none: a colour of the palette for each cell, with hard edges."""
    colours = (f"palette[datum.strip[{k}]]" for k in range(cells))
    stops = (f"{{offset: {(k + end) / cells:.5f}, color: {c}}}" for k, c in enumerate(colours) for end in (0, 1))
    return "{gradient: 'linear', x1: 0, y1: 0, x2: 1, y2: 0, stops: [" + ", ".join(stops) + "]}"


def shaded_panels(*, looks: tuple[Look, Look], panels: int, height: int = 260) -> AnyChart:
    """Panels beside each other, of cells between two looks.

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
            x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("y2:Q"),
            fill=alt.condition("datum.value < 0", alt.value(looks[0][1]), alt.value(looks[1][1])),
            fillOpacity=alt.FillOpacity("strength:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 0.8])),
        )
    )  # fmt: skip
    titles = (
        cells.transform_aggregate(x="min(x)", groupby=["title"])
        .mark_text(align="left", baseline="bottom", fontSize=14, fontWeight=600, color=INK)
        .encode(x=x, y=alt.YValue(-6), text=alt.Text("title:N"))
    )
    return alt.layer(regions, titles, height=height, padding=NO_PADDING)
