"""Measures of the sharpness of a minimum, which need not agree.

All are computed in float64 on all training examples with their training labels, without weight decay.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from core.batch_size_minima.networks import (
    MLP,
    Array,
    HessianOperator,
    Sizes,
    gradient,
    losses,
    outputs,
    weight_matrices,
)
from core.lazy_imports import importing
from core.validate import check_positive

MEASURES = ("lambda", "trace", "keskar", "polished", "filter")

# Size of Keskar's box and number of ascent steps in it; gradient descent of `polish`; random probes and directions.
EPSILON, ASCENTS = 1e-3, 10
POLISH_STEPS, POLISH_RATE = 200, 0.1
N_PROBES, N_DIRECTIONS, RADIUS = 20, 40, 0.5


def largest_eigenvalue(hessian: HessianOperator, model: int) -> float:
    """Return λmax of one model by ARPACK on Hessian-vector products; nan if ARPACK does not converge."""
    with importing:
        from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh
    operator_of_model, width = hessian.select(model), hessian.sizes.parameters
    operator = LinearOperator(
        (width, width),
        matvec=lambda v: operator_of_model.matvec(v.reshape(1, width).astype(np.float64))[0],
        dtype=np.float64,
    )
    try:
        values: Any = eigsh(
            operator,
            k=1,
            which="LA",
            tol=1e-6,
            v0=np.random.default_rng(0).standard_normal(width),
            return_eigenvectors=False,
        )
    except ArpackNoConvergence:
        return float("nan")
    return float(values[0])


def hutchinson_traces(hessian: HessianOperator, *, probes: int = N_PROBES, seed: int = 0) -> Array:
    """Estimate the trace of every model's Hessian by Hutchinson's method.

    Each probe is vᵀHv with a vector v of random signs; the mean over probes is an unbiased estimate of the trace.

    Returns
    -------
    ndarray, shape (probes, M)

    References
    ----------
    Hutchinson, M. F. (1990). A stochastic estimator of the trace of the influence matrix for Laplacian smoothing
    splines. doi:10.1080/03610919008812866
    """
    rng = np.random.default_rng([seed, 3])
    shape = (hessian.inputs.shape[0], hessian.sizes.parameters)
    result = []
    for _ in range(probes):
        # All models share the random signs, so that their comparison has less noise.
        v = np.broadcast_to(rng.choice([-1.0, 1.0], shape[1]), shape)
        result.append(np.einsum("mp,mp->m", v, hessian.matvec(v)))
    return np.array(result)


def keskar_sharpness(
    models: Array,
    inputs: Array,
    targets: Array,
    *,
    loss: str,
    epsilon: float = EPSILON,
    along: Array | None = None,
    sizes: Sizes = MLP,
) -> Array:
    """Return Keskar's sharpness, 100 · (max L(θ + δ) − L(θ)) / (1 + L(θ)) over |δ_i| ≤ ε (|θ_i| + 1).

    The maximum is approached from corner to corner of the box, δ ← ε (|θ| + 1) · sign ∇L(θ + δ). Where L is convex, no
    step decreases it. The search starts at the corner of the gradient and, if given, also at that of ``along``. The
    result is a lower bound, like that of Keskar's own search by L-BFGS-B.

    Parameters
    ----------
    models : ndarray, shape (M, parameters)
    inputs, targets : ndarray, shape (M, n, inputs + 1) and (M, n, outputs)
    loss : str
    epsilon : float
        Positive.
    along : ndarray, shape (M, parameters), optional
        Direction of a second starting corner.
    sizes : Sizes

    Returns
    -------
    ndarray, shape (M,)

    Raises
    ------
    InvalidArgument
        ``epsilon`` is not positive.

    References
    ----------
    Keskar, N. S., Mudigere, D., Nocedal, J., Smelyanskiy, M., Tang, P. T. P. (2017). On large-batch training for deep
    learning: generalization gap and sharp minima. arXiv:1609.04836
    """
    check_positive(epsilon, "epsilon")

    def value(at: Array) -> Array:
        return losses(outputs(at, inputs, sizes=sizes), targets, loss=loss)

    box = epsilon * (np.abs(models) + 1)
    here = value(models)
    best = here
    for uphill in (None,) if along is None else (None, along):
        corner = np.zeros_like(models) if uphill is None else box * np.sign(uphill)
        for _ in range(ASCENTS):
            slope = gradient(models + corner, inputs, targets, loss=loss, sizes=sizes)
            last, corner = corner, np.where(slope == 0, corner, box * np.sign(slope))
            best = np.fmax(best, value(models + corner))
            if (corner == last).all():
                break
    return np.asarray(100 * (best - here) / (1 + here))


def polish(models: Array, inputs: Array, targets: Array, *, loss: str, weight_decay: float = 0.0) -> Array:
    """Continue from every model with 200 steps of full-batch gradient descent at learning rate 0.1, in float32.

    SGD with small batches fluctuates above its minimum; these steps approach the minimum. Where λmax is above 20,
    gradient descent is unstable and the result may be nan.

    Returns
    -------
    ndarray of float64, shape (M, parameters)
    """
    result = models.astype(np.float32)
    inputs, targets = inputs.astype(np.float32, copy=False), targets.astype(np.float32, copy=False)
    slope = np.empty_like(result)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(POLISH_STEPS):
            gradient(result, inputs, targets, loss=loss, out=slope)
            slope += np.float32(weight_decay) * result
            slope *= np.float32(POLISH_RATE)
            result -= slope
    return result.astype(np.float64)


def filter_directions(models: Array, *, count: int = N_DIRECTIONS, seed: int = 0, sizes: Sizes = MLP) -> Array:
    """Draw random directions whose incoming weights of every unit have the same norm as the model's.

    All models share the draws. Biases are not perturbed, as in the paper.

    Returns
    -------
    ndarray, shape (count, M, parameters)

    References
    ----------
    Li, H., Xu, Z., Taylor, G., Studer, C., Goldstein, T. (2018). Visualizing the loss landscape of neural nets.
    arXiv:1712.09913
    """
    rng = np.random.default_rng([seed, 4])
    drawn = rng.standard_normal((count, 1, sizes.parameters)).repeat(models.shape[0], axis=1)
    for part, own in zip(weight_matrices(drawn, sizes), weight_matrices(models, sizes), strict=True):
        part[..., -1, :] = 0
        lengths = np.linalg.norm(own[..., :-1, :], axis=-2, keepdims=True)
        part *= lengths / np.linalg.norm(part, axis=-2, keepdims=True)
    return drawn


def filter_increases(
    models: Array,
    inputs: Array,
    targets: Array,
    *,
    loss: str,
    radius: float = RADIUS,
    seed: int = 0,
    sizes: Sizes = MLP,
) -> Array:
    """Return the loss increase at distance ``radius`` along each filter-normalised direction.

    The mean over both signs of a direction is taken.

    Returns
    -------
    ndarray, shape (N_DIRECTIONS, M)

    Raises
    ------
    InvalidArgument
        ``radius`` is not positive.
    """
    check_positive(radius, "radius")
    here = losses(outputs(models, inputs, sizes=sizes), targets, loss=loss)
    increases = [
        np.mean(
            [
                losses(outputs(models + sign * radius * direction, inputs, sizes=sizes), targets, loss=loss) - here
                for sign in (1, -1)
            ],
            axis=0,
        )
        for direction in filter_directions(models, seed=seed, sizes=sizes)
    ]
    return np.array(increases)


def filter_sharpness(
    models: Array,
    inputs: Array,
    targets: Array,
    *,
    loss: str,
    radius: float = RADIUS,
    seed: int = 0,
    sizes: Sizes = MLP,
) -> Array:
    """Return the mean of `filter_increases` over the directions, shape (M,).

    Raises
    ------
    InvalidArgument
        As `filter_increases`.
    """
    increases = filter_increases(models, inputs, targets, loss=loss, radius=radius, seed=seed, sizes=sizes)
    return np.asarray(increases.mean(axis=0))
