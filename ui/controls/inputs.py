"""The controls of a panel, each bound to the session state and to the address.

A control's value is ``session_state[key]``, which may be set at any time before the control is added. The address has
it as a code or a number that does not depend on the language.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

import streamlit as st

from core.numbers import MAX_CHARACTERS
from ui.controls import address
from ui.controls.address import link_text
from ui.controls.panel import Control, Panel
from ui.numbers import format_number

T = TypeVar("T")

# One character more than a field may have, so that `core` still sees that a text is too long.
MAX_TYPED = MAX_CHARACTERS + 1


def slider(
    panel: Panel,
    key: str,
    label: str,
    values: Sequence[float],
    default: float,
    *,
    help: str | None,
    live: bool,
    folded: bool,
) -> Any:
    """Add a slider over listed numbers, which need not be evenly spaced."""
    values = tuple(values)
    by_text, labels = _texts(values)
    control = Control(key, "slider", label, help, labels, live, folded)

    def read(text: str) -> float | None:
        try:
            return by_text.get(link_text(float(text)))  # 1, 1.0 and 1e0 are the same number
        except ValueError:
            return None

    return _add_options(panel, control, values, default, read, link_text)


@lru_cache(maxsize=256)
def _texts(values: tuple[float, ...]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the values by their texts in links, and the labels shown for them."""
    return {link_text(value): value for value in values}, tuple(format_number(value, 6) for value in values)


def choice(
    panel: Panel,
    key: str,
    label: str,
    options: Mapping[str, str],
    default: str,
    *,
    help: str | None,
    kind: str = "radio",
    folded: bool = False,
) -> str:
    """Add a choice among ``options`` (code → label in the page's language) and return the code.

    ``kind`` is "radio" for a row of buttons, "select" for a drop-down menu, or "tabs".
    """
    control = Control(key, kind, label, help, tuple(options.values()), folded=folded)
    return _add_options(panel, control, tuple(options), default, one_of(options), str)


def toggle(panel: Panel, key: str, label: str, default: bool, *, help: str | None, folded: bool) -> bool:
    """Add a switch."""
    control = Control(key, "toggle", label, help, folded=folded)
    read = {"true": True, "false": False}.get
    return _add_options(panel, control, (False, True), default, read, link_text)


def _add_options(
    panel: Panel,
    control: Control,
    values: tuple[T, ...],
    default: T,
    read: Callable[[str], T | None],
    write: Callable[[T], str],
) -> T:
    key = control.key
    value = address.read_parameter(key, read, default)
    if value not in values:  # another control has changed the options
        st.session_state[key] = value = default

    def on_change(index: object) -> None:
        if isinstance(index, int) and 0 <= index < len(values):
            st.session_state[key] = values[index]

    panel.add(control, values.index(value), on_change)
    panel.set_parameter(key, None if value == default else write(value))
    return value


def integer(
    panel: Panel, key: str, label: str, low: int, high: int, default: int, *, help: str | None, folded: bool
) -> int:
    """Add a field for an integer, such as a seed."""

    def read(text: str) -> int | None:
        return int(text) if text.isdecimal() and len(text) < 10 and low <= int(text) <= high else None

    control = Control(key, "number", label, help, folded=folded, extra=(("min", low), ("max", high), ("step", 1)))
    return _add_typed(panel, control, default, read, str)


def real(panel: Panel, key: str, label: str, default: float, *, step: float, help: str | None, folded: bool) -> float:
    """Add a field for any finite number; `core` checks whether it is allowed."""

    def read(text: str) -> float | None:
        try:
            return value if math.isfinite(value := float(text)) else None
        except ValueError:
            return None

    control = Control(key, "number", label, help, folded=folded, extra=(("step", step),))
    return _add_typed(panel, control, default, read, link_text)


def text(panel: Panel, key: str, label: str, *, placeholder: str, help: str | None, folded: bool) -> str:
    """Add a field for typed text; empty by default."""
    control = Control(key, "text", label, help, folded=folded, extra=(("placeholder", placeholder),))
    return _add_typed(panel, control, "", lambda typed: typed[:MAX_TYPED], str)


def _add_typed(
    panel: Panel, control: Control, default: T, read: Callable[[str], T | None], write: Callable[[T], str]
) -> T:
    key = control.key
    value = address.read_parameter(key, read, default)

    def on_change(typed: object) -> None:
        if isinstance(typed, str) and (accepted := read(typed)) is not None:
            st.session_state[key] = accepted

    panel.add(control, write(value), on_change)
    panel.set_parameter(key, None if value == default else write(value))
    return value


def optional_choice(
    panel: Panel,
    control: Control,
    options: Mapping[str, str],
    *,
    on_choice: Callable[[str | None], None] = lambda code: None,
) -> str | None:
    """Add a choice among ``options`` (code → label) with no default; ``on_choice`` is called with a new choice."""
    key, codes = control.key, tuple(options)
    chosen = address.read_parameter(key, one_of(codes), None)

    def on_change(index: object) -> None:
        if isinstance(index, int) and -1 <= index < len(codes):
            st.session_state[key] = None if index < 0 else codes[index]
            on_choice(st.session_state[key])

    index = codes.index(chosen) if chosen in codes else -1
    panel.add(replace(control, options=tuple(options.values())), index, on_change)
    panel.set_parameter(key, chosen)
    return chosen


def one_of(codes: Collection[str]) -> Callable[[str], str | None]:
    """Return a function that reads one of these codes from a link."""
    return lambda text: text if text in codes else None
