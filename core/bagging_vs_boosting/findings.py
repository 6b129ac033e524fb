"""Findings about a pair of ensembles at one number of trees, and about each deeper view."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.bagging_vs_boosting.agreement import VotingShares
from core.bagging_vs_boosting.decomposition import Decomposition, Estimate
from core.bagging_vs_boosting.label_noise import WINNERS, NoiseMap
from core.bagging_vs_boosting.samples import Sample
from core.bagging_vs_boosting.stages import StagedFit
from core.bagging_vs_boosting.tree_correlation import Correlation
from core.findings import Finding
from core.intervals import t_interval

# Shares that differ by less than this are equal up to rounding.
_ROUNDING = 1e-9


def findings(sample: Sample, bagging: StagedFit, boosting: StagedFit, *, n_trees: int) -> tuple[Finding, ...]:
    """Return the findings at the last stage up to ``n_trees`` trees; at least one.

    - ``one_class``: all training labels are equal.
    - ``ended_perfect``: AdaBoost has ended at a tree without error.
    - ``ended_chance``: AdaBoost has ended before a tree no better than chance.
    - ``bagging_ahead``, ``boosting_ahead`` or ``not_significant``: the method with the lower test error, if the mean
      paired difference on the test points exceeds two standard errors.
    - ``weight_on_flipped``: some labels are flipped, and their share of AdaBoost's weight exceeds their share of the
      points.
    - ``boosting_overfits`` or ``boosting_worsens``: boosting's test error is more than two binomial standard errors
      above its minimum so far, and its training error is not, or is, above its value there.
    - ``memorised``: boosting's training error is 0 without an end; since which tree it has been 0 without interruption.
    - ``out_of_bag`` or ``out_of_bag_noisy``: bagging's out-of-bag error, without or with flipped labels, and the value
      expected from its test error.

    Parameters
    ----------
    sample : Sample
    bagging, boosting : StagedFit
    n_trees : int

    Returns
    -------
    tuple of Finding

    Examples
    --------
    >>> from core.bagging_vs_boosting.samples import make_sample
    >>> from core.bagging_vs_boosting.stages import fit_staged, make_grid
    >>> sample = make_sample("moons", n=20, n_test=50)
    >>> pair = [
    ...     fit_staged(sample, make_grid(sample, size=2), method=method, stages=(1,), depth=1)
    ...     for method in ("bagging", "adaboost")
    ... ]
    >>> [finding.code for finding in findings(sample, *pair, n_trees=1)][-1]
    'out_of_bag'
    """
    stage = int(np.searchsorted(bagging.stages, n_trees, side="right")) - 1
    last = int(bagging.stages[stage]) - 1
    results: list[Finding] = []
    if (sample.labels == sample.labels[0]).all():
        results.append(Finding("one_class", {"n": float(len(sample.labels))}))
    if boosting.ended == "perfect" and boosting.n_rounds <= last + 1:
        results.append(Finding("ended_perfect", {"rounds": float(boosting.n_rounds)}))
    if boosting.ended == "chance" and boosting.n_rounds <= last:
        results.append(Finding("ended_chance", {"rounds": float(boosting.n_rounds)}))
    difference = (bagging.wrong_on_test[stage] - boosting.wrong_on_test[stage]) / 2
    half_width = float(2 * difference.std() / np.sqrt(difference.size))
    mean = float(difference.mean())
    errors = {"bagging": float(bagging.test_error[last]), "boosting": float(boosting.test_error[last])}
    code = "not_significant" if abs(mean) <= half_width else "bagging_ahead" if mean < 0 else "boosting_ahead"
    results.append(Finding(code, {"trees": float(last + 1), **errors, "difference": abs(mean), "reach": half_width}))
    points = float(sample.flipped.mean())
    if boosting.flipped_share is not None and points > 0 and boosting.flipped_share[last] > points + _ROUNDING:
        results.append(Finding("weight_on_flipped", {"points": points, "weight": float(boosting.flipped_share[last])}))
    best = int(boosting.test_error[: last + 1].argmin())
    spread = float(np.sqrt(errors["boosting"] * (1 - errors["boosting"]) / difference.size))
    if errors["boosting"] - boosting.test_error[best] > 2 * spread:
        figures = {"best": float(boosting.test_error[best]), "at": float(best + 1), "now": errors["boosting"]}
        figures |= {"before": float(boosting.train_error[best]), "train": float(boosting.train_error[last])}
        code = "boosting_worsens" if figures["train"] > figures["before"] + _ROUNDING else "boosting_overfits"
        results.append(Finding(code, {**figures, "trees": float(last + 1)}))
    if boosting.train_error[last] == 0 and boosting.ended == "completed":
        wrong = np.flatnonzero(boosting.train_error[: last + 1] > 0)
        since = int(wrong[-1]) + 1 if wrong.size else 0
        figures = {"at": float(since + 1), "test": errors["boosting"], "then": float(boosting.test_error[since])}
        results.append(Finding("memorised", figures))
    if bagging.oob_error is not None and np.isfinite(bagging.oob_error[last]):
        flipped = float(sample.flipped.mean())
        # A correct vote counts as an error on a flipped label, and a wrong vote does not.
        expected = errors["bagging"] * (1 - flipped) + (1 - errors["bagging"]) * flipped
        figures = {"oob": float(bagging.oob_error[last]), "test": errors["bagging"], "expected": expected}
        results.append(Finding("out_of_bag_noisy" if flipped else "out_of_bag", figures))
    return tuple(results)


def tree_findings(bagging: StagedFit, boosting: StagedFit, *, stage: int) -> list[Finding]:
    """Return the findings about the last trees at one stage.

    - ``tree_alone``, or ``tree_first`` at the first tree: the shares of the training points that each last tree gets
      wrong.
    - ``tree_unseen``: the share of the points that bagging's last tree has not seen, if it is not 0.

    Examples
    --------
    >>> from core.bagging_vs_boosting.samples import make_sample
    >>> from core.bagging_vs_boosting.stages import fit_staged, make_grid
    >>> sample = make_sample("moons", n=20, n_test=20)
    >>> grid, settings = make_grid(sample, size=2), {"stages": (1,), "depth": 1}
    >>> fits = [fit_staged(sample, grid, method=method, **settings) for method in ("bagging", "adaboost")]
    >>> [finding.code for finding in tree_findings(*fits, stage=0)]
    ['tree_first', 'tree_unseen']
    """
    wrong = {"bagging": float(bagging.mistakes[stage].mean()), "boosting": float(boosting.mistakes[stage].mean())}
    findings = [Finding("tree_alone" if bagging.stages[stage] > 1 else "tree_first", wrong)]
    unseen = float((bagging.counts[stage] == 0).mean())
    if unseen > 0:
        findings.append(Finding("tree_unseen", {"share": unseen}))
    return findings


def weight_findings(sample: Sample, boosting: StagedFit) -> list[Finding]:
    """Return the findings about the weights of AdaBoost, which has a bound on its training error.

    - ``bound_falls`` or ``bound_stays``: whether the bound of the last round is below that of the first.
    - ``no_flips``: no label is flipped.
    - ``flipped_more`` or ``flipped_less``: otherwise, whether the flipped labels' share of the weight of the last round
      is above their share of the points.

    Examples
    --------
    >>> from core.bagging_vs_boosting.samples import make_sample
    >>> from core.bagging_vs_boosting.stages import fit_staged, make_grid
    >>> sample = make_sample("moons", n=20, n_test=20)
    >>> fit = fit_staged(sample, make_grid(sample, size=2), method="adaboost", stages=(9,), depth=1)
    >>> [finding.code for finding in weight_findings(sample, fit)]
    ['bound_falls', 'no_flips']
    """
    assert boosting.bound is not None and boosting.flipped_share is not None
    falls = boosting.bound[-1] < boosting.bound[0] - _ROUNDING
    figures = {"first": float(boosting.bound[0]), "last": float(boosting.bound[-1])}
    findings = [
        Finding("bound_falls" if falls else "bound_stays", {**figures, "error": float(boosting.train_error[-1])})
    ]
    points, weight = float(sample.flipped.mean()), float(boosting.flipped_share[-1])
    if points == 0:
        return [*findings, Finding("no_flips", {})]
    code = "flipped_more" if weight > points + _ROUNDING else "flipped_less"
    return [*findings, Finding(code, {"points": points, "weight": weight})]


def least_divided(shares: Mapping[str, VotingShares], *, n_trees: int) -> str | None:
    """Return the method with which two training sets disagree least often at the last stage up to ``n_trees`` trees.

    None, unless the 95% intervals of its differences to all other methods exclude 0. These are t intervals of the
    jackknife's pseudo-values over the training sets, which all methods share.

    Examples
    --------
    >>> def shares(divided):
    ...     one_left_out = np.array([[divided - 0.01], [divided], [divided + 0.01]])
    ...     return VotingShares(np.array([1]), 2, np.zeros((1, 4)), np.array([divided]), one_left_out)
    >>> least_divided({"single": shares(0.2), "bagging": shares(0.1)}, n_trees=1)
    'bagging'
    """
    at = {name: int(np.searchsorted(share.stages, n_trees, side="right")) - 1 for name, share in shares.items()}
    least = min(shares, key=lambda name: float(shares[name].divided[at[name]]))
    for name in shares.keys() - {least}:
        difference = shares[name].divided[at[name]] - shares[least].divided[at[least]]
        without = shares[name].without[:, at[name]] - shares[least].without[:, at[least]]
        low, _ = t_interval(without.size * difference - (without.size - 1) * without)
        if not low > _ROUNDING:
            return None
    return least


def decomposition_findings(result: Decomposition, loss: str) -> list[Finding]:
    """Return the findings about bias and variance from the first to the last stage.

    - ``down``, ``up`` or ``same``: the direction, if the 95% intervals of both stages are disjoint. The first finding
      is about the bias, the second about the variance.

    Parameters
    ----------
    result : Decomposition
    loss : {"squared", "zero_one"}

    Examples
    --------
    >>> from core.bagging_vs_boosting.decomposition import bias_variance
    >>> result = bias_variance("moons", method="bagging", stages=(1, 20), depth=None, n=30, n_sets=6)
    >>> len(decomposition_findings(result, "squared"))
    2
    """
    parts = {
        "squared": (result.squared_bias, result.variance),
        "zero_one": (result.main_bias, result.main_variance),
    }[loss]
    first, last = (int(result.stages[end]) for end in (0, -1))
    return [
        Finding(
            _direction(part),
            {"from": first, "to": last, "first": float(part.value[0]), "last": float(part.value[-1])},
        )
        for part in parts
    ]


def _direction(part: Estimate) -> str:
    """Return whether an estimate changes from the first to the last stage: ``down``, ``up`` or ``same``."""
    if part.high[-1] < part.low[0]:
        return "down"
    return "up" if part.low[-1] > part.high[0] else "same"


def correlation_findings(result: Correlation) -> list[Finding]:
    """Return the findings about the variance of a bag at its last stage.

    None if one tree has no variance, because the correlation is not defined then.

    - ``floor_agrees`` or ``floor_differs``: whether the predicted variance is within the measured 95% interval.
    - ``above_independent``: the measured interval is above the variance of independent trees.

    Examples
    --------
    >>> estimate = Estimate(np.array([0.2]), np.array([0.15]), np.array([0.25]))
    >>> result = Correlation(np.array([50]), 0.3, 0.5, 0.15, np.array([0.16]), np.array([0.01]), estimate)
    >>> [finding.code for finding in correlation_findings(result)]
    ['floor_agrees', 'above_independent']
    """
    if not result.tree_variance > 0:
        return []
    measured = {end: float(getattr(result.measured, end)[-1]) for end in ("value", "low", "high")}
    predicted, independent = float(result.predicted[-1]), float(result.independent[-1])
    trees = int(result.stages[-1])
    agrees = measured["low"] <= predicted <= measured["high"]
    figures = {**measured, "predicted": predicted, "floor": result.floor, "trees": trees}
    findings = [Finding("floor_agrees" if agrees else "floor_differs", figures)]
    if measured["low"] > independent:
        times = {"times": measured["value"] / independent, "independent": independent, "trees": trees}
        findings.append(Finding("above_independent", times))
    return findings


def noise_findings(result: NoiseMap) -> list[Finding]:
    """Return the findings about the table of winners.

    - ``noise_wins``: in how many cells each method is significantly ahead.
    - ``noise_both``: both are somewhere; the largest share of flipped labels at which boosting is, and the smallest at
      which bagging is.

    Examples
    --------
    >>> winners = np.array([[1, 2], [0, 0]])
    >>> table = NoiseMap(np.array([0.0, 0.4]), np.array([1, 5]), *np.zeros((3, 2, 2)), winners)
    >>> noise_findings(table)[0].figures
    {'bagging': 2, 'boosting': 1, 'cells': 4}
    """
    names = np.array(WINNERS)[result.winners]
    wins = {name: int((names == name).sum()) for name in ("bagging", "boosting")}
    findings = [Finding("noise_wins", {**wins, "cells": names.size})]
    if all(wins.values()):
        at = {name: result.flips[(names == name).any(axis=1)] for name in wins}
        figures = {"boosting_to": float(at["boosting"].max()), "bagging_from": float(at["bagging"].min())}
        findings.append(Finding("noise_both", figures))
    return findings
