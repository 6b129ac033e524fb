"""Train with every batch size and seed, measure the solutions, and compare them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.batch_size_minima.intervals import Interval, interval
from core.batch_size_minima.networks import Array, Problem, digits_problem, hessian_operator, top_eigenvalues
from core.batch_size_minima.sharpness import (
    MEASURES,
    filter_increases,
    hutchinson_traces,
    keskar_sharpness,
    largest_eigenvalue,
    polish,
)
from core.batch_size_minima.training import Run, Setting, check_setting, train
from core.progress import Report, no_report
from core.validate import check_choice

# The curves of `Run` whose last values can be compared.
CURVES = ("loss", "accuracy", "test_loss", "test_accuracy", "sharpness")


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity, so that results computed from it can be cached
class Study:
    """Trained solutions and their sharpness.

    Attributes
    ----------
    setting : Setting
    runs : tuple of Run, length b
    measures : dict of str to ndarray, shape (b, seeds)
        By the names in `MEASURES`: ``lambda``, λmax; ``trace``; ``keskar`` at ε = 10⁻³, as trained; ``polished``, the
        same after 200 steps of full-batch gradient descent; ``filter``, the filter-normalised loss increase at radius
        ½. nan where a model did not learn.
    trace_error : ndarray, shape (b, seeds)
        Standard error of Hutchinson's estimate of the trace.
    filter_error : ndarray, shape (b, seeds)
        Standard error of ``filter`` over its random directions.
    """

    setting: Setting
    runs: tuple[Run, ...]
    measures: dict[str, Array]
    trace_error: Array
    filter_error: Array

    def final_values(self, name: str) -> Array:
        """Return the last value of a curve of `Run`, shape (b, seeds); nan where a model did not learn.

        Raises
        ------
        InvalidArgument
            ``name`` is none of `CURVES`.
        """
        check_choice(name, "name", CURVES)
        return np.array([np.where(run.usable, getattr(run, name)[:, -1], np.nan) for run in self.runs])

    @property
    def first_usable(self) -> int | None:
        """The first seed with which both the smallest and the largest batch learnt something, or None."""
        both = np.flatnonzero(self.runs[0].usable & self.runs[-1].usable)
        return int(both[0]) if both.size else None

    def table(self) -> dict[str, Array]:
        """Return columns with one row per solution: batch size, seed, updates, outcome, final values and measures."""
        batches = np.array([run.batch for run in self.runs])
        columns = {
            "batch": np.repeat(batches, self.setting.seeds),
            "seed": np.tile(np.arange(self.setting.seeds), len(batches)),
            "updates": np.ravel([run.stopped for run in self.runs]),
            "outcome": np.ravel([run.outcome for run in self.runs]),
        }
        ends = {name: self.final_values(name) for name in ("loss", "accuracy", "test_loss", "test_accuracy")}
        return columns | {name: values.ravel() for name, values in (ends | self.measures).items()}


def load_problem(setting: Setting) -> Problem:
    """Return the digits that a setting trains on, in float64."""
    problem = digits_problem(setting.examples, seeds=setting.seeds, seed=setting.seed, label_noise=setting.label_noise)
    return Problem(
        *(
            part.astype(np.float64)
            for part in (problem.inputs, problem.targets, problem.test_inputs, problem.test_targets)
        )
    )


def measure(setting: Setting, runs: Sequence[Run], *, report: Report = no_report) -> Study:
    """Compute all measures of every solution.

    Parameters
    ----------
    setting : Setting
    runs : sequence of Run
        Result of `train` with this setting.
    report : callable
        Called with the fraction done.

    Returns
    -------
    Study

    Examples
    --------
    >>> from core.batch_size_minima.training import train
    >>> setting = Setting(batch_sizes=(4, 16), examples=16, updates=40, seeds=2, learning_rate=0.4)
    >>> sorted(measure(setting, train(setting, points=1)).measures)
    ['filter', 'keskar', 'lambda', 'polished', 'trace']
    """
    problem = load_problem(setting)
    inputs, targets, loss = problem.inputs, problem.targets, setting.loss
    measures = {name: np.full((len(runs), setting.seeds), np.nan) for name in MEASURES}
    error, filter_error = np.full((2, len(runs), setting.seeds), np.nan)
    for row, run in enumerate(runs):
        usable = run.usable
        if usable.any():
            models, x, y = run.models[usable].astype(np.float64), inputs[usable], targets[usable]
            hessian = hessian_operator(models, x, y, loss=loss)
            _, along = top_eigenvalues(hessian)
            measures["lambda"][row, usable] = [largest_eigenvalue(hessian, number) for number in range(len(models))]
            probes = hutchinson_traces(hessian)
            measures["trace"][row, usable] = probes.mean(axis=0)
            error[row, usable] = probes.std(axis=0, ddof=1) / np.sqrt(len(probes))
            measures["keskar"][row, usable] = keskar_sharpness(models, x, y, loss=loss, along=along)
            polished = polish(models, x, y, loss=loss, weight_decay=setting.weight_decay)
            with np.errstate(over="ignore", invalid="ignore"):
                measures["polished"][row, usable] = keskar_sharpness(polished, x, y, loss=loss, along=along)
            increases = filter_increases(models, x, y, loss=loss)
            measures["filter"][row, usable] = increases.mean(axis=0)
            filter_error[row, usable] = increases.std(axis=0, ddof=1) / np.sqrt(len(increases))
        report((row + 1) / len(runs))
    return Study(setting, tuple(runs), measures, error, filter_error)


def study(setting: Setting, *, report: Report = no_report) -> Study:
    """Train networks with every batch size and seed, and measure their solutions.

    Parameters
    ----------
    setting : Setting
    report : callable
        Called with the fraction done.

    Returns
    -------
    Study

    Raises
    ------
    InvalidArgument
        See `check_setting`.

    Examples
    --------
    >>> result = study(Setting(batch_sizes=(4, 16), examples=16, updates=40, seeds=2, learning_rate=0.4))
    >>> result.measures["lambda"].shape
    (2, 2)
    """
    check_setting(setting)
    # Training takes about two thirds of the time.
    runs = train(setting, report=lambda fraction: report(0.65 * fraction))
    return measure(setting, runs, report=lambda fraction: report(0.65 + 0.35 * fraction))


def _values(study: Study, measure: str) -> Array:
    """Return the values of a measure, or the last values of a curve, shape (b, seeds)."""
    check_choice(measure, "measure", (*MEASURES, *CURVES))
    return study.measures[measure] if measure in MEASURES else study.final_values(measure)


def compare(study: Study, measure: str) -> Interval:
    """Return the mean difference of the largest and the smallest batch, paired over seeds.

    Parameters
    ----------
    study : Study
    measure : str
        One of `MEASURES`, or one of the `CURVES` of `Run`, whose last value is taken.

    Returns
    -------
    Interval
        Largest minus smallest batch.

    Raises
    ------
    InvalidArgument
        ``measure`` is none of `MEASURES` and `CURVES`.

    Examples
    --------
    >>> result = study(Setting(batch_sizes=(16, 16), examples=16, updates=40, seeds=2, learning_rate=0.4))
    >>> compare(result, "loss").mean
    0.0
    """
    values = _values(study, measure)
    return interval(values[-1] - values[0])


def by_batch(study: Study, measure: str) -> tuple[Array, Array, Array]:
    """Return the mean over seeds and the 95 % t interval of a measure for every batch size.

    Parameters
    ----------
    study : Study
    measure : str
        One of `MEASURES`, or one of the `CURVES` of `Run`, whose last value is taken.

    Returns
    -------
    mean, low, high : ndarray, shape (b,)

    Raises
    ------
    InvalidArgument
        ``measure`` is none of `MEASURES` and `CURVES`.

    Examples
    --------
    >>> result = study(Setting(batch_sizes=(4, 16), examples=16, updates=40, seeds=2, learning_rate=0.4))
    >>> mean, low, high = by_batch(result, "loss")
    >>> mean.shape, bool((low <= mean).all()), bool((mean <= high).all())
    ((2,), True, True)
    """
    intervals = [interval(row) for row in _values(study, measure)]
    mean, low, high = np.array([(each.mean, each.low, each.high) for each in intervals]).T
    return mean, low, high
