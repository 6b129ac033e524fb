"""Charts of profiles: curves with moving points and a slider, which Vega handles in the browser without a rerun.

The positions of a point at all slider values are one text, of which Vega slices the current ones (see
`ui.charts.frames.base36_positions`): a row for each point and value would be about ten thousand rows per rerun.
"""

from __future__ import annotations

import altair as alt

from ui.charts.grid import AnyChart
from ui.charts.theme import DASHES, INK, SERIES


def scrubbed_profile(
    *,
    series: tuple[str, ...],
    shapes: tuple[tuple[str, str], ...],
    slider: str,
    last: float,
    step: float,
    value: float,
    x_domain: tuple[float, float],
    y_domain: tuple[float, float],
    x_spots: tuple[float, float],
    y_spots: tuple[float, float],
    x_title: str = "",
    y_title: str = "",
    colours: tuple[str, ...] = SERIES,
    moving: str = "",
    opacity: float = 0.25,
    size: int = 70,
    height: int = 400,
) -> AnyChart:
    """Fixed curves, and points whose positions depend on the slider (0, ``step`` … ``last``).

    Data "lines": ``x``, ``y``, ``series`` (a name of ``series``). Data "points": ``x``, ``y`` (three digits per slider
    value, between the ends ``x_spots`` and ``y_spots``), ``kind`` (a name of ``shapes``: name and shape). Data "texts":
    ``x``, ``texts`` (one line per slider value), shown above. With ``moving``, that one of ``series`` depends on the
    slider: data "moving": ``x``, ``y``, ``at``; its curves for all slider values are drawn faintly behind.
    """
    names = list(series)
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(domain=list(x_domain), nice=False), axis=alt.Axis(tickCount=6))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=list(y_domain), nice=False), axis=alt.Axis(tickCount=5))
    layers: list[alt.Chart] = []
    if moving:
        every = alt.Chart(alt.NamedData("moving")).encode(x=x, y=y)
        index = names.index(moving)
        colour, dash = colours[index], list(DASHES[index])
        layers.append(
            every.mark_line(clip=True, strokeWidth=1, opacity=0.16, color=colour).encode(detail=alt.Detail("at:Q"))
        )
        now = every.transform_filter("datum.at == scrub")
        layers.append(now.mark_line(clip=True, strokeWidth=3.5, color=colour, strokeDash=dash))
    layers.append(
        alt.Chart(alt.NamedData("lines"))
        .mark_line(clip=True, strokeWidth=3)
        .encode(
            x=x,
            y=y,
            color=alt.Color("series:N", legend=None, scale=alt.Scale(domain=names, range=list(colours[: len(names)]))),
            strokeDash=alt.StrokeDash(
                "series:N", legend=None, scale=alt.Scale(domain=names, range=[list(d) for d in DASHES[: len(names)]])
            ),
        )
    )
    by_shape = alt.Scale(domain=[name for name, _ in shapes], range=[shape for _, shape in shapes])

    def spot(field: str, ends: tuple[float, float]) -> str:
        digit = (ends[1] - ends[0]) / (36**3 - 1)
        return f"{ends[0]} + {digit} * parseInt(slice(datum.{field}, 3 * stage, 3 * stage + 3), 36)"

    # Under new names, so that Vega recomputes them when the slider moves.
    layers.append(
        alt.Chart(alt.NamedData("points"))
        .transform_calculate(x_now=spot("x", x_spots), y_now=spot("y", y_spots))
        .mark_point(clip=True, filled=True, size=size, opacity=opacity, color=INK, invalid=None)
        .encode(
            x=alt.X("x_now:Q", title=x_title),
            y=alt.Y("y_now:Q", title=y_title),
            shape=alt.Shape("kind:N", legend=None, scale=by_shape),
        )
    )
    layers.append(
        alt.Chart(alt.NamedData("texts"))
        .transform_calculate(now="split(datum.texts, '\\n')[stage]")
        .mark_text(fontSize=15, fontWeight=600, color=INK, baseline="bottom")
        .encode(x=x, y=alt.YValue(-6), text=alt.Text("now:N"))
    )
    scrub = alt.param(name="scrub", value=value, bind=alt.binding_range(min=0, max=last, step=step, name=slider + " "))
    stage = alt.param(name="stage", expr=f"scrub / {step}")
    return alt.layer(*layers, height=height, params=[scrub.param, stage.param])
