"""Findings about a pair of ensembles at one number of trees."""

from __future__ import annotations

import numpy as np

from core.bagging_vs_boosting.samples import Sample
from core.bagging_vs_boosting.stages import StagedFit
from core.findings import Finding

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
    - ``boosting_worsens``: boosting's test error is more than two binomial standard errors above its minimum so far.
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
        results.append(Finding("boosting_worsens", {**figures, "trees": float(last + 1)}))
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
