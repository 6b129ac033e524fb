"""Random sequences of two tasks: find one decisive token, or count all votes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.cls_vs_average_pooling.pooling import Array
from core.validate import check_choice, check_integer

TASKS = ("needle", "majority")
MAX_LENGTH = 512

# Key and value of the needle, where all others are N(0, 1), and standard deviation of the noise on a vote.
NEEDLE_KEY, NEEDLE_VALUE, VOTE_NOISE = 4.0, 2.0, 0.3


@dataclass(frozen=True, slots=True)
class Sequences:
    """Random sequences of one task.

    Attributes
    ----------
    task : {"needle", "majority"}
    keys, values : ndarray, shape (count, n)
    labels : ndarray of int, shape (count,)
        1 or −1; 0 if the votes are tied, in which case no answer is right.
    needle : ndarray of int, shape (count,)
        Index of the decisive token; 0 without meaning in the majority task.
    """

    task: str
    keys: Array
    values: Array
    labels: NDArray[np.int64]
    needle: NDArray[np.int64]


def draw_sequences(task: str, length: int, *, count: int = 1000, seed: int = 0) -> Sequences:
    """Draw sequences of scalar keys and values.

    ``needle``: one token has the key 4 and the value ±2, whose sign is the label. All other keys and values are N(0,
    1). ``majority``: every value is a vote ±1 plus noise of standard deviation 0.3, and the label is the majority. The
    keys are N(0, 1) and uninformative.

    Parameters
    ----------
    task : {"needle", "majority"}
    length : int
        1 … 512.
    count : int
        Number of sequences, 1 … 20 000.
    seed : int

    Returns
    -------
    Sequences

    Raises
    ------
    InvalidArgument
        Unknown ``task``; ``length`` outside 1 … 512; ``count`` below 1 or above 20000; ``seed`` negative.

    Examples
    --------
    >>> sequences = draw_sequences("needle", 9, count=3)
    >>> rows = np.arange(3)
    >>> sequences.keys[rows, sequences.needle].tolist()
    [4.0, 4.0, 4.0]
    >>> bool((np.sign(sequences.values[rows, sequences.needle]) == sequences.labels).all())
    True
    """
    check_sequences(task, length, count, seed)
    rng = np.random.default_rng(seed)
    keys = rng.standard_normal((count, length))
    needle = np.zeros(count, dtype=np.int64)
    if task == "needle":
        labels = rng.choice((-1, 1), count)
        needle = rng.integers(length, size=count)
        values = rng.standard_normal((count, length))
        rows = np.arange(count)
        keys[rows, needle], values[rows, needle] = NEEDLE_KEY, NEEDLE_VALUE * labels
    else:
        votes = rng.choice((-1.0, 1.0), (count, length))
        labels = np.sign(votes.sum(axis=1)).astype(np.int64)
        values = votes + VOTE_NOISE * rng.standard_normal((count, length))
    return Sequences(task, keys, values, labels, needle)


def check_sequences(task: str, length: int, count: int, seed: int) -> None:
    """Raise `InvalidArgument` for arguments that `draw_sequences` does not accept."""
    check_choice(task, "task", TASKS)
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    check_integer(count, "count", low=1, high=20_000)
    check_integer(seed, "seed", low=0)
