"""Completing a matrix of low rank by a product of matrices: how depth changes training without activations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.validate import check_integer
from core.vanishing_gradients.activations import Array

SIZE, RANK, SEEN_SHARE = 20, 2, 0.5
# Gradient descent with momentum on half of the squared error, from small random factors.
_STEPS, _LEARNING_RATE, _MOMENTUM, _INITIAL_SD = 1500, 0.002, 0.9, 0.3


@dataclass(frozen=True, slots=True)
class Completion:
    """Mean squared errors after training, on random matrices whose entries have variance 1.

    Attributes
    ----------
    seen, hidden : ndarray, shape (seeds,)
        On the entries that the training used, and on all others.
    """

    seen: Array
    hidden: Array


def complete_matrix(factors: int, *, seeds: int = 3, seed: int = 0) -> Completion:
    """Fit a product of ``factors`` square matrices to half of the entries of a 20 × 20 matrix of rank 2.

    Every number of factors can represent every matrix.

    Parameters
    ----------
    factors : int
        1 … 4.
    seeds : int
        Number of matrices, 1 … 20.
    seed : int

    Returns
    -------
    Completion

    Raises
    ------
    InvalidArgument
        An argument out of the stated range.

    References
    ----------
    Arora, S., Cohen, N., Hu, W., Luo, Y. (2019). Implicit regularization in deep matrix factorization.
    arXiv:1905.13655

    Examples
    --------
    >>> result = complete_matrix(1, seeds=1)
    >>> bool(result.seen[0] < 1e-4), bool(result.hidden[0] > 0.5)
    (True, True)
    """
    check_integer(factors, "factors", low=1, high=4)
    check_integer(seeds, "seeds", low=1, high=20)
    check_integer(seed, "seed", low=0)
    errors = [_complete(factors, np.random.default_rng([seed, number])) for number in range(seeds)]
    return Completion(np.array([seen for seen, _ in errors]), np.array([hidden for _, hidden in errors]))


def _complete(factors: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the mean squared errors on the seen and the hidden entries of one matrix."""
    target = rng.standard_normal((SIZE, RANK)) @ rng.standard_normal((RANK, SIZE))
    target /= target.std()
    seen: NDArray[np.bool_] = rng.permutation(SIZE**2).reshape(SIZE, SIZE) < SEEN_SHARE * SIZE**2
    matrices = [_INITIAL_SD * rng.standard_normal((SIZE, SIZE)) / SIZE**0.5 for _ in range(factors)]
    velocities = [np.zeros((SIZE, SIZE)) for _ in matrices]
    for _ in range(_STEPS):
        before = [np.eye(SIZE)]
        for matrix in matrices:
            before.append(before[-1] @ matrix)
        error, after = np.where(seen, before[-1] - target, 0.0), np.eye(SIZE)
        gradients = []
        for index in reversed(range(factors)):
            gradients.append(before[index].T @ error @ after.T)
            after = matrices[index] @ after
        for matrix, velocity, gradient in zip(matrices, velocities, reversed(gradients), strict=True):
            velocity *= _MOMENTUM
            velocity -= _LEARNING_RATE * gradient
            matrix += velocity
    product = np.eye(SIZE)
    for matrix in matrices:
        product = product @ matrix
    squared = (product - target) ** 2
    return float(squared[seen].mean()), float(squared[~seen].mean())
