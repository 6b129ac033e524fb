"""Bagging and boosting on the same trees: what each does to bias and variance, and which suffers from wrong labels.

Two classes, −1 and +1, in the plane. All rounds are kept: decisions come as arrays over 1, 2, … trees, in [−1, 1],
positive where the ensemble votes +1.

- `fit_bagging`: trees on bootstrap samples, one vote each.
- `fit_adaboost`: trees in sequence on reweighted points, and the bound on their training error.
- `fit_gradient_boosting`: trees on the gradient of the log loss.
- `redraw`, `decompose`, `voting_shares`, `correlation`: the same on training sets drawn again and again.
- `build`, `findings`: both ensembles as they grow, stage by stage, and what is worth noticing.
- `noise_errors`, `judge`, `noise_map`: who wins at how many trees and how many wrong labels.
"""

from __future__ import annotations

import numpy as np

from core.bagging_vs_boosting.claims import CLAIMS
from core.bagging_vs_boosting.fits import (
    ENDINGS,
    MAX_TREES,
    METHODS,
    AdaBoost,
    Bagging,
    GradientBoosting,
    bag,
    error_rate,
    fit_adaboost,
    fit_bagging,
    fit_gradient_boosting,
    run_rounds,
)
from core.bagging_vs_boosting.label_noise import WINNERS, NoiseErrors, NoiseMap, judge, noise_errors, noise_map
from core.bagging_vs_boosting.redraws import (
    Correlation,
    Decomposition,
    Estimate,
    Redraws,
    Shares,
    bias_variance,
    correlation,
    decompose,
    redraw,
    voting_shares,
)
from core.bagging_vs_boosting.samples import (
    DATASETS,
    MAX_POINTS,
    MIN_POINTS,
    POPULATIONS,
    Sample,
    class_probability,
    make_sample,
    sample_from,
)
from core.bagging_vs_boosting.stages import Build, Finding, Grid, build, cover, findings, grow, margin_shares
from core.thumbnail import Thumbnail

__all__ = [
    "CLAIMS",
    "DATASETS",
    "ENDINGS",
    "MAX_POINTS",
    "MAX_TREES",
    "METHODS",
    "MIN_POINTS",
    "POPULATIONS",
    "WINNERS",
    "AdaBoost",
    "Bagging",
    "Build",
    "Correlation",
    "Decomposition",
    "Estimate",
    "Finding",
    "GradientBoosting",
    "Grid",
    "NoiseErrors",
    "NoiseMap",
    "Redraws",
    "Sample",
    "Shares",
    "bag",
    "bias_variance",
    "build",
    "class_probability",
    "correlation",
    "cover",
    "decompose",
    "error_rate",
    "findings",
    "fit_adaboost",
    "fit_bagging",
    "fit_gradient_boosting",
    "grow",
    "judge",
    "make_sample",
    "margin_shares",
    "noise_errors",
    "noise_map",
    "redraw",
    "run_rounds",
    "sample_from",
    "thumbnail",
    "voting_shares",
]


def thumbnail() -> Thumbnail:
    """Measure the test error of bagged and of boosted stumps on moons with 30 % of the labels flipped, over trees."""
    n_trees, seeds = 60, range(5)
    samples = [make_sample("moons", n=100, spread=0.2, flip=0.3, seed=seed, n_test=300) for seed in seeds]
    errors = {
        name: np.mean([
            error_rate(fit(s.points, s.labels, n_trees=n_trees, depth=1).decision(s.test_points), s.test_labels)
            for s in samples
        ], axis=0)
        for name, fit in (("bagging", fit_bagging), ("adaboost", fit_adaboost))
    }  # fmt: skip
    return Thumbnail(x=np.arange(1.0, n_trees + 1), lines=errors, log_x=True)
