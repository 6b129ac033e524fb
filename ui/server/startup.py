"""What happens once per process and once per run, before a page draws anything."""

from __future__ import annotations

import gc
import importlib
import os
import threading

import streamlit as st
from threadpoolctl import threadpool_limits

from core.progress import no_report
from ui.registry import EXPLAINERS
from ui.server import log, memory, streamlit_internals, turns
from ui.server.backends import backend_from_environment
from ui.server.environment import is_small
from ui.server.jobs import MAX_BYTES, SMALL_BYTES, Jobs
from ui.server.warm_up import warm_up_topics


def start_app() -> None:
    """Prepare the process; ``app.py`` calls this first."""
    _prepare_process()
    try:
        for short in (False, True):
            jobs(short=short)
    except ConnectionError as error:
        st.error(str(error), icon=":material/lan:")
        st.stop()


@st.cache_resource(show_spinner=False)
def _prepare_process() -> threadpool_limits:
    memory.configure_heap()
    log.start()
    if loop := streamlit_internals.server_event_loop():
        turns.release_in(loop)
    # Small matrices are slower on several threads, and a class shares the cores. The variable is for libraries that are
    # loaded later, and for worker processes.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    memory.start_releasing(_release)
    return threadpool_limits(limits=1)


def _release() -> None:
    # A short job's result is there again within a fraction of a second; a long one's would take seconds.
    if not is_small():
        jobs(short=True).clear()
    memory.release()


@st.cache_resource(show_spinner=False)
def jobs(*, short: bool) -> Jobs:
    """Return the server's jobs. ``short`` ones have workers of their own, so that they do not wait behind long ones.

    With ``EXPLAINERS_SMALL=1``, all jobs share one worker, which ends when it is idle.

    Raises
    ------
    ConnectionError
        The Dask cluster that the environment names cannot be reached.
    """
    small = is_small()
    if small and short:
        return jobs(short=False)
    return Jobs(backend_from_environment(short=short), max_bytes=SMALL_BYTES if small else MAX_BYTES)


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread | None:
    """Import and compute in the background what a first visit needs; ``app.py`` calls this last, once per process.

    Switched off by ``EXPLAINERS_WARM_UP=0``.
    """
    if os.environ.get("EXPLAINERS_WARM_UP") == "0":
        return None
    thread = threading.Thread(target=_warm_up, daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    # Altair first, which the home page does not need: completely, before another thread imports it.
    importlib.import_module("ui.charts.builders")
    for explainer in EXPLAINERS:
        importlib.import_module(f"core.{explainer.stem}").thumbnail()
    if not is_small():
        jobs(short=True).compute(warm_up_topics, {}, no_report)
    # A full garbage collection walks the objects of all sessions and holds every user. It need not visit imported
    # modules, which stay in memory, and it need not run every few seconds.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
