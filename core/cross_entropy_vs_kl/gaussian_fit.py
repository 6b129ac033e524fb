"""A Gaussian fitted to a mixture of two Gaussians by forward and by reverse KL divergence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.lazy_imports import importing
from core.validate import check_between

Array = NDArray[np.float64]

MAX_SEPARATION = 10.0
MEAN_LIMIT, MEANS = 6.0, 121
SIGMA_LIMITS, SIGMAS = (0.3, 6.0), 80
LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True)
class GaussianOptimum:
    """A Gaussian at a minimum of one of the two objectives.

    Attributes
    ----------
    mean, sigma : float
    forward_kl : float
        KL(mixture ‖ Gaussian), nats.
    reverse_kl : float
        KL(Gaussian ‖ mixture), nats.
    """

    mean: float
    sigma: float
    forward_kl: float
    reverse_kl: float


@dataclass(frozen=True, slots=True)
class GaussianFit:
    """Both fits of one Gaussian to the mixture ½N(−D/2, 1) + ½N(D/2, 1).

    Attributes
    ----------
    separation : float
        D, in standard deviations of a component.
    forward : GaussianOptimum
        The minimum of KL(mixture ‖ Gaussian), which has the mean and the variance of the mixture.
    reverse : tuple of GaussianOptimum
        The local minima of KL(Gaussian ‖ mixture), lowest first. Both modes are included if one is.
    seeks_mode : bool
        Whether the lowest minimum is on a mode and not at the centre.
    means : ndarray of shape (121,)
    log_sigmas : ndarray of shape (80,)
        The grid of the surfaces.
    forward_surface, reverse_surface : ndarray of shape (80, 121)
        Both objectives in nats; rows are ``log_sigmas``, columns are ``means``.
    x : ndarray of shape (401,)
    mixture_density, forward_density : ndarray of shape (401,)
    reverse_densities : ndarray of shape (len(reverse), 401)
    """

    separation: float
    forward: GaussianOptimum
    reverse: tuple[GaussianOptimum, ...]
    seeks_mode: bool
    means: Array
    log_sigmas: Array
    forward_surface: Array
    reverse_surface: Array
    x: Array
    mixture_density: Array
    forward_density: Array
    reverse_densities: Array


def fit_gaussian(separation: float) -> GaussianFit:
    r"""Fit N(μ, σ²) to :math:`p = \tfrac12 N(-D/2, 1) + \tfrac12 N(D/2, 1)` by forward and by reverse KL.

    Forward: :math:`KL(p\|q) = -H(p) + \tfrac12\log 2\pi\sigma^2 + (1 + D^2/4 + \mu^2) / 2\sigma^2`. The minimum has the
    moments of p: μ = 0 and σ² = 1 + D²/4.

    Reverse: :math:`KL(q\|p) = -\log\sigma - \tfrac12 + (\mu^2+\sigma^2)/2 + D^2/8 - E_q \log\cosh(Dz/2)`. It has up to
    three minima, found by L-BFGS from starting points near the centre and on a mode. The expectation is computed by the
    trapezoidal rule: log cosh has a kink of width 1/D, for which Gauss–Hermite quadrature with 32 nodes has an error of
    up to 0.2 nats at D = 6.

    Parameters
    ----------
    separation : float
        D, between 0 and 10.

    Raises
    ------
    InvalidArgument
        ``out_of_range``.

    References
    ----------
    Minka, T. (2005). Divergence measures and message passing. Microsoft Research TR-2005-173.

    Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 10.1.2. ISBN 978-0-387-31073-2.

    Examples
    --------
    >>> fit = fit_gaussian(0.0)
    >>> (round(fit.forward.sigma, 6), round(fit.reverse[0].sigma, 4), fit.seeks_mode)
    (1.0, 1.0, False)
    >>> fit = fit_gaussian(8.0)
    >>> (round(fit.forward.sigma**2, 6), [round(optimum.mean) for optimum in fit.reverse], fit.seeks_mode)
    (17.0, [4, -4, 0], True)
    """
    d = float(check_between(separation, "separation", 0.0, MAX_SEPARATION))
    neg_entropy = _mixture_negative_entropy(d)

    forward_mean, forward_sigma = 0.0, math.sqrt(1 + d * d / 4)
    forward = _optimum(d, forward_mean, math.log(forward_sigma), neg_entropy)
    reverse = tuple(_optimum(d, mean, log_sigma, neg_entropy) for mean, log_sigma in _reverse_minima(d))
    # Rounded, because otherwise rounding errors would decide the order of the two modes.
    reverse = tuple(sorted(reverse, key=lambda optimum: (round(optimum.reverse_kl, 9), -optimum.mean)))

    means = np.linspace(-MEAN_LIMIT, MEAN_LIMIT, MEANS)
    log_sigmas = np.linspace(math.log(SIGMA_LIMITS[0]), math.log(SIGMA_LIMITS[1]), SIGMAS)
    right_half = _reverse_kl(d, means[MEANS // 2 :], log_sigmas[:, None], SURFACE_NODES)
    reverse_surface = np.concatenate([right_half[:, :0:-1], right_half], axis=1)  # symmetric in the mean

    x = np.linspace(-MAX_SEPARATION, MAX_SEPARATION, 401)
    return GaussianFit(
        separation=d,
        forward=forward,
        reverse=reverse,
        seeks_mode=reverse[0].mean != 0.0,
        means=means,
        log_sigmas=log_sigmas,
        forward_surface=_forward_kl(d, means, log_sigmas[:, None], neg_entropy),
        reverse_surface=reverse_surface,
        x=x,
        mixture_density=np.exp(_log_mixture(d, x)),
        forward_density=_normal_density(x, forward.mean, forward.sigma),
        reverse_densities=np.stack([_normal_density(x, optimum.mean, optimum.sigma) for optimum in reverse]),
    )


@lru_cache(maxsize=1)
def mode_seeking_threshold() -> float:
    """Return the separation D at which reverse KL is equal at the centre and on a mode; above it, a mode is lowest.

    Examples
    --------
    >>> round(mode_seeking_threshold(), 1)
    5.6
    """
    with importing:
        from scipy.optimize import brentq

    def advantage(d: float) -> float:
        centre, mode = _reverse_minima(d)[:2]
        return float(_reverse_kl(d, *centre, OPTIMUM_NODES) - _reverse_kl(d, *mode, OPTIMUM_NODES))

    return float(brentq(advantage, 5.2, 6.0, xtol=1e-6))


def _nodes(step: float) -> tuple[Array, Array]:
    """Return the nodes and weights of the trapezoidal rule for an expectation under N(0, 1)."""
    x: Array = step * np.arange(-round(7 / step), round(7 / step) + 1, dtype=np.float64)
    w = np.exp(-(x**2) / 2)
    return x, np.asarray(w / w.sum(), dtype=np.float64)


# The largest error of the surface, at D = 10 and σ = 6, is below 1e-4 nats.
SURFACE_NODES = _nodes(0.05)
OPTIMUM_NODES = _nodes(0.02)


def _reverse_kl(
    d: float, mean: float | Array, log_sigma: float | Array, nodes: tuple[Array, Array]
) -> NDArray[np.float64]:
    x, w = nodes
    mean, log_sigma = np.asarray(mean), np.asarray(log_sigma)
    sigma = np.exp(log_sigma)
    u = np.abs(d / 2 * (mean[..., None] + sigma[..., None] * x))
    log_cosh = u + np.log1p(np.exp(-2 * u)) - math.log(2)
    return np.asarray(-log_sigma - 0.5 + (mean**2 + sigma**2) / 2 + d * d / 8 - log_cosh @ w)


def _reverse_kl_gradient(d: float, mean: float, log_sigma: float) -> Array:
    x, w = OPTIMUM_NODES
    sigma = math.exp(log_sigma)
    t = np.tanh(d / 2 * (mean + sigma * x))
    return np.array([mean - d / 2 * (w @ t), -1 + sigma**2 - d / 2 * sigma * (w @ (x * t))])


def _reverse_minima(d: float) -> list[tuple[float, float]]:
    """Return the local minima as (mean, log σ): the centre if it is one, then the right and the left mode, if any."""
    with importing:
        from scipy.optimize import minimize
    minima: list[tuple[float, float]] = []
    # The first start is slightly off the centre: if it converges there, the centre is a minimum and not a saddle point.
    for start in ((0.2, math.log(1 + d * d / 4) / 2), (d / 2, 0.0)):
        found = minimize(
            lambda v: float(_reverse_kl(d, v[0], v[1], OPTIMUM_NODES)),
            start,
            jac=lambda v: _reverse_kl_gradient(d, v[0], v[1]),
            method="L-BFGS-B",  # bounded, because an unbounded line search can diverge where the mode appears
            bounds=((-MEAN_LIMIT, MEAN_LIMIT), (math.log(SIGMA_LIMITS[0]), math.log(SIGMA_LIMITS[1]))),
            options={"gtol": 1e-7, "ftol": 1e-15},
        )
        mean, log_sigma = float(found.x[0]), float(found.x[1])
        if abs(mean) < 1e-3:
            minima = minima or [(0.0, log_sigma)]
        else:
            minima += [(mean, log_sigma), (-mean, log_sigma)]
    return minima


def _forward_kl(d: float, mean: float | Array, log_sigma: float | Array, neg_entropy: float) -> Array:
    second_moment = 1 + d * d / 4 + np.square(mean)  # of the mixture about the Gaussian's mean
    return np.asarray(neg_entropy + LOG_2PI / 2 + log_sigma + second_moment / 2 * np.exp(-2 * np.asarray(log_sigma)))


def _optimum(d: float, mean: float, log_sigma: float, neg_entropy: float) -> GaussianOptimum:
    return GaussianOptimum(
        mean=mean,
        sigma=math.exp(log_sigma),
        forward_kl=max(0.0, float(_forward_kl(d, mean, log_sigma, neg_entropy))),
        reverse_kl=max(0.0, float(_reverse_kl(d, mean, log_sigma, OPTIMUM_NODES))),
    )


def _log_mixture(d: float, x: Array) -> Array:
    return np.logaddexp(-((x - d / 2) ** 2) / 2, -((x + d / 2) ** 2) / 2) - math.log(2) - LOG_2PI / 2


def _mixture_negative_entropy(d: float) -> float:
    step = 0.05
    x = np.arange(-d / 2 - 9, d / 2 + 9, step)
    log_p = _log_mixture(d, x)
    return float(step * (np.exp(log_p) @ log_p))


def _normal_density(x: Array, mean: float, sigma: float) -> Array:
    return np.asarray(np.exp(-(((x - mean) / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi)))
