"""The size of results in memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def size_of(result: Any) -> int:
    """Return about how many bytes a result takes: arrays, and dataclasses and collections of them.

    Examples
    --------
    >>> import numpy as np
    >>> 8_000 <= size_of({"errors": (np.zeros(1000), "completed")}) < 9_000
    True
    """
    size = sys.getsizeof(result)
    if is_dataclass(result) and not isinstance(result, type):
        return size + sum(size_of(getattr(result, field.name)) for field in fields(result))
    if isinstance(result, Mapping):
        return size + sum(size_of(value) for value in result.values())
    if isinstance(result, tuple | list):
        return size + sum(map(size_of, result))
    # An array that is a view does not count its data as its own.
    return max(size, int(getattr(result, "nbytes", 0)))
