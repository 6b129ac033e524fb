"""What the environment says about memory and workers. `serve` reads it, too."""

from __future__ import annotations

import os


def is_small() -> bool:
    """Return whether the environment asks for little memory, for hosts such as Streamlit Community Cloud."""
    return os.environ.get("EXPLAINERS_SMALL") == "1"


def worker_count() -> int:
    """Return the number of worker processes; with 0, jobs run in the server process.

    ``EXPLAINERS_WORKERS`` sets it. The default is one fewer than there are cores, at least 1 and at most 4; one with
    ``EXPLAINERS_SMALL=1``.
    """
    default = 1 if is_small() else max(1, min(4, (os.cpu_count() or 2) - 1))
    return int(os.environ.get("EXPLAINERS_WORKERS", default))
