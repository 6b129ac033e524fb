"""Claims about cross-entropy and KL divergence, and the computations that test them."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from core.claims import Claim, Claims, Verdict
from core.cross_entropy_vs_kl.distributions import PRESETS
from core.cross_entropy_vs_kl.divergences import (
    compare,
    cross_entropy_terms,
    entropy,
    entropy_terms,
    js_of_rows,
    kl_terms,
)
from core.cross_entropy_vs_kl.gradients import (
    cross_entropy_gradient_of_rows,
    kl_gradient_of_rows,
    log_softmax,
    logit_gradients,
)
from core.cross_entropy_vs_kl.joint_training import train_jointly
from core.lazy_imports import importing

Array = NDArray[np.float64]

# Differences below this are rounding errors.
ROUNDING = 1e-12
_FIVE_CLASS_Q = PRESETS["five_class"][1]


def _holds_or_false(condition: bool) -> Verdict:
    return Verdict.HOLDS if condition else Verdict.FALSE


def _random_pairs(pairs: int, classes: int) -> tuple[Array, Array]:
    draws = np.random.default_rng(0).dirichlet(np.ones(classes), size=(2, pairs))
    return draws[0], draws[1]


def _identity() -> Claim:
    """H(P, Q) = H(P) + KL(P‖Q)."""
    p, q = _random_pairs(10_000, 5)
    difference = cross_entropy_terms(p, q).sum(axis=-1) - entropy_terms(p).sum(axis=-1) - kl_terms(p, q).sum(axis=-1)
    largest = float(np.abs(difference).max())
    return Claim(_holds_or_false(largest < ROUNDING), {"pairs": float(len(p)), "largest_difference": largest})


def _one_hot_equal() -> Claim:
    """For a one-hot P, cross-entropy equals KL divergence."""
    _, q = _random_pairs(1000, 5)
    one_hot = np.eye(5)[np.arange(len(q)) % 5]
    difference = cross_entropy_terms(one_hot, q).sum(axis=-1) - kl_terms(one_hot, q).sum(axis=-1)
    largest = float(np.abs(difference).max())
    example = compare(*PRESETS["five_class"])
    smoothed = compare(0.9 * np.array(PRESETS["five_class"][0]) + 0.1 / 5, _FIVE_CLASS_Q)
    evidence: dict[str, float | str] = {
        "pairs": float(len(q)),
        "largest_difference": largest,
        "entropy_p": example.entropy_p,
        "cross_entropy": example.ce_pq,
        "kl": example.kl_pq,
        "smoothed_difference": smoothed.ce_pq - smoothed.kl_pq,
    }
    return Claim(_holds_or_false(largest < ROUNDING), evidence)


def _kl_no_metric() -> Claim:
    """KL(P‖Q) ≠ KL(Q‖P), so KL is not a metric."""
    classes = 5
    a, b, c = np.random.default_rng(0).dirichlet(np.ones(classes), size=(3, 10_000))
    kl_excess = kl_terms(a, c).sum(-1) - kl_terms(a, b).sum(-1) - kl_terms(b, c).sum(-1)
    js_excess = np.sqrt(js_of_rows(a, c)) - np.sqrt(js_of_rows(a, b)) - np.sqrt(js_of_rows(b, c))
    coin = compare(*PRESETS["coin"])
    evidence: dict[str, float | str] = {
        "kl_pq": coin.kl_pq,
        "kl_qp": coin.kl_qp,
        "classes": float(classes),
        "triples": float(len(a)),
        "kl_triangle_violations": float((kl_excess > ROUNDING).mean()),
        "sqrt_js_triangle_violations": float((js_excess > ROUNDING).mean()),
    }
    return Claim(_holds_or_false(abs(coin.kl_pq - coin.kl_qp) > ROUNDING), evidence)


def _minimum_is_entropy() -> Claim:
    """Cross-entropy is smallest at P = Q, where it equals H(P), not 0."""
    with importing:
        from scipy.optimize import minimize
    p = np.array(_FIVE_CLASS_Q)
    found = minimize(lambda z: -float(p @ log_softmax(z)), np.zeros(p.size), method="BFGS", options={"gtol": 1e-6})
    minimum, floor = float(found.fun), entropy(p)
    distance = float(np.abs(softmax(found.x) - p).max())
    # The usual target: its minimum is approached as the logit of the true class grows.
    one_hot = np.array(PRESETS["five_class"][0])
    one_hot_minimum = float(minimize(lambda z: -float(one_hot @ log_softmax(z)), np.zeros(p.size), method="BFGS").fun)
    evidence: dict[str, float | str] = {
        "minimum": minimum,
        "entropy_p": floor,
        "largest_distance": distance,
        "one_hot_minimum": one_hot_minimum,
        "one_hot_entropy": entropy(one_hot),
    }
    at_entropy = distance < 1e-4 and abs(minimum - floor) < 1e-8 and floor > 0
    if not at_entropy:
        return Claim(Verdict.FALSE, evidence)
    reaches_zero = one_hot_minimum < 1e-4 and evidence["one_hot_entropy"] == 0
    return Claim(Verdict.DEPENDS if reaches_zero else Verdict.HOLDS, evidence)


def _entropy_without_sign() -> Claim:
    """Entropy is Σ P log P."""
    # The optimal prefix code for these probabilities. The entropy is its mean length (Shannon 1948).
    p = np.array([0.5, 0.25, 0.125, 0.125])
    lengths = np.array([len(word) for word in ("0", "10", "110", "111")])
    mean_length = float(p @ lengths)
    without_sign = float(p @ np.log2(p))
    return Claim(
        _holds_or_false(abs(without_sign - mean_length) < ROUNDING),
        {"code_length": mean_length, "without_sign": without_sign, "entropy": entropy(p, unit="bits")},
    )


def _entropy_extremes() -> Claim:
    """Over K outcomes, a deterministic variable has the lowest entropy, a uniform one the highest."""
    classes = 5
    rng = np.random.default_rng(0)
    # From nearly deterministic to nearly uniform.
    draws = np.concatenate([rng.dirichlet(np.full(classes, a), size=2000) for a in (0.02, 0.2, 1.0, 10.0, 1000.0)])
    h = entropy_terms(draws).sum(axis=-1)
    lowest, highest = float(h.min()), float(h.max())
    deterministic, uniform = entropy(np.eye(classes)[0]), entropy(np.full(classes, 1 / classes))
    evidence: dict[str, float | str] = {
        "classes": float(classes),
        "draws": float(len(draws)),
        "deterministic": deterministic,
        "uniform": uniform,
        "lowest_draw": lowest,
        "highest_draw": highest,
    }
    return Claim(_holds_or_false(deterministic <= lowest + ROUNDING and highest <= uniform + ROUNDING), evidence)


def _minimising_is_same() -> Claim:
    """Minimising cross-entropy is the same as minimising KL divergence."""
    p, q = _random_pairs(1000, 5)
    difference = float(np.abs(cross_entropy_gradient_of_rows(p, q) - kl_gradient_of_rows(p, q)).max())
    trained = train_jointly()
    by_ce, by_kl = trained.by_cross_entropy.entropy_p[:, -1], trained.by_kl.entropy_p[:, -1]
    evidence: dict[str, float | str] = {
        "largest_gradient_difference": difference,
        "runs": float(by_ce.size),
        "steps": float(trained.by_kl.kl.shape[1] - 1),
        "highest_entropy_by_ce": float(by_ce.max()),
        "lowest_entropy_by_kl": float(by_kl.min()),
        "highest_entropy_by_kl": float(by_kl.max()),
    }
    same_fixed = difference < ROUNDING
    same_learned = bool(np.allclose(by_ce, by_kl, atol=0.01))
    if same_fixed and not same_learned:
        return Claim(Verdict.DEPENDS, evidence)
    return Claim(_holds_or_false(same_fixed and same_learned), evidence)


def _ce_gradient_1_over_x() -> Claim:
    """The gradient of the loss with respect to the probability q_t is −1/q_t."""
    x, step = _FIVE_CLASS_Q[2], 1e-5
    slope_nats = -(math.log(x + step) - math.log(x - step)) / (2 * step)
    slope_bits = -(math.log2(x + step) - math.log2(x - step)) / (2 * step)
    logit_slope = float(logit_gradients(PRESETS["five_class"][0], np.log(_FIVE_CLASS_Q)).cross_entropy[2])
    claimed = -1 / x
    evidence: dict[str, float | str] = {
        "x": x,
        "claimed": claimed,
        "slope_nats": slope_nats,
        "slope_bits": slope_bits,
        "logit_slope": logit_slope,
    }
    agrees = [math.isclose(slope, claimed, rel_tol=1e-6) for slope in (slope_nats, slope_bits, logit_slope)]
    if any(agrees) and not all(agrees):
        return Claim(Verdict.DEPENDS, evidence)
    return Claim(_holds_or_false(all(agrees)), evidence)


CLAIMS: Claims = MappingProxyType(
    {
        "identity": _identity,
        "one_hot_equal": _one_hot_equal,
        "kl_no_metric": _kl_no_metric,
        "minimum_is_entropy": _minimum_is_entropy,
        "entropy_without_sign": _entropy_without_sign,
        "entropy_extremes": _entropy_extremes,
        "minimising_is_same": _minimising_is_same,
        "ce_gradient_1_over_x": _ce_gradient_1_over_x,
    }
)
