"""Distributions over a few classes: presets, normalised weights, typed text, and checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.validate import InvalidArgument, check_vector

Array = NDArray[np.float64]

MIN_CLASSES, MAX_CLASSES = 2, 8
# What rounding the shares to float64 and adding them may leave.
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
    """Return weights divided by their sum: a distribution over 2 to 8 classes.

    Parameters
    ----------
    weights : array_like of shape (K,)
        Finite, none below 0, at least one above 0.
    argument : str
        The name that an error message calls them by.

    Raises
    ------
    InvalidArgument
        ``not_a_number``, ``not_a_vector``, ``too_few``, ``too_many``, ``not_finite``, ``negative`` or ``all_zero``.
    """
    w = check_vector(weights, argument, at_least=MIN_CLASSES, at_most=MAX_CLASSES)
    _check_sign(w, argument)
    largest = w.max()
    if largest == 0:
        raise InvalidArgument("all_zero", argument=argument)
    w = w / largest  # first, so that the sum of very large weights does not overflow
    return np.asarray(w / w.sum())


def parse_distribution(text: str, argument: str = "P") -> Array:
    """Return the distribution that a reader typed.

    Numbers stand between commas, semicolons or white space. Brackets around them and the typographic minus sign are
    read as meant. A comma always separates: ``0,5`` is two numbers. The numbers are divided by their sum.

    Raises
    ------
    InvalidArgument
        ``not_a_number`` for a word that is no number, and all that `normalise` refuses.
    """
    words = re.sub(r"[\[\](){}]", " ", text).replace("\N{MINUS SIGN}", "-")
    weights = []
    for word in re.split(r"[\s,;]+", words.strip(" \t\r\n,;")):
        if not word:  # an empty text splits into one empty word
            continue
        try:
            weights.append(float(word))
        except ValueError:
            raise InvalidArgument("not_a_number", argument=argument, value=word) from None
    return normalise(weights, argument)


def check_distribution(values: ArrayLike, argument: str) -> Array:
    """Return ``values`` as a vector of probabilities, or raise `InvalidArgument`.

    Raises
    ------
    InvalidArgument
        ``negative``, ``not_normalised`` if the sum is not 1, and what a vector may break (see `check_vector`).
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
        ``length_mismatch`` if they differ in length, and all that `check_distribution` refuses.
    """
    first, second = check_distribution(p, "P"), check_distribution(q, "Q")
    if first.size != second.size:
        raise InvalidArgument("length_mismatch", argument="Q", other="P", value=second.size, expected=first.size)
    return first, second


def _check_sign(values: Array, argument: str) -> None:
    if (values < 0).any():
        raise InvalidArgument("negative", argument=argument, value=float(values[values < 0][0]))
