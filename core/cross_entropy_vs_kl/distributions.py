"""Distributions over a few classes: presets, normalisation, parsing and validation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.numbers import parse_numbers
from core.validate import InvalidArgument, check_vector

Array = NDArray[np.float64]

MIN_CLASSES, MAX_CLASSES = 2, 8
# Allowed deviation of a sum of probabilities from 1, for rounding errors.
SUM_TOLERANCE = 1e-9

PRESETS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = MappingProxyType(
    {
        "one_hot": ((1.0, 0.0, 0.0), (0.7, 0.2, 0.1)),
        "uniform": ((0.25, 0.25, 0.25, 0.25), (0.4, 0.3, 0.2, 0.1)),
        "label_smoothed": ((0.925, 0.025, 0.025, 0.025), (0.7, 0.1, 0.1, 0.1)),
        "coin": ((0.9, 0.1), (0.5, 0.5)),
        "five_class": ((0.0, 0.0, 1.0, 0.0, 0.0), (0.1, 0.3, 0.4, 0.1, 0.1)),
        "disjoint": ((0.5, 0.5, 0.0, 0.0), (0.0, 0.0, 0.5, 0.5)),
    }
)


def normalise(weights: ArrayLike, argument: str) -> Array:
    """Return weights divided by their sum, a distribution over 2 to 8 classes.

    Parameters
    ----------
    weights : array_like of shape (K,)
        Finite, none below 0, at least one above 0.
    argument : str
        The name of the weights in error messages.

    Raises
    ------
    InvalidArgument
        ``not_a_number``, ``not_a_vector``, ``too_few``, ``too_many``, ``not_finite``, ``negative`` or ``all_zero``.

    Examples
    --------
    >>> normalise([1, 1, 2], "P").tolist()
    [0.25, 0.25, 0.5]
    """
    w = check_vector(weights, argument, at_least=MIN_CLASSES, at_most=MAX_CLASSES)
    _check_sign(w, argument)
    largest = w.max()
    if largest == 0:
        raise InvalidArgument("all_zero", argument=argument)
    w = w / largest  # prevents the sum of very large weights from overflowing
    return np.asarray(w / w.sum())


def parse_distribution(text: str, argument: str = "P") -> Array:
    """Parse typed or pasted weights and normalise them. See `parse_numbers`.

    Raises
    ------
    InvalidArgument
        The errors of `parse_numbers` and of `normalise`.

    Examples
    --------
    >>> parse_distribution("[3; 1]").tolist()
    [0.75, 0.25]
    >>> parse_distribution("0,5; 1,5").tolist()
    [0.25, 0.75]
    """
    return normalise(parse_numbers(text, argument), argument)


def check_distribution(values: ArrayLike, argument: str) -> Array:
    """Return ``values`` as a vector of probabilities.

    Raises
    ------
    InvalidArgument
        ``negative``, ``not_normalised`` if the sum is not 1, and the errors of `check_vector`.

    Examples
    --------
    >>> check_distribution([0.5, 0.5], "P").tolist()
    [0.5, 0.5]
    """
    p = check_vector(values, argument)
    _check_sign(p, argument)
    total = float(p.sum())
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise InvalidArgument("not_normalised", argument=argument, value=total)
    return p


def check_pair(p: ArrayLike, q: ArrayLike) -> tuple[Array, Array]:
    """Return two distributions over the same classes.

    Raises
    ------
    InvalidArgument
        ``length_mismatch`` if they differ in length, and the errors of `check_distribution`.

    Examples
    --------
    >>> p, q = check_pair([0.9, 0.1], [0.5, 0.5])
    >>> (p.tolist(), q.tolist())
    ([0.9, 0.1], [0.5, 0.5])
    """
    first, second = check_distribution(p, "P"), check_distribution(q, "Q")
    if first.size != second.size:
        raise InvalidArgument("length_mismatch", argument="Q", other="P", value=second.size, expected=first.size)
    return first, second


def pair_of(p: ArrayLike, q: ArrayLike, *, normalised: bool) -> tuple[Array, Array]:
    """Return two columns of a table as distributions over 2 to 8 classes, divided by their sums if ``normalised``.

    Raises
    ------
    InvalidArgument
        The errors of `normalise`, or of `check_pair`.

    Examples
    --------
    >>> pair_of([3, 1], [1, 1], normalised=True)[0].tolist()
    [0.75, 0.25]
    """
    if normalised:
        return check_pair(normalise(p, "P"), normalise(q, "Q"))
    for values, name in ((p, "P"), (q, "Q")):
        check_vector(values, name, at_least=MIN_CLASSES, at_most=MAX_CLASSES)
    return check_pair(p, q)


def _check_sign(values: Array, argument: str) -> None:
    if (values < 0).any():
        raise InvalidArgument("negative", argument=argument, value=float(values[values < 0][0]))
