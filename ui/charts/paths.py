"""Charts of paths in a plane with a slider along the path, which Vega handles in the browser without a rerun."""

from __future__ import annotations

from typing import Any

import altair as alt

from ui.charts.grid import AnyChart
from ui.charts.theme import DASHES, INK, MUTED, SERIES

SHAPES = ("square", "circle", "diamond")


def _scrub(slider: str, last: float, step: float, value: float) -> alt.Parameter:
    return alt.param(name="scrub", value=value, bind=alt.binding_range(min=0, max=last, step=step, name=slider + " "))


def scrubbed_paths(
    *,
    series: tuple[str, ...],
    slider: str,
    x_domain: tuple[float, float],
    y_domain: tuple[float, float],
    x_title: str = "",
    y_title: str = "",
    step_title: str,
    value_title: str,
    colours: tuple[str, ...] = SERIES,
    height: int = 440,
) -> AnyChart:
    """Paths over level curves, drawn up to the slider's value (0 … 100 %), with the value reached there.

    Data "levels": ``x``, ``y``, ``level``, ``order`` (along a curve). Data "paths_0", "paths_1", …, one for each of
    ``series``, so that a rerun re-renders only the paths that changed: ``x``, ``y``, ``series``, ``step``, ``at``
    (per cent), ``value``, ``dotted`` (whether to draw the point). Data "exits" (where a path leaves the frame):
    ``x``, ``y``, ``text``, ``row`` (0, 1, …: the line of the text). Data "goal": ``x``, ``y``.
    """
    names = list(series)
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(domain=list(x_domain), nice=False))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=list(y_domain), nice=False))
    levels = (
        alt.Chart(alt.NamedData("levels"))
        .mark_line(clip=True, strokeWidth=1, color=MUTED, opacity=0.55)
        .encode(x=x, y=y, detail=alt.Detail("level:N"), order=alt.Order("order:Q"))
    )
    whole, run, dots, heads, readouts = [], [], [], [], []
    for k, colour in enumerate(colours[: len(names)]):
        paths = alt.Chart(alt.NamedData(f"paths_{k}")).encode(x=x, y=y)
        reached = paths.transform_filter("datum.at <= scrub")
        latest = reached.transform_joinaggregate(latest="max(at)").transform_filter("datum.at == datum.latest")
        look: dict[str, Any] = {"color": colour, "shape": SHAPES[k], "filled": True, "clip": True}
        whole.append(
            paths.mark_line(clip=True, color=colour, strokeWidth=1.5, opacity=0.22).encode(order=alt.Order("step:Q"))
        )
        run.append(
            reached.mark_line(clip=True, color=colour, strokeWidth=2.2, strokeDash=list(DASHES[k])).encode(
                order=alt.Order("step:Q")
            )
        )
        dots.append(reached.transform_filter("datum.dotted").mark_point(**look, size=26, opacity=0.9))
        heads.append(latest.mark_point(**look, size=190, opacity=1, stroke=INK, strokeWidth=1.5))
        # A line of text for each path above the plane: its step and its value.
        readouts.append(
            latest.transform_calculate(
                text=f"datum.series + ' · {step_title} ' + format(datum.step, ',')"
                f" + ' · {value_title} ' + format(datum.value, '.2~g')"
            )
            .mark_text(align="left", fontSize=14, fontWeight=600, color=INK)
            .encode(x=alt.XValue(0), y=alt.YValue(-10 - 20 * (len(names) - 1 - k)), text=alt.Text("text:N"))
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
            fontSize=15,
            fontWeight=700,
            color=INK,
            align=alt.expr(f"datum.x < {(left + right) / 2} ? 'left' : 'right'"),
            baseline=alt.expr(f"datum.y < {(bottom + top) / 2} ? 'bottom' : 'top'"),
            dx=alt.expr(f"datum.x < {(left + right) / 2} ? 14 : -14"),
            dy=alt.expr(f"18 * datum.row * (datum.y < {(bottom + top) / 2} ? -1 : 1)"),
        )
        .encode(x=x, y=y, text=alt.Text("text:N"))
    )
    return alt.layer(
        levels,
        *whole,
        *run,
        *dots,
        goal,
        *heads,
        exits,
        *readouts,
        height=height,
        params=[_scrub(slider, 100, 0.5, 100).param],
    )


def scrubbed_cloud(
    *,
    slider: str,
    last: int,
    colour: str,
    outline_colour: str,
    x_title: str,
    y_title: str,
    height: int = 420,
) -> AnyChart:
    """Clouds of points with an outline and an arrow from the origin, one for each slider value (0 … ``last``).

    Data "points": ``x``, ``y``, ``stop``. Data "outline": ``x``, ``y``, ``order``, ``stop``. Data "arrows": ``x``,
    ``y``, ``stop``, ``text``, ``origin`` (0). Data "extent": ``x``, ``y``, the corners of all clouds, which fix the
    axes.
    """
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=9))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=7))
    here = "datum.stop == scrub"
    corners = alt.Chart(alt.NamedData("extent"))
    extent = corners.mark_point(opacity=0).encode(x=x, y=y)
    axes = [
        corners.mark_rule(color=MUTED, strokeWidth=1.5).encode(**zero)
        for zero in ({"x": alt.XDatum(0)}, {"y": alt.YDatum(0)})
    ]
    points = (
        alt.Chart(alt.NamedData("points"))
        .transform_filter(here)
        .mark_circle(size=34, opacity=0.5, color=colour)
        .encode(x=x, y=y)
    )
    outline = (
        alt.Chart(alt.NamedData("outline"))
        .transform_filter(here)
        .mark_line(strokeWidth=2.5, color=outline_colour, strokeDash=[6, 3])
        .encode(x=x, y=y, order=alt.Order("order:Q"))
    )
    arrows = alt.Chart(alt.NamedData("arrows")).transform_filter(here)
    shaft = arrows.mark_rule(strokeWidth=3, color=INK).encode(
        x=alt.X("origin:Q"), y=alt.Y("origin:Q"), x2=alt.X2("x:Q"), y2=alt.Y2("y:Q")
    )
    tip = arrows.mark_point(shape="diamond", size=150, filled=True, fill=INK, opacity=1).encode(x=x, y=y)
    name = arrows.mark_text(align="left", baseline="top", fontSize=15, fontWeight=600, color=INK).encode(
        x=alt.XValue(10), y=alt.YValue(8), text=alt.Text("text:N")
    )
    return alt.layer(
        extent, *axes, points, outline, shaft, tip, name, height=height, params=[_scrub(slider, last, 1, 0).param]
    )
