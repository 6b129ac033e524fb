"""The deeper views of a page, and its code and data."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.controls import inputs
from ui.controls.panel import Control, Panel
from ui.page.state import PageState

if TYPE_CHECKING:
    from ui.charts.arrow import Columns


class ViewsMixin(PageState):
    """Opens deeper views, code and data."""

    def views(self, views: Mapping[str, Callable[[], None]]) -> None:
        """Offer the deeper views (names at ``tabs.<code>``) at the top of the picture.

        Only the open one is computed, and none is open at first. Below the picture the page offers its code and data,
        which `code` and `download` show.
        """
        self.defaults["tab"] = None
        # Not st.tabs: its state is a label in the page's language, and it costs the browser time on every rerun.
        words = self.words
        labels = {code: words(f"tabs.{code}") for code in views}
        if views:
            with self._stage:
                panel = Panel(f"{self.prefix}views", horizontal=True)
                control = Control(f"{self.prefix}tab", "buttons", words("tabs_title"))
                opened = inputs.optional_choice(panel, control, labels)
                panel.draw()
                if opened:
                    views[opened]()
                    st.divider()  # the headline follows
        panel = Panel(f"{self.prefix}extras", horizontal=True)
        extras = {code: words(f"{code}_title") for code in ("code", "data")}
        self._open_extra = inputs.optional_choice(
            panel, Control(f"{self.prefix}behind", "buttons", words("behind_title")), extras
        )
        panel.draw()

    def code(self, *functions: Callable[..., Any], snippet: str) -> None:
        """Show a snippet that reproduces the figures on screen, and the source of the functions that computed them."""
        if self._open_extra == "code":
            st.caption(self.words("code_snippet"))
            st.code(inspect.cleandoc(snippet))
            st.caption(self.words("code_source"))
            for function in functions:
                st.code(inspect.getsource(function))

    def download(self, frames: Mapping[str, Callable[[], Columns]]) -> None:
        """Offer the data of the charts as CSV files, each made when its button is pressed."""
        if self._open_extra == "data":
            with st.container(horizontal=True):
                for name, frame in frames.items():
                    st.download_button(
                        f"{name}.csv",
                        partial(_csv, frame),
                        f"{self.prefix}{name}.csv",
                        "text/csv",
                        on_click="ignore",
                        key=f"{self.prefix}csv_{name}",
                    )


def _csv(frame: Callable[[], Columns]) -> bytes:
    import pyarrow as pa
    from pyarrow import csv

    from ui.charts import arrow

    output = pa.BufferOutputStream()
    csv.write_csv(arrow.table(frame()), output)
    return bytes(output.getvalue())
