"""Functions that worker processes import and run."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.validate import check_positive


def square(number: float, report: Any) -> float:
    report(0.5)
    return number * number


def numbers(count: int, report: Any) -> NDArray[np.float64]:
    report(0.5)
    return np.arange(float(count))


def process(report: Any) -> int:
    report(0.5)
    return os.getpid()


def libraries() -> set[str]:
    """Return which large libraries the worker has loaded."""
    return {"torch", "sklearn", "pandas", "pyarrow", "streamlit"} & set(sys.modules)


def count(log: str, number: int, report: Any) -> int:
    """Append a character to a file on every run."""
    with Path(log).open("a") as file:
        file.write("x")
    return number


def start_at_gate(log: str, name: str, gate: str) -> None:
    """Append a name to a file, and wait until another file exists."""
    with Path(log).open("a") as file:
        file.write(f"{name}\n")
    while not Path(gate).exists():
        time.sleep(0.01)


def until_cancelled(started: str, report: Any) -> None:
    """Work until the job is cancelled; create a file at the start and another one at the end."""
    try:
        for step in range(100_000):
            report(min(0.9, step / 100))
            Path(started).touch()
            time.sleep(0.01)
    finally:
        Path(started + ".ended").touch()


def die_once(marker: str, report: Any) -> str:
    """Kill the worker process on the first run."""
    if not Path(marker).exists():
        Path(marker).touch()
        os._exit(1)
    return "done"


def refuse(report: Any) -> None:
    check_positive(-1.0, "learning_rate")


def threads(report: Any) -> tuple[int, int]:
    """Return the BLAS threads and the niceness of the worker."""
    import numpy
    from threadpoolctl import threadpool_info

    numpy.ones((4, 4)) @ numpy.ones((4, 4))
    return max(pool["num_threads"] for pool in threadpool_info()), os.nice(0)
