"""Softmax and its loss, step by step in one floating-point type, and the truth to judge them by.

Every function takes logits of shape (..., n_classes) and one true class, so that a single trace and a map of
thousands of cells run through the same code. Arguments are trusted: `core.softmax_stability` is the public door.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

DTYPES = ("float16", "bfloat16", "float32", "float64")
ALGORITHMS = ("naive", "shifted", "log_of_softmax", "log_sum_exp", "plus_epsilon")
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
