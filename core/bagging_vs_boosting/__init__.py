"""Bagging and boosting on the same trees: their bias and variance, and their sensitivity to wrong labels.

Two classes, −1 and +1, in the plane. Ensembles record all rounds: decisions are arrays over 1, 2, … trees, in [−1, 1],
positive where the ensemble votes +1.

- `fit_bagging`: trees on bootstrap samples, with one vote each.
- `fit_adaboost`: trees in sequence on reweighted points, and the bound on their training error.
- `fit_gradient_boosting`: trees on the gradient of the log loss.
- `replicate`, `decompose`, `voting_shares`, `correlation`: the same on many independent training sets.
- `fit_staged`, `fit_staged_ensembles`, `findings`: ensembles at several numbers of trees, and findings about them.
- `noise_errors`, `noise_map`: the better method by number of trees and share of wrong labels.
"""

from core.bagging_vs_boosting.adaboost import ENDINGS, AdaBoost, fit_adaboost, run_rounds
from core.bagging_vs_boosting.agreement import VotingShares, voting_shares
from core.bagging_vs_boosting.bagging import Bagging, bag, fit_bagging
from core.bagging_vs_boosting.challenges import CHALLENGES
from core.bagging_vs_boosting.claims import CLAIMS
from core.bagging_vs_boosting.decomposition import Decomposition, Estimate, bias_variance, decompose
from core.bagging_vs_boosting.exams import EXAMS
from core.bagging_vs_boosting.findings import (
    correlation_findings,
    decomposition_findings,
    findings,
    least_divided,
    noise_findings,
    tree_findings,
    weight_findings,
)
from core.bagging_vs_boosting.gradient_boosting import GradientBoosting, fit_gradient_boosting
from core.bagging_vs_boosting.label_noise import (
    WINNERS,
    NoiseErrors,
    NoiseMap,
    noise_errors,
    noise_map,
    noise_map_from_errors,
)
from core.bagging_vs_boosting.methods import MAX_TREES, METHODS, error_rate
from core.bagging_vs_boosting.replications import Replications, replicate
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
from core.bagging_vs_boosting.stages import (
    EACH_UP_TO,
    INTERVAL,
    STAGES,
    Grid,
    StagedFit,
    fit_staged,
    fit_staged_ensembles,
    make_grid,
    margin_shares,
)
from core.bagging_vs_boosting.thumbnail import thumbnail
from core.bagging_vs_boosting.tree_correlation import Correlation, correlation
from core.findings import Finding

__all__ = [
    "CHALLENGES",
    "CLAIMS",
    "DATASETS",
    "EACH_UP_TO",
    "ENDINGS",
    "EXAMS",
    "INTERVAL",
    "MAX_POINTS",
    "MAX_TREES",
    "METHODS",
    "MIN_POINTS",
    "POPULATIONS",
    "STAGES",
    "WINNERS",
    "AdaBoost",
    "Bagging",
    "Correlation",
    "Decomposition",
    "Estimate",
    "Finding",
    "GradientBoosting",
    "Grid",
    "NoiseErrors",
    "NoiseMap",
    "Replications",
    "Sample",
    "StagedFit",
    "VotingShares",
    "bag",
    "bias_variance",
    "class_probability",
    "correlation",
    "correlation_findings",
    "decompose",
    "decomposition_findings",
    "error_rate",
    "findings",
    "fit_adaboost",
    "fit_bagging",
    "fit_gradient_boosting",
    "fit_staged",
    "fit_staged_ensembles",
    "least_divided",
    "make_grid",
    "make_sample",
    "margin_shares",
    "noise_errors",
    "noise_findings",
    "noise_map",
    "noise_map_from_errors",
    "replicate",
    "run_rounds",
    "sample_from",
    "thumbnail",
    "tree_findings",
    "voting_shares",
    "weight_findings",
]
