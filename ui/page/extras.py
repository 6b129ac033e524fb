"""Below the stage: the challenges, the code that ran, and the data of the charts, as tables and as files."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st

from core.challenges import Challenges
from ui.controls import address, inputs
from ui.controls.panel import Control, Panel
from ui.page.challenges import ChallengesMixin
from ui.page.content import ContentMixin
from ui.page.job import client_name
from ui.page.markup import escape_markdown
from ui.server import startup

EXTRAS = ("code", "table", "data", "picture", "notebook")


class ExtrasMixin(ContentMixin, ChallengesMixin):
    """Offers challenges, code and data."""

    def extras(
        self, *functions: Callable[..., Any], snippet: Callable[[], str], challenges: Challenges | None = None
    ) -> None:
        """Offer challenges, a snippet that repeats the figures on the stage, the functions that ran, and the data.

        All of them are one panel, because each element of a page takes time on every rerun.
        """
        words, key = self.words, f"{self.prefix}behind"
        panel, hidden, opened = Panel(f"{self.prefix}extras", horizontal=True), self.hidden_names(), None
        if challenges and "challenges" not in hidden:
            self._add_challenges(panel, challenges)
        if "code" not in hidden:
            labels = {code: words(f"{code}_title") for code in EXTRAS}
            opened = inputs.optional_choice(panel, Control(key, "buttons", words("behind_title")), labels)
        if not panel.is_empty:
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
        if opened == "picture":
            self._offer_pictures()
        if opened == "notebook":
            self._offer_notebook(inspect.cleandoc(snippet()))

    def _show_tables(self) -> None:
        """Show the data of the charts on the stage as tables."""
        from ui.charts.tabulate import tables

        words = self.words
        for chart in self.charts.values():
            for table in tables(chart.data, self._heading(chart.titles)):
                shown = len(next(iter(table.columns.values())))
                counted = words("table_rows", shown=shown, rows=f"{table.rows:,}")
                self.text(f"**{escape_markdown(chart.title)}** {counted}" if chart.title else counted)
                self.table(table.columns)

    def _offer_data(self) -> None:
        """Offer the data sets of the charts on the stage as files, each made when its button is pressed."""
        from ui.charts.tabulate import columns_by_heading, to_csv, to_parquet

        kinds = {"csv": ("text/csv", to_csv), "parquet": ("application/vnd.apache.parquet", to_parquet)}
        with st.container(horizontal=True):
            for chart, shown in self.charts.items():
                for name, columns in columns_by_heading(shown.data, self._heading(shown.titles)).items():
                    comments = [" · ".join(filter(None, (self.words("title"), shown.title))), self.link()]
                    for ending, (mime, write) in kinds.items():
                        st.download_button(
                            f"{chart}_{name}.{ending}",
                            partial(write, columns, comments),
                            self._file_name(f"{chart}_{name}", ending),
                            mime,
                            on_click="ignore",
                            key=f"{self.prefix}{ending}_{chart}_{name}",
                        )

    def _offer_pictures(self) -> None:
        """Offer the charts on the stage as pictures, each made in a worker process when its button is pressed."""
        from ui.charts.export import KINDS, THEMES, export

        words = self.words
        theme = st.radio(
            words("picture_theme"), THEMES, format_func=lambda name: words(f"picture_{name}"), horizontal=True
        )
        compute = partial(startup.jobs(short=True).compute, export, show=_ignore, cached=False, client=client_name())
        for name, chart in self.charts.items():
            arguments = {
                "theme": theme,
                "specification": chart.specification,
                "data": chart.data,
                "title": " · ".join(filter(None, (words("title"), chart.title))),
                "options": chart.legend,
            }
            with st.container(horizontal=True):
                for kind, mime in KINDS.items():
                    st.download_button(
                        f"{name}.{kind}",
                        partial(compute, arguments={**arguments, "kind": kind}),
                        self._file_name(name, kind),
                        mime,
                        on_click="ignore",
                        key=f"{self.prefix}{kind}_{name}",
                    )

    def _offer_notebook(self, snippet: str) -> None:
        """Offer the experiment on the stage as a Jupyter notebook, made when its button is pressed."""
        from ui.page.notebook import notebook

        st.caption(self.words("notebook_setup"))
        st.download_button(
            self.words("notebook_title"),
            partial(
                notebook,
                self.words,
                link=self.link(),
                snippet=snippet,
                findings=list(self.findings),
                charts=dict(self.charts),
            ),
            self._file_name("notebook", "ipynb"),
            "application/x-ipynb+json",
            on_click="ignore",
            key=f"{self.prefix}ipynb",
        )

    def _file_name(self, name: str, ending: str) -> str:
        """Return the name of a file: page, view, name and date."""
        today = datetime.now().astimezone().date().isoformat()
        return f"{self.words.stem}_{self.view}_{name}_{today}.{ending}"

    def _heading(self, titles: Mapping[str, str]) -> Callable[[str], str]:
        """Return the function that names a column by the title of its axis, or else by its role."""
        return lambda column: titles.get(column) or self.words(f"columns.{column}")

    def _read_extra(self) -> None:
        """Read which of code and data is open: the stage is drawn before, and collects its data only if needed."""
        self._open_extra = address.read_parameter(f"{self.prefix}behind", inputs.one_of(EXTRAS), None)


def _ignore(fraction: float) -> None:
    """Show no progress: the browser waits for the file."""
