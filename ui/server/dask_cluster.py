"""Jobs on a Dask cluster. Same interface as `ui.server.worker_pool`.

Needs the extra ``cluster`` (package `distributed`). The cluster's workers must be able to import `core`.

Several server processes share a cluster. A job's key in Dask is a hash of its function and arguments, so processes that
ask for the same thing share one computation and its result. Dask counts the processes that wait for a key: it ends when
the last one has left.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import distributed
from distributed import Client, get_worker

from core.progress import Report
from ui.server.jobs import Cancelled, call, request_key, throttled

_TOPIC = "explainers-progress"
TIMEOUT = "10s"
# How many times the job of a lost worker is started again on another worker.
_RETRIES = 2


class DaskCluster:
    """A Dask scheduler at a known address.

    Raises
    ------
    ConnectionError
        The scheduler cannot be reached.
    """

    def __init__(self, address: str) -> None:
        try:
            self._client = Client(address, timeout=TIMEOUT, set_as_default=False)
        except OSError as error:
            raise ConnectionError(
                f"EXPLAINERS_CLUSTER={address}: no Dask scheduler answers there. Start one with `dask scheduler`, "
                "or unset the variable to compute on this machine."
            ) from error
        self._reports: dict[str, Report] = {}
        self._lock = threading.Lock()
        self._unfinished: Counter[str] = Counter()
        self._client.subscribe_topic(_TOPIC, self._receive)

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report, client: str = ""
    ) -> Future[Any]:
        """Start a job on one of the cluster's workers, or wait for it where another process has started it."""
        key = f"explainers-{hashlib.sha256(request_key(function, arguments)).hexdigest()}"
        self._reports[key] = report
        with self._lock:
            # A client's first job comes before the second one of any other client, and so on.
            priority = -self._unfinished[client]
            self._unfinished[client] += 1
        task = self._client.submit(_run, key, function, arguments, key=key, retries=_RETRIES, priority=priority)
        result: Future[Any] = Future()
        # Refers to the task: Dask has the result as long as this process has it.
        result.add_done_callback(lambda result: self._end(key, task, result, client))
        task.add_done_callback(lambda task: _pass_on(task, result))
        return result

    def _end(self, key: str, task: distributed.Future[Any], result: Future[Any], client: str) -> None:
        self._reports.pop(key, None)
        with self._lock:
            self._unfinished[client] -= 1
            self._unfinished += Counter()  # removes clients that have none
        if result.cancelled():
            # `task.cancel()` would do nothing while another process waits, and keep this one counted.
            task.release()

    def cancel(self, number: int) -> None:
        """Do nothing: the job's future was cancelled, which has released it."""

    def close(self) -> None:
        """Disconnect from the scheduler."""
        self._client.close()

    def _receive(self, event: tuple[float, dict[str, Any]]) -> None:
        message = event[1]
        if report := self._reports.get(message["key"]):
            report(message["fraction"])


def _pass_on(task: distributed.Future[Any], result: Future[Any]) -> None:
    """Give a task's result or error to the future that a session waits for."""
    if not result.set_running_or_notify_cancel():
        return
    if task.status == "cancelled":
        result.set_exception(BrokenProcessPool("The Dask scheduler has lost the job."))
        return
    try:
        result.set_result(task.result())
    except Exception as error:
        result.set_exception(error)


def _run(key: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    worker = get_worker()

    def send(fraction: float) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise Cancelled
        worker.log_event(_TOPIC, {"key": key, "fraction": fraction})

    return call(function, arguments, throttled(send))
