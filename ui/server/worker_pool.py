"""Jobs in worker processes on this machine."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from ui.server.jobs import Cancelled, Report, call, throttled

# Slots for reports and cancellations, shared with the workers; a job uses its number modulo this.
_SLOTS = 256


class WorkerPool:
    """A few worker processes, started with the first job and restarted when one dies.

    With ``idle``, they end after so many seconds without a job, which frees their memory.
    """

    def __init__(self, workers: int, *, idle: float | None = None) -> None:
        self._workers = workers
        self._idle = idle
        # Reentrant: a future that is already done calls its callback at once.
        self._lock = threading.RLock()
        self._running = 0
        self._timer: threading.Timer | None = None
        self._context = multiprocessing.get_context("spawn")
        self._reports: dict[int, Report] = {}
        self._executor: ProcessPoolExecutor | None = None

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report
    ) -> Future[Any]:
        """Start a job in a worker process."""
        slot = number % _SLOTS
        with self._lock:
            self._reports[slot] = report
            for attempt in (1, 2):
                executor = self._start()
                self._cancelled[slot] = 0
                try:
                    future = executor.submit(_run, slot, function, arguments)
                except BrokenProcessPool:
                    if attempt == 2:
                        raise
                    self._executor = None
                else:
                    self._running += 1
                    future.add_done_callback(lambda _: self._end(slot))
                    return future
        raise AssertionError("unreachable")

    def cancel(self, number: int) -> None:
        """Make the job's next report raise `Cancelled`."""
        self._cancelled[number % _SLOTS] = 1

    def _end(self, slot: int) -> None:
        with self._lock:
            # The report refers to its job and thus its result: without it, the result can be garbage-collected.
            self._reports.pop(slot, None)
            self._running -= 1
            if self._timer:
                self._timer.cancel()
            if self._idle is not None and not self._running:
                self._timer = threading.Timer(self._idle, self._stop)
                self._timer.daemon = True
                self._timer.start()

    def _stop(self) -> None:
        with self._lock:
            if self._executor is None or self._running:
                return
            self._executor.shutdown(wait=False)
            atexit.unregister(self._executor.shutdown)
            self._executor = None
            self._messages.put(None)

    def _start(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._messages = self._context.SimpleQueue()
            self._cancelled = self._context.Array("B", _SLOTS, lock=False)
            self._executor = ProcessPoolExecutor(
                self._workers, self._context, initializer=_start_worker, initargs=(self._messages, self._cancelled)
            )
            threading.Thread(target=self._listen, args=(self._messages,), daemon=True).start()
            atexit.register(self._executor.shutdown, wait=False, cancel_futures=True)
        return self._executor

    def _listen(self, messages: Any) -> None:
        while message := messages.get():
            self._forward(*message)

    def _forward(self, slot: int, fraction: float) -> None:
        # Not in the loop, whose variables would hold the last job and its result until the next message.
        if report := self._reports.get(slot):
            report(fraction)


_worker: dict[str, Any] = {}


def _start_worker(messages: Any, cancelled: Any) -> None:
    from threadpoolctl import threadpool_limits

    # The server process has priority: its users wait for milliseconds, the users of a job for seconds.
    os.nice(10)
    _worker.update(messages=messages, cancelled=cancelled, limits=threadpool_limits(limits=1))


def _run(slot: int, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    def send(fraction: float) -> None:
        if _worker["cancelled"][slot]:
            raise Cancelled
        _worker["messages"].put((slot, fraction))

    return call(function, arguments, throttled(send))
