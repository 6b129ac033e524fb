"""The limits of exp, of a sum of exponentials and of the loss near certainty, in each floating-point type."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.softmax_stability.arithmetic import (
    DTYPES,
    Steps,
    exponentials,
    numpy_dtype,
    round_to,
    run,
    run_all,
    type_limits,
)
from core.softmax_stability.inputs import check_n_classes, check_sizes, prepare
from core.softmax_stability.truth import row_truth, wide_truth
from core.validate import check_choice


@dataclass(frozen=True, slots=True)
class ExpRange:
    """The numbers of one type at which exp and a two-class softmax overflow, underflow or saturate.

    Attributes
    ----------
    dtype : str
    last_finite, first_infinite : float
        Largest x with a finite exp(x), and the next number of the type. In exact arithmetic the limit is `log_max`.
    log_max : float
        ln of the type's largest number.
    last_normal : float
        Lowest (negative) x for which exp(x) has full precision.
    last_nonzero : float
        Lowest (negative) x for which exp(x) is not 0. In exact arithmetic the limit is `log_half_smallest`.
    log_half_smallest : float
        ln of half the type's smallest positive number: smaller values round to 0.
    saturation_margin : float
        Smallest margin between two logits at which the shifted softmax of the larger one is exactly 1.
    underflow_margin : float
        Smallest margin at which the shifted softmax of the smaller one is exactly 0 and its logarithm −inf.
    nan_gradient_margin : float
        Smallest margin at which the gradient of −log p of the smaller one is nan: 1/p overflows before p is 0.
    """

    dtype: str
    last_finite: float
    first_infinite: float
    log_max: float
    last_normal: float
    last_nonzero: float
    log_half_smallest: float
    saturation_margin: float
    underflow_margin: float
    nan_gradient_margin: float


@cache
def exp_range(dtype: str) -> ExpRange:
    """Return the limits of exp in one type, found by bisection over the numbers of that type.

    Raises
    ------
    InvalidArgument
        Unknown ``dtype``.

    Examples
    --------
    >>> limits = exp_range("float64")
    >>> (round(limits.last_finite, 2), round(limits.last_nonzero, 2))
    (709.78, -745.13)
    """
    check_choice(dtype, "dtype", DTYPES)
    limits = type_limits(numpy_dtype(dtype))

    def two_classes(margin: NDArray[Any]) -> dict[str, Steps]:
        return run_all(np.stack([margin, np.zeros_like(margin)], axis=-1), true_class=1)

    last_finite, first_infinite = _last_number(dtype, lambda x: bool(np.isfinite(np.exp(x))))
    return ExpRange(
        dtype=dtype,
        last_finite=last_finite,
        first_infinite=first_infinite,
        log_max=math.log(limits.largest),
        last_normal=-_last_number(dtype, lambda x: float(np.exp(-x)) >= limits.smallest_normal)[0],
        last_nonzero=-_last_number(dtype, lambda x: float(np.exp(-x)) > 0)[0],
        log_half_smallest=math.log(limits.smallest_subnormal) - math.log(2),
        saturation_margin=_last_number(dtype, lambda x: float(two_classes(x)["shifted"]["p"][0]) < 1)[1],
        underflow_margin=_last_number(dtype, lambda x: float(two_classes(x)["shifted"]["p"][1]) > 0)[1],
        nan_gradient_margin=_last_number(
            dtype, lambda x: bool(np.isfinite(two_classes(x)["log_of_softmax"]["gradient"]).all())
        )[1],
    )


@dataclass(frozen=True, slots=True)
class InputShares:
    """Shares of the finite numbers of a 16-bit type whose exp is inf, 0 and exactly 1."""

    dtype: str
    infinite: float
    zero: float
    one: float


@cache
def input_shares(dtype: str) -> InputShares:
    """Apply exp to every finite number of ``float16`` or ``bfloat16``.

    Raises
    ------
    InvalidArgument
        Any other ``dtype``: 2³² or 2⁶⁴ inputs are too many.

    Examples
    --------
    >>> shares = input_shares("float16")
    >>> [round(share, 3) for share in (shares.infinite, shares.zero, shares.one)]
    [0.203, 0.192, 0.113]
    """
    check_choice(dtype, "dtype", ("float16", "bfloat16"))
    every = np.arange(2**16, dtype=np.uint16).view(numpy_dtype(dtype))
    with np.errstate(all="ignore"):
        exps = np.exp(every[np.isfinite(every)]).astype(np.float64)
    return InputShares(dtype, *(float(np.mean(exps == value)) for value in (np.inf, 0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class SumOverflow:
    """The logit at which a sum of n equal exponentials overflows.

    Attributes
    ----------
    measured : float
        Smallest common logit of the type at which the sum is inf.
    theory : float
        ln(max / n), the limit in exact arithmetic.
    exp_there : float
        exp of the measured logit in the type. It is finite: only the sum overflows.
    """

    measured: float
    theory: float
    exp_there: float


@cache
def sum_overflow_at(dtype: str, n_classes: int) -> SumOverflow:
    """Return the common logit at which the naive sum of ``n_classes`` exponentials overflows.

    Raises
    ------
    InvalidArgument
        Unknown ``dtype``, or ``n_classes`` outside 2 … 1000.

    Examples
    --------
    >>> overflow = sum_overflow_at("float64", 1000)
    >>> (round(overflow.measured, 2), round(overflow.theory, 2))
    (702.87, 702.87)
    """
    check_choice(dtype, "dtype", DTYPES)
    check_n_classes(n_classes)
    measured = _last_number(
        dtype, lambda x: bool(np.isfinite(exponentials(np.repeat(x, n_classes), shifted=False)["sum"][0]))
    )[1]
    largest = type_limits(numpy_dtype(dtype)).largest
    exp_there = float(np.exp(round_to(np.array(measured), dtype)))
    return SumOverflow(measured, math.log(largest) - math.log(n_classes), exp_there)


@dataclass(frozen=True, slots=True)
class NearCertainty:
    """The two-class loss and its derivative by the true class's logit, computed in two ways.

    The logit of the true class exceeds the other one by a margin. All arrays have the shape (n_margins,).

    Attributes
    ----------
    margins : ndarray
        The margins as rounded to the type.
    log_softmax_loss, log_softmax_gradient : ndarray
        By ``log_sum_exp``: exactly 0 once 1 + exp(−margin) rounds to 1.
    softplus_loss, softplus_gradient : ndarray
        By log1p(exp(−margin)) and −exp(−margin) / (1 + exp(−margin)).
    true_loss, true_gradient : ndarray
        Computed in a wider type and rounded to float64.
    """

    margins: NDArray[np.float64]
    log_softmax_loss: NDArray[np.float64]
    log_softmax_gradient: NDArray[np.float64]
    softplus_loss: NDArray[np.float64]
    softplus_gradient: NDArray[np.float64]
    true_loss: NDArray[np.float64]
    true_gradient: NDArray[np.float64]


def softplus_loss(margins: ArrayLike, *, dtype: str) -> NDArray[np.float64]:
    """Compute the two-class loss softplus(−m) = max(−m, 0) + log1p(exp(−|m|)) in ``dtype``, shape (n_margins,).

    Raises
    ------
    InvalidArgument
        Unknown ``dtype``; ``margins`` empty, not finite, beyond ±1e30 or over 1000 values.

    Examples
    --------
    >>> [round(float(loss), 4) for loss in softplus_loss([-1000, 0, 1], dtype="float64")]
    [1000.0, 0.6931, 0.3133]
    """
    return _softplus(_check_margins(margins, dtype))[0].astype(np.float64)


def near_certainty(margins: ArrayLike, *, dtype: str) -> NearCertainty:
    """Compare log_softmax with softplus as the margin of the true class grows.

    Raises
    ------
    InvalidArgument
        As `softplus_loss`.

    Examples
    --------
    At a margin of 17, log(1 + exp(−17)) is 0 in float32, but log1p is exact.

    >>> result = near_certainty([17], dtype="float32")
    >>> (abs(float(result.log_softmax_loss[0])), f"{result.softplus_loss[0]:.3g}", f"{result.true_loss[0]:.3g}")
    (0.0, '4.14e-08', '4.14e-08')
    """
    m = _check_margins(margins, dtype)
    z = np.stack([m, np.zeros_like(m)], axis=-1)
    log_softmax = run("log_sum_exp", z, 0)
    loss, gradient = _softplus(m)
    unrounded = np.asarray(margins, dtype=np.float64)
    truth = wide_truth(np.stack([unrounded, np.zeros_like(unrounded)], axis=-1), z, 0)
    return NearCertainty(
        margins=m.astype(np.float64),
        log_softmax_loss=log_softmax["loss"][:, 0].astype(np.float64),
        log_softmax_gradient=log_softmax["gradient"][:, 0].astype(np.float64),
        softplus_loss=loss.astype(np.float64),
        softplus_gradient=gradient.astype(np.float64),
        true_loss=truth.loss[:, 0],
        true_gradient=truth.gradient[:, 0],
    )


@dataclass(frozen=True, slots=True)
class SubtractionOrders:
    """The log-sum-exp loss in two orders of its subtractions.

    Attributes
    ----------
    max_first : float
        −((z_t − m) − log Σ exp(z − m)): the maximum is subtracted first.
    max_added_back : float
        (m + log Σ exp(z − m)) − z_t: the maximum is added back, and the logarithm is lost when m is large.
    truth : float
        The exact loss.
    """

    max_first: float
    max_added_back: float
    truth: float


def subtraction_orders(
    logits: ArrayLike, *, dtype: str, true_class: int, temperature: float = 1.0
) -> SubtractionOrders:
    """Compute the log-sum-exp loss in two orders of its subtractions.

    Raises
    ------
    InvalidArgument
        As `trace`.

    References
    ----------
    PyTorch issue 11752 (2018). nn.CrossEntropyLoss() yields wrong output for big logits.

    Examples
    --------
    >>> orders = subtraction_orders([1e8, 1e8], dtype="float32", true_class=1)
    >>> [round(loss, 4) for loss in (orders.max_first, orders.max_added_back, orders.truth)]
    [0.6931, 0.0, 0.6931]
    """
    scaled, z = prepare(logits, dtype, true_class, temperature)
    steps = run("log_sum_exp", z, true_class)
    with np.errstate(all="ignore"):
        added_back = (steps["max"] + steps["log_sum"]) - z[true_class]
    truth = row_truth(scaled, z, true_class)
    return SubtractionOrders(float(steps["loss"][0]), float(added_back[0]), float(truth.loss[0]))


def _check_margins(margins: ArrayLike, dtype: str) -> NDArray[Any]:
    check_choice(dtype, "dtype", DTYPES)
    return round_to(check_sizes(margins, "margins"), dtype)


def _softplus(m: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    one, zero = m.dtype.type(1), m.dtype.type(0)
    with np.errstate(all="ignore"):
        e = np.exp(-np.abs(m))
        return np.maximum(-m, zero) + np.log1p(e), -np.where(m >= zero, e, one) / (one + e)


def _last_number(dtype: str, holds: Callable[[NDArray[Any]], bool]) -> tuple[float, float]:
    """Return the largest number of ``dtype`` at which ``holds`` is true, and the next number.

    ``holds`` must be true at 0, false at the largest number, and change once. The bisection uses that non-negative
    floating-point numbers have the same order as their bit patterns read as integers.
    """
    numbers = numpy_dtype(dtype)
    bits = np.dtype(f"u{numbers.itemsize}")

    def number(pattern: int) -> NDArray[Any]:
        # ml_dtypes cannot view a zero-dimensional array, hence the reshape afterwards.
        return np.array([pattern], dtype=bits).view(numbers).reshape(())

    low, high = 0, int(np.array([type_limits(numbers).largest], dtype=numbers).view(bits)[0])
    with np.errstate(all="ignore"):
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if holds(number(middle)) else (low, middle)
    return float(number(low)), float(number(high))
