"""Charts of profiles: curves with points on them."""

from __future__ import annotations

import altair as alt

from ui.charts.grid import INDEPENDENT, AnyChart, Symbol
from ui.charts.theme import DASHES, FONT_SIZE, INK, SERIES


def profile(
    *,
    series: tuple[str, ...],
    shapes: tuple[Symbol, ...],
    x_domain: tuple[float, float],
    y_domain: tuple[float, float],
    x_title: str = "",
    y_title: str = "",
    colours: tuple[str, ...] = SERIES,
    opacity: float = 0.25,
    size: int = 70,
    height: int = 230,
) -> AnyChart:
    """Curves with points and texts.

    Data "lines": ``x``, ``y``, ``series`` (a name of ``series``). Data "points": ``x``, ``y``, ``kind`` (a name of
    ``shapes``); those outside of the axes are clipped. Data "texts": ``x``, ``text``, shown above.
    Data "others": ``x``, ``y``, ``group``: curves that are drawn faintly behind.
    """
    names = list(series)
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(domain=list(x_domain), nice=False), axis=alt.Axis(tickCount=6))
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=list(y_domain), nice=False), axis=alt.Axis(tickCount=5))
    by_shape = alt.Scale(domain=[name for name, _, _ in shapes], range=[shape for _, shape, _ in shapes])
    by_colour = alt.Scale(domain=[name for name, _, _ in shapes], range=[colour for _, _, colour in shapes])
    others = (
        alt.Chart(alt.NamedData("others"))
        .mark_line(clip=True, strokeWidth=1, opacity=0.16, color=colours[len(names) - 1])
        .encode(x=x, y=y, detail=alt.Detail("group:N"))
    )
    curves = (
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
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(clip=True, filled=True, size=size, opacity=opacity)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape("kind:N", legend=None, scale=by_shape),
            color=alt.Color("kind:N", legend=None, scale=by_colour),
        )
    )
    texts = (
        alt.Chart(alt.NamedData("texts"))
        .mark_text(fontSize=FONT_SIZE, fontWeight=600, color=INK, baseline="bottom")
        .encode(x=x, y=alt.YValue(-6), text=alt.Text("text:N"))
    )
    return alt.layer(others, curves, points, texts, resolve=INDEPENDENT, height=height)
