"""What is worth noticing about a classifier on a test set; a page turns each code into a sentence."""

from __future__ import annotations

import math

from core.findings import Finding
from core.precision_recall.cells import Cells, constant_answers, measure, metric_intervals
from core.precision_recall.digits import COLUMNS, MODELS, Table
from core.precision_recall.intervals import Coverage
from core.precision_recall.pairs import Pair
from core.precision_recall.population import (
    Population,
    area,
    average_precision_of,
    crossing_of_diagonal,
    expected_metrics,
    expected_precision,
)
from core.precision_recall.ranking import Ranking, Steps, average_precision, random_average_precision, roc_area
from core.precision_recall.sweep import BestThresholds, Sweep

# Fewer positives than this make the interval of recall wide.
_FEW = 50
# A share of examples, a part of what F1 can gain, or a part of a cost, that is as good as none.
_NEGLIGIBLE = 1e-3
# Costs that differ by less than this differ by rounding errors.
_SAME = 1e-9
# The shares of positives for which a coverage counts as close to 95%.
_CLOSE = 0.03


def _figures(**values: float) -> dict[str, float | int]:
    return dict(values)


def findings(cells: Cells) -> list[Finding]:
    """Return the findings about a confusion matrix.

    - ``alarms``: some alarms, and examples of both classes: how many are right, and where the false ones come from.
    - ``no_alarms``: nothing is called positive; precision is 0/0.
    - ``no_positives``, ``no_negatives``: there are none, so that recall, or the rate of false alarms, is 0/0.
    - ``elsewhere``: the precision that the same rates have at a share of positives of ½, if it differs by 0.05 or more.
    - ``below_never``, ``below_always``: the accuracy is below that of calling nothing, or everything, positive.
    - ``not_above_all``: F1 is not above that of calling everything positive, and not everything is.
    - ``few``: fewer than 50 positives: the 95% interval of the recall by Wilson's method.

    Examples
    --------
    >>> [finding.code for finding in findings(Cells(9, 99, 1, 891))]
    ['alarms', 'elsewhere', 'below_never', 'few']
    """
    measured, constant = measure(cells), constant_answers(cells)
    shared = _figures(
        tp=cells.tp, fp=cells.fp, alarms=cells.alarms, negatives=cells.negatives, positives=cells.positives
    )
    found = []
    if not cells.alarms:
        found.append(Finding("no_alarms", {}))
    elif cells.positives and cells.negatives:
        fpr = cells.fp / cells.negatives
        found.append(Finding("alarms", {**shared, "precision": measured["precision"], "fpr": fpr}))
        half = float(expected_precision(0.5, measured["recall"], fpr))
        if abs(half - measured["precision"]) >= 0.05:
            share = cells.positives / cells.total
            found.append(
                Finding("elsewhere", _figures(half=half, precision=measured["precision"], share_of_positives=share))
            )
    if not cells.positives:
        found.append(Finding("no_positives", {}))
    if not cells.negatives:
        found.append(Finding("no_negatives", {}))
    accuracy = measured["accuracy"]
    answers = {name: measure(answer) for name, answer in constant.items()}
    for code, name in (("below_never", "none"), ("below_always", "all")):
        if accuracy < answers[name]["accuracy"]:
            found.append(Finding(code, _figures(accuracy=accuracy, constant=answers[name]["accuracy"])))
    trivial = answers["all"]["f1"]
    if cells.positives and cells.alarms < cells.total and measured["f1"] <= trivial:
        found.append(Finding("not_above_all", _figures(f1=measured["f1"], trivial=trivial)))
    if 0 < cells.positives < _FEW:
        low, high = metric_intervals(cells)["recall"]
        found.append(Finding("few", _figures(positives=cells.positives, low=low, high=high)))
    return found


def curve_findings(ranking: Ranking, population: Population | None, share: float) -> list[Finding]:
    """Return the findings about both curves; ``population`` is None for real data.

    - ``undefined``: without examples of both classes there is no ROC curve.
    - ``same_area``: the area, and that of the population at any share of positives; ``area`` for real data.
    - ``perfect``: every positive is above every negative: the area is 1, and so is every resample's.
    - ``average_precision``: it, that of the population, and the mean of random orders; ``real_average_precision``
      without that of the population.
    - ``below_wide``, ``below_narrow``: the ROC curve of the population runs below the diagonal from or up to a false
      positive rate between 0.001 and 0.999.

    Examples
    --------
    >>> from core.precision_recall.ranking import rank
    >>> from core.precision_recall.samples import draw
    >>> [f.code for f in curve_findings(rank(draw(Population(0.5, 1.8), 1000, 0.5)), Population(0.5, 1.8), 0.5)]
    ['same_area', 'average_precision', 'below_wide']
    """
    if not ranking.is_complete:
        return [Finding("undefined", {})]
    auc, n = roc_area(ranking), ranking.positives + ranking.negatives
    truth = area(population) if population else math.nan
    found = [Finding("same_area" if population else "area", _figures(auc=auc, truth=truth))]
    if auc == 1:
        found.append(Finding("perfect", _figures(positives=ranking.positives)))
    figures = _figures(
        ap=average_precision(ranking),
        random=random_average_precision(ranking.positives, n),
        positives=ranking.positives,
        n=n,
    )
    if population:
        figures["expected"] = average_precision_of(population, share)
    found.append(Finding("average_precision" if population else "real_average_precision", figures))
    crossing = crossing_of_diagonal(population) if population else None
    if population and crossing is not None and 0.001 < crossing < 0.999:
        found.append(Finding("below_wide" if population.sigma > 1 else "below_narrow", _figures(fpr=crossing)))
    return found


def step_findings(steps: Steps, ranking: Ranking) -> list[Finding]:
    """Return the findings about steps of the threshold.

    - ``no_steps``: there is none.
    - ``never_opposite``, ``some_opposite``: how many steps raise recall and lower precision.
    - ``why``: steps of one example each, without equal scores: none can be opposite.
    - ``ties``: fewer different scores than examples.

    Examples
    --------
    >>> from core.precision_recall.ranking import rank, step_through
    >>> from core.precision_recall.samples import draw
    >>> ranking = rank(draw(Population(1.5), 100, 0.5))
    >>> [finding.code for finding in step_findings(step_through(ranking, 1), ranking)]
    ['never_opposite', 'why']
    """
    total, distinct = ranking.positives + ranking.negatives, ranking.thresholds.size
    found = []
    if not steps.kinds.size:
        found.append(Finding("no_steps", {}))
    else:
        figures = _figures(steps=int(steps.kinds.size), size=steps.size, **steps.shares)
        found.append(Finding("some_opposite" if steps.shares["opposite"] else "never_opposite", figures))
        if steps.size == 1 and distinct == total:
            found.append(Finding("why", {}))
    if distinct < total:
        found.append(Finding("ties", _figures(distinct=distinct, n=total, each=total / distinct)))
    return found


def sweep_findings(found: Sweep, population: Population, share: float, best: BestThresholds) -> list[Finding]:
    """Return the findings about the best thresholds of a population and of a test set from it.

    - ``half_of_best``: F1 is best at a posterior that is half of the best F1; ``everything``: it is best where
      everything is called positive.
    - ``less_accurate``: the accuracy there is below that of always giving the more frequent answer.
    - ``cheapest``: where the cost is smallest; ``cheapest_none``, ``cheapest_all``: no threshold saves more than 0.1%
      of the cost of calling nothing, or everything, positive; ``cheapest_anywhere``: it is the same at every threshold.
    - ``promised``: the best F1 on the test set, and that of the population at the same threshold.

    Examples
    --------
    >>> from core.precision_recall.ranking import rank
    >>> from core.precision_recall.samples import draw
    >>> from core.precision_recall.sweep import best_thresholds, sweep
    >>> population = Population(1.5)
    >>> measured = sweep(rank(draw(population, 300, 0.1)), -3.0, 6.0)
    >>> [f.code for f in sweep_findings(measured, population, 0.1, best_thresholds(population, 0.1))]
    ['half_of_best', 'less_accurate', 'cheapest', 'promised']
    """
    threshold, probability, f1 = best.f1
    result = []
    if f1 <= best.f1_of_all + _NEGLIGIBLE * (1 - best.f1_of_all):
        result.append(Finding("everything", _figures(f1=best.f1_of_all)))
    else:
        result.append(Finding("half_of_best", _figures(threshold=threshold, probability=probability, f1=f1)))
    if best.accuracy_at_best_f1 < best.always - _NEGLIGIBLE:
        result.append(Finding("less_accurate", _figures(accuracy=best.accuracy_at_best_f1, always=best.always)))
    threshold, probability, cost = best.cost
    constant = min(best.cost_of_none, best.cost_of_all)
    if best.highest_cost - cost < _SAME:
        result.append(Finding("cheapest_anywhere", _figures(cost=cost)))
    elif cost < (1 - _NEGLIGIBLE) * constant:
        result.append(Finding("cheapest", _figures(probability=probability, threshold=threshold, cost=cost)))
    else:
        code = "cheapest_none" if best.cost_of_none < best.cost_of_all else "cheapest_all"
        result.append(Finding(code, _figures(cost=constant)))
    if math.isfinite(found.best_f1):
        delivered = float(expected_metrics(population, share, found.best)["f1"])
        result.append(Finding("promised", _figures(promised=found.best_f1, delivered=delivered, threshold=found.best)))
    return result


def pair_findings(pair: Pair, change: float) -> list[Finding]:
    """Return the findings about two models whose curves cross; ``change`` is where their best F1 change places.

    - ``undefined``: the test set has no positives.
    - ``lower_wins``, ``higher_wins``: whether the model with the smaller area has the larger best F1 on the test set;
      ``equal`` if both are the same, ``same_auc`` if only the areas are.
    - ``change``: the share of positives at which the order changes in the population.

    Examples
    --------
    >>> from core.precision_recall.pairs import compare_pair
    >>> [finding.code for finding in pair_findings(compare_pair(4000, 0.05), 0.2)]
    ['lower_wins', 'change']
    """
    a, b = pair.measured["a"], pair.measured["b"]
    if math.isnan(a["best_f1"]) or math.isnan(a["auc"]):
        return [Finding("undefined", {})]
    better, worse = (a, b) if a["auc"] >= b["auc"] else (b, a)
    gap = worse["best_f1"] - better["best_f1"]
    if a["auc"] == b["auc"] and gap:
        code = "same_auc"
    else:
        code = "equal" if gap == 0 else "lower_wins" if gap > 0 else "higher_wins"
    figures = _figures(auc=better["auc"], other_auc=worse["auc"], f1=better["best_f1"], other_f1=worse["best_f1"])
    return [Finding(code, figures), Finding("change", _figures(change=change, share_of_positives=pair.share))]


def table_findings(table: Table) -> list[Finding]:
    """Return the findings about the classifiers of digits.

    - ``winner``: on how many splits nearest neighbours are best by F1 at 0.5, by the best F1 and by average precision.
    - ``never``: balanced class weights have a mean accuracy below that of never saying "8".
    """
    wins = {name: table.wins("neighbours", name) for name in ("f1", "best_f1", "average_precision")}
    found = [Finding("winner", _figures(seeds=table.never.size, **wins))]
    balanced = dict(zip(COLUMNS, table.mean[MODELS.index("balanced")].tolist(), strict=True))
    never = float(table.never.mean())
    if balanced["accuracy"] < never:
        figures = _figures(accuracy=balanced["accuracy"], never=never, found=balanced["recall"])
        found.append(Finding("never", figures))
    return found


def coverage_findings(coverage: Coverage, positives: int) -> list[Finding]:
    """Return the findings about intervals at the simulated number of positives nearest to ``positives``.

    - ``short``, ``close``: the plain intervals contain the true area in less than 92% of the test sets, or in more.
    - ``logit``: the same of the intervals on the logit scale.
    - ``no_width``: some plain intervals have the width 0.

    Examples
    --------
    >>> from core.precision_recall.intervals import cover
    >>> [finding.code for finding in coverage_findings(cover(2.563, repeats=100), 5)]
    ['short', 'logit', 'no_width']
    """
    at = int(abs(coverage.positives - positives).argmin())
    m, share = int(coverage.positives[at]), float(coverage.share["plain"][0][at])
    code = "short" if share < 0.95 - _CLOSE else "close"
    found = [Finding(code, _figures(positives=m, share=share, width=float(coverage.width[at])))]
    found.append(Finding("logit", _figures(share=float(coverage.share["logit"][0][at]))))
    if coverage.empty[at] > 0:
        found.append(Finding("no_width", _figures(share=float(coverage.empty[at]))))
    return found
