"""The data of a chart as tables and files: curves side by side, headings in the page's language."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ui.charts import arrow
from ui.charts.frames import Columns
from ui.charts.panels import SECOND
from ui.numbers import format_number

# Data sets that help to read the others, and columns that only say how a mark is drawn.
HELPERS = {"extent", "here", "levels", "goal", "regions", "titles", "rings", "crosses", "others", "texts", "exits"}
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


def columns_by_heading(
    data: Mapping[str, Columns], heading: Callable[[str], str]
) -> dict[str, dict[str, NDArray[Any]]]:
    """Return the columns of each data set of a chart by heading, without those that only say how a mark is drawn.

    Parameters
    ----------
    data : mapping of str to columns by name
    heading : callable
        Returns the heading of a column.

    Examples
    --------
    >>> curves = {"x": [1.0, 2.0], "y": [0.5, 0.25], "series": ["a", "a"]}
    >>> {name: list(columns) for name, columns in columns_by_heading({"lines": curves}, {"x": "step"}.get).items()}
    {'lines': ['step', 'a']}
    """
    titles = list(data["titles"]["text"]) if "regions" in data else []
    found = {}
    for name, parts in families(data).items():
        if name in HELPERS:
            continue
        whole = {column: np.concatenate([np.asarray(part[column]) for part in parts]) for column in parts[0]}
        columns = _by_curve(_readable(_by_panel(whole, titles)), heading)
        if len(next(iter(columns.values()))):
            found[name] = columns
    return found


def tables(data: Mapping[str, Columns], heading: Callable[[str], str]) -> list[Table]:
    """Return the data sets of a chart, as `columns_by_heading`, as tables of rounded values.

    Examples
    --------
    >>> curves = {"x": [1.0, 2.0, 1.0, 2.0], "y": [0.5, 0.25, 1 / 3, 3], "series": ["a", "a", "b", "b"]}
    >>> tables({"lines": curves}, {"x": "step"}.get)
    [Table(columns={'step': ['1', '2'], 'a': ['0.5', '0.25'], 'b': ['0.3333', '3']}, rows=2)]
    """
    found = []
    for columns in columns_by_heading(data, heading).values():
        rows = len(next(iter(columns.values())))
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


def to_csv(columns: Mapping[str, NDArray[Any]], comments: Sequence[str]) -> bytes:
    """Return columns as a CSV file, after lines of ``comments``.

    With the byte order mark by which Excel recognises UTF-8. A text that a spreadsheet would run as a formula gets an
    apostrophe in front.

    Examples
    --------
    >>> to_csv({"step": np.array([1.0, np.nan]), "name": np.array(["a", "=1+1"])}, ["made up"]).decode("utf-8-sig")
    "# made up\\r\\nstep,name\\r\\n1.0,a\\r\\n,'=1+1\\r\\n"
    """
    output = io.StringIO()
    output.writelines(f"# {comment}\r\n" for comment in comments)
    writer = csv.writer(output)
    writer.writerow([_without_formula(heading) for heading in columns])
    writer.writerows(zip(*([_cell(value) for value in values.tolist()] for values in columns.values()), strict=True))
    return output.getvalue().encode("utf-8-sig")


def to_parquet(columns: Mapping[str, NDArray[Any]], comments: Sequence[str]) -> bytes:
    """Return columns as a Parquet file, with the ``comments`` in its metadata under "comment"."""
    import pyarrow as pa
    from pyarrow import parquet

    table = arrow.table(columns).replace_schema_metadata({"comment": "\n".join(comments)})
    output = pa.BufferOutputStream()
    parquet.write_table(table, output)
    return bytes(output.getvalue())


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return _without_formula(value)
    return "" if isinstance(value, float) and math.isnan(value) else value


def _without_formula(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return "–" if np.isnan(value) else format_number(value)
    return str(value)
