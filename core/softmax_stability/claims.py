"""Claims about softmax and its loss, and the computations that test them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.claims import Claim, Claims, Verdict, verdict_by_cases
from core.lazy_imports import importing
from core.softmax_stability.arithmetic import round_to, run_all
from core.softmax_stability.judgement import tolerance
from core.softmax_stability.truth import Truth, decimal_truth

_EXAMPLE = np.array([1.0, 2.0, 4.0])


def _run(
    logits: NDArray[np.float64], dtype: str, algorithm: str, true_class: int = 0
) -> dict[str, NDArray[np.float64]]:
    steps = run_all(round_to(logits, dtype), true_class)[algorithm]
    return {name: values.astype(np.float64) for name, values in steps.items()}


def _largest_difference(left: NDArray[Any], right: NDArray[Any]) -> float:
    return float(np.abs(left - right).max())


def _inf_over_inf() -> Claim:
    """exp(2000) is inf and inf/inf is nan, so subtract the maximum."""
    logits = np.array([2000.0, 1999.0, 1998.0])
    naive, shifted = _run(logits, "float64", "naive"), _run(logits, "float64", "shifted")
    truth = decimal_truth(logits, 0).probabilities
    evidence = {
        "exp_2000": float(naive["exp"][0]),
        "naive_probability": float(naive["p"][0]),
        "shifted_probability": float(shifted["p"][0]),
        "shifted_error": _largest_difference(shifted["p"], truth),
    }
    breaks = math.isinf(evidence["exp_2000"]) and math.isnan(evidence["naive_probability"])
    repaired = evidence["shifted_error"] < 1e-15
    if breaks and repaired:
        return Claim(Verdict.HOLDS, dict(evidence))
    return Claim(Verdict.DEPENDS if breaks or repaired else Verdict.FALSE, dict(evidence))


def _shift_invariance() -> Claim:
    """softmax(x + c) = softmax(x)."""
    # These sums are exact in float64, so only the identity is tested.
    shifts = (-1000.0, -1.0, 1.0, 1000.0, 2.0**40)
    before = decimal_truth(_EXAMPLE, 0).probabilities
    exact = max(_largest_difference(decimal_truth(_EXAMPLE + c, 0).probabilities, before) for c in shifts)
    shifted = max(_largest_difference(_run(_EXAMPLE + c, "float64", "shifted")["p"], before) for c in shifts)
    rounded = _largest_difference(_run(_EXAMPLE + 1e8, "float32", "shifted")["p"], before)
    evidence: dict[str, float | str] = {
        "exact_change": exact,
        "shifted_change": shifted,
        "naive_probability_at_1000": float(_run(_EXAMPLE + 1000, "float64", "naive")["p"][0]),
        "float32_change_at_1e8": rounded,  # 1e8 + 1 is not a float32: the input changes, the identity holds
    }
    return Claim(Verdict.HOLDS if max(exact, shifted) < 1e-15 else Verdict.FALSE, evidence)


def _entropy(truth: Truth) -> float:
    return -float(truth.probabilities @ truth.log_probabilities)


def _scale_sharpens() -> Claim:
    """softmax(cx) is sharper than softmax(x)."""
    entropies = {c: _entropy(decimal_truth(c * _EXAMPLE, 0)) for c in (0.5, 1.0, 2.0)}
    largest = {c: float(decimal_truth(c * _EXAMPLE, 0).probabilities.max()) for c in entropies}
    evidence: dict[str, float | str] = {
        "entropy_half": entropies[0.5],
        "entropy_one": entropies[1.0],
        "entropy_double": entropies[2.0],
        "largest_half": largest[0.5],
        "largest_one": largest[1.0],
        "largest_double": largest[2.0],
    }
    sharpens = [entropies[c] < entropies[1.0] for c in (0.5, 2.0)]
    return Claim(verdict_by_cases(sharpens), evidence)


def _underflow_harmless() -> Claim:
    """That small values underflow to 0 after subtracting the maximum is no big problem."""
    logits = np.array([0.0, 110.0])
    run, truth = _run(logits, "float32", "log_of_softmax"), decimal_truth(logits, 0)
    stable = _run(logits, "float32", "log_sum_exp")
    probability_error = _largest_difference(run["p"], truth.probabilities)
    loss, gradient = float(run["loss"][0]), float(run["gradient"][0])
    evidence: dict[str, float | str] = {
        "probability": float(run["p"][0]),
        "probability_error": probability_error,
        "loss": loss,
        "gradient": gradient,
        "true_loss": float(truth.loss[0]),
        "true_gradient": float(truth.gradient[0]),
        "log_sum_exp_loss": float(stable["loss"][0]),
        "log_sum_exp_gradient": float(stable["gradient"][0]),
    }
    probabilities_survive = probability_error < tolerance(np.dtype(np.float32))
    loss_survives = math.isfinite(loss) and math.isfinite(gradient)
    if probabilities_survive and loss_survives:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if probabilities_survive else Verdict.FALSE, evidence)


def _inference_needs_none() -> Claim:
    """At inference argmax is enough."""
    rows = np.random.default_rng(0).normal(0.0, 3.0, size=(1000, 10))
    p = run_all(rows, 0)["shifted"]["p"]
    agree = float(np.mean(p.argmax(axis=1) == rows.argmax(axis=1)))
    confidence = p.max(axis=1)
    evidence: dict[str, float | str] = {
        "same_label": agree,
        "lowest_confidence": float(confidence.min()),
        "highest_confidence": float(confidence.max()),
    }
    # The label is the same for very different confidences, so it does not carry the confidence.
    confidence_lost = bool(np.ptp(confidence) > 0.1)
    if agree == 1.0:
        return Claim(Verdict.DEPENDS if confidence_lost else Verdict.HOLDS, evidence)
    return Claim(Verdict.FALSE, evidence)


def _gradient_p_minus_t() -> Claim:
    """dL/dx_k = y_k − t_k."""
    true_class, step = 1, 1e-200
    target = np.eye(3)[true_class]
    p_minus_t = run_all(_EXAMPLE, true_class)["shifted"]["p"] - target
    # Complex-step derivative: Im L(x + ih) / h has no subtraction and therefore no cancellation.
    perturbed = _EXAMPLE + 1j * step * np.eye(3)
    losses = np.log(np.exp(perturbed).sum(axis=1)) - perturbed[:, true_class]
    by_difference = _largest_difference(losses.imag / step, p_minus_t)
    by_chain_rule = _largest_difference(run_all(_EXAMPLE, true_class)["log_of_softmax"]["gradient"], p_minus_t)
    far = np.array([0.0, 110.0])
    evidence: dict[str, float | str] = {
        "complex_step_difference": by_difference,
        "chain_rule_difference": by_chain_rule,
        "gradient_from_probabilities": float(_run(far, "float32", "log_of_softmax")["gradient"][0]),
        "gradient_from_logits": float(_run(far, "float32", "log_sum_exp")["gradient"][0]),
    }
    return Claim(Verdict.HOLDS if max(by_difference, by_chain_rule) < 1e-14 else Verdict.FALSE, evidence)


def _sigmoid_density() -> Claim:
    """The sigmoid is a probability density."""
    with importing:
        from scipy.integrate import quad
        from scipy.special import expit
    areas = {half: quad(expit, -half, half)[0] for half in (10.0, 100.0)}
    derivative = quad(lambda x: expit(x) * expit(-x), -100.0, 100.0, points=[0.0])[0]
    evidence: dict[str, float | str] = {
        "area_10": areas[10.0],
        "area_100": areas[100.0],
        "derivative_area": derivative,
        "lower_limit": float(expit(-100.0)),
        "upper_limit": float(expit(100.0)),
    }
    return Claim(Verdict.HOLDS if abs(areas[100.0] - 1) < 1e-6 else Verdict.FALSE, evidence)


def _small_gradients() -> NDArray[np.float64]:
    """Return the gradients of the mean loss of 64 random rows of 1000 classes with respect to their logits."""
    rows = np.random.default_rng(0).normal(0.0, 3.0, size=(64, 1000))
    p = run_all(rows, 0)["shifted"]["p"]
    gradients: NDArray[np.float64] = (p - np.eye(1000)[0]) / 64
    return gradients


def _loss_scaling() -> Claim:
    """Multiplying the loss by a constant and dividing the gradient by it changes nothing."""
    gradients = _small_gradients()

    def through(scale: float, dtype: str) -> NDArray[np.float64]:
        """Return the gradients after they were stored, scaled, in a type."""
        return round_to(scale * gradients, dtype).astype(np.float64) / scale

    def lost(scale: float) -> float:
        return float(np.mean(through(scale, "float16") == 0))

    moderate, large = 2.0**16, 2.0**24
    evidence: dict[str, float | str] = {
        "smallest": float(np.finfo(np.float16).smallest_subnormal),
        "lost": lost(1.0),
        "lost_scaled": lost(moderate),
        "scale": moderate,
        "too_large": large,
        "overflowed": float(np.sum(np.isinf(through(large, "float16")))),
        "change_float64": _largest_difference(through(moderate, "float64"), gradients),
    }
    # Powers of two change the exponent alone, so that only the limits of a type can make a difference.
    same_in_float64 = evidence["change_float64"] == 0
    same_in_float16 = evidence["lost"] == evidence["lost_scaled"] and evidence["overflowed"] == 0
    if same_in_float64 and same_in_float16:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if same_in_float64 else Verdict.FALSE, evidence)


CLAIMS: Claims = {
    "inf_over_inf": _inf_over_inf,
    "shift_invariance": _shift_invariance,
    "scale_sharpens": _scale_sharpens,
    "underflow_harmless": _underflow_harmless,
    "inference_needs_none": _inference_needs_none,
    "gradient_p_minus_t": _gradient_p_minus_t,
    "loss_scaling": _loss_scaling,
    "sigmoid_density": _sigmoid_density,
}
