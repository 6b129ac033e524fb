"""Softmax, loss and gradient in exact arithmetic, rounded to float64."""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Truth:
    """The exact results for the same logits, rounded to float64.

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
    """Compute the exact results in a wider type: float64 for smaller types, long double for float64.

    Where rounding made a logit infinite, the unrounded logit replaces it. A masked class (a logit of −inf) has
    probability 0; the results are nan if every class is masked. The leading 1 of the sum is added by
    log1p, so nothing cancels as p_t → 1. The remaining relative error is a few 1e-16 times the spread of the logits.
    On platforms where long double is float64 (not x86-64), float64 results are computed in float64.
    """
    wide = np.dtype(np.longdouble if z.dtype == np.float64 else np.float64)
    exact = np.where(np.isfinite(z), z.astype(wide), logits.astype(wide))
    with np.errstate(under="ignore", invalid="ignore"):
        shift = exact - exact.max(axis=-1, keepdims=True)
        exps = np.exp(shift)
        without_max = exps.copy()
        np.put_along_axis(without_max, shift.argmax(axis=-1, keepdims=True), 0.0, axis=-1)
        rest = without_max.sum(axis=-1, keepdims=True)
        log_p = shift - np.log1p(rest)
        p = exps / (1 + rest)
        gradient = p.copy()
        gradient[..., true_class] = 0.0
        # Subtracted from 0, so that a result of 0 has no minus sign.
        gradient[..., true_class] = 0.0 - gradient.sum(axis=-1)
        loss = 0.0 - log_p[..., true_class : true_class + 1]
        return Truth(*(part.astype(np.float64) for part in (p, log_p, loss, gradient)))


def decimal_truth(z: NDArray[np.float64], true_class: int) -> Truth:
    """Compute the exact results for one row of logits in 50-digit decimal arithmetic.

    A masked class (a logit of −inf) has probability 0; the results are nan if every class is masked.
    """
    context = decimal.Context(prec=50, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX, traps=[])
    with decimal.localcontext(context):
        exact = [Decimal(float(value)) for value in z]
        top = int(z.argmax())
        shift = [value - exact[top] for value in exact]
        exps = [value.exp() for value in shift]
        rest = sum((value for k, value in enumerate(exps) if k != top), Decimal(0))
        # 1 + rest would lose the digits of a small rest.
        log_sum = (1 + rest).ln() if rest > Decimal("1e-17") else rest - rest**2 / 2 + rest**3 / 3
        log_p = [value - log_sum for value in shift]
        p = [value / (1 + rest) for value in exps]
        gradient = [value if k != true_class else Decimal(0) for k, value in enumerate(p)]
        gradient[true_class] = -sum(gradient, Decimal(0))
        parts = (p, log_p, [-log_p[true_class]], gradient)
        # The addition of 0 removes the minus sign of a zero.
        return Truth(*(np.array([float(value) for value in part]) + 0.0 for part in parts))


def row_truth(logits: NDArray[np.float64], z: NDArray[Any], true_class: int) -> Truth:
    """Compute the exact results for one row: by `decimal_truth` in float64, by `wide_truth` in smaller types."""
    if z.dtype == np.float64:
        return _cached_decimal_truth(z.tobytes(), true_class)
    return wide_truth(logits, z, true_class)


@lru_cache(maxsize=256)
def _cached_decimal_truth(z: bytes, true_class: int) -> Truth:
    # Decimal arithmetic is slow, and both the reference and the errors need the result. It is shared, hence read-only.
    truth = decimal_truth(np.frombuffer(z), true_class)
    for shared in (truth.probabilities, truth.log_probabilities, truth.loss, truth.gradient):
        shared.setflags(write=False)
    return truth
