"""A chart as a file: SVG, PNG, or an HTML page that works without a network.

The files are made from the specification on screen by vl-convert, with title and legend inside the picture.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.progress import Report
from ui.charts.frames import Columns
from ui.charts.theme import DASHES, FONT_SIZE, INK, MUTED, OVER, RULE_DASH, SERIES

# By ending: the type of the file.
KINDS = {"svg": "image/svg+xml", "png": "image/png", "html": "text/html"}
# Text, background and grid of the themes in .streamlit/config.toml.
THEMES = {"light": ("#1A2130", "#FFFFFF", "#D5DCE6"), "dark": ("#E8ECF3", "#0F141F", "#323C4E")}
# The first font that the server or the reader has is used: a file contains no fonts.
FONTS = "'Source Sans 3', 'Noto Sans CJK KR', 'Noto Sans KR', 'Malgun Gothic', 'Apple SD Gothic Neo', sans-serif"
WIDTH = 640
# A PNG has this many pixels for each pixel of the chart.
SCALE = 2
# Height of a row of the legend, width of its symbols, and space between its entries, in pixels.
ROW, SYMBOL, SPACE = 24, 32, 20
# Keys that only the whole specification may have.
_TOP_LEVEL = ("config", "padding", "usermeta", "$schema", "background", "autosize")


def export(
    *,
    kind: str,
    theme: str,
    specification: Mapping[str, Any],
    data: Mapping[str, Columns],
    title: str,
    options: Mapping[str, Any],
    report: Report,
) -> bytes:
    """Return a chart as a file.

    Parameters
    ----------
    kind : {"svg", "png", "html"}
    theme : {"light", "dark"}
    specification : mapping
        The Vega-Lite specification on screen.
    data : mapping of str to columns by name
        Its data sets.
    title : str
    options : mapping
        The options of `ui.charts.legend.legend`.
    report : callable
        Is called with the fraction done, see `ui.server.jobs`.
    """
    import vl_convert

    report(0.0)
    whole = json.dumps(complete(specification, data, title=title, theme=theme, options=options))
    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(whole)).encode()
    if kind == "png":
        return bytes(vl_convert.vegalite_to_png(whole, scale=SCALE))
    return str(vl_convert.vegalite_to_html(whole, bundle=True, renderer="svg")).encode()


def complete(
    specification: Mapping[str, Any],
    data: Mapping[str, Columns],
    *,
    title: str,
    theme: str,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a specification that contains its data, its title and its legend, in the colours of a theme."""
    ink, background, grid = THEMES[theme]
    chart = {key: value for key, value in specification.items() if key not in _TOP_LEVEL}
    if "layer" in chart or "mark" in chart:
        chart["width"] = WIDTH
    legend = _legend(**options)
    axis = {"gridColor": grid, "domainColor": grid, "tickColor": grid}
    config = dict(specification.get("config", {}))
    config |= {"font": FONTS, "axis": config.get("axis", {}) | axis, "view": config.get("view", {}) | {"stroke": grid}}
    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {"text": title, "color": INK, "anchor": "start", "fontSize": FONT_SIZE + 2},
        "vconcat": [legend, chart] if legend else [chart],
        "spacing": 8,
        "padding": 16,
        "background": background,
        "datasets": {name: _rows(columns) for name, columns in data.items()},
        "config": config,
    }
    # `INK` is the text colour of the page around a chart, and a file has no such page.
    colored: dict[str, Any] = json.loads(json.dumps(whole).replace(json.dumps(INK), json.dumps(ink)))
    return colored


def _rows(columns: Columns) -> list[dict[str, Any]]:
    values = {name: [_plain(value) for value in np.asarray(column).tolist()] for name, column in columns.items()}
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _legend(
    fills: Sequence[tuple[str, str]] = (),
    series: Sequence[str] = (),
    colours: Sequence[str] = SERIES,
    shapes: Sequence[tuple[str, str, str]] = (),
    rule: str = "",
    rule_colour: str = MUTED,
) -> dict[str, Any] | None:
    """Return the legend as a chart of symbols and names in rows; None if it has no entries."""
    marks: list[tuple[str, dict[str, Any]]] = [
        (name, {"type": "point", "shape": "square", "filled": True, "opacity": 1, "size": 200, "color": fill})
        for name, fill in fills
    ]
    marks += [
        (name, {"type": "rule", "color": colour, "strokeWidth": 3, "strokeDash": list(dash)})
        for name, colour, dash in zip(series, colours, DASHES, strict=False)
    ]
    for name, shape, colour in shapes:
        _, outline, _ = OVER.get(shape, ("", shape, 0))
        mark = {"type": "point", "shape": outline, "filled": shape not in OVER, "opacity": 1, "size": 120}
        marks.append((name, mark | {"color": colour}))
    if rule:
        marks.append((rule, {"type": "rule", "color": rule_colour, "strokeWidth": 2, "strokeDash": list(RULE_DASH)}))
    if not marks:
        return None
    layers: list[dict[str, Any]] = []
    x, y = 0.0, ROW / 2
    for name, mark in marks:
        width = SYMBOL + 6 + _text_width(name) + SPACE
        if x and x + width > WIDTH:
            x, y = 0.0, y + ROW
        start, end = ({"value": x}, {"value": x + SYMBOL}) if mark["type"] == "rule" else ({"value": x + 16}, None)
        place = {"x": start, "y": {"value": y}} | ({"x2": end} if end else {})
        text = {
            "type": "text",
            "text": name,
            "align": "left",
            "baseline": "middle",
            "color": INK,
            "fontSize": FONT_SIZE,
        }
        layers.append({"mark": mark, "encoding": place})
        layers.append({"mark": text, "encoding": {"x": {"value": x + SYMBOL + 6}, "y": {"value": y}}})
        x += width
    return {
        "data": {"values": [{}]},
        "width": WIDTH,
        "height": y + ROW / 2,
        "view": {"stroke": None},
        "layer": layers,
    }


def _text_width(text: str) -> float:
    """Return about how wide a text is, in pixels: a Korean letter is twice as wide as a Latin one."""
    return sum(FONT_SIZE if ord(letter) > 0x2E80 else 0.56 * FONT_SIZE for letter in text)
