"""Logits: generated, parsed from text, validated and rounded to a type."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.numbers import parse_numbers
from core.softmax_stability.arithmetic import DTYPES, round_to
from core.validate import InvalidArgument, check_between, check_choice, check_integer, check_positive, check_vector

MAX_CLASSES = 1000
MAX_POINTS = 1000
# Largest offsets × spreads × classes of one verdict map, which bounds its computing time.
MAX_MAP_LOGITS = 500_000
# Limit on logits before and after the division by the temperature: their differences stay finite in float64.
MAX_LOGIT = 1e30
# The classes that can be the true one, see `extreme_class`.
EXTREMES = ("highest", "lowest")


def make_logits(n_classes: int, *, offset: float = 0.0, spread: float = 2.0) -> NDArray[np.float64]:
    """Return evenly spaced logits z_k = offset + spread · k / (n_classes − 1), shape (n_classes,).

    Raises
    ------
    InvalidArgument
        ``n_classes`` outside 2 … 1000, ``offset`` beyond ±1e30, ``spread`` outside 0 … 1e30.

    Examples
    --------
    >>> make_logits(3, offset=1000).tolist()
    [1000.0, 1001.0, 1002.0]
    """
    check_n_classes(n_classes)
    check_between(offset, "offset", -MAX_LOGIT, MAX_LOGIT)
    check_between(spread, "spread", 0.0, MAX_LOGIT)
    return offset + spread * np.linspace(0.0, 1.0, n_classes)


def add_offset(logits: ArrayLike, offset: float) -> NDArray[np.float64]:
    """Return logits + offset, shape (n_classes,).

    Raises
    ------
    InvalidArgument
        Logits inf or nan, beyond ±1e30, fewer than 2 or more than 1000; ``offset`` beyond ±1e30.

    Examples
    --------
    >>> add_offset([0, 2], 1000).tolist()
    [1000.0, 1002.0]
    """
    return check_between(offset, "offset", -MAX_LOGIT, MAX_LOGIT) + check_logits(logits)


def extreme_class(logits: ArrayLike, which: str) -> int:
    """Return the index of the ``highest`` or the ``lowest`` logit; the first one of several.

    Raises
    ------
    InvalidArgument
        Logits inf or nan, beyond ±1e30, fewer than 2 or more than 1000; an unknown ``which``.

    Examples
    --------
    >>> extreme_class([5, 7, 6], "highest"), extreme_class([5, 7, 6], "lowest")
    (1, 0)
    """
    check_choice(which, "which", EXTREMES)
    values = check_logits(logits)
    return int(values.argmax() if which == "highest" else values.argmin())


def parse_logits(text: str, *, largest: float = MAX_LOGIT) -> NDArray[np.float64]:
    """Parse typed or pasted logits, such as ``[1000, 1001, 1002]``; ``-inf`` masks a class. See `parse_numbers`.

    Raises
    ------
    InvalidArgument
        The errors of `parse_numbers`; ``not_finite`` (inf or nan), ``too_few`` (under 2), ``too_many`` (over 1000),
        ``out_of_range`` (beyond ±``largest``).

    Examples
    --------
    >>> parse_logits("[1000; 1e3, −2]").tolist()
    [1000.0, 1000.0, -2.0]
    >>> parse_logits("tensor([0., -inf])").tolist()
    [0.0, -inf]
    """
    return check_logits(parse_numbers(text, "logits"), largest=largest)


def check_n_classes(n_classes: int) -> None:
    """Raise `InvalidArgument` unless ``n_classes`` is an integer from 2 to `MAX_CLASSES`."""
    check_integer(n_classes, "n_classes", low=2, high=MAX_CLASSES)


def check_sizes(
    values: ArrayLike, argument: str, *, low: float = -MAX_LOGIT, at_least: int = 1, at_most: int = MAX_POINTS
) -> NDArray[np.float64]:
    """Return finite values between ``low`` and `MAX_LOGIT` as a vector."""
    vector = check_vector(values, argument, at_least=at_least, at_most=at_most)
    for extreme in (vector.min(), vector.max()):
        check_between(float(extreme), argument, low, MAX_LOGIT)
    return vector


def check_logits(logits: ArrayLike, *, largest: float = MAX_LOGIT) -> NDArray[np.float64]:
    """Return 2 to `MAX_CLASSES` logits as a vector: finite up to ±``largest``, or −inf for a masked class."""
    vector = check_vector(logits, "logits", at_least=2, at_most=MAX_CLASSES, finite=False)
    unusable = np.isnan(vector) | (vector == np.inf)
    if unusable.any():
        raise InvalidArgument("not_finite", argument="logits", value=float(vector[unusable][0]))
    finite = vector[np.isfinite(vector)]
    for value in (finite.min(initial=0.0), finite.max(initial=0.0)):
        check_between(float(value), "logits", -largest, largest)
    return vector


def prepare(
    logits: ArrayLike, dtype: str, true_class: int, temperature: float
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Validate one row of logits and return logits / temperature, in float64 and rounded to ``dtype``.

    Raises
    ------
    InvalidArgument
        As `scale`; fewer than 2 or more than 1000 logits, nan, +∞ or beyond ±1e30.
    """
    return scale(check_logits(logits), dtype, true_class, temperature)


def scale(
    logits: NDArray[np.float64], dtype: str, true_class: int, temperature: float
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return logits / temperature for any number of validated rows, in float64 and rounded to ``dtype``.

    Raises
    ------
    InvalidArgument
        Unknown ``dtype``; ``true_class`` not a class; ``temperature`` not positive, or so small that a scaled logit is
        beyond ±1e30.
    """
    check_choice(dtype, "dtype", DTYPES)
    check_integer(true_class, "true_class", low=0, high=logits.shape[-1] - 1)
    check_positive(temperature, "temperature")
    with np.errstate(over="ignore"):
        scaled = logits / temperature
    # A masked class (−inf) stays masked.
    largest = float(np.abs(scaled, where=np.isfinite(logits), out=np.zeros_like(scaled)).max())
    check_between(largest, "logits / temperature", -MAX_LOGIT, MAX_LOGIT)
    return scaled, round_to(scaled, dtype)
