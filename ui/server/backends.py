"""The choice of where jobs run, from the environment."""

from __future__ import annotations

import os

from ui.server.jobs import Backend, Inline
from ui.server.worker_pool import WorkerPool


def backend_from_environment() -> Backend:
    """Return the backend that the environment asks for.

    ``EXPLAINERS_CLUSTER=tcp://…`` names a Dask scheduler. ``EXPLAINERS_WORKERS`` sets the number of worker processes
    (0: run jobs in the server process). The default is one fewer than there are cores, at least 1 and at most 4.

    Raises
    ------
    ConnectionError
        The Dask scheduler cannot be reached.
    """
    if address := os.environ.get("EXPLAINERS_CLUSTER"):
        from ui.server.dask_cluster import DaskCluster

        return DaskCluster(address)
    workers = int(os.environ.get("EXPLAINERS_WORKERS", max(1, min(4, (os.cpu_count() or 2) - 1))))
    return WorkerPool(workers) if workers else Inline()
