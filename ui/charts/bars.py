"""Charts of bars: a few values for each of a few categories."""

from __future__ import annotations

import json

import altair as alt

from ui.charts.grid import AnyChart, Fill, Symbol, fill_encoding
from ui.charts.lines import EXTENT, extent
from ui.charts.theme import FONT_SIZE, INK


def bars(
    *,
    fills: tuple[Fill, ...],
    x_title: str = "",
    y_title: str = "",
    y_domain: tuple[float, float] | None = None,
    fitted: bool = False,
    ordered: bool = False,
    height: int = 180,
) -> AnyChart:
    """Grouped bars for each category.

    With ``ordered``, the categories are sorted by ``position``, also when the data of a drawn chart changes, and have
    one bar each.

    Data "bars": ``category``, ``value``, ``series`` (a name of ``fills``), ``text`` (the value as written), ``instead``
    (the text shown if there is no bar, such as ∞). With ``fitted``: data "extent", ``low``, ``high``, the y domain.
    """
    domain = EXTENT if fitted else y_domain
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale()
    order = alt.EncodingSortField("position", op="min") if ordered else None
    base = alt.Chart(alt.NamedData("bars")).encode(
        x=alt.X("category:N", sort=order, title=x_title, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("value:Q", title=y_title, scale=scale),
    )
    if not ordered:
        base = base.encode(xOffset=alt.XOffset("series:N", sort=[name for name, _ in fills]))
    boxes = base.mark_bar(cornerRadiusEnd=3).encode(
        fill=fill_encoding("series", fills),
        tooltip=[
            alt.Tooltip("series:N"),
            alt.Tooltip("category:N", title=x_title),
            alt.Tooltip("text:N", title=y_title),
        ],
    )
    instead = base.mark_text(fontSize=18, fontWeight=600, color=INK, baseline="bottom", dy=-3).encode(
        text=alt.Text("instead:N")
    )
    return alt.layer(*([extent()] if fitted else []), boxes, instead, height=height)


def stacked_rows(*, fills: tuple[Fill, ...], x_title: str = "") -> AnyChart:
    """Two bars made of parts, to compare two sums.

    Data "parts": ``row``, ``start``, ``end``, ``series`` (a name of ``fills``), ``text`` (shown in the part). Data
    "extent": ``low``, ``high``, the x domain.
    """
    base = alt.Chart(alt.NamedData("parts")).encode(y=alt.Y("row:N", sort=None, title=None, axis=alt.Axis(ticks=False)))
    boxes = base.mark_bar(height={"band": 0.75}, cornerRadius=3).encode(
        x=alt.X(
            "start:Q", title=x_title, axis=alt.Axis(tickCount=8, labelFlush=True), scale=alt.Scale(domain=list(EXTENT))
        ),
        x2=alt.X2("end:Q"),
        fill=fill_encoding("series", fills),
        tooltip=[alt.Tooltip("series:N"), alt.Tooltip("text:N", title=x_title)],
    )
    # White text on a full colour; a tint, #RRGGBBAA, is near the background.
    full = [name for name, colour in fills if len(colour) == len("#RRGGBB")]
    on_colour = f"datum.end > datum.start && indexof({json.dumps(full)}, datum.series) >= 0"
    written = base.mark_text(align="left", dx=6, fontSize=FONT_SIZE, fontWeight=600).encode(
        x=alt.X("start:Q"),
        text=alt.Text("text:N"),
        color=alt.condition(on_colour, alt.value("#FFFFFF"), alt.value(INK)),
    )
    return alt.layer(extent(), boxes, written, height=118)


def heat_map(
    *,
    value_domain: tuple[float, float],
    shapes: tuple[Symbol, ...] = (),
    x_title: str = "",
    y_title: str = "",
    value_title: str = "",
    height: int = 320,
) -> AnyChart:
    """Surface over two quantities as coloured cells, with points on it if ``shapes`` are given.

    Data "cells": ``x``, ``x2``, ``y``, ``y2`` (edges), ``value``, clipped to ``value_domain``. Data "points": ``x``,
    ``y``, ``kind`` (a name of ``shapes``).
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
            tooltip=[alt.Tooltip("value:Q", title=value_title)],
        )
    )
    if not shapes:
        return cells.properties(height=height)
    by_shape = alt.Scale(domain=[name for name, _, _ in shapes], range=[shape for _, shape, _ in shapes])
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, size=240, fill="#FFFFFF", stroke="#1A2130", strokeWidth=2, opacity=1)
        .encode(
            x=alt.X("x:Q"),
            y=alt.Y("y:Q"),
            shape=alt.Shape("kind:N", legend=None, scale=by_shape),
            tooltip=[alt.Tooltip("kind:N"), alt.Tooltip("x:Q", title=x_title), alt.Tooltip("y:Q", title=y_title)],
        )
    )
    return alt.layer(cells, points, height=height)
