"""Many samples of one size from a source, and the interval for the mean that each gives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.intervals import wilson
from core.likelihood_sampling.intervals import (
    Intervals,
    clt_intervals,
    likelihood_intervals,
    relative_log_likelihood,
    threshold,
)
from core.likelihood_sampling.sources import Source, draw, methods, model_of, true_mean
from core.validate import check_choice, check_integer

Array = NDArray[np.float64]

MAX_N = 1000
LEVELS = (0.8, 0.9, 0.95, 0.99)
# Numbers that are drawn for one picture, at most.
_NUMBERS = 200_000
# The Cauchy likelihood has no formula for its maximum or its interval.
_CAUCHY_NUMBERS = 15_000
# How far the chart of intervals reaches above the truth, in units of how far it reaches below.
_REACH = 4


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often intervals contain the true mean.

    Attributes
    ----------
    samples, contained : int
    below, above : int
        How many intervals lie wholly below or above the true mean.
    share, low, high : float
        The share of intervals that contain it, and its 95% interval by Wilson's method.
    """

    samples: int
    contained: int
    below: int
    above: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Experiment:
    """Samples of one size and their intervals.

    Attributes
    ----------
    source : Source
    n : int
    method : str
        ``clt``, ``right`` or a model.
    level : float
        The nominal coverage.
    truth : float
        The mean of the population, or the centre of the Cauchy source.
    samples : ndarray, shape (samples, n)
    intervals : Intervals
    coverage : Coverage
    """

    source: Source
    n: int
    method: str
    level: float
    truth: float
    samples: Array
    intervals: Intervals
    coverage: Coverage

    @property
    def on_a_grid(self) -> bool:
        """Whether the source has few different values, so that the quantiles of the estimates jump."""
        return self.source.name in ("bernoulli", "own")

    @property
    def scatter(self) -> float:
        """Half of the range that contains the middle 68.27% of the estimates: σ, if they are normal.

        If they lie `on_a_grid`, their standard deviation.
        """
        if self.on_a_grid:
            return float(np.std(self.intervals.estimate))
        low, high = np.quantile(self.intervals.estimate, (0.158655, 0.841345))
        return float(high - low) / 2


def repeats(n: int, model: str) -> int:
    """Return how many samples of size ``n`` are drawn: 200 to 2000, or 60 to 800 for the Cauchy model.

    Examples
    --------
    >>> repeats(30, "clt"), repeats(1000, "clt"), repeats(1000, "cauchy")
    (2000, 200, 60)
    """
    if model == "cauchy":
        return min(max(_CAUCHY_NUMBERS // n, 60), 800)
    return min(max(_NUMBERS // n, 200), 2000)


def intervals_of(samples: Array, source: Source, method: str, level: float = 0.95) -> Intervals:
    """Return the interval of each sample by a method.

    Raises
    ------
    InvalidArgument
        ``method`` is not one of the `methods` of the source.

    Examples
    --------
    >>> from core.likelihood_sampling.sources import make_source
    >>> result = intervals_of(np.array([[0.0, 1.0, 0.0]]), make_source("bernoulli"), "right")
    >>> round(float(result.high[0]), 2)
    0.84
    """
    check_choice(method, "method", methods(source))
    if method == "clt":
        return clt_intervals(samples, level)
    return likelihood_intervals(samples, model_of(source, method), level)


def cover(intervals: Intervals, truth: float) -> Coverage:
    """Count the intervals that contain ``truth``.

    Examples
    --------
    >>> zeros = np.zeros(4)
    >>> cover(Intervals(zeros, zeros - 1, np.array([1.0, 1.0, 1.0, -0.5]), zeros), 0.0).share
    0.75
    """
    below, above = int((intervals.high < truth).sum()), int((intervals.low > truth).sum())
    total = intervals.low.size
    contained = total - below - above
    low, high = wilson(contained, total)
    return Coverage(total, contained, below, above, contained / total, float(low), float(high))


def run(source: Source, n: int, method: str = "clt", *, level: float = 0.95, seed: int = 0) -> Experiment:
    """Draw samples of size ``n`` and compute the interval of each.

    Raises
    ------
    InvalidArgument
        ``n`` is not an integer between 2 and 1000, ``method`` is not one of the source's `methods`, or ``level`` is not
        one of 0.8, 0.9, 0.95 and 0.99.

    Examples
    --------
    >>> from core.likelihood_sampling.sources import make_source
    >>> run(make_source("normal"), 30).coverage.samples
    2000
    """
    check_integer(n, "n", low=2, high=MAX_N)
    check_choice(method, "method", methods(source))
    check_choice(str(level), "level", [str(allowed) for allowed in LEVELS])
    model = "clt" if method == "clt" else model_of(source, method)
    samples = draw(source, n, repeats(n, model), seed=seed)
    intervals, truth = intervals_of(samples, source, method, level), true_mean(source)
    return Experiment(source, n, method, level, truth, samples, intervals, cover(intervals, truth))


@dataclass(frozen=True, slots=True)
class OneSample:
    """The log-likelihood of one sample, beside the parabola of the central limit theorem.

    Attributes
    ----------
    model : str
        The model of the likelihood; "" if there is none.
    means : ndarray, shape (points,)
    likelihood, parabola : ndarray, shape (points,)
        Minus their maximum. The likelihood is nan if there is no model.
    by_likelihood, by_clt : tuple of float
        Estimate, low and high end of the interval.
    cut : float
        −½ of the χ² quantile: where the log-likelihood crosses it, the interval ends.
    beyond : bool
        Whether the interval by likelihood ends outside of ``means``.
    """

    model: str
    means: Array
    likelihood: Array
    parabola: Array
    by_likelihood: tuple[float, float, float]
    by_clt: tuple[float, float, float]
    cut: float
    beyond: bool


def first_sample(result: Experiment, points: int = 160) -> OneSample:
    """Return the log-likelihood of the first sample, and the parabola −½((θ − mean) / (s/√n))².

    Examples
    --------
    >>> from core.likelihood_sampling.sources import make_source
    >>> first_sample(run(make_source("exponential"), 30)).model
    'exponential'
    """
    sample, level = result.samples[:1], result.level
    model = model_of(result.source, result.method)
    by_clt = clt_intervals(sample, level)
    clt = (float(by_clt.estimate[0]), float(by_clt.low[0]), float(by_clt.high[0]))
    chosen = clt
    if model:
        found = likelihood_intervals(sample, model, level)
        chosen = (float(found.estimate[0]), float(found.low[0]), float(found.high[0]))
    low, high = min(clt[1], chosen[1], result.truth), max(clt[2], result.truth)
    # A long right arm may not squeeze the rest of the picture.
    high = max(high, chosen[0])
    high = max(high, min(chosen[2], high + 1.5 * (high - low)))
    if high == low:
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    margin = 0.06 * (high - low)
    means = np.linspace(low - margin, high + margin, points)
    width = float(by_clt.width[0])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        parabola = -0.5 * ((means - clt[0]) / width) ** 2 if width > 0 else np.full(points, np.nan)
    degenerate = not model or chosen[1] == chosen[2]
    curve = np.full(points, np.nan) if degenerate else relative_log_likelihood(sample[0], model, means)
    return OneSample(
        model, means, curve, parabola, chosen, clt, -threshold(level) / 2, beyond=bool(chosen[2] > means[-1])
    )


def histogram(values: Array, low: float, high: float, bins: int = 40) -> tuple[Array, Array]:
    """Return the outline of a histogram as a curve: x and density, shape (2·bins + 2,) each.

    The density is that of all values, those outside of the bins included.

    Examples
    --------
    >>> x, y = histogram(np.array([0.25, 0.75]), 0.0, 1.0, bins=2)
    >>> y.tolist()
    [0.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    """
    counts, edges = np.histogram(values, bins, (low, high))
    density = counts / values.size / (edges[1] - edges[0])
    return np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(density, 2), [0.0]])


@dataclass(frozen=True, slots=True)
class Scatter:
    """The estimates of all samples, beside the scatter that one sample predicts.

    Attributes
    ----------
    x, density : ndarray, shape (points,)
        The outline of the histogram.
    grid, predicted : ndarray, shape (points,)
        The normal density around the truth, as wide as the standard error of the first sample; nan if it has none.
    width : float
        That standard error.
    scatter : float
        `Experiment.scatter`.
    outside : int
        How many estimates lie outside of the histogram.
    """

    x: Array
    density: Array
    grid: Array
    predicted: Array
    width: float
    scatter: float
    outside: int


def scatter_of_estimates(result: Experiment) -> Scatter:
    """Return the histogram of the estimates and the prediction of the first sample.

    Examples
    --------
    >>> from core.likelihood_sampling.sources import make_source
    >>> found = scatter_of_estimates(run(make_source("normal"), 100))
    >>> round(found.width, 2), round(found.scatter, 2)
    (0.1, 0.1)
    """
    estimates, truth = result.intervals.estimate, result.truth
    width = float(result.intervals.width[0])
    quantiles = np.quantile(estimates, (0.01, 0.98))
    reach = 3 * width if math.isfinite(width) else 0.0
    low = min(float(quantiles[0]), max(truth - reach, float(estimates.min()) - reach))
    high = max(float(quantiles[1]), truth + reach)
    if not math.isfinite(high) or high <= low:
        high = low + 1.0
    x, density = histogram(estimates, low, high)
    grid = np.linspace(low, high, 200)
    predicted = np.full(200, np.nan)
    if width > 0:
        predicted = np.exp(-0.5 * ((grid - truth) / width) ** 2) / (width * math.sqrt(2 * math.pi))
    outside = int(((estimates < low) | (estimates > high)).sum())
    return Scatter(x, density, grid, predicted, width, result.scatter, outside)


@dataclass(frozen=True, slots=True)
class ShownIntervals:
    """The intervals of the first samples, in the order of their estimates.

    Attributes
    ----------
    rank : ndarray, shape (shown,)
        1, 2, …
    estimate, low, high : ndarray, shape (shown,)
    state : list of str
        ``contains`` the true mean, or lies ``below`` or ``above`` it.
    first : int
        The rank of the first sample.
    domain : tuple of float
        A range that contains the true mean and most intervals.
    outside : int
        How many intervals have an end outside of that range.
    """

    rank: Array
    estimate: Array
    low: Array
    high: Array
    state: list[str]
    first: int
    domain: tuple[float, float]
    outside: int


def shown_intervals(result: Experiment, count: int = 100) -> ShownIntervals:
    """Return the intervals of the first ``count`` samples, sorted by their estimates.

    Examples
    --------
    >>> from core.likelihood_sampling.sources import make_source
    >>> shown = shown_intervals(run(make_source("normal"), 30), count=2)
    >>> bool(shown.estimate[0] <= shown.estimate[1])
    True
    """
    intervals, truth = result.intervals, result.truth
    order = np.argsort(intervals.estimate[:count], kind="stable")
    estimate, low, high = (values[order] for values in (intervals.estimate, intervals.low, intervals.high))
    state = ["below" if b < truth else "above" if a > truth else "contains" for a, b in zip(low, high, strict=True)]
    bottom = min(truth, float(np.quantile(low, 0.05)))
    # Long right arms may not squeeze the rest of the picture.
    reach = max(truth + _REACH * (truth - bottom), float(np.quantile(estimate, 0.9)))
    top = max(truth, min(float(np.quantile(high, 0.9, method="lower")), reach))
    room = 0.08 * (top - bottom) or 0.5
    domain = (bottom - room, top + room)
    outside = int(((low < domain[0]) | (high > domain[1])).sum())
    rank = np.arange(1.0, order.size + 1)
    return ShownIntervals(rank, estimate, low, high, state, int(np.flatnonzero(order == 0)[0]) + 1, domain, outside)
