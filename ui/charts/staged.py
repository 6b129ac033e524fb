"""Charts of stages: panels that a slider in the browser steps through, without the server.

What changes from stage to stage is sent once: a panel's cells as one tall image of all stages, on which the panel is a
window (see `ui.frames.staged_sheets`); what the trees make of the points as one text for all of them, of which the
slider cuts another piece (see `ui.frames.staged_here`). A rectangle a cell would be ten thousand to draw again at every
move; and as the points' own data are places alone, their marks stay as long as the sample does.

The chart is drawn on a canvas, with its text as SVG over it: as SVG elements the points alone took a third of a move.
A canvas does not know the page's text colour, so what marks points is dark with a light edge, in both themes.
"""

from __future__ import annotations

import json
from typing import Any

import altair as alt

from ui.charts.grid import AnyChart, Look
from ui.charts.lines import scale
from ui.theme import DASHES, INK, MUTED, SERIES

# Two panels beside each other in one coordinate system, a gap between them.
SECOND = 1.04
ON_CANVAS = {"embedOptions": {"renderer": "hybrid"}}
DARK, LIGHT = "#1A2130", "#FFFFFF"
# Streamlit makes each row as wide as the page's column: what stands out would be cut off on a phone.
NO_PADDING = {"left": 0, "right": 0, "top": 24, "bottom": 4}


def staged_panels(
    *,
    looks: tuple[Look, Look],
    kinds: tuple[tuple[str, str], ...],
    series: tuple[str, ...],
    titles: tuple[tuple[str, str], tuple[str, str]],
    slider: str,
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
    There is a stage for each of 1, 2, … ``dense``, then for every ``stride``-th up to ``last``. In each row of panels
    an image fills the panel; below, the points' areas are weights.

    Data "sheets", a row a column of panels: ``x``, ``x2`` (the left ones in 0 … 1, the right ones in `SECOND` …),
    ``stages`` (their number), and the addresses ``upper`` and ``lower`` of the images, the first stage at the bottom.
    Data "points": ``x``, ``y``, ``number`` (0, 1, …). Data "rings", around some of them: ``x``, ``y``.
    Data "lines": ``x``, ``y``, ``series``. Data "here", a row: ``steps``; ``kinds`` (a digit a point: the place in
    ``kinds``); stage by stage ``weights`` (two digits a point, tenths) and ``crossed`` (one).
    ``titles``: of the panels, row by row; a % stands for the stage's number.
    """
    # The slider's place among 1 … steps, the stage that it belongs to, and that stage's number: once for all rows.
    at = "round(pow(data('here')[0].steps, scrub / 100))"
    stage = alt.param(
        name="stage", expr=f"({at} <= {dense} ? {at} - 1 : {dense - 1} + floor(({at} - {dense}) / {stride}))"
    )
    shown = f"(stage < {dense} ? stage + 1 : {dense} + {stride} * (stage - {dense - 1}))"

    # Of the texts, the stage's piece once for all points.
    said = {name: f"data('here')[0].{name}" for name in ("kinds", "weights", "crossed")}
    count = f"length({said['kinds']})"
    kinds_now = alt.param(name="kinds_now", expr=said["kinds"])
    weights_now = alt.param(
        name="weights_now", expr=f"slice({said['weights']}, 2 * {count} * stage, 2 * {count} * (stage + 1))"
    )
    crossed_now = alt.param(
        name="crossed_now", expr=f"slice({said['crossed']}, {count} * stage, {count} * (stage + 1))"
    )

    first, second = looks[0][1], looks[1][1]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + SECOND], nice=False))
    unit = alt.Scale(domain=[0, 1], nice=False)
    y = alt.Y("y:Q", axis=None, scale=unit)
    sheets = alt.Chart(alt.NamedData("sheets")).transform_calculate(low="-stage", high="datum.stages - stage")
    points = alt.Chart(alt.NamedData("points"))
    here = alt.Chart(alt.NamedData("here"))
    codes = [str(k) for k in range(len(kinds))]
    shape = alt.Shape("kind:N", legend=None, scale=alt.Scale(domain=codes, range=[s for _, s in kinds]))
    point_colour = alt.Color("kind:N", legend=None, scale=alt.Scale(domain=codes, range=[first, second]))

    def title(column: int, text: str) -> alt.Chart:
        written: alt.Chart = (
            here.transform_calculate(title=f"replace({json.dumps(text)}, '%', {shown})")
            .mark_text(align="left", baseline="bottom", fontSize=14, fontWeight=600, color=INK)
            .encode(x=alt.datum(column * SECOND), y=alt.value(-6), text="title:N")
        )
        return written

    def panel(row: int, height: int, marks: list[alt.Chart]) -> Any:
        filled = sheets.mark_image(aspect=False, smooth=False, clip=True).encode(
            x=x, x2="x2:Q", y=alt.Y("low:Q", axis=None, scale=unit), y2="high:Q", url=("upper:N", "lower:N")[row]
        )
        return alt.layer(filled, *marks, *(title(c, titles[row][c]) for c in (0, 1))).properties(height=height)

    # Seen through in fill and stroke, not as a whole: that makes each of a thousand marks a picture to be laid over.
    # Under new names: a slider's move computes them again from the text.
    place = points.transform_calculate(kind="slice(kinds_now, datum.number, datum.number + 1)").encode(
        x=x, y=y, shape=shape
    )
    dots = place.mark_point(
        filled=True, size=34, strokeWidth=1, stroke=LIGHT, opacity=1, fillOpacity=0.95, strokeOpacity=0.95
    ).encode(fill=point_colour)
    rings = [
        alt.Chart(alt.NamedData("rings"))
        .mark_point(filled=False, size=95, strokeWidth=width, stroke=colour, shape="circle", opacity=1)
        .encode(x=x, y=y)
        for colour, width in ((LIGHT, 3.2), (DARK, 1.6))
    ]
    weighted = place.transform_calculate(
        tenths="parseInt(slice(weights_now, 2 * datum.number, 2 * datum.number + 2), 36)"
    )
    bubbles = (
        weighted.transform_calculate(area="min(4.2 * datum.tenths, 420)")
        .mark_point(filled=True, strokeWidth=1, stroke=LIGHT, opacity=1, fillOpacity=0.9, strokeOpacity=0.9)
        .encode(fill=point_colour, size=alt.Size("area:Q", scale=None))
    )
    unseen = (
        weighted.transform_filter("datum.tenths == 0")
        .mark_point(filled=False, size=26, strokeWidth=1.2, opacity=1, strokeOpacity=0.8)
        .encode(stroke=point_colour)
    )
    crosses = (
        points.transform_filter("slice(crossed_now, datum.number, datum.number + 1) == '1'")
        .mark_point(filled=True, shape="cross", angle=45, size=40, fill=DARK, stroke=LIGHT, strokeWidth=1, opacity=1)
        .encode(x=x, y=y)
    )
    votes = panel(0, heights[0], [dots, *rings])
    trees = panel(1, heights[1], [bubbles, unseen, crosses])
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
    ).encode(x=alt.value(0), y=alt.value(-12))
    below = alt.layer(curves, rule, heading).properties(height=heights[2])
    scrub = alt.param(name="scrub", value=100, bind=alt.binding_range(min=0, max=100, step=0.5, name=slider + " "))
    chart: AnyChart = (
        alt.vconcat(votes, trees, below, spacing=30, padding=NO_PADDING, usermeta=ON_CANVAS)
        .add_params(scrub, stage, kinds_now, weights_now, crossed_now)
        .resolve_scale(color="independent")
    )
    return chart


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
            x=x, x2="x2:Q", y=y, y2="y2:Q",
            fill=alt.condition("datum.value < 0", alt.value(looks[0][1]), alt.value(looks[1][1])),
            fillOpacity=alt.FillOpacity("strength:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 0.8])),
        )
    )  # fmt: skip
    titles = (
        cells.transform_aggregate(x="min(x)", groupby=["title"])
        .mark_text(align="left", baseline="bottom", fontSize=14, fontWeight=600, color=INK)
        .encode(x=x, y=alt.value(-6), text="title:N")
    )
    return alt.layer(regions, titles).properties(height=height, padding=NO_PADDING)
