"""A small Vision Transformer on 8 × 8 digits: sixteen patches and several poolings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.cls_vs_average_pooling.encoder import WITH_ATTENTION, encode, init_parameters, pooled_logits
from core.cls_vs_average_pooling.pooling import Array
from core.datasets import digits
from core.lazy_imports import load_torch
from core.progress import Report, no_report
from core.torch_optimisers import Adam
from core.validate import check_choice, check_integer

SIDE, PATCH = 8, 2
PATCHES = (SIDE // PATCH) ** 2
TRAIN_COUNT, BATCH, LEARNING_RATE = 1200, 64, 0.01
MAX_MISTAKES = 8


def patches(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut images into 2 × 2 patches, row by row.

    Parameters
    ----------
    images : ndarray, shape (count, 64)

    Returns
    -------
    ndarray, shape (count, 16, 4)

    Examples
    --------
    >>> patches(np.arange(64.0)[None])[0, :2].tolist()
    [[0.0, 1.0, 8.0, 9.0], [2.0, 3.0, 10.0, 11.0]]
    """
    grid = images.reshape(-1, SIDE // PATCH, PATCH, SIDE // PATCH, PATCH)
    patched: NDArray[np.float64] = grid.transpose(0, 1, 3, 2, 4).reshape(-1, PATCHES, PATCH * PATCH)
    return patched


@dataclass(frozen=True, slots=True)
class DigitsRun:
    """Vision Transformers that differ only in their pooling.

    Attributes
    ----------
    poolings : tuple of str
    epochs : ndarray of int, shape (e,)
    accuracy : ndarray, shape (poolings, seeds, e)
        On the 597 held-out digits, with another split for every seed.
    attention : ndarray, shape (16,)
        Attention of [CLS] to each patch, mean over held-out digits and seeds; nan if ``cls`` was not trained.
    gradient : ndarray, shape (poolings, 16)
        Share of the gradient norm of the loss that each patch receives, mean over held-out digits and seeds.
    mistakes : ndarray, shape (poolings, 8, 64)
        Held-out digits that the first seed misclassified; rows of nan if there are fewer.
    predicted, actual : ndarray of int, shape (poolings, 8)
        Predicted and true classes of `mistakes`; −1 if there are fewer.
    """

    poolings: tuple[str, ...]
    epochs: NDArray[np.int64]
    accuracy: Array
    attention: Array
    gradient: Array
    mistakes: Array
    predicted: NDArray[np.int64]
    actual: NDArray[np.int64]


def train_digits(
    *,
    poolings: Sequence[str] = ("cls", "mean"),
    epochs: int = 30,
    seeds: int = 3,
    seed: int = 0,
    report: Report = no_report,
) -> DigitsRun:
    """Train one-layer Vision Transformers (16 patches, d = 16, Adam 0.01, batch 64) on 1200 digits.

    Parameters
    ----------
    poolings : sequence of str
        From ``cls``, ``mean`` and ``max``.
    epochs : int
        1 … 100.
    seeds : int
        1 … 10.
    seed : int
        The first seed.
    report : callable
        Called with the fraction done.

    Returns
    -------
    DigitsRun

    Raises
    ------
    InvalidArgument
        Unknown pooling (one of cls, mean, max); ``epochs`` outside 1 … 100; ``seeds`` outside 1 … 10.

    References
    ----------
    Dosovitskiy, A. et al. (2021). An image is worth 16x16 words. arXiv:2010.11929

    Examples
    --------
    >>> train_digits(epochs=0)
    Traceback (most recent call last):
        ...
    core.validate.InvalidArgument: epochs must lie between 1 and 100, got 0
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
    mistakes = np.full((len(poolings), MAX_MISTAKES, SIDE * SIDE), np.nan)
    predicted, actual = np.full((2, len(poolings), MAX_MISTAKES), -1, dtype=np.int64)
    done = 0
    for row, pooling in enumerate(poolings):
        for column in range(seeds):
            rng = np.random.default_rng(seed + column)
            order = rng.permutation(len(labels))
            train, held_out = order[:TRAIN_COUNT], order[TRAIN_COUNT:]
            parameters = init_parameters(rng, PATCH * PATCH, 10, tokens=PATCHES)
            optimiser = Adam(parameters.values(), LEARNING_RATE)
            for epoch in range(epochs + 1):
                logits, weights = _classify(parameters, tokens[held_out], pooling)
                classes = logits.argmax(dim=1)
                accuracy[row, column, epoch] = float((classes == labels[held_out]).double().mean())
                if epoch == epochs:
                    break
                train_epoch(parameters, optimiser, tokens, labels, rng.permutation(train), pooling)
                done += 1
                report(done / (epochs * len(poolings) * seeds))
            if pooling == "cls":
                attention[column] = (weights / weights.sum(dim=1, keepdim=True)).mean(dim=0).double().numpy()
            gradient[row, column] = _gradient_share_by_patch(parameters, tokens[held_out], labels[held_out], pooling)
            if column == 0:
                wrong = np.flatnonzero((classes != labels[held_out]).numpy())[:MAX_MISTAKES]
                mistakes[row, : wrong.size] = data.features[held_out[wrong]]
                predicted[row, : wrong.size] = classes.numpy()[wrong]
                actual[row, : wrong.size] = labels.numpy()[held_out[wrong]]
    return DigitsRun(
        poolings=tuple(poolings),
        epochs=np.arange(epochs + 1),
        accuracy=accuracy,
        attention=attention.mean(axis=0) if "cls" in poolings else np.full(PATCHES, np.nan),
        gradient=gradient.mean(axis=1),
        mistakes=mistakes,
        predicted=predicted,
        actual=actual,
    )


def train_epoch(
    parameters: dict[str, Any], optimiser: Any, tokens: Any, labels: Any, order: NDArray[np.int64], pooling: str
) -> None:
    """Make one epoch of updates on the digits ``order``, in this order."""
    torch = load_torch()
    for batch in np.array_split(order, len(order) // BATCH):
        encoded, _ = encode(parameters, tokens[batch])
        loss = torch.nn.functional.cross_entropy(pooled_logits(parameters, encoded, pooling), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def _classify(parameters: dict[str, Any], tokens: Any, pooling: str) -> tuple[Any, Any]:
    """Return the logits and the attention of [CLS]."""
    with load_torch().no_grad():
        encoded, weights = encode(parameters, tokens)
        return pooled_logits(parameters, encoded, pooling), weights


def _gradient_share_by_patch(parameters: dict[str, Any], tokens: Any, labels: Any, pooling: str) -> Array:
    """Return the share of the gradient norm that each patch receives, shape (16,)."""
    torch = load_torch()
    inputs = tokens.clone().requires_grad_(True)
    encoded, _ = encode(parameters, inputs)
    loss = torch.nn.functional.cross_entropy(pooled_logits(parameters, encoded, pooling), labels, reduction="sum")
    [input_gradient] = torch.autograd.grad(loss, [inputs])
    norms: Array = input_gradient.norm(dim=-1).double().numpy().mean(axis=0)
    share: Array = norms / norms.sum()
    return share
