"""Titles of vertical axes in as many lines as the height of a chart needs."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import Any

# Pixels of a chart's height that the horizontal axis and its title take, and of a Latin letter of a title.
BELOW, LETTER = 50, 7.5


def wrap_titles(specification: dict[str, Any]) -> None:
    """Break the titles of vertical axes that are longer than the axis into lines.

    Vega shrinks the axis by what its title is too long, in the worst case to nothing.

    Parameters
    ----------
    specification : dict
        A Vega-Lite specification with a height in pixels; it is changed in place. Others stay as they are.

    Examples
    --------
    >>> chart = {"height": 150, "encoding": {"y": {"field": "y", "title": "size of the gradient"}}}
    >>> wrap_titles(chart)
    >>> chart["encoding"]["y"]["title"]
    ['size of the', 'gradient']
    """
    height = specification.get("height")
    if isinstance(height, int):
        _wrap(specification, (height - BELOW) / LETTER)


def _wrap(part: Any, letters: float) -> None:
    """Break the titles in a part of a specification."""
    if isinstance(part, list):
        for each in part:
            _wrap(each, letters)
    elif isinstance(part, dict):
        encoding = part.get("encoding")
        vertical = encoding.get("y") if isinstance(encoding, dict) else None
        if isinstance(vertical, dict) and isinstance(title := vertical.get("title"), str) and title:
            vertical["title"] = _lines(title, letters)
        for each in part.values():
            _wrap(each, letters)


def _lines(title: str, letters: float) -> str | list[str]:
    """Return a title, or its lines if it is longer than so many letters."""
    # A Korean letter is about twice as wide as a Latin one.
    widths = [2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in title]
    if sum(widths) <= letters:
        return title
    return textwrap.wrap(title, max(1, int(letters * len(title) / sum(widths))), break_long_words=False)
