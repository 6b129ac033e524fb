"""Frames as Arrow tables, built from their buffers: `pyarrow.array` would import pandas."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ui.charts.frames import Columns

# Explicit: Arrow looks its default options up in the environment for every table.
_OPTIONS = pa.ipc.IpcWriteOptions()


def stream(frame: Columns) -> bytes:
    """Return a frame as an Arrow IPC stream, the format in which Streamlit sends data to a chart."""
    whole, sink = table(frame), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, whole.schema, options=_OPTIONS) as writer:
        writer.write_table(whole)
    return bytes(sink.getvalue())


def table(frame: Columns) -> pa.Table:
    """Return a frame of numbers, booleans and texts as a table; nan becomes null."""
    return pa.Table.from_arrays([_column(values) for values in frame.values()], names=list(frame))


def _column(given: Sequence[Any] | NDArray[Any]) -> pa.Array:
    if isinstance(given, list | tuple) and given and isinstance(given[0], str):
        return _texts(given)
    values = np.asarray(given)
    count, kind = len(values), values.dtype.kind
    if kind in "fiu":
        wide = np.ascontiguousarray(values, np.float64 if kind == "f" else np.int64)
        missing = np.isnan(wide)
        known = _bits(~missing) if missing.any() else None
        return pa.Array.from_buffers(pa.float64() if kind == "f" else pa.int64(), count, [known, pa.py_buffer(wide)])
    if kind == "b":
        return pa.Array.from_buffers(pa.bool_(), count, [None, _bits(values)])
    return _texts(values.tolist())


def _texts(texts: Sequence[str]) -> pa.Array:
    joined = "".join(texts)
    lengths = map(len, texts) if joined.isascii() else (len(text.encode()) for text in texts)
    ends = np.fromiter(accumulate(lengths, initial=0), np.int32, len(texts) + 1)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(joined.encode()))


def _bits(flags: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))
