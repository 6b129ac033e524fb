"""The choice of where jobs run, from the environment."""

from __future__ import annotations

import os

from ui.server.jobs import Backend, Inline
from ui.server.worker_pool import WorkerPool

# Workers of long jobs end after so many seconds without one: they take some hundred MB.
IDLE_SECONDS = 120.0


def is_small() -> bool:
    """Return whether the environment asks for little memory, for hosts such as Streamlit Community Cloud."""
    return os.environ.get("EXPLAINERS_SMALL") == "1"


def backend_from_environment(*, short: bool = False) -> Backend:
    """Return the backend that the environment asks for, for ``short`` jobs or for long ones.

    ``EXPLAINERS_CLUSTER=tcp://…`` names a Dask scheduler for long jobs. Short ones, which would wait there behind the
    long ones of all server processes, have one worker of this process. ``EXPLAINERS_WORKERS`` sets the number of worker
    processes (0: run jobs in the server process). The default is one fewer than there are cores, at least 1 and at most
    4; one with ``EXPLAINERS_SMALL=1``.

    Raises
    ------
    ConnectionError
        The Dask scheduler cannot be reached.
    """
    if address := os.environ.get("EXPLAINERS_CLUSTER"):
        if short:
            return WorkerPool(1)
        from ui.server.dask_cluster import DaskCluster

        return DaskCluster(address)
    default = 1 if is_small() else max(1, min(4, (os.cpu_count() or 2) - 1))
    workers = int(os.environ.get("EXPLAINERS_WORKERS", default))
    return WorkerPool(workers, idle=None if short else IDLE_SECONDS) if workers else Inline()
