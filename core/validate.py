"""Argument checks that the topics share, at their public doors."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

MESSAGES = {
    "not_a_number": "{argument}: {value!r} is not a number",
    "not_an_integer": "{argument} must be a whole number, got {value!r}",
    "not_finite": "{argument} must be finite, got {value}",
    "not_positive": "{argument} must be greater than 0, got {value}",
    "negative": "{argument} must not be negative, got {value}",
    "out_of_range": "{argument} must lie between {low} and {high}, got {value}",
    "too_few": "{argument} needs at least {low} values, got {value}",
    "too_many": "{argument} takes at most {high} values, got {value}",
    "batch_too_large": "a batch of {value} needs as many examples, there are {high}",
    "all_zero": "{argument} must have at least one value above 0",
    "not_normalised": "{argument} must add up to 1, got {value}",
    "length_mismatch": "{argument} must have as many values as {other}: {value} against {expected}",
    "not_a_vector": "{argument} must be one row of numbers, got an array of shape {value}",
    "constant": "{argument} has one value only",
    "collinear": "{first} and {second} are multiples of each other",
    "empty_table": "the table is empty",
    "not_a_table": "this is not a table of text with equally many cells in every row",
    "too_large": "the table may have at most {high} MB",
    "too_many_rows": "the table may have at most {high} rows, got {value}",
    "too_many_columns": "the table may have at most {high} columns, got {value}",
    "too_few_rows": "the table needs at least {low} rows of numbers, got {value}",
    "too_few_columns": "the table needs at least {low} columns of numbers, got {value}",
    "text_cell": "column {argument}, row {row}: {value!r} is not a number",
    "missing_cell": "column {argument}, row {row}: the number is missing",
    "unknown_choice": "{argument} must be one of {allowed}, got {value!r}",
}


class InvalidArgument(ValueError):
    """An argument that a public function of `core` refuses.

    Attributes
    ----------
    code : str
        The broken rule, a key of ``MESSAGES``. A page shows its own sentence for the code, in its own language.
    details : dict
        What fills the sentence: ``argument``, ``value`` and the limits that the rule names.
    """

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(MESSAGES[code].format(**details))
        self.code = code
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        # Raised in a worker process, it has to arrive whole.
        return partial(InvalidArgument, self.code, **self.details), ()


def check_vector(
    values: ArrayLike, argument: str, *, at_least: int = 1, at_most: int | None = None, finite: bool = True
) -> NDArray[np.float64]:
    """Return ``values`` as a float64 vector, or raise `InvalidArgument` naming ``argument``."""
    try:
        vector = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidArgument("not_a_number", argument=argument, value=values) from None
    if vector.ndim != 1:
        raise InvalidArgument("not_a_vector", argument=argument, value=vector.shape)
    if vector.size < at_least:
        raise InvalidArgument("too_few", argument=argument, low=at_least, value=vector.size)
    if at_most is not None and vector.size > at_most:
        raise InvalidArgument("too_many", argument=argument, high=at_most, value=vector.size)
    if finite and not np.isfinite(vector).all():
        raise InvalidArgument("not_finite", argument=argument, value=float(vector[~np.isfinite(vector)][0]))
    return vector


def check_positive(value: float, argument: str) -> float:
    """Return ``value`` if it is finite and above 0."""
    if not np.isfinite(value):
        raise InvalidArgument("not_finite", argument=argument, value=value)
    if value <= 0:
        raise InvalidArgument("not_positive", argument=argument, value=value)
    return float(value)


def check_between(value: float, argument: str, low: float, high: float) -> float:
    """Return ``value`` if ``low <= value <= high``."""
    if not low <= value <= high:
        raise InvalidArgument("out_of_range", argument=argument, low=low, high=high, value=value)
    return value


def check_choice(value: str, argument: str, allowed: Collection[str]) -> str:
    """Return ``value`` if it is one of ``allowed``."""
    if value not in allowed:
        raise InvalidArgument("unknown_choice", argument=argument, allowed=", ".join(allowed), value=value)
    return value


def check_integer(value: int, argument: str, *, low: int, high: int | None = None) -> int:
    """Return ``value`` if it is a whole number with ``low <= value <= high``: NumPy's integers too, no boolean."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise InvalidArgument("not_an_integer", argument=argument, value=value)
    check_between(int(value), argument, low, np.inf if high is None else high)
    return int(value)
