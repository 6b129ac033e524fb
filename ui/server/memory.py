"""The memory of the process: one heap for all threads, and its release after some minutes without use."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections.abc import Callable
from contextlib import suppress

# Longer than Streamlit keeps a disconnected session (``server.disconnectedSessionTTL``, two minutes).
DELAY_SECONDS = 180.0

# From glibc's malloc.h.
_M_ARENA_MAX = -8

_last_use = 0.0
_used = threading.Event()


def note_use() -> None:
    """Note that a session uses the app: memory is released later."""
    global _last_use
    _last_use = time.monotonic()
    _used.set()


def start_releasing(release_all: Callable[[], None]) -> threading.Thread:
    """Call ``release_all`` in the background, whenever nobody has used the app for `DELAY_SECONDS`."""

    def release_when_quiet() -> None:
        while _used.wait():
            while (left := _last_use + DELAY_SECONDS - time.monotonic()) > 0:
                time.sleep(left)
            _used.clear()
            release_all()

    thread = threading.Thread(target=release_when_quiet, daemon=True)
    thread.start()
    return thread


def release() -> None:
    """Run a full garbage collection, and return what was freed to the operating system.

    A discarded session and its uploaded files are a reference cycle, which waits for a full collection.
    `ui.server.startup` makes those rare, because they hold all users.
    """
    gc.collect()
    trim()


def trim() -> None:
    """Return free memory to the operating system where glibc can do so; it takes some milliseconds."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def share_heap() -> None:
    """Let all threads allocate from one heap where glibc can do so.

    Streamlit has a thread for each run. With a heap each, what one thread has freed is of no use to the others.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, 1)
