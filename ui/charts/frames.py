"""Tidy frames for charts: columns by name, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ui.numbers import format_number

Frame = Mapping[str, NDArray[Any]]
# What a chart takes as data: a frame, or columns as sequences.
Columns = Mapping[str, Sequence[Any] | NDArray[Any]]


def frame(**columns: ArrayLike) -> dict[str, NDArray[Any]]:
    """Return columns as arrays of one length; a scalar is repeated in every row."""
    arrays = {name: _column(values) for name, values in columns.items()}
    rows = max((len(array) for array in arrays.values() if array.ndim), default=1)
    return {name: array if array.ndim else np.full(rows, array) for name, array in arrays.items()}


def _column(values: ArrayLike) -> NDArray[Any]:
    # Texts as objects: Arrow reads them faster than NumPy's fixed-width strings.
    if isinstance(values, list) and values and isinstance(values[0], str):
        return np.array(values, dtype=object)
    array = np.asarray(values)
    return array.astype(object) if array.dtype.kind == "U" else array


def from_rows(names: Sequence[str], listed: Sequence[Sequence[Any]]) -> dict[str, NDArray[Any]]:
    """Return rows as columns by ``names``."""
    return frame(**{name: [row[k] for row in listed] for k, name in enumerate(names)})


def stack(*frames: Frame) -> dict[str, NDArray[Any]]:
    """Concatenate frames that have the same columns."""
    return {name: np.concatenate([one[name] for one in frames]) for name in frames[0]}


def numbered(name: str, frames: Sequence[Frame]) -> dict[str, Frame]:
    """Name frames ``name_0``, ``name_1``, …: separate data sets, so that a rerun re-sends only those that changed."""
    return {f"{name}_{k}": frame for k, frame in enumerate(frames)}


def long(x: NDArray[np.float64], series: Mapping[str, NDArray[np.float64]]) -> Frame:
    """Stack curves into columns ``x``, ``y``, ``series``.

    Values that are not finite become missing and leave a gap; the page explains the gap in words.
    """
    return curves({name: (x, y) for name, y in series.items()})


def curves(series: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Frame:
    """Stack curves with an x each, in the columns of `long`."""
    x = np.concatenate([np.asarray(x, float) for x, _ in series.values()])
    y = np.concatenate([np.asarray(y, float) for _, y in series.values()])
    names = np.repeat(np.array(list(series), dtype=object), [len(x) for x, _ in series.values()])
    return {"x": x, "y": _finite(y), "series": names}


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)


def mask_outside(values: NDArray[np.float64], low: float = 0.0, high: float = np.inf) -> NDArray[np.float64]:
    """Replace values outside the open interval (low, high) by nan, such as 0 on a logarithmic axis."""
    return np.where((values > low) & (values < high), values, np.nan)


def smallest_domain(domains: Sequence[tuple[float, float]], *values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the first of the increasingly wide ``domains`` that contains all finite positive values, else the last."""
    every = np.concatenate([np.ravel(v) for v in values])
    every = every[np.isfinite(every) & (every > 0)]
    return next((d for d in domains if every.size == 0 or (d[0] < every.min() and every.max() < d[1])), domains[-1])


def domain_frame(domain: tuple[float, float]) -> Frame:
    """Return ``domain`` as the data set "extent" of a chart whose axis is fitted to data."""
    return from_rows(("low", "high"), [domain])


def padded_domain(low: float, high: float) -> tuple[float, float]:
    """Return a domain that contains 0, ``low`` and ``high`` with a margin, even if both are 0."""
    room = max(0.05 * (high - low), 0.05)
    return (low - room if low < 0 else 0.0, high + room)


def path(points: NDArray[np.float64], values: NDArray[np.float64], *, series: str, most_dots: int = 60) -> Frame:
    """Return a path, with the value at each point, for `paths`; the points of a long one are not drawn as dots."""
    return frame(
        x=points[:, 0],
        y=points[:, 1],
        series=series,
        step=np.arange(len(points)),
        value=np.minimum(values[: len(points)], 1e30),
        dotted=len(points) <= most_dots + 1,
    )


def groups(points: NDArray[np.float64], name: str) -> Frame:
    """Stack groups of points, shape (n_groups, m, 2): ``x``, ``y``, ``order`` in the group, group index ``name``."""
    count, size, _ = points.shape
    x, y = points.reshape(-1, 2).T
    return {"x": x, "y": y, name: np.repeat(np.arange(count), size), "order": np.tile(np.arange(size), count)}


def cells(table: Sequence[tuple[str, Sequence[tuple[str, str, str]]]]) -> Frame:
    """Stack the rows of a table (name; column, text and state of each cell) into the cells of `state_grid`."""
    return from_rows(("row", "column", "text", "state"), [(name, *cell) for name, written in table for cell in written])


def cell_edges(centres: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and upper edges of adjacent cells around increasing ``centres``."""
    middles = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([centres[:1], middles]), np.concatenate([middles, centres[-1:]])


def map_cells(x: NDArray[np.float64], y: NDArray[np.float64], codes: NDArray[np.int8], names: Sequence[str]) -> Frame:
    """Stack a map of category codes, shape (len(y), len(x)), into the cells of `category_map`."""
    return {**_outlines(x, y), "category": np.array(names, dtype=object)[codes.ravel()]}


def _outlines(x: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    (x_low, x_high), (y_low, y_high) = cell_edges(x), cell_edges(y)
    tall, wide = y.size, x.size
    return {
        "x": np.tile(x_low, tall),
        "x2": np.tile(x_high, tall),
        "y": np.repeat(y_low, wide),
        "y2": np.repeat(y_high, wide),
    }


def unit_cells(size: int, *, left: float = 0.0) -> dict[str, NDArray[np.float64]]:
    """Return the edges ``x``, ``x2``, ``y``, ``y2`` of size × size cells, row by row, that fill a unit square."""
    low = np.arange(size) / size
    x, y = np.tile(low, size) + left, np.repeat(low, size)
    return {"x": x, "x2": x + 1 / size, "y": y, "y2": y + 1 / size}


def merged_cells(values: NDArray[np.float64], *, left: float = 0.0) -> dict[str, NDArray[np.float64]]:
    """Return the edges of square cells that fill a unit square, and their values, shape (size, size), row 0 lowest.

    Adjacent cells of a row that have the same value become one, and then equally wide ones of adjacent rows: the fewer
    marks, the faster the chart.

    Examples
    --------
    >>> cells = merged_cells(np.array([[1.0, 1.0], [0.0, 1.0]]))
    >>> cells["x"].tolist(), cells["x2"].tolist(), cells["value"].tolist()
    ([0.0, 0.0, 0.5], [0.5, 1.0, 1.0], [0.0, 1.0, 1.0])
    """
    size = len(values)
    changes = np.ones((size, size), bool)
    changes[:, 1:] = values[:, 1:] != values[:, :-1]
    rows, first = np.nonzero(changes)
    end = np.where(np.append(rows[1:] == rows[:-1], False), np.append(first[1:], size), size)
    runs = np.stack([first, end, values[changes], rows])
    # One column of equal runs after the other, each from bottom to top.
    runs = runs[:, np.lexsort(runs[::-1])]
    starts = np.append(True, (np.diff(runs[:3]) != 0).any(axis=0) | (np.diff(runs[3]) != 1))
    first, end, value, bottom = runs[:, starts]
    top = runs[3, np.append(starts[1:], True)] + 1
    return {"x": first / size + left, "x2": end / size + left, "y": bottom / size, "y2": top / size, "value": value}


def panel_points(
    points: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], *, lefts: Sequence[float]
) -> dict[str, NDArray[np.float64]]:
    """Return points (n, 2) of a rectangle, scaled into the unit square of each panel, panel by panel."""
    x, y = ((points - low) / (high - low)).T
    return {"x": np.concatenate([x + left for left in lefts]), "y": np.tile(y, len(lefts))}


def value_and_interval(measured: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return ``value``, ``low`` and ``high`` of an estimate, as `intervals` takes them."""
    return measured.value, measured.low, measured.high


def intervals(
    x: NDArray[np.float64],
    series: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]],
) -> Frame:
    """Stack curves with their intervals (value, low, high) into columns ``x``, ``y``, ``series``, ``low``, ``high``."""
    low, high = (np.concatenate([np.asarray(ends[k], float) for ends in series.values()]) for k in (1, 2))
    values = long(x, {name: value for name, (value, _, _) in series.items()})
    return {**values, "low": _finite(low), "high": _finite(high)}


def bands(x: NDArray[np.float64], runs: Mapping[str, NDArray[np.float64]]) -> Frame:
    """Stack median and range over runs, y of shape (runs, len(x)), in the columns of `intervals`."""
    return intervals(x, {name: (np.median(y, axis=0), y.min(axis=0), y.max(axis=0)) for name, y in runs.items()})


def runs(series: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Frame:
    """Stack median and range over runs, y of shape (runs, len(x)), with an x for each series, as `bands`."""
    return stack(*(bands(x, {name: y}) for name, (x, y) in series.items()))


def grouped(
    categories: Sequence[str], series: Mapping[str, Sequence[float] | NDArray[np.float64]], digits: int = 3
) -> Frame:
    """Stack values by category into the data of `bars`; a value that is not finite is shown as text."""
    return from_rows(
        ("category", "value", "series", "text", "instead"),
        [
            (category, value, name, format_number(value, digits), "")
            if np.isfinite(value)
            else (category, 0.0, name, format_number(value), format_number(value))
            for name, values in series.items()
            for category, value in zip(categories, values, strict=True)
        ],
    )


def surface_cells(x: NDArray[np.float64], y: NDArray[np.float64], values: NDArray[np.float64]) -> Frame:
    """Stack a surface, shape (len(y), len(x)), into the cells of `heat_map`."""
    return {**_outlines(x, y), "value": values.ravel()}


def bar_parts(listed: Sequence[tuple[str, float, float, str]]) -> Frame:
    """Stack parts of bars (row, start, length, name) for `stacked_rows`; an infinite part is shown as text."""
    return from_rows(
        ("row", "start", "end", "series", "text"),
        [
            (row, start, start + (length if np.isfinite(length) else 0.0), name, format_number(length, 3))
            for row, start, length, name in listed
        ],
    )
