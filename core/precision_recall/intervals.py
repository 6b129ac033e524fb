"""How often 95% intervals of the area under the ROC curve contain it, by the number of positives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.intervals import wilson
from core.precision_recall.population import Population, area
from core.precision_recall.ranking import delong, intervals_of_area
from core.progress import Report, no_report
from core.validate import check_integer

Array = NDArray[np.float64]

POSITIVES = (2, 5, 10, 20, 50, 100, 200, 500)
TOTAL = 1000
REPEATS = 600


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of intervals that contain the true area, by the number of positives.

    Attributes
    ----------
    positives : ndarray, shape (sizes,)
    share : dict of str to tuple of ndarray, shape (sizes,)
        For ``plain`` and ``logit`` intervals: the share, and the ends of its 95% interval by Wilson's method.
    width : ndarray, shape (sizes,)
        The median width of the plain intervals.
    empty : ndarray, shape (sizes,)
        The share of test sets whose plain interval has the width 0, because every positive is above every negative.
    truth : float
        The area under the ROC curve of the population.
    """

    positives: Array
    share: dict[str, tuple[Array, Array, Array]]
    width: Array
    empty: Array
    truth: float


def cover(separation: float, *, seed: int = 0, repeats: int = REPEATS, report: Report = no_report) -> Coverage:
    """Draw test sets of 1000 examples with 2 to 500 positives, and count the intervals that contain the true area.

    The scores are normal with spread 1 in both classes. The intervals are those of DeLong, on the plain scale and on
    the logit scale.

    Parameters
    ----------
    separation : float
        0 … 10.
    seed : int
    repeats : int
        Test sets of each size.
    report : callable
        Called with the finished share of the work.

    Raises
    ------
    InvalidArgument
        ``separation`` is not between 0 and 10, ``repeats`` is not a positive integer, or ``seed`` is negative.

    References
    ----------
    DeLong, E. R., DeLong, D. M., Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated
    receiver operating characteristic curves. Biometrics 44(3), 837-845. doi:10.2307/2531595

    Examples
    --------
    >>> found = cover(2.563, repeats=20)
    >>> bool(found.share["plain"][0][0] < found.share["plain"][0][-1])
    True
    """
    check_integer(repeats, "repeats", low=1)
    check_integer(seed, "seed", low=0)
    population = Population(separation)
    truth = area(population)
    shares: dict[str, list[float]] = {"plain": [], "logit": []}
    widths, empty = [], []
    for step, m in enumerate(POSITIVES):
        report(step / len(POSITIVES))
        z = np.random.default_rng([seed, m]).standard_normal((repeats, TOTAL))
        found, error = delong(z[:, :m] + population.separation, z[:, m:])
        for name in shares:
            low, high = intervals_of_area(found, error, logit=name == "logit")
            shares[name].append(float(((low <= truth) & (truth <= high)).mean()))
            if name == "plain":
                widths.append(float(np.median(high - low)))
                empty.append(float((high == low).mean()))
    counted = {name: np.array(values) for name, values in shares.items()}
    return Coverage(
        np.array(POSITIVES, np.float64),
        {name: (values, *wilson(values * repeats, repeats)) for name, values in counted.items()},
        np.array(widths),
        np.array(empty),
        truth,
    )
