"""The code that ran and the data of the charts, as tables and as files, below the stage."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.controls import address, inputs
from ui.controls.panel import Control, Panel
from ui.page.content import ContentMixin
from ui.page.markup import escape_markdown
from ui.page.prepared import hidden_names

if TYPE_CHECKING:
    from ui.charts.arrow import Columns

EXTRAS = ("code", "table", "data")


class ExtrasMixin(ContentMixin):
    """Offers code and data."""

    def extras(self, *functions: Callable[..., Any], snippet: Callable[[], str]) -> None:
        """Offer a snippet that repeats the figures on the stage, the functions that ran, and the data of the charts."""
        if "code" in hidden_names():
            return
        words, key = self.words, f"{self.prefix}behind"
        panel = Panel(f"{self.prefix}extras", horizontal=True)
        labels = {code: words(f"{code}_title") for code in EXTRAS}
        opened = inputs.optional_choice(panel, Control(key, "buttons", words("behind_title")), labels)
        panel.draw()
        if opened == "code":
            st.caption(words("code_snippet"))
            st.code(inspect.cleandoc(snippet()), language=None)
            st.caption(words("code_source"))
            for function in functions:
                st.code(inspect.getsource(function), language=None)
        if opened == "table":
            self._show_tables()
        if opened == "data":
            self._offer_data()

    def _show_tables(self) -> None:
        """Show the data of the charts on the stage as tables."""
        from ui.charts.tabulate import tables

        words = self.words
        for chart in self.charts.values():

            def heading(column: str, titles: Mapping[str, str] = chart.titles) -> str:
                return titles.get(column) or words(f"columns.{column}")

            for table in tables(chart.data, heading):
                shown = len(next(iter(table.columns.values())))
                counted = words("table_rows", shown=shown, rows=f"{table.rows:,}")
                self.text(f"**{escape_markdown(chart.title)}** {counted}" if chart.title else counted)
                self.table({escape_markdown(name): texts for name, texts in table.columns.items()})

    def _offer_data(self) -> None:
        """Offer the data sets of the charts on the stage as CSV files, each made when its button is pressed."""
        from ui.charts.tabulate import families

        with st.container(horizontal=True):
            for chart, shown in self.charts.items():
                for name, frames in families(shown.data).items():
                    file = f"{chart}_{name}.csv"
                    st.download_button(
                        file,
                        partial(_csv, frames),
                        self.prefix + file,
                        "text/csv",
                        on_click="ignore",
                        key=f"{self.prefix}csv_{chart}_{name}",
                    )

    def _read_extra(self) -> None:
        """Read which of code and data is open: the stage is drawn before, and collects its data only if needed."""
        self._open_extra = address.read_parameter(f"{self.prefix}behind", inputs.one_of(EXTRAS), None)


def _csv(frames: list[Columns]) -> bytes:
    import pyarrow as pa
    from pyarrow import csv

    from ui.charts import arrow

    output = pa.BufferOutputStream()
    csv.write_csv(pa.concat_tables([arrow.table(frame) for frame in frames]), output)
    return bytes(output.getvalue())
