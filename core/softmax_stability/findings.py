"""Findings about one run of all algorithms; a page turns each code into a sentence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.findings import Finding
from core.softmax_stability.limits import exp_range, subtraction_orders
from core.softmax_stability.trace import Reference, Trace

# From this loss on, −log(p + 1e-8) is close to its maximum −ln 1e-8 = 18.4.
_EPSILON_CEILING = 17.0
_LARGE = 1e6


def findings(
    logits: NDArray[np.float64], traces: Mapping[str, Trace], truth: Reference, *, true_class: int, temperature: float
) -> tuple[Finding, ...]:
    """Return at least one finding, in the order of the computation: input, exp, sum, logarithm, workarounds.

    The codes are:

    - ``input_overflows``: a logit is infinite in the type.
    - ``exp_overflows``: the naive exp of a logit is infinite.
    - ``sum_overflows``: the naive sum is infinite, but no exp is.
    - ``zero_over_zero``: the naive exp of every logit is 0.
    - ``log_of_zero``: log(softmax) has a loss or gradient that is not finite, but log-sum-exp has a finite loss.
    - ``epsilon``: the loss is above 17 nats, and that of ``plus_epsilon`` is finite.
    - ``certain``: log-sum-exp returns 0 for a positive loss.
    - ``orders``: a logit is larger than 1e6, so the order of the subtractions matters.
    - ``calm``: none of these.

    Parameters
    ----------
    logits : ndarray, shape (n_classes,)
    traces : mapping of str to Trace
        The runs of all algorithms on ``logits``, by name.
    truth : Reference
        The reference for the same logits.
    true_class : int
    temperature : float

    Examples
    --------
    >>> from core.softmax_stability import ALGORITHMS, reference, trace
    >>> logits, settings = np.array([1000.0, 1001.0]), {"dtype": "float32", "true_class": 1, "temperature": 1.0}
    >>> traces = {name: trace(logits, algorithm=name, **settings) for name in ALGORITHMS}
    >>> truth = reference(logits, **settings)
    >>> [finding.code for finding in findings(logits, traces, truth, true_class=1, temperature=1.0)]
    ['exp_overflows']
    """
    found: list[Finding | None] = [_naive_finding(traces["naive"])]
    log_of, epsilon, stable = traces["log_of_softmax"], traces["plus_epsilon"], traces["log_sum_exp"]
    loss, exact_gradient = truth.loss, float(truth.gradient[true_class])
    assert log_of.loss is not None and log_of.gradient is not None
    assert epsilon.loss is not None and epsilon.gradient is not None and stable.loss is not None
    if not np.isfinite([log_of.loss, *log_of.gradient]).all() and np.isfinite(stable.loss):
        figures = {"loss": log_of.loss, "gradient": float(log_of.gradient[true_class]), "truth": loss}
        found.append(Finding("log_of_zero", figures))
    if loss > _EPSILON_CEILING and np.isfinite(epsilon.loss):
        gradient = float(epsilon.gradient[true_class])
        found.append(
            Finding("epsilon", {"loss": epsilon.loss, "truth": loss, "gradient": gradient, "exact": exact_gradient})
        )
    if stable.loss == 0 and loss > 0:
        found.append(Finding("certain", {"truth": loss}))
    if np.abs(logits).max() > _LARGE:
        orders = subtraction_orders(logits, dtype=stable.dtype, true_class=true_class, temperature=temperature)
        figures = {"first": orders.max_first, "back": orders.max_added_back, "truth": orders.truth}
        found.append(Finding("orders", figures))
    return tuple(finding for finding in found if finding) or (Finding("calm", {}),)


def _naive_finding(naive: Trace) -> Finding | None:
    stages = {stage.name: stage.values for stage in naive.stages}
    limits = exp_range(naive.dtype)
    if not np.isfinite(stages["z"]).all():
        return Finding("input_overflows", {})
    if np.isinf(stages["exp"]).any():
        return Finding("exp_overflows", {"limit": limits.last_finite})
    if np.isinf(stages["sum"]).any():
        return Finding("sum_overflows", {"exp": float(stages["exp"].max())})
    if not stages["sum"].any():
        return Finding("zero_over_zero", {"limit": limits.last_nonzero})
    return None
