"""The controls of a page, by name: their words are at ``controls.<name>`` in the page's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import streamlit as st

from core.validate import InvalidArgument
from ui.controls import inputs
from ui.controls.panel import Control, Panel
from ui.page.markup import render_markup
from ui.page.scenes import ScenesMixin
from ui.page.state import Settings

T = TypeVar("T")
Layout = Literal["below", "even", "wide"]


class ControlsMixin(ScenesMixin):
    """Adds controls to panels."""

    @contextmanager
    def controls(self, scenes: Mapping[str, Settings], layout: Layout = "below") -> Iterator[None]:
        """Contain the page's controls, with the scenes above them and the picture beside them.

        ``layout``: the first two charts of the picture are below each other, or side by side: "even", or with a "wide"
        first one.
        """
        self.values.clear()
        self._is_private = False
        # One CSS grid (style.css) instead of columns inside columns: fewer elements for the browser on every rerun.
        self._grid = st.container(key=f"explore_{layout}")
        with self._grid, self._filled(Panel(f"{self.prefix}controls")) as panel:
            yield
            reset = Control(f"{self.prefix}reset", "button", self.words("reset"), extra=(("resets", True),))
            panel.add(reset, on_change=lambda _: self._apply({}))
            self._add_scenes(panel, scenes)

    @contextmanager
    def control_row(self, name: str) -> Iterator[None]:
        """Contain controls of a view, side by side."""
        with self._filled(Panel(self.prefix + name, horizontal=True)):
            yield

    @contextmanager
    def more_controls(self) -> Iterator[None]:
        """Contain the controls beyond the first five, in an expander."""
        assert self._panel is not None
        self._panel.add(Control(f"{self.prefix}more", "expander", self.words("more_controls")))
        self._folded = True
        try:
            yield
        finally:
            self._folded = False

    @contextmanager
    def _filled(self, panel: Panel) -> Iterator[Panel]:
        """Add controls to a panel, then draw it."""
        self._panel = panel
        try:
            yield panel
        finally:  # also if a rerun interrupts this run
            self._panel = None
        panel.draw()

    @contextmanager
    def _current_panel(self, name: str) -> Iterator[Panel]:
        """Give the panel being filled, or a new one for a single control."""
        if self._panel:
            yield self._panel
        else:
            with self._filled(Panel(self.prefix + name)) as panel:
                yield panel

    def note(self, text: str) -> None:
        """Show a text below the control that was added last."""
        assert self._panel is not None
        key = f"{self._panel.last_key}_note"
        self._panel.add(Control(key, "note"))
        self._panel.texts[key] = render_markup(text)

    def slider(self, name: str, low: float, high: float, default: float, *, step: float, live: bool = True) -> Any:
        """Add a slider over evenly spaced numbers and return its value; an int if ``step`` is one."""
        count = round((high - low) / step) + 1
        values = [low + i * step if isinstance(step, int) else round(low + i * step, 10) for i in range(count)]
        return self.select_slider(name, values, default, live=live)

    def select_slider(
        self,
        name: str,
        values: Sequence[float],
        default: float,
        *,
        live: bool = True,
        fallback: float | None = None,
    ) -> Any:
        """Add a slider over listed numbers and return its value.

        With ``live`` it reports while it is dragged; switch that off where a rerun computes for more than about 0.1 s.
        ``fallback`` replaces a value that was set before and is not among ``values`` now.
        """
        key = self.prefix + name
        if fallback is not None and st.session_state.get(key, fallback) not in values:
            st.session_state[key] = fallback
        with self._current_panel(name) as panel:
            value = inputs.slider(
                panel,
                key,
                self._label(name),
                values,
                default,
                help=self._help(name),
                live=live,
                folded=self._folded,
            )
        return self._register(name, value, default)

    def choice(self, name: str, options: Sequence[str], default: str, *, compact: bool = False) -> str:
        """Add a choice among codes (words at ``controls.<name>.options.<code>``) and return the code.

        With ``compact`` it is a drop-down menu instead of a row of buttons.
        """
        labels = {code: self.words(f"controls.{name}.options.{code}") for code in options}
        with self._current_panel(name) as panel:
            value = inputs.choice(
                panel,
                self.prefix + name,
                self._label(name),
                labels,
                default,
                help=self._help(name),
                compact=compact,
                folded=self._folded,
            )
        return self._register(name, value, default)

    def toggle(self, name: str, default: bool = False) -> bool:
        """Add a switch and return its value."""
        with self._current_panel(name) as panel:
            value = inputs.toggle(
                panel, self.prefix + name, self._label(name), default, help=self._help(name), folded=self._folded
            )
        return self._register(name, value, default)

    def seed(self, default: int = 0) -> int:
        """Add the field of the random seed and return it."""
        with self._current_panel("seed") as panel:
            value = inputs.integer(
                panel,
                f"{self.prefix}seed",
                self.words("seed"),
                0,
                99_999,
                default,
                help=self.words("seed_help"),
                folded=self._folded,
            )
        return self._register("seed", value, default)

    def text_input(self, name: str, parse: Callable[[str], T]) -> T | None:
        """Add a text field and return what ``parse`` makes of the text; None while it is empty.

        A text that ``parse`` refuses (`InvalidArgument`) is explained below the field, and the last valid value is
        returned.
        """
        key = self.prefix + name
        with self._current_panel(name) as panel:
            text = inputs.text(
                panel,
                key,
                self._label(name),
                placeholder=self.words(f"controls.{name}.placeholder"),
                help=self._help(name),
                folded=self._folded,
            )
            self._register(name, text, "")
            if not text.strip():
                st.session_state.pop(f"{key}_last_valid", None)
                return None
            return self.validated(name, lambda: parse(text), None)

    def number_input(self, name: str, default: float, *, step: float, check: Callable[[float], float]) -> float:
        """Add a number field and return the number; if ``check`` refuses it, explain and return the last valid one."""
        with self._current_panel(name) as panel:
            value = inputs.real(
                panel,
                self.prefix + name,
                self._label(name),
                default,
                step=step,
                help=self._help(name),
                folded=self._folded,
            )
            self._register(name, value, default)
            return self.validated(name, lambda: check(value), default)

    def validated(self, name: str, compute: Callable[[], T], fallback: T) -> T:
        """Return the result of ``compute``, which may refuse the value of the control ``name``.

        For a condition on several controls, call it after the last of them. `InvalidArgument` is explained at the
        control, and the last valid result is returned, or ``fallback`` if there is none.
        """
        key = f"{self.prefix}{name}_last_valid"
        try:
            st.session_state[key] = compute()
        except InvalidArgument as error:
            self.make_private()
            if self._panel:
                self._panel.show_error(self.prefix + name, self.explain(error))
            else:
                st.error(self.explain(error, markdown=True), icon=":material/error:")
        result: T = st.session_state.get(key, fallback)
        return result

    def make_private(self) -> None:
        """Do not share this picture: it depends on more than the controls' values, such as the user's own table."""
        self._is_private = True

    def _label(self, name: str) -> str:
        return self.words(f"controls.{name}.label")

    def _help(self, name: str) -> str | None:
        path = f"controls.{name}.help"
        return self.words(path) if self.words.has(path) else None

    def _register(self, name: str, value: T, default: T) -> T:
        self.values[name], self.defaults[name] = value, default
        return value
