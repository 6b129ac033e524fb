"""The noise of a mini-batch gradient, and the ball it keeps the parameters in: measured, and in theory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, expit, stdtrit

from core.gd_sgd_minibatch.inputs import (
    check_batch_size,
    check_batch_sizes,
    check_place,
    check_points,
    check_rates,
    check_seeds,
    check_updates,
)
from core.gd_sgd_minibatch.problems import Problem, sample_gradients
from core.gd_sgd_minibatch.problems import batch_sizes as all_sizes
from core.gd_sgd_minibatch.simulation import Options, walk
from core.validate import check_integer

Array = NDArray[np.float64]
# The radius, in standard deviations, of the ellipse that holds 95 % of a two-dimensional normal distribution.
ELLIPSE_RADIUS = float(np.sqrt(chdtri(2, 0.05)))
_ANGLES = np.linspace(0, 2 * np.pi, 73)


@dataclass(frozen=True, slots=True)
class GradientCloud:
    """Mini-batch gradients at some points.

    Attributes
    ----------
    points : ndarray, shape (n_points, 2)
    gradients : ndarray, shape (n_points, n_batches, 2)
        The same batches at every point.
    full : ndarray, shape (n_points, 2)
        The gradient of the loss itself.
    covariance, measured_covariance : ndarray, shape (n_points, 2, 2)
        In theory, Σ/B·(N−B)/(N−1) without and Σ/B with replacement, where Σ is that of single samples; and
        of `gradients`.
    ellipses : ndarray, shape (n_points, 73, 2)
        The 95 % ellipse of a normal distribution with `covariance` around `full`.
    inside : ndarray, shape (n_points,)
        The share of `gradients` in the ellipse; nan where there is no noise.
    """

    points: Array
    gradients: Array
    full: Array
    covariance: Array
    measured_covariance: Array
    ellipses: Array
    inside: Array


def gradient_cloud(
    on: Problem, points: ArrayLike, *, batch_size: int, n_batches: int = 200, replacement: bool = False, seed: int = 0
) -> GradientCloud:
    """Draw mini-batches and measure their gradients at each of ``points``, shape (n_points, 2).

    Batches of one sample without replacement are not drawn from up to 1000: every sample is shown once.

    Raises
    ------
    InvalidArgument
        Points not finite; a batch size that is not between 1 and n; ``n_batches`` not between 10 and 5000; a bad seed.
    """
    w = check_points(on, points)
    check_batch_size(on, batch_size)
    check_integer(n_batches, "n_batches", low=10, high=5000)
    rng = np.random.default_rng(check_integer(seed, "seed", low=0))
    if batch_size == 1 and not replacement and on.n <= 1000:
        weights = np.eye(on.n)
    elif replacement:
        weights = rng.multinomial(batch_size, np.full(on.n, 1 / on.n), size=n_batches) / batch_size
    else:
        weights = rng.permuted(np.tile(np.arange(on.n) < batch_size, (n_batches, 1)), axis=1) / batch_size
    each = sample_gradients(on, w)
    full = each.mean(axis=1)
    gradients = np.einsum("mn,pnd->pmd", weights, each, optimize=True)
    if batch_size == on.n and not replacement:
        gradients = np.broadcast_to(full[:, np.newaxis], gradients.shape).copy()  # exact, not up to rounding
    covariance = _covariance(each) * batch_variance_factor(on.n, batch_size, replacement)
    values, axes = np.linalg.eigh(covariance)
    roots = axes * np.sqrt(np.maximum(values, 0.0))[:, np.newaxis]
    circle = ELLIPSE_RADIUS * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=-1)
    inside = np.full(len(w), np.nan)
    noisy = values[:, 0] > 0
    deviations = np.linalg.solve(covariance[noisy], np.swapaxes(gradients[noisy] - full[noisy, np.newaxis], 1, 2))
    distances = np.einsum("pmd,pdm->pm", gradients[noisy] - full[noisy, np.newaxis], deviations)
    inside[noisy] = np.mean(distances <= ELLIPSE_RADIUS**2, axis=1)
    return GradientCloud(
        points=w,
        gradients=gradients,
        full=full,
        covariance=covariance,
        measured_covariance=_covariance(gradients),
        ellipses=full[:, np.newaxis] + circle @ np.swapaxes(roots, 1, 2),
        inside=inside,
    )


def _covariance(vectors: Array) -> Array:
    """Return the covariance over the second-to-last axis: of a whole population, hence divided by n."""
    deviations = vectors - vectors.mean(axis=-2, keepdims=True)
    covariance: Array = np.swapaxes(deviations, -1, -2) @ deviations / vectors.shape[-2]
    return covariance


def batch_variance_factor(n: int, batch_size: int, replacement: bool) -> float:
    """Return what the variance of one sample's gradient shrinks by in the mean of a batch."""
    if replacement:
        return 1 / batch_size
    return (n - batch_size) / (n - 1) / batch_size


@dataclass(frozen=True, slots=True)
class GradientVariance:
    """The variance E‖g_B − g‖² of the mini-batch gradient at one point, by batch size.

    Attributes
    ----------
    batch_sizes : ndarray of int, shape (k,)
    measured, low, high : ndarray, shape (k,)
        Mean over `n_seeds` repetitions, and its 95 % t interval.
    theory : ndarray, shape (k,)
        σ²/B·(N−B)/(N−1) without replacement, σ²/B with; σ² is the variance of one sample's gradient.
    bias, bias_error : ndarray, shape (k, 2)
        Mean of g_B − g over all draws, and its standard error.
    n_seeds, draws : int
        Repetitions, and batches drawn in each.
    """

    batch_sizes: NDArray[np.int64]
    measured: Array
    low: Array
    high: Array
    theory: Array
    bias: Array
    bias_error: Array
    n_seeds: int
    draws: int


def gradient_variance(
    on: Problem,
    point: ArrayLike | str,
    *,
    batch_sizes: Sequence[int] | None = None,
    replacement: bool = False,
    draws: int = 300,
    n_seeds: int = 10,
    seed: int = 0,
) -> GradientVariance:
    """Measure the variance and the bias of mini-batch gradients at ``point``: (2,), a name of `STARTS` or ``optimum``.

    Each draw is one order of the samples, and the batch of size B its first B: the estimates at different sizes share
    their draws, each is unbiased by itself. There are fewer ``draws`` where n is large. If none are
    given, the sizes are `batch_sizes` of n.

    Raises
    ------
    InvalidArgument
        A point that is not finite; no batch size, or one that is not between 1 and n; ``draws`` not between 10 and
        10000, ``n_seeds`` not between 2 and 100; a bad seed.
    """
    w = check_place(on, point)
    sizes = check_batch_sizes(on, all_sizes(on.n) if batch_sizes is None else batch_sizes)
    draws = min(check_integer(draws, "draws", low=10, high=10_000), max(10, 1_000_000 // on.n))
    check_integer(n_seeds, "n_seeds", low=2, high=100)
    check_integer(seed, "seed", low=0)
    deviations = sample_gradients(on, w)
    deviations = deviations - deviations.mean(axis=0)
    widest = int(sizes.max())
    errors = np.empty((n_seeds, draws, sizes.size, 2))
    for repetition in range(n_seeds):
        rng = np.random.default_rng([seed, repetition])
        if replacement:
            order = rng.integers(on.n, size=(draws, widest))
        else:
            order = rng.permuted(np.tile(np.arange(on.n), (draws, 1)), axis=1)[:, :widest]
        sums = np.cumsum(deviations[order], axis=1)[:, sizes - 1]
        errors[repetition] = sums / sizes[:, np.newaxis]
    if not replacement:
        errors[:, :, sizes == on.n] = 0.0  # the sum of all deviations, free of rounding
    by_seed = (errors**2).sum(axis=-1).mean(axis=1)
    measured = by_seed.mean(axis=0)
    half_width = stdtrit(n_seeds - 1, 0.975) * by_seed.std(axis=0, ddof=1) / np.sqrt(n_seeds)
    pooled = errors.reshape(-1, sizes.size, 2)
    variance = float((deviations**2).sum(axis=1).mean())
    return GradientVariance(
        batch_sizes=sizes,
        measured=measured,
        low=measured - half_width,
        high=measured + half_width,
        theory=variance * np.array([batch_variance_factor(on.n, int(b), replacement) for b in sizes]),
        bias=pooled.mean(axis=0),
        bias_error=pooled.std(axis=0, ddof=1) / np.sqrt(len(pooled)),
        n_seeds=n_seeds,
        draws=draws,
    )


@dataclass(frozen=True, slots=True)
class NoiseBall:
    """How far from the optimum constant-rate SGD keeps wandering: rms distance, by learning rate.

    Attributes
    ----------
    learning_rates : ndarray, shape (k,)
    radius, low, high : ndarray, shape (k,)
        Measured: the root of the mean squared distance over the second half of `n_runs` runs that start at the optimum,
        and its 95 % t interval. inf where runs overflowed.
    reshuffled : ndarray, shape (k,)
        The same, with batches drawn without replacement, epoch by epoch.
    lyapunov : ndarray, shape (k,)
        Theory for small steps, HS + SH = (η/B) Σ: the radius √tr S grows as √η.
    moments : ndarray, shape (k,)
        Theory for any step, from the recursion of the second moments over the same updates: exact for the squared loss,
        an approximation around the optimum for the logistic loss. inf where it overflows.
    stable_below : float
        Where the second moments stop converging. Lower than 2/λmax: the noise alone can diverge.
    n_runs, updates : int
    """

    learning_rates: Array
    radius: Array
    low: Array
    high: Array
    reshuffled: Array
    lyapunov: Array
    moments: Array
    stable_below: float
    n_runs: int
    updates: int


def noise_ball(
    on: Problem,
    *,
    batch_size: int,
    learning_rates: ArrayLike | None = None,
    updates: int = 1000,
    n_runs: int = 40,
    seed: int = 0,
    report: Callable[[float], None] = lambda fraction: None,
) -> NoiseBall:
    """Run SGD from the optimum at each learning rate, and measure how far the noise drives it.

    If no ``learning_rates`` are given: eight, from 1 % of 2/λmax to 80 % of `noise_limit`. ``report`` is called with
    the fraction done.

    Raises
    ------
    InvalidArgument
        No learning rate, or one not above 0; a batch size that is not between 1 and n; ``updates`` not between 10 and
        20000, ``n_runs`` not between 2 and 1000; a bad seed.
    """
    check_batch_size(on, batch_size)
    moments = _SecondMoments(on, batch_size)
    if learning_rates is None:
        learning_rates = np.geomspace(0.01 * on.limit, 0.8 * moments.stable_below(), 8)
    etas = check_rates(learning_rates)
    check_updates(updates, low=10)
    seeds = check_seeds(seed, n_runs)
    squares = {}
    for replacement in (True, False):
        total: Array | float = 0.0
        options = Options(batch_size=batch_size, learning_rates=etas, updates=updates, replacement=replacement)
        for t, w in enumerate(walk(on, options, start=on.optimum, seeds=seeds)):
            if t % 100 == 0:
                report((t / updates + (not replacement)) / 2)
            if t >= updates // 2:
                with np.errstate(over="ignore", invalid="ignore"):
                    total = total + ((w - on.optimum[:, np.newaxis, np.newaxis]) ** 2).sum(axis=0)
        mean = np.asarray(total) / (updates - updates // 2)
        squares[replacement] = np.where(np.isfinite(mean), mean, np.inf)
    mean_square = squares[True].mean(axis=1)
    with np.errstate(invalid="ignore"):  # inf − inf, where runs overflowed
        error = stdtrit(n_runs - 1, 0.975) * squares[True].std(axis=1, ddof=1) / np.sqrt(n_runs)
        low = np.sqrt(np.maximum(mean_square - error, 0.0))
    return NoiseBall(
        learning_rates=etas,
        radius=np.sqrt(mean_square),
        low=low,
        high=np.sqrt(mean_square + error),
        reshuffled=np.sqrt(squares[False].mean(axis=1)),
        lyapunov=np.sqrt(etas * moments.lyapunov_trace()),
        moments=np.array([np.sqrt(moments.mean_trace(eta, updates)) for eta in etas]),
        stable_below=moments.stable_below(),
        n_runs=n_runs,
        updates=updates,
    )


def noise_limit(on: Problem, batch_size: int) -> float:
    """Return the learning rate where the mean squared distance of plain SGD stops converging, for batches of B drawn
    with replacement: 2/λmax for B → ∞, lower where the noise alone can diverge.

    Raises
    ------
    InvalidArgument
        A batch size that is not between 1 and n.
    """
    return _noise_limit(on, check_batch_size(on, batch_size))


@lru_cache(maxsize=64)
def _noise_limit(on: Problem, batch_size: int) -> float:
    return _SecondMoments(on, batch_size).stable_below()


class _SecondMoments:
    """The recursion of S = E[δδᵀ], δ = w − optimum, under SGD with batches drawn with replacement.

    δ ← (I − ηA)δ − ηε with the batch's curvature A and gradient at the optimum ε. E[A] = H, E[ε] = 0, E[εεᵀ] = Σ/B:
    vec S ← [(I − ηH)⊗(I − ηH) + (η²/B)(E[A₁⊗A₁] − H⊗H)] vec S + (η²/B) vec Σ, where A₁ belongs to one sample.
    """

    def __init__(self, on: Problem, batch_size: int) -> None:
        each = sample_gradients(on, on.optimum)
        weights = np.ones(on.n)
        if on.loss == "logistic":
            p = expit(on.inputs @ on.optimum)
            weights = p * (1 - p)
        products = (on.inputs[:, :, np.newaxis] * on.inputs[:, np.newaxis]).reshape(on.n, 4) * weights[:, np.newaxis]
        # E[A ⊗ A] acts on vec S as E[A S A]: by (i, j), (k, l) it is E[A_ik A_jl].
        fourth = np.einsum("nik,njl->ijkl", *[products.reshape(-1, 2, 2)] * 2).reshape(4, 4) / on.n
        self.hessian, self.curvatures, self.batch_size = on.hessian, on.curvatures, batch_size
        self.extra = (fourth - np.kron(on.hessian, on.hessian)) / batch_size
        self.noise = _covariance(each) / batch_size

    def step(self, eta: float) -> Array:
        contraction = np.eye(2) - eta * self.hessian
        step: Array = np.kron(contraction, contraction) + eta**2 * self.extra
        return step

    def lyapunov_trace(self) -> float:
        """Return tr S / η where HS + SH = ηΣ/B: times H⁻¹, its trace is 2 tr S = η tr(H⁻¹Σ)/B."""
        return 0.5 * float(np.trace(np.linalg.solve(self.hessian, self.noise)))

    def mean_trace(self, eta: float, updates: int) -> float:
        """Return the mean of tr S over the second half of the updates, from S = 0."""
        step, moments, total = self.step(eta), np.zeros(4), 0.0
        noise = eta**2 * self.noise.ravel()
        with np.errstate(over="ignore", invalid="ignore"):
            for t in range(updates):
                moments = step @ moments + noise
                if t >= updates // 2:
                    total += moments[0] + moments[3]
        return total / (updates - updates // 2) if np.isfinite(total) else np.inf

    def stable_below(self) -> float:
        """Return the learning rate where the spectral radius of `step` passes 1, by bisection."""
        low, high = 0.0, 2.0 / float(self.curvatures[1])
        for _ in range(60):
            middle = (low + high) / 2
            stable = np.abs(np.linalg.eigvals(self.step(middle))).max() < 1
            low, high = (middle, high) if stable else (low, middle)
        return high
