"""The code that ran and the data of the charts, below the stage."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.controls import address, inputs
from ui.controls.panel import Control, Panel
from ui.page.state import PageState

if TYPE_CHECKING:
    from ui.charts.arrow import Columns

EXTRAS = ("code", "data")


class ExtrasMixin(PageState):
    """Offers code and data."""

    def extras(self, *functions: Callable[..., Any], snippet: Callable[[], str]) -> None:
        """Offer a snippet that repeats the figures on the stage, the functions that ran, and the data of the charts."""
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
        if opened == "data":
            self._offer_data()

    def _offer_data(self) -> None:
        """Offer the data sets of the charts on the stage as CSV files, each made when its button is pressed."""
        with st.container(horizontal=True):
            for chart, data in self.charts.items():
                for name, frames in _families(data).items():
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
        """Read which of code and data is open: the stage is drawn before, and collects its data only then."""
        self._open_extra = address.read_parameter(f"{self.prefix}behind", inputs.one_of(EXTRAS), None)


def _families(data: Any) -> dict[str, list[Columns]]:
    """Group data sets whose names differ in their number only ("lines_0", "lines_1")."""
    families: dict[str, list[Columns]] = {}
    for name, frame in data.items():
        families.setdefault(re.sub(r"_\d+$", "", name), []).append(frame)
    return families


def _csv(frames: list[Columns]) -> bytes:
    import pyarrow as pa
    from pyarrow import csv

    from ui.charts import arrow

    output = pa.BufferOutputStream()
    csv.write_csv(pa.concat_tables([arrow.table(frame) for frame in frames]), output)
    return bytes(output.getvalue())
