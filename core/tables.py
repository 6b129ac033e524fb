"""Tables that users upload: text with separated cells, read as numbers and labels, and limited in size."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import example_csv
from core.progress import Report
from core.validate import InvalidArgument

MAX_BYTES = 5_000_000
MAX_ROWS = 10_000
MAX_COLUMNS = 200
MIN_ROWS = 3
# A text column with more distinct values is a name or an identifier, not a class.
MAX_CLASSES = 20
_MAX_NAME_LENGTH = 40

Array = NDArray[np.float64]
Labels = NDArray[np.str_]

# The separator is judged by this many rows, and cells of them.
_SAMPLED_ROWS, _SAMPLED_CELLS = 200, 5000
# A column is numeric if at least this share of its cells are numbers; the remaining cells are gaps.
_NUMERIC_SHARE = 0.5
# A table of which more rows have another number of cells than the others is refused.
_RAGGED_SHARE = 0.1

_MISSING = frozenset(
    {"", "?", "-", "–", "—", ".", "na", "n/a", "#n/a", "nan", "null", "none", "missing", "결측", "없음", "inf", "-inf"}
)
# (?<!\s): many spaces inside a cell are passed only once.
_CURRENCY = re.compile(r"^([-+]?)\s*(?:[$€£¥₩]|usd|eur|krw)\s*|(?<!\s)\s*(?:[$€£¥₩]|usd|eur|krw|원)$", re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_THOUSANDS_OF_DOTS = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(e[-+]?\d+)?", re.IGNORECASE)
_WHOLE = re.compile(r"[-+]?\d+")
_DECIMAL_POINT = re.compile(r"[-+]?\d+\.\d+")
_DECLARED = re.compile(r"\s*sep=(.)\s*")
_MINUS = str.maketrans({"−": "-", "－": "-", "\u00a0": " ", "\u202f": " ", "\ufeff": ""})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that is not used.

    Attributes
    ----------
    name : str
    reason : {"text", "gaps", "constant", "many_classes"}
        Text that is no class, many gaps, one value only, or text with more than `MAX_CLASSES` different values.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """The usable rows and columns of a table, and what was left out.

    Attributes
    ----------
    columns : dict of str to ndarray, shape (n_rows,)
        The columns of numbers that are not constant, finite in every row.
    labels : dict of str to ndarray of str, shape (n_rows,)
        The columns of text with 2 … `MAX_CLASSES` different values.
    left_out : tuple of LeftOut
        The other columns.
    rows_left_out : int
        Number of rows with a gap in a usable column, or with another number of cells.
    first_left_out : int or None
        Line of the file of the first of these rows.
    lines_before : int
        Number of lines before the table: titles, comments, a ``sep=`` line.
    named : bool
        Whether the first row of the table names the columns.
    commas : {"numbers", "columns"} or None
        How the commas were read if every line could be one number or a row of several: as part of the numbers of one
        column, or as separators of columns.
    """

    columns: dict[str, Array]
    labels: dict[str, Labels]
    left_out: tuple[LeftOut, ...]
    rows_left_out: int = 0
    first_left_out: int | None = None
    lines_before: int = 0
    named: bool = True
    commas: str | None = None

    def values(self, name: str) -> Array | Labels:
        """Return a column of numbers or labels."""
        return self.labels[name] if name in self.labels else self.columns[name]

    def class_names(self) -> list[str]:
        """Return the columns that can name a class, the likeliest first: labels, then numbers with few values."""
        distinct = {name: np.unique(column).size for name, column in self.columns.items()}
        # Of columns with few values the last: most tables end with the class.
        few = [name for name in reversed(self.columns) if distinct[name] <= MAX_CLASSES]
        many = [name for name in self.columns if name not in few]
        return [*self.labels, *few, *many]


def parse_table(data: bytes, *, min_columns: int = 3, labels: bool = False, vectors: bool = False) -> Table:
    r"""Parse text with separated cells, as spreadsheets, R, pandas and the UCI repository write it.

    The encoding is UTF-8, UTF-16, CP949 (Korean Excel) or CP1252 (Western Excel). The separator is a comma, semicolon,
    tab, vertical bar or white space, whichever makes a table of numbers, or what a first line such as ``sep=;`` says.
    Numbers may have a decimal comma (where the comma does not separate), thousands separators, a currency sign or a per
    cent sign (12.6% is read as 12.6). If one column is enough, lines such as 1,5 can be its numbers: `Table.commas`.
    Empty cells and marks such as NA, ?, - are gaps, as is text in a column of numbers. Rows with a gap in a usable
    column are left out. A column of which more than half are gaps is left out instead, and so are the columns with the
    most gaps while fewer than half of the rows are complete.

    Parameters
    ----------
    data : bytes
    min_columns : int
        Smallest number of usable columns.
    labels : bool
        Whether columns of labels count as usable.
    vectors : bool
        Whether columns are vectors, such as logits or probabilities: two rows suffice, and a column of numbers may have
        one value only.

    Raises
    ------
    InvalidArgument
        ``empty_table``; ``too_large``, ``too_many_rows``, ``too_many_columns``; ``not_a_table`` (no text);
        ``uneven_rows`` (rows with different numbers of cells, and the first of them); ``too_few_rows``. With fewer than
        ``min_columns`` usable columns, why a column is not usable (``missing_cell``, ``text_cell``, ``constant``), or
        ``too_few_columns``.

    Examples
    --------
    >>> table = parse_table(b"x;y;kind\n1,5;2;a\n2,5;3;b\nNA;3;a\n4;1;a\n", min_columns=2)
    >>> {name: column.tolist() for name, column in table.columns.items()}
    {'x': [1.5, 2.5, 4.0], 'y': [2.0, 3.0, 1.0]}
    >>> table.labels["kind"].tolist(), table.rows_left_out, table.first_left_out
    (['a', 'b', 'a'], 1, 4)
    """
    written = re.split(r"\r\n|\n|\r", _text(data))
    commas = _commas(written) if min_columns == 1 else None
    rows = _rows(written, one_column=commas == "numbers")
    rows, lines_before, uneven = _rectangle(rows)
    body, names = rows, None
    if _has_header(rows):
        names, body = [cell.strip() for cell in rows[0].cells], rows[1:]
    width = len(rows[0].cells)
    if width > MAX_COLUMNS:
        raise InvalidArgument("too_many_columns", high=MAX_COLUMNS, value=width)
    if len(body) > MAX_ROWS:
        raise InvalidArgument("too_many_rows", high=MAX_ROWS, value=len(body))
    min_rows = 2 if vectors else MIN_ROWS
    if len(body) < min_rows:
        raise InvalidArgument("too_few_rows", low=min_rows, value=len(body))
    unique = _unique(names if names is not None else [""] * width)
    by_column = list(zip(*(row.cells for row in body), strict=True))
    comma = _decimal_comma(by_column)
    numbers = {name: _column(cells, comma) for name, cells in zip(unique, by_column, strict=True)}
    columns, texts, left_out = _sort_columns(numbers, dict(zip(unique, by_column, strict=True)), vectors)
    left_out += _leave_out_gaps(columns, min_columns)
    complete = _complete(columns, len(body))
    if labels:
        for text in texts.values():
            complete &= np.array([not _is_missing(cell) for cell in text])
    lines = [row.line for row, whole in zip(body, complete, strict=True) if not whole] + uneven
    columns = {name: column[complete] for name, column in columns.items()}
    chosen = {name: np.array([cell.strip() for cell in text])[complete] for name, text in texts.items()}
    constant = [name for name, column in columns.items() if column.size and (column == column[0]).all()]
    for name in [] if vectors else constant:
        left_out.append(LeftOut(name, "constant"))
        del columns[name]
    for name in [name for name, column in chosen.items() if np.unique(column).size < 2]:
        left_out.append(LeftOut(name, "constant"))
        del chosen[name]
    # The numbers of the rows, which many programs write into the first column, come last.
    index = [name for name, column in columns.items() if _numbers_rows(column)]
    columns = {name: columns[name] for name in [*(name for name in columns if name not in index), *index]}
    usable = len(columns) + (len(chosen) if labels else 0)
    if usable < min_columns or (labels and len(columns) < min_columns - 1):
        raise _too_few_columns(left_out, numbers, body, unique, usable, min_columns)
    if complete.sum() < min_rows:
        raise InvalidArgument("too_few_rows", low=min_rows, value=int(complete.sum()))
    return Table(
        columns,
        chosen,
        tuple(left_out),
        rows_left_out=len(lines),
        first_left_out=min(lines, default=None),
        lines_before=lines_before,
        named=names is not None,
        commas=commas,
    )


def read_table(data: bytes, report: Report, **options: Any) -> Table:
    r"""Parse a table as `parse_table` does with these options, as a job: ``report`` is called with the fraction done.

    Examples
    --------
    >>> read_table(b"x,y,z\n1,2,4\n2,5,1\n3,7,2\n", print).columns["y"].tolist()
    0.0
    [2.0, 5.0, 7.0]
    """
    report(0.0)
    return parse_table(data, **options)


def read_example(example: str, report: Report, **options: Any) -> Table:
    """Parse the table of a data set (`core.datasets.example_csv`) as `read_table` does.

    Examples
    --------
    >>> list(read_example("iris", print, labels=True).labels)
    0.0
    ['species']
    """
    return read_table(example_csv(example), report, **options)


def check_size(data: bytes) -> None:
    """Raise `InvalidArgument` (``too_many_rows`` or ``too_large``) if a file is too long to be parsed.

    Examples
    --------
    >>> check_size(b"x,y,z")
    >>> check_size(b"1" * (MAX_BYTES + 1))
    Traceback (most recent call last):
    core.validate.InvalidArgument: the table may have at most 5 MB
    """
    # The number of rows is checked first, because it explains why a table with a million rows is refused.
    lines = max(data.count(b"\n"), data.count(b"\r"))
    if lines > 2 * MAX_ROWS and b"\0" not in data:
        raise InvalidArgument("too_many_rows", high=MAX_ROWS, value=lines)
    if len(data) > MAX_BYTES:
        raise InvalidArgument("too_large", high=MAX_BYTES // 1_000_000)


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a row, and the line of the file where it ends."""

    cells: list[str]
    line: int


def _text(data: bytes) -> str:
    """Decode a file of limited size."""
    check_size(data)
    text = _decode(data)
    if not text.strip(" ,;|\t\r\n\v\f"):
        raise InvalidArgument("empty_table")
    return text


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _plain(data.decode("utf-16", errors="replace"))
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        foreign = [character for character in text if character > "\x7f"]
        # Western text can be valid CP949; it then consists of rare Chinese characters.
        if encoding == "utf-8-sig" or sum("가" <= character <= "힣" for character in foreign) * 2 >= len(foreign):
            return _plain(text)
    return _plain(data.decode("cp1252", errors="replace"))


def _plain(text: str) -> str:
    """Return the text, or raise `InvalidArgument` if it has control characters or cannot be decoded."""
    if re.search("[\x00-\x08\x0e-\x1f\ufffd]", text):
        raise InvalidArgument("not_a_table")
    return text.removeprefix("\ufeff")


def _commas(lines: Sequence[str]) -> str | None:
    """Return how commas are read in lines that could each be one number: see `Table.commas`.

    They belong to the numbers if not all lines have as many of them, if the number before the comma is always 0 or once
    −0, or if one name stands above numbers that do not count the rows. Otherwise nothing tells, and they separate.

    Examples
    --------
    >>> _commas(["1,5", "2", "3,7"]), _commas(["cm", "171,5", "168,2"]), _commas(["1,5", "2,5"]), _commas(["1, 5"])
    ('numbers', 'numbers', 'columns', None)
    """
    body = [_bare(line) for line in lines if line.strip()]
    named = bool(body) and "," not in body[0] and not _looks_like_data(body[:1])
    if named:
        body = body[1:]
    counts = {line.count(",") for line in body}
    numbers = [line for line in body if not _is_missing(line)]
    marks = ((_DECIMAL_COMMA, _WHOLE), (_THOUSANDS, _WHOLE, _DECIMAL_POINT))
    are_numbers = any(all(any(mark.fullmatch(line) for mark in of) for line in numbers) for of in marks)
    if _DECLARED.fullmatch(lines[0]) or not any(counts) or not are_numbers:
        return None
    before = [line.partition(",")[0] for line in numbers]
    counting = bool(re.fullmatch(r"[0-9]{1,9}", before[0])) and before == [
        str(int(before[0]) + row) for row in range(len(before))
    ]
    decided = len(counts) > 1 or "-0" in before or set(before) == {"0"} or (named and not counting)
    return "numbers" if decided else "columns"


def _rows(lines: Sequence[str], *, one_column: bool) -> list[_Row]:
    """Split lines into rows at the separator that makes the best table, without empty rows."""
    declared = _DECLARED.fullmatch(lines[0])
    # No line of one column has a semicolon.
    separators = [declared[1]] if declared else [";"] if one_column else [",", ";", "\t", "|", " "]
    best, score = "", -1.0
    for separator in separators:
        try:
            judged = _score(_split(lines, separator, most=_SAMPLED_ROWS), separator)
        except InvalidArgument:  # cells that are too long for the csv module
            continue
        if judged > score:
            best, score = separator, judged
    if not best:
        raise InvalidArgument("not_a_table")
    first = _split(lines, best, most=1)
    if first and len(first[0].cells) > MAX_COLUMNS + 1:
        raise InvalidArgument("too_many_columns", high=MAX_COLUMNS, value=len(first[0].cells))
    rows = _split(lines, best, most=None)
    if declared:
        rows = rows[1:]
    if not rows:  # the text has only separators
        raise InvalidArgument("empty_table")
    return rows


def _split(lines: Sequence[str], separator: str, *, most: int | None) -> list[_Row]:
    """Split lines into rows with a cell that is not empty; at most ``most`` of them."""
    if separator == " ":
        split = [_Row(line.split(), number) for number, line in enumerate(lines, start=1) if line.strip()]
        return split[:most]
    rows: list[_Row] = []
    read = csv.reader(io.StringIO("\n".join(lines), newline=""), delimiter=separator, skipinitialspace=True)
    try:
        for cells in read:
            if any(cell.strip() for cell in cells):
                rows.append(_Row(cells, read.line_num))
                if most is not None and len(rows) >= most:
                    break
    except csv.Error:
        raise InvalidArgument("not_a_table") from None
    return rows


def _score(rows: Sequence[_Row], separator: str) -> float:
    """Return how well rows are a table: the share with the same number of cells, plus the share of numbers."""
    if not rows:
        return -1.0
    width, count = Counter(len(row.cells) for row in rows).most_common(1)[0]
    if width < 2:
        return -0.5
    cells = [cell for row in rows if len(row.cells) == width for cell in row.cells][:_SAMPLED_CELLS]
    numbers = [_number(cell, comma=separator != "," and "," in cell) for cell in cells]
    return count / len(rows) + sum(number is not None for number in numbers) / len(cells)


def _rectangle(rows: list[_Row]) -> tuple[list[_Row], int, list[int]]:
    """Return the rows that form the table, the number of lines before it, and the lines of other rows within it."""
    rows = _without_empty_ends(rows)
    width = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    start = next(index for index, row in enumerate(rows) if len(row.cells) == width)
    if start and len(rows[start - 1].cells) == width - 1 and not _looks_like_data(rows[start - 1].cells):
        # R writes no name above the names of the rows.
        start -= 1
        rows[start] = _Row(["", *rows[start].cells], rows[start].line)
    lines_before = rows[start - 1].line if start else 0
    table = [row for row in rows[start:] if len(row.cells) == width]
    uneven = [row for row in rows[start:] if len(row.cells) != width]
    allowed = max(1, int(_RAGGED_SHARE * len(rows))) if len(table) > MIN_ROWS else 0
    if len(uneven) + start > allowed + 10 or len(uneven) > allowed:
        first = uneven[0] if uneven else rows[0]
        raise InvalidArgument("uneven_rows", row=first.line, value=len(first.cells), expected=width)
    return table, lines_before, [row.line for row in uneven]


def _without_empty_ends(rows: list[_Row]) -> list[_Row]:
    """Remove last columns that are empty in all rows but perhaps the first, which names them."""
    while True:
        width = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
        full = [row for row in rows if len(row.cells) == width]
        if width < 2 or any(row.cells[-1].strip() for row in full):
            return rows
        rows = [_Row(row.cells[:-1], row.line) if len(row.cells) == width else row for row in rows]


def _looks_like_data(cells: Sequence[str]) -> bool:
    return any(_number(cell, comma=False) is not None and not _is_missing(cell) for cell in cells)


def _has_header(rows: Sequence[_Row]) -> bool:
    """Whether the first row names the columns."""
    first, below = rows[0].cells, [row.cells for row in rows[1:]]
    if not below:
        return not _looks_like_data(first)
    sampled = list(zip(*below[:_SAMPLED_ROWS], strict=True))
    comma = _decimal_comma([first, *sampled])
    values = [_column(cells, comma) for cells in sampled]
    numeric = [column for column, column_values in enumerate(values) if _is_numeric(column_values)]
    if not numeric:
        return True
    head = [_number(cell, comma) for cell in first]
    if any(head[column] is None for column in numeric):
        return True
    return _counts(first, head, [values[column] for column in numeric], numeric)


def _counts(
    first: Sequence[str], head: Sequence[float | None], values: Sequence[Array], numeric: Sequence[int]
) -> bool:
    """Whether a row of numbers names columns, as years or as pandas' 0, 1, 2 …: consecutive and unlike the data."""
    named = [(head[column], column_values) for column, column_values in zip(numeric, values, strict=True)]
    unnamed = [cell for cell in first if not cell.strip()]
    written = [(number, v) for number, v in named if number is not None and math.isfinite(number)]
    if len(written) < 2 or len(written) < len(named) - len(unnamed):
        return False
    steps = np.diff([number for number, _ in written])
    if not (steps == 1).all() or any(number != round(number) for number, _ in written if number is not None):
        return False
    outside = [
        (number is not None and not np.nanmin(column) <= number <= np.nanmax(column))
        or bool((column != np.round(column)).any())
        for number, column in written
    ]
    return bool(unnamed and not first[0].strip()) or all(outside)


def _is_missing(cell: str) -> bool:
    return cell.strip().lower() in _MISSING


def _bare(cell: str) -> str:
    """Return a cell without spaces at its ends, currency and per cent sign."""
    return _CURRENCY.sub(r"\1", cell.translate(_MINUS).strip()).strip().removesuffix("%").strip()


def _number(cell: str, comma: bool) -> float | None:
    """Return the number in a cell, nan if it is a gap, None if it is text; ``comma``: the decimal mark is a comma."""
    # Most cells are plain numbers, for which the marks below need not be looked for.
    plain = cell.replace(",", ".") if comma and "." not in cell and cell.count(",") == 1 else cell
    if "_" not in plain:
        try:
            number = float(plain)
        except ValueError:
            pass
        else:
            return number if math.isfinite(number) else math.nan
    if _is_missing(cell.translate(_MINUS)):
        return math.nan
    text = _bare(cell)
    if comma and "," in text:
        if _THOUSANDS_OF_DOTS.fullmatch(text) or _DECIMAL_COMMA.fullmatch(text):
            text = text.replace(".", "").replace(",", ".")
    elif comma and text.count(".") > 1 and _THOUSANDS_OF_DOTS.fullmatch(text):
        text = text.replace(".", "")
    elif _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if "_" in text:  # Python reads 1_000 as a number, no table does
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else math.nan


def _decimal_comma(columns: Sequence[Sequence[str]]) -> bool:
    """Whether the decimal mark is a comma: some cell has one that cannot separate thousands."""
    for cells in columns:
        for cell in cells:
            if "," not in cell:
                continue
            text = _bare(cell)
            is_decimal = _DECIMAL_COMMA.fullmatch(text) or _THOUSANDS_OF_DOTS.fullmatch(text)
            if is_decimal and not _THOUSANDS.fullmatch(text):
                return True
    return False


def _column(cells: Sequence[str], comma: bool) -> Array:
    """Return the numbers of a column; nan where there is a gap, inf where there is text."""
    try:
        numbers = np.array(cells).astype(np.float64)
    except ValueError:
        pass
    else:
        if not any("_" in cell for cell in cells):
            return np.where(np.isfinite(numbers), numbers, np.nan)
    read = (_number(cell, comma) for cell in cells)
    return np.array([np.inf if number is None else number for number in read])


def _complete(columns: dict[str, Array], rows: int) -> NDArray[np.bool_]:
    """Return in which rows no column has a gap."""
    complete = np.ones(rows, dtype=bool)
    for column in columns.values():
        complete &= np.isfinite(column)
    return complete


def _leave_out_gaps(columns: dict[str, Array], least: int) -> list[LeftOut]:
    """Remove the columns with the most gaps until half of the rows are complete; keep ``least`` columns."""
    left_out = []
    while len(columns) > least:
        gaps = {name: int((~np.isfinite(column)).sum()) for name, column in columns.items()}
        worst = max(gaps, key=gaps.__getitem__)
        if gaps[worst] == 0 or _complete(columns, columns[worst].size).mean() >= _NUMERIC_SHARE:
            break
        del columns[worst]
        left_out.append(LeftOut(worst, "gaps"))
    return left_out


def _numbers_rows(column: Array) -> bool:
    """Whether a column counts the rows, from any number on."""
    return column.size > 1 and bool((np.diff(column) == 1).all())


def _is_numeric(values: Array) -> bool:
    """Whether a column, as `_column` returns it, is one of numbers with some gaps or text."""
    numbers = np.isfinite(values).sum()
    return bool(numbers > 0 and numbers >= _NUMERIC_SHARE * len(values))


def _sort_columns(
    numbers: dict[str, Array], cells: dict[str, Sequence[str]], vectors: bool
) -> tuple[dict[str, Array], dict[str, Sequence[str]], list[LeftOut]]:
    """Return the columns of numbers, with nan in their gaps, those of labels, and the others."""
    columns: dict[str, Array] = {}
    texts: dict[str, Sequence[str]] = {}
    left_out: list[LeftOut] = []
    for name, values in numbers.items():
        if _is_numeric(values):
            finite = values[np.isfinite(values)]
            if (finite == finite[0]).all() and not vectors:
                left_out.append(LeftOut(name, "constant"))
            else:
                columns[name] = np.where(np.isfinite(values), values, np.nan)
            continue
        written = [cell.strip() for cell in cells[name] if not _is_missing(cell)]
        distinct = len(set(written))
        if len(written) < _NUMERIC_SHARE * len(values):
            left_out.append(LeftOut(name, "gaps"))
        elif distinct < 2:
            left_out.append(LeftOut(name, "constant"))
        elif distinct > MAX_CLASSES or distinct > len(written) / 2:
            left_out.append(LeftOut(name, "many_classes" if distinct < len(written) else "text"))
        else:
            texts[name] = cells[name]
    return columns, texts, left_out


def _too_few_columns(
    left_out: Sequence[LeftOut],
    numbers: dict[str, Array],
    body: Sequence[_Row],
    names: Sequence[str],
    usable: int,
    needed: int,
) -> InvalidArgument:
    """Return the error that explains best why there are too few columns."""
    # A column with some numbers was meant to be used: explain it, and not a column of names.
    for wanted in ("gaps", "text", "many_classes", "constant"):
        for column in left_out:
            values = numbers[column.name]
            if column.reason != wanted or (wanted in ("text", "many_classes") and not np.isfinite(values).any()):
                continue
            if wanted == "constant":
                return InvalidArgument("constant", argument=column.name)
            at = int(np.flatnonzero(~np.isfinite(values))[0])
            row, cell = body[at].line, body[at].cells[names.index(column.name)].strip()[:_MAX_NAME_LENGTH]
            if np.isposinf(values[at]):
                return InvalidArgument("text_cell", argument=column.name, row=row, value=cell)
            return InvalidArgument("missing_cell", argument=column.name, row=row)
    return InvalidArgument("too_few_columns", low=needed, value=usable)


def _unique(names: Sequence[str]) -> list[str]:
    """Shorten long names, and add the column number to empty and repeated names."""
    unique: list[str] = []
    taken = {name[:_MAX_NAME_LENGTH] for name in names}
    for number, name in enumerate(names, start=1):
        short = name[:_MAX_NAME_LENGTH] or str(number)
        if short in unique or (not name and short in taken):
            base, suffix = short, number
            short = f"{base} ({suffix})"
            while short in unique or short in taken:
                suffix += 1
                short = f"{base} ({suffix})"
        unique.append(short)
    return unique
