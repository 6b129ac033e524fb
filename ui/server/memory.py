"""Memory that uploads leave behind."""

from __future__ import annotations

import ctypes
import gc
import threading

# Longer than Streamlit keeps a disconnected session (``server.disconnectedSessionTTL``, two minutes).
DELAY_SECONDS = 180.0

_lock = threading.Lock()
_timer: threading.Timer | None = None


def collect_later() -> None:
    """Release memory some minutes after the last upload.

    A discarded session and its files are a reference cycle, which waits for a full collection. `ui.server.startup`
    makes those rare, because they hold all users.
    """
    global _timer
    with _lock:
        if _timer is not None:
            _timer.cancel()
        _timer = threading.Timer(DELAY_SECONDS, release)
        _timer.daemon = True
        _timer.start()


def release() -> None:
    """Run a full garbage collection, and return what was freed to the operating system where glibc can do so."""
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):  # another C library
        return
