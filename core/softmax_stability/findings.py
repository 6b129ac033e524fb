"""Findings about one run of all algorithms, and about each deeper view; a page turns each code into a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.findings import Finding
from core.softmax_stability.arithmetic import EPSILON, numpy_dtype
from core.softmax_stability.errors import Errors
from core.softmax_stability.judgement import VERDICTS, tolerance
from core.softmax_stability.limits import exp_range, subtraction_orders
from core.softmax_stability.online import OnlineTrace
from core.softmax_stability.trace import Reference, Trace
from core.softmax_stability.verdict_map import VerdictMap

# If p_t is below this, p_t + 1e-8 is at most twice 1e-8: the loss is near its maximum −ln 1e-8 = 18.4.
_SATURATED_LOSS = -math.log(EPSILON)


def findings(
    logits: NDArray[np.float64],
    traces: Mapping[str, Trace],
    errors: Mapping[str, Errors],
    truth: Reference,
    *,
    true_class: int,
    temperature: float,
) -> tuple[Finding, ...]:
    """Return at least one finding, in the order of the computation: input, exp, sum, logarithm, workarounds.

    The codes are:

    - ``all_masked``: every logit is −inf, so the maximum is −inf and softmax is not defined. No other finding.
    - ``masked``: some logits are −inf. ``true_masked``: that of the true class is, so the exact loss is infinite.
    - ``input_overflows``: in the type a logit is +inf, or all are −inf, by rounding.
    - ``input_masked``: rounding makes some logits −inf, but not all, not that of the true class, and none +inf.
      ``input_true_masked``: that of the true class, too.
    - ``exp_overflows``: the naive exp of a finite logit is infinite.
    - ``sum_overflows``: the naive sum is infinite, but no exp is.
    - ``zero_over_zero``: the naive exp of every logit is 0.
    - ``naive_only``: none of the four before, and the verdict on ``naive`` is worse than that on log(softmax), which is
      the same formula with the maximum subtracted.
    - ``log_of_zero``: log(softmax) has a loss or gradient that is not finite, although the shifted probabilities and
      the exact loss are finite.
    - ``epsilon``: ``plus_epsilon`` is finite and not right, its loss or gradient is not that of log(softmax), and the
      exact p_t is at most 1e-8.
    - ``epsilon_small``: the same with p_t above 1e-8.
    - ``epsilon_zero``: 1e-8 is 0 in the type, and ``plus_epsilon`` is not right.
    - ``certain``: log-sum-exp returns 0 for a positive loss.
    - ``orders``: log-sum-exp keeps half of the digits of the loss with the maximum subtracted first, but not with the
      maximum added back before the logit is subtracted.
    - ``lost_digits``: at least one verdict is ``wrong``.
    - ``calm``: every verdict is ``right``, and none of the others.

    Parameters
    ----------
    logits : ndarray, shape (n_classes,)
    traces, errors : mapping of str to Trace, of str to Errors
        The runs of all algorithms on ``logits`` and their errors, by name.
    truth : Reference
        The reference for the same logits.
    true_class : int
    temperature : float

    Examples
    --------
    >>> from core.softmax_stability import ALGORITHMS, errors, reference, trace
    >>> logits, settings = np.array([1000.0, 1001.0]), {"dtype": "float32", "true_class": 1, "temperature": 1.0}
    >>> traces = {name: trace(logits, algorithm=name, **settings) for name in ALGORITHMS}
    >>> measured, truth = errors(logits, **settings), reference(logits, **settings)
    >>> [finding.code for finding in findings(logits, traces, measured, truth, true_class=1, temperature=1.0)]
    ['exp_overflows']
    """
    masked = np.isneginf(logits)
    if masked.all():
        return (Finding("all_masked", {"count": int(masked.sum())}),)
    found: list[Finding | None] = []
    if masked.any():
        found.append(Finding("true_masked" if masked[true_class] else "masked", {"count": int(masked.sum())}))
    found.append(_input_finding(traces["naive"], truth, masked, true_class))
    found.append(_naive_finding(traces["naive"], errors))
    found.append(_log_of_zero(traces, truth, true_class))
    found.append(_epsilon_finding(traces, errors, truth, true_class))
    stable = traces["log_sum_exp"]
    assert stable.loss is not None and stable.gradient is not None
    if stable.loss == 0 and math.isfinite(truth.log10_complement):
        figures = {"truth": truth.loss, "exact": float(truth.gradient[true_class])}
        found.append(Finding("certain", {**figures, "log10_truth": truth.log10_complement}))
    found.append(_orders_finding(logits, stable.dtype, true_class, temperature))
    wrong = sum(measured.verdict == "wrong" for measured in errors.values())
    if wrong:
        found.append(Finding("lost_digits", {"count": wrong, "tolerance": tolerance(numpy_dtype(stable.dtype))}))
    named = tuple(finding for finding in found if finding)
    return named or (Finding("calm", {}),)


def _input_finding(naive: Trace, truth: Reference, masked: NDArray[np.bool_], true_class: int) -> Finding | None:
    z = naive.stages[0].values
    by_rounding = np.isinf(z) & ~masked
    if not by_rounding.any():
        return None
    if (z == np.inf).any() or np.isneginf(z).all():
        return Finding("input_overflows", {"count": int(by_rounding.sum())})
    if by_rounding[true_class]:
        return Finding("input_true_masked", {"count": int(by_rounding.sum()), "truth": truth.loss})
    return Finding("input_masked", {"count": int(by_rounding.sum())})


def _naive_finding(naive: Trace, errors: Mapping[str, Errors]) -> Finding | None:
    stages = {stage.name: stage.values for stage in naive.stages}
    limits = exp_range(naive.dtype)
    z, exps, total = stages["z"], stages["exp"], float(stages["sum"][0])
    if (z == np.inf).any() or np.isneginf(z).all():
        return None
    if np.isinf(exps).any():
        return Finding("exp_overflows", {"limit": limits.last_finite})
    if math.isinf(total):
        return Finding("sum_overflows", {"exp": float(exps.max())})
    if total == 0:
        return Finding("zero_over_zero", {"limit": limits.last_nonzero})
    naive_rank, shifted_rank = (VERDICTS.index(errors[name].verdict) for name in ("naive", "log_of_softmax"))
    return Finding("naive_only", {"sum": total}) if naive_rank > shifted_rank else None


def _log_of_zero(traces: Mapping[str, Trace], truth: Reference, true_class: int) -> Finding | None:
    log_of, stable = traces["log_of_softmax"], traces["log_sum_exp"]
    assert log_of.loss is not None and log_of.gradient is not None and stable.loss is not None
    if np.isfinite([log_of.loss, *log_of.gradient]).all():
        return None
    if not np.isfinite([truth.loss, *log_of.probabilities]).all():
        return None
    figures = {"loss": log_of.loss, "gradient": float(log_of.gradient[true_class]), "truth": truth.loss}
    return Finding("log_of_zero", {**figures, "stable": stable.loss, "log10_truth": truth.log10_complement})


def _epsilon_finding(
    traces: Mapping[str, Trace], errors: Mapping[str, Errors], truth: Reference, true_class: int
) -> Finding | None:
    epsilon, log_of = traces["plus_epsilon"], traces["log_of_softmax"]
    assert epsilon.loss is not None and epsilon.gradient is not None and log_of.gradient is not None
    if errors["plus_epsilon"].verdict == "right":
        return None
    if float(numpy_dtype(epsilon.dtype).type(EPSILON)) == 0:
        return Finding("epsilon_zero", {})
    same_as_log = epsilon.loss == log_of.loss and np.array_equal(epsilon.gradient, log_of.gradient, equal_nan=True)
    if same_as_log or not np.isfinite([epsilon.loss, *epsilon.gradient]).all():
        return None
    figures = {
        "loss": epsilon.loss,
        "truth": truth.loss,
        "gradient": float(epsilon.gradient[true_class]),
        "exact": float(truth.gradient[true_class]),
        "log10_truth": truth.log10_complement,
    }
    if truth.loss >= _SATURATED_LOSS:
        return Finding("epsilon", figures)
    # Rounded for reading, these results and the exact ones may look the same.
    return Finding(
        "epsilon_small",
        {
            "loss_error": abs(epsilon.loss - truth.loss),
            "gradient_error": abs(float(epsilon.gradient[true_class] - truth.gradient[true_class])),
        },
    )


def _orders_finding(logits: NDArray[np.float64], dtype: str, true_class: int, temperature: float) -> Finding | None:
    orders = subtraction_orders(logits, dtype=dtype, true_class=true_class, temperature=temperature)
    if not np.isfinite([orders.max_first, orders.max_added_back, orders.truth]).all():
        return None
    allowed = tolerance(numpy_dtype(dtype)) * orders.truth
    first_right = abs(orders.max_first - orders.truth) <= allowed
    if first_right and abs(orders.max_added_back - orders.truth) > allowed:
        figures = {"first": orders.max_first, "back": orders.max_added_back, "truth": orders.truth}
        return Finding("orders", figures)
    return None


def steps_findings(trace: Trace) -> list[Finding]:
    """Return the findings about the steps of one algorithm, forward and backward.

    - ``first_inf``, ``first_nan``: the row (1, 2, …) of the first step with an infinite value, or with a nan.
    - ``all_finite``: neither occurs up to the last row.

    Examples
    --------
    >>> from core.softmax_stability import trace
    >>> run = trace([1000.0, 1001.0], algorithm="naive", dtype="float32", true_class=0)
    >>> [finding.code for finding in steps_findings(run)]
    ['first_inf', 'first_nan']
    """
    states = [stage.states for stage in trace.stages]
    findings = []
    for state in ("inf", "nan"):
        rows = [row for row, values in enumerate(states, 1) if (values == state).any()]
        if rows:
            findings.append(Finding(f"first_{state}", {"row": rows[0]}))
    return findings or [Finding("all_finite", {"row": len(states)})]


def map_findings(result: VerdictMap) -> list[Finding]:
    """Return the findings about the map of verdicts.

    - ``map_naive``: the share of the map in which the naive formula is right.
    - ``map_best``: the largest share of any algorithm, and that of log-sum-exp.

    Examples
    --------
    >>> from core.softmax_stability import verdict_map
    >>> places = {"offsets": [0.0, 1000.0], "spreads": [1.0]}
    >>> map_findings(verdict_map(dtype="float32", n_classes=2, true_class=1, **places))[0].figures
    {'naive': 0.5}
    """
    right = {name: shares["right"] for name, shares in result.shares.items() if name != "shifted"}
    return [
        Finding("map_naive", {"naive": right["naive"]}),
        Finding("map_best", {"best": max(right.values()), "log_sum_exp": right["log_sum_exp"]}),
    ]


def online_finding(trace: OnlineTrace) -> Finding:
    """Return the finding about one pass against two.

    - ``online``: the largest errors of the probabilities, and how often the sum was rescaled.
    - ``online_undefined``: instead, if an error is not finite.

    Examples
    --------
    >>> from core.softmax_stability import online_softmax
    >>> online_finding(online_softmax([0.0, 1.0], dtype="float64")).figures["rescales"]
    2
    """
    if not np.isfinite([trace.error, trace.two_pass_error]).all():
        return Finding("online_undefined", {})
    figures = {"error": trace.error, "two_pass": trace.two_pass_error, "rescales": trace.n_rescales}
    return Finding("online", figures)
