"""The curves of this topic on the home page."""

from __future__ import annotations

import numpy as np

from core.bagging_vs_boosting.adaboost import fit_adaboost
from core.bagging_vs_boosting.bagging import fit_bagging
from core.bagging_vs_boosting.methods import error_rate
from core.bagging_vs_boosting.samples import make_sample
from core.thumbnail import Thumbnail


def thumbnail() -> Thumbnail:
    """Return the test errors of bagged and boosted stumps by number of trees, on moons with 30 % flipped labels.

    Examples
    --------
    >>> sorted(thumbnail().lines)
    ['adaboost', 'bagging']
    """
    n_trees, seeds = 60, range(5)
    samples = [make_sample("moons", n=100, spread=0.2, flip=0.3, seed=seed, n_test=300) for seed in seeds]
    errors = {
        name: np.mean(
            [
                error_rate(fit(s.points, s.labels, n_trees=n_trees, depth=1).decision(s.test_points), s.test_labels)
                for s in samples
            ],
            axis=0,
        )
        for name, fit in (("bagging", fit_bagging), ("adaboost", fit_adaboost))
    }
    return Thumbnail(x=np.arange(1.0, n_trees + 1), lines=errors, log_x=True)
