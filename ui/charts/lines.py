"""Charts of lines: curves over one quantity, with intervals, theory and a rule at the current setting."""

from __future__ import annotations

from typing import Any

import altair as alt

from ui.charts.grid import AnyChart
from ui.charts.theme import DASHES, MUTED, RULE_DASH, SERIES

# The domain of a fitted axis. It is data: in the specification, a new domain would make a new chart.
EXTENT = tuple(alt.expr(f"data('extent')[0].{end}") for end in ("low", "high"))


def extent() -> alt.Chart:
    """Return the invisible layer that adds the data set "extent" of a fitted axis to a chart."""
    layer: alt.Chart = alt.Chart(alt.NamedData("extent")).mark_point(opacity=0)
    return layer


def scale(kind: Any, domain: tuple[Any, ...] | None = None) -> alt.Scale:
    """Return the scale of an axis: zero is not forced, values are clamped to ``domain`` if given."""
    options: dict[str, Any] = {"domain": list(domain), "clamp": True} if domain else {}
    return (
        alt.Scale(type=kind, nice=False, **options)
        if kind == "log"
        else alt.Scale(type=kind, nice=False, zero=False, **options)
    )


def axis(kind: str, *, whole: bool = False) -> alt.Axis:
    """Return an axis; a logarithmic one has few ticks, in scientific notation where numbers are long.

    With ``whole``, its labels are integers.
    """
    if whole:
        return alt.Axis(format="d", tickMinStep=1)
    if kind != "log":
        return alt.Axis()
    # Vega leaves the labels of most ticks between powers of ten empty. They have to stay empty: otherwise they overlap,
    # and Vega hides every other label until the rest fits.
    long = "datum.value >= 1e5 || datum.value < 1e-3"
    return alt.Axis(tickCount=7, labelExpr=f"datum.label && ({long}) ? format(datum.value, '.0e') : datum.label")


def rule_here(colour: str = MUTED) -> alt.Chart:
    """Return the layer with a vertical rule. Data "here": ``x``, its position; the legend has its name."""
    rule: alt.Chart = (
        alt.Chart(alt.NamedData("here"))
        .mark_rule(color=colour, strokeWidth=2, strokeDash=list(RULE_DASH))
        .encode(x=alt.X("x:Q"))
    )
    return rule


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
    rule_colour: str = MUTED,
    step: bool = False,
    whole: bool = False,
    split: bool = False,
    height: int = 270,
) -> AnyChart:
    """Curves, distinguished by colour and dash pattern.

    Data "lines": ``x``, ``y``, ``series`` (a name of ``series``); with ``band`` also ``low`` and ``high``.
    ``step`` holds each value until the next one; ``whole`` labels x with integers only.
    With ``here``: data "here", ``x``, the position of a vertical rule. With ``fitted``: data "extent", ``low``,
    ``high``, the y domain. With ``split``: data "lines_0", "lines_1", … instead, one for each of ``series``, so that
    a rerun re-renders only the curves that changed.
    """
    names = list(series)
    x_scale, y_scale = scale(x_type, x_domain), scale(y_type, EXTENT if fitted else y_domain)
    colour = alt.Color("series:N", legend=None, scale=alt.Scale(domain=names, range=list(colours[: len(names)])))
    dash = alt.StrokeDash(
        "series:N", legend=None, scale=alt.Scale(domain=names, range=[list(d) for d in DASHES[: len(names)]])
    )
    x_axis = axis(x_type, whole=whole)
    x = alt.X("x:Q", title=x_title, scale=x_scale, axis=x_axis)
    layers = [extent()] if fitted else []
    for source in [f"lines_{k}" for k in range(len(names))] if split else ["lines"]:
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
        layers.append(rule_here(rule_colour))
    return alt.layer(*layers, height=height)
