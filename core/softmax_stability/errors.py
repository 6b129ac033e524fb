"""The errors of every algorithm against the exact reference, at one point and along an offset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.softmax_stability.arithmetic import run_all
from core.softmax_stability.inputs import check_logits, check_sizes, prepare, scale
from core.softmax_stability.judgement import VERDICTS, judge, judge_all
from core.softmax_stability.truth import row_truth


@dataclass(frozen=True, slots=True)
class Errors:
    """The errors of one algorithm against the reference.

    Attributes
    ----------
    probabilities, gradient : float
        Largest absolute error over the classes; nan if a value is nan or inf. ``gradient`` is None for ``shifted``.
    loss : float or None
        Relative error (absolute where the true loss is below 1e-323); nan if the loss is nan or inf; None for
        ``shifted``.
    verdict : str
        As in `VerdictMap`.
    """

    probabilities: float
    loss: float | None
    gradient: float | None
    verdict: str


def errors(logits: ArrayLike, *, dtype: str, true_class: int, temperature: float = 1.0) -> dict[str, Errors]:
    """Measure the errors of every algorithm against `reference`.

    Parameters as in `trace`.

    Returns
    -------
    dict of str to Errors
        By algorithm, in the order of `ALGORITHMS`.

    Raises
    ------
    InvalidArgument
        As `trace`.

    Examples
    --------
    exp(1000) overflows, but the difference of the logits does not.

    >>> measured = errors([1000, 999], dtype="float32", true_class=0)
    >>> (measured["naive"].verdict, measured["log_sum_exp"].verdict)
    ('failed', 'right')
    """
    scaled, z = prepare(logits, dtype, true_class, temperature)
    truth = row_truth(scaled, z, true_class)
    measured = {}
    for algorithm, steps in run_all(z, true_class).items():
        judgement = judge(steps, truth)
        measured[algorithm] = Errors(
            probabilities=float(judgement.probabilities),
            loss=None if judgement.loss is None else float(judgement.loss),
            gradient=None if judgement.gradient is None else float(judgement.gradient),
            verdict=VERDICTS[int(judgement.verdicts)],
        )
    return measured


@dataclass(frozen=True, slots=True)
class ErrorCurve:
    """The errors of every algorithm as a function of an offset that is added to all logits.

    Attributes
    ----------
    offsets : ndarray, shape (n_offsets,)
    probabilities, loss, gradient : dict of str to ndarray, shape (n_offsets,)
        By algorithm, as in `Errors`; ``shifted`` appears in ``probabilities`` only.
    """

    offsets: NDArray[np.float64]
    probabilities: dict[str, NDArray[np.float64]]
    loss: dict[str, NDArray[np.float64]]
    gradient: dict[str, NDArray[np.float64]]


def error_curve(
    logits: ArrayLike, *, offsets: ArrayLike, dtype: str, true_class: int, temperature: float = 1.0
) -> ErrorCurve:
    """Measure the errors of every algorithm on logits + offset, for up to 1000 offsets.

    The reference uses the logits as rounded after the offset was added, so the curves show the errors of the
    algorithms and not the rounding of their input.

    Raises
    ------
    InvalidArgument
        As `trace`; ``offsets`` empty, not finite or too many.

    Examples
    --------
    >>> curve = error_curve([0, 1, 2], offsets=[0, 1000], dtype="float32", true_class=2)
    >>> [bool(np.isnan(error)) for error in curve.loss["naive"]]
    [False, True]
    >>> bool((curve.loss["log_sum_exp"] < 1e-6).all())
    True
    """
    base = check_logits(logits)
    shifts = check_sizes(offsets, "offsets")
    scaled, z = scale(base + shifts[:, np.newaxis], dtype, true_class, temperature)
    judged = judge_all(scaled, z, true_class)
    return ErrorCurve(
        offsets=shifts,
        probabilities={name: verdict.probabilities for name, verdict in judged.items()},
        loss={name: verdict.loss for name, verdict in judged.items() if verdict.loss is not None},
        gradient={name: verdict.gradient for name, verdict in judged.items() if verdict.gradient is not None},
    )
