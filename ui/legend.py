"""Titles, legends, figures and notices as HTML around a chart: they wrap where a chart's own would be cut off."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from ui.theme import DASHES, SERIES

_SHAPES = {"circle": "●", "triangle-up": "▲", "square": "■", "diamond": "◆", "cross": "✚"}


def heading(title: str) -> str:
    """Write a chart's title as HTML; empty if it has none."""
    return f"<p class='chart-title'>{html.escape(title)}</p>" if title else ""


def figures(values: Mapping[str, str]) -> str:
    """Write named figures as a row of cards in HTML: one element, where a card each would cost a move several."""
    cards = (f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in values.items())
    return f"<dl class='figures'>{''.join(cards)}</dl>"


def rich(text: str) -> str:
    """Write a sentence with **strong**, *emphasised* and `code` words, marked as here, as HTML.

    Streamlit's Markdown costs a move three times as much as HTML, in the browser, for each text that changes.
    """
    marked = html.escape(text, quote=False)
    for mark, tag in ((r"\*\*", "strong"), (r"\*", "em"), ("`", "code")):
        marked = re.sub(rf"{mark}(?=\S)(.+?){mark}", rf"<{tag}>\1</{tag}>", marked)
    return marked


def noticed(title: str, sentences: Sequence[str]) -> str:
    """Write sentences as a card in HTML."""
    items = "".join(f"<li>{rich(sentence)}</li>" for sentence in sentences)
    return f"<section class='notice'><h4>{html.escape(title)}</h4><ul>{items}</ul></section>"


def legend(
    looks: Sequence[tuple[str, str]] = (),
    series: Sequence[str] = (),
    colours: Sequence[str] = SERIES,
    kinds: Sequence[tuple[str, str]] = (),
) -> str:
    """Write the key of a chart from the options it was built with, as HTML; empty if there is nothing to tell apart.

    Parameters
    ----------
    looks : sequence of (name, fill)
    series : sequence of str
        Drawn with ``colours`` and the theme's dashes, in order.
    kinds : sequence of (name, shape)
    """
    entries = [(_box(fill), name) for name, fill in looks]
    entries += [(_stroke(colour, dash), name) for name, colour, dash in zip(series, colours, DASHES, strict=False)]
    entries += [(_SHAPES[shape], name) for name, shape in kinds]
    if not entries:
        return ""
    items = "".join(f"<span class='key'>{mark} {html.escape(name)}</span>" for mark, name in entries)
    return f"<div class='legend' aria-hidden='true'>{items}</div>"


def _box(fill: str) -> str:
    return f"<i class='box' style='background:{fill}'></i>"


def _stroke(colour: str, dash: Sequence[int]) -> str:
    stops, at = [], 0
    for index, length in enumerate(dash):
        stops.append(f"{'transparent' if index % 2 else colour} {at}px {at + length}px")
        at += length
    return f"<i class='stroke' style='background:repeating-linear-gradient(90deg, {', '.join(stops)})'></i>"
