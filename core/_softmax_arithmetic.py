"""Softmax and its loss, step by step in one floating-point type, and the truth to judge them by.

Every function takes logits of shape (..., n_classes) and one true class, so that a single trace and a map of
thousands of cells run through the same code. Arguments are trusted: `core.softmax_stability` is the public door.
"""

from __future__ import annotations

import decimal
import math
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

DTYPES = ("float16", "bfloat16", "float32", "float64")
ALGORITHMS = ("naive", "shifted", "log_of_softmax", "log_sum_exp", "plus_epsilon")
VERDICTS = ("right", "wrong", "dead")
EPSILON = 1e-8

Steps = dict[str, NDArray[Any]]

_NUMPY_DTYPES = {name: np.dtype(getattr(ml_dtypes, name, name)) for name in DTYPES}


def numpy_dtype(name: str) -> np.dtype[Any]:
    """Return the NumPy type of a name in `DTYPES`."""
    return _NUMPY_DTYPES[name]


@dataclass(frozen=True, slots=True)
class TypeLimits:
    """The largest number, the machine epsilon, and the smallest normal and subnormal numbers of a type."""

    largest: float
    epsilon: float
    smallest_normal: float
    smallest_subnormal: float


@cache
def type_limits(dtype: np.dtype[Any]) -> TypeLimits:
    """Read a type's limits, bfloat16 included."""
    info = ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
    return TypeLimits(*(float(x) for x in (info.max, info.eps, info.smallest_normal, info.smallest_subnormal)))


def round_to(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Round to the nearest numbers of ``dtype``; beyond its largest, to infinity."""
    with np.errstate(over="ignore"):
        return values.astype(_NUMPY_DTYPES[dtype])


def sum_over_classes(values: NDArray[Any]) -> NDArray[Any]:
    """Sum the last axis and keep it.

    16-bit sums run in float32 and are rounded once, as in PyTorch. A bfloat16 running sum would stop growing at 256.
    """
    accumulator = np.float32 if values.dtype.itemsize == 2 else values.dtype
    total: NDArray[Any] = values.sum(axis=-1, keepdims=True, dtype=accumulator)
    return total.astype(values.dtype)


def exponentials(z: NDArray[Any], *, shifted: bool) -> Steps:
    """exp(z) and its sum, or exp(z − max z) and its sum."""
    steps: Steps = {"z": z}
    exponent = z
    if shifted:
        steps["max"] = z.max(axis=-1, keepdims=True)
        steps["shift"] = exponent = z - steps["max"]
    steps["exp"] = np.exp(exponent)
    steps["sum"] = sum_over_classes(steps["exp"])
    return steps


def softmax_steps(z: NDArray[Any], *, shifted: bool) -> Steps:
    """p = exp / sum."""
    steps = exponentials(z, shifted=shifted)
    steps["p"] = steps["exp"] / steps["sum"]
    return steps


def log_of_softmax_steps(softmax: Steps, true_class: int, *, epsilon: float | None = None) -> Steps:
    """Continue from p to the loss −log p_t (or −log(p_t + ε)), and back to the logits by the chain rule.

    The logarithm is taken of every class and the true one is picked afterwards, as in
    ``nll_loss(log(softmax(z)), t)``: a wrong class at p = 0 then sends 0/0 back. The maximum counts as a constant.
    """
    steps = dict(softmax)
    p, one = steps["p"], steps["p"].dtype.type(1)
    argument = p
    if epsilon is not None:
        steps["p_plus_epsilon"] = argument = p + p.dtype.type(epsilon)
    steps["log_p"] = np.log(argument)
    steps["loss"] = -steps["log_p"][..., true_class : true_class + 1]
    steps["d_log_p"] = np.zeros_like(p)
    steps["d_log_p"][..., true_class] = -one
    steps["d_p"] = steps["d_log_p"] / argument
    steps["d_sum"] = sum_over_classes(-steps["d_p"] * (p / steps["sum"]))
    steps["d_exp"] = steps["d_p"] / steps["sum"] + steps["d_sum"]
    steps["gradient"] = steps["d_exp"] * steps["exp"]
    return steps


def log_sum_exp_steps(exps: Steps, true_class: int) -> Steps:
    """log p = (z − m) − log Σ exp(z − m), the loss −log p_t, and back: exp(log p) − t, as in ``log_softmax``."""
    steps = dict(exps)
    steps["log_sum"] = np.log(steps["sum"])
    steps["log_p"] = steps["shift"] - steps["log_sum"]
    steps["loss"] = -steps["log_p"][..., true_class : true_class + 1]
    steps["p"] = np.exp(steps["log_p"])
    steps["gradient"] = steps["p"].copy()
    steps["gradient"][..., true_class] -= steps["p"].dtype.type(1)
    return steps


def run(algorithm: str, z: NDArray[Any], true_class: int) -> Steps:
    """One algorithm's steps, all in the type of ``z``."""
    with np.errstate(all="ignore"):
        return _to_the_end(algorithm, softmax_steps(z, shifted=algorithm != "naive"), true_class)


def run_all(z: NDArray[Any], true_class: int) -> dict[str, Steps]:
    """Every algorithm's steps, in the order of `ALGORITHMS` and all in the type of ``z``."""
    with np.errstate(all="ignore"):
        naive, shifted = (softmax_steps(z, shifted=shifted) for shifted in (False, True))
        return {name: _to_the_end(name, naive if name == "naive" else shifted, true_class) for name in ALGORITHMS}


def _to_the_end(algorithm: str, softmax: Steps, true_class: int) -> Steps:
    if algorithm == "shifted":
        return softmax
    if algorithm == "log_sum_exp":
        return log_sum_exp_steps({name: values for name, values in softmax.items() if name != "p"}, true_class)
    return log_of_softmax_steps(softmax, true_class, epsilon=EPSILON if algorithm == "plus_epsilon" else None)


@dataclass(frozen=True, slots=True)
class Truth:
    """What exact arithmetic makes of the same logits, rounded to float64.

    Attributes
    ----------
    probabilities, log_probabilities, gradient : ndarray, shape (..., n_classes)
    loss : ndarray, shape (..., 1)
        In nats.
    """

    probabilities: NDArray[np.float64]
    log_probabilities: NDArray[np.float64]
    loss: NDArray[np.float64]
    gradient: NDArray[np.float64]


def wide_truth(logits: NDArray[np.float64], z: NDArray[Any], true_class: int) -> Truth:
    """Truth in a wider type: float64 for the smaller ones, long double for float64.

    Where rounding made a logit infinite, no truth exists for ``z`` and the unrounded ``logits`` take its place.
    The leading 1 of the sum is kept apart and added by log1p, so nothing cancels as p_t → 1. The remaining relative
    error is a few 1e-16 times the spread of the logits. Where long double is float64 (not on x86-64), so is the truth.
    """
    wide = np.dtype(np.longdouble if z.dtype == np.float64 else np.float64)
    rounded = np.isfinite(z).all(axis=-1, keepdims=True)
    exact = np.where(rounded, z.astype(wide), logits.astype(wide))
    with np.errstate(under="ignore"):
        shift = exact - exact.max(axis=-1, keepdims=True)
        exps = np.exp(shift)
        without_max = exps.copy()
        np.put_along_axis(without_max, shift.argmax(axis=-1, keepdims=True), 0.0, axis=-1)
        rest = without_max.sum(axis=-1, keepdims=True)
        log_p = shift - np.log1p(rest)
        p = exps / (1 + rest)
        gradient = p.copy()
        gradient[..., true_class] = 0.0
        gradient[..., true_class] = -gradient.sum(axis=-1)
        loss = -log_p[..., true_class : true_class + 1]
        return Truth(*(part.astype(np.float64) for part in (p, log_p, loss, gradient)))


def decimal_truth(z: NDArray[np.float64], true_class: int) -> Truth:
    """Truth for one row of finite logits, in 50-digit decimal arithmetic."""
    context = decimal.Context(prec=50, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX, traps=[])
    with decimal.localcontext(context):
        exact = [Decimal(float(value)) for value in z]
        top = int(z.argmax())
        shift = [value - exact[top] for value in exact]
        exps = [value.exp() for value in shift]
        rest = sum((value for k, value in enumerate(exps) if k != top), Decimal(0))
        # 1 + rest would drop the digits of a small rest.
        log_sum = (1 + rest).ln() if rest > Decimal("1e-17") else rest - rest**2 / 2 + rest**3 / 3
        log_p = [value - log_sum for value in shift]
        p = [value / (1 + rest) for value in exps]
        gradient = [value if k != true_class else Decimal(0) for k, value in enumerate(p)]
        gradient[true_class] = -sum(gradient, Decimal(0))
        parts = (p, log_p, [-log_p[true_class]], gradient)
        return Truth(*(np.array([float(value) for value in part]) for part in parts))


def row_truth(logits: NDArray[np.float64], z: NDArray[Any], true_class: int) -> Truth:
    """Truth for one row: `decimal_truth` in float64, `wide_truth` where float64 is wide enough."""
    if z.dtype == np.float64:
        return _kept_decimal_truth(z.tobytes(), true_class)
    return wide_truth(logits, z, true_class)


@lru_cache(maxsize=256)
def _kept_decimal_truth(z: bytes, true_class: int) -> Truth:
    """Keep what takes 18 ms for 1000 logits, and is asked for by the reference and by the errors; read-only."""
    truth = decimal_truth(np.frombuffer(z), true_class)
    for shared in (truth.probabilities, truth.log_probabilities, truth.loss, truth.gradient):
        shared.setflags(write=False)
    return truth


@dataclass(frozen=True, slots=True)
class Judgement:
    """One algorithm against the truth, over any number of cells.

    Attributes
    ----------
    probabilities : ndarray, shape (...)
        Largest absolute error over the classes; nan where a probability is nan.
    loss, gradient : ndarray or None, shape (...)
        Relative error of the loss, and largest absolute error of the gradient; nan where the value is nan or inf.
        None for an algorithm that ends at the probabilities.
    verdicts : ndarray of int8, shape (...)
        Indices into `VERDICTS`.
    """

    probabilities: NDArray[np.float64]
    loss: NDArray[np.float64] | None
    gradient: NDArray[np.float64] | None
    verdicts: NDArray[np.int8]


def tolerance(dtype: np.dtype[Any]) -> float:
    """√(machine epsilon): an error beyond it has lost more than half of the type's digits."""
    return math.sqrt(type_limits(dtype).epsilon)


def judge(steps: Steps, truth: Truth) -> Judgement:
    """Measure one algorithm's errors and turn them into verdicts."""
    dtype = steps["z"].dtype
    limit = tolerance(dtype)
    p_error = _largest_error(steps["p"], truth.probabilities)
    if "loss" not in steps:
        wrong, dead = p_error > limit, np.isnan(p_error)
        return Judgement(p_error, None, None, _codes(wrong, dead))
    loss, true_loss = steps["loss"].astype(np.float64)[..., 0], truth.loss[..., 0]
    with np.errstate(all="ignore"):
        # A true loss below 1e-324 is 0 in float64: there the error is left absolute.
        loss_error = np.abs(loss - true_loss) / np.where(true_loss > 0, true_loss, 1.0)
        correctly_rounded = loss == true_loss.astype(dtype).astype(np.float64)
    loss_error = np.where(np.isfinite(loss), loss_error, np.nan)
    gradient_error = _largest_error(steps["gradient"], truth.gradient)
    wrong = ((loss_error > limit) & ~correctly_rounded) | (gradient_error > limit)
    dead = np.isnan(loss_error) | np.isnan(gradient_error)
    return Judgement(p_error, loss_error, gradient_error, _codes(wrong, dead))


def _largest_error(values: NDArray[Any], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        error: NDArray[np.float64] = np.abs(values.astype(np.float64) - truth).max(axis=-1)
    return np.where(np.isfinite(error), error, np.nan)


def _codes(wrong: NDArray[np.bool_], dead: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(dead, 2, np.where(wrong, 1, 0)).astype(np.int8)
