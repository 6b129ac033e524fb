"""What bagging and boosting share: names, limits, argument checks, and the error rate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.bagging_vs_boosting.stumps import Array
from core.validate import InvalidArgument, check_integer, check_vector

METHODS = ("bagging", "adaboost", "gradient")
MAX_TREES, MAX_DEPTH = 200, 20
MAX_TOTAL_TREES = 20_000


def check_training_set(points: ArrayLike, labels: ArrayLike) -> tuple[Array, Array]:
    """Return points (n, d) and labels (n,) as float64, or raise `InvalidArgument`."""
    y = check_vector(labels, "labels")
    x = np.asarray(points, dtype=np.float64)
    if x.ndim != 2:
        raise InvalidArgument("not_a_vector", argument="points", value=x.shape)
    if len(x) != y.size:
        raise InvalidArgument("length_mismatch", argument="points", other="labels", value=len(x), expected=y.size)
    if not np.isfinite(x).all():
        raise InvalidArgument("not_finite", argument="points", value=float(x[~np.isfinite(x)][0]))
    if not np.isin(y, (-1, 1)).all():
        invalid = float(y[~np.isin(y, (-1, 1))][0])
        raise InvalidArgument("unknown_choice", argument="labels", allowed="-1, 1", value=invalid)
    return x, y


def check_tree_settings(n_trees: int, depth: int | None, features: int | None, d: int) -> None:
    """Raise `InvalidArgument` for settings of trees that no method accepts."""
    check_integer(n_trees, "n_trees", low=1, high=MAX_TREES)
    if depth is not None:
        check_integer(depth, "depth", low=1, high=MAX_DEPTH)
    if features is not None:
        check_integer(features, "features", low=1, high=d)


def check_stages(stages: Sequence[int], n_sets: int) -> NDArray[np.int64]:
    """Return the sorted, unique numbers of trees as an array, or raise `InvalidArgument`."""
    if not len(stages):
        raise InvalidArgument("too_few", argument="stages", low=1, value=0)
    at = np.array([check_integer(stage, "stages", low=1, high=MAX_TREES) for stage in sorted(set(stages))])
    if at[-1] * n_sets > MAX_TOTAL_TREES:
        raise InvalidArgument("too_many", argument="n_sets × stages", high=MAX_TOTAL_TREES, value=int(at[-1] * n_sets))
    return at


def cumulative_sum(terms: NDArray[Any]) -> Array:
    """Return the sums of the first 1, 2, … rows of an array of shape (T, m).

    It adds whole rows: `numpy.cumsum` adds down each column, which takes several times as long.

    Examples
    --------
    >>> cumulative_sum(np.array([[1, -1], [1, 1], [1, 1]])).tolist()
    [[1.0, -1.0], [2.0, 0.0], [3.0, 1.0]]
    """
    sums = terms.astype(np.float64)
    for previous, row in pairwise(sums):
        row += previous
    return sums


def error_rate(decision: Array, labels: Array) -> Array:
    """Return the share of wrong signs along the last axis.

    A tied vote counts as half an error; nan, which means no vote, is left out.

    Parameters
    ----------
    decision : ndarray, shape (…, m)
    labels : ndarray, shape (m,)
        −1 or +1.

    Returns
    -------
    ndarray, shape (…,)

    Examples
    --------
    >>> float(error_rate(np.array([0.5, -0.2, 0.0, np.nan]), np.array([1, 1, -1, 1])))
    0.5
    """
    agreement = decision * labels
    wrong = (agreement < 0).sum(axis=-1) + (agreement == 0).sum(axis=-1) / 2
    number = np.isfinite(decision).sum(axis=-1)
    rate: Array = np.divide(wrong, number, out=np.full(number.shape, np.nan), where=number > 0)
    return rate
