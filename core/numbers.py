"""Numbers typed or pasted by hand: lists, printed tensors and arrays, decimal commas, full-width characters."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from core.validate import InvalidArgument

MAX_CHARACTERS = 20_000
# Longest part of the text that an error message repeats.
_QUOTED = 40

# Full-width forms of the ASCII characters, other dashes and separators, and invisible characters. The ideographic comma
# only separates, as a semicolon does.
_SAME_AS_ASCII = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "，﹐︐،"), "，"),
    **dict.fromkeys(map(ord, "−–—‐‑‒﹣⁻"), "-"),
    **dict.fromkeys(map(ord, "；﹔︔؛、﹑､︑"), ";"),
    **dict.fromkeys(map(ord, "∕⁄"), "/"),
    **dict.fromkeys(map(ord, "﹪٪"), "%"),
    **dict.fromkeys(map(ord, "【〔［"), "["),
    **dict.fromkeys(map(ord, "】〕］"), "]"),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"), None),
}
# The names before the brackets of printed tensors, arrays and scalars.
_MODULE = r"(?:(?:torch|np|numpy|jnp|jax\.numpy|tf|cp|cupy|mx)\.)?"
_SCALAR_TYPE = r"(?:b?float(?:16|32|64|128)?|int(?:8|16|32|64)?|half|single|double|longdouble|Decimal)"
_SCALAR = re.compile(_MODULE + _SCALAR_TYPE + r"\(\s*['\"]?([^()'\"]*)['\"]?\s*\)")
_CONTAINER = re.compile(
    _MODULE + r"(?:[tT]ensor|FloatTensor|DoubleTensor|[aA]rray|asarray|constant|list|tuple|set)\s*\("
)
_KEYWORD = re.compile(
    r"\s*,?\s*\b(?:dtype|device|requires_grad|grad_fn|shape|size|layout|weak_type)\s*=\s*"
    r"(?:<[^<>]*>|'[^']*'|\"[^\"]*\"|\([^()]*\)|[\w.]+)"
)
_ASSIGNMENT = re.compile(r"^\s*[^\W\d]\w*\s*=\s*")
_BRACKETS = {"[": "]", "(": ")", "{": "}"}

_UNSIGNED = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBER = re.compile(rf"[+-]?{_UNSIGNED}")
_FRACTION = re.compile(rf"([+-]?{_UNSIGNED})/({_UNSIGNED})")
_INFINITE = re.compile(r"([+-]?)(?:inf|infinity|∞)", re.IGNORECASE)
# Words with commas (or points) that can only be grouped digits, or only a decimal comma.
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
_THOUSANDS_AND_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+\.\d+(?:[eE][+-]?\d+)?")
_POINTS_AND_COMMA = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d+")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?%?")
_GROUPED_BY_SPACES = re.compile(r"(?<![\d.,])[+-]?[1-9]\d{0,2}(?:[ \u00a0\u202f\u2009]\d{3})+(?![\d.])")


def parse_numbers(text: str, argument: str) -> list[float]:
    """Return the numbers of a text that was typed or pasted.

    Numbers are separated by commas, semicolons or white space, with any brackets around them. The output of NumPy and
    PyTorch is accepted (``tensor([1., 2.], requires_grad=True)``, ``[np.float64(1.0)]``, ``[[1. 2.]]``), and so are
    full-width characters, typographic minus signs, fractions (``1/3``), percentages and ``-inf``.

    A comma between digits is a decimal comma if semicolons or white space separate the numbers and every number has
    one (``0,5; 1,5``), or one of them begins with ``0,`` and white space follows every semicolon (``0,5; 1``). Where a
    comma could be something else as well (``1,000 1,001``, ``1,2;3``), the text is refused. A full-width comma is never
    a decimal comma, and an ideographic comma always separates: ``1、2；3``. An empty text has no numbers.

    Raises
    ------
    InvalidArgument
        ``text_too_long``, ``unreadable_number``, ``ambiguous_number`` (a comma or space that could also belong to a
        number), ``unrepresentable_number`` (beyond the range of float64) or ``several_rows``. The position in the
        details counts from 1.

    Examples
    --------
    >>> parse_numbers("tensor([1000., 1001.], requires_grad=True)", "logits")
    [1000.0, 1001.0]
    >>> parse_numbers("0,5; −1,5; 1/4; 10 %", "logits")
    [0.5, -1.5, 0.25, 0.1]
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidArgument("text_too_long", argument=argument, high=MAX_CHARACTERS)
    plain = text.translate(_SAME_AS_ASCII)
    plain = _ASSIGNMENT.sub("", plain)
    plain = _SCALAR.sub(r"\1", plain)
    plain = _CONTAINER.sub("(", plain)
    plain = _KEYWORD.sub("", plain)
    plain = re.sub(r"\s*/\s*", "/", re.sub(r"(?<=\d)\s*%", "%", plain))
    grouped = _GROUPED_BY_SPACES.search(plain)
    if grouped and re.search(r"\s0", grouped[0]):
        raise InvalidArgument("ambiguous_number", argument=argument, value=grouped[0])
    rows = [words for row in _split_rows(plain, argument) if (words := _split_words(row, argument))]
    flat = [word for row in rows for word in row]
    numbers = [_parse_word(word, argument, position) for position, word in enumerate(flat, start=1)]
    # A column of single numbers is one row, too.
    if len(rows) > 1 and max(len(row) for row in rows) > 1:
        raise InvalidArgument("several_rows", argument=argument, value=len(rows))
    return numbers


def _split_rows(plain: str, argument: str) -> list[str]:
    """Return the text of each innermost pair of brackets, and that outside of all."""
    rows: list[list[str]] = [[]]
    open_rows, closers = [0], []
    for at, character in enumerate(plain):
        if character in _BRACKETS:
            closers.append(_BRACKETS[character])
            rows[open_rows[-1]].append(" ")
            rows.append([])
            open_rows.append(len(rows) - 1)
        elif character in _BRACKETS.values():
            if not closers or closers.pop() != character:
                raise _unmatched(plain, at, argument)
            open_rows.pop()
            rows[open_rows[-1]].append(" ")
        else:
            rows[open_rows[-1]].append(character)
    if closers:
        opened = max(plain.rfind(bracket) for bracket in _BRACKETS)
        raise _unmatched(plain, opened, argument)
    return ["".join(row) for row in rows]


def _unmatched(plain: str, at: int, argument: str) -> InvalidArgument:
    """Return the error for an unmatched bracket, with the word that contains it."""
    before, after = re.split(r"[\s,，;]", plain[:at])[-1], re.split(r"[\s,，;]", plain[at:])[0]
    position = len([word for word in re.split(r"[\s,，;]+", plain[:at]) if word]) + (not before)
    return InvalidArgument(
        "unreadable_number", argument=argument, position=max(position, 1), value=_quoted(before + after)
    )


def _split_words(row: str, argument: str) -> list[str]:
    """Split a row into words, in which a decimal comma has become a point."""
    row = _ascii_commas(row)
    chunks = [chunk.strip(",") for chunk in re.split(r"[\s;]+", row) if chunk.strip(",")]
    # Commas without white space or a semicolon beside them: separators, or parts of numbers.
    inner = [chunk for chunk in chunks if "," in chunk]
    if inner and len(chunks) > 1:
        decimal = all(_DECIMAL_COMMA.fullmatch(chunk) for chunk in inner)
        if all(_THOUSANDS_AND_POINT.fullmatch(chunk) for chunk in inner):
            row = re.sub(r"(?<=\d),(?=\d)", "", row)
        elif all(_POINTS_AND_COMMA.fullmatch(chunk) for chunk in inner):
            row = re.sub(r"(?<=\d),(?=\d)", ".", re.sub(r"(?<=\d)\.(?=\d{3})", "", row))
        elif all(_THOUSANDS.fullmatch(chunk) for chunk in inner) or (decimal and not _only_decimal(row, chunks)):
            raise InvalidArgument("ambiguous_number", argument=argument, value=_quoted(inner[0]))
        elif decimal:
            row = re.sub(r"(?<=\d),(?=\d)", ".", row)
    words = [word for word in re.split(r"[\s,;]+", row) if word]
    for before, word in pairwise(words):
        # 1,000 split into 1 and 000, or 1,05 into 1 and 05.
        if re.fullmatch(r"0\d+", word):
            raise InvalidArgument("ambiguous_number", argument=argument, value=_quoted(f"{before},{word}"))
    return words


def _ascii_commas(row: str) -> str:
    """Replace full-width commas: by commas where they could group digits, by semicolons elsewhere."""
    words = re.split(r"[\s;]+", row)
    inner = [word.replace("，", ",") for word in words if "，" in word.strip("，")]
    grouped = any(all(notation.fullmatch(word) for word in inner) for notation in (_THOUSANDS, _THOUSANDS_AND_POINT))
    return row.replace("，", "," if grouped and "," not in row else ";")


def _only_decimal(row: str, chunks: Sequence[str]) -> bool:
    """Return whether the commas between digits are decimal commas: the rule in `parse_numbers`."""
    if re.search(r",\s|\s,", row.strip()):
        return False
    if all("," in chunk for chunk in chunks):
        return True
    return any(re.match(r"[+-]?0,", chunk) for chunk in chunks) and not re.search(r";\S", row)


def _parse_word(word: str, argument: str, position: int) -> float:
    value = _value(word)
    if value is None:
        raise InvalidArgument("unreadable_number", argument=argument, position=position, value=_quoted(word))
    too_large = math.isinf(value) and not _INFINITE.fullmatch(word)
    too_small = value == 0 and re.search(r"[1-9]", re.split("[eE]", word)[0]) is not None
    if too_large or too_small:
        raise InvalidArgument("unrepresentable_number", argument=argument, position=position, value=_quoted(word))
    return value


def _value(word: str) -> float | None:
    """Return the number that a word represents; None if it is not a number."""
    if len(word) == 1 and unicodedata.decomposition(word).startswith("<fraction>"):
        return float(unicodedata.numeric(word))
    if word.endswith("%"):
        share = _value(word[:-1])
        return None if share is None else share / 100
    if fraction := _FRACTION.fullmatch(word):
        above, below = float(fraction[1]), float(fraction[2])
        return above / below if below else None
    if infinite := _INFINITE.fullmatch(word):
        return -math.inf if infinite[1] == "-" else math.inf
    if _NUMBER.fullmatch(word):
        return float(word)
    return math.nan if word.lower().lstrip("+-") == "nan" else None


def _quoted(word: str) -> str:
    """Return a word for an error message, shortened if it is long."""
    return word if len(word) <= _QUOTED else word[:_QUOTED] + "…"
