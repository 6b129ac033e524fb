"""Jobs on a Dask cluster, by its own executor: the same interface as the local pool.

Needs the extra ``cluster`` (`distributed`). The workers must be able to import `core`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from distributed import Client, Event, get_worker

from ui.jobs import Dropped, Report, now_and_then

_TOPIC = "explainers-progress"
PATIENCE = "10s"
# A lost worker's job is tried again elsewhere this many times.
_RETRIES = 2


class Cluster:
    """A Dask scheduler at a known address.

    Raises
    ------
    ConnectionError
        The scheduler cannot be reached.
    """

    def __init__(self, address: str) -> None:
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
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
        """Start a job on some worker of the cluster."""
        self._reports[number] = report
        future: Future[Any] = self._executor.submit(_run, self._session, number, function, arguments)
        future.add_done_callback(lambda _: self._reports.pop(number, None))
        return future

    def drop(self, number: int) -> None:
        """Make the job's next report raise `Dropped`, wherever it runs."""
        Event(_event(self._session, number), client=self._client).set()

    def close(self) -> None:
        """Take leave of the scheduler."""
        self._executor.shutdown(wait=False)
        self._client.close()

    def _receive(self, event: tuple[float, dict[str, Any]]) -> None:
        said = event[1]
        if said["session"] == self._session and (report := self._reports.get(said["number"])):
            report(said["fraction"])


_sessions = itertools.count()


def _event(session: str, number: int) -> str:
    return f"explainers-drop-{session}-{number}"


def _run(session: str, number: int, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    worker = get_worker()
    dropped = Event(_event(session, number))

    def send(fraction: float) -> None:
        if dropped.is_set():
            raise Dropped
        worker.log_event(_TOPIC, {"session": session, "number": number, "fraction": fraction})

    return function(**arguments, report=now_and_then(send))
