"""Findings about attention of one sharpness compared with the average, and about each deeper view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.cls_vs_average_pooling.closed_form import PooledAccuracy, crossover
from core.cls_vs_average_pooling.literature import LITERATURE, Published
from core.cls_vs_average_pooling.padding import PaddingDrift
from core.cls_vs_average_pooling.pooling import Array
from core.cls_vs_average_pooling.training import TrainedPoolings, UntrainedCls
from core.findings import Finding

# A weight from which on the others take nothing that two digits would show.
NEARLY_ALL = 0.995


def findings(
    task: str,
    now: PooledAccuracy,
    average: PooledAccuracy,
    *,
    sharpness: float,
    curve: PooledAccuracy,
    average_curve: PooledAccuracy,
) -> list[Finding]:
    """Return the findings at one length, in the order in which a page lists them.

    - ``one``: the sequences have a single token.
    - ``identical``: otherwise, the sharpness is 0, so that the attention is the average.
    - ``better``, ``worse`` or ``same``: otherwise, whether the attention's accuracy is above or below the average's,
      with disjoint intervals.
    - ``crossover``: the shortest length of the curves from which the attention stays ahead.
    - ``theory``: in the needle task with several tokens, the average's accuracy in theory.
    - ``dilutes`` or ``all_weight``: there, the weight of the needle, which is below or at least `NEARLY_ALL`.
    - ``tied``: some sequences have no majority.

    Parameters
    ----------
    task : {"needle", "majority"}
    now, average : PooledAccuracy
        The attention and the average, at the same single length.
    sharpness : float
        β of the attention.
    curve, average_curve : PooledAccuracy
        The same over several lengths.

    Examples
    --------
    >>> from core.cls_vs_average_pooling.closed_form import pooled_accuracy
    >>> average, now = (pooled_accuracy("needle", [65], sharpness=b, count=200) for b in (0.0, 2.0))
    >>> [finding.code for finding in findings("needle", now, average, sharpness=2.0, curve=now, average_curve=average)]
    ['better', 'crossover', 'theory', 'dilutes']
    """
    length = int(now.lengths[0])
    accuracies = {"now": float(now.accuracy[0]), "average": float(average.accuracy[0])}
    if length == 1:
        code = "one"
    elif sharpness == 0:
        code = "identical"
    elif now.low[0] <= average.high[0] and now.high[0] >= average.low[0]:
        code = "same"
    else:
        code = "better" if accuracies["now"] > accuracies["average"] else "worse"
    results = [Finding(code, {"n": length, **accuracies})]
    start = crossover(curve, average_curve)
    if start is not None:
        results.append(Finding("crossover", {"start": start}))
    if task == "needle" and length > 1:
        results.append(Finding("theory", {"theory": float(average.theory[0]), "average": accuracies["average"]}))
        weight = float(now.needle_weight[0])
        results.append(Finding("dilutes" if weight < NEARLY_ALL else "all_weight", {"weight": weight}))
    if now.tied[0] > 0:
        results.append(Finding("tied", {"tied": float(now.tied[0])}))
    return results


def dilution_findings(curves: Mapping[float, PooledAccuracy]) -> list[Finding]:
    """Return the findings about the needle's mean weight, by sharpness.

    - ``needle_least``, ``needle_most``: of the smallest and of the largest sharpness, the weight at the longest length
      and the longest measured length at which it is at least a half.

    Examples
    --------
    >>> from core.cls_vs_average_pooling.closed_form import pooled_accuracy
    >>> curves = {0.0: pooled_accuracy("needle", [1, 2, 4], sharpness=0.0, count=10)}
    >>> dilution_findings(curves)[0].figures
    {'beta': 0.0, 'weight': 0.25, 'half': 2, 'longest': 4}
    """
    findings = []
    for code, sharpness in (("needle_least", min(curves)), ("needle_most", max(curves))):
        curve = curves[sharpness]
        # A single token has all the weight.
        half = int(curve.lengths[curve.needle_weight >= 0.5].max())
        figures = {"beta": float(sharpness), "weight": float(curve.needle_weight[-1]), "half": half}
        findings.append(Finding(code, {**figures, "longest": int(curve.lengths[-1])}))
    return findings


def seeds_finding(accuracy: Array) -> tuple[Finding, int]:
    """Return the finding about accuracies, shape (poolings, seeds), and the row of the highest mean.

    - ``one_seed``: there is a single seed.
    - ``clear``: otherwise, each seed of the best pooling is above every seed of all others.
    - ``overlap``: otherwise.

    Examples
    --------
    >>> finding, best = seeds_finding(np.array([[0.5, 0.6], [0.9, 0.95]]))
    >>> finding.code, best
    ('clear', 1)
    """
    best = int(accuracy.mean(axis=1).argmax())
    seeds = int(accuracy.shape[1])
    if seeds == 1:
        return Finding("one_seed", {"seeds": seeds}), best
    others = np.delete(accuracy, best, axis=0)
    clear = bool(accuracy[best].min() > others.max())
    return Finding("clear" if clear else "overlap", {"seeds": seeds}), best


def attention_findings(run: TrainedPoolings, untrained: UntrainedCls) -> list[Finding]:
    """Return the findings about [CLS]'s attention and about untrained answers.

    - ``attention``: the mean entropy of the attention before and after training.
    - ``one_sided``: before training, the median share of inputs with the same answer is above a half both with [CLS]
      and with the mean.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> run = SimpleNamespace(attention_entropy=np.array([[1.0], [0.25]]))
    >>> untrained = SimpleNamespace(one_class=np.array([0.9]), mean_one_class=np.array([0.4]))
    >>> [finding.code for finding in attention_findings(run, untrained)]
    ['attention']
    """
    before, after = (float(value) for value in run.attention_entropy.mean(axis=1))
    findings = [Finding("attention", {"before": before, "after": after})]
    shares = {"cls": float(np.median(untrained.one_class)), "mean": float(np.median(untrained.mean_one_class))}
    if min(shares.values()) > 0.5:
        findings.append(Finding("one_sided", {**shares, "encoders": int(untrained.one_class.size)}))
    return findings


def swap_finding(swapped: Array) -> Finding:
    """Return the finding about encoders tested with another pooling: ``swap``.

    Parameters
    ----------
    swapped : ndarray, shape (poolings, seeds, poolings)
        Accuracy: trained with (first axis), tested with (last axis).

    Returns
    -------
    Finding
        In how many rows no other pooling has a higher mean than the one of the training, and the largest loss of
        accuracy by a swap.

    Examples
    --------
    >>> swap_finding(np.array([[[0.9, 0.5]], [[0.8, 0.7]]])).figures["best"]
    1
    """
    mean = swapped.mean(axis=1)
    own = np.diag(mean)[:, np.newaxis]
    best = int((mean <= own + 1e-12).all(axis=1).sum())
    return Finding("swap", {"best": best, "count": len(mean), "loss": float((own - mean).max())})


def padding_finding(drift: PaddingDrift, length: int, *, masked: bool) -> Finding:
    """Return the finding about a padded sentence.

    - ``padding_none``: no neighbour is longer than the sentence.
    - ``padding_masked``, ``padding_naive``: otherwise, whether padding is left out of the average.

    Examples
    --------
    >>> from core.cls_vs_average_pooling.padding import padding_drift
    >>> [padding_finding(padding_drift(8, [longest]), 8, masked=False).code for longest in (8, 16)]
    ['padding_none', 'padding_naive']
    """
    longest = int(drift.padded_lengths[-1])
    code = "padding_none" if longest == length else "padding_masked" if masked else "padding_naive"
    change = float(drift.masked[-1] if masked else drift.with_padding[-1])
    return Finding(code, {"own": length, "longest": longest, "change": change})


def literature_finding(rows: Sequence[Published] = LITERATURE) -> Finding:
    """Return the finding about the published comparisons: in how many the mean is ahead of [CLS].

    Examples
    --------
    >>> literature_finding().figures
    {'ahead': 6, 'count': 6}
    """
    return Finding("published", {"ahead": sum(row.mean > row.cls for row in rows), "count": len(rows)})
