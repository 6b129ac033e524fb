"""Texts, tables and code of a view, and their arrangement."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from numpy.typing import NDArray

from ui.page.markup import table_of_columns
from ui.page.state import PageState


class ContentMixin(PageState):
    """Shows texts, tables and code, and arranges them."""

    def text(self, markdown: str) -> None:
        """Show a paragraph."""
        st.markdown(markdown)

    def info(self, text: str, *, icon: str | None = None) -> None:
        """Show a message in a box, such as why there is no chart; ``icon`` as in `st.info`."""
        st.info(text, icon=icon)

    def table(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
        """Show columns by name as a table.

        Not `st.dataframe`, which cuts long texts and which screen readers cannot read. Not `st.table`, which imports
        pandas: nothing else in the server process needs it.
        """
        st.html(table_of_columns(columns))

    def code_block(self, source: str) -> None:
        """Show source code."""
        # Without colours, some of which have too little contrast.
        st.code(source, language=None)

    def images(self, images: Sequence[NDArray[Any]], captions: Sequence[str], *, width: int) -> None:
        """Show grey-scale images, arrays (height, width) with values in 0 … 1, each ``width`` pixels wide."""
        from ui.charts.image import grey

        # Not st.image, whose images have no alternative text.
        figures = (
            f"<figure><img src='{grey(image)}' width='{width}' alt='{html.escape(caption, quote=True)}'>"
            f"<figcaption aria-hidden='true'>{html.escape(caption)}</figcaption></figure>"
            for image, caption in zip(images, captions, strict=True)
        )
        st.html(f"<div class='images'>{''.join(figures)}</div>")

    def columns(self, widths: int | Sequence[float], *, rows: int = 1) -> list[Any]:
        """Return containers side by side, row by row; fill each in a ``with`` block.

        ``widths`` is the number of containers of a row, or their relative widths.
        """
        return [column for _ in range(rows) for column in st.columns(widths)]
