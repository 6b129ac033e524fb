"""A tiny Vision Transformer on real 8 × 8 digits: sixteen patches, pooled in different ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.cls_vs_average_pooling.training import (
    WITH_ATTENTION,
    Array,
    Report,
    encode,
    init_parameters,
    load_torch,
    pooled_logits,
    quiet,
)
from core.datasets import digits
from core.validate import check_choice, check_integer

SIDE, PATCH = 8, 2
PATCHES = (SIDE // PATCH) ** 2
TRAIN, BATCH, LEARNING_RATE = 1200, 64, 0.01
SHOWN = 8


def patches(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut images, shape (count, 64), into 2 × 2 patches, shape (count, 16, 4), row by row."""
    grid = images.reshape(-1, SIDE // PATCH, PATCH, SIDE // PATCH, PATCH)
    cut: NDArray[np.float64] = grid.transpose(0, 1, 3, 2, 4).reshape(-1, PATCHES, PATCH * PATCH)
    return cut


@dataclass(frozen=True, slots=True)
class DigitsRun:
    """Vision Transformers that differ in their pooling alone.

    Attributes
    ----------
    poolings : tuple of str
    epochs : ndarray of int, shape (e,)
    accuracy : ndarray, shape (poolings, seeds, e)
        On the 597 digits that were held out (another split for every seed).
    attention : ndarray, shape (16,)
        [CLS]'s attention to each patch, mean over held-out digits and seeds; nan if ``cls`` was not trained.
    gradient : ndarray, shape (poolings, 16)
        Share of the loss's gradient norm that reaches each patch, likewise.
    mistakes : ndarray, shape (poolings, 8, 64)
        Held-out digits that the first seed got wrong; nan rows where there are fewer.
    said, meant : ndarray of int, shape (poolings, 8)
        What it said of them and what they are; −1 where there are fewer.
    """

    poolings: tuple[str, ...]
    epochs: NDArray[np.int64]
    accuracy: Array
    attention: Array
    gradient: Array
    mistakes: Array
    said: NDArray[np.int64]
    meant: NDArray[np.int64]


def train_digits(
    *,
    poolings: Sequence[str] = ("cls", "mean"),
    epochs: int = 30,
    seeds: int = 3,
    seed: int = 0,
    report: Report = quiet,
) -> DigitsRun:
    """Train one-layer Vision Transformers (16 patches, d = 16, Adam .01, batch 64) on 1200 digits.

    Raises
    ------
    InvalidArgument
        Unknown pooling (one of cls, mean, max); ``epochs`` outside 1 … 100; ``seeds`` outside 1 … 10.

    References
    ----------
    Dosovitskiy, A. et al. (2021). An image is worth 16x16 words. arXiv:2010.11929
    """
    for pooling in poolings:
        check_choice(pooling, "pooling", WITH_ATTENTION)
    check_integer(epochs, "epochs", low=1, high=100)
    check_integer(seeds, "seeds", low=1, high=10)
    check_integer(seed, "seed", low=0)
    torch = load_torch()
    data = digits()
    tokens = torch.from_numpy(patches(data.features).astype(np.float32))
    labels = torch.from_numpy(data.target.astype(np.int64))
    shape = (len(poolings), seeds)
    accuracy = np.zeros((*shape, epochs + 1))
    attention, gradient = np.zeros((seeds, PATCHES)), np.zeros((*shape, PATCHES))
    mistakes = np.full((len(poolings), SHOWN, SIDE * SIDE), np.nan)
    said, meant = np.full((2, len(poolings), SHOWN), -1, dtype=np.int64)
    done = 0
    for row, pooling in enumerate(poolings):
        for column in range(seeds):
            rng = np.random.default_rng(seed + column)
            order = rng.permutation(len(labels))
            train, held_out = order[:TRAIN], order[TRAIN:]
            parameters = init_parameters(rng, PATCH * PATCH, 10, tokens=PATCHES)
            optimiser = torch.optim.Adam(parameters.values(), lr=LEARNING_RATE)
            for epoch in range(epochs + 1):
                logits, weights = _classify(parameters, tokens[held_out], pooling)
                guess = logits.argmax(dim=1)
                accuracy[row, column, epoch] = float((guess == labels[held_out]).double().mean())
                if epoch == epochs:
                    break
                for batch in np.array_split(rng.permutation(train), TRAIN // BATCH):
                    encoded, _ = encode(parameters, tokens[batch])
                    loss = torch.nn.functional.cross_entropy(pooled_logits(parameters, encoded, pooling), labels[batch])
                    optimiser.zero_grad()
                    loss.backward()
                    optimiser.step()
                done += 1
                report(done / (epochs * len(poolings) * seeds))
            if pooling == "cls":
                attention[column] = (weights / weights.sum(dim=1, keepdim=True)).mean(dim=0).double().numpy()
            gradient[row, column] = _gradient_by_patch(parameters, tokens[held_out], labels[held_out], pooling)
            if column == 0:
                wrong = np.flatnonzero((guess != labels[held_out]).numpy())[:SHOWN]
                mistakes[row, : wrong.size] = data.features[held_out[wrong]]
                said[row, : wrong.size] = guess.numpy()[wrong]
                meant[row, : wrong.size] = labels.numpy()[held_out[wrong]]
    return DigitsRun(
        poolings=tuple(poolings),
        epochs=np.arange(epochs + 1),
        accuracy=accuracy,
        attention=attention.mean(axis=0) if "cls" in poolings else np.full(PATCHES, np.nan),
        gradient=gradient.mean(axis=1),
        mistakes=mistakes,
        said=said,
        meant=meant,
    )


def _classify(parameters: dict[str, Any], tokens: Any, pooling: str) -> tuple[Any, Any]:
    with load_torch().no_grad():
        encoded, weights = encode(parameters, tokens)
        return pooled_logits(parameters, encoded, pooling), weights


def _gradient_by_patch(parameters: dict[str, Any], tokens: Any, labels: Any, pooling: str) -> Array:
    torch = load_torch()
    inputs = tokens.clone().requires_grad_(True)
    encoded, _ = encode(parameters, inputs)
    loss = torch.nn.functional.cross_entropy(pooled_logits(parameters, encoded, pooling), labels, reduction="sum")
    [slope] = torch.autograd.grad(loss, [inputs])
    reaching: Array = slope.norm(dim=-1).double().numpy().mean(axis=0)
    share: Array = reaching / reaching.sum()
    return share
