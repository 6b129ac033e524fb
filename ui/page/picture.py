"""The picture: charts, figures and sentences beside the controls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from ui.charts.legend import heading, legend
from ui.charts.theme import CHART_CONFIG, tint
from ui.page.markup import figure_cards, notice_card, render_markup
from ui.page.state import PageState

if TYPE_CHECKING:  # Altair and Arrow take long to import, and the home page does not need them.
    from ui.charts.arrow import Columns
    from ui.charts.grid import AnyChart

T = TypeVar("T")


class PictureMixin(PageState):
    """Draws charts, figures and sentences."""

    @contextmanager
    def picture(self) -> Iterator[None]:
        """Contain the picture, beside the controls (below them on a phone).

        Its texts are one HTML element, whose parts ``style.css`` places between the charts.
        """
        self._n_charts, self._texts = 0, []
        try:
            with self._grid:
                # An opened view comes first, beside the text of its scene; see `ViewsMixin.views`.
                self._stage = st.container(key=f"{self.prefix}stage")
                yield
                if self._texts:
                    st.html("".join(self._texts))
        finally:
            self._texts = None

    def share(self, draw: Callable[[], T]) -> T:
        """Draw what depends on the controls alone, once for all sessions that have the same values.

        A long job (`job`) comes before it. The result of ``draw`` is shared too; it is read and never changed.
        """
        assert self._texts is not None
        if self._is_private or _code_may_change():
            return draw()
        state = f"{self.words.stem} {self.words.language} {self.values}"
        value: T
        value, self._n_charts, texts = _draw_once(state, self, draw)
        self._texts = [*texts]
        return value

    def chart(
        self,
        name: str,
        build: Callable[..., AnyChart],
        data: Mapping[str, Columns],
        *,
        alt: str | None = None,
        title: str | None = None,
        **options: Any,
    ) -> None:
        """Draw a chart from ``ui.charts.builders`` over named data.

        Parameters
        ----------
        name : str
            Its alternative text, title and axis titles are at ``charts.<name>.{alt,title,x,y}``.
        build : callable
            A chart builder. Its result depends on ``options`` alone, so that it is built once and cached.
        data : mapping of str to columns by name
            The data sets, by the names that the builder uses (see `ui.charts.frames`).
        alt, title : str, optional
            Replace the page's words.
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
        legend_options = {key: options[key] for key in ("fills", "series", "colours", "shapes") if key in options}
        if head := heading(title) + legend(**legend_options):
            self._add_text(head, "head")
        self._n_charts += 1
        specification = _specification(build, tuple(sorted(options.items())))
        streams = {key: arrow.stream(frame) for key, frame in data.items()}
        # width: the default leaves charts in rows at their natural width.
        st.vega_lite_chart(
            specification | {"datasets": streams}, width="stretch", key=f"{self.prefix}chart_{name}", alt=alt
        )

    def fills(self, table: str, **colours: tuple[str, float]) -> tuple[tuple[str, str], ...]:
        """Return the states or categories of a chart (words at ``<table>.<state>``), each with colour and opacity."""
        return tuple((self.words(f"{table}.{state}"), tint(*colour)) for state, colour in colours.items())

    def metrics(self, values: Mapping[str, str]) -> None:
        """Show figures in a row of cards (names at ``metrics.<name>``)."""
        self._add_text(figure_cards([(self.words(f"metrics.{name}"), value) for name, value in values.items()]))

    def caption(self, text: str) -> None:
        """Show a text in small type."""
        if self._texts is None:
            st.caption(text)
        else:
            self._add_text(f"<p class='caption'>{render_markup(text)}</p>")

    def notice(self, *sentences: str) -> None:
        """Show what to notice in the current picture."""
        self._add_text(notice_card(self.words("notice_title"), sentences))

    def _add_text(self, text: str, role: str = "text") -> None:
        """Show HTML; inside the picture, after the charts drawn so far."""
        if self._texts is None:
            st.html(text)
        else:
            after = self._n_charts
            self._texts.append(
                f"<div class='{role} {role}-{after}' translate='no' style='order:{2 * after + 1}'>{text}</div>"
            )


@lru_cache(maxsize=512)
def _specification(build: Callable[..., AnyChart], options: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    # Built once: an unchanged specification also lets Streamlit patch the chart in the browser. The tests validate it.
    specification: dict[str, Any] = build(**dict(options)).to_dict(validate=False)
    return specification | {"config": CHART_CONFIG}


@cache
def _code_may_change() -> bool:
    # With `make dev`, a cached picture may be older than the code.
    return bool(st.get_option("server.fileWatcherType") != "none")


@st.cache_resource(max_entries=512, show_spinner=False)
def _draw_once(state: str, _page: PictureMixin, _draw: Callable[[], T]) -> tuple[T, int, list[str]]:
    # For the same state, Streamlit replays the elements that were drawn in here: nothing is computed or serialised.
    value = _draw()
    assert _page._texts is not None
    return value, _page._n_charts, _page._texts
