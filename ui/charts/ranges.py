"""Charts of ranges: rows of intervals on one axis, with points moving over them."""

from __future__ import annotations

import altair as alt

from ui.charts.grid import AnyChart, Look, fill_by_look
from ui.theme import INK, MUTED


def range_rows(
    *,
    looks: tuple[Look, ...],
    kinds: tuple[tuple[str, str], ...],
    x_domain: tuple[float, float],
    constant: float,
    ticks: tuple[float, ...],
    x_title: str = "",
    height: int = 290,
) -> AnyChart:
    """Rows of named intervals on a symlog axis, and points over them.

    Data "ranges": ``row``, ``start``, ``end``, ``state`` (a name of ``looks``), ``middle`` (where the name stands).
    Data "points": ``row``, ``x``, ``kind`` (a name of ``kinds``: name and shape), ``active`` (is the row in use?).
    """
    scale = alt.Scale(type="symlog", constant=constant, domain=list(x_domain), nice=False, clamp=True)
    y = alt.Y("row:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False))
    fill = fill_by_look("state", looks)
    ranges = alt.Chart(alt.NamedData("ranges")).encode(y=y)
    boxes = ranges.mark_bar(height={"band": 0.8}, cornerRadius=3).encode(
        x=alt.X("start:Q", title=x_title, scale=scale, axis=alt.Axis(values=list(ticks), grid=True)),
        x2=alt.X2("end:Q"),
        fill=fill,
        tooltip=[alt.Tooltip("row:N"), alt.Tooltip("state:N"), alt.Tooltip("start:Q"), alt.Tooltip("end:Q")],
    )
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, size=150, strokeWidth=1.5, stroke=MUTED, fill=INK)
        .encode(
            x=alt.X("x:Q", scale=scale),
            y=y,
            shape=alt.Shape(
                "kind:N",
                legend=None,
                scale=alt.Scale(domain=[n for n, _ in kinds], range=[shape for _, shape in kinds]),
            ),
            opacity=alt.condition("datum.active", alt.value(1), alt.value(0.3)),
            tooltip=[alt.Tooltip("row:N"), alt.Tooltip("kind:N"), alt.Tooltip("x:Q")],
        )
    )
    return alt.layer(boxes, points, height=height)
