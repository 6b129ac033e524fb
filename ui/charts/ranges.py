"""Charts of ranges: rows of intervals on one axis, with points over them."""

from __future__ import annotations

import altair as alt

from ui.charts.grid import AnyChart, Fill, Symbol, fill_encoding
from ui.charts.theme import INK, MUTED


def range_rows(
    *,
    fills: tuple[Fill, ...],
    shapes: tuple[Symbol, ...],
    x_domain: tuple[float, float],
    constant: float,
    ticks: tuple[float, ...],
    x_title: str = "",
    height: int = 170,
) -> AnyChart:
    """Rows of named intervals on a symlog axis, and points over them.

    Data "ranges": ``row``, ``start``, ``end``, ``state`` (a name of ``fills``), ``middle`` (the position of the name).
    Data "points": ``row``, ``x``, ``kind`` (a name of ``shapes``), ``active`` (row in use).
    """
    scale = alt.Scale(type="symlog", constant=constant, domain=list(x_domain), nice=False, clamp=True)
    y = alt.Y("row:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelOverlap=False))
    # All labels that do not overlap: by default, every other one is hidden if two overlap.
    axis = alt.Axis(values=list(ticks), grid=True, labelOverlap="greedy")
    fill = fill_encoding("state", fills)
    ranges = alt.Chart(alt.NamedData("ranges")).encode(y=y)
    boxes = ranges.mark_bar(height={"band": 0.8}, cornerRadius=3).encode(
        x=alt.X("start:Q", title=x_title, scale=scale, axis=axis),
        x2=alt.X2("end:Q"),
        fill=fill,
        tooltip=[alt.Tooltip("row:N"), alt.Tooltip("state:N"), alt.Tooltip("start:Q"), alt.Tooltip("end:Q")],
    )
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, size=150, strokeWidth=1.5, stroke=MUTED, fill=INK)
        .encode(
            x=alt.X("x:Q", scale=scale, axis=axis),
            y=y,
            shape=alt.Shape(
                "kind:N",
                legend=None,
                scale=alt.Scale(domain=[n for n, _, _ in shapes], range=[shape for _, shape, _ in shapes]),
            ),
            opacity=alt.condition("datum.active", alt.value(1), alt.value(0.3)),
            tooltip=[alt.Tooltip("row:N"), alt.Tooltip("kind:N"), alt.Tooltip("x:Q", title=x_title)],
        )
    )
    return alt.layer(boxes, points, height=height)
