"""The noise of mini-batch gradients and the stationary distance it causes (the noise ball), measured and in theory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri, expit

from core.gd_sgd_minibatch.inputs import (
    check_batch_size,
    check_batch_sizes,
    check_point,
    check_points,
    check_rates,
    check_seeds,
    check_updates,
)
from core.gd_sgd_minibatch.problems import Problem, sample_gradients
from core.gd_sgd_minibatch.problems import batch_sizes as all_sizes
from core.gd_sgd_minibatch.simulation import Options, iterate_updates
from core.intervals import t_interval
from core.progress import Report, no_report
from core.validate import check_integer

Array = NDArray[np.float64]
# Radius, in standard deviations, of the ellipse that contains 95 % of a two-dimensional normal distribution.
ELLIPSE_RADIUS = float(np.sqrt(chdtri(2, 0.05)))
_ANGLES = np.linspace(0, 2 * np.pi, 73)


@dataclass(frozen=True, slots=True)
class GradientCloud:
    """Mini-batch gradients at several points.

    Attributes
    ----------
    points : ndarray, shape (n_points, 2)
    gradients : ndarray, shape (n_points, n_batches, 2)
        The same batches at every point.
    full : ndarray, shape (n_points, 2)
        The gradient of the full loss.
    covariance : ndarray, shape (n_points, 2, 2)
        Theory: Σ/B·(N−B)/(N−1) without replacement and Σ/B with it, where Σ is the covariance of single samples.
    measured_covariance : ndarray, shape (n_points, 2, 2)
        The covariance of `gradients`.
    ellipses : ndarray, shape (n_points, 73, 2)
        The 95 % ellipse of a normal distribution with mean `full` and covariance `covariance`.
    inside : ndarray, shape (n_points,)
        Share of `gradients` inside the ellipse; nan where there is no noise.
    """

    points: Array
    gradients: Array
    full: Array
    covariance: Array
    measured_covariance: Array
    ellipses: Array
    inside: Array

    @property
    def radius(self) -> Array:
        """Root mean squared distance of a batch's gradient from the full one, in theory; shape (n_points,)."""
        return np.asarray(np.sqrt(np.trace(self.covariance, axis1=1, axis2=2)))


def gradient_cloud(
    problem: Problem,
    points: ArrayLike,
    *,
    batch_size: int,
    n_batches: int = 200,
    replacement: bool = False,
    seed: int = 0,
) -> GradientCloud:
    """Draw mini-batches and compute their gradients at each of ``points``, shape (n_points, 2).

    For single samples without replacement and n ≤ 1000, nothing is drawn: each sample is used once.

    Raises
    ------
    InvalidArgument
        Points not finite; a batch size that is not between 1 and n; ``n_batches`` not between 10 and 5000; an invalid
        seed.

    Examples
    --------
    At the optimum the full gradient is 0, but the gradients of batches are not.

    >>> from core.gd_sgd_minibatch import load_problem
    >>> problem = load_problem("diabetes")
    >>> cloud = gradient_cloud(problem, [problem.optimum], batch_size=32)
    >>> cloud.gradients.shape
    (1, 200, 2)
    >>> bool(abs(cloud.full).max() < 1e-12 < abs(cloud.gradients).min())
    True
    """
    w = check_points(problem, points)
    check_batch_size(problem, batch_size)
    check_integer(n_batches, "n_batches", low=10, high=5000)
    rng = np.random.default_rng(check_integer(seed, "seed", low=0))
    if batch_size == 1 and not replacement and problem.n <= 1000:
        weights = np.eye(problem.n)
    elif replacement:
        weights = rng.multinomial(batch_size, np.full(problem.n, 1 / problem.n), size=n_batches) / batch_size
    else:
        weights = rng.permuted(np.tile(np.arange(problem.n) < batch_size, (n_batches, 1)), axis=1) / batch_size
    per_sample = sample_gradients(problem, w)
    full = per_sample.mean(axis=1)
    gradients = np.einsum("mn,pnd->pmd", weights, per_sample, optimize=True)
    if batch_size == problem.n and not replacement:
        gradients = np.broadcast_to(full[:, np.newaxis], gradients.shape).copy()  # exact, without rounding errors
    covariance = _covariance(per_sample) * batch_variance_factor(problem.n, batch_size, replacement)
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
    """Return the population covariance (divided by n) over the second-to-last axis."""
    deviations = vectors - vectors.mean(axis=-2, keepdims=True)
    covariance: Array = np.swapaxes(deviations, -1, -2) @ deviations / vectors.shape[-2]
    return covariance


def batch_variance_factor(n: int, batch_size: int, replacement: bool) -> float:
    """Return the variance of a batch's mean gradient as a share of the variance of one sample's gradient.

    Examples
    --------
    >>> batch_variance_factor(101, 10, True)
    0.1
    >>> batch_variance_factor(101, 10, False)
    0.091
    >>> batch_variance_factor(101, 101, False)
    0.0
    """
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
        Mean over `n_seeds` repetitions and its 95 % t interval.
    theory : ndarray, shape (k,)
        σ²/B·(N−B)/(N−1) without replacement, σ²/B with; σ² is the variance of one sample's gradient.
    bias, bias_error : ndarray, shape (k, 2)
        Mean of g_B − g over all draws and its standard error.
    n_seeds, draws : int
        Number of repetitions and of batches per repetition.
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
    problem: Problem,
    point: ArrayLike | str,
    *,
    batch_sizes: Sequence[int] | None = None,
    replacement: bool = False,
    draws: int = 300,
    n_seeds: int = 10,
    seed: int = 0,
) -> GradientVariance:
    """Measure the variance and the bias of mini-batch gradients at one point, by batch size.

    Each draw is one order of the samples, and the batch of size B is its first B samples. Estimates at different batch
    sizes therefore share their draws; each of them is unbiased. The number of draws is reduced where n is large.

    Parameters
    ----------
    problem : Problem
    point : array_like of shape (2,) or str
        A point, a name in `STARTS` or ``optimum``.
    batch_sizes : sequence of int, optional
        Default: `batch_sizes` of n.
    replacement : bool
        Whether batches are drawn with replacement.
    draws, n_seeds, seed : int
        Batches per repetition, number of repetitions, and seed.

    Raises
    ------
    InvalidArgument
        A point that is not finite; no batch size, or one that is not between 1 and n; ``draws`` not between 10 and
        10000; ``n_seeds`` not between 2 and 100; an invalid seed.

    Examples
    --------
    Without replacement a batch of all samples has no variance.

    >>> from core.gd_sgd_minibatch import load_problem
    >>> result = gradient_variance(load_problem("diabetes"), "corner", batch_sizes=[1, 442], draws=20)
    >>> (bool(result.measured[0] > 1), float(result.measured[1]), float(result.theory[1]))
    (True, 0.0, 0.0)
    """
    w = check_point(problem, point)
    sizes = check_batch_sizes(problem, all_sizes(problem.n) if batch_sizes is None else batch_sizes)
    draws = min(check_integer(draws, "draws", low=10, high=10_000), max(10, 1_000_000 // problem.n))
    check_integer(n_seeds, "n_seeds", low=2, high=100)
    check_integer(seed, "seed", low=0)
    deviations = sample_gradients(problem, w)
    deviations = deviations - deviations.mean(axis=0)
    widest = int(sizes.max())
    errors = np.empty((n_seeds, draws, sizes.size, 2))
    for repetition in range(n_seeds):
        rng = np.random.default_rng([seed, repetition])
        if replacement:
            order = rng.integers(problem.n, size=(draws, widest))
        else:
            order = rng.permuted(np.tile(np.arange(problem.n), (draws, 1)), axis=1)[:, :widest]
        sums = np.cumsum(deviations[order], axis=1)[:, sizes - 1]
        errors[repetition] = sums / sizes[:, np.newaxis]
    if not replacement:
        errors[:, :, sizes == problem.n] = 0.0  # exact: the deviations sum to 0
    by_seed = (errors**2).sum(axis=-1).mean(axis=1)
    measured = by_seed.mean(axis=0)
    low, high = t_interval(by_seed, axis=0)
    pooled = errors.reshape(-1, sizes.size, 2)
    variance = float((deviations**2).sum(axis=1).mean())
    return GradientVariance(
        batch_sizes=sizes,
        measured=measured,
        low=low,
        high=high,
        theory=variance * np.array([batch_variance_factor(problem.n, int(b), replacement) for b in sizes]),
        bias=pooled.mean(axis=0),
        bias_error=pooled.std(axis=0, ddof=1) / np.sqrt(len(pooled)),
        n_seeds=n_seeds,
        draws=draws,
    )


def gradient_variances(
    problem: Problem,
    point: ArrayLike | str,
    *,
    seed: int = 0,
    report: Report = no_report,
) -> dict[str, GradientVariance]:
    """Measure the `gradient_variance` of batches drawn ``with`` and ``without`` replacement.

    ``report`` is called with the completed fraction.

    Raises
    ------
    InvalidArgument
        As `gradient_variance`.

    Examples
    --------
    >>> from core.gd_sgd_minibatch import load_problem
    >>> variances = gradient_variances(load_problem("diabetes"), "corner")
    >>> {kind: bool(result.measured[-1] > 0) for kind, result in variances.items()}
    {'with': True, 'without': False}
    """
    variances: dict[str, GradientVariance] = {}
    for kind in ("with", "without"):
        report(len(variances) / 2)
        variances[kind] = gradient_variance(problem, point, replacement=kind == "with", seed=seed)
    return variances


@dataclass(frozen=True, slots=True)
class NoiseBall:
    """The stationary rms distance of constant-rate SGD from the optimum, by learning rate.

    Attributes
    ----------
    learning_rates : ndarray, shape (k,)
    radius, low, high : ndarray, shape (k,)
        Measured root mean squared distance over the second half of `n_runs` runs that start at the optimum, with
        batches drawn with replacement, and its 95 % t interval. inf where runs overflowed.
    reshuffled : ndarray, shape (k,)
        The same distance with batches drawn without replacement in each epoch.
    lyapunov : ndarray, shape (k,)
        Theory for small steps: √tr S with HS + SH = (η/B) Σ, which grows as √η.
    moments : ndarray, shape (k,)
        Theory for any step, from the recursion of the second moments over the same updates: exact for the squared loss,
        an approximation around the optimum for the logistic loss. inf where it overflows.
    stable_below : float
        Learning rate from which the second moments diverge. It is below 2/λmax: the noise alone can diverge.
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
    problem: Problem,
    *,
    batch_size: int,
    learning_rates: ArrayLike | None = None,
    updates: int = 1000,
    n_runs: int = 40,
    seed: int = 0,
    report: Report = no_report,
) -> NoiseBall:
    """Run SGD from the optimum at each learning rate and measure how far the noise drives it away.

    Parameters
    ----------
    problem : Problem
    batch_size : int
    learning_rates : array_like, optional
        Default: eight rates from 1 % of 2/λmax to 80 % of `noise_limit`.
    updates, n_runs, seed : int
        Updates per run, runs per learning rate, and the first seed.
    report : callable
        Called with the completed fraction.

    Raises
    ------
    InvalidArgument
        No learning rate, or one not above 0; a batch size that is not between 1 and n; ``updates`` not between 10 and
        20000; ``n_runs`` not between 2 and 1000; an invalid seed.

    Examples
    --------
    Four times the learning rate doubles the radius: it grows as √η.

    >>> from core.gd_sgd_minibatch import load_problem
    >>> ball = noise_ball(load_problem("diabetes"), batch_size=8, learning_rates=[0.005, 0.02], updates=20, n_runs=2)
    >>> round(float(ball.lyapunov[1] / ball.lyapunov[0]), 6)
    2.0
    """
    check_batch_size(problem, batch_size)
    moments = _SecondMoments(problem, batch_size)
    if learning_rates is None:
        learning_rates = np.geomspace(0.01 * problem.limit, 0.8 * moments.stable_below(), 8)
    step_sizes = check_rates(learning_rates)
    check_updates(updates, low=10)
    seeds = check_seeds(seed, n_runs)
    squares = {}
    for replacement in (True, False):
        total: Array | float = 0.0
        options = Options(batch_size=batch_size, learning_rates=step_sizes, updates=updates, replacement=replacement)
        for t, w in enumerate(iterate_updates(problem, options, start=problem.optimum, seeds=seeds)):
            if t % 100 == 0:
                report((t / updates + (not replacement)) / 2)
            if t >= updates // 2:
                with np.errstate(over="ignore", invalid="ignore"):
                    total = total + ((w - problem.optimum[:, np.newaxis, np.newaxis]) ** 2).sum(axis=0)
        mean = np.asarray(total) / (updates - updates // 2)
        squares[replacement] = np.where(np.isfinite(mean), mean, np.inf)
    mean_square = squares[True].mean(axis=1)
    with np.errstate(invalid="ignore"):  # inf − inf, where runs overflowed
        low, high = t_interval(squares[True])
    return NoiseBall(
        learning_rates=step_sizes,
        radius=np.sqrt(mean_square),
        low=np.sqrt(np.maximum(low, 0.0)),
        high=np.sqrt(high),
        reshuffled=np.sqrt(squares[False].mean(axis=1)),
        lyapunov=np.sqrt(step_sizes * moments.lyapunov_trace()),
        moments=np.array([np.sqrt(moments.mean_trace(eta, updates)) for eta in step_sizes]),
        stable_below=moments.stable_below(),
        n_runs=n_runs,
        updates=updates,
    )


def noise_limit(problem: Problem, batch_size: int) -> float:
    """Return the learning rate above which the mean squared distance of plain SGD diverges.

    Batches of ``batch_size`` samples are drawn with replacement. The limit tends to 2/λmax for large batches and is
    lower for small ones, whose noise alone can diverge.

    Raises
    ------
    InvalidArgument
        A batch size that is not between 1 and n.

    Examples
    --------
    >>> from core.gd_sgd_minibatch import load_problem
    >>> problem = load_problem("diabetes")
    >>> noise_limit(problem, 1) < noise_limit(problem, 32) < problem.limit
    True
    """
    return _noise_limit(problem, check_batch_size(problem, batch_size))


@lru_cache(maxsize=64)
def _noise_limit(problem: Problem, batch_size: int) -> float:
    return _SecondMoments(problem, batch_size).stable_below()


class _SecondMoments:
    """The recursion of S = E[δδᵀ], δ = w − optimum, under SGD with batches drawn with replacement.

    One update is δ ← (I − ηA)δ − ηε, where A is the Hessian of the batch and ε its gradient at the optimum. With
    E[A] = H, E[ε] = 0, E[εεᵀ] = Σ/B and the Hessian A₁ of a single sample:
    vec S ← [(I − ηH)⊗(I − ηH) + (η²/B)(E[A₁⊗A₁] − H⊗H)] vec S + (η²/B) vec Σ.
    """

    def __init__(self, problem: Problem, batch_size: int) -> None:
        per_sample = sample_gradients(problem, problem.optimum)
        weights = np.ones(problem.n)
        if problem.loss == "logistic":
            p = expit(problem.inputs @ problem.optimum)
            weights = p * (1 - p)
        products = (problem.inputs[:, :, np.newaxis] * problem.inputs[:, np.newaxis]).reshape(problem.n, 4) * weights[
            :, np.newaxis
        ]
        # E[A ⊗ A] acts on vec S as E[A S A]: by (i, j), (k, l) it is E[A_ik A_jl].
        fourth = np.einsum("nik,njl->ijkl", *[products.reshape(-1, 2, 2)] * 2).reshape(4, 4) / problem.n
        self.hessian, self.curvatures, self.batch_size = problem.hessian, problem.curvatures, batch_size
        self.extra = (fourth - np.kron(problem.hessian, problem.hessian)) / batch_size
        self.noise = _covariance(per_sample) / batch_size

    def step(self, eta: float) -> Array:
        contraction = np.eye(2) - eta * self.hessian
        step: Array = np.kron(contraction, contraction) + eta**2 * self.extra
        return step

    def lyapunov_trace(self) -> float:
        """Return tr S / η for HS + SH = ηΣ/B. Multiplied by H⁻¹, the trace is 2 tr S = η tr(H⁻¹Σ)/B."""
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
        """Return the learning rate at which the spectral radius of `step` reaches 1, by bisection."""
        low, high = 0.0, 2.0 / float(self.curvatures[1])
        for _ in range(60):
            middle = (low + high) / 2
            stable = np.abs(np.linalg.eigvals(self.step(middle))).max() < 1
            low, high = (middle, high) if stable else (low, middle)
        return high
