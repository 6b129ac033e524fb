"""The address says what is on screen: every state is a link.

In a whole run Streamlit writes it. A move is a fragment's run, and there the board writes it in the browser once the
picture stands: written by Streamlit it would come first, and the picture after it (23 of a move's 145 ms, measured on
the page about gradient descent). Streamlit then knows only the address of the last whole run, so this session keeps
its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

T = TypeVar("T")

_KNOWN = "address"
_UNSET = object()


def begin(prefix: str, language: str | None) -> None:
    """Begin a whole run of the page whose parameters open with ``prefix``: put back what the browser has written.

    ``language`` is the one that the link is to name: links between pages drop it.
    """
    if went_back():
        forget()
    given = {key: text for key, text in st.query_params.items() if key.startswith(prefix)}
    own = st.session_state.setdefault(_KNOWN, given)
    named = {"lang": language} if language else {key: st.query_params[key] for key in st.query_params if key == "lang"}
    if (whole := named | own) != st.query_params.to_dict():
        st.query_params.from_dict(whole)


def forget() -> None:
    """Leave a page: the next one starts from its own link."""
    st.session_state.pop(_KNOWN, None)


def adopt(key: str, read: Callable[[str], T | None], default: T) -> T:
    """Set ``session_state[key]`` before its control is drawn, and return it.

    It is kept where it stands; else it is the link's, else the default.
    ``read`` makes a value of the link's text, or None where it is none; a default of None means nothing chosen.
    """
    value: T = st.session_state.get(key, _UNSET)
    if value is _UNSET or went_back():
        linked = read(st.query_params.get(key, ""))
        st.session_state[key] = value = default if linked is None else linked
    return value


def mirror(key: str, text: str | None) -> None:
    """Write a parameter into the address, or take it out if ``text`` is None."""
    known = st.session_state.setdefault(_KNOWN, {})
    if text is None:
        known.pop(key, None)
    else:
        known[key] = text
    if _is_move():
        return
    if text is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != text:
        st.query_params[key] = text


def went_back() -> bool:
    """Return whether the browser's back button led here: what it leads to stands in the link."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _is_move() -> bool:
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)
