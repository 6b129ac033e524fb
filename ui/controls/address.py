"""The address describes what is on screen, so every state is a link.

The browser is the only writer of the address (``panel.js``): once a picture is complete, it writes the parameters of
all panels. Streamlit therefore has only the address of the last page load. The session stores the current parameters.
If a new session starts on an open page, after a restart of the server or a lost connection, the browser sends them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl

import streamlit as st

from ui.server.streamlit_internals import is_history_navigation

T = TypeVar("T")

_PARAMETERS = "address"
# The texts of the link that controls were set to.
_LINKED = "linked"
# The texts of the link that no control accepts.
_REFUSED = "refused"
_UNSET = object()
# Endings of keys that are not values of controls: reports of panels, and the scene from which N and P continue.
_NOT_VALUES = ("_panel", "_panel_acknowledged", "_scene_last")
# The longest address that browsers and proxies commonly accept, in characters.
MAX_LENGTH = 60_000


def begin_run(prefix: str) -> None:
    """Begin a full run: on a new page, and after Back or Forward, the state is that of the link.

    The keys of the page's values start with ``prefix``.
    """
    if _PARAMETERS not in st.session_state or is_history_navigation():
        _set_all(prefix, st.query_params.to_dict())


def forget() -> None:
    """Forget the parameters when a page is left: the next one starts from its own link."""
    for key in (_PARAMETERS, _LINKED, _REFUSED):
        st.session_state.pop(key, None)


def restore(prefix: str, query: object) -> bool:
    """Read the state from the browser's address, in a session that has started on an open page.

    ``query`` comes from a browser and may be anything. Returns whether it is an address; if not, nothing changes.
    """
    if not isinstance(query, str) or len(query) > MAX_LENGTH:
        return False
    _set_all(prefix, dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True)))
    return True


def _set_all(prefix: str, linked: dict[str, str]) -> None:
    """Replace the parameters, and forget the values of the controls, those of closed views included."""
    st.session_state[_PARAMETERS] = linked
    st.session_state.pop(_LINKED, None)
    st.session_state.pop(_REFUSED, None)
    for key in [str(key) for key in st.session_state if str(key).startswith(prefix)]:
        # The change of a panel may be the one that is being handled.
        if not key.endswith(_NOT_VALUES):
            del st.session_state[key]


def parameters(prefix: str = "") -> dict[str, str]:
    """Return the current parameters whose key starts with ``prefix``; only values that differ from the defaults."""
    current: dict[str, str] = st.session_state.get(_PARAMETERS, {})
    return {key: text for key, text in current.items() if key.startswith(prefix)}


def read_parameter(key: str, read: Callable[[str], T | None], default: T) -> T:
    """Set ``session_state[key]`` before its control is drawn, and return it.

    The value of the session comes first, then the one in the link, then the default. ``read`` converts the text in the
    link, and returns None if it is not valid; a default of None means that nothing is chosen.
    """
    value: T = st.session_state.get(key, _UNSET)
    if value is _UNSET:
        linked = read(parameters().get(key, ""))
        st.session_state[key] = value = default if linked is None else linked
        if key in parameters():
            st.session_state.setdefault(_REFUSED if linked is None else _LINKED, {})[key] = parameters()[key]
    return value


def refused() -> dict[str, str]:
    """Return the parameters of the link that were not valid, until the next run."""
    texts: dict[str, str] = st.session_state.pop(_REFUSED, {})
    return texts


def is_from_link(key: str) -> bool:
    """Whether a control has the value that a link has set it to."""
    linked = st.session_state.get(_LINKED, {})
    return key in linked and linked[key] == link_text(st.session_state[key])


def set_parameter(key: str, text: str | None) -> None:
    """Set a parameter; None removes it."""
    current = st.session_state.setdefault(_PARAMETERS, {})
    if text is None:
        current.pop(key, None)
    else:
        current[key] = text


def link_text(value: float | str) -> str:
    """Return the text of a value in a link."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:.6g}"
