"""Validation of the arguments of public functions, shared by all topics."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

MESSAGES = {
    "not_a_number": "{argument}: {value!r} is not a number",
    "unreadable_number": "{argument}, number {position}: {value!r} is not a number",
    "ambiguous_number": "{argument}: {value!r} may be one number or several",
    "unrepresentable_number": "{argument}, number {position}: {value!r} is beyond the range of float64",
    "text_too_long": "{argument}: the text has more than {high} characters",
    "several_rows": "{argument}: {value} rows of numbers, one is needed",
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
    "uneven_rows": "row {row} of the table has {value} cells, the others have {expected}",
    "too_large": "the table may have at most {high} MB",
    "too_many_rows": "the table may have at most {high} rows, got {value}",
    "too_many_columns": "the table may have at most {high} columns, got {value}",
    "too_few_rows": "the table needs at least {low} rows of numbers, got {value}",
    "too_few_columns": "the table needs at least {low} columns of numbers, got {value}",
    "text_cell": "column {argument}, row {row}: {value!r} is not a number",
    "missing_cell": "column {argument}, row {row}: the number is missing",
    "not_two_classes": "the labels must have two different values, got {value}",
    "odd": "every score needs a label: {value} numbers are not pairs",
    "not_a_label": "row {row}: the label must be 0 or 1, got {value}",
    "unknown_choice": "{argument} must be one of {allowed}, got {value!r}",
}


class InvalidArgument(ValueError):
    """Raised for an invalid argument of a public function in `core`.

    Attributes
    ----------
    code : str
        The violated rule, a key of ``MESSAGES``. Pages show their own translated sentence for the code.
    details : dict
        Values for the placeholders of the sentence: ``argument``, ``value`` and the limits of the rule.

    Examples
    --------
    >>> error = InvalidArgument("negative", argument="seed", value=-1)
    >>> (str(error), error.code)
    ('seed must not be negative, got -1', 'negative')
    """

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(MESSAGES[code].format(**details))
        self.code = code
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        # Preserves code and details when a worker process sends the exception.
        return partial(InvalidArgument, self.code, **self.details), ()


def check_vector(
    values: ArrayLike, argument: str, *, at_least: int = 1, at_most: int | None = None, finite: bool = True
) -> NDArray[np.float64]:
    """Return ``values`` as a float64 vector.

    Raises
    ------
    InvalidArgument
        ``not_a_number``, ``not_a_vector``, ``too_few``, ``too_many`` or ``not_finite``.

    Examples
    --------
    >>> check_vector([1, 2], "weights").tolist()
    [1.0, 2.0]
    """
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
    """Return ``value`` as a float if it is finite and above 0.

    Raises
    ------
    InvalidArgument
        ``not_finite`` or ``not_positive``.

    Examples
    --------
    >>> check_positive(2, "temperature")
    2.0
    """
    if not np.isfinite(value):
        raise InvalidArgument("not_finite", argument=argument, value=value)
    if value <= 0:
        raise InvalidArgument("not_positive", argument=argument, value=value)
    return float(value)


def check_between(value: float, argument: str, low: float, high: float) -> float:
    """Return ``value`` if ``low <= value <= high``.

    Raises
    ------
    InvalidArgument
        ``out_of_range``; also for nan.

    Examples
    --------
    >>> check_between(0.5, "epsilon", 0.0, 1.0)
    0.5
    """
    if not low <= value <= high:
        raise InvalidArgument("out_of_range", argument=argument, low=low, high=high, value=value)
    return value


def check_choice(value: str, argument: str, allowed: Collection[str]) -> str:
    """Return ``value`` if it is one of ``allowed``.

    Raises
    ------
    InvalidArgument
        ``unknown_choice``.

    Examples
    --------
    >>> check_choice("bits", "unit", ("nats", "bits"))
    'bits'
    """
    if value not in allowed:
        raise InvalidArgument("unknown_choice", argument=argument, allowed=", ".join(allowed), value=value)
    return value


def check_integer(value: int, argument: str, *, low: int, high: int | None = None) -> int:
    """Return ``value`` as an int if ``low <= value <= high``. NumPy integers are accepted; booleans are not.

    Raises
    ------
    InvalidArgument
        ``not_an_integer`` or ``out_of_range``.

    Examples
    --------
    >>> check_integer(3, "classes", low=2)
    3
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise InvalidArgument("not_an_integer", argument=argument, value=value)
    check_between(int(value), argument, low, np.inf if high is None else high)
    return int(value)
