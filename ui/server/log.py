"""The app's log: one line per page load and one per training, as ``key=value``.

A line contains nothing about a person: no address, no cookie, no value of a control, no data. docs/hosting.md says what
the lines mean.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_logger = logging.getLogger("explainers")


def start() -> None:
    """Write the log to the standard error stream."""
    if not _logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
        _logger.addHandler(handler)
    _logger.setLevel(logging.INFO)


def write(event: str, **values: str | float) -> None:
    """Write one line."""
    _logger.info(" ".join([event, *(f"{key}={value}" for key, value in values.items())]))


@dataclass
class Training:
    """What the line of a training says besides its name, its duration and whether it failed.

    Attributes
    ----------
    cached : bool
        Whether its result was cached.
    size : int
        The size of its result in bytes.
    """

    cached: bool = False
    size: int = 0


@contextmanager
def training(name: str) -> Iterator[Training]:
    """Write a line when a session stops waiting for a training; without a ``name``, write none."""
    line, outcome, begin = Training(), "cancelled", time.monotonic()
    try:
        yield line
        outcome = "cached" if line.cached else "done"
    # Streamlit ends a run that is no longer wanted by a BaseException.
    except Exception:
        outcome = "failed"
        raise
    finally:
        if name:
            write("training", name=name, seconds=round(time.monotonic() - begin, 2), outcome=outcome, bytes=line.size)
