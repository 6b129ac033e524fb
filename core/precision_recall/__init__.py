"""Precision, recall, F1 and ROC curves: what a test set says about the same classifier elsewhere.

The rates of a threshold, the share of positives that it finds (recall) and the share of negatives that it calls
positive, belong to the classifier. Precision, F1 and accuracy also depend on the share of positives among the examples.
Scores are drawn from two normal distributions, for which all of them are known, or come from real classifiers.

References
----------
Fawcett, T. (2006). An introduction to ROC analysis. Pattern Recognition Letters 27(8), 861-874.
doi:10.1016/j.patrec.2005.10.010
Davis, J., Goadrich, M. (2006). The relationship between precision-recall and ROC curves. ICML 2006.
doi:10.1145/1143844.1143874
"""

from core.precision_recall.cells import METRICS, Cells, constant_answers, measure, metric_intervals, metrics
from core.precision_recall.challenges import CHALLENGES
from core.precision_recall.claims import CLAIMS
from core.precision_recall.digits import (
    COLUMNS,
    MODELS,
    SEEDS,
    SMALLEST,
    SOURCE_MODELS,
    Table,
    compare_models,
    digit_scores,
)
from core.precision_recall.exams import EXAMS
from core.precision_recall.findings import (
    coverage_findings,
    curve_findings,
    findings,
    pair_findings,
    step_findings,
    sweep_findings,
    table_findings,
)
from core.precision_recall.histogram import Histogram, histogram
from core.precision_recall.intervals import POSITIVES, REPEATS, TOTAL, Coverage, cover
from core.precision_recall.overlap import overlap_f1, overlap_precision, tokens
from core.precision_recall.pairs import COMPARED, Pair, compare_pair, share_of_change, tpr_at
from core.precision_recall.population import (
    SIGMAS,
    Population,
    area,
    average_precision_of,
    best_threshold,
    cheapest_threshold,
    crossing_of_diagonal,
    expected_cost,
    expected_metrics,
    expected_precision,
    make_population,
    posterior,
    rates,
)
from core.precision_recall.ranking import (
    KINDS,
    Curves,
    NearSteps,
    Ranking,
    Steps,
    average_precision,
    best_f1,
    curves,
    delong,
    expected_curves,
    intervals_of_area,
    random_average_precision,
    rank,
    roc_area,
    step_through,
    steps_near,
)
from core.precision_recall.samples import MAX_N, Pool, Sample, count, draw, parse_pairs, pool_of, select
from core.precision_recall.sweep import BestThresholds, Sweep, best_thresholds, mean_cost, sweep
from core.precision_recall.thumbnail import thumbnail

__all__ = [
    "CHALLENGES",
    "CLAIMS",
    "COLUMNS",
    "COMPARED",
    "EXAMS",
    "KINDS",
    "MAX_N",
    "METRICS",
    "MODELS",
    "POSITIVES",
    "REPEATS",
    "SEEDS",
    "SIGMAS",
    "SMALLEST",
    "SOURCE_MODELS",
    "TOTAL",
    "BestThresholds",
    "Cells",
    "Coverage",
    "Curves",
    "Histogram",
    "NearSteps",
    "Pair",
    "Pool",
    "Population",
    "Ranking",
    "Sample",
    "Steps",
    "Sweep",
    "Table",
    "area",
    "average_precision",
    "average_precision_of",
    "best_f1",
    "best_threshold",
    "best_thresholds",
    "cheapest_threshold",
    "compare_models",
    "compare_pair",
    "constant_answers",
    "count",
    "cover",
    "coverage_findings",
    "crossing_of_diagonal",
    "curve_findings",
    "curves",
    "delong",
    "digit_scores",
    "draw",
    "expected_cost",
    "expected_curves",
    "expected_metrics",
    "expected_precision",
    "findings",
    "histogram",
    "intervals_of_area",
    "make_population",
    "mean_cost",
    "measure",
    "metric_intervals",
    "metrics",
    "overlap_f1",
    "overlap_precision",
    "pair_findings",
    "parse_pairs",
    "pool_of",
    "posterior",
    "random_average_precision",
    "rank",
    "rates",
    "roc_area",
    "select",
    "share_of_change",
    "step_findings",
    "step_through",
    "steps_near",
    "sweep",
    "sweep_findings",
    "table_findings",
    "thumbnail",
    "tokens",
    "tpr_at",
]
