"""Pooling by attention: from the average to a single token."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.validate import InvalidArgument

Array = NDArray[np.float64]


def attention_weights(keys: ArrayLike, *, sharpness: float) -> Array:
    """Return softmax(β k) over the last axis.

    At β = 0 the weights are uniform (average pooling); for large β a single token has all the weight.

    Parameters
    ----------
    keys : array_like, shape (..., n)
    sharpness : float
        β.

    Returns
    -------
    ndarray, shape (..., n)

    Examples
    --------
    >>> attention_weights([1.0, 3.0], sharpness=0.0).tolist()
    [0.5, 0.5]
    >>> [round(float(weight), 4) for weight in attention_weights([1.0, 3.0], sharpness=10.0)]
    [0.0, 1.0]
    """
    scores = sharpness * np.asarray(keys, dtype=np.float64)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total: Array = weights / weights.sum(axis=-1, keepdims=True)
    return total


def pool(values: ArrayLike, weights: ArrayLike, *, mask: ArrayLike | None = None) -> Array:
    """Return the weighted mean of the token vectors, with weights normalised over the unmasked tokens.

    Parameters
    ----------
    values : array_like, shape (..., n, d)
    weights : array_like, shape (..., n)
        Non-negative.
    mask : array_like of bool, shape (..., n), optional
        False at padding.

    Returns
    -------
    ndarray, shape (..., d)

    Raises
    ------
    InvalidArgument
        ``all_zero`` if all weights of a sequence are zero or masked.

    Examples
    --------
    >>> pool([[1.0], [3.0]], [1.0, 1.0]).tolist()
    [2.0]
    >>> pool([[1.0], [3.0]], [1.0, 1.0], mask=[True, False]).tolist()
    [1.0]
    """
    masked_weights = np.asarray(weights, dtype=np.float64)
    if mask is not None:
        masked_weights = masked_weights * np.asarray(mask, dtype=bool)
    total = masked_weights.sum(axis=-1, keepdims=True)
    if (total <= 0).any():
        raise InvalidArgument("all_zero", argument="weights")
    pooled: Array = np.einsum("...n,...nd->...d", masked_weights / total, np.asarray(values, dtype=np.float64))
    return pooled
