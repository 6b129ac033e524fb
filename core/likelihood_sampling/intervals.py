"""Intervals for the mean: by the central limit theorem, and by the likelihood ratio of a model."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, lambertw, stdtrit, xlogy

from core.validate import check_choice

Array = NDArray[np.float64]
# A deviance at points, and its derivative.
Deviance = Callable[[Array], tuple[Array, Array]]

MODELS = ("normal", "exponential", "lognormal", "bernoulli", "cauchy")
# Up to this sample size the Cauchy likelihood often has several maxima, so the search starts at the best value.
_SEVERAL_MAXIMA = 10
# Numbers that are multiplied before a logarithm is taken, which is slower than a multiplication.
_FACTORS = 8


@dataclass(frozen=True, slots=True)
class Intervals:
    """An interval for each sample.

    Attributes
    ----------
    estimate, low, high : ndarray, shape (samples,)
        Ends of likelihood intervals may be infinite.
    width : ndarray, shape (samples,)
        The standard error of each estimate: s/√n, or 1/√J of the curvature J of the log-likelihood; nan where the
        curvature is not positive.
    """

    estimate: Array
    low: Array
    high: Array
    width: Array


def threshold(level: float) -> float:
    """Return the quantile of the χ² distribution with one degree of freedom; half of it cuts the log-likelihood.

    Examples
    --------
    >>> round(threshold(0.95), 3)
    3.841
    """
    return float(chdtri(1, 1 - level))


def clt_intervals(samples: Array, level: float = 0.95) -> Intervals:
    """Return mean ± t·s/√n of each row, where t is the quantile of Student's distribution. Rows have at least 2 values.

    Examples
    --------
    >>> result = clt_intervals(np.array([[1.0, 2.0, 3.0]]))
    >>> round(float(result.high[0]), 3)
    4.484
    """
    n = samples.shape[1]
    mean = samples.mean(axis=1)
    width = samples.std(axis=1, ddof=1) / math.sqrt(n)
    half = float(stdtrit(n - 1, (1 + level) / 2)) * width
    return Intervals(mean, mean - half, mean + half, width)


def likelihood_intervals(samples: Array, model: str, level: float = 0.95) -> Intervals:
    """Return, for each row, the means whose log-likelihood is within half a χ² quantile of the maximum.

    The normal and the lognormal model have a second parameter: the log-likelihood is its maximum over that parameter
    (profile likelihood). The Cauchy model has scale 1, and its centre takes the place of the mean; if its likelihood
    has several maxima, the interval is the one around the highest. A row of equal values has an interval of width 0
    under the normal and the lognormal model.

    Parameters
    ----------
    samples : ndarray, shape (samples, n)
        n ≥ 2. Positive for the exponential and the lognormal model, 0 or 1 for the Bernoulli model.
    model : str
        One of `MODELS`.
    level : float

    Returns
    -------
    Intervals

    Raises
    ------
    InvalidArgument
        ``model`` is none of `MODELS`.

    References
    ----------
    Wilks, S. S. (1938). The large-sample distribution of the likelihood ratio for testing composite hypotheses. Annals
    of Mathematical Statistics 9(1), 60-62. doi:10.1214/aoms/1177732360

    Examples
    --------
    >>> result = likelihood_intervals(np.array([[1.0, 2.0, 3.0]]), "exponential")
    >>> [round(float(end[0]), 3) for end in (result.low, result.high)]
    [0.771, 8.042]
    """
    check_choice(model, "model", MODELS)
    return {
        "normal": _normal,
        "exponential": _exponential,
        "lognormal": _lognormal,
        "bernoulli": _bernoulli,
        "cauchy": _cauchy,
    }[model](samples, threshold(level))


def relative_log_likelihood(sample: Array, model: str, means: Array) -> Array:
    """Return the log-likelihood of a sample at given means minus its maximum, shape (len(means),).

    −∞ at means that the model does not have.

    Raises
    ------
    InvalidArgument
        ``model`` is none of `MODELS`.

    Examples
    --------
    >>> relative_log_likelihood(np.array([1.0, 2.0, 3.0]), "exponential", np.array([2.0, -1.0])).tolist()
    [0.0, -inf]
    """
    check_choice(model, "model", MODELS)
    n, top = sample.size, float(likelihood_intervals(sample[None], model).estimate[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        if model == "normal":
            deviance = n * np.log1p((means - top) ** 2 / sample.var())
        elif model == "exponential":
            deviance = np.where(means > 0, 2 * n * (top / means - 1 - np.log(top / means)), np.inf)
        elif model == "lognormal":
            logs = np.log(sample)
            distance = np.log(np.where(means > 0, means, np.nan)) - logs.mean()
            deviance = n * _lognormal_deviance(distance, logs.var())[0]
        elif model == "bernoulli":
            deviance = np.where((means >= 0) & (means <= 1), _bernoulli_deviance(means, n, top * n), np.inf)
        else:
            deviance = (
                2 * np.log1p((sample - means[:, None]) ** 2).sum(axis=1) - 2 * np.log1p((sample - top) ** 2).sum()
            )
    return 0.0 - 0.5 * np.where(np.isnan(deviance), np.inf, deviance)


def _normal(samples: Array, cut: float) -> Intervals:
    n = samples.shape[1]
    mean, deviation = samples.mean(axis=1), samples.std(axis=1)
    half = deviation * math.sqrt(math.expm1(cut / n))
    return Intervals(mean, mean - half, mean + half, deviation / math.sqrt(n))


def _exponential(samples: Array, cut: float) -> Intervals:
    # The deviance is 2n(r − 1 − log r) with r = mean / θ; Lambert's W solves r − log r = 1 + cut / 2n.
    n = samples.shape[1]
    mean = samples.mean(axis=1)
    at = -math.exp(-1 - cut / (2 * n))
    smaller, larger = (-float(lambertw(at, branch).real) for branch in (0, -1))
    return Intervals(mean, mean / larger, mean / smaller, mean / math.sqrt(n))


def _lognormal_deviance(distance: Array, variance: Array | float) -> tuple[Array, Array]:
    """Return the deviance per value, and its derivative, at a distance from the mean of the logarithms to log θ.

    The best variance of the model with mean θ is v = −2 + 2√(1 + S), with S the mean squared distance of the logarithms
    from log θ.
    """
    square = variance + distance**2
    root = np.sqrt(1 + square)
    best = 2 * square / (1 + root)
    return np.log(best / variance) + root - 1 - distance, 2 * distance / best - 1


def _lognormal(samples: Array, cut: float) -> Intervals:
    n = samples.shape[1]
    logs = np.log(samples)
    mean, variance = logs.mean(axis=1), logs.var(axis=1)
    # Equal values have a variance of rounding errors.
    equal = np.ptp(samples, axis=1) == 0
    safe = np.where(equal, 1.0, variance)
    error = np.sqrt((safe + safe**2 / 2) / n)

    def deviance(distance: Array) -> tuple[Array, Array]:
        value, slope = _lognormal_deviance(distance, safe)
        return n * value, n * slope

    low, high = (_crossing(deviance, safe / 2, side * error, cut) for side in (-1, 1))
    with np.errstate(over="ignore"):
        top = np.exp(mean + np.where(equal, 0.0, safe / 2))
        ends = [np.where(equal, top, np.exp(mean + end)) for end in (low, high)]
        return Intervals(top, ends[0], ends[1], np.where(equal, 0.0, top * error))


def _bernoulli_deviance(p: Array, n: int, count: Array | float) -> Array:
    rest = n - count
    with np.errstate(divide="ignore"):
        deviance: Array = 2 * (xlogy(count, count / n) - xlogy(count, p) + xlogy(rest, rest / n) - xlogy(rest, 1 - p))
    return deviance


def _bernoulli(samples: Array, cut: float) -> Intervals:
    n = samples.shape[1]
    counts, index = np.unique(samples.sum(axis=1), return_inverse=True)
    share = counts / n
    # Bisection between the estimate, where the deviance is 0, and 0 or 1, where it is ∞ or stays below the cut.
    ends = []
    for far in (0.0, 1.0):
        inside, outside = share.copy(), np.full_like(share, far)
        for _ in range(50):
            middle = (inside + outside) / 2
            above = _bernoulli_deviance(middle, n, counts) > cut
            inside, outside = np.where(above, inside, middle), np.where(above, middle, outside)
        ends.append(np.where(share == far, far, outside))
    width = np.sqrt(share * (1 - share) / n)
    return Intervals(share[index], ends[0][index], ends[1][index], width[index])


def _cauchy(samples: Array, cut: float) -> Intervals:
    n = samples.shape[1]
    centre = _cauchy_maximum(samples)
    curvature = _cauchy_slopes(samples, centre)[1]
    columns = np.ascontiguousarray(samples.T)
    base = 1 + (columns - centre) ** 2

    def deviance(at: Array) -> tuple[Array, Array]:
        distance = columns - at
        squares = 1 + distance**2
        return 2 * _log_of_product(squares / base), -4 * (distance / squares).sum(axis=0)

    low, high = (_crossing(deviance, centre, np.full(len(samples), side * math.sqrt(2 / n)), cut) for side in (-1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.where(curvature > 0, 1 / np.sqrt(np.abs(curvature)), np.nan)
    return Intervals(centre, low, high, width)


def _log_of_product(factors: Array) -> Array:
    """Return the logarithm of the product along the first axis; few logarithms, and no product overflows."""
    if len(factors) <= _FACTORS or not 1e-30 < factors.min() <= factors.max() < 1e30:
        total: Array = np.log(factors).sum(axis=0)
        return total
    whole = len(factors) // _FACTORS * _FACTORS
    products = factors[:whole].reshape(_FACTORS, -1, factors.shape[1]).prod(axis=0)
    total = np.log(products).sum(axis=0) + np.log(factors[whole:]).sum(axis=0)
    return total


def _cauchy_slopes(samples: Array, centre: Array) -> tuple[Array, Array, Array]:
    """Return the derivative of the log-likelihood, its negative second derivative, and Σ 1/(1 + (x − centre)²)."""
    distance = samples - centre[:, None]
    weight = 1 / (1 + distance**2)
    slope = 2 * (distance * weight).sum(axis=1)
    curvature = (2 * (1 - distance**2) * weight**2).sum(axis=1)
    return slope, curvature, weight.sum(axis=1)


def _cauchy_maximum(samples: Array) -> Array:
    """Return the centre of highest likelihood: Newton's steps where the curvature allows, else the fixed point."""
    n = samples.shape[1]
    if n <= _SEVERAL_MAXIMA:
        squares = (samples[:, :, None] - samples[:, None, :]) ** 2
        best = np.log1p(squares).sum(axis=1).argmin(axis=1)
        centre = np.take_along_axis(samples, best[:, None], axis=1)[:, 0]
    else:
        centre = np.median(samples, axis=1)
    for _ in range(60):
        slope, curvature, weight = _cauchy_slopes(samples, centre)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = np.where(curvature > n / 8, slope / curvature, np.inf)
        step = np.where(np.abs(newton) < 1, newton, slope / (2 * weight))
        centre = centre + step
        if np.abs(step).max() < 1e-7:
            break
    return centre


def _crossing(deviance: Deviance, top: Array, step: Array, cut: float) -> Array:
    """Return where a deviance, 0 at ``top``, first reaches ``cut`` in the direction of ``step``, shape of ``top``.

    Newton's method on the square root of the deviance, which is nearly linear, inside a bracket.
    """
    inside, outside = top, top + step * math.sqrt(cut)
    for _ in range(200):
        value, _ = deviance(outside)
        if (value >= cut).all():
            break
        inside, outside = (
            np.where(value < cut, outside, inside),
            np.where(value < cut, outside + 1.5 * (outside - top), outside),
        )
    at = outside
    for _ in range(60):
        value, slope = deviance(at)
        below = value < cut
        inside, outside = np.where(below, at, inside), np.where(below, outside, at)
        if (np.abs(value - cut) < 1e-7 * cut).all():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            root = np.sqrt(np.maximum(value, 0.0))
            newton = at - (root - math.sqrt(cut)) * 2 * root / slope
        between = (newton - inside) * (newton - outside) < 0
        at = np.where(between, newton, (inside + outside) / 2)
    return at
