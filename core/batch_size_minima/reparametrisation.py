"""Rescaled parameters of one function: the same outputs with a different sharpness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.batch_size_minima.networks import (
    MLP,
    Array,
    Sizes,
    accuracies,
    hessian_operator,
    losses,
    outputs,
    weight_matrices,
)
from core.batch_size_minima.sharpness import filter_sharpness, keskar_sharpness, largest_eigenvalue
from core.batch_size_minima.studies import Study, load_problem
from core.validate import check_between, check_integer, check_positive, check_vector

# Geometrically spaced rescaling factors, rounded.
ALPHAS = (
    *(0.1, 0.12, 0.16, 0.2, 0.25, 0.32, 0.4, 0.5, 0.63, 0.8),
    *(1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0, 10.0),
)


def rescale(models: Array, alpha: float, *, sizes: Sizes = MLP) -> Array:
    """Multiply W₁ and b₁ by α and divide W₂ by α, which leaves the function unchanged.

    This follows from relu(αz) = α · relu(z) for positive α.

    Parameters
    ----------
    models : ndarray, shape (…, parameters)
    alpha : float
        Positive.
    sizes : Sizes

    Returns
    -------
    ndarray, shape (…, parameters)

    Raises
    ------
    InvalidArgument
        ``alpha`` not positive.

    References
    ----------
    Dinh, L., Pascanu, R., Bengio, S., Bengio, Y. (2017). Sharp minima can generalize for deep nets. arXiv:1703.04933

    Examples
    --------
    >>> rescale(np.array([1.0, 2.0, 3.0, 4.0]), 2.0, sizes=Sizes(1, 1, 1)).tolist()
    [2.0, 4.0, 1.5, 4.0]
    """
    check_positive(alpha, "alpha")
    scaled = models.copy()
    first, second = weight_matrices(scaled, sizes)
    first *= alpha
    second[..., :-1, :] /= alpha
    return scaled


@dataclass(frozen=True, slots=True)
class Rescaling:
    """Measures of one function with rescaled parameters.

    Attributes
    ----------
    alpha : ndarray, shape (n,)
    logit_change : ndarray, shape (n,)
        Largest absolute change of any output on any training example.
    loss, accuracy : ndarray, shape (n,)
        On the test digits.
    lambda_max, keskar, filter : ndarray, shape (n,)
        λmax, Keskar's sharpness, and the filter-normalised increase of the training loss. All are nan if the model did
        not learn.
    """

    alpha: Array
    logit_change: Array
    loss: Array
    accuracy: Array
    lambda_max: Array
    keskar: Array
    filter: Array


def rescaling(study: Study, alpha: ArrayLike = ALPHAS, *, batch_index: int = 0, seed_index: int = 0) -> Rescaling:
    """Rescale one solution by every α and measure it again.

    Parameters
    ----------
    study : Study
    alpha : array_like, shape (n,)
        Up to 41 factors between 0.01 and 100.
    batch_index, seed_index : int
        Index of the batch size and of the seed.

    Returns
    -------
    Rescaling

    Raises
    ------
    InvalidArgument
        ``alpha`` not a vector of up to 41 numbers between 0.01 and 100; no such ``batch_index`` or
        ``seed_index``.

    Examples
    --------
    >>> from core.batch_size_minima.studies import study
    >>> from core.batch_size_minima.training import Setting
    >>> setting = Setting(batch_sizes=(4, 16), examples=16, updates=40, seeds=1, learning_rate=0.4)
    >>> result = rescaling(study(setting), [0.5, 2.0])
    >>> bool(result.logit_change.max() < 1e-9)
    True
    """
    factors = check_vector(alpha, "alpha", at_most=41)
    for value in factors:
        check_between(float(value), "alpha", 0.01, 100.0)
    check_integer(batch_index, "batch_index", low=0, high=len(study.runs) - 1)
    check_integer(seed_index, "seed_index", low=0, high=study.setting.seeds - 1)
    run = study.runs[batch_index]
    if not run.usable[seed_index]:
        return Rescaling(factors, *np.full((6, factors.size), np.nan))
    loss, problem = study.setting.loss, load_problem(study.setting)
    model = run.models[seed_index : seed_index + 1].astype(np.float64)
    scaled = np.concatenate([rescale(model, float(value)) for value in factors])
    x, y, test_x, test_y = (
        np.broadcast_to(part[seed_index], (factors.size, *part.shape[1:]))
        for part in (problem.inputs, problem.targets, problem.test_inputs, problem.test_targets)
    )
    change = np.abs(outputs(scaled, x) - outputs(model, x[:1])).max(axis=(1, 2))
    test_z = outputs(scaled, test_x)
    hessian = hessian_operator(scaled, x, y, loss=loss)
    return Rescaling(
        factors,
        change,
        losses(test_z, test_y, loss=loss),
        accuracies(test_z, test_y),
        np.array([largest_eigenvalue(hessian, k) for k in range(factors.size)]),
        keskar_sharpness(scaled, x, y, loss=loss),
        filter_sharpness(scaled, x, y, loss=loss),
    )
