"""Progress reports of long computations."""

from __future__ import annotations

from collections.abc import Callable

# Called with the fraction done, 0 … 1.
Report = Callable[[float], None]


def no_report(fraction: float) -> None:
    """Ignore a progress report."""
