"""Tidy frames for charts: columns by name, in NumPy. A frame of pandas takes ten times as long to make."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ui.text import number

Frame = Mapping[str, NDArray[Any]]

_DIGITS = np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyz", dtype=np.uint8)


def frame(**columns: ArrayLike) -> dict[str, NDArray[Any]]:
    """Return columns as arrays of one length; a single value stands in every row."""
    arrays = {name: _column(values) for name, values in columns.items()}
    rows = max((len(array) for array in arrays.values() if array.ndim), default=1)
    return {name: array if array.ndim else np.full(rows, array) for name, array in arrays.items()}


def _column(values: ArrayLike) -> NDArray[Any]:
    # Texts as objects: Arrow reads them several times faster than NumPy's own.
    if isinstance(values, list) and values and isinstance(values[0], str):
        return np.array(values, dtype=object)
    array = np.asarray(values)
    return array.astype(object) if array.dtype.kind == "U" else array


def rows(names: Sequence[str], listed: Sequence[Sequence[Any]]) -> dict[str, NDArray[Any]]:
    """Return listed rows as columns by ``names``."""
    return frame(**{name: [row[k] for row in listed] for k, name in enumerate(names)})


def stack(*frames: Frame) -> dict[str, NDArray[Any]]:
    """Stack frames of the same columns below each other."""
    return {name: np.concatenate([part[name] for part in frames]) for name in frames[0]}


def apart(name: str, frames: Sequence[Frame]) -> dict[str, Frame]:
    """Name frames ``name``_0 and on: data sets of their own, of which a move sends those that it changes."""
    return {f"{name}_{k}": frame for k, frame in enumerate(frames)}


def long(x: NDArray[np.float64], series: Mapping[str, NDArray[np.float64]]) -> Frame:
    """Stack curves into columns ``x``, ``y``, ``series``.

    A chart has no place for inf and nan: they become missing, which leaves a gap, and the page says so in words.
    """
    return curves({name: (x, y) for name, y in series.items()})


def curves(series: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Frame:
    """Stack curves that have an x of their own: as `long`."""
    x = np.concatenate([np.asarray(x, float) for x, _ in series.values()])
    y = np.concatenate([np.asarray(y, float) for _, y in series.values()])
    names = np.repeat(np.array(list(series), dtype=object), [len(x) for x, _ in series.values()])
    return {"x": x, "y": _finite(y), "series": names}


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)


def within(values: NDArray[np.float64], low: float = 0.0, high: float = np.inf) -> NDArray[np.float64]:
    """Make a gap of what lies off an axis from ``low`` to ``high``, both excluded, such as 0 on a logarithmic one."""
    return np.where((values > low) & (values < high), values, np.nan)


def fitting(domains: Sequence[tuple[float, float]], *values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the first of ever wider logarithmic ``domains`` that holds every finite value above 0, else the last."""
    every = np.concatenate([np.ravel(v) for v in values])
    every = every[np.isfinite(every) & (every > 0)]
    return next((d for d in domains if every.size == 0 or (d[0] < every.min() and every.max() < d[1])), domains[-1])


def extent(domain: tuple[float, float]) -> Frame:
    """Write ``domain`` as the data between whose ends a fitted axis runs."""
    return rows(("low", "high"), [domain])


def roomy(low: float, high: float) -> tuple[float, float]:
    """Return a domain with 0 in it and some room beyond ``low`` and ``high``, even where both are 0."""
    room = max(0.05 * (high - low), 0.05)
    return (low - room if low < 0 else 0.0, high + room)


def path(
    points: NDArray[np.float64], values: NDArray[np.float64], *, series: str, steps: int, most_dots: int = 60
) -> Frame:
    """Tabulate a path of at most ``steps`` steps for a chart that runs along it: ``at`` is per cent of the steps."""
    step = np.arange(len(points))
    return frame(
        x=points[:, 0], y=points[:, 1], series=series, step=step, at=100 * step / steps,
        value=np.minimum(values[: len(points)], 1e30), dotted=len(points) <= most_dots + 1,
    )  # fmt: skip


def groups(points: NDArray[np.float64], name: str) -> Frame:
    """Stack groups of points, shape (n_groups, m, 2): ``x``, ``y``, ``order`` in the group, and its number ``name``."""
    count, size, _ = points.shape
    x, y = points.reshape(-1, 2).T
    return {"x": x, "y": y, name: np.repeat(np.arange(count), size), "order": np.tile(np.arange(size), count)}


def clouds(
    points: NDArray[np.float64], outlines: NDArray[np.float64], ends: NDArray[np.float64], texts: Sequence[str]
) -> dict[str, Frame]:
    """Stack clouds (n, m, 2), outlines (n, k, 2) and arrows from the origin (n, 2) into those of a scrubbed cloud."""
    dots, outline = groups(points, "stop"), groups(outlines, "stop")
    arrows = frame(**groups(ends[:, np.newaxis], "stop"), origin=0, text=list(texts))
    every = stack(dots, outline)
    extent = {axis: np.array([every[axis].min(), every[axis].max()]) for axis in ("x", "y")}
    return {"points": dots, "outline": outline, "arrows": arrows, "extent": extent}


def cells(table: Sequence[tuple[str, Sequence[tuple[str, str, str]]]]) -> Frame:
    """Stack a table's rows (name, then column, text and state of each cell) into the cells of a state grid."""
    return rows(("row", "column", "text", "state"), [(name, *cell) for name, written in table for cell in written])


def edges(centres: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and upper edges of cells around increasing ``centres``, so that the cells of a map touch."""
    middles = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([centres[:1], middles]), np.concatenate([middles, centres[-1:]])


def map_cells(x: NDArray[np.float64], y: NDArray[np.float64], codes: NDArray[np.int8], names: Sequence[str]) -> Frame:
    """Stack a map of category codes, shape (len(y), len(x)), into the cells of a category map."""
    return {**_outlines(x, y), "category": np.array(names, dtype=object)[codes.ravel()]}


def _outlines(x: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    (x_low, x_high), (y_low, y_high) = edges(x), edges(y)
    tall, wide = y.size, x.size
    return {"x": np.tile(x_low, tall), "x2": np.tile(x_high, tall), "y": np.repeat(y_low, wide),
            "y2": np.repeat(y_high, wide)}  # fmt: skip


def digits(codes: NDArray[np.int64], *, width: int = 1) -> list[str]:
    """Write each column of whole numbers, shape (stages, rows), as text of ``width`` base-36 digits a stage.

    For charts that step through stages in the browser: a slider cuts its stage out of the text. Numbers that do not fit
    are written as the nearest that does.
    """
    kept = np.clip(codes, 0, 36**width - 1).T
    places = 36 ** np.arange(width)[::-1]
    written = _DIGITS[kept[..., np.newaxis] // places % 36].reshape(len(kept), width * len(codes))
    return [row.tobytes().decode("ascii") for row in written]


def spots(values: NDArray[np.float64], ends: tuple[float, float]) -> list[str]:
    """Write values, shape (places, rows), as `digits` of width 3 from the one end to the other.

    That is finer than a pixel. Values beyond the ends, and missing ones, are written as the nearest and the last: ends
    that lie outside the picture keep them out of it.
    """
    share = np.nan_to_num((values - ends[0]) / (ends[1] - ends[0]), nan=1.0)
    return digits(np.round(np.clip(share, 0, 1) * (36**3 - 1)).astype(np.int64), width=3)


def unit_cells(size: int, *, left: float = 0.0) -> dict[str, NDArray[np.float64]]:
    """Return the edges ``x``, ``x2``, ``y``, ``y2`` of size × size cells, row by row, that fill a panel of side 1."""
    low = np.arange(size) / size
    x, y = np.tile(low, size) + left, np.repeat(low, size)
    return {"x": x, "x2": x + 1 / size, "y": y, "y2": y + 1 / size}


def staged_strips(size: int, *, lefts: Sequence[float]) -> Frame:
    """Place ``size`` strips of cells, numbered from the bottom, in each of the `staged_panels` of a row."""
    low = np.tile(np.arange(size) / size, len(lefts))
    x = np.repeat(np.asarray(lefts, float), size)
    return {"x": x, "x2": x + 1, "y": low, "y2": low + 1 / size, "number": np.arange(len(x))}


def staged_points(
    places: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], *, lefts: Sequence[float]
) -> Frame:
    """Place points (n, 2) of a rectangle in each of the `staged_panels` of a row."""
    x, y = ((places - low) / (high - low)).T
    across = np.concatenate([x + left for left in lefts])
    return {"x": across, "y": np.tile(y, len(lefts)), "number": np.arange(len(across))}


def staged_texts(builds: Sequence[Any]) -> dict[str, str]:
    """Write ``builds``, beside each other and stage by stage, for the `staged_panels`: each as one text.

    What the trees make of the points, from ``counts`` and ``mistakes`` of shape (stages, n): "weights" in tenths, two
    digits each, and "crossed". What they say of the cells, from ``regions`` and ``last_tree`` of shape (stages, size²),
    size ≤ 36: "votes" from 0, all against, to 35, all in favour; and "trees", where the last one is in favour, as
    `_rectangles`.
    """
    counts, crossed, votes, says = (
        np.hstack([getattr(build, name) for build in builds]) for name in ("counts", "mistakes", "regions", "last_tree")
    )
    # By the square root: a narrow lead is still to be seen as one.
    tones = np.where(votes < 0, -1, 1) * (0.1 + 0.9 * np.sqrt(np.abs(votes)))
    size = math.isqrt(builds[0].regions.shape[1])
    return {
        "weights": _text(np.ceil(10 * counts), 2),  # up, so that only a weight of 0 is written as one
        "crossed": _text(crossed, 1),
        "votes": _text(np.round(17.5 + 17.5 * tones), 1),
        "trees": ";".join(_rectangles(says.reshape(len(says), len(builds), size, size) > 0)),
    }


def _rectangles(where: NDArray[np.bool_]) -> list[str]:
    """Write for each stage the rectangles that cover ``where``, of shape (stages, panels, size, size), row by row.

    Five digits each: the panel, the left end, the lower end, and one less than the width and the height.
    """
    ends = np.diff(np.pad(where.astype(np.int8), ((0, 0), (0, 0), (0, 0), (1, 1))))
    stage, panel, row, left = np.nonzero(ends == 1)
    right = np.nonzero(ends == -1)[-1]
    order = np.lexsort((row, right, left, panel, stage))
    runs = np.column_stack((stage, panel, left, right, row))[order]
    # A run goes on above where the next row has the same one.
    goes_on = (np.diff(runs, axis=0) == (0, 0, 0, 0, 1)).all(1)
    begins = np.flatnonzero(np.r_[True, ~goes_on][: len(runs)])
    stage, panel, left, right, low = runs[begins].T
    height = np.diff(np.r_[begins, len(runs)])
    written = digits(np.stack((panel, left, low, right - left - 1, height - 1)))
    first = np.searchsorted(stage, np.arange(len(where) + 1))
    return [" ".join(written[start:end]) for start, end in pairwise(first)]


def staged_here(*, steps: int, kinds: NDArray[np.bool_], texts: Mapping[str, str], shown: int, stages: int) -> Frame:
    """Tabulate the steps, the kinds of the points (n) and, of the `staged_texts`, what is ``shown`` of their stages."""
    trees = ";".join(texts["trees"].split(";")[:shown])  # stages of these are as long as it takes
    parts = {name: [text[: len(text) // stages * shown]] for name, text in texts.items() if name != "trees"}
    return frame(steps=[steps], stages=[shown], kinds=[_text(kinds, 1)], trees=[trees], **parts)


def _text(codes: NDArray[Any], width: int) -> str:
    [text] = digits(codes.astype(np.int64).reshape(-1, 1), width=width)
    return text


def estimate(measured: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the ``value``, ``low`` and ``high`` of what was measured, as `intervals` takes them."""
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
    """Stack the median and the range of several runs, each of shape (runs, len(x)), as `intervals` does."""
    return intervals(x, {name: (np.median(y, axis=0), y.min(axis=0), y.max(axis=0)) for name, y in runs.items()})


def runs(series: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Frame:
    """Stack the median and the range of runs, y of shape (runs, len(x)), that have an x of their own: as `bands`."""
    return stack(*(bands(x, {name: y}) for name, (x, y) in series.items()))


def grouped(categories: Sequence[str], series: Mapping[str, Sequence[float]], digits: int = 3) -> Frame:
    """Stack values by category into the columns of grouped bars; one that is not finite stands there as a word."""
    return rows(("category", "value", "series", "text", "instead"), [
        (category, value, name, number(value, digits), "")
        if np.isfinite(value) else (category, 0.0, name, number(value), number(value))
        for name, values in series.items() for category, value in zip(categories, values, strict=True)
    ])  # fmt: skip


def surface_cells(x: NDArray[np.float64], y: NDArray[np.float64], values: NDArray[np.float64]) -> Frame:
    """Stack a surface, shape (len(y), len(x)), into the cells of a heat map."""
    return {**_outlines(x, y), "value": values.ravel()}


def parts(listed: Sequence[tuple[str, float, float, str]]) -> Frame:
    """Stack the parts of bars (row, start, length, name) for stacked rows; an infinite part is written, not drawn."""
    return rows(("row", "start", "end", "series", "text"), [
        (row, start, start + (length if np.isfinite(length) else 0.0), name, number(length, 3))
        for row, start, length, name in listed
    ])  # fmt: skip
