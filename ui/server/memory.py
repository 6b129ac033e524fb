"""The memory of the process: settings of its heap, and its release after some minutes without use."""

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
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
# glibc's initial threshold. Without a setting it grows with the largest block that was freed.
_MMAP_THRESHOLD_BYTES = 128 * 1024

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


def configure_heap() -> None:
    """Keep free memory of the heap small where glibc can do so.

    Threads that start from now on share the heaps that there are: Streamlit has a thread for each run, and what one
    thread has freed in a heap of its own is of no use to the others. Blocks above 128 kB, such as the arrays of
    results, have pages of their own, which return to the operating system at once and leave no gaps in the heap.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD_BYTES)
