"""Linear read-outs of a frozen encoder: which vector keeps what a task needs that the encoder's own head does not."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.cls_vs_average_pooling.digits import LEARNING_RATE, PATCH, PATCHES, TRAIN_COUNT, patches, train_epoch
from core.cls_vs_average_pooling.encoder import encode, init_parameters
from core.cls_vs_average_pooling.pooling import Array
from core.datasets import digits
from core.lazy_imports import importing, load_torch
from core.torch_optimisers import Adam
from core.validate import check_choice, check_integer

TRAINED_WITH = ("none", "cls", "mean")
# Inverse strength of the read-out's L2 penalty.
INVERSE_PENALTY = 10.0


def read_out(trained_with: str, *, epochs: int = 10, seeds: int = 10) -> Array:
    """Train Vision Transformers on digits, freeze them, and fit linear classifiers to [CLS] and to the tokens' mean.

    All seeds share one split of the digits, so that they differ in the initial weights and the order of the batches.

    Parameters
    ----------
    trained_with : str
        Pooling of the training: ``cls``, ``mean``, or ``none`` for untrained encoders.
    epochs : int
        1 … 100.
    seeds : int
        1 … 20.

    Returns
    -------
    ndarray, shape (seeds, 2)
        Accuracy on 597 held-out digits of a logistic regression on [CLS] and on the mean.

    Raises
    ------
    InvalidArgument
        Unknown ``trained_with``; ``epochs`` outside 1 … 100; ``seeds`` outside 1 … 20.

    Examples
    --------
    >>> read_out("max")
    Traceback (most recent call last):
        ...
    core.validate.InvalidArgument: trained_with must be one of none, cls, mean, got 'max'
    """
    check_choice(trained_with, "trained_with", TRAINED_WITH)
    check_integer(epochs, "epochs", low=1, high=100)
    check_integer(seeds, "seeds", low=1, high=20)
    torch = load_torch()
    data = digits()
    tokens = torch.from_numpy(patches(data.features).astype(np.float32))
    labels = torch.from_numpy(data.target.astype(np.int64))
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = order[:TRAIN_COUNT], order[TRAIN_COUNT:]
    accuracy = np.empty((seeds, 2))
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        parameters = init_parameters(rng, PATCH * PATCH, 10, tokens=PATCHES)
        optimiser = Adam(parameters.values(), LEARNING_RATE)
        for _ in range(epochs if trained_with != "none" else 0):
            train_epoch(parameters, optimiser, tokens, labels, rng.permutation(train), trained_with)
        with torch.no_grad():
            encoded = encode(parameters, tokens)[0].double().numpy()
        for column, vectors in enumerate((encoded[:, 0], encoded[:, 1:].mean(axis=1))):
            accuracy[seed, column] = _linear_accuracy(vectors, data.target, train, test)
    return accuracy


def _linear_accuracy(vectors: Array, classes: Any, train: Any, test: Any) -> float:
    """Return the test accuracy of a logistic regression on standardised vectors."""
    with importing:
        from sklearn.linear_model import LogisticRegression
    centre, scale = vectors[train].mean(axis=0), vectors[train].std(axis=0)
    standardised = (vectors - centre) / scale
    classifier = LogisticRegression(C=INVERSE_PENALTY, max_iter=2000).fit(standardised[train], classes[train])
    return float(classifier.score(standardised[test], classes[test]))
