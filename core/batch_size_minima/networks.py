"""Many small networks at once: losses, gradients and Hessian-vector products in closed form.

A model is one row of parameters: a first matrix of (inputs + 1) × hidden weights and a second of (hidden + 1) ×
outputs. The biases are the last row of each matrix, because the inputs and the hidden layer end with a constant 1: z =
[relu([x, 1] W₁), 1] W₂. All functions take M models, each with its own data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import datasets
from core.validate import check_between, check_integer

# Training runs in float32; its solutions are measured in float64.
Array = NDArray[Any]

LOSSES = ("mse", "cross_entropy")
MAX_EXAMPLES = 1024


class Sizes(NamedTuple):
    """The widths of a network's layers, without biases."""

    inputs: int
    hidden: int
    outputs: int

    @property
    def parameters(self) -> int:
        """Number of weights and biases of a model."""
        return (self.inputs + 1) * self.hidden + (self.hidden + 1) * self.outputs


MLP = Sizes(64, 32, 10)


@dataclass(frozen=True, slots=True)
class Problem:
    """Training and test digits, with one split for each seed.

    Attributes
    ----------
    inputs, test_inputs : ndarray of float32, shape (seeds, n, 65) and (seeds, 1797 − n, 65)
        Pixels between 0 and 1 minus the mean training digit, followed by a constant 1.
    targets, test_targets : ndarray of float32, shape (seeds, n, 10) and (seeds, 1797 − n, 10)
        One-hot labels. With label noise a share of the training labels is wrong; the test labels are always correct.
    """

    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array


def append_ones(inputs: Array) -> Array:
    """Append a constant 1 to every input; the biases are its weights."""
    return np.concatenate([inputs, np.ones((*inputs.shape[:-1], 1), dtype=inputs.dtype)], axis=-1)


def digits_problem(examples: int = 512, *, seeds: int = 5, seed: int = 0, label_noise: float = 0.0) -> Problem:
    """Split the 1797 digits into training and test digits, once for each seed.

    Parameters
    ----------
    examples : int
        Number of training digits, 16 … 1024; the rest are test digits.
    seeds : int
        Number of splits, 1 … 40.
    seed : int
        Seed of all splits.
    label_noise : float
        Share of the training labels that are replaced by one of the nine wrong ones.

    Returns
    -------
    Problem

    Raises
    ------
    InvalidArgument
        ``examples`` outside 16 … 1024, ``seeds`` outside 1 … 40, ``seed`` below 0, ``label_noise`` outside 0 … 1.

    Examples
    --------
    >>> problem = digits_problem(16, seeds=2)
    >>> problem.inputs.shape, problem.test_targets.shape
    ((2, 16, 65), (2, 1781, 10))
    """
    check_integer(examples, "examples", low=16, high=MAX_EXAMPLES)
    check_integer(seeds, "seeds", low=1, high=40)
    check_integer(seed, "seed", low=0)
    check_between(label_noise, "label_noise", 0.0, 1.0)
    digits = datasets.digits()
    labels = digits.target.astype(np.int64)
    parts: list[list[Array]] = [[], [], [], []]
    for number in range(seeds):
        rng = np.random.default_rng([seed, number, 0])
        order = rng.permutation(len(labels))
        chosen, rest = order[:examples], order[examples:]
        # Draw for every label, so that the wrong labels of a lower noise level stay wrong at a higher one.
        shift, draws = rng.integers(1, 10, examples), rng.random(examples)
        seen = np.where(draws < label_noise, (labels[chosen] + shift) % 10, labels[chosen])
        mean = digits.features[chosen].mean(axis=0)
        parts[0].append(append_ones((digits.features[chosen] - mean).astype(np.float32)))
        parts[1].append(np.eye(10, dtype=np.float32)[seen])
        parts[2].append(append_ones((digits.features[rest] - mean).astype(np.float32)))
        parts[3].append(np.eye(10, dtype=np.float32)[labels[rest]])
    return Problem(*(np.stack(part) for part in parts))


def initial_models(sizes: Sizes = MLP, *, seeds: int = 5, seed: int = 0) -> Array:
    """Draw He's initial weights, N(0, 2 / fan-in) with biases 0.

    Returns
    -------
    ndarray of float32, shape (seeds, parameters)

    References
    ----------
    He, K., Zhang, X., Ren, S., Sun, J. (2015). Delving deep into rectifiers. arXiv:1502.01852
    """
    models = np.zeros((seeds, sizes.parameters), dtype=np.float32)
    first, second = weight_matrices(models, sizes)
    for number in range(seeds):
        rng = np.random.default_rng([seed, number, 1])
        first[number, :-1] = rng.standard_normal((sizes.inputs, sizes.hidden)) * np.sqrt(2 / sizes.inputs)
        second[number, :-1] = rng.standard_normal((sizes.hidden, sizes.outputs)) * np.sqrt(2 / sizes.hidden)
    return models


def weight_matrices(models: Array, sizes: Sizes) -> tuple[Array, Array]:
    """View models (…, parameters) as their two matrices, (…, inputs + 1, hidden) and (…, hidden + 1, outputs)."""
    cut = (sizes.inputs + 1) * sizes.hidden
    leading = models.shape[:-1]
    return (
        models[..., :cut].reshape(*leading, sizes.inputs + 1, sizes.hidden),
        models[..., cut:].reshape(*leading, sizes.hidden + 1, sizes.outputs),
    )


def hidden_layer(first: Array, inputs: Array) -> Array:
    """Return relu([x, 1] W₁) followed by a constant 1, shape (M, n, hidden + 1)."""
    before = inputs @ first
    hidden = np.empty((*before.shape[:-1], before.shape[-1] + 1), dtype=before.dtype)
    np.maximum(before, 0, out=hidden[..., :-1])
    hidden[..., -1] = 1
    return hidden


def outputs(models: Array, inputs: Array, *, sizes: Sizes = MLP) -> Array:
    """Return the networks' outputs for every input, shape (M, n, outputs)."""
    first, second = weight_matrices(models, sizes)
    return hidden_layer(first, inputs) @ second


def losses(z: Array, targets: Array, *, loss: str) -> Array:
    """Return the mean loss of each model from its outputs, shape (…,).

    The loss of an example is ½‖z − y‖² (``mse``) or the cross-entropy in nats (``cross_entropy``).
    """
    if loss == "mse":
        error = z - targets
        each = 0.5 * np.einsum("...c,...c->...", error, error)
    else:
        top = z.max(axis=-1)
        each = np.log(np.exp(z - top[..., None]).sum(axis=-1)) + top - np.einsum("...c,...c->...", z, targets)
    return np.asarray(each.mean(axis=-1))


def constant_loss(targets: Array, *, loss: str) -> Array:
    """Return the lowest loss of any constant output, shape (…,); it depends on the class frequencies only."""
    share = targets.mean(axis=-2, keepdims=True)
    with np.errstate(divide="ignore"):
        best = share if loss == "mse" else np.maximum(np.log(share), np.finfo(share.dtype).min / 100)
    return losses(np.broadcast_to(best, targets.shape), targets, loss=loss)


def accuracies(z: Array, targets: Array) -> Array:
    """Return the share of examples whose largest output belongs to their label, shape (…,)."""
    return np.asarray((z.argmax(axis=-1) == targets.argmax(axis=-1)).mean(axis=-1))


def softmax(z: Array) -> Array:
    """Return the softmax over the last axis."""
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(p / p.sum(axis=-1, keepdims=True))


def gradient(
    models: Array, inputs: Array, targets: Array, *, loss: str, sizes: Sizes = MLP, out: Array | None = None
) -> Array:
    """Return the gradient of each model's mean loss, shape (M, parameters).

    With δ = (z − y) / n, or (softmax(z) − y) / n: ∂L/∂W₂ = hᵀδ and ∂L/∂W₁ = xᵀ(δ W₂ᵀ ⊙ [h > 0]).
    """
    first, second = weight_matrices(models, sizes)
    hidden = hidden_layer(first, inputs)
    delta = hidden @ second
    if loss == "cross_entropy":
        delta = softmax(delta)
    delta -= targets
    delta /= inputs.shape[-2]
    result = np.empty_like(models) if out is None else out
    to_first, to_second = weight_matrices(result, sizes)
    np.matmul(hidden.swapaxes(-1, -2), delta, out=to_second)
    back = delta @ second[..., :-1, :].swapaxes(-1, -2)
    back *= hidden[..., :-1] > 0
    np.matmul(inputs.swapaxes(-1, -2), back, out=to_first)
    return result


@dataclass(frozen=True, slots=True)
class HessianOperator:
    """The Hessians of M models' losses as linear operators.

    Attributes
    ----------
    second : ndarray, shape (M, hidden + 1, outputs)
        Second weight matrices.
    inputs : ndarray, shape (M, n, inputs + 1)
    hidden : ndarray, shape (M, n, hidden + 1)
    mask : ndarray, shape (M, n, hidden)
        1 where a hidden unit is active.
    delta : ndarray, shape (M, n, outputs)
        ∂L/∂z.
    p : ndarray, shape (M, n, outputs), or None
        softmax(z); None for the squared error.
    sizes : Sizes
    """

    second: Array
    inputs: Array
    hidden: Array
    mask: Array
    delta: Array
    p: Array | None
    sizes: Sizes

    def select(self, model: int) -> HessianOperator:
        """Return the operator of a single model."""
        one = slice(model, model + 1)
        p = None if self.p is None else self.p[one]
        return HessianOperator(
            self.second[one], self.inputs[one], self.hidden[one], self.mask[one], self.delta[one], p, self.sizes
        )

    def matvec(self, vectors: Array) -> Array:
        """Return H v for one vector per model, shape (M, parameters).

        Uses Pearlmutter's directional derivative of the gradient.

        References
        ----------
        Pearlmutter, B. A. (1994). Fast exact multiplication by the Hessian. doi:10.1162/neco.1994.6.1.147
        """
        along_first, along_second = weight_matrices(vectors, self.sizes)
        second_weights = self.second[..., :-1, :]
        hidden_change = (self.inputs @ along_first) * self.mask
        change = hidden_change @ second_weights + self.hidden @ along_second
        if self.p is not None:
            change = self.p * (change - (self.p * change).sum(axis=-1, keepdims=True))
        change /= self.inputs.shape[-2]
        result = np.empty_like(vectors)
        to_first, to_second = weight_matrices(result, self.sizes)
        np.matmul(self.hidden.swapaxes(-1, -2), change, out=to_second)
        to_second[..., :-1, :] += hidden_change.swapaxes(-1, -2) @ self.delta
        back = change @ second_weights.swapaxes(-1, -2)
        back += self.delta @ along_second[..., :-1, :].swapaxes(-1, -2)
        back *= self.mask
        np.matmul(self.inputs.swapaxes(-1, -2), back, out=to_first)
        return result


def hessian_operator(models: Array, inputs: Array, targets: Array, *, loss: str, sizes: Sizes = MLP) -> HessianOperator:
    """Return the operator of the Hessian of each model's mean loss, in the precision of ``models``."""
    inputs, targets = inputs.astype(models.dtype, copy=False), targets.astype(models.dtype, copy=False)
    first, second = weight_matrices(models, sizes)
    hidden = hidden_layer(first, inputs)
    z = hidden @ second
    p = softmax(z) if loss == "cross_entropy" else None
    delta = ((z if p is None else p) - targets) / inputs.shape[-2]
    mask = (hidden[..., :-1] > 0).astype(models.dtype)
    return HessianOperator(second, inputs, hidden, mask, np.asarray(delta, dtype=models.dtype), p, sizes)


def top_eigenvalues(
    hessian: HessianOperator, *, steps: int = 12, seed: int = 0, first: Array | None = None
) -> tuple[Array, Array]:
    """Return λmax of every model and its eigenvector by the Lanczos iteration.

    The iteration runs on all models at once. The largest Ritz value is never above λmax and approaches it with
    ``steps``.

    Parameters
    ----------
    hessian : HessianOperator
    steps : int
    seed : int
        Seed of the random starting vector.
    first : ndarray, shape (M, parameters), optional
        Starting vectors instead of a random one. The eigenvectors at a nearby point save steps.

    Returns
    -------
    values : ndarray, shape (M,)
    vectors : ndarray, shape (M, parameters)
    """
    count, width = hessian.inputs.shape[0], hessian.sizes.parameters
    kind = hessian.inputs.dtype
    if first is None:
        first = np.random.default_rng(seed).standard_normal(width)[None].repeat(count, axis=0).astype(kind)
    basis = np.zeros((count, steps, width), dtype=kind)
    basis[:, 0] = first / np.linalg.norm(first, axis=1, keepdims=True)
    small = np.zeros((count, steps, steps))
    tiny = np.finfo(kind).tiny
    for step in range(steps):
        product = hessian.matvec(basis[:, step])
        known = basis[:, : step + 1]
        # Orthogonalise twice: after one pass, rounding errors make the same eigenvalue appear repeatedly.
        along = (known @ product[..., None])[..., 0]
        product -= (along[:, None] @ known)[:, 0]
        product -= ((known @ product[..., None]).swapaxes(1, 2) @ known)[:, 0]
        small[:, step, step] = along[:, step]
        if step + 1 < steps:
            length = np.linalg.norm(product, axis=1)
            small[:, step, step + 1] = small[:, step + 1, step] = length
            basis[:, step + 1] = product / np.maximum(length, tiny)[:, None]
    values, vectors = np.linalg.eigh(small)
    top = (vectors[:, None, :, -1].astype(kind) @ basis)[:, 0]
    return values[:, -1], top
