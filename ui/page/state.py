"""What all pieces of a page share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from core.validate import InvalidArgument
from ui.controls import address
from ui.controls.address import link_text
from ui.controls.panel import Panel
from ui.numbers import format_number
from ui.page.markup import escape_markdown
from ui.text import Words

# Values of controls, by name.
Settings = Mapping[str, Any]
# Values that are not settings of the experiment: scenes and Reset do not change them.
OUTSIDE = ("claim", "behind")


class PageState:
    """Words and settings of one page in one run; the mixins of `ui.page.page.Page` build on it.

    Attributes
    ----------
    prefix : str
        Starts the key of every control, so that each parameter of a link belongs to one page.
    words : Words
        The page's phrases in the session's language.
    values, defaults : dict
        The current and the default value of every control added so far in this run, by name.
    """

    def __init__(self, stem: str, language: str) -> None:
        self.prefix = stem.split("_")[0] + "_"
        self.words = Words(stem, language)
        self.values: dict[str, Any] = {}
        self.defaults: dict[str, Any] = {}
        # The panel that controls are being added to, and whether into its expander.
        self._panel: Panel | None = None
        self._folded = False
        # The grid of control panel and picture, and in it the container of the opened view, above the picture.
        self._grid: Any = None
        self._stage: Any = None
        # The texts of the picture being drawn, and the number of charts before the next one.
        self._texts: list[str] | None = None
        self._n_charts = 0
        # Whether the picture depends on more than the values of the controls.
        self._is_private = False
        # Which of code and data is open.
        self._open_extra: str | None = None

    def _apply(self, settings: Settings, *, keep: Collection[str] = ()) -> None:
        """Set every control of the page: to its value in ``settings``, else to its default.

        That includes the controls of closed views and the prediction, except those named in ``keep``.
        """
        for key in address.parameters(self.prefix):
            if key.removeprefix(self.prefix) not in (*keep, *OUTSIDE):
                st.session_state.pop(key, None)
                address.set_parameter(key, None)
        for name, value in {**self.defaults, **settings}.items():
            st.session_state[self.prefix + name] = value
        # Controls of views are drawn after the scenes, which compare their settings with the address.
        for name, value in settings.items():
            address.set_parameter(self.prefix + name, link_text(value))

    def explain(self, error: InvalidArgument, *, markdown: bool = False) -> str:
        """Return the sentence for an argument that `core` has refused, in the page's language.

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
        return self.words(f"errors.{error.code}", **details)
