"""CSV tables that users upload: parsed as numbers and limited in size."""

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
_MAX_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Table:
    """The usable columns of a table.

    Attributes
    ----------
    columns : dict of str to ndarray, shape (n_rows,)
        The columns with a finite number in every row that are not constant.
    left_out : tuple of str
        The names of the other columns.
    """

    columns: dict[str, NDArray[np.float64]]
    left_out: tuple[str, ...]


def parse_table(data: bytes, *, min_columns: int = 3) -> Table:
    r"""Parse the numeric columns of CSV text.

    The encoding is UTF-8 or CP949 (Korean Excel); the separator is a comma, a semicolon or a tab. The first row
    contains the column names if any of its cells is not a number.

    Raises
    ------
    InvalidArgument
        ``empty_table``; ``too_large``, ``too_many_rows``, ``too_many_columns``; ``not_a_table`` (no text, or rows of
        different lengths); ``too_few_rows``. With fewer than ``min_columns`` usable columns, the error of the first
        unusable column (``text_cell``, ``missing_cell``, ``constant``), or ``too_few_columns`` if there is none.

    Examples
    --------
    >>> table = parse_table(b"x,y,name\n1,2,ann\n2,3,bob\n4,1,cy\n", min_columns=2)
    >>> {name: column.tolist() for name, column in table.columns.items()}
    {'x': [1.0, 2.0, 4.0], 'y': [2.0, 3.0, 1.0]}
    >>> table.left_out
    ('name',)
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
    """Split the text into rows with equal numbers of cells, without empty lines."""
    # The number of rows is checked first, because it explains why a table with a million rows is refused.
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
    if not rows:  # the text has only separators
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
    """Return the number in a cell, nan if it is empty, None if it is text."""
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
            shown = cell.strip()[:_MAX_NAME_LENGTH]
            raise InvalidArgument("text_cell", argument=name, row=row + first_row, value=shown)
        if not math.isfinite(number):
            raise InvalidArgument("missing_cell", argument=name, row=row + first_row)
        numbers[row] = number
    if (numbers == numbers[0]).all():
        raise InvalidArgument("constant", argument=name)
    return numbers


def _unique(names: list[str]) -> list[str]:
    """Shorten long names, and add the column number to empty and repeated names."""
    unique: list[str] = []
    for number, name in enumerate(names, start=1):
        short = name[:_MAX_NAME_LENGTH] or str(number)
        unique.append(f"{short} ({number})" if short in unique else short)
    return unique
