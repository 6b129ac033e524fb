"""Sentences with the values that a chart shows now, for screen readers, beside its fixed alternative text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ui.charts.frames import Columns
from ui.numbers import format_number, format_share

Say = Callable[..., str]
# The lowest and the highest value that is drawn, by axis.
Clip = Mapping[str, tuple[float, float]]
# Most curves, rows, or values of a row, that a summary names.
MOST = 8
DIGITS = 4


def summary(
    data: Mapping[str, Columns], say: Say, *, value_title: str = "", rule: str = "", clip: Clip | None = None
) -> str:
    """Return the values in the data sets of a chart in short sentences.

    A data set is recognised by its columns, which the chart builders document. Those that only help to read the others,
    such as level curves, are left out.

    Parameters
    ----------
    data : mapping of str to columns by name
    say : callable
        Returns the phrase ``shown.<phrase>`` of the words, with its placeholders filled.
    value_title : str
        The quantity that a map of coloured cells shows.
    rule : str
        What the data set "here" marks, if not the current setting.
    clip : mapping of str to (float, float), optional
        The ends to which the values of axis ``x`` (of ranges) or ``y`` (of curves) are clipped: they are called
        "or less" and "or more".

    Examples
    --------
    >>> curve = {"x": [1.0, 2.0], "y": [0.5, 0.25], "series": ["loss", "loss"]}
    >>> summary({"lines": curve}, lambda phrase, /, **values: "{name}: {first} to {last}.".format(**values))
    'loss: 0.5 to 0.25.'
    """
    # The points and the regions of two classes are no values.
    left_out = ("points", "regions") if "regions" in data else ()
    shown = {name: columns for name, columns in data.items() if name not in left_out}
    sentences = [
        sentence
        for name, columns in shown.items()
        for sentence in _sentences(name, columns, columns.keys(), say, value_title, rule, clip or {})
    ]
    return " ".join(sentences)


def _sentences(
    name: str, columns: Columns, has: Any, say: Say, value_title: str, rule: str, clip: Clip
) -> Iterator[str]:
    if name == "here":
        for position in zip(*(columns[axis] for axis in ("x", "y") if axis in has), strict=True):
            yield say("here", name=rule or say("setting"), position=", ".join(_number(value) for value in position))
    elif has >= {"row", "column", "text"}:
        yield from _rows(columns["row"], columns["column"], columns["text"])
    elif has >= {"row", "series", "text"}:
        yield from _rows(columns["row"], columns["series"], columns["text"])
    elif has >= {"category", "series", "text"}:
        texts = [text or instead for text, instead in zip(columns["text"], columns["instead"], strict=True)]
        yield from _rows(columns["series"], columns["category"], texts)
    elif has >= {"category", "x2"}:
        yield from _shares(np.asarray(columns["category"]), say)
    elif has >= {"value", "x2", "title"}:
        for title, indices in _groups(columns["title"]):
            yield say("strength", name=title, mean=_number(np.abs(np.asarray(columns["value"])[indices]).mean()))
    elif has >= {"value", "x2"}:
        yield from _ranges([value_title or say("values")] * len(columns["value"]), columns["value"], say)
    elif has >= {"active", "kind", "x"}:
        active = np.asarray(columns["active"], bool)
        kinds, x = (np.array(columns[key], object)[active] for key in ("kind", "x"))
        yield from _ranges(kinds, x, say, clip.get("x"))
    elif has >= {"x", "y", "series", "text"} or has == {"x", "text"}:
        for text in list(columns["text"])[:MOST]:
            yield f"{text}."
    elif has >= {"x", "y", "series"} and "dotted" not in has:
        yield from _curves(columns, say, clip.get("y"))
    elif "origin" in has:
        yield from (
            f"{text}: {_number(x)}, {_number(y)}."
            for text, x, y in zip(columns["text"], columns["x"], columns["y"], strict=True)
        )
    elif "kind" in has:
        yield from _points(columns, say)


def _groups(names: Sequence[Any] | NDArray[Any]) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Yield each name, in order of first appearance, with the indices of its rows."""
    array = np.asarray(names, object)
    for name in list(dict.fromkeys(array.tolist()))[:MOST]:
        yield name, np.flatnonzero(array == name)


def _rows(rows: Sequence[Any] | NDArray[Any], columns: Any, texts: Any) -> Iterator[str]:
    """Yield a sentence for each row of a table: its name, then the name and the text of each cell."""
    for row, indices in _groups(rows):
        cells = ", ".join(f"{columns[k]} = {texts[k]}" for k in indices[:MOST])
        yield f"{row}: {cells}{' …' if indices.size > MOST else ''}."


def _shares(categories: NDArray[Any], say: Say) -> Iterator[str]:
    for category, indices in _groups(categories):
        yield say("share", name=category, share=format_share(indices.size / categories.size))


def _ranges(names: Any, values: Any, say: Say, ends: tuple[float, float] | None = None) -> Iterator[str]:
    numbers = np.asarray(values, float)
    for name, indices in _groups(names):
        known = numbers[indices][np.isfinite(numbers[indices])]
        if known.size:
            low, high = (_clipped(value, say, ends) for value in (known.min(), known.max()))
            yield say("range", name=name, low=low, high=high)


def _curves(columns: Columns, say: Say, ends: tuple[float, float] | None) -> Iterator[str]:
    """Yield a sentence for each curve: its ends, and its smallest and largest value."""
    x, y = np.asarray(columns["x"], float), np.asarray(columns["y"], float)
    for name, indices in _groups(columns["series"]):
        known = indices[np.isfinite(y[indices])]
        if not known.size:
            yield say("nothing", name=name)
            continue
        first, last = known[0], known[-1]
        values = {"first": y[first], "last": y[last], "low": y[known].min(), "high": y[known].max()}
        texts = {key: _clipped(value, say, ends) for key, value in values.items()}
        yield say("curve", name=name, start=_number(x[first]), end=_number(x[last]), **texts)


def _points(columns: Columns, say: Say) -> Iterator[str]:
    """Yield a sentence for each kind of points: the number of those that are drawn, and where they are."""
    x, y = np.asarray(columns["x"], float), np.asarray(columns["y"], float)
    for kind, indices in _groups(columns["kind"]):
        known = indices[np.isfinite(x[indices]) & np.isfinite(y[indices])]
        if not known.size:
            yield say("nothing", name=kind)
            continue
        ends = {"left": x[known].min(), "right": x[known].max(), "bottom": y[known].min(), "top": y[known].max()}
        yield say("points", name=kind, count=known.size, **{end: _number(value) for end, value in ends.items()})


def _clipped(value: float, say: Say, ends: tuple[float, float] | None) -> str:
    """Return a value as text; one at an end to which values are clipped may stand for others beyond it."""
    if ends and value <= ends[0]:
        return say("at_most", value=_number(value))
    if ends and value >= ends[1]:
        return say("at_least", value=_number(value))
    return _number(value)


def _number(value: float) -> str:
    return format_number(float(value), DIGITS)
