"""Softmax and its loss, step by step in one floating-point type.

Every function takes logits of shape (..., n_classes) and one true class, so a single trace and a map of thousands of
cells use the same code. Arguments are not validated here.
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
    """Return the NumPy dtype of a name in `DTYPES`."""
    return _NUMPY_DTYPES[name]


@dataclass(frozen=True, slots=True)
class TypeLimits:
    """The largest number, the machine epsilon, and the smallest normal and subnormal number of a type."""

    largest: float
    epsilon: float
    smallest_normal: float
    smallest_subnormal: float


@cache
def type_limits(dtype: np.dtype[Any]) -> TypeLimits:
    """Return the limits of a type, including bfloat16."""
    info = ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
    return TypeLimits(*(float(x) for x in (info.max, info.eps, info.smallest_normal, info.smallest_subnormal)))


def round_to(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Round to the nearest numbers of ``dtype``; values beyond its largest number become infinite."""
    with np.errstate(over="ignore"):
        return values.astype(_NUMPY_DTYPES[dtype])


def sum_over_classes(values: NDArray[Any]) -> NDArray[Any]:
    """Sum over the last axis, which stays as an axis of length 1.

    Sums of 16-bit types are accumulated in float32 and rounded once, as in PyTorch. A running sum of ones in bfloat16
    would not grow beyond 256.
    """
    accumulator = np.float32 if values.dtype.itemsize == 2 else values.dtype
    total: NDArray[Any] = values.sum(axis=-1, keepdims=True, dtype=accumulator)
    return total.astype(values.dtype)


def exponentials(z: NDArray[Any], *, shifted: bool) -> Steps:
    """Return exp(z) and its sum or, if ``shifted``, exp(z − max z) and its sum."""
    steps: Steps = {"z": z}
    exponent = z
    if shifted:
        steps["max"] = z.max(axis=-1, keepdims=True)
        steps["shift"] = exponent = z - steps["max"]
    steps["exp"] = np.exp(exponent)
    steps["sum"] = sum_over_classes(steps["exp"])
    return steps


def softmax_steps(z: NDArray[Any], *, shifted: bool) -> Steps:
    """Return the steps up to p = exp / sum."""
    steps = exponentials(z, shifted=shifted)
    steps["p"] = steps["exp"] / steps["sum"]
    return steps


def log_of_softmax_steps(softmax: Steps, true_class: int, *, epsilon: float | None = None) -> Steps:
    """Continue from p to the loss −log p_t (or −log(p_t + ε)), and back to the logits by the chain rule.

    As in ``nll_loss(log(softmax(z)), t)``, the logarithm is computed for all classes before the true one is selected,
    so another class with p = 0 contributes 0/0 to the gradient. The maximum is treated as a constant.
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
    """Return log p = (z − m) − log Σ exp(z − m), the loss −log p_t and the gradient exp(log p) − t.

    The gradient is computed as in the backward pass of ``torch.log_softmax``.
    """
    steps = dict(exps)
    steps["log_sum"] = np.log(steps["sum"])
    steps["log_p"] = steps["shift"] - steps["log_sum"]
    steps["loss"] = -steps["log_p"][..., true_class : true_class + 1]
    steps["p"] = np.exp(steps["log_p"])
    steps["gradient"] = steps["p"].copy()
    steps["gradient"][..., true_class] -= steps["p"].dtype.type(1)
    return steps


def run(algorithm: str, z: NDArray[Any], true_class: int) -> Steps:
    """Return the steps of one algorithm, all in the type of ``z``."""
    with np.errstate(all="ignore"):
        return _complete(algorithm, softmax_steps(z, shifted=algorithm != "naive"), true_class)


def run_all(z: NDArray[Any], true_class: int) -> dict[str, Steps]:
    """Return the steps of every algorithm in the order of `ALGORITHMS`, all in the type of ``z``."""
    with np.errstate(all="ignore"):
        naive, shifted = (softmax_steps(z, shifted=shifted) for shifted in (False, True))
        return {name: _complete(name, naive if name == "naive" else shifted, true_class) for name in ALGORITHMS}


def _complete(algorithm: str, softmax: Steps, true_class: int) -> Steps:
    if algorithm == "shifted":
        return softmax
    if algorithm == "log_sum_exp":
        return log_sum_exp_steps({name: values for name, values in softmax.items() if name != "p"}, true_class)
    return log_of_softmax_steps(softmax, true_class, epsilon=EPSILON if algorithm == "plus_epsilon" else None)
