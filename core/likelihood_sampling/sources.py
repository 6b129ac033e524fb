"""The populations from which samples are drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from core.datasets import breast_cancer
from core.numbers import parse_numbers
from core.validate import InvalidArgument, check_between, check_choice, check_integer, check_vector

Array = NDArray[np.float64]

SOURCES = ("normal", "exponential", "lognormal", "bernoulli", "cauchy", "tumours")
MAX_VALUES = 1000
# Own values are limited so that no sum of squares overflows.
LARGEST = 1e9
SIGMAS = (0.25, 2.5)

# The models that a likelihood can be computed for, by source. "right" is the model of the source itself.
METHODS = {
    "normal": ("clt", "right"),
    "exponential": ("clt", "right", "lognormal"),
    "lognormal": ("clt", "right", "exponential"),
    "bernoulli": ("clt", "right"),
    "cauchy": ("clt", "right"),
    "tumours": ("clt", "lognormal", "exponential"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A population.

    Attributes
    ----------
    name : str
        One of `SOURCES`, or ``own``.
    shape : float
        σ of the logarithms of the lognormal source, the probability of 1 of the Bernoulli source; else 0.
    values : tuple of float
        The values of the population ``own``; samples are drawn from them with replacement.
    """

    name: str
    shape: float = 0.0
    values: tuple[float, ...] = ()


def make_source(name: str, *, sigma: float = 2.0, p: float = 0.01, values: Sequence[float] = ()) -> Source:
    """Return a source; ``sigma`` is that of the lognormal source, ``p`` that of the Bernoulli source.

    Raises
    ------
    InvalidArgument
        The name is unknown, ``sigma`` is not between 0.25 and 2.5, ``p`` is not between 0 and 1, or `check_values`
        refuses ``values``.

    Examples
    --------
    >>> true_mean(make_source("bernoulli", p=0.3))
    0.3
    """
    check_choice(name, "source", (*SOURCES, "own"))
    if name == "lognormal":
        return Source(name, float(check_between(sigma, "sigma", *SIGMAS)))
    if name == "bernoulli":
        return Source(name, float(check_between(p, "p", 0.0, 1.0)))
    if name == "own":
        return Source(name, values=tuple(check_values(values).tolist()))
    return Source(name)


def parse_values(text: str) -> tuple[float, ...]:
    """Return the numbers of a text as the values of a population.

    Raises
    ------
    InvalidArgument
        The text is not a list of numbers, or `check_values` refuses them.

    Examples
    --------
    >>> parse_values("1, 2.5; 4")
    (1.0, 2.5, 4.0)
    """
    return tuple(check_values(parse_numbers(text, "values")).tolist())


def check_values(values: Sequence[float]) -> Array:
    """Return the values of a population: 2 to 1000 numbers between −1e9 and 1e9, not all equal.

    Raises
    ------
    InvalidArgument
        ``too_few``, ``too_many``, ``not_finite``, ``out_of_range`` or ``constant``.

    Examples
    --------
    >>> check_values([1, 2]).tolist()
    [1.0, 2.0]
    """
    vector = check_vector(values, "values", at_least=2, at_most=MAX_VALUES)
    for value in (vector.min(), vector.max()):
        check_between(float(value), "values", -LARGEST, LARGEST)
    if np.ptp(vector) == 0:
        raise InvalidArgument("constant", argument="values")
    return vector


@lru_cache(maxsize=1)
def tumour_values() -> Array:
    """Return the standard error of the area of 569 tumours, in the original unit, read-only.

    Examples
    --------
    >>> tumour_values().shape
    (569,)
    """
    values = np.ascontiguousarray(breast_cancer(standardised=False).columns("area error")[:, 0])
    values.setflags(write=False)
    return values


def population(source: Source) -> Array | None:
    """Return the values of a source that has finitely many, which are equally likely; None for a distribution."""
    if source.name == "tumours":
        return tumour_values()
    return np.array(source.values) if source.name == "own" else None


def methods(source: Source) -> tuple[str, ...]:
    """Return the ways to compute an interval from a sample of the source, the central limit theorem first.

    Models that give values of the source no density are left out.

    Examples
    --------
    >>> methods(make_source("tumours"))
    ('clt', 'lognormal', 'exponential')
    >>> methods(make_source("own", values=[-1, 2]))
    ('clt',)
    """
    if source.name != "own":
        return METHODS[source.name]
    return METHODS["tumours"] if min(source.values) > 0 else ("clt",)


def model_of(source: Source, method: str) -> str:
    """Return the model whose likelihood is used: that of the method, or for the CLT the right one, if there is one.

    Returns "" if no model fits.

    Raises
    ------
    InvalidArgument
        ``method`` is not one of the `methods` of the source.

    Examples
    --------
    >>> model_of(make_source("cauchy"), "clt"), model_of(make_source("exponential"), "lognormal")
    ('cauchy', 'lognormal')
    """
    check_choice(method, "method", methods(source))
    if method == "right" or (method == "clt" and source.name in ("normal", *METHODS) and source.name != "tumours"):
        return source.name
    if method == "clt":
        return "lognormal" if "lognormal" in methods(source) else ""
    return method


def true_mean(source: Source) -> float:
    """Return the mean of the population; for the Cauchy source, which has none, its centre.

    Examples
    --------
    >>> true_mean(make_source("exponential"))
    1.0
    """
    values = population(source)
    if values is not None:
        return float(values.mean())
    means = {"normal": 0.0, "exponential": 1.0, "bernoulli": source.shape, "cauchy": 0.0}
    return means[source.name] if source.name in means else math.exp(source.shape**2 / 2)


def standard_deviation(source: Source) -> float:
    """Return the standard deviation of the population; ∞ for the Cauchy source.

    Examples
    --------
    >>> standard_deviation(make_source("bernoulli", p=0.5))
    0.5
    """
    values = population(source)
    if values is not None:
        return float(values.std())
    if source.name == "bernoulli":
        return math.sqrt(source.shape * (1 - source.shape))
    if source.name == "lognormal":
        return math.exp(source.shape**2 / 2) * math.sqrt(math.expm1(source.shape**2))
    return math.inf if source.name == "cauchy" else 1.0


def draw(source: Source, n: int, samples: int, *, seed: int = 0) -> Array:
    """Return samples of independent values, shape (samples, n). The first samples are the same for any ``samples``.

    Raises
    ------
    InvalidArgument
        ``n`` or ``samples`` is not a positive integer.

    Examples
    --------
    >>> draw(make_source("bernoulli", p=1.0), 3, 2).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    check_integer(n, "n", low=1)
    check_integer(samples, "samples", low=1)
    rng, size = np.random.default_rng(seed), (samples, n)
    values = population(source)
    if values is not None:
        # Not ``integers``, which uses a number of random bits that depends on what was drawn before.
        return values[(rng.random(size) * values.size).astype(np.intp)]
    if source.name == "bernoulli":
        return (rng.random(size) < source.shape).astype(np.float64)
    if source.name == "exponential":
        return rng.standard_exponential(size)
    if source.name == "cauchy":
        return rng.standard_cauchy(size)
    normal = rng.standard_normal(size)
    return np.exp(source.shape * normal) if source.name == "lognormal" else normal


@dataclass(frozen=True, slots=True)
class Misfit:
    """How a model differs from the source.

    Attributes
    ----------
    divergence : float
        KL divergence from the source to the best distribution of the model, in nats per value.
    limit : float
        The mean that the maximum-likelihood estimates approach as the samples grow.
    width_ratio : float
        The standard deviation of the estimates of large samples over the one that the model assumes. 1 if the model is
        right.
    """

    divergence: float
    limit: float
    width_ratio: float


def misfit(source: Source, method: str) -> Misfit | None:
    """Return how the wrong model of ``method`` differs from a distribution; None for a right or unknown model.

    References
    ----------
    White, H. (1982). Maximum likelihood estimation of misspecified models. Econometrica 50(1), 1-25.
    doi:10.2307/1912526

    Examples
    --------
    >>> round(misfit(make_source("exponential"), "lognormal").limit, 4)
    1.2779
    """
    if source.name == "exponential" and method == "lognormal":
        # The logarithm of an exponential value has mean −γ and variance π²/6.
        mean, variance = float(digamma(1)), math.pi**2 / 6
        divergence = mean + 0.5 * math.log(2 * math.pi * math.e * variance) - 1
        # Central moments of order 3 and 4 of the logarithm: −2ζ(3), and 3·variance² + π⁴/15.
        third, fourth = -2 * 1.2020569031595942, 3 * variance**2 + math.pi**4 / 15
        scatter = variance + third + (fourth - variance**2) / 4
        assumed = variance + variance**2 / 2
        return Misfit(divergence, math.exp(mean + variance / 2), math.sqrt(scatter / assumed))
    if source.name == "lognormal" and method == "exponential":
        sigma, mean = source.shape, true_mean(source)
        divergence = 1 + sigma**2 / 2 - 0.5 * math.log(2 * math.pi * math.e * sigma**2)
        return Misfit(divergence, mean, standard_deviation(source) / mean)
    return None
