"""Gradient descent, SGD and mini-batches on real losses of two parameters: paths, noise and cost.

Every run minimises L(w), the mean of one loss per sample over n samples (see `Problem`). An update uses the mean
gradient of a batch of B samples. B = n without replacement is gradient descent; B = 1 is the original SGD. Compared
runs share their start and their seed, and therefore the order of the data. Losses are given as the excess over the
exact minimum.

References
----------
Robbins, H., Monro, S. (1951). A stochastic approximation method. Annals of Mathematical Statistics 22(3), 400-407.
doi:10.1214/aoms/1177729586
Bottou, L., Curtis, F. E., Nocedal, J. (2018). Optimization methods for large-scale machine learning. SIAM Review 60(2),
223-311. doi:10.1137/16M1080173
"""

from core.gd_sgd_minibatch.averages import AVERAGES, AveragedLosses, averaged_losses
from core.gd_sgd_minibatch.challenges import CHALLENGES
from core.gd_sgd_minibatch.claims import CLAIMS
from core.gd_sgd_minibatch.cost import SamplesToTarget, samples_to_target
from core.gd_sgd_minibatch.exams import EXAMS
from core.gd_sgd_minibatch.findings import (
    Finding,
    averages_findings,
    axes_findings,
    cost_finding,
    findings,
    variance_finding,
)
from core.gd_sgd_minibatch.inputs import MAX_RUNS, MAX_UPDATES
from core.gd_sgd_minibatch.noise import (
    GradientCloud,
    GradientVariance,
    NoiseBall,
    batch_variance_factor,
    gradient_cloud,
    gradient_variance,
    gradient_variances,
    noise_ball,
    noise_limit,
)
from core.gd_sgd_minibatch.optimisers import GRADIENT_SCALED, OPTIMISERS, SCHEDULES, rate_limit, rates
from core.gd_sgd_minibatch.problems import (
    MAX_ROWS,
    PROBLEMS,
    STARTS,
    LevelSets,
    OwnTable,
    Problem,
    batch_sizes,
    excess_loss,
    level_sets,
    load_problem,
    regression,
    sample_gradients,
    start_point,
    window,
)
from core.gd_sgd_minibatch.runs import MAX_COMPARED, Distances, Run, compare, compare_distances, descend, distances
from core.gd_sgd_minibatch.simulation import truncate_at_exit, updates_per_epoch
from core.gd_sgd_minibatch.thumbnail import thumbnail

__all__ = [
    "AVERAGES",
    "CHALLENGES",
    "CLAIMS",
    "EXAMS",
    "GRADIENT_SCALED",
    "MAX_COMPARED",
    "MAX_ROWS",
    "MAX_RUNS",
    "MAX_UPDATES",
    "OPTIMISERS",
    "PROBLEMS",
    "SCHEDULES",
    "STARTS",
    "AveragedLosses",
    "Distances",
    "Finding",
    "GradientCloud",
    "GradientVariance",
    "LevelSets",
    "NoiseBall",
    "OwnTable",
    "Problem",
    "Run",
    "SamplesToTarget",
    "averaged_losses",
    "averages_findings",
    "axes_findings",
    "batch_sizes",
    "batch_variance_factor",
    "compare",
    "compare_distances",
    "cost_finding",
    "descend",
    "distances",
    "excess_loss",
    "findings",
    "gradient_cloud",
    "gradient_variance",
    "gradient_variances",
    "level_sets",
    "load_problem",
    "noise_ball",
    "noise_limit",
    "rate_limit",
    "rates",
    "regression",
    "sample_gradients",
    "samples_to_target",
    "start_point",
    "thumbnail",
    "truncate_at_exit",
    "updates_per_epoch",
    "variance_finding",
    "window",
]
