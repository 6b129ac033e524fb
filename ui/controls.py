"""Controls bound to the address.

A control's value is ``session_state[key]``, which may be set at any time before the control is drawn; the address
mirrors it by a code or a number, whatever the language. All of them are parts of a board.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

import streamlit as st

from ui import address
from ui.board import Board, Part
from ui.text import number

T = TypeVar("T")

MOST_TYPED = 20_000


def slider(
    board: Board, key: str, label: str, values: Sequence[float], default: float, *, help: str | None, live: bool,
    folded: bool,
) -> Any:  # fmt: skip
    """Add a slider over listed numbers, which may be fine in one place and coarse in another."""
    values = tuple(values)
    by_text, written = _texts(values)
    part = Part(key, "slider", label, help, written, live, folded)

    def read(text: str) -> float | None:
        try:
            return by_text.get(plain(float(text)))  # however the number is written
        except ValueError:
            return None

    return _offer(board, part, values, default, read, plain)


@lru_cache(maxsize=256)
def _texts(values: tuple[float, ...]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the values by their texts in links, and as they are shown."""
    return {plain(value): value for value in values}, tuple(number(value, 6) for value in values)


def choice(
    board: Board, key: str, label: str, options: Mapping[str, str], default: str, *, help: str | None, compact: bool,
    folded: bool,
) -> str:  # fmt: skip
    """Add a choice among ``options`` (code → label in the page's language) and return the code."""
    part = Part(key, "select" if compact else "row", label, help, tuple(options.values()), folded=folded)
    return _offer(board, part, tuple(options), default, among(options), str)


def toggle(board: Board, key: str, label: str, default: bool, *, help: str | None, folded: bool) -> bool:
    """Add a switch."""
    part = Part(key, "toggle", label, help, folded=folded)
    read = {"true": True, "false": False}.get
    return _offer(board, part, (False, True), default, read, lambda value: str(value).lower())


def _offer(
    board: Board, part: Part, values: tuple[T, ...], default: T, read: Callable[[str], T | None],
    write: Callable[[T], str],
) -> T:  # fmt: skip
    key = part.key
    value = address.adopt(key, read, default)
    if value not in values:  # what is offered follows from another control
        st.session_state[key] = value = default

    def take(place: object) -> None:
        if isinstance(place, int) and 0 <= place < len(values):
            st.session_state[key] = values[place]

    board.add(part, values.index(value), take)
    board.mirror(key, None if value == default else write(value))
    return value


def integer(
    board: Board, key: str, label: str, low: int, high: int, default: int, *, help: str | None, folded: bool
) -> int:
    """Add a field for a whole number, such as a seed."""

    def read(text: str) -> int | None:
        return int(text) if text.isdecimal() and len(text) < 10 and low <= int(text) <= high else None

    rest = (("min", low), ("max", high), ("step", 1))
    return _typed(board, Part(key, "number", label, help, folded=folded, rest=rest), default, read, str)


def real(board: Board, key: str, label: str, default: float, *, step: float, help: str | None, folded: bool) -> float:
    """Add a field for any number; what it may be is for `core` to say."""

    def read(text: str) -> float | None:
        try:
            return value if math.isfinite(value := float(text)) else None
        except ValueError:
            return None

    part = Part(key, "number", label, help, folded=folded, rest=(("step", step),))
    return _typed(board, part, default, read, plain)


def text(board: Board, key: str, label: str, *, placeholder: str, help: str | None, folded: bool) -> str:
    """Add a field for typed text; empty by default."""
    part = Part(key, "text", label, help, folded=folded, rest=(("placeholder", placeholder),))
    return _typed(board, part, "", lambda typed: typed[:MOST_TYPED], str)


def _typed(board: Board, part: Part, default: T, read: Callable[[str], T | None], write: Callable[[T], str]) -> T:
    key = part.key
    value = address.adopt(key, read, default)

    def take(typed: object) -> None:
        if isinstance(typed, str) and (taken := read(typed)) is not None:
            st.session_state[key] = taken

    board.add(part, write(value), take)
    board.mirror(key, None if value == default else write(value))
    return value


def pick(
    board: Board, part: Part, options: Mapping[str, str], *, then: Callable[[str | None], None] = lambda code: None
) -> str | None:
    """Add a choice among ``options`` (code → label) that may be left open, as at first; ``then`` is told a new one."""
    key, codes = part.key, tuple(options)
    chosen = address.adopt(key, among(codes), None)

    def take(place: object) -> None:
        if isinstance(place, int) and -1 <= place < len(codes):
            st.session_state[key] = None if place < 0 else codes[place]
            then(st.session_state[key])

    board.add(replace(part, options=tuple(options.values())), codes.index(chosen) if chosen in codes else -1, take)
    board.mirror(key, chosen)
    return chosen


def among(codes: Collection[str]) -> Callable[[str], str | None]:
    """Return a reader of links that accepts these codes."""
    return lambda text: text if text in codes else None


def plain(value: float) -> str:
    """Write a slider's number for its label and its link."""
    return f"{value:.6g}"
