"""Several controls as one component of native inputs.

Unlike Streamlit's own sliders, its sliders report while they are dragged. A panel is one element of the page, whatever
the number of its controls.

Streamlit sends a component's script and style with each of its elements, on every rerun. They are therefore sent once,
by a component of their own, and the script of a panel only calls them (``loader.js``).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from ui.controls import address

_HERE = Path(__file__).parent
# The browser's part of the panel, in this order.
_SCRIPTS = ("panel.js", "address.js", "present.js", "print.js", "inputs.js", "choices.js")
# The expander and the buttons come last; the other controls keep the order in which they were added.
_ORDER = {"expander": 1, "button": 2}


@dataclass(frozen=True)
class Control:
    """A control as the browser draws it.

    Attributes
    ----------
    key : str
        Key of its value in the session state and in the address.
    kind : str
        "slider", "select", "radio", "tabs" or "toggle": the value is the index of one of ``options``. "buttons" and
        "predict": the same, or −1 for none. "claims": the indices of an option and of a decision, or −1. "number" and
        "text": the value is the typed text. "button" and "scenes": the value is the index that was pressed.
        "challenges": for each option None, or the texts of its result and its insight. "note": a text. "menu" and
        "title": the menu and the title of the page. "notes": the button that prints the notes for teachers. "expander":
        contains the ``folded`` controls.
    label, help : str
    options : tuple of str
        The texts of the options.
    live : bool
        Whether a slider reports while it is dragged, or only when it is released.
    folded : bool
        Whether it is inside the expander.
    locked : bool
        Whether it cannot be changed.
    extra : tuple of (str, Any)
        What else its kind needs, by name.
    """

    key: str
    kind: str
    label: str = ""
    help: str | None = None
    options: tuple[str, ...] = ()
    live: bool = True
    folded: bool = False
    locked: bool = False
    extra: tuple[tuple[str, Any], ...] = ()


class Panel:
    """Controls that are drawn as one component: add each of them, then call `draw`.

    One panel of a page has ``on_restore``. The browser calls it with the query string of its address when it meets a
    new session on an open page: the server has restarted, or has dropped the session while it was offline.

    Attributes
    ----------
    errors, texts : dict of str
        By key: the error message of a control, and the HTML text that it shows.
    unused : bool
        Whether the view does not use the controls added next. They are not shown: they only keep their values, in the
        session and in the address. The same holds for the keys in ``hide``; those in ``lock`` are shown and cannot be
        changed. The values of those in ``unlisted`` are not in the address.
    shows_last : bool
        Whether the control that was added last is shown.
    """

    def __init__(
        self,
        key: str,
        *,
        horizontal: bool = False,
        on_restore: Callable[[object], None] | None = None,
        hide: Collection[str] = (),
        lock: Collection[str] = (),
        unlisted: Collection[str] = (),
    ) -> None:
        self._key = f"{key}_panel"
        self._horizontal = horizontal
        self._on_restore = on_restore
        self._hide, self._lock, self._unlisted = hide, lock, unlisted
        self._controls: list[Control] = []
        self._values: dict[str, Any] = {}
        self._callbacks: dict[str, Callable[[Any], None]] = {}
        self._address: dict[str, str | None] = {}
        self.unused = False
        self.shows_last = False
        self.errors: dict[str, str] = {}
        self.texts: dict[str, str] = {}

    def add(self, control: Control, value: Any = None, on_change: Callable[[Any], None] = lambda value: None) -> None:
        """Add a control; ``on_change`` is called with its new value.

        The new value comes from a browser and may be anything.
        """
        self.shows_last = not self.unused and control.key not in self._hide
        if not self.shows_last:
            return
        if control.key in self._lock:
            control, on_change = replace(control, locked=True), _ignore
        self._controls.append(control)
        self._values[control.key] = value
        self._callbacks[control.key] = on_change

    def set_parameter(self, key: str, text: str | None) -> None:
        """Set a parameter of the address; None removes it."""
        text = None if key in self._unlisted else text
        address.set_parameter(key, text)
        self._address[key] = text

    @property
    def is_empty(self) -> bool:
        """Whether the panel has no control to draw."""
        return not self._controls

    @property
    def last_key(self) -> str:
        """The key of the control that was added last."""
        return self._controls[-1].key

    def show_error(self, key: str, message: str) -> None:
        """Show an error message at a control; an error of several controls is shown at the last one.

        While the panel is `unused`, or if the link hides the control, there is nothing on screen that it is about.
        """
        if not self.unused and key not in self._hide:
            self.errors[key if key in self._values else self.last_key] = message

    def draw(self) -> None:
        """Draw the controls; changes call their ``on_change`` before the next run."""
        callbacks, acknowledged = self._callbacks, f"{self._key}_acknowledged"

        def on_change() -> None:
            # The change comes from a browser and may be anything.
            change = st.session_state[self._key].change
            if not isinstance(change, dict) or not isinstance(values := change.get("values"), dict):
                return
            st.session_state[acknowledged] = change.get("id")
            if self._on_restore and "query" in change:
                self._on_restore(change["query"])
            for key, value in values.items():
                if key in callbacks:
                    callbacks[key](value)

        state = {
            "values": self._values,
            "errors": self.errors,
            "texts": self.texts,
            "address": self._address,
            "acknowledged": st.session_state.get(acknowledged),
            "session": session_name() if self._on_restore else None,
        }
        # Two lines of JSON as bytes: Streamlit would search a mapping for data frames and serialise it twice.
        controls = sorted(self._controls, key=lambda control: _ORDER.get(control.kind, 0))
        if not any(control.folded for control in controls):
            controls = [control for control in controls if control.kind != "expander"]
        specification = _specification(self._horizontal, tuple(controls))
        data = f"{specification}\n{json.dumps(state, ensure_ascii=False)}".encode()
        panel, _ = _components()
        panel(key=self._key, data=data, default={"change": None}, on_change_change=on_change)


def _ignore(value: object) -> None:
    """Ignore a change of a locked control."""


def send_panel_script() -> None:
    """Send the script and style of all panels; ``app.py`` calls this once per page load, outside of fragments."""
    _, script = _components()
    script(key="panel_script")


def session_name() -> str:
    """Return the name of this session; a page that meets another name knows that its session was lost."""
    name: str = st.session_state.setdefault("session_name", uuid.uuid4().hex)
    return name


@lru_cache(maxsize=512)
def _specification(horizontal: bool, controls: tuple[Control, ...]) -> str:
    specifications = [asdict(control) for control in controls]
    flat = [one | dict(one.pop("extra")) for one in specifications]
    return json.dumps({"horizontal": horizontal, "controls": flat}, ensure_ascii=False)


@cache
def _components() -> tuple[Any, Any]:
    html, css, loader, *scripts = (
        (_HERE / file).read_text(encoding="utf-8") for file in ("panel.html", "panel.css", "loader.js", *_SCRIPTS)
    )
    script = "\n".join((f"const STYLE = {json.dumps(css)}", *scripts))
    # Loader and script find each other under a global name that changes with the script: a page that stays open while
    # the app is redeployed receives the new script, and its panels use that one.
    name = json.dumps(f"panels {hashlib.sha256(script.encode()).hexdigest()}")
    shared = f"const PANELS = (globalThis[{name}] ??= {{ waiting: new Set() }})\n"
    component = st.components.v2.component
    return component("panel", html=html, js=shared + loader), component("panel_script", js=shared + script)
