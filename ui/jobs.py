"""Long computations, away from the server's process.

A training in the server would hold the interpreter, and every reader's slider with it. Jobs run in a few worker
processes (or on a Dask cluster, see `ui.cluster`); the same request is computed once for everybody who waits for it and
then kept; one that nobody waits for any more is dropped.

A job is an importable function of `core` with picklable keyword arguments and one more, ``report``: a function that it
calls now and then with the fraction done. ``report`` raises `Dropped` when nobody waits any more.
"""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import os
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

Report = Callable[[float], None]

KEPT = 64
_SLOTS = 256


class Dropped(Exception):
    """Nobody waits for the job any more."""


class Backend(Protocol):
    """Where jobs run."""

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report
    ) -> Future[Any]:
        """Start a job; ``report`` is to be called in this process with every fraction that it reports."""

    def drop(self, number: int) -> None:
        """Make the job's next report raise `Dropped`."""


class Job:
    """One computation and those who wait for it.

    Attributes
    ----------
    fraction : float
        How much is done, 0 … 1.
    """

    def __init__(self, key: Any, number: int) -> None:
        self.key = key
        self.number = number
        self.fraction = 0.0
        self.waiting = 0
        self.future: Future[Any]

    def report(self, fraction: float) -> None:
        self.fraction = min(max(fraction, self.fraction), 1.0)


class Jobs:
    """All jobs of the server, by what they compute."""

    def __init__(self, backend: Backend, *, kept: int = KEPT) -> None:
        self._backend = backend
        self._kept = kept
        self._lock = threading.Lock()
        self._jobs: OrderedDict[Any, Job] = OrderedDict()
        self._numbers = itertools.count()

    def compute(self, function: Callable[..., Any], arguments: dict[str, Any], show: Callable[[float], Any]) -> Any:
        """Return a computation's result; meanwhile call ``show`` with the fraction done, some ten times a second.

        Whatever ``show`` raises ends the waiting. A job whose worker died is started once more.
        """
        for attempt in (1, 2):
            job = self.join(function, arguments)
            try:
                # What is done at once shows no progress: it would only flash.
                while wait([job.future], timeout=0.1).not_done:
                    show(job.fraction)
                return job.future.result()
            except BrokenProcessPool:
                if attempt == 2:
                    raise
            finally:
                self.leave(job)
        raise AssertionError("unreachable")

    def join(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Job:
        """Wait for a computation from now on: the one under way or kept if there is one, else a new one."""
        key = pickle.dumps((function, sorted(arguments.items())))
        with self._lock:
            job = self._jobs.get(key)
            if job is None or _failed(job.future):
                job = Job(key, next(self._numbers))
                job.future = self._backend.submit(job.number, function, arguments, job.report)
                self._jobs[key] = job
            self._jobs.move_to_end(key)
            job.waiting += 1
            while len(self._jobs) > self._kept and (oldest := self._oldest_idle()) is not None:
                del self._jobs[oldest]
            return job

    def leave(self, job: Job) -> None:
        """Stop waiting; a computation that nobody waits for any more is dropped unless it has ended."""
        with self._lock:
            job.waiting -= 1
            if job.waiting == 0 and not job.future.done():
                job.future.cancel()
                self._backend.drop(job.number)
                if self._jobs.get(job.key) is job:
                    del self._jobs[job.key]

    def _oldest_idle(self) -> Any:
        return next((key for key, job in self._jobs.items() if job.waiting == 0), None)


def _failed(future: Future[Any]) -> bool:
    return future.cancelled() or (future.done() and future.exception() is not None)


class Inline:
    """Runs a job at once, in this process: for tests."""

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report
    ) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(**arguments, report=report))
        except Exception as error:
            future.set_exception(error)
        return future

    def drop(self, number: int) -> None:
        """Do nothing: a job has ended before anybody could leave it."""


class Pool:
    """A few worker processes, started when the first job comes, and anew when one dies."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._lock = threading.Lock()
        self._context = multiprocessing.get_context("spawn")
        self._reports: dict[int, Report] = {}
        self._executor: ProcessPoolExecutor | None = None

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report
    ) -> Future[Any]:
        slot = number % _SLOTS
        with self._lock:
            self._reports[slot] = report
            for attempt in (1, 2):
                executor = self._started()
                self._dropped[slot] = 0
                try:
                    future = executor.submit(_run, slot, function, arguments)
                except BrokenProcessPool:
                    if attempt == 2:
                        raise
                    self._executor = None
                else:
                    # A report belongs to its job, and that has the result, which is not kept for long.
                    future.add_done_callback(lambda _: self._reports.pop(slot, None))
                    return future
        raise AssertionError("unreachable")

    def drop(self, number: int) -> None:
        self._dropped[number % _SLOTS] = 1

    def _started(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._messages = self._context.SimpleQueue()
            self._dropped = self._context.Array("B", _SLOTS, lock=False)
            self._executor = ProcessPoolExecutor(
                self._workers, self._context, initializer=_start_worker, initargs=(self._messages, self._dropped)
            )
            threading.Thread(target=self._listen, args=(self._messages,), daemon=True).start()
            atexit.register(self._executor.shutdown, wait=False, cancel_futures=True)
        return self._executor

    def _listen(self, messages: Any) -> None:
        while True:
            slot, fraction = messages.get()
            if report := self._reports.get(slot):
                report(fraction)


_worker: dict[str, Any] = {}


def _start_worker(messages: Any, dropped: Any) -> None:
    from threadpoolctl import threadpool_limits

    # The server's own process comes first: its readers wait for milliseconds, this one's for seconds.
    os.nice(10)
    _worker.update(messages=messages, dropped=dropped, limits=threadpool_limits(limits=1))


def _run(slot: int, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    def send(fraction: float) -> None:
        if _worker["dropped"][slot]:
            raise Dropped
        _worker["messages"].put((slot, fraction))

    return function(**arguments, report=now_and_then(send))


def now_and_then(send: Report, seconds: float = 0.1) -> Report:
    """Return a report that passes on the first fraction, and after it at most one in ``seconds``."""
    due = 0.0

    def report(fraction: float) -> None:
        nonlocal due
        if (now := time.monotonic()) >= due:
            due = now + seconds
            send(fraction)

    return report


def backend_from_environment() -> Backend:
    """Return the backend that the environment asks for.

    ``EXPLAINERS_CLUSTER=tcp://…`` names a Dask scheduler; ``EXPLAINERS_WORKERS`` a number of worker processes (0: none,
    run at once). By default one process fewer than there are cores, at least 1 and at most 4.
    """
    if address := os.environ.get("EXPLAINERS_CLUSTER"):
        from ui.cluster import Cluster

        cluster: Backend = Cluster(address)
        return cluster
    workers = int(os.environ.get("EXPLAINERS_WORKERS", max(1, min(4, (os.cpu_count() or 2) - 1))))
    return Pool(workers) if workers else Inline()
