"""Gradient noise of a trained network along the directions in which its loss curves most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.batch_size_minima.networks import MLP, Array, Sizes, gradient, hessian_operator
from core.lazy_imports import importing
from core.validate import check_integer


@dataclass(frozen=True, slots=True)
class NoiseByDirection:
    """Curvature and gradient noise along the top eigenvectors of the Hessian, by decreasing curvature.

    Attributes
    ----------
    curvature : ndarray, shape (k,)
        Largest eigenvalues of the Hessian of the mean loss.
    variance : ndarray, shape (k,)
        Variance over the examples of the gradient's component along each eigenvector. Drawn with replacement, a batch
        of B examples has 1/B of it.
    total : float
        Variance over the examples in all directions: the trace of the covariance.
    """

    curvature: Array
    variance: Array
    total: float


def noise_by_direction(
    model: Array, inputs: Array, targets: Array, *, loss: str, directions: int = 40, sizes: Sizes = MLP
) -> NoiseByDirection:
    """Project the covariance of the examples' gradients on the top eigenvectors of the Hessian.

    Parameters
    ----------
    model : ndarray, shape (parameters,)
    inputs, targets : ndarray, shape (n, inputs + 1) and (n, outputs)
    loss : str
        One of `LOSSES`.
    directions : int
        k, 1 … 200.
    sizes : Sizes

    Returns
    -------
    NoiseByDirection

    Raises
    ------
    InvalidArgument
        ``directions`` outside 1 … 200.

    References
    ----------
    Zhu, Z., Wu, J., Yu, B., Wu, L., Ma, J. (2019). The anisotropic noise in stochastic gradient descent: its behavior
    of escaping from sharp minima and regularization effects. arXiv:1803.00195

    Examples
    --------
    >>> from core.batch_size_minima.networks import digits_problem, initial_models
    >>> problem, [model] = digits_problem(16, seeds=1), initial_models(seeds=1)
    >>> result = noise_by_direction(model, problem.inputs[0], problem.targets[0], loss="mse", directions=3)
    >>> result.curvature.shape, bool(result.variance.sum() < result.total)
    ((3,), True)
    """
    check_integer(directions, "directions", low=1, high=200)
    with importing:
        from scipy.sparse.linalg import LinearOperator, eigsh
    theta = model.astype(np.float64)[None]
    x, y = inputs.astype(np.float64), targets.astype(np.float64)
    hessian = hessian_operator(theta, x[None], y[None], loss=loss, sizes=sizes)
    width = sizes.parameters
    operator = LinearOperator((width, width), matvec=lambda v: hessian.matvec(v.reshape(1, width))[0], dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(width)
    values, vectors = eigsh(operator, k=directions, which="LA", tol=1e-8, v0=start)
    each = gradient(theta.repeat(len(x), axis=0), x[:, None], y[:, None], loss=loss, sizes=sizes)
    deviations = each - each.mean(axis=0)
    order = np.argsort(values)[::-1]
    variance = ((deviations @ vectors[:, order]) ** 2).mean(axis=0)
    return NoiseByDirection(values[order], variance, float((deviations**2).sum(axis=1).mean()))
