"""Charts of lines: curves over one quantity, with intervals, theory and a mark where the reader stands."""

from __future__ import annotations

from typing import Any

import altair as alt

from ui.charts.grid import AnyChart
from ui.theme import DASHES, MUTED, SERIES

# The ends of a fitted axis. In data: in the spec, an axis that widens would be another chart, drawn from nothing.
EXTENT = tuple(alt.expr(f"data('extent')[0].{end}") for end in ("low", "high"))


def extent() -> alt.Chart:
    """Make the layer, without anything to see, that brings the data of a fitted axis into the chart."""
    layer: alt.Chart = alt.Chart(alt.NamedData("extent")).mark_point(opacity=0)
    return layer


def scale(kind: Any, domain: tuple[Any, ...] | None = None) -> alt.Scale:
    """Make the scale of an axis: not forced through zero, cut off at ``domain`` if there is one."""
    options: dict[str, Any] = {"domain": list(domain), "clamp": True} if domain else {}
    return (
        alt.Scale(type=kind, nice=False, **options)
        if kind == "log"
        else alt.Scale(type=kind, nice=False, zero=False, **options)
    )


def axis(kind: str) -> alt.Axis:
    """Make an axis; a logarithmic one has few ticks, written as powers where they are long."""
    if kind != "log":
        return alt.Axis()
    return alt.Axis(
        tickCount=7, labelExpr="datum.value >= 1e5 || datum.value < 1e-3 ? format(datum.value, '.0e') : datum.label"
    )


def lines(
    *,
    series: tuple[str, ...],
    x_title: str = "",
    y_title: str = "",
    x_type: str = "linear",
    y_type: str = "linear",
    x_domain: tuple[float, float] | None = None,
    y_domain: tuple[float, float] | None = None,
    fitted: bool = False,
    colours: tuple[str, ...] = SERIES,
    band: bool = False,
    here: bool = False,
    step: bool = False,
    whole: bool = False,
    apart: bool = False,
    height: int = 320,
) -> AnyChart:
    """Curves, told apart by colour and dash.

    Data "lines": ``x``, ``y``, ``series`` (a name of ``series``); with ``band`` also ``low`` and ``high``.
    ``step`` holds each value until the next; ``whole`` counts x in whole numbers.
    With ``here``: data "here", ``x``, where a vertical rule stands. With ``fitted``: data "extent", ``low``, ``high``,
    between which y is drawn. With ``apart``: data "lines_0" and on instead, one for each of ``series``, so that those
    that a move leaves alone stay on screen.
    """
    names = list(series)
    x_scale, y_scale = scale(x_type, x_domain), scale(y_type, EXTENT if fitted else y_domain)
    colour = alt.Color("series:N", legend=None, scale=alt.Scale(domain=names, range=list(colours[: len(names)])))
    dash = alt.StrokeDash(
        "series:N", legend=None, scale=alt.Scale(domain=names, range=[list(d) for d in DASHES[: len(names)]])
    )
    x_axis = alt.Axis(format="d", tickMinStep=1) if whole else axis(x_type)
    x = alt.X("x:Q", title=x_title, scale=x_scale, axis=x_axis)
    layers = [extent()] if fitted else []
    for source in [f"lines_{k}" for k in range(len(names))] if apart else ["lines"]:
        base = alt.Chart(alt.NamedData(source)).encode(x=x)
        if band:
            layers.append(
                base.mark_area(opacity=0.18, interpolate="step-after" if step else "linear").encode(
                    y=alt.Y("low:Q", scale=y_scale, title=y_title, axis=axis(y_type)), y2=alt.Y2("high:Q"), color=colour
                )
            )
        layers.append(
            base.mark_line(interpolate="step-after" if step else "linear", strokeWidth=2.5).encode(
                y=alt.Y("y:Q", title=y_title, scale=y_scale, axis=axis(y_type)),
                color=colour,
                strokeDash=dash,
                tooltip=[alt.Tooltip("series:N"), alt.Tooltip("x:Q", title=x_title), alt.Tooltip("y:Q", title=y_title)],
            )
        )
    if here:
        layers.append(
            alt.Chart(alt.NamedData("here"))
            .mark_rule(color=MUTED, strokeWidth=2, strokeDash=[2, 2])
            .encode(x=alt.X("x:Q"))
        )
    return alt.layer(*layers, height=height)
