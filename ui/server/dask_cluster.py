"""Jobs on a Dask cluster, through Dask's own executor. Same interface as `ui.server.worker_pool`.

Needs the extra ``cluster`` (package `distributed`). The cluster's workers must be able to import `core`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from distributed import Client, Event, get_worker

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
        self._executor = self._client.get_executor(pure=False, retries=_RETRIES)
        self._session = f"{id(self):x}-{next(_sessions)}"
        self._reports: dict[int, Report] = {}
        self._client.subscribe_topic(_TOPIC, self._receive)

    def submit(
        self, number: int, function: Callable[..., Any], arguments: dict[str, Any], report: Report
    ) -> Future[Any]:
        """Start a job on one of the cluster's workers."""
        self._reports[number] = report
        future: Future[Any] = self._executor.submit(_run, self._session, number, function, arguments)
        future.add_done_callback(lambda _: self._reports.pop(number, None))
        return future

    def cancel(self, number: int) -> None:
        """Make the job's next report raise `Cancelled`."""
        Event(_event(self._session, number), client=self._client).set()

    def close(self) -> None:
        """Disconnect from the scheduler."""
        self._executor.shutdown(wait=False)
        self._client.close()

    def _receive(self, event: tuple[float, dict[str, Any]]) -> None:
        message = event[1]
        if message["session"] == self._session and (report := self._reports.get(message["number"])):
            report(message["fraction"])


_sessions = itertools.count()


def _event(session: str, number: int) -> str:
    return f"explainers-cancel-{session}-{number}"


def _run(session: str, number: int, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    worker = get_worker()
    cancelled = Event(_event(session, number))

    def send(fraction: float) -> None:
        if cancelled.is_set():
            raise Cancelled
        worker.log_event(_TOPIC, {"session": session, "number": number, "fraction": fraction})

    return call(function, arguments, throttled(send))
