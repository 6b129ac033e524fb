"""Charts of stages: panels that a slider in the browser steps through, without the server.

What changes from stage to stage is sent once: a panel's cells as one tall image of all stages, on which the panel is a
window (see `ui.frames.staged_sheets`); points as text with a fixed number of characters a stage, of which the slider
cuts another piece (see `ui.frames.digits`). A rectangle a cell would be ten thousand to draw again at every move.
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
    Data "points": ``x``, ``y``, ``kind`` (a name of ``kinds``), ``ringed``, ``weight`` (two digits a stage, tenths),
    ``crossed`` (one digit a stage), ``steps``.
    Data "lines": ``x``, ``y``, ``series``. Data "here": ``steps``.
    ``titles``: of the panels, row by row; a % stands for the stage's number.
    """
    # The slider's place among 1 … steps, the stage that it belongs to, and that stage's number: once for all rows.
    at = "round(pow(data('here')[0].steps, scrub / 100))"
    stage = alt.param(
        name="stage", expr=f"({at} <= {dense} ? {at} - 1 : {dense - 1} + floor(({at} - {dense}) / {stride}))"
    )
    shown = f"(stage < {dense} ? stage + 1 : {dense} + {stride} * (stage - {dense - 1}))"

    def digits(field: str, width: int = 1) -> str:
        start, end = ("stage", "stage + 1") if width == 1 else (f"{width} * stage", f"{width} * stage + {width}")
        return f"parseInt(slice(datum.{field}, {start}, {end}), 36)"

    first, second = looks[0][1], looks[1][1]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + SECOND], nice=False))
    unit = alt.Scale(domain=[0, 1], nice=False)
    y = alt.Y("y:Q", axis=None, scale=unit)
    sheets = alt.Chart(alt.NamedData("sheets")).transform_calculate(low="-stage", high="datum.stages - stage")
    points = alt.Chart(alt.NamedData("points"))
    here = alt.Chart(alt.NamedData("here"))
    shape = alt.Shape("kind:N", legend=None, scale=alt.Scale(domain=[n for n, _ in kinds], range=[s for _, s in kinds]))
    point_colour = alt.Color(
        "kind:N", legend=None, scale=alt.Scale(domain=[n for n, _ in kinds], range=[first, second])
    )

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

    place = points.encode(x=x, y=y, shape=shape)
    dots = place.mark_point(filled=True, size=34, opacity=0.95, strokeWidth=1, stroke="#FFFFFF", invalid=None).encode(
        fill=point_colour
    )
    rings = (
        place.transform_filter("datum.ringed")
        .mark_point(filled=False, size=90, strokeWidth=1.6, stroke=INK, invalid=None)
        .encode(shape=alt.value("circle"))
    )
    # Under new names: a slider's move computes them again from the text.
    weighted = place.transform_calculate(now=digits("weight", 2) + " / 10", wrong=digits("crossed"))
    areas = alt.Size("now:Q", legend=None, scale=alt.Scale(domain=[0, 10], range=[0, 420], clamp=True))
    bubbles = weighted.mark_point(filled=True, opacity=0.9, strokeWidth=1, stroke="#FFFFFF", invalid=None).encode(
        fill=point_colour, size=areas
    )
    unseen = (
        weighted.transform_filter("datum.now == 0")
        .mark_point(filled=False, size=26, strokeWidth=1.2, opacity=0.8, invalid=None)
        .encode(stroke=point_colour)
    )
    crosses = (
        weighted.transform_filter("datum.wrong == 1")
        .mark_point(filled=False, strokeWidth=2, stroke=INK, size=60, invalid=None)
        .encode(shape=alt.value("M-.5,-.5L.5,.5M-.5,.5L.5,-.5"))
    )
    votes = panel(0, heights[0], [dots, rings])
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
        alt.vconcat(votes, trees, below, spacing=30, padding=NO_PADDING)
        .add_params(scrub, stage)
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
