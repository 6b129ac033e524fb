"""Controls bound to the URL.

Streamlit's own binding serves where it can: switches, typed text, sliders that report on release. It writes the *label*
of a choice into the address, and knows nothing of our live sliders, so those and tabs are mirrored here by their codes,
as is every control that is folded away (``shown`` off): it keeps its value and its link, and costs a move nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from ui.live import live_slider
from ui.text import number

T = TypeVar("T")


def slider(
    key: str, label: str, values: Sequence[float], default: float, *, help: str | None, live: bool, shown: bool = True
) -> Any:
    """Draw a slider over listed numbers, which may be fine in one place and coarse in another.

    A live one reports while it is dragged; the other when it is released, for what takes longer to compute.
    """
    by_text, written = _texts(tuple(values))
    if not shown:
        return _folded(key, by_text.get, default, plain)
    if not live:
        return st.select_slider(label, values, default, key=key, help=help, bind="query-params", format_func=plain)
    adopt_from_url(key, by_text.get, default)
    value, held = live_slider(key, label, values, written=written, help=help)
    # The address changes on release: browsers refuse to change it many times a second.
    if not held:
        mirror_to_url(key, plain(value), plain(default))
    return value


@lru_cache(maxsize=256)
def _texts(values: tuple[float, ...]) -> tuple[dict[str, float], list[str]]:
    """Return the values by their texts in links, and as they are shown."""
    return {plain(value): value for value in values}, [number(value, 6) for value in values]


def toggle(key: str, label: str, default: bool, *, help: str | None, shown: bool = True) -> bool:
    """Draw a switch."""
    if not shown:
        return _folded(key, {"true": True, "false": False}.get, default, lambda value: str(value).lower())
    return st.toggle(label, default, key=key, help=help, bind="query-params")


def integer(key: str, label: str, low: int, high: int, default: int, *, help: str | None, shown: bool = True) -> int:
    """Draw a field for a whole number, such as a seed."""

    def read(text: str) -> int | None:
        return int(text) if text.isdecimal() and len(text) < 10 and low <= int(text) <= high else None

    # Not by Streamlit's binding: it fails on ?seed=-1e999, trying to make a whole number of an infinity.
    adopt_from_url(key, read, default)
    value = st.number_input(label, low, high, step=1, key=key, help=help) if shown else st.session_state[key]
    value = default if value is None else int(value)
    mirror_to_url(key, str(value), str(default))
    return value


def real(key: str, label: str, default: float, *, step: float, help: str | None, shown: bool = True) -> float:
    """Draw a field for any number; what it may be is for `core` to say."""

    def read(text: str) -> float | None:
        try:
            return value if math.isfinite(value := float(text)) else None
        except ValueError:
            return None

    if not shown:
        return _folded(key, read, default, str)
    value = st.number_input(label, None, None, default, step, format="%g", key=key, help=help, bind="query-params")
    return default if value is None else float(value)


def text(
    key: str, label: str, *, placeholder: str, help: str | None, max_chars: int = 20_000, shown: bool = True
) -> str:
    """Draw a field for typed text; empty by default."""
    if not shown:
        return _folded(key, lambda linked: linked[:max_chars], "", str)
    typed = st.text_input(
        label, "", max_chars, key=key, help=help, placeholder=placeholder, bind="query-params", autocomplete="off"
    )
    return typed or ""


def choice(
    key: str, label: str, options: Mapping[str, str], default: str, *, help: str | None, compact: bool,
    shown: bool = True,
) -> str:  # fmt: skip
    """Draw a choice among ``options`` (code → label in the page's language) and return the code."""
    adopt_from_url(key, among(options), default)
    value: str | None = st.session_state[key]
    if not shown:
        pass
    elif compact:
        value = st.selectbox(label, list(options), format_func=options.__getitem__, key=key, help=help)
    else:
        value = st.segmented_control(
            label, list(options), format_func=lambda code: _button(options[code]), key=key, help=help, required=True
        )
    mirror_to_url(key, value, default)
    return str(value)


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


def _folded(key: str, read: Callable[[str], T | None], default: T, write: Callable[[T], str]) -> T:
    """Return the value of a control that is not drawn, and hold the link to it."""
    adopt_from_url(key, read, default)
    value: T = default if st.session_state[key] is None else st.session_state[key]
    mirror_to_url(key, write(value), write(default))
    return value


def adopt_from_url(key: str, read: Callable[[str], T | None], default: T | None) -> None:
    """Set ``session_state[key]`` before its widget is drawn: kept if it stands, else from the link, else the default.

    ``read`` makes a value of the link's text, or None where it is none; a default of None means nothing chosen.
    """
    context = get_script_run_ctx()
    went_back = context is not None and context.is_history_navigation
    if key in st.session_state and not went_back:
        # Assigned anew so that the value outlives a change of language, which makes the widget a new one.
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
