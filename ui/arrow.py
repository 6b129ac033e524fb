"""Frames as Arrow tables, made of their bytes: `pyarrow.array` would load pandas, half a second of a cold start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Columns = Mapping[str, Sequence[Any] | NDArray[Any]]


def table(frame: Columns) -> pa.Table:
    """Return a frame of numbers, truth values and texts; a number that is missing (nan) is null."""
    return pa.Table.from_arrays([_column(np.asarray(values)) for values in frame.values()], names=list(frame))


def _column(values: NDArray[Any]) -> pa.Array:
    count, kind = len(values), values.dtype.kind
    if kind in "fiu":
        wide = np.ascontiguousarray(values, np.float64 if kind == "f" else np.int64)
        missing = np.isnan(wide)
        known = _bits(~missing) if missing.any() else None
        return pa.Array.from_buffers(pa.float64() if kind == "f" else pa.int64(), count, [known, pa.py_buffer(wide)])
    if kind == "b":
        return pa.Array.from_buffers(pa.bool_(), count, [None, _bits(values)])
    encoded = [text.encode() for text in values.tolist()]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def _bits(flags: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))
