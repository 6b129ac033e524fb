"""Charts of bars: a few values for each of a few categories."""

from __future__ import annotations

import altair as alt

from ui.charts.grid import AnyChart, Look, fill_by_look
from ui.charts.lines import EXTENT, extent
from ui.theme import INK


def bars(
    *,
    looks: tuple[Look, ...],
    x_title: str = "",
    y_title: str = "",
    y_domain: tuple[float, float] | None = None,
    fitted: bool = False,
    height: int = 250,
) -> AnyChart:
    """Bars beside each other for each category, told apart by colour and order.

    Data "bars": ``category``, ``value``, ``series`` (a name of ``looks``), ``text`` (the value as written), ``instead``
    (what stands there if there is no bar, such as ∞). With ``fitted``: data "extent", ``low``, ``high``, between which
    y is drawn, whatever the bars' values are.
    """
    domain = EXTENT if fitted else y_domain
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale()
    base = alt.Chart(alt.NamedData("bars")).encode(
        x=alt.X("category:N", sort=None, title=x_title, axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("series:N", sort=[name for name, _ in looks]),
        y=alt.Y("value:Q", title=y_title, scale=scale),
    )
    boxes = base.mark_bar(cornerRadiusEnd=3).encode(
        fill=fill_by_look("series", looks),
        tooltip=[alt.Tooltip("series:N"), alt.Tooltip("category:N"), alt.Tooltip("text:N")],
    )
    instead = base.mark_text(fontSize=18, fontWeight=600, color=INK, baseline="bottom", dy=-3).encode(
        text=alt.Text("instead:N")
    )
    return alt.layer(*([extent()] if fitted else []), boxes, instead, height=height)


def stacked_rows(*, looks: tuple[Look, ...], x_title: str = "") -> AnyChart:
    """Two bars made of parts, for sums that should agree.

    Data "parts": ``row``, ``start``, ``end``, ``series`` (a name of ``looks``), ``text`` (stands in the part). Data
    "extent": ``low``, ``high``, between which x is drawn.
    """
    base = alt.Chart(alt.NamedData("parts")).encode(y=alt.Y("row:N", sort=None, title=None, axis=alt.Axis(ticks=False)))
    boxes = base.mark_bar(height={"band": 0.75}, cornerRadius=3).encode(
        x=alt.X("start:Q", title=x_title, axis=alt.Axis(tickCount=8), scale=alt.Scale(domain=list(EXTENT))),
        x2=alt.X2("end:Q"),
        fill=fill_by_look("series", looks),
        tooltip=[alt.Tooltip("series:N"), alt.Tooltip("text:N")],
    )
    written = base.mark_text(align="left", dx=6, fontSize=14, fontWeight=600).encode(
        x=alt.X("start:Q"),
        text=alt.Text("text:N"),
        color=alt.condition("datum.end > datum.start", alt.value("#FFFFFF"), alt.value(INK)),
    )
    return alt.layer(extent(), boxes, written, height=150)


def heat_map(
    *,
    value_domain: tuple[float, float],
    kinds: tuple[tuple[str, str], ...] = (),
    x_title: str = "",
    y_title: str = "",
    value_title: str = "",
    height: int = 320,
) -> AnyChart:
    """Surface over two quantities as shaded cells, with points on it if there are ``kinds`` of them.

    Data "cells": ``x``, ``x2``, ``y``, ``y2`` (edges), ``value``, cut off at ``value_domain``. Data "points": ``x``,
    ``y``, ``kind`` (a name of ``kinds``: name and shape).
    """
    scale = alt.Scale(nice=False, zero=False)
    axis = alt.Axis(grid=False) if x_title or y_title else None
    cells: alt.Chart = (
        alt.Chart(alt.NamedData("cells"))
        .mark_rect()
        .encode(
            x=alt.X("x:Q", title=x_title, scale=scale, axis=axis),
            x2=alt.X2("x2:Q"),
            y=alt.Y("y:Q", title=y_title, scale=scale, axis=axis),
            y2=alt.Y2("y2:Q"),
            color=alt.Color(
                "value:Q",
                title=value_title,
                scale=alt.Scale(scheme="viridis", reverse=True, domain=list(value_domain), clamp=True),
                legend=alt.Legend(orient="right", gradientLength=height - 100),
            ),
            tooltip=[alt.Tooltip("value:Q", title=value_title, format=".3f")],
        )
    )
    if not kinds:
        return cells.properties(height=height)
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, size=240, fill="#FFFFFF", stroke="#1A2130", strokeWidth=2, opacity=1)
        .encode(
            x=alt.X("x:Q"),
            y=alt.Y("y:Q"),
            shape=alt.Shape(
                "kind:N", legend=None, scale=alt.Scale(domain=[n for n, _ in kinds], range=[s for _, s in kinds])
            ),
            tooltip=[alt.Tooltip("kind:N"), alt.Tooltip("x:Q", title=x_title), alt.Tooltip("y:Q", title=y_title)],
        )
    )
    return alt.layer(cells, points, height=height)
