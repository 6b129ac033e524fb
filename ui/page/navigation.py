"""Which page a run shows."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Any

import streamlit as st

from ui.registry import EXPLAINERS, PAGES
from ui.server import log
from ui.text import Words, language

_started_by_app: ContextVar[bool] = ContextVar("started_by_app", default=False)


def navigate() -> Any:
    """Return the page that the address names; ``app.py`` runs it."""
    _started_by_app.set(True)
    return _navigation()


def run(page: Any, start: float) -> None:
    """Run a page; the log has a line of its first run in a session, which has begun at ``start`` (`time.monotonic`)."""
    before = st.session_state.get("page")
    try:
        page.run()
    finally:
        restored = st.session_state.pop("restored", False)
        if restored or st.session_state.get("page") != before:
            log.write(
                "page_load",
                page=page.url_path or "home",
                language=language(),
                session="restored" if restored else "same" if before else "new",
                milliseconds=round(1000 * (time.monotonic() - start)),
            )


def require_app() -> None:
    """Restart the run if Streamlit ran the page without ``app.py``; every page calls this first.

    Until `st.navigation` was called once in a process, Streamlit takes a folder named ``pages`` for its older multipage
    mode and runs the page of a deep link without ``app.py``.
    """
    if not _started_by_app.get():
        _navigation()
        st.rerun()


def _navigation() -> Any:
    words = Words("home", language())
    # No icons: Streamlit would load the icon of the current page from another site, as the icon of the browser tab.
    pages = [st.Page(PAGES / "home.py", title=words("home"), default=True)]
    for stem in ("lessons", *(explainer.stem for explainer in EXPLAINERS)):
        pages.append(st.Page(PAGES / f"{stem}.py", title=Words(stem, language())("title")))
    # The head of each page has its own menu: the browser re-renders Streamlit's menu several times per rerun.
    return st.navigation(pages, position="hidden")
