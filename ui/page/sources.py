"""The literature of a page."""

from __future__ import annotations

import streamlit as st

from ui.page.state import PageState
from ui.text import sources


class SourcesMixin(PageState):
    """Lists the literature."""

    def sources(self) -> None:
        """List ``sources`` of the page's words: authors, year and title, with a link."""
        listed = "\n".join(f"- [{text}]({address})" for text, address in sources(self.words.stem))
        st.markdown(f"## {self.words('sources_title')}\n\n{listed}")
