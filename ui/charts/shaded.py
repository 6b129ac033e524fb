"""Maps of coloured cells: a value over two quantities, with gaps where it is missing."""

from __future__ import annotations

from typing import Any

import altair as alt

from ui.charts.grid import AnyChart


def shaded_map(
    *,
    value_domain: tuple[float, float],
    value_type: str = "linear",
    x_title: str = "",
    y_title: str = "",
    value_title: str = "",
    height: int = 260,
    downwards: bool = True,
) -> AnyChart:
    """Cells coloured by value, dark where it is large; y counts ``downwards``, or is a quantity that increases upwards.

    Data "cells": ``x``, ``x2``, ``y``, ``y2`` (edges), ``value``, clipped to ``value_domain``; a cell without value
    stays empty.
    """
    kind: Any = value_type
    shade = alt.Scale(type=kind, scheme="viridis", reverse=True, domain=list(value_domain), clamp=True)
    written = ".0e" if value_type == "log" else ".2~f"
    legend = alt.Legend(orient="right", gradientLength=height - 60, tickCount=5, format=written)
    chart: AnyChart = (
        alt.Chart(alt.NamedData("cells"))
        .transform_filter("isValid(datum.value)")
        .mark_rect()
        .encode(
            x=alt.X("x:Q", title=x_title, scale=alt.Scale(nice=False, zero=False), axis=alt.Axis(grid=False)),
            x2=alt.X2("x2:Q"),
            y=alt.Y(
                "y:Q",
                title=y_title,
                scale=alt.Scale(nice=False, zero=False, reverse=downwards),
                axis=alt.Axis(grid=False, format="d", tickMinStep=1) if downwards else alt.Axis(grid=False),
            ),
            y2=alt.Y2("y2:Q"),
            color=alt.Color("value:Q", title=value_title, scale=shade, legend=legend),
            tooltip=[
                alt.Tooltip("x:Q", title=x_title),
                alt.Tooltip("y:Q", title=y_title),
                alt.Tooltip("value:Q", title=value_title),
            ],
        )
        .properties(height=height)
    )
    return chart
