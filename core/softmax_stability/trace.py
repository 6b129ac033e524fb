"""The steps of one algorithm in one floating-point type, and the exact reference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.softmax_stability.arithmetic import ALGORITHMS, run
from core.softmax_stability.inputs import prepare
from core.softmax_stability.truth import row_truth
from core.validate import check_choice

# Steps in which an exact 0 or 1 is a rounding error, unless exp has the argument 0 or a class is masked.
_SATURATING = {"exp", "p", "gradient"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a computation.

    Attributes
    ----------
    name : str
        ``z``, ``max``, ``shift``, ``exp``, ``sum``, ``log_sum``, ``p``, ``p_plus_epsilon``, ``log_p``, ``loss``. In the
        backward pass ``d_x`` is the derivative of the loss by ``x``, and ``gradient`` the derivative by z.
    values : ndarray of float64, shape (n_classes,) or (1,)
        The numbers of the type, converted without rounding.
    states : ndarray of str, same shape
        From `cell_states`. A 0 or 1 in ``exp``, ``p`` or ``gradient`` is marked if it is a rounding error. It is not if
        the exact value is 0 or 1, too: exp(0), and the classes that a mask decides.
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
        In nats; None for ``shifted``, which computes probabilities only.
    gradient : ndarray or None, shape (n_classes,)
        None for ``shifted``.
    """

    algorithm: str
    dtype: str
    stages: tuple[Stage, ...]
    probabilities: NDArray[np.float64]
    loss: float | None
    gradient: NDArray[np.float64] | None


def cell_states(values: ArrayLike, *, saturating: bool = False) -> NDArray[np.str_]:
    """Classify numbers as ``finite``, ``inf`` (of either sign) or ``nan``.

    If ``saturating``, an exact 0 is ``zero`` and an exact 1 is ``one``.

    Examples
    --------
    >>> cell_states([0.0, 0.5, -np.inf, np.nan], saturating=True).tolist()
    ['zero', 'finite', 'inf', 'nan']
    """
    cells = np.asarray(values, dtype=np.float64)
    states = np.full(cells.shape, "finite", dtype="<U6")
    states[np.isnan(cells)] = "nan"
    states[np.isinf(cells)] = "inf"
    if saturating:
        states[cells == 0] = "zero"
        states[cells == 1] = "one"
    return states


def trace(logits: ArrayLike, *, algorithm: str, dtype: str, true_class: int, temperature: float = 1.0) -> Trace:
    """Run one algorithm on logits / temperature rounded to ``dtype``, and record every step.

    Sums of 16-bit numbers are accumulated in float32 and rounded once, as in PyTorch. All other steps use ``dtype``.

    Parameters
    ----------
    logits : array_like of shape (n_classes,)
        Between 2 and 1000 logits; −inf masks a class.
    algorithm : str
        A name in `ALGORITHMS`.
    dtype : str
        A name in `DTYPES`.
    true_class : int
        Index of the true class.
    temperature : float
        Above 0.

    Raises
    ------
    InvalidArgument
        Logits inf or nan, beyond ±1e30, fewer than 2 or more than 1000; an unknown ``algorithm`` or ``dtype``; a
        ``true_class`` out of range; a ``temperature`` that is not above 0.

    Examples
    --------
    >>> trace([1000, 1001], algorithm="naive", dtype="float32", true_class=1).probabilities.tolist()
    [nan, nan]
    >>> stable = trace([1000, 1001], algorithm="log_sum_exp", dtype="float32", true_class=1)
    >>> (round(stable.loss, 4), [stage.name for stage in stable.stages][:3])
    (0.3133, ['z', 'max', 'shift'])
    """
    check_choice(algorithm, "algorithm", ALGORITHMS)
    scaled, z = prepare(logits, dtype, true_class, temperature)
    steps = run(algorithm, z, true_class)
    values = {name: cells.astype(np.float64) for name, cells in steps.items()}
    return Trace(
        algorithm=algorithm,
        dtype=dtype,
        stages=tuple(
            Stage(name, cells, _states_of_step(name, values, true_class, masked=np.isneginf(scaled)))
            for name, cells in values.items()
        ),
        probabilities=values["p"],
        loss=float(values["loss"][0]) if "loss" in values else None,
        gradient=values.get("gradient"),
    )


def _states_of_step(
    name: str, values: dict[str, NDArray[np.float64]], true_class: int, *, masked: NDArray[np.bool_]
) -> NDArray[np.str_]:
    """Return the states of one step; a 0 or 1 that is exact counts as finite."""
    cells = values[name]
    if name not in _SATURATING:
        return cell_states(cells)
    states = cell_states(cells, saturating=True)
    if name == "exp":
        exact = masked | (values.get("shift", values["z"]) == 0)
    else:
        # The only class that is not masked has probability 1.
        exact = masked | (bool(masked.sum() == masked.size - 1) & ~masked)
    states[exact & np.isin(states, ("zero", "one"))] = "finite"
    return states


@dataclass(frozen=True, slots=True)
class Reference:
    """The exact results for the logits that a type represents, rounded to float64.

    Attributes
    ----------
    logits : ndarray, shape (n_classes,)
        logits / temperature, rounded to the type. A logit that rounding made infinite is not rounded.
    rounded : bool
        False if rounding made a logit infinite.
    probabilities, gradient : ndarray, shape (n_classes,)
    log10_probabilities : ndarray, shape (n_classes,)
        Finite even where a probability is too small for float64; −inf for a masked class.
    log10_complement : float
        log10(1 − p_t) of the true class t; −inf if every other class is masked.
    loss : float
        In nats; inf if the true class is masked.
    """

    logits: NDArray[np.float64]
    rounded: bool
    probabilities: NDArray[np.float64]
    log10_probabilities: NDArray[np.float64]
    log10_complement: float
    loss: float
    gradient: NDArray[np.float64]


def reference(logits: ArrayLike, *, dtype: str, true_class: int, temperature: float = 1.0) -> Reference:
    """Compute the exact softmax, loss and gradient of the logits rounded to ``dtype``.

    These are p_k = exp z_k / Σ exp z, −log p_t and p − t. For float64 they are computed in 50-digit decimal arithmetic,
    for smaller types in float64, which represents their numbers exactly. Parameters as in `trace`.

    Raises
    ------
    InvalidArgument
        As `trace`.

    Examples
    --------
    >>> exact = reference([1000, 1001], dtype="float32", true_class=1)
    >>> [round(float(p), 4) for p in exact.probabilities]
    [0.2689, 0.7311]
    >>> (round(exact.loss, 4), [round(float(slope), 4) for slope in exact.gradient])
    (0.3133, [0.2689, -0.2689])
    """
    scaled, z = prepare(logits, dtype, true_class, temperature)
    truth = row_truth(scaled, z, true_class)
    overflowed = np.isinf(z) & np.isfinite(scaled)
    log10_p = truth.log_probabilities / math.log(10)
    return Reference(
        logits=np.where(overflowed, scaled, z.astype(np.float64)),
        rounded=not overflowed.any(),
        probabilities=truth.probabilities,
        log10_probabilities=log10_p,
        log10_complement=_log10_of_sum(np.delete(log10_p, true_class)),
        loss=float(truth.loss[0]),
        gradient=truth.gradient,
    )


def _log10_of_sum(log10_values: NDArray[np.float64]) -> float:
    """Return log10 Σ 10^v, also where 10^v underflows."""
    largest = float(log10_values.max())
    if not math.isfinite(largest):
        return largest
    return largest + math.log10(float(np.sum(10.0 ** (log10_values - largest))))
