"""The challenges: pairs of distributions, and a call of a library."""

from __future__ import annotations

import math

from core.challenges import Attempt, Challenge, Challenges, Settings
from core.cross_entropy_vs_kl.divergences import Comparison
from core.cross_entropy_vs_kl.library_calls import CallTable

# In nats: the least cross-entropy of a perfect model, and the largest KL that is 0 up to rounding.
CROSS_ENTROPY, ROUNDING = 1.5, 1e-9
# How many times one direction of KL is the other one.
RATIO = 5.0
# The options of a call whose arguments are both logarithms.
LOGARITHMS = {"order": "target_p", "input": "log", "target": "log", "log_target": "true"}


def _floor(settings: Settings, compared: Comparison) -> Attempt:
    """KL(P ‖ Q) is 0, and H(P, Q) is at least 1.5 nats."""
    nats = math.log(2) if compared.unit == "bits" else 1.0
    loss = compared.ce_pq * nats
    return Attempt(abs(compared.kl_pq * nats) < ROUNDING and loss >= CROSS_ENTROPY, loss)


def _asymmetric(settings: Settings, compared: Comparison) -> Attempt:
    """KL(P ‖ Q) is finite and at least five times KL(Q ‖ P)."""
    if not (math.isfinite(compared.kl_pq) and compared.kl_qp > ROUNDING):
        return Attempt(False)
    ratio = compared.kl_pq / compared.kl_qp
    return Attempt(ratio >= RATIO, ratio)


def _logarithms(settings: Settings, table: CallTable) -> Attempt:
    """A call with two logarithms returns KL(P ‖ Q), which is neither 0 nor infinite."""
    if any(settings[name] != code for name, code in LOGARITHMS.items()):
        return Attempt(False)
    options = {**LOGARITHMS, "reduction": settings["reduction"]}
    returned = next(call.returned for call in table.calls if call.options == options)
    divergence = table.quantities["kl_pq"]
    return Attempt("kl_pq" in returned and math.isfinite(divergence) and divergence > ROUNDING)


CHALLENGES: Challenges = {
    "floor": Challenge(_floor, "larger"),
    "asymmetric": Challenge(_asymmetric, "larger"),
    "logarithms": Challenge(_logarithms, views=("calls",)),
}
