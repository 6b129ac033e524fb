"""The choice of where jobs run, from the environment."""

from __future__ import annotations

import os

from ui.server.environment import is_small, worker_count
from ui.server.jobs import Backend, Inline
from ui.server.worker_pool import WorkerPool

# Workers end after so many seconds without a job: they take some hundred MB. Those of short jobs stay while a lecturer
# explains a picture, because the first short job of a new worker takes half a second.
IDLE_SECONDS = 120.0
SHORT_IDLE_SECONDS = 240.0


def backend_from_environment(*, short: bool = False) -> Backend:
    """Return the backend that the environment asks for, for ``short`` jobs or for long ones.

    ``EXPLAINERS_CLUSTER=tcp://…`` names a Dask scheduler for long jobs. Short ones, which would wait there behind the
    long ones of all server processes, have one worker of this process. Without it, there are `worker_count` workers.

    Raises
    ------
    ConnectionError
        The Dask scheduler cannot be reached.
    """
    if address := os.environ.get("EXPLAINERS_CLUSTER"):
        if short:
            return WorkerPool(1, idle=SHORT_IDLE_SECONDS)
        from ui.server.dask_cluster import DaskCluster

        return DaskCluster(address)
    workers = worker_count()
    # A single worker has nobody to share the fork server's memory with.
    idle = SHORT_IDLE_SECONDS if short else IDLE_SECONDS
    return WorkerPool(workers, idle=idle, fork_server=not is_small()) if workers else Inline()
