"""Likelihood and sampling: two ways to an interval for the mean of n values, and how often each contains it.

The central limit theorem (CLT) needs no model, but a sample that is large enough for the population. The likelihood
works with few values, but needs the right model. Samples are drawn from a population with a known mean, so that the
share of intervals that contain it, the coverage, can be counted. Further modules compute the likelihood as a product
that underflows, and estimates by importance sampling whose reported precision is wrong.

References
----------
Wilks, S. S. (1938). The large-sample distribution of the likelihood ratio for testing composite hypotheses. Annals of
Mathematical Statistics 9(1), 60-62. doi:10.1214/aoms/1177732360
White, H. (1982). Maximum likelihood estimation of misspecified models. Econometrica 50(1), 1-25. doi:10.2307/1912526
"""

from core.likelihood_sampling.challenges import CHALLENGES
from core.likelihood_sampling.claims import CLAIMS
from core.likelihood_sampling.coverage import SIZES, CoverageCurves, coverage_curves
from core.likelihood_sampling.exams import EXAMS
from core.likelihood_sampling.experiment import (
    LEVELS,
    MAX_N,
    Coverage,
    Experiment,
    OneSample,
    Scatter,
    ShownIntervals,
    cover,
    first_sample,
    histogram,
    intervals_of,
    repeats,
    run,
    scatter_of_estimates,
    shown_intervals,
)
from core.likelihood_sampling.findings import (
    curve_findings,
    findings,
    product_findings,
    proposal_findings,
    rank_correlation,
    scatter_finding,
)
from core.likelihood_sampling.importance import WIDTHS, Proposals, compare_proposals, infinite_variance
from core.likelihood_sampling.intervals import (
    MODELS,
    Intervals,
    clt_intervals,
    likelihood_intervals,
    relative_log_likelihood,
    threshold,
)
from core.likelihood_sampling.products import DENSITIES, DTYPES, Products, per_value, running_products
from core.likelihood_sampling.sources import (
    SOURCES,
    Misfit,
    Source,
    check_values,
    draw,
    make_source,
    methods,
    misfit,
    model_of,
    parse_values,
    population,
    standard_deviation,
    true_mean,
    tumour_values,
)
from core.likelihood_sampling.thumbnail import thumbnail

__all__ = [
    "CHALLENGES",
    "CLAIMS",
    "DENSITIES",
    "DTYPES",
    "EXAMS",
    "LEVELS",
    "MAX_N",
    "MODELS",
    "SIZES",
    "SOURCES",
    "WIDTHS",
    "Coverage",
    "CoverageCurves",
    "Experiment",
    "Intervals",
    "Misfit",
    "OneSample",
    "Products",
    "Proposals",
    "Scatter",
    "ShownIntervals",
    "Source",
    "check_values",
    "clt_intervals",
    "compare_proposals",
    "cover",
    "coverage_curves",
    "curve_findings",
    "draw",
    "findings",
    "first_sample",
    "histogram",
    "infinite_variance",
    "intervals_of",
    "likelihood_intervals",
    "make_source",
    "methods",
    "misfit",
    "model_of",
    "parse_values",
    "per_value",
    "population",
    "product_findings",
    "proposal_findings",
    "rank_correlation",
    "relative_log_likelihood",
    "repeats",
    "run",
    "running_products",
    "scatter_finding",
    "scatter_of_estimates",
    "shown_intervals",
    "standard_deviation",
    "threshold",
    "thumbnail",
    "true_mean",
    "tumour_values",
]
