"""What has to happen once a process and once a run, before any page draws."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import socket
import stat
import sys
import threading
from contextvars import ContextVar
from pathlib import Path

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.pages_manager import PagesManager
from threadpoolctl import threadpool_limits

from ui import turns
from ui.jobs import Jobs, backend_from_environment
from ui.once import spare_runs
from ui.registry import EXPLAINERS

_entered_by_app: ContextVar[bool] = ContextVar("entered_by_app", default=False)


def enter_app() -> None:
    """Be the first call of ``app.py``: from here on this run counts as entered by the front door."""
    spare_runs()
    _leave_pages_directory_mode()
    _entered_by_app.set(True)
    # A run takes some 20 ms. Left alone that long, it reaches the browser as a whole and is drawn once, not piecemeal.
    sys.setswitchinterval(0.03)
    _one_blas_thread()
    send_without_delay()
    answer_in_turn()
    try:
        for short in (False, True):
            jobs(short=short)
    except ConnectionError as error:
        st.error(str(error), icon=":material/lan:")
        st.stop()


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


@st.cache_resource(show_spinner=False)
def send_without_delay() -> None:
    """Turn Nagle's algorithm off on the server's connections, open and to come.

    Streamlit binds its socket without naming the protocol, and asyncio then leaves the algorithm on: the second message
    of a run waits until the browser has acknowledged the first, which it puts off for 40 ms. Connections to come take
    the option from the listening socket; the one that this run came by is among the open ones.
    """
    descriptors = Path("/dev/fd")
    for entry in os.listdir(descriptors) if descriptors.exists() else ():
        try:
            if not stat.S_ISSOCK(os.fstat(int(entry)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(entry))) as ours:
                if ours.family in (socket.AF_INET, socket.AF_INET6) and ours.type == socket.SOCK_STREAM:
                    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            continue  # closed meanwhile


@st.cache_resource(show_spinner=False)
def answer_in_turn() -> None:
    """Tell `turns` of the server's event loop; in tests of a page there is none."""
    if isinstance(loop := get_instance()._get_async_objs().eventloop, asyncio.AbstractEventLoop):
        turns.serve(loop)


@st.cache_resource(show_spinner=False)
def jobs(*, short: bool) -> Jobs:
    """Return the server's long work; ConnectionError if it is to run on a cluster that does not answer.

    What is ``short`` has workers of its own: it would wait for seconds behind somebody's training.
    """
    return Jobs(backend_from_environment())


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread | None:
    """Be the last call of ``app.py``: once a process, import and compute in the background what a first visit needs.

    Off with ``EXPLAINERS_WARM_UP=0``.
    """
    if os.environ.get("EXPLAINERS_WARM_UP") == "0":
        return None
    thread = threading.Thread(target=_warm_up, daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    # Altair and pandas first, which home does without: whole, before anything else looks for them.
    importlib.import_module("ui.charts")
    for explainer in EXPLAINERS:
        module = importlib.import_module(f"core.{explainer.stem}")
        module.thumbnail()
        # Where a page needs torch or scikit-learn, or something slow the first time, its topic says so.
        getattr(module, "warm_up", lambda: None)()
    # What has been loaded stays: the collector need not walk it any more.
    gc.collect()
    gc.freeze()
    # A full collection of what a class of 150 has on its pages holds everybody for 40 to 90 ms: not every 5 seconds.
    # And a run makes thousands of objects that go by themselves: nothing to look through 50 times a second.
    gc.set_threshold(20_000, 20, 100)
