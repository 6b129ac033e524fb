"""How sharp a minimum is, by measures that need not agree; and what a difference over seeds is worth.

All are measured in float64 on all training examples, with the loss and the labels trained on, without weight decay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from core.batch_size_minima.networks import (
    MLP,
    Array,
    Curvature,
    Problem,
    Sizes,
    curvature,
    digits_problem,
    gradient,
    losses,
    matrices,
    outputs,
    top_eigenvalues,
)
from core.batch_size_minima.training import Report, Run, Setting, check_setting, quiet, train
from core.lazy_imports import importing
from core.validate import InvalidArgument, check_positive

MEASURES = ("lambda", "trace", "keskar", "polished", "filter")
# Keskar's box, and how far a polished solution has gone on by full-batch gradient descent.
EPSILON, ASCENTS = 1e-3, 10
POLISH_STEPS, POLISH_RATE = 200, 0.1
PROBES, DIRECTIONS, RADIUS = 20, 10, 0.5


def exact_top(hessian: Curvature, model: int) -> float:
    """Return λmax of one model by ARPACK (Lanczos) on Hessian-vector products; nan if it does not converge."""
    with importing:
        from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh
    one, width = hessian.only(model), hessian.sizes.parameters
    operator = LinearOperator(
        (width, width), matvec=lambda v: one.times(v.reshape(1, width).astype(np.float64))[0], dtype=np.float64
    )
    try:
        values: Any = eigsh(
            operator, k=1, which="LA", tol=1e-6, v0=np.random.default_rng(0).standard_normal(width),
            return_eigenvectors=False,
        )  # fmt: skip
    except ArpackNoConvergence:
        return float("nan")
    return float(values[0])


def traces(hessian: Curvature, *, probes: int = PROBES, seed: int = 0) -> Array:
    """Estimate the trace of every model's Hessian, shape (probes, M): Hutchinson's vᵀHv for v of random signs.

    The mean over probes estimates the trace without bias.

    References
    ----------
    Hutchinson, M. F. (1990). A stochastic estimator of the trace of the influence matrix for Laplacian smoothing
    splines. doi:10.1080/03610919008812866
    """
    rng = np.random.default_rng([seed, 3])
    shape = (hessian.inputs.shape[0], hessian.sizes.parameters)
    found = []
    for _ in range(probes):
        # The same signs for all models: what is compared shares its luck.
        v = np.broadcast_to(rng.choice([-1.0, 1.0], shape[1]), shape)
        found.append(np.einsum("mp,mp->m", v, hessian.times(v)))
    return np.array(found)


def box_sharpness(
    models: Array,
    inputs: Array,
    targets: Array,
    *,
    loss: str,
    epsilon: float = EPSILON,
    along: Array | None = None,
    sizes: Sizes = MLP,
) -> Array:
    """Return Keskar's sharpness, 100 · (max L(θ + δ) − L(θ)) / (1 + L(θ)) over |δ_i| ≤ ε (|θ_i| + 1); shape (M,).

    The largest value is looked for from corner to corner, δ ← ε (|θ| + 1) · sign ∇L(θ + δ), which never descends where
    L is convex; from the gradient's corner and, if given, from that of ``along``. A lower bound, like Keskar's own
    search by L-BFGS-B.

    References
    ----------
    Keskar, N. S., Mudigere, D., Nocedal, J., Smelyanskiy, M., Tang, P. T. P. (2017). On large-batch training for deep
    learning: generalization gap and sharp minima. arXiv:1609.04836
    """
    check_positive(epsilon, "epsilon")

    def value(at: Array) -> Array:
        return losses(outputs(at, inputs, sizes=sizes), targets, loss=loss)

    box = epsilon * (np.abs(models) + 1)
    here = value(models)
    best = here
    for uphill in (None,) if along is None else (None, along):
        corner = np.zeros_like(models) if uphill is None else box * np.sign(uphill)
        for _ in range(ASCENTS):
            slope = gradient(models + corner, inputs, targets, loss=loss, sizes=sizes)
            last, corner = corner, np.where(slope == 0, corner, box * np.sign(slope))
            best = np.fmax(best, value(models + corner))
            if (corner == last).all():
                break
    return np.asarray(100 * (best - here) / (1 + here))


def polish(models: Array, inputs: Array, targets: Array, *, loss: str, weight_decay: float = 0.0) -> Array:
    """Go on from every model by 200 steps of full-batch gradient descent at learning rate 0.1, in float32.

    SGD with small batches hovers above its minimum; this lets it come down. Where λmax is above 20 it throws the model
    out instead, as far as nan.
    """
    found = models.astype(np.float32)
    inputs, targets = inputs.astype(np.float32, copy=False), targets.astype(np.float32, copy=False)
    slope = np.empty_like(found)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(POLISH_STEPS):
            gradient(found, inputs, targets, loss=loss, out=slope)
            slope += np.float32(weight_decay) * found
            slope *= np.float32(POLISH_RATE)
            found -= slope
    return found.astype(np.float64)


def filter_directions(models: Array, *, count: int = DIRECTIONS, seed: int = 0, sizes: Sizes = MLP) -> Array:
    """Draw directions in which every unit's incoming weights are as long as the model's, shape (count, M, parameters).

    The draws are the same for all models; biases are left alone, as in the paper.

    References
    ----------
    Li, H., Xu, Z., Taylor, G., Studer, C., Goldstein, T. (2018). Visualizing the loss landscape of neural nets.
    arXiv:1712.09913
    """
    rng = np.random.default_rng([seed, 4])
    drawn = rng.standard_normal((count, 1, sizes.parameters)).repeat(models.shape[0], axis=1)
    for part, own in zip(matrices(drawn, sizes), matrices(models, sizes), strict=True):
        part[..., -1, :] = 0
        lengths = np.linalg.norm(own[..., :-1, :], axis=-2, keepdims=True)
        part *= lengths / np.linalg.norm(part, axis=-2, keepdims=True)
    return drawn


def filter_sharpness(
    models: Array,
    inputs: Array,
    targets: Array,
    *,
    loss: str,
    radius: float = RADIUS,
    seed: int = 0,
    sizes: Sizes = MLP,
) -> Array:
    """Return by how much the loss grows at ``radius`` in a filter-normalised direction; mean of 10, both ways: (M,)."""
    check_positive(radius, "radius")
    here = losses(outputs(models, inputs, sizes=sizes), targets, loss=loss)
    grown = [
        losses(outputs(models + sign * radius * direction, inputs, sizes=sizes), targets, loss=loss) - here
        for direction in filter_directions(models, seed=seed, sizes=sizes)
        for sign in (1, -1)
    ]
    return np.asarray(np.mean(grown, axis=0))


@dataclass(frozen=True, slots=True, eq=False)  # equal to itself alone: what follows from it can be kept
class Study:
    """Trained solutions, and how sharp they are.

    Attributes
    ----------
    setting : Setting
    runs : tuple of Run, length b
    measures : dict of str to ndarray, shape (b, seeds)
        By `MEASURES`: ``lambda``, λmax; ``trace``; ``keskar`` at ε = 10⁻³, as trained; ``polished``, the same after 200
        small full-batch steps; ``filter``, the filter-normalised loss increase at radius ½. nan where a model did
        not learn.
    trace_error : ndarray, shape (b, seeds)
        Standard error of Hutchinson's estimate.
    """

    setting: Setting
    runs: tuple[Run, ...]
    measures: dict[str, Array]
    trace_error: Array

    def finals(self, name: str) -> Array:
        """Return a curve of `Run` at its end, shape (b, seeds); nan where a model did not learn."""
        return np.array([np.where(run.usable, getattr(run, name)[:, -1], np.nan) for run in self.runs])

    @property
    def first(self) -> int | None:
        """The first seed for which the smallest and the largest batch learnt something."""
        both = np.flatnonzero(self.runs[0].usable & self.runs[-1].usable)
        return int(both[0]) if both.size else None

    def table(self) -> dict[str, Array]:
        """Return columns with a row for every solution: batch size, seed, outcome, curves at their end and measures."""
        batches = np.array([run.batch for run in self.runs])
        columns = {
            "batch": np.repeat(batches, self.setting.seeds),
            "seed": np.tile(np.arange(self.setting.seeds), len(batches)),
            "updates": np.ravel([run.stopped for run in self.runs]),
            "outcome": np.ravel([run.outcome for run in self.runs]),
        }
        ends = {name: self.finals(name) for name in ("loss", "accuracy", "test_loss", "test_accuracy")}
        return columns | {name: values.ravel() for name, values in (ends | self.measures).items()}


def problem_of(setting: Setting) -> Problem:
    """Return the digits that a setting trains on, in float64."""
    problem = digits_problem(
        setting.examples, seeds=setting.seeds, seed=setting.seed, label_noise=setting.label_noise
    )  # fmt: skip
    return Problem(*(
        part.astype(np.float64)
        for part in (problem.inputs, problem.targets, problem.test_inputs, problem.test_targets)
    ))  # fmt: skip


def measure(setting: Setting, runs: Sequence[Run], *, report: Report = quiet) -> Study:
    """Measure every solution by all measures."""
    problem = problem_of(setting)
    inputs, targets, loss = problem.inputs, problem.targets, setting.loss
    found = {name: np.full((len(runs), setting.seeds), np.nan) for name in MEASURES}
    error = np.full((len(runs), setting.seeds), np.nan)
    for row, run in enumerate(runs):
        kept = run.usable
        if kept.any():
            models, x, y = run.models[kept].astype(np.float64), inputs[kept], targets[kept]
            hessian = curvature(models, x, y, loss=loss)
            _, along = top_eigenvalues(hessian)
            found["lambda"][row, kept] = [exact_top(hessian, number) for number in range(len(models))]
            drawn = traces(hessian)
            found["trace"][row, kept] = drawn.mean(axis=0)
            error[row, kept] = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
            found["keskar"][row, kept] = box_sharpness(models, x, y, loss=loss, along=along)
            polished = polish(models, x, y, loss=loss, weight_decay=setting.weight_decay)
            with np.errstate(over="ignore", invalid="ignore"):
                found["polished"][row, kept] = box_sharpness(polished, x, y, loss=loss, along=along)
            found["filter"][row, kept] = filter_sharpness(models, x, y, loss=loss)
        report((row + 1) / len(runs))
    return Study(setting, tuple(runs), found, error)


def study(setting: Setting, *, report: Report = quiet) -> Study:
    """Train networks with every batch size and seed, and measure what they ended in.

    Raises
    ------
    InvalidArgument
        See `check_setting`.
    """
    check_setting(setting)
    # Training takes about two thirds of the time.
    runs = train(setting, report=lambda fraction: report(0.65 * fraction))
    return measure(setting, runs, report=lambda fraction: report(0.65 + 0.35 * fraction))


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % t interval.

    Attributes
    ----------
    mean, low, high : float
        ``low`` and ``high`` are nan with fewer than two values.
    count : int
        Values that are not nan.
    positive : int
        How many are above 0.
    """

    mean: float
    low: float
    high: float
    count: int
    positive: int

    @property
    def significant(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def interval(values: Array) -> Interval:
    """Return the mean of the values that are finite and its 95 % t interval, mean ± t₀.₉₇₅(n − 1) · s / √n."""
    kept: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    kept = kept[np.isfinite(kept)]
    if not kept.size:
        return Interval(float("nan"), float("nan"), float("nan"), 0, 0)
    mean, positive = float(kept.mean()), int((kept > 0).sum())
    if kept.size < 2:
        return Interval(mean, float("nan"), float("nan"), 1, positive)
    half = float(stdtrit(kept.size - 1, 0.975) * kept.std(ddof=1) / np.sqrt(kept.size))
    return Interval(mean, mean - half, mean + half, int(kept.size), positive)


def compare(study: Study, measure: str) -> Interval:
    """Return by how much the largest batch exceeds the smallest, paired over seeds.

    Parameters
    ----------
    measure : str
        One of `MEASURES`, or a curve of `Run`, taken at its end.

    Raises
    ------
    InvalidArgument
        ``unknown_choice``.
    """
    curves = ("loss", "accuracy", "test_loss", "test_accuracy", "sharpness")
    if measure not in (*MEASURES, *curves):
        raise InvalidArgument(
            "unknown_choice", argument="measure", allowed=", ".join((*MEASURES, *curves)), value=measure
        )
    values = study.measures[measure] if measure in MEASURES else study.finals(measure)
    return interval(values[-1] - values[0])
