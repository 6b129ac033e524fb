"""Charts of panels side by side: regions of two classes in a unit square, and points of the classes on them."""

from __future__ import annotations

from typing import Any

import altair as alt

from ui.charts.grid import CANVAS, ON_CANVAS, AnyChart, Fill, Symbol
from ui.charts.theme import FONT_SIZE, OVER

# Left end of the second panel: the panels share one coordinate system, with a gap.
SECOND = 1.04
# Pixels by which a cell overlaps the next ones: without them the background would shine through between cells.
SEAM = 0.6
# Streamlit makes the chart as wide as the column of the page; padding would be cut off on a phone.
NO_PADDING = {"left": 0, "right": 0, "top": 4, "bottom": 4}


def class_panels(
    *,
    fills: tuple[Fill, Fill],
    shapes: tuple[Symbol, ...],
    over: tuple[Symbol, ...] = (),
    weighted: bool = False,
    height: int = 212,
) -> AnyChart:
    """Two panels: the regions of two classes, and points of the classes over them.

    Data "regions": the cells of `frames.merged_cells`, panel by panel (from 0 and from `SECOND`), with ``value`` in
    −1 … 1, from the first fill to the second. Data "titles": ``x``, ``text``.
    Data "points": ``x``, ``y``, ``kind`` (a name of ``shapes``); with ``weighted`` also ``area``
    (in square pixels; a point of area 0 is hollow). ``over``: "ring" (data "rings") and "x" (data "crosses") over some
    points: ``x``, ``y``.
    """
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + SECOND], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    x2, y2 = alt.X2("x2:Q"), alt.Y2("y2:Q")
    kinds = [name for name, _, _ in shapes]
    shape = alt.Shape("kind:N", legend=None, scale=alt.Scale(domain=kinds, range=[s for _, s, _ in shapes]))
    colour = alt.Scale(domain=kinds, range=[c for _, _, c in shapes])
    regions = _regions(alt.Chart(alt.NamedData("regions")), fills, x=x, x2=x2, y=y, y2=y2)
    titles = (
        alt.Chart(alt.NamedData("titles"))
        .mark_text(align="left", baseline="bottom", fontSize=FONT_SIZE, fontWeight=600, color=ON_CANVAS)
        .encode(x=x, y=alt.YValue(-8), text=alt.Text("text:N"))
    )
    points = alt.Chart(alt.NamedData("points")).encode(x=x, y=y, shape=shape)
    filled = points.transform_filter("datum.area > 0") if weighted else points
    dots = filled.mark_point(filled=True, size=34, strokeWidth=1, stroke="#FFFFFF", opacity=1).encode(
        fill=alt.Fill("kind:N", legend=None, scale=colour),
        **({"size": alt.Size("area:Q", scale=None)} if weighted else {}),
    )
    layers = [regions, dots]
    if weighted:
        hollow = points.transform_filter("datum.area == 0")
        layers.append(
            hollow.mark_point(filled=False, size=26, strokeWidth=1.2, opacity=0.8).encode(
                stroke=alt.Stroke("kind:N", legend=None, scale=colour)
            )
        )
    for _, symbol, _ in over:
        name, mark, size = OVER[symbol]
        marked = alt.Chart(alt.NamedData(name)).encode(x=x, y=y)
        layers.append(
            marked.mark_point(filled=False, size=size, strokeWidth=1.8, stroke=ON_CANVAS, shape=mark, opacity=0.9)
        )
    return alt.layer(*layers, titles, height=height, padding=NO_PADDING, usermeta=CANVAS)


def shaded_panels(*, fills: tuple[Fill, Fill], panels: int, height: int = 260) -> AnyChart:
    """Panels side by side, with cells coloured between two fills.

    Data "cells": ``x``, ``x2``, ``y``, ``y2`` (panel k from k · `SECOND` to k · `SECOND` + 1), ``value`` in −1 … 1,
    from the first look to the second, ``title`` (of the panel).
    """
    cells = alt.Chart(alt.NamedData("cells"))
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1 + SECOND * (panels - 1)], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    regions = _regions(cells, fills, strongest=0.8, x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("y2:Q"))
    titles = (
        cells.transform_aggregate(x="min(x)", groupby=["title"])
        .mark_text(align="left", baseline="bottom", fontSize=FONT_SIZE, fontWeight=600, color=ON_CANVAS)
        .encode(x=x, y=alt.YValue(-6), text=alt.Text("title:N"))
    )
    return alt.layer(regions, titles, height=height, padding=NO_PADDING, usermeta=CANVAS)


def _regions(cells: alt.Chart, fills: tuple[Fill, Fill], *, strongest: float = 0.62, **edges: Any) -> alt.Chart:
    """Return cells from the first fill (−1) over the background (0) to the second (1), at most ``strongest`` of it."""
    (_, first), (_, second) = fills
    # One scale: Streamlit's Vega interprets an expression for each cell, which takes longer.
    scale = alt.Scale(
        domain=[-1 / strongest, 0, 1 / strongest], range=[first, alt.expr("background"), second], interpolate="rgb"
    )
    # Each cell covers the seams to its right and upper neighbours, which are drawn after it.
    marks = cells.mark_rect(x2Offset=SEAM, y2Offset=-SEAM)
    shaded: alt.Chart = marks.encode(**edges, fill=alt.Fill("value:Q", legend=None, scale=scale))
    return shaded
