"""Numerical stability of softmax and its loss: where algorithms fail in floating point, and which one does not.

Five algorithms compute the same quantities in float16, bfloat16, float32 or float64 (see `ALGORITHMS`):

- ``naive``: p = exp z / Σ exp z, then the loss −log p_t.
- ``shifted``: p = exp(z − max z) / Σ exp(z − max z). It returns probabilities only, and its verdict depends on them.
- ``log_of_softmax``: the shifted p, then the loss −log p_t; the gradient is propagated through both.
- ``log_sum_exp``: log p = (z − max z) − log Σ exp(z − max z); the loss does not use p.
- ``plus_epsilon``: the shifted p, then −log(p_t + 1e-8), a common workaround.

Gradients are with respect to the logits z = logits / temperature. They follow the steps of the algorithm in the same
floating-point type, as automatic differentiation computes them. Losses are in nats.

References
----------
Blanchard, P., Higham, D. J., Higham, N. J. (2021). Accurately computing the log-sum-exp and softmax functions.
IMA Journal of Numerical Analysis 41(4), 2311-2330. doi:10.1093/imanum/draa038
"""

from core.findings import Finding
from core.softmax_stability.arithmetic import ALGORITHMS, DTYPES, EPSILON
from core.softmax_stability.challenges import CHALLENGES
from core.softmax_stability.claims import CLAIMS
from core.softmax_stability.errors import ErrorCurve, Errors, error_curve, errors
from core.softmax_stability.exams import EXAMS
from core.softmax_stability.findings import findings, map_findings, online_finding, steps_findings
from core.softmax_stability.inputs import (
    EXTREMES,
    MAX_CLASSES,
    MAX_MAP_LOGITS,
    MAX_POINTS,
    add_offset,
    check_logits,
    extreme_class,
    make_logits,
    parse_logits,
)
from core.softmax_stability.judgement import VERDICTS
from core.softmax_stability.limits import (
    ExpRange,
    InputShares,
    NearCertainty,
    SubtractionOrders,
    SumOverflow,
    exp_range,
    input_shares,
    near_certainty,
    softplus_loss,
    subtraction_orders,
    sum_overflow_at,
)
from core.softmax_stability.online import OnlineTrace, online_softmax
from core.softmax_stability.thumbnail import thumbnail
from core.softmax_stability.trace import Reference, Stage, Trace, cell_states, reference, trace
from core.softmax_stability.verdict_map import VerdictMap, map_grid, verdict_map

__all__ = [
    "ALGORITHMS",
    "CHALLENGES",
    "CLAIMS",
    "DTYPES",
    "EPSILON",
    "EXAMS",
    "EXTREMES",
    "MAX_CLASSES",
    "MAX_MAP_LOGITS",
    "MAX_POINTS",
    "VERDICTS",
    "ErrorCurve",
    "Errors",
    "ExpRange",
    "Finding",
    "InputShares",
    "NearCertainty",
    "OnlineTrace",
    "Reference",
    "Stage",
    "SubtractionOrders",
    "SumOverflow",
    "Trace",
    "VerdictMap",
    "add_offset",
    "cell_states",
    "check_logits",
    "error_curve",
    "errors",
    "exp_range",
    "extreme_class",
    "findings",
    "input_shares",
    "make_logits",
    "map_findings",
    "map_grid",
    "near_certainty",
    "online_finding",
    "online_softmax",
    "parse_logits",
    "reference",
    "softplus_loss",
    "steps_findings",
    "subtraction_orders",
    "sum_overflow_at",
    "thumbnail",
    "trace",
    "verdict_map",
]
