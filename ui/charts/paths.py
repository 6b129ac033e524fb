"""Charts in a plane: paths over level curves, and a cloud of points."""

from __future__ import annotations

from typing import Any

import altair as alt

from ui.charts.grid import AnyChart, Symbol
from ui.charts.theme import DASHES, FONT_SIZE, INK, LABEL, MUTED, SERIES

SHAPES = ("square", "circle", "diamond")


def paths(
    *,
    series: tuple[str, ...],
    x_domain: tuple[float, float],
    y_domain: tuple[float, float],
    x_title: str = "",
    y_title: str = "",
    colours: tuple[str, ...] = SERIES,
    height: int = 260,
) -> AnyChart:
    """Paths over level curves, with a mark and a tooltip at the end of each.

    Data "levels": ``x``, ``y``, ``level``, ``order`` (along a curve). Data "paths_0", "paths_1", …, one for each of
    ``series``, so that a rerun re-renders only the paths that changed: ``x``, ``y``, ``series``, ``step``, ``value``,
    ``dotted`` (whether to draw the point). Data "ends", of the paths: ``x``, ``y``, ``text``, ``series``. Data "exits"
    (where a path leaves the frame): ``x``, ``y``, ``text``, ``row`` (0, 1, …: the line of the text). Data "goal":
    ``x``, ``y``.
    """
    names = list(series)
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(domain=list(x_domain), nice=False))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=list(y_domain), nice=False))
    levels = (
        alt.Chart(alt.NamedData("levels"))
        .mark_line(clip=True, strokeWidth=1, color=MUTED, opacity=0.55)
        .encode(x=x, y=y, detail=alt.Detail("level:N"), order=alt.Order("order:Q"))
    )
    lines, dots, ends = [], [], []
    for k, colour in enumerate(colours[: len(names)]):
        path = alt.Chart(alt.NamedData(f"paths_{k}")).encode(x=x, y=y)
        end = alt.Chart(alt.NamedData("ends")).transform_filter(alt.datum.series == names[k])
        look: dict[str, Any] = {"color": colour, "shape": SHAPES[k], "filled": True, "clip": True}
        lines.append(
            path.mark_line(clip=True, color=colour, strokeWidth=2.2, strokeDash=list(DASHES[k])).encode(
                order=alt.Order("step:Q")
            )
        )
        dots.append(path.transform_filter("datum.dotted").mark_point(**look, size=26, opacity=0.9))
        ends.append(
            end.mark_point(**look, size=170, opacity=1, stroke=INK, strokeWidth=1.5).encode(
                x=x, y=y, tooltip=alt.Tooltip("text:N", title=" ")
            )
        )
    goal = (
        alt.Chart(alt.NamedData("goal"))
        .mark_point(shape="cross", size=170, filled=True, fill=INK, opacity=0.9)
        .encode(x=x, y=y)
    )
    # The text extends from the border into the plane.
    (left, right), (bottom, top) = x_domain, y_domain
    exits = (
        alt.Chart(alt.NamedData("exits"))
        .mark_text(
            fontSize=FONT_SIZE,
            fontWeight=700,
            color=INK,
            align=alt.expr(f"datum.x < {(left + right) / 2} ? 'left' : 'right'"),
            baseline=alt.expr(f"datum.y < {(bottom + top) / 2} ? 'bottom' : 'top'"),
            dx=alt.expr(f"datum.x < {(left + right) / 2} ? 14 : -14"),
            dy=alt.expr(f"18 * datum.row * (datum.y < {(bottom + top) / 2} ? -1 : 1)"),
        )
        .encode(x=x, y=y, text=alt.Text("text:N"))
        .properties(name=LABEL)
    )
    return alt.layer(levels, *lines, *dots, goal, *ends, exits, height=height)


def cloud(
    *,
    shapes: tuple[Symbol, Symbol],
    series: tuple[str],
    colours: tuple[str],
    x_title: str,
    y_title: str,
    height: int = 290,
) -> AnyChart:
    """A cloud of points with an outline and an arrow from the origin.

    ``shapes`` are the points and the tip of the arrow, ``series`` is the outline.
    Data "points": ``x``, ``y``. Data "outline": ``x``, ``y``, ``order``. Data "arrow": ``x``, ``y``, ``text``,
    ``origin`` (0). Data "extent": ``x``, ``y``, the corners that fix the axes.
    """
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=9))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=7))
    corners = alt.Chart(alt.NamedData("extent"))
    extent = corners.mark_point(opacity=0).encode(x=x, y=y)
    axes = [
        corners.mark_rule(color=MUTED, strokeWidth=1.5).encode(**zero)
        for zero in ({"x": alt.XDatum(0)}, {"y": alt.YDatum(0)})
    ]
    points = alt.Chart(alt.NamedData("points")).mark_circle(size=34, opacity=0.5, color=shapes[0][2]).encode(x=x, y=y)
    outline = (
        alt.Chart(alt.NamedData("outline"))
        .mark_line(strokeWidth=2.5, color=colours[0], strokeDash=list(DASHES[0]))
        .encode(x=x, y=y, order=alt.Order("order:Q"))
    )
    arrow = alt.Chart(alt.NamedData("arrow"))
    shaft = arrow.mark_rule(strokeWidth=3, color=INK).encode(
        x=alt.X("origin:Q"), y=alt.Y("origin:Q"), x2=alt.X2("x:Q"), y2=alt.Y2("y:Q")
    )
    tip = arrow.mark_point(shape=shapes[1][1], size=150, filled=True, fill=shapes[1][2], opacity=1).encode(x=x, y=y)
    name = (
        arrow.mark_text(align="left", baseline="top", fontSize=FONT_SIZE, fontWeight=600, color=INK)
        .encode(x=alt.XValue(10), y=alt.YValue(8), text=alt.Text("text:N"))
        .properties(name=LABEL)
    )
    return alt.layer(extent, *axes, points, outline, shaft, tip, name, height=height)
