"""Tables that a reader brings along as CSV text: parsed as numbers, never executed, limited in size."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.validate import InvalidArgument

MAX_BYTES = 5_000_000
MAX_ROWS = 10_000
MAX_COLUMNS = 200
MIN_ROWS = 3
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Table:
    """The usable columns of a table.

    Attributes
    ----------
    columns : dict of str to ndarray, shape (n_rows,)
        Those that hold a finite number in every row, and not the same one.
    left_out : tuple of str
        The names of the others.
    """

    columns: dict[str, NDArray[np.float64]]
    left_out: tuple[str, ...]


def parse_table(data: bytes, *, min_columns: int = 3) -> Table:
    """Read the numeric columns of CSV text.

    UTF-8 or, as Korean Excel saves it, CP949; separated by commas, semicolons or tabs. The first row names the columns
    if any of its cells is not a number.

    Raises
    ------
    InvalidArgument
        ``empty_table``; ``too_large``, ``too_many_rows``, ``too_many_columns``; ``not_a_table`` (no text, or rows of
        different lengths); ``too_few_rows``; with fewer than ``min_columns`` usable columns, what is wrong with the
        first that is not: ``text_cell``, ``missing_cell``, ``constant``, or ``too_few_columns`` if nothing is.
    """
    rows = _rows(data)
    named = any(_number(cell) is None for cell in rows[0])
    names = _unique([cell.strip() for cell in rows[0]] if named else [""] * len(rows[0]))
    body = rows[1:] if named else rows
    if len(body) < MIN_ROWS:
        raise InvalidArgument("too_few_rows", low=MIN_ROWS, value=len(body))
    columns, refused = {}, {}
    for name, cells in zip(names, zip(*body, strict=True), strict=True):
        try:
            columns[name] = _column(name, cells, first_row=2 if named else 1)
        except InvalidArgument as error:
            refused[name] = error
    if len(columns) < min_columns:
        if refused:
            raise next(iter(refused.values()))
        raise InvalidArgument("too_few_columns", low=min_columns, value=len(columns))
    return Table(columns, tuple(refused))


def _rows(data: bytes) -> list[list[str]]:
    """Split the text into rows of equally many cells; empty lines do not count."""
    # Rows first: of a table with a million, it is the rows that are too many.
    if data.count(b"\n") > MAX_ROWS + 1:
        raise InvalidArgument("too_many_rows", high=MAX_ROWS, value=data.count(b"\n"))
    if len(data) > MAX_BYTES:
        raise InvalidArgument("too_large", high=MAX_BYTES // 1_000_000)
    text = _decode(data)
    if not text.strip():
        raise InvalidArgument("empty_table")
    first_line = text.lstrip().splitlines()[0]
    separator = max(",;\t", key=first_line.count)
    try:
        read = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows = [row for row in read if any(cell.strip() for cell in row)]
    except csv.Error:
        raise InvalidArgument("not_a_table") from None
    if not rows:  # separators alone
        raise InvalidArgument("empty_table")
    if len(rows) > MAX_ROWS + 1:
        raise InvalidArgument("too_many_rows", high=MAX_ROWS, value=len(rows))
    if len(rows[0]) > MAX_COLUMNS:
        raise InvalidArgument("too_many_columns", high=MAX_COLUMNS, value=len(rows[0]))
    if any(len(row) != len(rows[0]) for row in rows):
        raise InvalidArgument("not_a_table")
    return rows


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InvalidArgument("not_a_table")


def _number(cell: str) -> float | None:
    """Return a cell's number, nan if it is empty, None if it is text."""
    if not cell.strip():
        return math.nan
    try:
        return float(cell)
    except ValueError:
        return None


def _column(name: str, cells: tuple[str, ...], *, first_row: int) -> NDArray[np.float64]:
    numbers = np.empty(len(cells))
    for row, cell in enumerate(cells):
        number = _number(cell)
        if number is None:
            shown = cell.strip()[:_LONGEST_NAME]
            raise InvalidArgument("text_cell", argument=name, row=row + first_row, value=shown)
        if not math.isfinite(number):
            raise InvalidArgument("missing_cell", argument=name, row=row + first_row)
        numbers[row] = number
    if (numbers == numbers[0]).all():
        raise InvalidArgument("constant", argument=name)
    return numbers


def _unique(names: list[str]) -> list[str]:
    """Shorten long names, and number those that are empty or taken."""
    unique: list[str] = []
    for place, name in enumerate(names, start=1):
        short = name[:_LONGEST_NAME] or str(place)
        unique.append(f"{short} ({place})" if short in unique else short)
    return unique
