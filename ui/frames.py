"""Tidy frames for charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def long(x: NDArray[np.float64], series: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Stack curves into columns ``x``, ``y``, ``series``.

    A chart has no place for inf and nan: they become missing, which leaves a gap, and the page says so in words.
    """
    frame = pd.DataFrame(
        {
            "x": np.tile(np.asarray(x, float), len(series)),
            "y": np.concatenate([np.asarray(y, float) for y in series.values()]),
            "series": np.repeat(list(series), len(x)),
        }
    )
    frame["y"] = frame["y"].where(np.isfinite(frame["y"]))
    return frame


def cells(rows: Sequence[tuple[str, Sequence[tuple[str, str, str]]]]) -> pd.DataFrame:
    """Stack a table's rows (name, then column, text and state of each cell) into the cells of a state grid."""
    return pd.DataFrame(
        [(row, column, text, state) for row, written in rows for column, text, state in written],
        columns=["row", "column", "text", "state"],
    )


def edges(centres: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and upper edges of cells around increasing ``centres``, so that the cells of a map touch."""
    middles = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([centres[:1], middles]), np.concatenate([middles, centres[-1:]])


def map_cells(
    x: NDArray[np.float64], y: NDArray[np.float64], codes: NDArray[np.int8], names: Sequence[str]
) -> pd.DataFrame:
    """Stack a map of category codes, shape (len(y), len(x)), into the cells of a category map."""
    (x_low, x_high), (y_low, y_high) = edges(x), edges(y)
    return pd.DataFrame(
        {
            "x": np.tile(x_low, y.size),
            "x2": np.tile(x_high, y.size),
            "y": np.repeat(y_low, x.size),
            "y2": np.repeat(y_high, x.size),
            "category": np.asarray(names)[codes.ravel()],
        }
    )
