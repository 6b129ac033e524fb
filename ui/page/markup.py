"""Texts of a page as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def render_markup(text: str) -> str:
    """Return a sentence as HTML; it may mark **strong**, *emphasised* and `code` words like this."""
    marked = html.escape(text, quote=False)
    for mark, tag in ((r"\*\*", "strong"), (r"\*", "em"), ("`", "code")):
        marked = re.sub(rf"{mark}(?=\S)(.+?){mark}", rf"<{tag}>\1</{tag}>", marked)
    return marked


def render_paragraphs(text: str) -> str:
    """Return paragraphs and tables, separated by blank lines, as HTML; a table as in Markdown (``| a | b |``).

    Examples
    --------
    >>> render_paragraphs("**One** row:")
    '<p><strong>One</strong> row:</p>'
    """
    blocks = (block.strip() for block in re.split(r"\n\s*\n", text.strip()))
    return "".join(_table(block) if block.startswith("|") else f"<p>{render_markup(block)}</p>" for block in blocks)


def _table(block: str) -> str:
    """Return a table as HTML; its second line, the rule below the head, is left out."""
    rows = [[render_markup(cell.strip()) for cell in line.strip().strip("|").split("|")] for line in block.split("\n")]
    return _html_table(rows[0], rows[2:])


def table_of_columns(columns: Mapping[str, Iterable[Any]]) -> str:
    """Return columns by name as a table in HTML.

    A wide table scrolls sideways on a phone; it takes the keyboard's focus, so that the arrow keys scroll it.

    Examples
    --------
    >>> table_of_columns({"x": [1], "y": ["a < b"]}).startswith("<div class='table' tabindex='0'><table>")
    True
    """
    rows = ([html.escape(str(cell), quote=False) for cell in row] for row in zip(*columns.values(), strict=True))
    head = [html.escape(name, quote=False) for name in columns]
    return f"<div class='table' tabindex='0'>{_html_table(head, rows)}</div>"


def _html_table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are HTML; the first cell of each row names the row."""
    lines = ["".join(f"<th scope='col'>{cell}</th>" for cell in head)]
    lines += [f"<th scope='row'>{row[0]}</th>" + "".join(f"<td>{cell}</td>" for cell in row[1:]) for row in body]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def escape_markdown(text: str) -> str:
    r"""Return Markdown that shows a text unchanged, such as one with words from a user's file.

    Examples
    --------
    >>> print(escape_markdown("![x](http://a) costs $1"))
    \!\[x\]\(http\://a\) costs \$1
    """
    # Lines are joined: a heading or a list begins at the start of a line. The point and @ begin links.
    return re.sub(r"([\\`*_{}\[\]()#!$|<>~:&.@])", r"\\\1", re.sub(r"[\r\n]+", " ", text))


def figure_cards(values: Sequence[tuple[str, str]]) -> str:
    """Return named figures as a row of cards in HTML: one element of the page instead of one for each card."""
    cards = (f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in values)
    return f"<dl class='figures'>{''.join(cards)}</dl>"


def notice_card(title: str, sentences: Sequence[str]) -> str:
    """Return sentences, which are HTML, as a card."""
    items = "".join(f"<li>{sentence}</li>" for sentence in sentences)
    return f"<section class='notice'><h2>{html.escape(title)}</h2><ul>{items}</ul></section>"


def unseen(title: str, text: str) -> str:
    """Return a paragraph in HTML that only screen readers present; empty if there is no text."""
    return f"<p class='unseen'>{html.escape(title)} {html.escape(text)}</p>" if text else ""
