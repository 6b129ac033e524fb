"""Jobs in worker processes on this machine."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from core.progress import Report
from ui.server.fair_queue import FairQueue
from ui.server.jobs import Cancelled, call, throttled
from ui.server.memory import trim


@dataclass
class _Task:
    """A job that waits for a worker, or runs."""

    number: int
    function: Callable[..., Any]
    arguments: dict[str, Any]
    report: Report
    future: Future[Any]


class WorkerPool:
    """A few worker processes, started with the first job and restarted when one dies.

    Clients whose jobs wait for a worker take turns. With ``idle``, workers end after so many seconds without a job,
    which frees their memory. With ``fork_server``, they are forks of a process that has imported their libraries
    (`ui.server.preload`): they start faster and share its memory. Where the operating system has no fork,
    they are new processes.
    """

    def __init__(self, workers: int, *, idle: float | None = None, fork_server: bool = True) -> None:
        self._workers = workers
        self._idle = idle
        self._lock = threading.Lock()
        self._queue: FairQueue[_Task] = FairQueue()
        # A running job has a slot, of which there are as many as workers; a thread waits for it.
        self._free_slots = list(range(workers))
        self._running: dict[int, _Task] = {}
        self._timer: threading.Timer | None = None
        self._context = _context(fork_server)
        self._cancelled = self._context.Array("B", workers, lock=False)
        self._executor: ProcessPoolExecutor | None = None

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report, client: str = ""
    ) -> Future[Any]:
        """Start a job in a worker process as soon as one is free and the client has its turn."""
        task = _Task(number, function, arguments, report, Future())
        with self._lock:
            self._queue.put(client, task)
            if self._free_slots:
                if self._timer:
                    self._timer.cancel()
                threading.Thread(target=self._run_tasks, args=(self._free_slots.pop(),), daemon=True).start()
        return task.future

    def cancel(self, number: int) -> None:
        """Make the job's next report raise `Cancelled`."""
        with self._lock:
            for slot, task in self._running.items():
                if task.number == number:
                    self._cancelled[slot] = 1

    def _run_tasks(self, slot: int) -> None:
        while self._run_next(slot):
            pass

    def _run_next(self, slot: int) -> bool:
        """Run the next job that waits, and return whether there was one.

        In a function of its own: the variables of a waiting thread would hold the last job and its result.
        """
        with self._lock:
            # The future of a job that no session waits for any more is cancelled.
            task = self._queue.get(lambda task: task.future.set_running_or_notify_cancel())
            if task is None:
                self._free_slots.append(slot)
                self._stop_when_idle()
                return False
            self._running[slot] = task
            self._cancelled[slot] = 0
            executor = self._start()
        error: BaseException | None
        try:
            done = executor.submit(_run, slot, task.number, task.function, task.arguments)
            error = done.exception()
        except (RuntimeError, CancelledError) as refused:  # a broken pool, or the end of this process
            error = refused
        except (OSError, EOFError):  # the fork server has ended while it started a worker
            error = BrokenProcessPool("a worker process could not be started")
        with self._lock:
            del self._running[slot]
            if isinstance(error, BrokenProcessPool) and self._executor is executor:
                self._executor = None
        if error is None:
            task.future.set_result(done.result())
        else:
            task.future.set_exception(error)
        return True

    def _stop_when_idle(self) -> None:
        if self._idle is not None and len(self._free_slots) == self._workers:
            self._timer = threading.Timer(self._idle, self._stop)
            self._timer.daemon = True
            self._timer.start()

    def _stop(self) -> None:
        with self._lock:
            if self._executor is None or len(self._free_slots) < self._workers:
                return
            self._executor.shutdown(wait=False)
            atexit.unregister(self._executor.shutdown)
            self._executor = None
            self._messages.put(None)

    def _start(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._messages = self._context.SimpleQueue()
            self._executor = ProcessPoolExecutor(
                self._workers, self._context, initializer=_start_worker, initargs=(self._messages, self._cancelled)
            )
            threading.Thread(target=self._listen, args=(self._messages,), daemon=True).start()
            atexit.register(self._executor.shutdown, wait=False, cancel_futures=True)
        return self._executor

    def _listen(self, messages: Any) -> None:
        while message := messages.get():
            self._forward(*message)

    def _forward(self, slot: int, number: int, fraction: float) -> None:
        # Not in the loop, whose variables would hold the last job and its result until the next message. A message may
        # arrive after its job has ended.
        task = self._running.get(slot)
        if task and task.number == number:
            task.report(fraction)


def _context(fork_server: bool) -> Any:
    if not fork_server or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ui.server.preload"])
    return context


_worker: dict[str, Any] = {}


def _start_worker(messages: Any, cancelled: Any) -> None:
    from threadpoolctl import threadpool_limits

    # A fork has them already. Another worker would import pandas with scikit-learn.
    import ui.server.preload  # noqa: F401

    threading.Thread(target=_end_with_server, daemon=True).start()
    # The server process has priority: its users wait for milliseconds, the users of a job for seconds.
    os.nice(10)
    _worker.update(messages=messages, cancelled=cancelled, limits=threadpool_limits(limits=1))
    # A training frees tens of MB. After every short job, it would take a tenth of their time.
    _worker["trim"] = throttled(lambda _: trim(), seconds=1.0)


def _end_with_server() -> None:
    # A server process that was killed does not tell its workers, which would wait for jobs for ever.
    server = multiprocessing.parent_process()
    assert server is not None
    server.join()
    os._exit(1)


def _run(slot: int, number: int, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    def send(fraction: float) -> None:
        if _worker["cancelled"][slot]:
            raise Cancelled
        _worker["messages"].put((slot, number, fraction))

    try:
        return call(function, arguments, throttled(send))
    finally:
        _worker["trim"](1.0)
