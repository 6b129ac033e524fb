"""The controls of a page, by name: their words are at ``controls.<name>`` in the page's words."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import streamlit as st

from core.validate import InvalidArgument
from ui.controls import address, inputs
from ui.controls.panel import Control, Panel
from ui.page.claims import DECISIONS
from ui.page.extras import ExtrasMixin
from ui.page.markup import render_markup
from ui.page.prepared import ignored_parameters
from ui.page.stage import StageMixin
from ui.page.state import Settings
from ui.text import codes

T = TypeVar("T")

# The most characters of ignored parameters that are shown.
MAX_IGNORED = 200


class ControlsMixin(StageMixin, ExtrasMixin):
    """Adds controls to the control panel."""

    @contextmanager
    def controls(self, scenes: Mapping[str, Settings]) -> Iterator[None]:
        """Contain all controls of the page; the prediction is above them, the stage beside them (`ui/style.css`)."""
        self.values.clear()
        self.unused.clear()
        self.scenes = scenes
        # A picture of an exam is not shared: it lacks what the hidden control would give away.
        self._is_private = self.is_secret
        self._open_exam()
        self._open_scene()
        self._read_view()
        self._read_extra()
        self._read_answers()
        self._top = st.container(key="prediction")
        grid = st.container(key="explore")
        hide, lock = ({self.prefix + name for name in names} for names in (self.hidden_names(), self.locked_names()))
        panel = self._panel = Panel(f"{self.prefix}controls", hide=hide, lock=lock, unlisted=self._unlisted())
        with grid:
            self._stage = st.container(key="stage")
            try:
                yield
            finally:  # also if a rerun interrupts this run
                self._panel = None
            start = self.exam.exam.settings if self.exam else {}
            panel.add(
                Control(f"{self.prefix}reset", "button", self.words("reset")), on_change=lambda _: self._apply(start)
            )
            if ignored := ignored_parameters(self.values, self.exam):
                panel.add(Control(f"{self.prefix}ignored", "note"))
                text = self.words("link_ignored", parameters=", ".join(ignored)[:MAX_IGNORED])
                panel.texts[f"{self.prefix}ignored"] = html.escape(text)
            if error := self.lesson_error:
                panel.add(Control(f"{self.prefix}no_lesson", "note"))
                text = self.words(f"lesson_errors.{error.code}", **error.details)
                panel.texts[f"{self.prefix}no_lesson"] = html.escape(text)
            panel.draw()

    def _read_answers(self) -> None:
        """Read the answers in the link before they are drawn, so that the panel can name those that do not exist."""
        stem, hidden = self.words.stem, self.hidden_names()
        if "predict" not in hidden:
            options = codes(stem, "predict.options")
            address.read_parameter(f"{self.prefix}predict", inputs.one_of(options), None)
        if "claims" not in hidden:
            address.read_parameter(f"{self.prefix}claim", inputs.one_of(codes(stem, "claims")), None)
            address.read_parameter(f"{self.prefix}decision", inputs.one_of(DECISIONS), None)

    @contextmanager
    def only_if(self, condition: bool) -> Iterator[None]:
        """Contain controls that are shown on a condition; otherwise they only keep their values."""
        panel = self._current_panel
        unused = panel.unused
        panel.unused = unused or not condition
        try:
            yield
        finally:
            panel.unused = unused

    @contextmanager
    def more_controls(self) -> Iterator[None]:
        """Contain the controls beyond the first five, in an expander."""
        self._current_panel.add(Control(f"{self.prefix}more", "expander", self.words("more_controls")))
        self._folded = True
        try:
            yield
        finally:
            self._folded = False

    @property
    def _current_panel(self) -> Panel:
        assert self._panel is not None, "controls are added in `with page.controls(…)`"
        return self._panel

    def note(self, text: str) -> None:
        """Show a text below the control that was added last."""
        panel = self._current_panel
        if not panel.shows_last:
            return
        key = f"{panel.last_key}_note"
        panel.add(Control(key, "note"))
        panel.texts[key] = render_markup(text)

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
        value = inputs.slider(
            self._current_panel,
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
        value = inputs.choice(
            self._current_panel,
            self.prefix + name,
            self._label(name),
            labels,
            default,
            help=self._help(name),
            kind="select" if compact else "radio",
            folded=self._folded,
        )
        return self._register(name, value, default)

    def toggle(self, name: str, default: bool = False) -> bool:
        """Add a switch and return its value."""
        value = inputs.toggle(
            self._current_panel,
            self.prefix + name,
            self._label(name),
            default,
            help=self._help(name),
            folded=self._folded,
        )
        return self._register(name, value, default)

    def seed(self, default: int = 0) -> int:
        """Add the field of the random seed and return it."""
        value = inputs.integer(
            self._current_panel,
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
        text = inputs.text(
            self._current_panel,
            key,
            self._label(name),
            placeholder=self.words(f"controls.{name}.placeholder"),
            help=self._help(name),
            folded=self._folded,
        )
        self._register(name, text, "")
        if not text.strip():
            self.forget_last_valid(name)
            return None
        return self.validated(name, lambda: parse(text), None)

    def number_input(self, name: str, default: float, *, step: float, check: Callable[[float], float]) -> float:
        """Add a number field and return the number; if ``check`` refuses it, explain and return the last valid one."""
        value = inputs.real(
            self._current_panel,
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
            kept = key in st.session_state
            if self._panel:
                self._panel.show_error(self.prefix + name, self.explain(error, kept=kept))
            else:
                st.error(self.explain(error, kept=kept, markdown=True), icon=":material/error:")
        return self.last_valid(name, fallback)

    def last_valid(self, name: str, fallback: T) -> T:
        """Return the last valid result of `validated` for the control ``name``, or ``fallback`` if there is none."""
        result: T = st.session_state.get(f"{self.prefix}{name}_last_valid", fallback)
        return result

    def forget_last_valid(self, name: str) -> None:
        """Forget the last valid result of `validated` for the control ``name``."""
        st.session_state.pop(f"{self.prefix}{name}_last_valid", None)

    def make_private(self) -> None:
        """Do not share this picture: it depends on more than the controls' values, such as the user's own table."""
        self._is_private = True

    def _label(self, name: str) -> str:
        return self.words(f"controls.{name}.label")

    def _help(self, name: str) -> str | None:
        path = f"controls.{name}.help"
        return self.words(path) if self.words.has(path) else None
