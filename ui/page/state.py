"""What all pieces of a page share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import streamlit as st

from core.exams import Exams
from core.validate import InvalidArgument
from ui.controls import address
from ui.controls.panel import Panel
from ui.glossary import mark_terms
from ui.lessons import InvalidLesson
from ui.numbers import format_number
from ui.page import prepared
from ui.page.lesson import OpenLesson
from ui.page.markup import escape_markdown, render_markup
from ui.page.prepared import OpenExam
from ui.text import Words

if TYPE_CHECKING:
    from ui.charts.frames import Columns

T = TypeVar("T")


class ShownChart(NamedTuple):
    """A chart on the stage.

    Attributes
    ----------
    title : str
    data : mapping of str to columns by name
        Its data sets.
    titles : mapping of str to str
        The titles of its axes, by column.
    specification : mapping
        In Vega-Lite, without the data.
    legend : mapping
        The options of `ui.charts.legend.legend`.
    """

    title: str
    data: Mapping[str, Columns]
    titles: Mapping[str, str]
    specification: Mapping[str, Any]
    legend: Mapping[str, Any]


# The parameters that are the user's answers.
ANSWERS = ("predict", "claim", "decision", "won")

# Values of controls, by name.
Settings = Mapping[str, Any]


class PageState:
    """Words and settings of one page in one run; the mixins of `ui.page.page.Page` build on it.

    Attributes
    ----------
    prefix : str
        Starts the key of every control, so that each parameter of a link belongs to one page.
    upload_prefix : str
        Starts the keys of the user's own table, which no link contains.
    words : Words
        The page's phrases in the session's language.
    values, defaults : dict
        The current and the default value of every control added so far in this run, by name; those that are not shown
        included.
    unused : set of str
        The names of the controls that the view on the stage does not use.
    scenes : mapping of str to mapping
        The settings of each scene: value by name of control. The others have their default.
    view : str
        The code of the view on the stage.
    result : object
        What the view on the stage has returned.
    charts : dict
        The charts on the stage by name, while their data are offered.
    findings : list of str
        What to notice on the stage, while the data are offered.
    exams : mapping of str to Exam
        The exam questions of the page, by name.
    exam : OpenExam or None
        The one that the link has opened.
    lesson : OpenLesson or None
        The lesson that the link has opened.
    lesson_error : InvalidLesson or None
        Why it could not be opened.
    """

    def __init__(self, stem: str, language: str, exams: Exams | None = None) -> None:
        self.prefix = stem.split("_")[0] + "_"
        self.upload_prefix = f"upload_{self.prefix}"
        self.words = Words(stem, language)
        self.values: dict[str, Any] = {}
        self.defaults: dict[str, Any] = {}
        self.unused: set[str] = set()
        self.scenes: Mapping[str, Settings] = {}
        self.view = ""
        self.result: Any = None
        self.charts: dict[str, ShownChart] = {}
        self.findings: list[str] = []
        self.exams: Exams = exams or {}
        self.exam: OpenExam | None = None
        self.lesson: OpenLesson | None = None
        self.lesson_error: InvalidLesson | None = None
        # The panel that controls are being added to, and whether into its expander.
        self._panel: Panel | None = None
        self._folded = False
        # The containers of the prediction and of the stage.
        self._top: Any = None
        self._stage: Any = None
        # Whether the picture depends on more than the values of the controls.
        self._is_private = False
        # Which of code and data is open.
        self._open_extra: str | None = None

    def _register(self, name: str, value: T, default: T) -> T:
        self.values[name], self.defaults[name] = value, default
        # Not a control that a link hides: its value still decides what is drawn.
        if self._panel and self._panel.unused:
            self.unused.add(name)
        return value

    def hidden_names(self) -> set[str]:
        """Return the names of the pieces and controls that the link hides; an exam hides all pieces."""
        names = prepared.hidden_names()
        if self.exam:
            names |= {*prepared.PIECES, *([] if self.exam.answered else [self.exam.exam.control])}
        return names

    def locked_names(self) -> set[str]:
        """Return the names of the controls that neither the user nor a scene changes."""
        return prepared.locked_names() | ({self.exam.exam.control} if self.exam else set())

    @property
    def is_secret(self) -> bool:
        """Whether an exam is open, so that only charts may show what depends on the hidden control."""
        return self.exam is not None and not self.exam.answered

    def settings_in_link(self) -> dict[str, str]:
        """Return the parameters of the state on screen without the user's answers, which a receiver gives first."""
        answers = {self.prefix + name for name in ANSWERS}
        return {key: text for key, text in address.parameters(self.prefix).items() if key not in answers}

    def link(self) -> str:
        """Return the address of the state on screen; a table of the user's own is not in it."""
        query = {"lang": self.words.language, **self.settings_in_link()}
        return f"{st.context.url or self.words.stem}?{urlencode(query)}"

    def render(self, text: str) -> str:
        """Return a sentence as HTML, in which technical terms have their definition."""
        return mark_terms(render_markup(text), self.words.language, page=self.words.stem)

    def explain(self, error: InvalidArgument, *, kept: bool, markdown: bool = False) -> str:
        """Return the sentences for an argument that `core` has refused, in the page's language.

        ``kept`` is whether an earlier valid one stays in use.
        With ``markdown``, text from the user is escaped, so that Markdown shows it unchanged.
        """
        details = {
            name: format_number(value, 6) if isinstance(value, float) else value
            for name, value in error.details.items()
        }
        if markdown:
            details = {
                name: escape_markdown(value) if isinstance(value, str) else value for name, value in details.items()
            }
        reason = self.words(f"errors.{error.code}", **details)
        return f"{reason} {self.words('refused.kept' if kept else 'refused.unused')}"
