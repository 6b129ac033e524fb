"""The picture on the stage: charts, figures and sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.lazy_imports import importing
from ui.charts.legend import heading, legend
from ui.charts.summary import summary
from ui.charts.theme import CHART_CONFIG, tint
from ui.charts.titles import wrap_titles
from ui.charts.tooltips import complete_tooltips
from ui.page.markup import figure_cards, notice_card, unseen
from ui.page.state import PageState, ShownChart
from ui.text import table

if TYPE_CHECKING:  # Altair and Arrow take long to import, and the home page does not need them.
    from ui.charts.frames import Columns
    from ui.charts.grid import AnyChart

# The extras below the stage that need the data of the charts.
WITH_DATA = ("table", "data", "picture", "notebook")
# Pixels around a chart.
PADDING = {"left": 4, "top": 4, "right": 4, "bottom": 4}


class PictureMixin(PageState):
    """Draws charts, figures and sentences."""

    def draw_once(self, draw: Callable[[], None]) -> None:
        """Draw what depends on the shown controls alone, once for all sessions that have the same values.

        A long job (`job`) comes before it.
        """
        if self._is_private or self._open_extra in WITH_DATA or _code_may_change():
            draw()
            return
        shown = {name: value for name, value in self.values.items() if name not in self.unused}
        _draw_once(f"{self.words.stem} {self.words.language} {shown}", draw)

    def chart(
        self,
        name: str,
        build: Callable[..., AnyChart],
        data: Mapping[str, Columns],
        *,
        alt: str | None = None,
        title: str | None = None,
        rule: str | None = None,
        clip: Mapping[str, tuple[float, float]] | None = None,
        **options: Any,
    ) -> None:
        """Draw a chart from ``ui.charts.builders`` over named data.

        Parameters
        ----------
        name : str
            Its alternative text, title, axis titles and the name of its vertical rule, if that is not the current
            setting, are at ``charts.<name>.{alt,title,x,y,rule}``. The alternative text says what the axes and marks
            are; the values that the chart shows now follow its title, see `ui.charts.summary`.
        build : callable
            A chart builder. Its result depends on ``options`` alone, so that it is built once and cached.
        data : mapping of str to columns by name
            The data sets, by the names that the builder uses (see `ui.charts.frames`).
        alt, title, rule : str, optional
            Replace the page's words.
        clip : mapping of str to (float, float), optional
            The ends to which the view has clipped the values of an axis, see `ui.charts.summary`.
        **options
            Hashable options of the builder.
        """
        from ui.charts import arrow

        path = f"charts.{name}"
        for axis in ("x", "y"):
            if self.words.has(f"{path}.{axis}"):
                options.setdefault(f"{axis}_title", self.words(f"{path}.{axis}"))
        if title is None:
            title = self.words(f"{path}.title") if self.words.has(f"{path}.title") else ""
        if alt is None:
            alt = self.words(f"{path}.alt")
        legend_options: dict[str, Any] = {
            key: options[key] for key in ("fills", "series", "colours", "shapes", "rule_colour") if key in options
        }
        legend_options["shapes"] = (*options.get("shapes", ()), *options.get("over", ()))
        if rule is None:
            rule = self.words(f"{path}.rule" if self.words.has(f"{path}.rule") else "shown.setting")
        # A chart without a rule now, or with a mark in a plane instead of one, has none in its legend.
        if len(data.get("here", {}).get("x", ())) and "y" not in data["here"]:
            legend_options["rule"] = rule
        # Not in ``alt``: a new one would make Streamlit create the chart again.
        now = summary(data, self._say_shown, value_title=options.get("value_title", ""), rule=rule, clip=clip)
        _show_html(heading(title) + legend(**legend_options) + unseen(self.words("shown.title"), now), "chart-head")
        specification = _specification(build, tuple(sorted(options.items())), self.words.language)
        if self._open_extra in WITH_DATA:
            titles = {column: options.get(f"{column}_title", "") for column in ("x", "y", "value")}
            if "bars" in data:
                titles |= {"category": titles["x"], "text": titles["y"]}
            self.charts[name] = ShownChart(title, data, titles, specification, legend_options)
        streams = {key: arrow.stream(frame) for key, frame in data.items()}
        # width: the default leaves charts in rows at their natural width.
        st.vega_lite_chart(
            specification | {"datasets": streams}, width="stretch", key=f"{self.prefix}chart_{name}", alt=alt
        )

    def _say_shown(self, phrase: str, /, **values: str) -> str:
        return self.words(f"shown.{phrase}", **values)

    def fills(self, table: str, **colours: tuple[str, float]) -> tuple[tuple[str, str], ...]:
        """Return the states or categories of a chart (words at ``<table>.<state>``), each with colour and opacity."""
        return tuple((self.words(f"{table}.{state}"), tint(*colour)) for state, colour in colours.items())

    def metrics(self, values: Mapping[str, str]) -> None:
        """Show figures in a row of cards (names at ``metrics.<name>``)."""
        if self.is_secret:
            return
        _show_html(figure_cards([(self.words(f"metrics.{name}"), value) for name, value in values.items()]))

    def caption(self, text: str) -> None:
        """Show a text in small type."""
        if not self.is_secret:
            st.caption(text)

    def notice(self, *sentences: str) -> None:
        """Show what to notice in the current picture."""
        if self.is_secret:
            return
        self.findings.extend(sentences)
        _show_html(notice_card(self.words("notice_title"), [self.render(sentence) for sentence in sentences]))


def _show_html(text: str, name: str = "") -> None:
    # A translation program would keep its translation of an earlier text.
    st.html(f"<div class='{name}' translate='no'>{text}</div>")


@lru_cache(maxsize=512)
def _specification(
    build: Callable[..., AnyChart], options: tuple[tuple[str, Any], ...], language: str
) -> dict[str, Any]:
    # Built once: an unchanged specification also lets Streamlit patch the chart in the browser. The tests validate it.
    # Altair looks for pandas in sys.modules, where a job in this process may be importing it with scikit-learn.
    with importing:
        specification: dict[str, Any] = build(**dict(options)).to_dict(validate=False)
    complete_tooltips(specification, table("columns", language))
    if "padding" not in specification:
        # Streamlit leaves 20 pixels below a chart, a tenth of its height, and none at its other sides.
        specification["padding"] = PADDING
        if isinstance(height := specification.get("height"), int):
            specification["height"] = height - 20 + PADDING["top"] + PADDING["bottom"]
    # Streamlit would draw charts with more than 2,000 marks on a canvas, where `INK` is black in both themes.
    specification.setdefault("usermeta", {"embedOptions": {"renderer": "svg"}})
    wrap_titles(specification)
    return specification | {"config": CHART_CONFIG}


@cache
def _code_may_change() -> bool:
    # With `make dev`, a cached picture may be older than the code.
    return bool(st.get_option("server.fileWatcherType") != "none")


@st.cache_resource(max_entries=256, show_spinner=False)
def _draw_once(state: str, _draw: Callable[[], None]) -> None:
    # For the same state, Streamlit replays the elements that were drawn in here: nothing is computed or serialised.
    _draw()
