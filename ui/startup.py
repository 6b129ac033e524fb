"""What has to happen once a process and once a run, before any page draws."""

from __future__ import annotations

import os
from contextvars import ContextVar

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from threadpoolctl import threadpool_limits

_entered_by_app: ContextVar[bool] = ContextVar("entered_by_app", default=False)


def enter_app() -> None:
    """Be the first call of ``app.py``: from here on this run counts as entered by the front door."""
    _leave_pages_directory_mode()
    _entered_by_app.set(True)
    _one_blas_thread()


def require_app() -> None:
    """Be the first call of a page: start the run again if the page was run without ``app.py``.

    In a fresh server process Streamlit takes a folder named ``pages`` for its older multipage mode and runs a deep
    link's page by itself, until `st.navigation` has run once. Asking only the process-wide flag is not enough: another
    session may have cleared it after this one was dispatched.
    """
    if not _entered_by_app.get():
        PagesManager.uses_pages_directory = False
        st.rerun()


def _leave_pages_directory_mode() -> None:
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


@st.cache_resource(show_spinner=False)
def _one_blas_thread() -> threadpool_limits:
    # Small matrices run several times slower on several threads, and a class shares the cores. The variable is for
    # libraries that are loaded later, and for worker processes.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return threadpool_limits(limits=1)
