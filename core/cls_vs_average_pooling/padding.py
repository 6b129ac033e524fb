"""The effect of padding on an average over tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.cls_vs_average_pooling.pooling import Array, attention_weights, pool
from core.cls_vs_average_pooling.sequences import MAX_LENGTH
from core.validate import check_integer, check_vector


@dataclass(frozen=True, slots=True)
class PaddingDrift:
    """Change of a sentence's average with the length that it is padded to.

    Attributes
    ----------
    padded_lengths : ndarray of int, shape (m,)
        Lengths to which the sentence is padded: those of the longest sequence in its batch.
    with_padding, masked : ndarray, shape (m,)
        ‖pooled − unpadded‖ / ‖unpadded‖ of the sentence's vector, averaging over the padding too, and without it.
    cosine : ndarray, shape (m,)
        Cosine similarity of the vector averaged with padding and the unpadded one.
    index_zero_right, index_zero_left : ndarray of bool, shape (m,)
        Whether index 0 is the sentence's first token, with padding on the right and on the left.
    """

    padded_lengths: NDArray[np.int64]
    with_padding: Array
    masked: Array
    cosine: Array
    index_zero_right: NDArray[np.bool_]
    index_zero_left: NDArray[np.bool_]


def log_spaced_lengths(length: int, longest: int, *, count: int = 40) -> NDArray[np.int64]:
    """Return up to ``count`` lengths from ``length`` to ``longest``, evenly spaced on a log scale and rounded down.

    Raises
    ------
    InvalidArgument
        ``length`` outside 1 … 512, ``longest`` outside ``length`` … 512, or ``count`` below 2.

    Examples
    --------
    >>> log_spaced_lengths(2, 16, count=4).tolist()
    [2, 4, 7, 16]
    """
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    check_integer(longest, "longest", low=length, high=MAX_LENGTH)
    check_integer(count, "count", low=2)
    return np.unique(np.geomspace(length, longest, count).astype(np.int64))


def padding_drift(length: int, padded_lengths: ArrayLike, *, width: int = 16, seed: int = 0) -> PaddingDrift:
    """Pad a random sentence to several lengths with the same padding vector, and average.

    Parameters
    ----------
    length : int
        Number of tokens of the sentence, 1 … 512.
    padded_lengths : array_like of int, shape (m,)
        ``length`` … 512.
    width : int
        Dimension of the token vectors, at least 1.
    seed : int

    Returns
    -------
    PaddingDrift

    Raises
    ------
    InvalidArgument
        ``length`` outside 1 … 512; ``padded_lengths`` empty, not integers, or outside ``length`` … 512; ``width`` below
        1; ``seed`` negative.

    References
    ----------
    Hugging Face Transformers issues 17463 (padding changes outputs) and 22137 (left padding).

    Examples
    --------
    >>> drift = padding_drift(8, [8, 16])
    >>> float(drift.with_padding[0]), bool(drift.with_padding[1] > 0), drift.index_zero_left.tolist()
    (0.0, True, [True, False])
    """
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    check_integer(width, "width", low=1)
    check_integer(seed, "seed", low=0)
    check_vector(padded_lengths, "padded_lengths")
    sizes = np.array(
        [
            check_integer(size, "padded_lengths", low=length, high=MAX_LENGTH)
            for size in np.asarray(padded_lengths).tolist()
        ]
    )
    rng = np.random.default_rng(seed)
    tokens, padding = rng.standard_normal((length, width)) + rng.standard_normal(width), rng.standard_normal(width)
    unpadded = tokens.mean(axis=0)
    drifts, masked, cosines = [], [], []
    for size in sizes:
        batch = np.concatenate([tokens, np.tile(padding, (int(size) - length, 1))])
        mask = np.arange(size) < length
        with_padding, without_padding = pool(batch, np.ones(size)), pool(batch, np.ones(size), mask=mask)
        scale = float(np.linalg.norm(unpadded))
        drifts.append(float(np.linalg.norm(with_padding - unpadded)) / scale)
        masked.append(float(np.linalg.norm(without_padding - unpadded)) / scale)
        cosines.append(float(with_padding @ unpadded / (np.linalg.norm(with_padding) * scale)))
    return PaddingDrift(
        padded_lengths=sizes,
        with_padding=np.array(drifts),
        masked=np.array(masked),
        cosine=np.array(cosines),
        index_zero_right=np.ones(sizes.size, dtype=bool),
        index_zero_left=sizes == length,
    )


def attention_drift(length: int, padded_length: int, *, mask_keys: bool, width: int = 16, seed: int = 0) -> float:
    """Return how far a sentence's average after one attention layer drifts when the sentence is padded.

    The average is over the sentence's own tokens alone. The layer has one head with random weights.

    Parameters
    ----------
    length, padded_length : int
        Number of tokens of the sentence, and with padding.
    mask_keys : bool
        Give padding the attention weight 0.
    width : int
        Dimension of the token vectors, at least 1.
    seed : int

    Returns
    -------
    float
        ‖padded − unpadded‖ / ‖unpadded‖.

    Raises
    ------
    InvalidArgument
        ``length`` outside 1 … 512; ``padded_length`` outside ``length`` … 512; ``width`` below 1; ``seed`` negative.

    Examples
    --------
    >>> attention_drift(8, 64, mask_keys=True), attention_drift(8, 64, mask_keys=False) > 0.1
    (0.0, True)
    """
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    check_integer(padded_length, "padded_length", low=length, high=MAX_LENGTH)
    check_integer(width, "width", low=1)
    check_integer(seed, "seed", low=0)
    rng = np.random.default_rng(seed)
    tokens, padding = rng.standard_normal((length, width)), rng.standard_normal(width)
    query, key, value = rng.standard_normal((3, width, width)) / np.sqrt(width)

    def average(sequence: Array, visible: NDArray[np.bool_]) -> Array:
        scores = (tokens @ query) @ (sequence @ key).T / np.sqrt(width)
        scores = np.where(visible, scores, -np.inf)
        mean: Array = (attention_weights(scores, sharpness=1.0) @ sequence @ value).mean(axis=0)
        return mean

    batch = np.concatenate([tokens, np.tile(padding, (padded_length - length, 1))])
    unpadded = average(tokens, np.ones(length, dtype=bool))
    visible = np.arange(padded_length) < length if mask_keys else np.ones(padded_length, dtype=bool)
    drift = float(np.linalg.norm(average(batch, visible) - unpadded) / np.linalg.norm(unpadded))
    return 0.0 if drift < 1e-12 else drift
