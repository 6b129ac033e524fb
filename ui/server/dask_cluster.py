"""Jobs on a Dask cluster, through Dask's own executor. Same interface as `ui.server.worker_pool`.

Needs the extra ``cluster`` (package `distributed`). The cluster's workers must be able to import `core`.

Several server processes share a cluster. A job's key in Dask is a hash of its function and arguments, so processes that
ask for the same thing share one computation and its result. Dask counts the processes that wait for a key: it ends when
the last one has left.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from distributed import Client, get_worker

from ui.server.jobs import Cancelled, Report, call, throttled

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
        self._executor = self._client.get_executor(retries=_RETRIES)
        self._reports: dict[str, Report] = {}
        self._client.subscribe_topic(_TOPIC, self._receive)

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report
    ) -> Future[Any]:
        """Start a job on one of the cluster's workers, or wait for it where another process has started it."""
        request = pickle.dumps((function, sorted(arguments.items())))
        key = f"explainers-{hashlib.sha256(request).hexdigest()}"
        self._reports[key] = report
        future: Future[Any] = self._executor.submit(_run, key, function, arguments, key=key)
        future.add_done_callback(lambda _: self._reports.pop(key, None))
        return future

    def cancel(self, number: int) -> None:
        """Do nothing: the job's future was cancelled, and Dask ends what no process waits for."""

    def close(self) -> None:
        """Disconnect from the scheduler."""
        self._executor.shutdown(wait=False)
        self._client.close()

    def _receive(self, event: tuple[float, dict[str, Any]]) -> None:
        message = event[1]
        if report := self._reports.get(message["key"]):
            report(message["fraction"])


def _run(key: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    worker = get_worker()

    def send(fraction: float) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise Cancelled
        worker.log_event(_TOPIC, {"key": key, "fraction": fraction})

    return call(function, arguments, throttled(send))
