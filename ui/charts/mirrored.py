"""Charts of two histograms on one axis, one upwards and one downwards."""

from __future__ import annotations

import altair as alt

from ui.charts.grid import AnyChart, Fill, fill_encoding
from ui.charts.lines import EXTENT, extent, rule_here
from ui.charts.theme import FONT_SIZE, INK, LABEL, MUTED


def mirrored_histograms(
    *, parts: tuple[Fill, ...], x_domain: tuple[float, float], x_title: str = "", y_title: str = "", height: int = 300
) -> AnyChart:
    """Two histograms in coloured parts, with a rule across both and a text in each corner that names its part.

    Data "bins": ``x``, ``x2`` (edges), ``y`` (the height), ``position`` (1 upwards, −1 downwards), ``series`` (a name
    of ``parts``). Data "extent": ``low``, ``high``, the y domain. Data "texts": ``x``, ``y``, ``text``. Data "here":
    ``x``, the position of the rule.
    """
    scale = alt.Scale(domain=list(x_domain), nice=False, clamp=True)
    x = alt.X("x:Q", title=x_title, scale=scale)
    count = "abs(datum.value)"
    y_axis = alt.Axis(labelExpr=f"format({count}, {count} < 1000 ? 'd' : '~s')", tickCount=6, tickMinStep=1)
    y = alt.Y("height:Q", title=y_title, axis=y_axis, scale=alt.Scale(domain=list(EXTENT), nice=False))
    bins = (
        alt.Chart(alt.NamedData("bins"))
        .transform_calculate(height="datum.y * datum.position")
        .mark_bar(binSpacing=0)
        .encode(
            x=x,
            x2=alt.X2("x2:Q"),
            y=y,
            y2=alt.Y2Datum(0),
            fill=fill_encoding("series", parts),
            tooltip=[
                alt.Tooltip("series:N"),
                alt.Tooltip("x:Q", title=x_title),
                alt.Tooltip("y:Q", title=y_title),
            ],
        )
    )
    middle = sum(x_domain) / 2
    texts = (
        alt.Chart(alt.NamedData("texts"))
        .mark_text(
            fontSize=FONT_SIZE,
            fontWeight=600,
            color=INK,
            align=alt.expr(f"datum.x < {middle} ? 'left' : 'right'"),
            dx=alt.expr(f"datum.x < {middle} ? 4 : -4"),
            baseline=alt.expr("datum.y > 0 ? 'top' : 'bottom'"),
            dy=alt.expr("datum.y > 0 ? 3 : -3"),
        )
        .encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q"), text=alt.Text("text:N"))
        .properties(name=LABEL)
    )
    zero = alt.Chart(alt.NamedData("extent")).mark_rule(color=MUTED).encode(y=alt.YDatum(0))
    return alt.layer(extent(), bins, zero, rule_here(), texts, height=height)
