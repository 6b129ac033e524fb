"""Charts of profiles: curves with points on them, that a slider in the browser steps through without the server."""

from __future__ import annotations

import altair as alt

from ui.charts.grid import AnyChart
from ui.theme import DASHES, INK, SERIES


def scrubbed_profile(
    *,
    series: tuple[str, ...],
    kinds: tuple[tuple[str, str], ...],
    slider: str,
    last: float,
    step: float,
    value: float,
    x_domain: tuple[float, float],
    y_domain: tuple[float, float],
    x_title: str = "",
    y_title: str = "",
    colours: tuple[str, ...] = SERIES,
    moving: str = "",
    opacity: float = 0.25,
    size: int = 70,
    height: int = 400,
) -> AnyChart:
    """Curves that stay, and points that are elsewhere at every place of the slider (0, ``step`` … ``last``).

    Data "lines": ``x``, ``y``, ``series`` (a name of ``series``). Data "points": ``x``, ``y``, ``at`` (the slider's
    place), ``kind`` (a name of ``kinds``: name and shape). Data "texts": ``x``, ``at``, ``text``, written above.
    With ``moving``, that one of ``series`` is another curve at every place: data "moving": ``x``, ``y``, ``at``; all of
    them stand faintly behind.
    """
    names = list(series)
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(domain=list(x_domain), nice=False), axis=alt.Axis(tickCount=6))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=list(y_domain), nice=False), axis=alt.Axis(tickCount=5))
    here = "datum.at == scrub"
    layers: list[alt.Chart] = []
    if moving:
        every = alt.Chart(alt.NamedData("moving")).encode(x=x, y=y)
        place = names.index(moving)
        colour, dash = colours[place], list(DASHES[place])
        layers.append(every.mark_line(clip=True, strokeWidth=1, opacity=0.16, color=colour).encode(detail="at:Q"))
        now = every.transform_filter(here)
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
    shapes = alt.Scale(domain=[name for name, _ in kinds], range=[shape for _, shape in kinds])
    layers.append(
        alt.Chart(alt.NamedData("points"))
        .transform_filter(here)
        .mark_point(clip=True, filled=True, size=size, opacity=opacity, color=INK)
        .encode(x=x, y=y, shape=alt.Shape("kind:N", legend=None, scale=shapes))
    )
    layers.append(
        alt.Chart(alt.NamedData("texts"))
        .transform_filter(here)
        .mark_text(fontSize=15, fontWeight=600, color=INK, baseline="bottom")
        .encode(x=x, y=alt.value(-6), text="text:N")
    )
    scrub = alt.param(name="scrub", value=value, bind=alt.binding_range(min=0, max=last, step=step, name=slider + " "))
    chart: AnyChart = alt.layer(*layers).properties(height=height).add_params(scrub)
    return chart
