"""The data of a chart as tables: rounded values, curves side by side, headings in the page's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ui.charts.panels import SECOND
from ui.numbers import format_number

Columns = Mapping[str, Sequence[Any] | NDArray[Any]]
# Data sets that help to read the others, and columns that only say how a mark is drawn.
HELPERS = {"extent", "here", "levels", "goal", "images", "rings", "crosses", "others", "texts", "exits"}
DRAWING = {"x2", "y2", "order", "dotted", "origin", "active", "instead", "position"}
# A longer table has rows at equal distances.
MAX_ROWS = 200


class Table(NamedTuple):
    """Columns of texts by heading, and the number of rows that the data have."""

    columns: dict[str, list[str]]
    rows: int


def families(data: Mapping[str, Columns]) -> dict[str, list[Columns]]:
    """Group data sets whose names differ in their number only, such as ``lines_0`` and ``lines_1``."""
    grouped: dict[str, list[Columns]] = {}
    for name, frame in data.items():
        grouped.setdefault(re.sub(r"_\d+$", "", name), []).append(frame)
    return grouped


def tables(data: Mapping[str, Columns], heading: Callable[[str], str]) -> list[Table]:
    """Return the data sets of a chart as tables.

    Parameters
    ----------
    data : mapping of str to columns by name
    heading : callable
        Returns the heading of a column.

    Examples
    --------
    >>> curves = {"x": [1.0, 2.0, 1.0, 2.0], "y": [0.5, 0.25, 1 / 3, 3], "series": ["a", "a", "b", "b"]}
    >>> tables({"lines": curves}, {"x": "step"}.get)
    [Table(columns={'step': ['1', '2'], 'a': ['0.5', '0.25'], 'b': ['0.3333', '3']}, rows=2)]
    """
    titles = list(data["images"]["title"]) if "images" in data else []
    found = []
    for name, parts in families(data).items():
        if name in HELPERS:
            continue
        whole = {column: np.concatenate([np.asarray(part[column]) for part in parts]) for column in parts[0]}
        columns = _by_curve(_readable(_by_panel(whole, titles)), heading)
        rows = len(next(iter(columns.values())))
        if rows:
            chosen = np.unique(np.linspace(0, rows - 1, min(rows, MAX_ROWS)).round().astype(int))
            found.append(Table({title: [_text(values[k]) for k in chosen] for title, values in columns.items()}, rows))
    return found


def _by_panel(columns: dict[str, NDArray[Any]], titles: list[str]) -> dict[str, NDArray[Any]]:
    """Return positions in each panel, for panels that share one coordinate system; ``titles`` are theirs."""
    if not titles and not columns.keys() >= {"x2", "title"}:
        return columns
    panel = (columns["x"] // SECOND).astype(int)
    if titles:
        columns = {"title": np.array(titles, dtype=object)[panel], **columns}
    columns["x"] = columns["x"] - SECOND * panel
    return columns


def _readable(columns: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Leave out what only says how a mark is drawn. Where a value is written in the chart, take the text."""
    if "text" in columns:
        drawn = {"value"} if "series" in columns and "row" not in columns else {"start", "end"}
        if "instead" in columns:
            columns["text"] = np.where(columns["instead"] != "", columns["instead"], columns["text"])
        columns = {name: values for name, values in columns.items() if name not in drawn}
    return {name: values for name, values in columns.items() if name not in DRAWING}


def _by_curve(columns: dict[str, NDArray[Any]], heading: Callable[[str], str]) -> dict[str, NDArray[Any]]:
    """Return the columns by heading; curves over the same x in a column each."""
    if columns.keys() == {"x", "y", "series"}:
        names = list(dict.fromkeys(columns["series"].tolist()))
        curves = [columns["series"] == name for name in names]
        x = columns["x"][curves[0]]
        if all(np.array_equal(columns["x"][curve], x) for curve in curves):
            return {heading("x"): x, **{name: columns["y"][curve] for name, curve in zip(names, curves, strict=True)}}
    return {heading(name): values for name, values in columns.items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return "–" if np.isnan(value) else format_number(value)
    return str(value)
