"""Titles and legends of charts as HTML: they wrap where a chart's own would be cut off."""

from __future__ import annotations

import html
from collections.abc import Sequence

from ui.charts.theme import DASHES, MUTED, SERIES

_SHAPES = {"circle": "●", "triangle-up": "▲", "square": "■", "diamond": "◆", "cross": "✚", "ring": "○", "x": "✕"}


def heading(title: str) -> str:
    """Return a chart's title as HTML; empty if it has none."""
    return f"<p class='chart-title'>{html.escape(title)}</p>" if title else ""


def legend(
    fills: Sequence[tuple[str, str]] = (),
    series: Sequence[str] = (),
    colours: Sequence[str] = SERIES,
    shapes: Sequence[tuple[str, str, str]] = (),
    rule: str = "",
    rule_colour: str = MUTED,
) -> str:
    """Return the legend of a chart as HTML, from the options it was built with; empty if it has only one kind of mark.

    Parameters
    ----------
    fills : sequence of (name, colour)
    series : sequence of str
        Drawn with ``colours`` and the theme's dash patterns, in order.
    shapes : sequence of (name, shape, colour)
    rule : str
        The name of the vertical rule, if there is one.
    rule_colour : str
    """
    entries = [(_box(fill), name) for name, fill in fills]
    entries += [(_stroke(colour, dash), name) for name, colour, dash in zip(series, colours, DASHES, strict=False)]
    entries += [(_symbol(shape, colour), name) for name, shape, colour in shapes]
    if rule:
        entries.append((f"<i class='rule' style='color:{rule_colour}'></i>", rule))
    if not entries:
        return ""
    items = "".join(f"<span class='key'>{mark} {html.escape(name)}</span>" for mark, name in entries)
    return f"<div class='legend' aria-hidden='true'>{items}</div>"


def _box(fill: str) -> str:
    return f"<i class='box' style='background:{fill}'></i>"


def _symbol(shape: str, colour: str) -> str:
    return f"<i class='symbol' style='color:{colour}'>{_SHAPES[shape]}</i>"


def _stroke(colour: str, dash: Sequence[int]) -> str:
    stops, at = [], 0
    for index, length in enumerate(dash):
        stops.append(f"{'transparent' if index % 2 else colour} {at}px {at + length}px")
        at += length
    return f"<i class='stroke' style='background:repeating-linear-gradient(90deg, {', '.join(stops)})'></i>"
