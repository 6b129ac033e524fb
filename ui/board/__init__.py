"""The controls of a page as one component of native inputs.

It reports while it is moved: Streamlit's own sliders report on release. And it is one element of the page, where React
spends one to three milliseconds of every move on each.

Streamlit sends a component's script and style with each of its elements, at every move: 28 kB twice, an eighth of what
a move cost. So they are an element of their own that a page sends once, and a board's script only calls them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from ui import address

_HERE = Path(__file__).parent
# What draws boards, in this order.
_SCRIPTS = ("board.js", "controls.js", "choices.js")
# The rest stands as it was added.
_ORDER = {"scenes": -1, "fold": 1, "press": 2}


@dataclass(frozen=True)
class Part:
    """A control as the board draws it.

    Attributes
    ----------
    key : str
        Of its value in the session, and in the address.
    kind : str
        "slider", "select", "row" (of choices) or "toggle": it stands on one of ``options``, and says which by its
        number. "pick" or "list" (below each other): likewise, or on none, −1. "number" or "text": it says what was
        typed. "press", "scenes", "menu": what was pressed. "said": a remark. "title": the page's. "fold": what is
        ``folded`` lies inside.
    label, help : str
    options : tuple of str
        What it offers, as written.
    live : bool
        Does a slider report while it is dragged, or on release, for what takes longer to compute?
    folded : bool
    rest : tuple of (str, Any)
        What else its kind needs, by name.
    """

    key: str
    kind: str
    label: str = ""
    help: str | None = None
    options: tuple[str, ...] = ()
    live: bool = True
    folded: bool = False
    rest: tuple[tuple[str, Any], ...] = ()


class Board:
    """Controls to be drawn as one, below each other or ``across``: each is added, then all are drawn.

    Attributes
    ----------
    errors, texts : dict of str
        By key: what is wrong with a control, and, as HTML, what it has to say.
    """

    def __init__(self, key: str, *, across: bool = False) -> None:
        self._key = f"{key}_board"
        self._across = across
        self._parts: list[Part] = []
        self._places: dict[str, Any] = {}
        self._takers: dict[str, Callable[[Any], None]] = {}
        self._address: dict[str, str | None] = {}
        self.errors: dict[str, str] = {}
        self.texts: dict[str, str] = {}

    def add(self, part: Part, place: Any = None, take: Callable[[Any], None] = lambda place: None) -> None:
        """Add a control that stands at ``place``: an option's number or a text; ``take`` is given a new one.

        The new place comes from a browser and may be anything.
        """
        self._parts.append(part)
        self._places[part.key] = place
        self._takers[part.key] = take

    def mirror(self, key: str, text: str | None) -> None:
        """Have the address say where a control stands; None takes it out."""
        address.mirror(key, text)
        self._address[key] = text

    @property
    def last(self) -> str:
        """The key of the control added last."""
        return self._parts[-1].key

    def explain(self, key: str, error: str) -> None:
        """Say what is wrong with a control; with several together, at the last of them."""
        self.errors[key if key in self._places else self.last] = error

    def draw(self) -> None:
        """Draw the controls; what is moved is taken before the next run."""
        takers, heard = self._takers, f"{self._key}_heard"

        def moved() -> None:
            told = st.session_state[self._key].moved or {}
            st.session_state[heard] = told.get("at")
            for key, place in told.get("places", {}).items():
                if key in takers:
                    takers[key](place)

        state = {"places": self._places, "errors": self.errors, "texts": self.texts, "address": self._address,
                 "heard": st.session_state.get(heard)}  # fmt: skip
        # Two lines as bytes: Streamlit would search a mapping for tables, and write all of it twice, to send it and to
        # tell it from others.
        parts = sorted(self._parts, key=lambda part: _ORDER.get(part.kind, 0))
        data = f"{_written(self._across, tuple(parts))}\n{json.dumps(state, ensure_ascii=False)}".encode()
        board, _ = _components()
        board(key=self._key, data=data, default={"moved": None}, on_moved_change=moved)


def enter_boards() -> None:
    """Send what draws boards, once to a page and outside of what moves."""
    _, script = _components()
    script(key="boards")


@lru_cache(maxsize=512)
def _written(across: bool, parts: tuple[Part, ...]) -> str:
    drawn = [asdict(part) for part in parts]
    specs = [part | dict(part.pop("rest")) for part in drawn]
    return json.dumps({"across": across, "parts": specs}, ensure_ascii=False)


@cache
def _components() -> tuple[Any, Any]:
    html, css, called, *drawing = (
        (_HERE / file).read_text(encoding="utf-8") for file in ("board.html", "board.css", "call.js", *_SCRIPTS)
    )
    script = "\n".join((f"const STYLE = {json.dumps(css)}", *drawing))
    # Where both meet. A page left open while the app is renewed is sent the new script, and its boards call that.
    place = json.dumps(f"boards {hashlib.sha256(script.encode()).hexdigest()}")
    meeting = f"const BOARDS = (globalThis[{place}] ??= {{ early: new Set() }})\n"
    declare = st.components.v2.component
    return declare("board", html=html, js=meeting + called), declare("boards", js=meeting + script)
