"""Long computations, run outside the server's process.

A training in the server process would block the interpreter, and with it every user's slider. Jobs run in a few worker
processes (`ui.server.worker_pool`) or on a Dask cluster (`ui.server.dask_cluster`). Requests for the same job share one
computation, its result is cached, and a job is cancelled when no session waits for it any more.

A job is an importable function of `core` with picklable keyword arguments. If it has one more, ``report``, it calls it
now and then with the fraction done. ``report`` raises `Cancelled` when no session waits any more.
"""

from __future__ import annotations

import inspect
import itertools
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from core.progress import Report
from ui.server import log
from ui.server.sizes import size_of

# The memory that cached results may take, in bytes.
MAX_BYTES = 16_000_000
# The same with ``EXPLAINERS_SMALL=1``.
SMALL_BYTES = 8_000_000


class Cancelled(Exception):
    """No session waits for the job any more."""


class Backend(Protocol):
    """Where jobs run."""

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report, client: str = ""
    ) -> Future[Any]:
        """Start a job; ``report`` is called in this process with each fraction that the job reports.

        ``client`` names who asks for it: many jobs of one client do not keep those of another one waiting.
        """

    def cancel(self, number: int) -> None:
        """Make the job's next report raise `Cancelled`."""


class Job:
    """One computation and the number of sessions that wait for it.

    Attributes
    ----------
    fraction : float
        How much is done, 0 … 1.
    cached : bool
        Whether the result stays after the last session has left.
    size : int
        The memory that the result takes, in bytes; 0 until there is one.
    """

    def __init__(self, key: Any, number: int) -> None:
        self.key = key
        self.number = number
        self.fraction = 0.0
        self.waiting = 0
        self.cached = False
        self.size = 0
        self.future: Future[Any]

    def report(self, fraction: float) -> None:
        self.fraction = min(max(fraction, self.fraction), 1.0)


class Jobs:
    """All jobs of the server, by function and arguments."""

    def __init__(self, backend: Backend, *, max_bytes: int = MAX_BYTES) -> None:
        self._backend = backend
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._jobs: OrderedDict[Any, Job] = OrderedDict()
        self._numbers = itertools.count()

    def compute(
        self,
        function: Callable[..., Any],
        arguments: dict[str, Any],
        show: Callable[[float], Any],
        *,
        cached: bool = True,
        client: str = "",
        name: str = "",
    ) -> Any:
        """Return a computation's result; until then call ``show`` with the fraction done, about ten times a second.

        An exception raised by ``show`` ends the waiting. A job whose worker process died is started once more. With
        ``cached=False`` the arguments and the result are removed when the last waiting session leaves. Jobs wait
        in turn by ``client``, see `Backend.submit`. With a ``name`` the log has a line of the request.
        """
        with log.training(name) as line:
            for attempt in (1, 2):
                job = self.join(function, arguments, cached=cached, client=client)
                line.cached = job.size > 0
                try:
                    # A job that ends within the first 0.1 s shows no progress: the bar would only flash.
                    while wait([job.future], timeout=0.1).not_done:
                        show(job.fraction)
                    result = job.future.result()
                    self._limit_cache(job, result)
                    line.size = job.size
                    return result
                except BrokenProcessPool:
                    if attempt == 2:
                        raise
                finally:
                    self.leave(job)
        raise AssertionError("unreachable")

    def join(
        self, function: Callable[..., Any], arguments: dict[str, Any], *, cached: bool = True, client: str = ""
    ) -> Job:
        """Start waiting for a computation: the running or cached one if there is one, else a new one.

        The result is cached if one of the sessions that join asks for it. A new job is one of ``client``.
        """
        key = request_key(function, arguments)
        with self._lock:
            job = self._jobs.get(key)
            if job is None or _failed(job.future):
                job = Job(key, next(self._numbers))
                job.future = self._backend.submit(job.number, function, arguments, job.report, client)
                self._jobs[key] = job
            self._jobs.move_to_end(key)
            job.waiting += 1
            job.cached = job.cached or cached
            return job

    def leave(self, job: Job) -> None:
        """Stop waiting; cancel a computation that no session waits for, unless it has ended."""
        with self._lock:
            job.waiting -= 1
            if job.waiting > 0:
                return
            running = not job.future.done()
            if running:
                job.future.cancel()
                self._backend.cancel(job.number)
            if (running or not job.cached) and self._jobs.get(job.key) is job:
                del self._jobs[job.key]

    def clear(self) -> None:
        """Remove the cached results. Jobs that a session waits for stay."""
        with self._lock:
            for key, job in list(self._jobs.items()):
                if job.waiting == 0:
                    del self._jobs[key]

    def _limit_cache(self, job: Job, result: Any) -> None:
        """Remove the results that were not used for longest, until the rest fits."""
        with self._lock:
            if not job.size:
                job.size = size_of(result) + len(job.key)
            total = sum(one.size for one in self._jobs.values())
            for key, other in list(self._jobs.items()):
                if total <= self._max_bytes:
                    return
                if other.waiting == 0:
                    total -= other.size
                    del self._jobs[key]


def request_key(function: Callable[..., Any], arguments: dict[str, Any]) -> bytes:
    """Return the key of a job: requests with equal functions and arguments have the same."""
    return pickle.dumps((function, sorted(arguments.items())))


def _failed(future: Future[Any]) -> bool:
    return future.cancelled() or (future.done() and future.exception() is not None)


class Inline:
    """Backend that runs a job immediately in this process: for tests."""

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report, client: str = ""
    ) -> Future[Any]:
        """Run the job and return its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(call(function, arguments, report))
        except Exception as error:
            future.set_exception(error)
        return future

    def cancel(self, number: int) -> None:
        """Do nothing: a job has ended before it can be cancelled."""


def call(function: Callable[..., Any], arguments: dict[str, Any], report: Report) -> Any:
    """Run a job: call its function, with ``report`` if it reports progress."""
    if "report" in inspect.signature(function).parameters:
        return function(**arguments, report=report)
    return function(**arguments)


def call_each(computation: Callable[..., Any], settings: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Call a function at several settings, as one job."""
    return [computation(**one) for one in settings]


def throttled(send: Report, seconds: float = 0.1) -> Report:
    """Return a report function that forwards the first fraction, and then at most one in ``seconds``."""
    next_time = 0.0

    def report(fraction: float) -> None:
        nonlocal next_time
        if (now := time.monotonic()) >= next_time:
            next_time = now + seconds
            send(fraction)

    return report
