"""Findings about compared runs; a page turns each code into a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.gd_sgd_minibatch.noise import noise_limit
from core.gd_sgd_minibatch.optimisers import GRADIENT_SCALED, rate_limit
from core.gd_sgd_minibatch.problems import Problem, window
from core.gd_sgd_minibatch.runs import MAX_COMPARED, Run
from core.gd_sgd_minibatch.simulation import truncate_at_exit

# Condition number from which the narrow valley is visible in the plot.
_NARROW = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about the runs that is worth a sentence on the page.

    Attributes
    ----------
    code : str
        - ``best``: the run with the lowest final loss, if several runs are compared and it ends below its start.
        - ``left``: the run ends outside the `window`.
        - ``adaptive``: the optimiser rescales gradients, so 2/λmax is no limit for its learning rate.
        - ``below``, ``above``: the learning rate is at most, or above, the optimiser's `rate_limit`.
        - ``noise``: the rate is within that limit but above the `noise_limit` of single samples.
        - ``valley``: the condition number is above 5.
        - ``decay``: the schedule is not constant.
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
        Some or all of the runs that `compare` returned; ``mini`` is required.
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
    best = min(runs, key=lambda name: runs[name].excess[-1])
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
    last = runs["mini"]
    if settings["schedule"] != "constant":
        first, end = float(last.learning_rates[0]), float(last.learning_rates[-1])
        found.append(Finding("decay", {"first": first, "last": end}))
    if settings["replacement"] and settings["batch_size"] == problem.n:
        found.append(Finding("replacement", {"n": problem.n}))
    if settings["unit"] == "epochs" and any(run.epochs[-1] < settings["length"] for run in runs.values()):
        found.append(Finding("cut", {"most": MAX_COMPARED}))
    return found


def _learning_rate_findings(problem: Problem, runs: Mapping[str, Run], settings: Mapping[str, Any]) -> list[Finding]:
    rate, optimiser = settings["learning_rate"], settings["optimiser"]
    if optimiser not in GRADIENT_SCALED:
        return [Finding("adaptive", {"rate": rate})]
    limit = rate_limit(optimiser, settings["momentum"], float(problem.curvatures[1]))
    found = [Finding("above" if rate > limit else "below", {"rate": rate, "limit": limit})]
    noisy = noise_limit(problem, 1)
    if optimiser == "sgd" and "sgd" in runs and noisy < rate <= limit:
        found.append(Finding("noise", {"limit": noisy}, run="sgd"))
    return found
