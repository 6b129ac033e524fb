"""Findings about compared runs and about the deeper views; a page turns each code into a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.gd_sgd_minibatch.averages import AveragedLosses
from core.gd_sgd_minibatch.cost import SamplesToTarget
from core.gd_sgd_minibatch.noise import GradientVariance, noise_limit
from core.gd_sgd_minibatch.optimisers import GRADIENT_SCALED, rate_limit
from core.gd_sgd_minibatch.problems import Problem, window
from core.gd_sgd_minibatch.runs import MAX_COMPARED, Run
from core.gd_sgd_minibatch.simulation import truncate_at_exit
from core.intervals import t_interval

# Excess losses below this are rounding errors.
_ROUNDING = 1e-24
# Condition number from which the narrow valley is visible in the plot.
_NARROW = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about the runs that is worth a sentence on the page.

    Attributes
    ----------
    code : str
        - ``best``: the run with the lowest final loss (the first of equal ones), if several runs are compared and it
          ends below its start.
        - ``left``: the run ends outside the `window`.
        - ``adaptive``: the optimiser is not in `GRADIENT_SCALED`. The figures are the lengths of the first and of the
          median step of the mini-batch run, divided by their learning rates.
        - ``below``, ``at_limit``, ``above``: the loss is squared, and the learning rates of the mini-batch run are all
          at most the `rate_limit` for exact gradients (but not all equal to it), all equal to it, or all above it.
        - ``crosses``: they begin above the limit and end at or below it, with the update at which they do.
        - ``below_near``, ``at_limit_near``, ``above_near``, ``crosses_near``: the same for the logistic loss, whose
          curvature is that at the optimum.
        - ``noise``: plain SGD on a squared loss at a constant rate that is within that limit but above the
          `noise_limit` of single samples, if the run of single samples is shown.
        - ``valley``: the condition number is above 5.
        - ``decay``: the learning rate of the mini-batch run ends below its first value.
        - ``replacement``: a batch of n samples is drawn with replacement, so it has noise.
        - ``cut``: a run is shorter than the requested number of epochs.
    figures : dict of str to float
        Values for the sentence; counts are int.
    run : str or None
        The run that the finding is about, if it is about a single one.
    """

    code: str
    figures: dict[str, float]
    run: str | None = None


def findings(problem: Problem, runs: Mapping[str, Run], settings: Mapping[str, Any]) -> list[Finding]:
    """Return the findings about ``runs``.

    Parameters
    ----------
    problem : Problem
    runs : mapping of str to Run
        Some or all of the runs that `compare` returned; ``mini`` or ``gd`` is required.
    settings : mapping of str to object
        The keyword arguments of that call.

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> from core.gd_sgd_minibatch import compare, load_problem
    >>> problem = load_problem("diabetes")
    >>> settings = {"batch_size": 32, "learning_rate": 0.1, "length": 5, "unit": "updates", "optimiser": "sgd"}
    >>> settings |= {"momentum": 0.9, "schedule": "constant", "replacement": False}
    >>> runs = compare(problem, start="corner", **settings)
    >>> [finding.code for finding in findings(problem, {"mini": runs["mini"]}, settings)]
    ['below']
    """
    found = []
    # Runs that differ by rounding errors only, such as GD and a batch of all samples, count as equal.
    least = min(run.excess[-1] for run in runs.values())
    best = next(name for name, run in runs.items() if run.excess[-1] <= least * (1 + 1e-6) + _ROUNDING)
    lowest = runs[best]
    if len(runs) > 1 and lowest.excess[-1] < lowest.excess[0]:
        found.append(
            Finding("best", {"excess": float(lowest.excess[-1]), "samples": int(lowest.samples[-1])}, run=best)
        )
    for name, run in runs.items():
        left = truncate_at_exit(run.path, window(problem))[1]
        if left is not None:
            found.append(Finding("left", {"update": left}, run=name))
    found += _learning_rate_findings(problem, runs, settings)
    if problem.condition > _NARROW:
        found.append(Finding("valley", {"condition": round(problem.condition)}))
    last = _mini_run(runs)
    first, end = float(last.learning_rates[0]), float(last.learning_rates[-1])
    if end < first:
        found.append(Finding("decay", {"first": first, "last": end}))
    if settings["replacement"] and settings["batch_size"] == problem.n:
        found.append(Finding("replacement", {"n": problem.n}))
    if settings["unit"] == "epochs" and any(run.epochs[-1] < settings["length"] for run in runs.values()):
        found.append(Finding("cut", {"most": MAX_COMPARED}))
    return found


def _mini_run(runs: Mapping[str, Run]) -> Run:
    return runs["mini"] if "mini" in runs else runs["gd"]


def _learning_rate_findings(problem: Problem, runs: Mapping[str, Run], settings: Mapping[str, Any]) -> list[Finding]:
    rate, optimiser, last = settings["learning_rate"], settings["optimiser"], _mini_run(runs)
    if optimiser not in GRADIENT_SCALED:
        with np.errstate(over="ignore", invalid="ignore"):
            steps = np.linalg.norm(np.diff(last.path, axis=0), axis=1) / last.learning_rates
        finite = steps[np.isfinite(steps)]
        return [Finding("adaptive", {"first": float(finite[0]), "median": float(np.median(finite))})]
    limit = rate_limit(optimiser, settings["momentum"], float(problem.curvatures[1]))
    suffix = "" if problem.loss == "squared" else "_near"
    figures = {"rate": rate, "limit": limit}
    # Schedules only decrease, so the first and the last learning rate bound all of them.
    at_limit = np.isclose(last.learning_rates, limit, rtol=1e-9, atol=0.0)
    above = (last.learning_rates > limit) & ~at_limit
    if above.all():
        found = [Finding(f"above{suffix}", figures)]
    elif above.any():
        found = [Finding(f"crosses{suffix}", {**figures, "update": int(above.sum())})]
    elif at_limit.all():
        found = [Finding(f"at_limit{suffix}", figures)]
    else:
        found = [Finding(f"below{suffix}", figures)]
    constant = settings["schedule"] == "constant"
    if optimiser == "sgd" and constant and problem.loss == "squared" and "sgd" in runs and not above.any():
        noisy = noise_limit(problem, 1)
        if rate > noisy:
            found.append(Finding("noise", {"limit": noisy}, run="sgd"))
    return found


def axes_findings(runs: Mapping[str, Run]) -> list[Finding]:
    """Return which run has the lowest loss at equal cost; nothing for a single run.

    - ``by_updates``: after as many updates as the shortest run has.
    - ``by_samples``: after as many samples as the run with the fewest has used.
    - ``none_finite``: instead of ``by_updates``, if no run has a finite loss then.

    Of equal runs it is the first.

    Examples
    --------
    >>> from core.gd_sgd_minibatch import compare, load_problem
    >>> runs = compare(load_problem("diabetes"), start="corner", batch_size=32, learning_rate=0.1, length=5)
    >>> [(finding.code, finding.run) for finding in axes_findings(runs)][1]
    ('by_samples', 'sgd')
    """
    if len(runs) < 2:
        return []
    findings = []
    for code, unit in (("by_updates", "updates"), ("by_samples", "samples")):
        cost = min(int(getattr(run, unit)[-1]) for run in runs.values())
        excess = {
            name: float(run.excess[np.searchsorted(getattr(run, unit), cost, side="right") - 1])
            for name, run in runs.items()
        }
        best = min(excess, key=lambda name: excess[name])
        if np.isfinite(excess[best]):
            findings.append(Finding(code, {"cost": cost, "excess": excess[best]}, run=best))
        elif unit == "updates":
            findings.append(Finding("none_finite", {"cost": cost}))
    return findings


def averages_findings(losses: AveragedLosses) -> list[Finding]:
    """Return how the mean of all iterates, and of the last half, compares with the last iterate at the last update.

    - ``averages_one``: there is one update, after which the averages are the last iterate; nothing is compared.
    - ``average_better``: otherwise, the 95 % t interval of the paired differences of the excess loss, the average's
      minus the last iterate's, lies below 0 (by more than rounding errors).
    - ``average_worse``: it lies above 0.
    - ``average_same``: otherwise.
    - ``averages_overflow``: an end of an interval is not finite; then nothing is compared.

    Examples
    --------
    >>> from core.gd_sgd_minibatch import averaged_losses, load_problem
    >>> options = {"batch_size": 1, "learning_rate": 0.1, "length": 1000}
    >>> losses = averaged_losses(load_problem("diabetes"), start="optimum", **options)
    >>> [(finding.code, finding.run) for finding in averages_findings(losses)]
    [('average_better', 'mean'), ('average_better', 'tail')]
    """
    if losses.updates[-1] == 1:
        return [Finding("averages_one", {})]
    last = losses.runs["last"][-1]
    found = []
    for name in ("mean", "tail"):
        average = losses.runs[name][-1]
        with np.errstate(invalid="ignore", over="ignore"):
            low, high = (float(end) for end in t_interval(average - last))
        if not np.isfinite([low, high]).all():
            return [Finding("averages_overflow", {})]
        verdict = "better" if high < -_ROUNDING else "worse" if low > _ROUNDING else "same"
        figures = {
            "update": int(losses.updates[-1]),
            "average": float(average.mean()),
            "last": float(last.mean()),
            "low": low,
            "high": high,
            "runs": last.size,
        }
        found.append(Finding(f"average_{verdict}", figures, run=name))
    return found


def variance_finding(results: Mapping[str, GradientVariance]) -> Finding:
    """Return the finding ``variance_inside``: in how many measured 95% intervals the theory lies.

    Batches of all samples without replacement, whose variance is 0, are left out.

    Examples
    --------
    >>> from core.gd_sgd_minibatch import gradient_variance, load_problem
    >>> options = {"batch_sizes": [1, 442], "replacement": False, "draws": 50}
    >>> result = gradient_variance(load_problem("diabetes"), "corner", **options)
    >>> variance_finding({"without": result}).figures["count"]
    1
    """
    inside = count = 0
    for result in results.values():
        counted = result.theory > 0
        count += int(counted.sum())
        inside += int(((result.low <= result.theory) & (result.theory <= result.high) & counted).sum())
    return Finding("variance_inside", {"inside": inside, "count": count})


def cost_finding(result: SamplesToTarget) -> Finding:
    """Return the finding about the cost of the target.

    - ``cost_none``: at no batch size half of the runs reach it.
    - ``cost_best``: otherwise, the smallest batch size with the fewest samples, and that with the fewest updates.

    Examples
    --------
    >>> from core.gd_sgd_minibatch import load_problem
    >>> from core.gd_sgd_minibatch.cost import samples_to_target
    >>> problem = load_problem("diabetes")
    >>> cost_finding(samples_to_target(problem, start="corner", target=1e-9, max_updates=2, batch_sizes=[8])).code
    'cost_none'
    """
    if np.isnan(result.samples).all():
        return Finding("cost_none", {"seeds": result.n_seeds, "most": result.max_updates})
    figures: dict[str, float] = {}
    for name, values in (("samples", result.samples), ("updates", result.updates)):
        row = int(np.nanargmin(values))
        figures |= {name: int(values[row]), f"{name}_b": int(result.batch_sizes[row])}
    return Finding("cost_best", figures)
