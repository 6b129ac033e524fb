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

# Steps in which an exact 0 or 1 is always rounding: the true value lies strictly between (except exp of the maximum).
_SATURATING = {"exp", "p", "gradient"}


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
    steps = run(algorithm, z, true_class)
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
    truth = row_truth(scaled, z, true_class)
    rounded = bool(np.isfinite(z).all())
    return Reference(
        logits=z.astype(np.float64) if rounded else scaled,
        rounded=rounded,
        probabilities=truth.probabilities,
        log10_probabilities=truth.log_probabilities / math.log(10),
        loss=float(truth.loss[0]),
        gradient=truth.gradient,
    )
