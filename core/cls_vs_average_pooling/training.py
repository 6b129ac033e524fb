"""Encoders that differ only in their pooling, trained on random sequences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.cls_vs_average_pooling.encoder import (
    POOLINGS,
    WITH_ATTENTION,
    encode,
    init_parameters,
    pooled_logits,
)
from core.cls_vs_average_pooling.pooling import Array
from core.cls_vs_average_pooling.sequences import MAX_LENGTH, TASKS, draw_sequences
from core.lazy_imports import load_torch
from core.progress import Report, no_report
from core.torch_optimisers import Adam
from core.validate import check_choice, check_integer

BATCH, LEARNING_RATE = 64, 3e-3
TEST_COUNT, EVALUATION_INTERVAL = 512, 25
# Longer batches are computed in parts: the attention of 64 sequences of 257 tokens takes 200 MB, that of 512 more.
TOKENS_AT_ONCE = 64 * 65
LENGTHS = (5, 9, 17, 33, 65, 129, 257)


@dataclass(frozen=True, slots=True)
class TrainedPoolings:
    """Encoders that differ only in their pooling, trained on the same batches.

    Attributes
    ----------
    poolings : tuple of str
    steps : ndarray of int, shape (e,)
        Steps at which the accuracy was measured.
    accuracy : ndarray, shape (poolings, seeds, e)
        On new sequences of the training length.
    lengths : ndarray of int, shape (m,)
    by_length : ndarray, shape (poolings, seeds, m)
        After training, on sequences of these lengths.
    swapped : ndarray, shape (3, seeds, 3)
        Trained with one of cls, mean, max (rows; nan if not trained), tested with another (columns).
    attention_entropy : ndarray, shape (2, seeds)
        Entropy of the attention of [CLS] before and after training with ``cls``, divided by its maximum ln n; nan if
        not trained.
    one_class : ndarray, shape (seeds,)
        Largest share of inputs for which [CLS] gives the same class before training.
    gradient_share : ndarray, shape (poolings, 2, seeds)
        Share of the tokens' gradient norm that the needle receives, before and after training; nan in the majority
        task.
    """

    poolings: tuple[str, ...]
    steps: NDArray[np.int64]
    accuracy: Array
    lengths: NDArray[np.int64]
    by_length: Array
    swapped: Array
    attention_entropy: Array
    one_class: Array
    gradient_share: Array


def train_poolings(
    task: str,
    length: int,
    *,
    poolings: Sequence[str] = ("cls", "mean"),
    steps: int = 300,
    seeds: int = 3,
    seed: int = 0,
    report: Report = no_report,
) -> TrainedPoolings:
    """Train one encoder for each pooling and seed by Adam on new sequences, with batches of 64 and d = 16.

    Parameters
    ----------
    task : {"needle", "majority"}
    length : int
        Length of the training sequences, 1 … 512.
    poolings : sequence of str
        From `POOLINGS`.
    steps : int
        1 … 2000.
    seeds : int
        1 … 10.
    seed : int
        The first seed.
    report : callable
        Called with the fraction done.

    Returns
    -------
    TrainedPoolings

    Raises
    ------
    InvalidArgument
        Unknown ``task`` or pooling; ``length`` outside 1 … 512; ``steps`` outside 1 … 2000; ``seeds`` outside 1 … 10;
        ``seed`` negative.

    Examples
    --------
    >>> train_poolings("needle", 9, steps=0)
    Traceback (most recent call last):
        ...
    core.validate.InvalidArgument: steps must lie between 1 and 2000, got 0
    """
    check_choice(task, "task", TASKS)
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    check_integer(steps, "steps", low=1, high=2000)
    check_integer(seeds, "seeds", low=1, high=10)
    check_integer(seed, "seed", low=0)
    for pooling in poolings:
        check_choice(pooling, "pooling", POOLINGS)
    measured = np.array(sorted({0, steps, *range(0, steps, EVALUATION_INTERVAL)}))
    lengths = np.array(LENGTHS)
    shape = (len(poolings), seeds)
    accuracy = np.zeros((*shape, measured.size))
    by_length = np.zeros((*shape, lengths.size))
    swapped = np.full((3, seeds, 3), np.nan)
    entropy, one_class = np.full((2, seeds), np.nan), np.full(seeds, np.nan)
    share = np.full((len(poolings), 2, seeds), np.nan)
    total, done = len(poolings) * seeds * steps, 0
    for row, pooling in enumerate(poolings):
        for column in range(seeds):
            run = _EncoderTraining(task, length, pooling, seed + column)
            share[row, 0, column] = run.gradient_share()
            if pooling == "cls":
                entropy[0, column], one_class[column] = run.cls_entropy(), run.one_class("cls")
            for step in range(steps + 1):
                if step in measured:
                    accuracy[row, column, np.searchsorted(measured, step)] = run.accuracy(length)
                if step < steps:
                    run.step(step)
                    done += 1
                    report(done / total)
            by_length[row, column] = [run.accuracy(int(other)) for other in lengths]
            share[row, 1, column] = run.gradient_share()
            if pooling in WITH_ATTENTION:
                swapped[WITH_ATTENTION.index(pooling), column] = [
                    run.accuracy(length, other) for other in WITH_ATTENTION
                ]
            if pooling == "cls":
                entropy[1, column] = run.cls_entropy()
    return TrainedPoolings(tuple(poolings), measured, accuracy, lengths, by_length, swapped, entropy, one_class, share)


@dataclass(frozen=True, slots=True)
class UntrainedCls:
    """The [CLS] token before training.

    Attributes
    ----------
    entropy : ndarray, shape (seeds,)
        Entropy of its attention divided by the maximum ln n; 1 is an exact average.
    one_class, mean_one_class : ndarray, shape (seeds,)
        Largest share of inputs that get the same class from [CLS], and from the mean of the same encoder's tokens. The
        classes are equally frequent.
    """

    entropy: Array
    one_class: Array
    mean_one_class: Array


def untrained_cls(task: str, length: int, *, seeds: int = 5, seed: int = 0) -> UntrainedCls:
    """Measure the [CLS] token of encoders at initialisation.

    Parameters
    ----------
    task : {"needle", "majority"}
    length : int
        1 … 512.
    seeds : int
        1 … 50.
    seed : int
        The first seed.

    Returns
    -------
    UntrainedCls

    Raises
    ------
    InvalidArgument
        Unknown ``task``; ``length`` outside 1 … 512; ``seeds`` outside 1 … 50; ``seed`` negative.

    Examples
    --------
    >>> result = untrained_cls("needle", 5, seeds=2)
    >>> result.entropy.shape, bool((result.one_class >= 0.5).all())
    ((2,), True)
    """
    check_choice(task, "task", TASKS)
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    check_integer(seeds, "seeds", low=1, high=50)
    check_integer(seed, "seed", low=0)
    runs = [_EncoderTraining(task, length, "cls", seed + number) for number in range(seeds)]
    return UntrainedCls(
        np.array([run.cls_entropy() for run in runs]),
        np.array([run.one_class("cls") for run in runs]),
        np.array([run.one_class("mean") for run in runs]),
    )


class _EncoderTraining:
    """The training of one encoder."""

    def __init__(self, task: str, length: int, pooling: str, seed: int) -> None:
        self._torch = load_torch()
        self._task, self._length, self._pooling, self._seed = task, length, pooling, seed
        self._parameters = init_parameters(np.random.default_rng(seed), 2, 2)
        self._optimiser = Adam(self._parameters.values(), LEARNING_RATE)

    def _batch(self, length: int, count: int, seed: int) -> tuple[Any, Any, NDArray[np.int64]]:
        """Return tokens, labels and needle indices of new sequences."""
        sequences = draw_sequences(self._task, length, count=count, seed=seed)
        tokens = np.stack([sequences.keys, sequences.values], axis=-1).astype(np.float32)
        # A tied sequence has no right answer; assign it to the first class.
        labels = (sequences.labels > 0).astype(np.int64)
        return self._torch.from_numpy(tokens), self._torch.from_numpy(labels), sequences.needle

    def _logits(self, tokens: Any, pooling: str) -> Any:
        encoded, _ = encode(self._parameters, tokens, attend=self._pooling in WITH_ATTENTION)
        return pooled_logits(self._parameters, encoded, pooling)

    def _classes(self, tokens: Any, pooling: str) -> Any:
        """Return the predicted classes."""
        with self._torch.no_grad():
            return self._torch.cat([self._logits(part, pooling).argmax(dim=1) for (part,) in _parts(tokens)])

    def step(self, number: int) -> None:
        """Make one Adam step on a new batch."""
        tokens, labels, _ = self._batch(self._length, BATCH, 1_000_000 * (self._seed + 1) + number)
        self._optimiser.zero_grad()
        for part, right in _parts(tokens, labels):
            loss = self._torch.nn.functional.cross_entropy(self._logits(part, self._pooling), right)
            # The gradients of the parts add up to that of the mean over the batch.
            (loss * (len(right) / BATCH)).backward()
        self._optimiser.step()

    def accuracy(self, length: int, pooling: str | None = None) -> float:
        """Return the accuracy on new sequences, optionally with another pooling than in training."""
        tokens, labels, _ = self._batch(length, TEST_COUNT, 900_000_000 + length)
        predicted = self._classes(tokens, pooling or self._pooling)
        return float((predicted == labels).double().mean())

    def cls_entropy(self) -> float:
        """Return the mean entropy of [CLS]'s attention to the tokens, divided by its maximum."""
        tokens, _, _ = self._batch(self._length, TEST_COUNT, 800_000_000)
        with self._torch.no_grad():
            # Copies: a view would keep the attention between all tokens.
            of_cls = [encode(self._parameters, part)[1].clone() for (part,) in _parts(tokens)]
        weights = self._torch.cat(of_cls).double()
        weights = weights / weights.sum(dim=1, keepdim=True)
        entropy = -(weights * weights.clamp_min(1e-300).log()).sum(dim=1).mean()
        return float(entropy) / (math.log(self._length) if self._length > 1 else 1.0)

    def one_class(self, pooling: str) -> float:
        """Return the share of the more frequent class among the answers with this pooling."""
        tokens, _, _ = self._batch(self._length, TEST_COUNT, 800_000_000)
        share = self._classes(tokens, pooling).double().mean()
        return float(max(share, 1 - share))

    def gradient_share(self) -> float:
        """Return the mean share of the gradient norm that the needle receives; nan in the majority task."""
        if self._task != "needle":
            return float("nan")
        tokens, labels, needle = self._batch(self._length, TEST_COUNT // 4, 700_000_000)
        found = []
        for part, right in _parts(tokens, labels):
            part.requires_grad_(True)
            loss = self._torch.nn.functional.cross_entropy(self._logits(part, self._pooling), right, reduction="sum")
            [gradient] = self._torch.autograd.grad(loss, [part])
            found.append(gradient.norm(dim=-1).double().numpy())
        norms = np.concatenate(found)
        return float((norms[np.arange(len(needle)), needle] / np.maximum(norms.sum(axis=1), 1e-300)).mean())


def _parts(tokens: Any, *others: Any) -> Iterator[tuple[Any, ...]]:
    """Split sequences, and tensors with a row for each of them, into parts that are computed at once."""
    size = TOKENS_AT_ONCE // tokens.shape[1]
    return zip(*(tensor.split(size) for tensor in (tokens, *others)), strict=True)
