"""Charts of measurements: points with intervals, over theoretical curves."""

from __future__ import annotations

from typing import Any

import altair as alt

from ui.charts.grid import CANVAS, INDEPENDENT, ON_CANVAS, AnyChart, Symbol
from ui.charts.lines import EXTENT, axis, extent, rule_here, scale
from ui.charts.theme import DASHES, SERIES


def measured(
    *,
    shapes: tuple[Symbol, ...],
    series: tuple[str, ...] = (),
    colours: tuple[str, ...] = SERIES,
    x_title: str = "",
    y_title: str = "",
    x_type: str = "log",
    y_type: str = "log",
    x_domain: tuple[float, float] | None = None,
    x_ticks: tuple[float, ...] = (),
    y_domain: tuple[float, float] | None = None,
    fitted: bool = False,
    y_padding: int = 0,
    here: bool = False,
    whole: bool = False,
    size: int = 110,
    canvas: bool = False,
    height: int = 270,
) -> AnyChart:
    """Points with intervals, distinguished by shape and colour, over curves distinguished by dash pattern and colour.

    Data "points": ``x``, ``y``, ``low``, ``high``, ``series`` (a name of ``shapes``). Data "lines":
    ``x``, ``y``, ``series``. ``x_ticks``: positions of the tick labels, if not the default ones; ``whole`` labels x
    with integers only; ``y_padding``: pixels between the marks and the frame; ``size``: of the points, in square
    pixels; ``canvas``: draw on a canvas, which is faster for hundreds of marks. With ``here``: data "here", ``x``, the
    position of a vertical rule. With ``fitted``: data "extent", ``low``, ``high``, the y domain.
    """
    names, domain = list(series), [name for name, _, _ in shapes]
    x_axis = alt.Axis(values=list(x_ticks), labelOverlap=False) if x_ticks else axis(x_type, whole=whole)
    y_axis = axis(y_type)
    if canvas:
        for one in (x_axis, y_axis):
            one["labelColor"] = one["titleColor"] = ON_CANVAS
    x = alt.X("x:Q", title=x_title, scale=scale(x_type, x_domain), axis=x_axis)
    y_scale = scale(y_type, EXTENT if fitted else y_domain)
    if y_padding:
        y_scale["padding"] = y_padding
    y_options: dict[str, Any] = {"title": y_title, "scale": y_scale, "axis": y_axis}
    y_tooltip = alt.Tooltip("y:Q", title=y_title)
    layers = [extent()] if fitted else []
    if names:
        by_colour = alt.Scale(domain=names, range=list(colours[: len(names)]))
        by_dash = alt.Scale(domain=names, range=[list(d) for d in DASHES[: len(names)]])
        layers.append(
            alt.Chart(alt.NamedData("lines"))
            .mark_line(strokeWidth=2.5)
            .encode(
                x=x,
                y=alt.Y("y:Q", **y_options),
                color=alt.Color("series:N", legend=None, scale=by_colour),
                strokeDash=alt.StrokeDash("series:N", legend=None, scale=by_dash),
                tooltip=[alt.Tooltip("series:N"), alt.Tooltip("x:Q", title=x_title), y_tooltip],
            )
        )
    if here:
        layers.append(rule_here())
    colour = alt.Color(
        "series:N", legend=None, scale=alt.Scale(domain=domain, range=[colour for _, _, colour in shapes])
    )
    by_shape = alt.Scale(domain=domain, range=[shape for _, shape, _ in shapes])
    points = alt.Chart(alt.NamedData("points")).encode(x=x, color=colour)
    layers.append(
        points.mark_rule(strokeWidth=2.5, opacity=0.8).encode(y=alt.Y("low:Q", **y_options), y2=alt.Y2("high:Q"))
    )
    layers.append(
        points.mark_point(filled=True, size=size, opacity=1).encode(
            y=alt.Y("y:Q", **y_options),
            shape=alt.Shape("series:N", legend=None, scale=by_shape),
            tooltip=[
                alt.Tooltip("series:N"),
                alt.Tooltip("x:Q", title=x_title),
                y_tooltip,
                alt.Tooltip("low:Q"),
                alt.Tooltip("high:Q"),
            ],
        )
    )
    renderer = {"usermeta": CANVAS} if canvas else {}
    return alt.layer(*layers, resolve=INDEPENDENT, height=height, **renderer)
