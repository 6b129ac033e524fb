"""Tables as text, and figures for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass
class Table:
    """A table with a title and, below it, a note such as the target."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """Write the table as Markdown."""
        lines = [f"### {self.title}", "", "| " + " | ".join(self.columns) + " |", "|" + "---|" * len(self.columns)]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join([*lines, "", *([self.note, ""] if self.note else [])])


def ms(seconds: float) -> str:
    """Write a time in milliseconds."""
    return f"{1000 * seconds:.0f} ms" if seconds < 9.9 else f"{seconds:.1f} s"


def percentiles(seconds: Sequence[float]) -> tuple[str, str]:
    """Write the median and the 95th percentile of times."""
    return ms(float(np.percentile(seconds, 50))), ms(float(np.percentile(seconds, 95)))
