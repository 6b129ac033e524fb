"""Reruns take turns: one session's rerun at a time runs Python code.

One interpreter runs one thread at a time. Reruns that run concurrently switch at every message that they send, so all
of them finish late; run one after the other, most finish early. What this is worth is in ``docs/performance.md``.

A turn ends in the server's event loop, after the messages of the run. If it ended earlier, the next run would compete
with the event loop for the interpreter, and messages would queue up behind runs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# A run that has waited this long starts anyway: one slow run must not block a whole class.
TIMEOUT_SECONDS = 0.5

_turn = threading.Semaphore()
_this_thread = threading.local()
_event_loop: list[asyncio.AbstractEventLoop] = []


def release_in(loop: asyncio.AbstractEventLoop) -> None:
    """End turns in the server's event loop, after the messages that a run has handed over to it."""
    _event_loop[:] = [loop]


def in_turn(run: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function so that one call of all decorated functions runs at a time."""

    @wraps(run)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        _acquire()
        try:
            return run(*args, **kwargs)
        finally:
            _release()

    return wrapper


@contextmanager
def yield_turn() -> Iterator[None]:
    """Let other runs go ahead while this one waits for something, if it has the turn."""
    had_turn = _release()
    try:
        yield
    finally:
        if had_turn:
            _acquire()


def _acquire() -> None:
    _this_thread.has_turn = _turn.acquire(timeout=TIMEOUT_SECONDS)


def _release() -> bool:
    had_turn: bool = getattr(_this_thread, "has_turn", False)
    _this_thread.has_turn = False
    if had_turn and _event_loop:
        try:
            _event_loop[0].call_soon_threadsafe(_turn.release)
        except RuntimeError:  # the server is stopping and has closed its loop
            _turn.release()
    elif had_turn:
        _turn.release()
    return had_turn
