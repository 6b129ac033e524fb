"""Texts of a page as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence


def render_markup(text: str) -> str:
    """Return a sentence as HTML; it may mark **strong**, *emphasised* and `code` words like this."""
    marked = html.escape(text, quote=False)
    for mark, tag in ((r"\*\*", "strong"), (r"\*", "em"), ("`", "code")):
        marked = re.sub(rf"{mark}(?=\S)(.+?){mark}", rf"<{tag}>\1</{tag}>", marked)
    return marked


def escape_markdown(text: str) -> str:
    r"""Return Markdown that shows a text unchanged, such as one with words from a user's file.

    Examples
    --------
    >>> print(escape_markdown("![x](http://a) costs $1"))
    \!\[x\]\(http\://a\) costs \$1
    """
    return re.sub(r"([\\`*_{}\[\]()#!$|<>~:])", r"\\\1", text)


def figure_cards(values: Sequence[tuple[str, str]]) -> str:
    """Return named figures as a row of cards in HTML: one element of the page instead of one for each card."""
    cards = (f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in values)
    return f"<dl class='figures'>{''.join(cards)}</dl>"


def notice_card(title: str, sentences: Sequence[str]) -> str:
    """Return sentences as a card in HTML."""
    items = "".join(f"<li>{render_markup(sentence)}</li>" for sentence in sentences)
    return f"<section class='notice'><h4>{html.escape(title)}</h4><ul>{items}</ul></section>"
