"""What is worth noticing in runs that were compared, named: for a page to put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.gd_sgd_minibatch.noise import noise_limit
from core.gd_sgd_minibatch.optimisers import GRADIENT_SCALED, rate_limit
from core.gd_sgd_minibatch.problems import Problem, window
from core.gd_sgd_minibatch.runs import MAX_COMPARED, Run
from core.gd_sgd_minibatch.simulation import until_out

# λmax/λmin from which a valley is seen to be one.
_NARROW = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth noticing.

    Attributes
    ----------
    code : str
        ``best`` (lowest in the end, if any has come down), ``left`` (the window), ``adaptive`` (2/λmax means nothing),
        ``below`` or ``above`` the optimiser's limit, ``noise`` (single samples diverge below it), ``valley``,
        ``decay``, ``replacement`` (noise in a batch of n), ``cut`` (fewer epochs than asked for).
    figures : dict of str to float
        What the finding rests on; counts are int.
    run : str or None
        The run that it is about, if it is about one.
    """

    code: str
    figures: dict[str, float]
    run: str | None = None


def findings(on: Problem, runs: Mapping[str, Run], settings: Mapping[str, Any]) -> list[Finding]:
    """Name what is to be seen in ``runs``, some or all of what `compare` made with ``settings``."""
    found = []
    best = min(runs, key=lambda name: runs[name].excess[-1])
    lowest = runs[best]
    if len(runs) > 1 and lowest.excess[-1] < lowest.excess[0]:
        found.append(
            Finding("best", {"excess": float(lowest.excess[-1]), "samples": int(lowest.samples[-1])}, run=best)
        )
    for name, run in runs.items():
        left = until_out(run.path, window(on))[1]
        if left is not None:
            found.append(Finding("left", {"update": left}, run=name))
    found += _of_the_rate(on, runs, settings)
    if on.condition > _NARROW:
        found.append(Finding("valley", {"condition": round(on.condition)}))
    last = runs["mini"]
    if settings["schedule"] != "constant":
        first, end = float(last.learning_rates[0]), float(last.learning_rates[-1])
        found.append(Finding("decay", {"first": first, "last": end}))
    if settings["replacement"] and settings["batch_size"] == on.n:
        found.append(Finding("replacement", {"n": on.n}))
    if settings["unit"] == "epochs" and any(run.epochs[-1] < settings["length"] for run in runs.values()):
        found.append(Finding("cut", {"most": MAX_COMPARED}))
    return found


def _of_the_rate(on: Problem, runs: Mapping[str, Run], settings: Mapping[str, Any]) -> list[Finding]:
    rate, optimiser = settings["learning_rate"], settings["optimiser"]
    if optimiser not in GRADIENT_SCALED:
        return [Finding("adaptive", {"rate": rate})]
    limit = rate_limit(optimiser, settings["momentum"], float(on.curvatures[1]))
    found = [Finding("above" if rate > limit else "below", {"rate": rate, "limit": limit})]
    noisy = noise_limit(on, 1)
    if optimiser == "sgd" and "sgd" in runs and noisy < rate <= limit:
        found.append(Finding("noise", {"limit": noisy}, run="sgd"))
    return found
