"""Worker processes without pandas: scikit-learn imports it if it can, and no job uses it.

It takes 40 MB, and pyarrow, which it imports, starts a thread.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("workers do not load pandas", name=fullname)


def block_pandas() -> None:
    """Make ``import pandas`` fail in this process, as if it were not installed."""
    sys.meta_path.insert(0, _NoPandas())
