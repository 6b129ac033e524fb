"""A one-layer transformer encoder, really trained, that differs in its pooling alone.

The functions import torch inside: it takes seconds to load, and the closed-form part of the page needs none of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.cls_vs_average_pooling.closed_form import MAX_LENGTH, TASKS, draw_sequences
from core.lazy_imports import importing
from core.validate import check_choice, check_integer

Array = NDArray[np.float64]
Report = Callable[[float], None]
Parameters = dict[str, Any]

# "bag": a multilayer perceptron on each token by itself, then the mean: no attention before the pooling.
POOLINGS = ("cls", "mean", "max", "bag")
WITH_ATTENTION = ("cls", "mean", "max")
WIDTH, BATCH, LEARNING_RATE = 16, 64, 3e-3
TEST_COUNT, EVERY = 512, 25
LENGTHS = (5, 9, 17, 33, 65, 129, 257)


def quiet(fraction: float) -> None:
    """Report to nobody."""


def load_torch() -> Any:
    """Import torch, on one thread."""
    with importing:
        import torch
    torch.set_num_threads(1)
    return torch


def init_parameters(
    rng: np.random.Generator, inputs: int, outputs: int, *, layers: int = 1, tokens: int = 0
) -> Parameters:
    """Draw the weights of an encoder: every matrix N(0, 1 / fan-in), the [CLS] token and positions N(0, 0.3²)."""
    torch = load_torch()

    def matrix(rows: int, columns: int) -> Any:
        return torch.tensor(rng.standard_normal((rows, columns)) / math.sqrt(rows), dtype=torch.float32)

    drawn = {"embed": matrix(inputs, WIDTH), "cls": torch.tensor(0.3 * rng.standard_normal(WIDTH), dtype=torch.float32)}
    if tokens:
        drawn["position"] = torch.tensor(0.3 * rng.standard_normal((tokens, WIDTH)), dtype=torch.float32)
    for layer in range(layers):
        drawn |= {f"{name}{layer}": matrix(WIDTH, WIDTH) for name in ("query", "key", "value", "out")}
        drawn |= {f"up{layer}": matrix(WIDTH, 2 * WIDTH), f"down{layer}": matrix(2 * WIDTH, WIDTH)}
    drawn |= {"head": matrix(WIDTH, outputs), "bias": torch.zeros(outputs)}
    for tensor in drawn.values():
        tensor.requires_grad_(True)
    return drawn


def encode(parameters: Parameters, tokens: Any, *, attend: bool = True, layers: int = 1) -> tuple[Any, Any]:
    """Return the encoded tokens, shape (batch, 1 + n, d) with [CLS] first, and its attention in the last layer.

    Post-norm residual blocks, as in the original transformer: norm(x + attention(x)), then norm(x + MLP(x)). Without
    ``attend`` the first is left out.

    References
    ----------
    Vaswani, A. et al. (2017). Attention is all you need. arXiv:1706.03762
    """
    torch = load_torch()
    functional = torch.nn.functional
    x = tokens @ parameters["embed"]
    if "position" in parameters:
        x = x + parameters["position"]
    x = torch.cat([parameters["cls"].expand(x.shape[0], 1, WIDTH), x], dim=1)
    weights = None
    for layer in range(layers):
        if attend:
            query, key, value = (x @ parameters[f"{name}{layer}"] for name in ("query", "key", "value"))
            weights = torch.softmax(query @ key.transpose(1, 2) / math.sqrt(WIDTH), dim=-1)
            x = functional.layer_norm(x + weights @ value @ parameters[f"out{layer}"], (WIDTH,))
        hidden = functional.gelu(x @ parameters[f"up{layer}"]) @ parameters[f"down{layer}"]
        x = functional.layer_norm(x + hidden, (WIDTH,))
    return x, None if weights is None else weights[:, 0, 1:]


def pooled_logits(parameters: Parameters, encoded: Any, pooling: str) -> Any:
    """Make one vector of the encoded tokens and classify it; [CLS] counts for ``cls`` alone."""
    vector = {
        "cls": lambda: encoded[:, 0],
        "mean": lambda: encoded[:, 1:].mean(dim=1),
        "bag": lambda: encoded[:, 1:].mean(dim=1),
        "max": lambda: encoded[:, 1:].amax(dim=1),
    }[pooling]()
    return vector @ parameters["head"] + parameters["bias"]


@dataclass(frozen=True, slots=True)
class TrainedPoolings:
    """Encoders that differ in their pooling alone, trained on the same batches.

    Attributes
    ----------
    poolings : tuple of str
    steps : ndarray of int, shape (e,)
        Where the accuracy was measured.
    accuracy : ndarray, shape (poolings, seeds, e)
        On fresh sequences of the training length.
    lengths : ndarray of int, shape (m,)
    by_length : ndarray, shape (poolings, seeds, m)
        After training, on sequences of other lengths.
    swapped : ndarray, shape (3, seeds, 3)
        Trained with one of cls, mean, max (rows; nan if it was not trained), tested with another (columns).
    attention_entropy : ndarray, shape (2, seeds)
        Of [CLS]'s attention before and after training with ``cls``, over its maximum ln n; nan if not trained.
    one_class : ndarray, shape (seeds,)
        Largest share of inputs for which [CLS] says the same class before training.
    gradient_share : ndarray, shape (poolings, 2, seeds)
        Share of the tokens' gradient norm that reaches the needle, before and after; nan in the majority task.
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
    report: Report = quiet,
) -> TrainedPoolings:
    """Train one encoder for each pooling and seed by Adam on fresh sequences, batch 64, d = 16.

    ``report`` is called with the fraction done.

    Raises
    ------
    InvalidArgument
        Unknown ``task`` or pooling; ``length`` outside 1 … 512; ``steps`` outside 1 … 2000; ``seeds`` outside 1 … 10.
    """
    check_choice(task, "task", TASKS)
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    check_integer(steps, "steps", low=1, high=2000)
    check_integer(seeds, "seeds", low=1, high=10)
    check_integer(seed, "seed", low=0)
    for pooling in poolings:
        check_choice(pooling, "pooling", POOLINGS)
    measured = np.array(sorted({0, steps, *range(0, steps, EVERY)}))
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
            run = _Run(task, length, pooling, seed + column)
            share[row, 0, column] = run.gradient_share()
            if pooling == "cls":
                entropy[0, column], one_class[column] = run.cls()
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
                    run.accuracy(length, tested) for tested in WITH_ATTENTION
                ]
            if pooling == "cls":
                entropy[1, column] = run.cls()[0]
    return TrainedPoolings(tuple(poolings), measured, accuracy, lengths, by_length, swapped, entropy, one_class, share)


@dataclass(frozen=True, slots=True)
class UntrainedCls:
    """What [CLS] is before any training.

    Attributes
    ----------
    entropy : ndarray, shape (seeds,)
        Of its attention, over the maximum ln n: 1 is an exact average.
    one_class : ndarray, shape (seeds,)
        Largest share of inputs for which it says the same class, though the classes are equally frequent.
    """

    entropy: Array
    one_class: Array


def untrained_cls(task: str, length: int, *, seeds: int = 5, seed: int = 0) -> UntrainedCls:
    """Look at [CLS] in encoders as they are initialised.

    Raises
    ------
    InvalidArgument
        As `train_poolings`.
    """
    check_choice(task, "task", TASKS)
    check_integer(length, "length", low=1, high=MAX_LENGTH)
    check_integer(seeds, "seeds", low=1, high=50)
    check_integer(seed, "seed", low=0)
    seen = [_Run(task, length, "cls", seed + number).cls() for number in range(seeds)]
    return UntrainedCls(np.array([entropy for entropy, _ in seen]), np.array([share for _, share in seen]))


class _Run:
    """One encoder in training."""

    def __init__(self, task: str, length: int, pooling: str, seed: int) -> None:
        self._torch = load_torch()
        self._task, self._length, self._pooling, self._seed = task, length, pooling, seed
        self._parameters = init_parameters(np.random.default_rng(seed), 2, 2)
        self._optimiser = self._torch.optim.Adam(self._parameters.values(), lr=LEARNING_RATE)

    def _batch(self, length: int, count: int, seed: int) -> tuple[Any, Any, NDArray[np.int64]]:
        drawn = draw_sequences(self._task, length, count=count, seed=seed)
        tokens = np.stack([drawn.keys, drawn.values], axis=-1).astype(np.float32)
        # A tie has no right answer; it is counted as the first class, which nothing can learn either.
        labels = (drawn.labels > 0).astype(np.int64)
        return self._torch.from_numpy(tokens), self._torch.from_numpy(labels), drawn.needle

    def _logits(self, tokens: Any, pooling: str) -> Any:
        encoded, _ = encode(self._parameters, tokens, attend=self._pooling != "bag")
        return pooled_logits(self._parameters, encoded, pooling)

    def step(self, number: int) -> None:
        tokens, labels, _ = self._batch(self._length, BATCH, 1_000_000 * (self._seed + 1) + number)
        loss = self._torch.nn.functional.cross_entropy(self._logits(tokens, self._pooling), labels)
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()

    def accuracy(self, length: int, pooling: str | None = None) -> float:
        tokens, labels, _ = self._batch(length, TEST_COUNT, 900_000_000 + length)
        with self._torch.no_grad():
            said = self._logits(tokens, pooling or self._pooling).argmax(dim=1)
        return float((said == labels).double().mean())

    def cls(self) -> tuple[float, float]:
        """Return the entropy of [CLS]'s attention over its maximum, and the share of its more frequent answer."""
        tokens, _, _ = self._batch(self._length, TEST_COUNT, 800_000_000)
        with self._torch.no_grad():
            encoded, weights = encode(self._parameters, tokens)
            said = pooled_logits(self._parameters, encoded, "cls").argmax(dim=1).double().mean()
        weights = weights.double() / weights.double().sum(dim=1, keepdim=True)
        entropy = -(weights * weights.clamp_min(1e-300).log()).sum(dim=1).mean()
        largest = math.log(self._length) if self._length > 1 else 1.0
        return float(entropy) / largest, float(max(said, 1 - said))

    def gradient_share(self) -> float:
        if self._task != "needle":
            return float("nan")
        tokens, labels, needle = self._batch(self._length, TEST_COUNT // 4, 700_000_000)
        tokens.requires_grad_(True)
        loss = self._torch.nn.functional.cross_entropy(self._logits(tokens, self._pooling), labels, reduction="sum")
        [gradient] = self._torch.autograd.grad(loss, [tokens])
        norms = gradient.norm(dim=-1).double().numpy()
        return float((norms[np.arange(len(needle)), needle] / np.maximum(norms.sum(axis=1), 1e-300)).mean())
