"""Where softmax and its loss break in floating point, and which way of computing them does not.

Five ways to the same numbers, each truly run in float16, bfloat16, float32 or float64 (see `ALGORITHMS`):

- ``naive``: p = exp z / Σ exp z, the loss −log p_t.
- ``shifted``: p = exp(z − max z) / Σ exp(z − max z). It ends at the probabilities and is judged by them alone.
- ``log_of_softmax``: the shifted p, then the loss −log p_t, and the gradient back through both.
- ``log_sum_exp``: log p = (z − max z) − log Σ exp(z − max z), never forming p on the way to the loss.
- ``plus_epsilon``: the shifted p, then −log(p_t + 1e-8), a common repair.

Gradients are those of the algorithm's own steps, as automatic differentiation runs them in the same type, with respect
to the logits z = logits / temperature. Losses are in nats.

References
----------
Blanchard, P., Higham, D. J., Higham, N. J. (2021). Accurately computing the log-sum-exp and softmax functions.
IMA Journal of Numerical Analysis 41(4), 2311-2330. doi:10.1093/imanum/draa038
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core import _softmax_arithmetic as arithmetic
from core._softmax_arithmetic import ALGORITHMS, DTYPES, EPSILON, VERDICTS
from core._softmax_claims import CLAIMS
from core._softmax_findings import Finding, findings
from core._softmax_inputs import (
    MAX_CLASSES,
    MAX_MAP_LOGITS,
    MAX_POINTS,
    check_logits,
    check_n_classes,
    check_sizes,
    make_logits,
    parse_logits,
    prepare,
    scale,
)
from core._softmax_limits import (
    ExpRange,
    InputShares,
    NearCertainty,
    SubtractionOrders,
    SumOverflow,
    exp_range,
    input_shares,
    near_certainty,
    softplus_loss,
    subtraction_orders,
    sum_overflow_at,
)
from core.thumbnail import Thumbnail
from core.validate import InvalidArgument, check_choice, check_integer

__all__ = [
    "ALGORITHMS",
    "CLAIMS",
    "DTYPES",
    "EPSILON",
    "MAX_CLASSES",
    "MAX_MAP_LOGITS",
    "MAX_POINTS",
    "VERDICTS",
    "ErrorCurve",
    "Errors",
    "ExpRange",
    "Finding",
    "InputShares",
    "NearCertainty",
    "OnlineTrace",
    "Reference",
    "Stage",
    "SubtractionOrders",
    "SumOverflow",
    "SurvivalMap",
    "Trace",
    "cell_states",
    "error_curve",
    "errors",
    "exp_range",
    "findings",
    "input_shares",
    "make_logits",
    "map_grid",
    "near_certainty",
    "online_softmax",
    "parse_logits",
    "reference",
    "softplus_loss",
    "subtraction_orders",
    "sum_overflow_at",
    "survival_map",
    "thumbnail",
    "trace",
]

# Steps in which an exact 0 or 1 is always rounding: the true value lies strictly between (except exp of the maximum).
_SATURATING = {"exp", "p", "gradient"}
# Logits judged at once in a map: their arrays stay in the processor's cache.
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a computation.

    Attributes
    ----------
    name : str
        ``z``, ``max``, ``shift``, ``exp``, ``sum``, ``log_sum``, ``p``, ``p_plus_epsilon``, ``log_p``, ``loss``; going
        back, ``d_x`` is the derivative of the loss by ``x``, and ``gradient`` the one by z.
    values : ndarray of float64, shape (n_classes,) or (1,)
        Exact copies of the numbers in the type.
    states : ndarray of str, same shape
        From `cell_states`. An exact 0 or 1 is marked in ``exp``, ``p`` and ``gradient``, where it comes from rounding
        (but for the 1 of exp at the maximum after a shift, and at a logit of 0 without one).
    """

    name: str
    values: NDArray[np.float64]
    states: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Trace:
    """One run of one algorithm.

    Attributes
    ----------
    algorithm, dtype : str
    stages : tuple of Stage
        In the order of computation.
    probabilities : ndarray, shape (n_classes,)
    loss : float or None
        In nats; None for ``shifted``, which ends at the probabilities.
    gradient : ndarray or None, shape (n_classes,)
    """

    algorithm: str
    dtype: str
    stages: tuple[Stage, ...]
    probabilities: NDArray[np.float64]
    loss: float | None
    gradient: NDArray[np.float64] | None


def cell_states(values: ArrayLike, *, saturating: bool = False) -> NDArray[np.str_]:
    """Classify cells as ``finite``, ``inf`` of either sign or ``nan``; if ``saturating``, also ``zero`` and ``one``."""
    cells = np.asarray(values, dtype=np.float64)
    states = np.full(cells.shape, "finite", dtype="<U6")
    states[np.isnan(cells)] = "nan"
    states[np.isinf(cells)] = "inf"
    if saturating:
        states[cells == 0] = "zero"
        states[cells == 1] = "one"
    return states


def trace(logits: ArrayLike, *, algorithm: str, dtype: str, true_class: int, temperature: float = 1.0) -> Trace:
    """Run one algorithm on logits / temperature rounded to ``dtype``, and keep every step.

    Sums of 16-bit numbers run in float32 and are rounded once, as in PyTorch; everything else stays in ``dtype``.

    Raises
    ------
    InvalidArgument
        Logits not finite, beyond ±1e30, fewer than 2 or more than 1000; an unknown ``algorithm`` or ``dtype``; a
        ``true_class`` that is no class; a ``temperature`` that is not above 0.
    """
    check_choice(algorithm, "algorithm", ALGORITHMS)
    _, z = prepare(logits, dtype, true_class, temperature)
    steps = arithmetic.run(algorithm, z, true_class)
    values = {name: cells.astype(np.float64) for name, cells in steps.items()}
    return Trace(
        algorithm=algorithm,
        dtype=dtype,
        stages=tuple(
            Stage(name, cells, cell_states(cells, saturating=name in _SATURATING)) for name, cells in values.items()
        ),
        probabilities=values["p"],
        loss=float(values["loss"][0]) if "loss" in values else None,
        gradient=values.get("gradient"),
    )


@dataclass(frozen=True, slots=True)
class Reference:
    """What exact arithmetic makes of the logits that a type holds, rounded to float64.

    Attributes
    ----------
    logits : ndarray, shape (n_classes,)
        logits / temperature as rounded to the type.
    rounded : bool
        False if rounding made a logit infinite; the reference is then that of the unrounded `logits`.
    probabilities, gradient : ndarray, shape (n_classes,)
    log10_probabilities : ndarray, shape (n_classes,)
        Finite where a probability is too small for float64.
    loss : float
        In nats.
    """

    logits: NDArray[np.float64]
    rounded: bool
    probabilities: NDArray[np.float64]
    log10_probabilities: NDArray[np.float64]
    loss: float
    gradient: NDArray[np.float64]


def reference(logits: ArrayLike, *, dtype: str, true_class: int, temperature: float = 1.0) -> Reference:
    """Compute softmax, loss and gradient of the logits that ``dtype`` holds: p_k = exp z_k / Σ exp z, −log p_t, p − t.

    In 50-digit decimal arithmetic for float64; in float64 for the smaller types, whose numbers it holds exactly.

    Raises
    ------
    InvalidArgument
        As `trace`.
    """
    scaled, z = prepare(logits, dtype, true_class, temperature)
    truth = arithmetic.row_truth(scaled, z, true_class)
    rounded = bool(np.isfinite(z).all())
    return Reference(
        logits=z.astype(np.float64) if rounded else scaled,
        rounded=rounded,
        probabilities=truth.probabilities,
        log10_probabilities=truth.log_probabilities / math.log(10),
        loss=float(truth.loss[0]),
        gradient=truth.gradient,
    )


@dataclass(frozen=True, slots=True)
class Errors:
    """One algorithm against the reference.

    Attributes
    ----------
    probabilities, gradient : float
        Largest absolute error over the classes; nan if a value is nan or inf. ``gradient`` is None for ``shifted``.
    loss : float or None
        Relative error (absolute where the true loss is below 1e-323); nan if the loss is nan or inf.
    verdict : str
        As in `SurvivalMap`.
    """

    probabilities: float
    loss: float | None
    gradient: float | None
    verdict: str


def errors(logits: ArrayLike, *, dtype: str, true_class: int, temperature: float = 1.0) -> dict[str, Errors]:
    """Measure every algorithm against `reference`, by name in the order of `ALGORITHMS`.

    Raises
    ------
    InvalidArgument
        As `trace`.
    """
    scaled, z = prepare(logits, dtype, true_class, temperature)
    truth = arithmetic.row_truth(scaled, z, true_class)
    measured = {}
    for algorithm, steps in arithmetic.run_all(z, true_class).items():
        judgement = arithmetic.judge(steps, truth)
        measured[algorithm] = Errors(
            probabilities=float(judgement.probabilities),
            loss=None if judgement.loss is None else float(judgement.loss),
            gradient=None if judgement.gradient is None else float(judgement.gradient),
            verdict=VERDICTS[int(judgement.verdicts)],
        )
    return measured


@dataclass(frozen=True, slots=True)
class ErrorCurve:
    """Every algorithm's errors as a common offset is added to the logits.

    Attributes
    ----------
    offsets : ndarray, shape (n_offsets,)
    probabilities, loss, gradient : dict of str to ndarray, shape (n_offsets,)
        By algorithm, as in `Errors`; ``shifted`` appears in ``probabilities`` alone.
    """

    offsets: NDArray[np.float64]
    probabilities: dict[str, NDArray[np.float64]]
    loss: dict[str, NDArray[np.float64]]
    gradient: dict[str, NDArray[np.float64]]


def error_curve(
    logits: ArrayLike, *, offsets: ArrayLike, dtype: str, true_class: int, temperature: float = 1.0
) -> ErrorCurve:
    """Measure every algorithm on logits + offset, for each of up to 1000 offsets.

    The reference is that of the logits as rounded after the offset was added, so the curves show the errors of the
    algorithms and not the rounding of their input.

    Raises
    ------
    InvalidArgument
        As `trace`; ``offsets`` empty, not finite or too many.
    """
    base = check_logits(logits)
    shifts = check_sizes(offsets, "offsets")
    scaled, z = scale(base + shifts[:, np.newaxis], dtype, true_class, temperature)
    judged = _judge_all(scaled, z, true_class)
    return ErrorCurve(
        offsets=shifts,
        probabilities={name: verdict.probabilities for name, verdict in judged.items()},
        loss={name: verdict.loss for name, verdict in judged.items() if verdict.loss is not None},
        gradient={name: verdict.gradient for name, verdict in judged.items() if verdict.gradient is not None},
    )


@dataclass(frozen=True, slots=True)
class SurvivalMap:
    """Which algorithm survives where.

    A cell is ``dead`` if the loss or the gradient is nan or inf; ``wrong`` if it is finite and the loss is off by more
    than `tolerance` in relative terms (unless it is the true loss, correctly rounded) or the gradient by more than
    `tolerance` in some class; ``right`` otherwise. ``shifted`` is judged in the same way by its probabilities alone.

    Attributes
    ----------
    offsets, spreads : ndarray, shapes (n_offsets,), (n_spreads,)
    verdicts : dict of str to ndarray of int8, shape (n_spreads, n_offsets)
        By algorithm: indices into `VERDICTS`.
    shares : dict of str to dict of str to float
        By algorithm and verdict: the share of the map's cells.
    tolerance : float
        √(machine epsilon), the loss of half the type's digits.
    """

    offsets: NDArray[np.float64]
    spreads: NDArray[np.float64]
    verdicts: dict[str, NDArray[np.int8]]
    shares: dict[str, dict[str, float]]
    tolerance: float


def survival_map(
    *,
    dtype: str,
    n_classes: int,
    true_class: int,
    offsets: ArrayLike,
    spreads: ArrayLike,
    temperature: float = 1.0,
) -> SurvivalMap:
    """Judge every algorithm on ``make_logits(n_classes, offset=…, spread=…)`` over a grid.

    Raises
    ------
    InvalidArgument
        As `make_logits` and `trace`; ``offsets`` or ``spreads`` empty, not finite, over 1000 values, or together with
        ``n_classes`` more than `MAX_MAP_LOGITS` logits.
    """
    check_n_classes(n_classes)
    columns = check_sizes(offsets, "offsets")
    rows = check_sizes(spreads, "spreads", low=0.0)
    size = columns.size * rows.size * n_classes
    if size > MAX_MAP_LOGITS:
        raise InvalidArgument("too_many", argument="offsets × spreads × n_classes", high=MAX_MAP_LOGITS, value=size)
    grid = columns[:, np.newaxis] + rows[:, np.newaxis, np.newaxis] * np.linspace(0.0, 1.0, n_classes)
    scaled, z = scale(grid.reshape(-1, n_classes), dtype, true_class, temperature)
    chunk = max(1, _CHUNK // n_classes)
    parts = [
        _judge_all(scaled[start : start + chunk], z[start : start + chunk], true_class)
        for start in range(0, len(z), chunk)
    ]
    verdicts = {
        name: np.concatenate([part[name].verdicts for part in parts]).reshape(rows.size, columns.size)
        for name in ALGORITHMS
    }
    shares = {
        name: {verdict: float(np.mean(codes == code)) for code, verdict in enumerate(VERDICTS)}
        for name, codes in verdicts.items()
    }
    return SurvivalMap(columns, rows, verdicts, shares, arithmetic.tolerance(z.dtype))


def map_grid(n_classes: int, *, most: int = 150_000) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return offsets (−1000 … 1000) and spreads (0 … 1000) of a survival map, dense near 0 on a logarithmic scale.

    Coarser where there are many classes, so that the map has about ``most`` logits in all.

    Raises
    ------
    InvalidArgument
        ``n_classes`` outside 2 … 1000.
    """
    check_n_classes(n_classes)
    side = min(1.0, math.sqrt(most / (45 * 26 * n_classes)))
    half = np.geomspace(1.0, 1000.0, max(4, int(22 * side)))
    spreads = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, max(6, int(25 * side)))])
    return np.concatenate([-half[::-1], [0.0], half]), spreads


@dataclass(frozen=True, slots=True)
class OnlineTrace:
    """Softmax in one pass over a stream of logits.

    Attributes
    ----------
    order : ndarray of int, shape (n_classes,)
        The class that arrives at each step.
    running_max, running_sum : ndarray, shape (n_classes,)
        After each step.
    rescaled : ndarray of bool, shape (n_classes,)
        Where a new maximum rescaled the sum. True at the first step, which replaces the maximum −inf.
    n_rescales : int
    expected_rescales : float
        H_n = Σ 1/k, the mean number of running maxima of n different values in random order.
    probabilities : ndarray, shape (n_classes,)
        By class, not by step.
    error, two_pass_error : float
        Largest absolute error of these probabilities, and of the shifted softmax, against `reference`.
    """

    order: NDArray[np.int64]
    running_max: NDArray[np.float64]
    running_sum: NDArray[np.float64]
    rescaled: NDArray[np.bool_]
    n_rescales: int
    expected_rescales: float
    probabilities: NDArray[np.float64]
    error: float
    two_pass_error: float


def online_softmax(logits: ArrayLike, *, dtype: str, seed: int | None = None) -> OnlineTrace:
    """Keep the maximum and the sum together while the logits stream by.

    m ← max(m, z), s ← s · exp(m_before − m) + exp(z − m), then p_k = exp(z_k − m) / s. The logits arrive in their own
    order, or shuffled by ``seed``. Like every sum here, s is kept in float32 for the 16-bit types.

    Raises
    ------
    InvalidArgument
        As `trace`; ``seed`` negative or no integer.

    References
    ----------
    Milakov, M., Gimelshein, N. (2018). Online normalizer calculation for softmax. arXiv:1805.02867
    """
    scaled, z = prepare(logits, dtype, 0, 1.0)
    order = np.arange(z.size)
    if seed is not None:
        check_integer(seed, "seed", low=0)
        order = np.random.default_rng(seed).permutation(z.size)
    stream = z[order]
    accumulator = np.float32 if z.dtype.itemsize == 2 else z.dtype.type
    running_max, running_sum = np.empty_like(stream), np.empty(z.size, dtype=accumulator)
    maximum, total = z.dtype.type(-np.inf), accumulator(0)
    with np.errstate(all="ignore"):
        for step, value in enumerate(stream):
            before, maximum = maximum, max(maximum, value)
            total = total * accumulator(np.exp(before - maximum)) + accumulator(np.exp(value - maximum))
            running_max[step], running_sum[step] = maximum, total
        probabilities = (np.exp(z - maximum) / z.dtype.type(total)).astype(np.float64)
        two_pass = arithmetic.softmax_steps(z, shifted=True)["p"].astype(np.float64)
    truth = arithmetic.row_truth(scaled, z, 0).probabilities
    rescaled = np.concatenate([[True], running_max[1:] > running_max[:-1]])
    return OnlineTrace(
        order=order,
        running_max=running_max.astype(np.float64),
        running_sum=running_sum.astype(np.float64),
        rescaled=rescaled,
        n_rescales=int(rescaled.sum()),
        expected_rescales=float(np.sum(1 / np.arange(1, z.size + 1))),
        probabilities=probabilities,
        error=float(np.abs(probabilities - truth).max()),
        two_pass_error=float(np.abs(two_pass - truth).max()),
    )


def _judge_all(scaled: NDArray[np.float64], z: NDArray[Any], true_class: int) -> dict[str, arithmetic.Judgement]:
    truth = arithmetic.wide_truth(scaled, z, true_class)
    return {name: arithmetic.judge(steps, truth) for name, steps in arithmetic.run_all(z, true_class).items()}


def thumbnail() -> Thumbnail:
    """Probability of the largest of three logits in float32 as an offset is added: naive, and with the maximum out."""
    offsets = np.linspace(-130.0, 130.0, 131)
    _, z = scale(offsets[:, np.newaxis] + np.arange(3.0), "float32", 2, 1.0)
    lines = {name: arithmetic.run(name, z, 2)["p"][:, 2].astype(np.float64) for name in ("shifted", "naive")}
    return Thumbnail(offsets, lines)
