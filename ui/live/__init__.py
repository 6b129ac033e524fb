"""A slider that reports while it is dragged: Streamlit's own reports on release."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T", int, float)

_HERE = Path(__file__).parent


@cache
def _component() -> Any:
    html, css, js = ((_HERE / f"slider.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("live_slider", html=html, css=css, js=js)


def live_slider(
    key: str, label: str, values: Sequence[T], *, written: Sequence[str], help: str | None
) -> tuple[T, bool]:
    """Draw a slider over ``values`` (shown as ``written``); return the one it stands on, and whether a hand is on it.

    The value is ``session_state[key]``, which may be set at any time before the slider is drawn, as with every other
    control; the component itself lives under a key of its own.
    """
    widget = f"{key}_live"

    def moved() -> None:
        said = st.session_state[widget].moved
        index = said.get("index") if said else None
        if isinstance(index, int | float) and 0 <= index < len(values):
            st.session_state[key] = values[int(index)]

    index = list(values).index(st.session_state[key])
    # A list and one text, not a mapping: Streamlit would search each of its values for a table.
    data = [label, help, index, "\n".join(written)]
    said = _component()(key=widget, data=data, default={"moved": None}, on_moved_change=moved).moved
    return st.session_state[key], bool(said and said["held"])
