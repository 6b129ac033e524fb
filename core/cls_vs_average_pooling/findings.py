"""Findings about attention of one sharpness compared with the average."""

from __future__ import annotations

from core.cls_vs_average_pooling.closed_form import PooledAccuracy, crossover
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
