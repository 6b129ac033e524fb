"""Charts of cells: tables of cells with a state, and maps of categories over two quantities."""

from __future__ import annotations

import altair as alt

from ui.charts.theme import FONT_SIZE, INK

# Height in pixels of the column names of a table or of their title, and of a row.
HEADROOM, ROW = 26, 25

# Draws a chart on a canvas instead of as SVG; what this is worth is in ``docs/performance.md``.
CANVAS = {"embedOptions": {"renderer": "canvas"}}
# The text colours of the two themes: on a canvas, `INK` ("currentColor") does not work.
ON_CANVAS = alt.expr("luminance(background) < 0.5 ? '#E8ECF3' : '#1A2130'")
# Layers whose colours and shapes have different meanings: each has scales of its own.
INDEPENDENT = alt.Resolve(scale=alt.ScaleResolveMap(color="independent", shape="independent"))

# A state or category: its name as displayed, and its colour.
Fill = tuple[str, str]
# A kind of point: its name as displayed, its shape, and its colour.
Symbol = tuple[str, str, str]
AnyChart = alt.TopLevelMixin


def fill_encoding(field: str, fills: tuple[Fill, ...]) -> alt.Fill:
    """Encode the categories of a field as fill colour."""
    return alt.Fill(
        f"{field}:N",
        legend=None,
        scale=alt.Scale(domain=[name for name, _ in fills], range=[colour for _, colour in fills]),
    )


def state_grid(*, fills: tuple[Fill, ...], rows: int, x_title: str = "", y_title: str = "") -> AnyChart:
    """Table with ``rows`` rows of text cells, coloured by state.

    Data "cells": ``row``, ``column`` (text, in order of first appearance), ``text``, ``state`` (a name of ``fills``).
    """
    base = alt.Chart(alt.NamedData("cells")).encode(
        x=alt.X(
            "column:N",
            sort=None,
            title=x_title or None,
            axis=alt.Axis(orient="top", labelAngle=0, labelOverlap=False, ticks=False),
        ),
        y=alt.Y("row:N", sort=None, title=y_title or None, axis=alt.Axis(ticks=False)),
    )
    fill = fill_encoding("state", fills)
    boxes = base.mark_rect(cornerRadius=4, stroke="#7C8596", strokeOpacity=0.35).encode(
        fill=fill,
        tooltip=[alt.Tooltip("row:N"), alt.Tooltip("column:N"), alt.Tooltip("text:N"), alt.Tooltip("state:N")],
    )
    texts = base.mark_text(fontSize=FONT_SIZE, color=INK).encode(text=alt.Text("text:N"))
    return alt.layer(boxes, texts, height=HEADROOM * (2 if x_title else 1) + ROW * rows)


def category_map(
    *,
    fills: tuple[Fill, ...],
    x_title: str = "",
    y_title: str = "",
    constant: float,
    x_ticks: tuple[float, ...],
    y_ticks: tuple[float, ...],
    height: int = 280,
) -> AnyChart:
    """Map of categories over two quantities on symlog axes, with a mark at the current setting.

    Data "cells": ``x``, ``x2``, ``y``, ``y2`` (edges), ``category`` (a name of ``fills``). Data "here": ``x``, ``y``.
    """
    scale = alt.Scale(type="symlog", constant=constant, nice=False, clamp=True)
    x = alt.X("x:Q", title=x_title, scale=scale, axis=alt.Axis(values=list(x_ticks), grid=False))
    y = alt.Y("y:Q", title=y_title, scale=scale, axis=alt.Axis(values=list(y_ticks), grid=False))
    fill = fill_encoding("category", fills)
    cells = (
        alt.Chart(alt.NamedData("cells"))
        .mark_rect()
        .encode(
            x=x,
            x2=alt.X2("x2:Q"),
            y=y,
            y2=alt.Y2("y2:Q"),
            fill=fill,
            tooltip=[alt.Tooltip("x:Q", title=x_title), alt.Tooltip("y:Q", title=y_title), alt.Tooltip("category:N")],
        )
    )
    here = (
        alt.Chart(alt.NamedData("here"))
        .mark_point(shape="cross", size=260, filled=True, fill="#FFFFFF", stroke="#1A2130", strokeWidth=2, opacity=1)
        .encode(x=alt.X("x:Q"), y=alt.Y("y:Q"))
    )
    return alt.layer(cells, here, height=height)
