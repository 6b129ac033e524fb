"""The end of a page: its literature, and the explainers before and after it."""

from __future__ import annotations

import streamlit as st

from ui.page.share import ShareMixin
from ui.registry import EXPLAINERS, PAGES
from ui.text import Words, sources


class SourcesMixin(ShareMixin):
    """Ends the page."""

    def sources(self) -> None:
        """List ``sources`` of the page's words (authors, year and title, with a link), and link the next explainer."""
        listed = "\n".join(f"- [{text}]({address})" for text, address in sources(self.words.stem))
        st.markdown(f"## {self.words('sources_title')}\n\n{listed}")
        stems = [explainer.stem for explainer in EXPLAINERS]
        here = stems.index(self.words.stem)
        for column, index, arrow in zip(st.columns(2), (here - 1, here + 1), ("←", "→"), strict=True):
            if 0 <= index < len(stems):
                words = Words(stems[index], self.words.language)
                column.page_link(
                    PAGES / f"{stems[index]}.py",
                    label=f"{arrow} **{words('title')}** · {words('question')}",
                    query_params={"lang": self.words.language},
                )
        self.show_share()
