"""Coverage against the sample size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.likelihood_sampling.experiment import cover, intervals_of
from core.likelihood_sampling.sources import Source, draw, methods, model_of, true_mean
from core.progress import Report, no_report

Array = NDArray[np.float64]

SIZES = (2, 3, 5, 10, 20, 30, 50, 100, 300, 1000)
# Most samples of a size, and least.
_MOST, _LEAST = 2000, 1000
_CAUCHY_LEAST = 300
_NUMBERS = 1_000_000
_CAUCHY_NUMBERS = 200_000


def _repeats(n: int, model: str) -> int:
    if model == "cauchy":
        return min(max(_CAUCHY_NUMBERS // n, _CAUCHY_LEAST), _MOST)
    return min(max(_NUMBERS // n, _LEAST), _MOST)


@dataclass(frozen=True, slots=True)
class CoverageCurves:
    """The coverage of each method at each sample size.

    Attributes
    ----------
    sizes : ndarray, shape (sizes,)
    share, low, high : dict of str to ndarray, shape (sizes,)
        By method: the share of intervals that contain the true mean, and its 95% interval by Wilson's method.
    level : float
        The nominal coverage.
    samples : int
        The smallest number of samples behind a share.
    """

    sizes: Array
    share: dict[str, Array]
    low: dict[str, Array]
    high: dict[str, Array]
    level: float
    samples: int


def coverage_curves(
    source: Source, *, level: float = 0.95, seed: int = 0, report: Report = no_report
) -> CoverageCurves:
    """Measure the coverage of all methods of a source over the sample size.

    Parameters
    ----------
    source : Source
    level : float
    seed : int
    report : callable
        Called with the finished share of the work.

    Examples
    --------
    >>> from core.likelihood_sampling.sources import make_source
    >>> curves = coverage_curves(make_source("bernoulli", p=0.5))
    >>> list(curves.share), bool(curves.share["clt"][-1] > 0.9)
    (['clt', 'right'], True)
    """
    names, truth = methods(source), true_mean(source)
    rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
    fewest = _MOST
    for at, n in enumerate(SIZES):
        report(at / len(SIZES))
        counts = {name: _repeats(n, "" if name == "clt" else model_of(source, name)) for name in names}
        fewest = min(fewest, *counts.values())
        samples = draw(source, n, max(counts.values()), seed=seed)
        for name, count in counts.items():
            found = cover(intervals_of(samples[:count], source, name, level), truth)
            rows[name].append((found.share, found.low, found.high))
    share, low, high = ({name: np.array([row[k] for row in rows[name]]) for name in names} for k in range(3))
    return CoverageCurves(np.array(SIZES, dtype=np.float64), share, low, high, level, fewest)
