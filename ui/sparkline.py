"""The chart of a thumbnail, as plain Vega-Lite: home starts without Altair, which takes a third of a second."""

from __future__ import annotations

from typing import Any

from ui.theme import DASHES, SERIES


def sparkline(*, series: tuple[str, ...], x_type: str = "linear", y_type: str = "linear") -> dict[str, Any]:
    """Curves without axes. Data "lines": ``x``, ``y``, ``series``."""
    names, count = list(series), len(series)

    def place(field: str, kind: str) -> dict[str, Any]:
        zero = {} if kind == "log" else {"zero": False}
        return {"field": field, "type": "quantitative", "axis": None, "scale": {"type": kind, "nice": False, **zero}}

    def told_apart(looks: list[Any]) -> dict[str, Any]:
        return {"field": "series", "type": "nominal", "legend": None, "scale": {"domain": names, "range": looks}}

    return {
        "data": {"name": "lines"},
        "mark": {"type": "line", "strokeWidth": 3},
        "height": 120,
        "encoding": {
            "x": place("x", x_type),
            "y": place("y", y_type),
            "color": told_apart(list(SERIES[:count])),
            "strokeDash": told_apart([list(dash) for dash in DASHES[:count]]),
        },
    }
