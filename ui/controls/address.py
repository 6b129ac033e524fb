"""The address says what is on screen: every state is a link.

In a full run, Streamlit writes the address. In a rerun of the fragment the panel writes it in the browser, after the
picture: a change of address costs the browser as much as a chart (``docs/performance.md``). Streamlit then only knows
the address of the last full run, so the session keeps the current one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from ui.server.streamlit_internals import is_fragment_run, is_history_navigation

T = TypeVar("T")

_CURRENT = "address"
_UNSET = object()


def begin_run(prefix: str, language: str | None) -> None:
    """Begin a full run of the page whose parameters start with ``prefix``: restore what the browser has written.

    ``language`` is the one to write into the link, because links between pages drop it.
    """
    if is_history_navigation():
        forget()
    given = {key: text for key, text in st.query_params.items() if key.startswith(prefix)}
    current = st.session_state.setdefault(_CURRENT, given)
    named = {"lang": language} if language else {key: st.query_params[key] for key in st.query_params if key == "lang"}
    if (whole := named | current) != st.query_params.to_dict():
        st.query_params.from_dict(whole)


def forget() -> None:
    """Forget the address when a page is left: the next one starts from its own link."""
    st.session_state.pop(_CURRENT, None)


def read_from_query(key: str, read: Callable[[str], T | None], default: T) -> T:
    """Set ``session_state[key]`` before its control is drawn, and return it.

    The value of the session comes first, then the one in the link, then the default. ``read`` converts the text in the
    link, and returns None if it is not valid; a default of None means that nothing is chosen.
    """
    value: T = st.session_state.get(key, _UNSET)
    if value is _UNSET or is_history_navigation():
        linked = read(st.query_params.get(key, ""))
        st.session_state[key] = value = default if linked is None else linked
    return value


def write_to_query(key: str, text: str | None) -> None:
    """Set a parameter of the address; None removes it."""
    current = st.session_state.setdefault(_CURRENT, {})
    if text is None:
        current.pop(key, None)
    else:
        current[key] = text
    if is_fragment_run():
        return
    if text is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != text:
        st.query_params[key] = text
