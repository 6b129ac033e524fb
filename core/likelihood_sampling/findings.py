"""What is worth noticing about intervals; a page turns each code into a sentence."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from core.findings import Finding
from core.likelihood_sampling.coverage import CoverageCurves
from core.likelihood_sampling.experiment import Experiment, OneSample, Scatter, intervals_of
from core.likelihood_sampling.importance import Proposals, infinite_variance
from core.likelihood_sampling.products import Products
from core.likelihood_sampling.sources import draw, misfit

Array = NDArray[np.float64]

# Fewer misses than this say nothing about the side on which they lie.
_MISSES = 10
# One side has this share of the misses.
_ONE_SIDED = 0.9
# A coverage this near to the level counts as close: one interval in a hundred is not worth a warning.
_CLOSE = 0.01
_CORRELATED = 0.3
# One arm of the interval by likelihood is longer than the other by this factor.
_LOPSIDED = 1.25
# Limit and mean differ by this share of the mean.
_APART = 0.01
# A model with a scatter between 1/this and this times the assumed one has intervals of about the right width.
_WIDTH = 1.25
# The Cauchy source has more than this many values in a sample, compared with a sample of this many.
_FEW = 10


def rank_correlation(first: Array, second: Array) -> float:
    """Return Spearman's rank correlation; 0 if one of the two is constant.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 4.0]), np.array([3.0, 2.0, 0.0]))
    -1.0
    """
    ranks = []
    for values in (first, second):
        _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
        ranks.append((np.cumsum(counts) - (counts - 1) / 2)[index])
    centred = [rank - rank.mean() for rank in ranks]
    scale = math.sqrt(float((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return round(float((centred[0] * centred[1]).sum()) / scale, 12) if scale else 0.0


def findings(result: Experiment, one: OneSample) -> list[Finding]:
    """Return the findings about the intervals of many samples, and about the likelihood of the first.

    - ``close``, ``short``, ``long``: the nominal level is at most 0.01 outside of the 95% interval of the measured
      coverage, or further above or below it.
    - ``small_means``: there are at least 10 misses by the CLT, at least 90% of them below the truth, and mean and width
      have a rank correlation of at least 0.3.
    - ``no_convergence``: Cauchy source, CLT, n > 10; the median half-width at n and at n = 10.
    - ``equal``: some samples have an interval of width 0, because all their values are equal.
    - ``wrong_limit``: the model is wrong and its estimates approach another mean (more than 1% away).
    - ``wrong_width``: they approach the true mean, but with a standard deviation that differs from the assumed one by
      more than a factor of 1.25.
    - ``unknown_model``: a model for a population of values, so that nobody knows whether it is right.
    - ``arms``: the interval of the first sample by likelihood has a width above 0, and its two sides differ by a
      factor of at least 1.25.

    Examples
    --------
    >>> from core.likelihood_sampling.experiment import first_sample, run
    >>> from core.likelihood_sampling.sources import make_source
    >>> result = run(make_source("lognormal"), 30)
    >>> [finding.code for finding in findings(result, first_sample(result))]
    ['short', 'small_means', 'arms']
    """
    found = [_coverage_finding(result)]
    coverage, intervals = result.coverage, result.intervals
    missed = coverage.below + coverage.above
    if result.method == "clt" and missed >= _MISSES and coverage.below >= _ONE_SIDED * missed:
        correlation = rank_correlation(intervals.estimate, intervals.width)
        if correlation >= _CORRELATED:
            figures = {"missed": missed, "below": coverage.below, "above": coverage.above, "correlation": correlation}
            found.append(Finding("small_means", figures))
    if result.source.name == "cauchy" and result.method == "clt" and result.n > _FEW:
        few = intervals_of(draw(result.source, _FEW, 1000, seed=0), result.source, "clt", result.level)
        half = float(np.median(intervals.high - intervals.low)) / 2
        figures = {"n": result.n, "few": _FEW, "half": half, "half_few": float(np.median(few.high - few.low)) / 2}
        found.append(Finding("no_convergence", figures))
    equal = (result.samples == result.samples[:, :1]).all(axis=1)
    empty = int((equal & (intervals.high == intervals.low)).sum())
    if empty:
        found.append(Finding("equal", {"share": empty / coverage.samples}))
    found += _misfit_findings(result)
    estimate, low, high = one.by_likelihood
    left, right = estimate - low, high - estimate
    if one.model and max(left, right) > 0 and max(left, right) >= _LOPSIDED * min(left, right):
        found.append(Finding("arms", {"left": left, "right": right}))
    return found


def _coverage_finding(result: Experiment) -> Finding:
    coverage, level = result.coverage, result.level
    code = "short" if coverage.high < level - _CLOSE else "long" if coverage.low > level + _CLOSE else "close"
    figures = {"share": coverage.share, "low": coverage.low, "high": coverage.high, "level": level}
    return Finding(code, {**figures, "below": coverage.below, "above": coverage.above, "samples": coverage.samples})


def _misfit_findings(result: Experiment) -> list[Finding]:
    if result.source.name in ("tumours", "own"):
        return [Finding("unknown_model", {})] if result.method != "clt" else []
    wrong = misfit(result.source, result.method)
    if wrong is None:
        return []
    estimates = float(np.median(result.intervals.estimate))
    figures = {"divergence": wrong.divergence, "limit": wrong.limit, "mean": result.truth, "median": estimates}
    if abs(wrong.limit - result.truth) > _APART * abs(result.truth):
        return [Finding("wrong_limit", figures)]
    if not 1 / _WIDTH <= wrong.width_ratio <= _WIDTH:
        code = "wrong_width" if wrong.width_ratio > 1 else "wrong_width_wide"
        return [Finding(code, {**figures, "ratio": wrong.width_ratio})]
    return []


def scatter_finding(result: Experiment, scatter: Scatter) -> Finding:
    """Return how the width that the first sample predicts compares with the scatter of all estimates.

    - ``predicted``: it is within 25% of the scatter.
    - ``too_narrow``, ``too_wide``: it is smaller or larger.
    - ``no_width``: the sample has no positive finite width, or the estimates do not scatter.

    Examples
    --------
    >>> from core.likelihood_sampling.experiment import run, scatter_of_estimates
    >>> from core.likelihood_sampling.sources import make_source
    >>> result = run(make_source("normal"), 100)
    >>> scatter_finding(result, scatter_of_estimates(result)).code
    'predicted'
    """
    figures = {"width": scatter.width, "scatter": scatter.scatter, "samples": result.coverage.samples}
    if not (math.isfinite(scatter.width) and scatter.width > 0 and scatter.scatter > 0):
        return Finding("no_width", {"samples": result.coverage.samples, "scatter": scatter.scatter})
    ratio = scatter.width / scatter.scatter
    code = "too_narrow" if ratio < 1 / _WIDTH else "too_wide" if ratio > _WIDTH else "predicted"
    return Finding(code, figures)


def curve_findings(curves: CoverageCurves) -> list[tuple[str, Finding]]:
    """Return, for each method, how its coverage changes with the sample size, beside its name.

    - ``worse``: at the largest size the coverage is below the level, and further from it than at the size where it is
      the nearest, by the 95% intervals of both.
    - ``reached``: the nominal level is inside the interval of the coverage at the largest size.
    - ``above``, ``still_short``: it is below that interval, or above.

    Examples
    --------
    >>> from core.likelihood_sampling.coverage import coverage_curves
    >>> from core.likelihood_sampling.sources import make_source
    >>> [(name, found.code) for name, found in curve_findings(coverage_curves(make_source("exponential")))][2]
    ('lognormal', 'worse')
    """
    found = []
    for name, share in curves.share.items():
        lows, highs, level = curves.low[name], curves.high[name], curves.level
        best, low, high = int(np.argmin(np.abs(share - level))), float(lows[-1]), float(highs[-1])
        figures: dict[str, float | int] = {"n": int(curves.sizes[-1]), "share": float(share[-1]), "level": level}
        if max(level - lows[best], highs[best] - level) < level - high:
            figures |= {"best_n": int(curves.sizes[best]), "best": float(share[best])}
            code = "worse"
        else:
            code = "reached" if low <= level <= high else "above" if low > level else "still_short"
        found.append((name, Finding(code, figures)))
    return found


def product_findings(products: Products) -> list[tuple[str, Finding]]:
    """Return, for each number type, when the product of densities is 0 (``zero``), infinite, or never (``finite``).

    Examples
    --------
    >>> from core.likelihood_sampling.products import running_products
    >>> product_findings(running_products("coin"))[0][1].figures
    {'at': 25}
    """
    total = products.log10.size
    return [
        (dtype, Finding(f"product_{products.end[dtype]}", {"at": total if lost is None else lost}))
        for dtype, lost in products.lost.items()
    ]


def proposal_findings(proposals: Proposals, width: float) -> list[Finding]:
    """Return the findings about the proposal with one of the widths.

    - ``infinite`` or ``finite``: the variance of the weights.
    - ``twin``: for a width below 1, the width above 1 whose reported effective sample size is the nearest, if it
      differs by at most 0.1 of the draws, and the coverage of both.

    Examples
    --------
    >>> from core.likelihood_sampling.importance import compare_proposals
    >>> [finding.code for finding in proposal_findings(compare_proposals(), 0.4)]
    ['infinite', 'twin']
    """
    at = int(np.flatnonzero(proposals.widths == width)[0])
    figures = {
        "width": width,
        "share": float(proposals.share[at]),
        "effective": float(proposals.effective[at]),
        "below": float(proposals.below[at]),
        "above": float(proposals.above[at]),
    }
    found = [Finding("infinite" if infinite_variance(width) else "finite", figures)]
    wider = np.flatnonzero(proposals.widths > 1)
    twin = wider[np.abs(proposals.effective[wider] - proposals.effective[at]).argmin()]
    if width < 1 and abs(proposals.effective[twin] - proposals.effective[at]) <= 0.1:
        twin_figures = {
            "twin": float(proposals.widths[twin]),
            "twin_effective": float(proposals.effective[twin]),
            "twin_share": float(proposals.share[twin]),
        }
        found.append(Finding("twin", {**figures, **twin_figures}))
    return found
