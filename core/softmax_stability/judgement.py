"""The errors of an algorithm and the verdict on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.softmax_stability.arithmetic import Steps, run_all, type_limits
from core.softmax_stability.truth import Truth, wide_truth

VERDICTS = ("right", "wrong", "failed")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The errors of one algorithm against the exact values, for any number of cells.

    Attributes
    ----------
    probabilities : ndarray, shape (...)
        Largest absolute error over the classes; nan where a probability is nan.
    loss, gradient : ndarray or None, shape (...)
        Relative error of the loss, and largest absolute error of the gradient; nan where the value is nan or inf but
        the exact one is finite. If the true class is masked, the exact loss is inf: another loss has the error inf.
        None for ``shifted``, which computes probabilities only.
    verdicts : ndarray of int8, shape (...)
        Indices into `VERDICTS`.
    """

    probabilities: NDArray[np.float64]
    loss: NDArray[np.float64] | None
    gradient: NDArray[np.float64] | None
    verdicts: NDArray[np.int8]


def tolerance(dtype: np.dtype[Any]) -> float:
    """Return √(machine epsilon): a larger error means that more than half of the type's digits are lost."""
    return math.sqrt(type_limits(dtype).epsilon)


def judge(steps: Steps, truth: Truth) -> Judgement:
    """Return the errors of one algorithm and the verdicts that follow from them."""
    dtype = steps["z"].dtype
    limit = tolerance(dtype)
    p_error = _largest_error(steps["p"], truth.probabilities)
    if "loss" not in steps:
        wrong, failed = p_error > limit, np.isnan(p_error)
        return Judgement(p_error, None, None, _codes(wrong, failed))
    loss, true_loss = steps["loss"].astype(np.float64)[..., 0], truth.loss[..., 0]
    with np.errstate(all="ignore"):
        # A true loss below 1e-324 is 0 in float64; its error stays absolute.
        loss_error = np.abs(loss - true_loss) / np.where(true_loss > 0, true_loss, 1.0)
        correctly_rounded = loss == true_loss.astype(dtype).astype(np.float64)
    loss_error = np.where(np.isfinite(loss), loss_error, np.nan)
    # The loss of a masked class is infinite.
    loss_error = np.where(np.isinf(true_loss) & np.isfinite(loss), np.inf, loss_error)
    loss_error = np.where(loss == true_loss, 0.0, loss_error)
    gradient_error = _largest_error(steps["gradient"], truth.gradient)
    wrong = ((loss_error > limit) & ~correctly_rounded) | (gradient_error > limit)
    failed = np.isnan(loss_error) | np.isnan(gradient_error)
    return Judgement(p_error, loss_error, gradient_error, _codes(wrong, failed))


def _largest_error(values: NDArray[Any], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        error: NDArray[np.float64] = np.abs(values.astype(np.float64) - truth).max(axis=-1)
    return np.where(np.isfinite(error), error, np.nan)


def _codes(wrong: NDArray[np.bool_], failed: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(failed, 2, np.where(wrong, 1, 0)).astype(np.int8)


def judge_all(scaled: NDArray[np.float64], z: NDArray[Any], true_class: int) -> dict[str, Judgement]:
    """Run and judge every algorithm on rows of logits, given in float64 and rounded to a type."""
    truth = wide_truth(scaled, z, true_class)
    return {name: judge(steps, truth) for name, steps in run_all(z, true_class).items()}
