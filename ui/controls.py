"""Controls bound to the URL.

A control's value is ``session_state[key]``, which may be set at any time before the control is drawn; the address
mirrors it by a code or a number, whatever the language. All but the choices that open something (`pick`) are parts of a
board.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

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
    adopt_from_url(key, read, default)
    if st.session_state[key] not in values:  # what is offered follows from another control
        st.session_state[key] = default
    value: T = st.session_state[key]

    def take(place: object) -> None:
        if isinstance(place, int) and 0 <= place < len(values):
            st.session_state[key] = values[place]

    board.add(part, values.index(value), take)
    # The address changes on release: browsers refuse to change it many times a second.
    if board.held != key:
        mirror_to_url(key, write(value), write(default))
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
    adopt_from_url(key, read, default)
    value: T = st.session_state[key]

    def take(typed: object) -> None:
        if isinstance(typed, str) and (taken := read(typed)) is not None:
            st.session_state[key] = taken

    board.add(part, write(value), take)
    mirror_to_url(key, write(value), write(default))
    return value


def pick(
    key: str,
    label: str,
    options: Mapping[str, str],
    *,
    listed: bool = False,
    on_change: Callable[[], None] | None = None,
) -> str | None:
    """Draw a choice that may be left open, at first none (code → label): in a row, or ``listed`` below each other."""
    adopt_from_url(key, among(options), None)
    chosen: str | None
    if listed:
        chosen = st.radio(label, list(options), format_func=options.__getitem__, key=key, index=None)
    else:
        chosen = st.pills(
            label, list(options), format_func=lambda code: _button(options[code]), key=key, on_change=on_change
        )
    # At once, before what was picked is computed: that may take seconds.
    mirror_to_url(key, chosen, None)
    return chosen


def _button(label: str) -> str:
    # Streamlit searches a label's first word for an emoji, which takes long for what is not ASCII: a blank stops it.
    return label if label.isascii() or label.startswith(":material/") else f" {label}"


def among(codes: Collection[str]) -> Callable[[str], str | None]:
    """Return a reader of links that accepts these codes."""
    return lambda text: text if text in codes else None


def adopt_from_url(key: str, read: Callable[[str], T | None], default: T | None) -> None:
    """Set ``session_state[key]`` before its widget is drawn: kept if it stands, else from the link, else the default.

    ``read`` makes a value of the link's text, or None where it is none; a default of None means nothing chosen.
    """
    context = get_script_run_ctx()
    went_back = context is not None and context.is_history_navigation
    if key in st.session_state and not went_back:
        # Assigned anew so that a choice outlives a change of language, which makes its widget a new one.
        st.session_state[key] = st.session_state[key]
        return
    linked = read(st.query_params.get(key, ""))
    st.session_state[key] = default if linked is None else linked


def mirror_to_url(key: str, value: str | None, default: str | None) -> None:
    """Write ``value`` into the address, or take it out when it is the default, as Streamlit's own binding does."""
    if value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = str(value)


def plain(value: float) -> str:
    """Write a slider's number for its label and its link."""
    return f"{value:.6g}"
