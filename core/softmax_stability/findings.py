"""What happened in one run of all algorithms, named: for a page to put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.softmax_stability.limits import exp_range, subtraction_orders
from core.softmax_stability.trace import Reference, Trace

# Beyond it the loss log(p + 1e-8) has all but reached its ceiling −ln 1e-8 = 18.4.
_EPSILON_CEILING = 17.0
_LARGE = 1e6


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth noticing.

    Attributes
    ----------
    code : str
        ``calm`` (nothing breaks), ``input_overflows``, ``exp_overflows``, ``sum_overflows``, ``zero_over_zero``,
        ``log_of_zero``, ``epsilon``, ``certain`` or ``orders``.
    figures : dict of str to float
        What the finding rests on.
    """

    code: str
    figures: dict[str, float]


def findings(
    logits: NDArray[np.float64], traces: Mapping[str, Trace], truth: Reference, *, true_class: int, temperature: float
) -> tuple[Finding, ...]:
    """Name what went wrong in ``traces``, the runs of all algorithms on ``logits``, against ``truth``.

    At least one finding, in the order of the computation: input, exp, sum, logarithm, repairs.
    """
    found: list[Finding | None] = [_naive(traces["naive"])]
    log_of, folk, stable = traces["log_of_softmax"], traces["plus_epsilon"], traces["log_sum_exp"]
    loss, exact_gradient = truth.loss, float(truth.gradient[true_class])
    assert log_of.loss is not None and log_of.gradient is not None
    assert folk.loss is not None and folk.gradient is not None and stable.loss is not None
    if not np.isfinite([log_of.loss, *log_of.gradient]).all() and np.isfinite(stable.loss):
        figures = {"loss": log_of.loss, "gradient": float(log_of.gradient[true_class]), "truth": loss}
        found.append(Finding("log_of_zero", figures))
    if loss > _EPSILON_CEILING and np.isfinite(folk.loss):
        gradient = float(folk.gradient[true_class])
        found.append(
            Finding("epsilon", {"loss": folk.loss, "truth": loss, "gradient": gradient, "exact": exact_gradient})
        )
    if stable.loss == 0 and loss > 0:
        found.append(Finding("certain", {"truth": loss}))
    if np.abs(logits).max() > _LARGE:
        orders = subtraction_orders(logits, dtype=stable.dtype, true_class=true_class, temperature=temperature)
        figures = {"first": orders.max_first, "back": orders.max_added_back, "truth": orders.truth}
        found.append(Finding("orders", figures))
    return tuple(finding for finding in found if finding) or (Finding("calm", {}),)


def _naive(naive: Trace) -> Finding | None:
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
