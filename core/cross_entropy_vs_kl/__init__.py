"""Cross-entropy and KL divergence: one gradient while the target is fixed, two objectives once it is learned."""

from core.cross_entropy_vs_kl.claims import CLAIMS
from core.cross_entropy_vs_kl.distributions import (
    MAX_CLASSES,
    MIN_CLASSES,
    PRESETS,
    check_distribution,
    check_pair,
    normalise,
    parse_distribution,
)
from core.cross_entropy_vs_kl.divergences import (
    Comparison,
    Unit,
    compare,
    convert_unit,
    cross_entropy,
    entropy,
    js_divergence,
    kl_divergence,
)
from core.cross_entropy_vs_kl.gaussian_fit import GaussianFit, GaussianOptimum, fit_gaussian, mode_seeking_threshold
from core.cross_entropy_vs_kl.gradients import LogitGradients, LossPath, logit_gradients, loss_path
from core.cross_entropy_vs_kl.joint_training import JointRuns, JointTraining, learn_both
from core.cross_entropy_vs_kl.library_calls import (
    REPORTED_BUGS,
    BugReplay,
    CallTable,
    LibraryCall,
    ReportedBug,
    replay_bugs,
    which_call,
)
from core.cross_entropy_vs_kl.soft_targets import Band, Distillation, LabelSmoothing, distil, smooth_labels
from core.cross_entropy_vs_kl.thumbnail import thumbnail, warm_up
from core.cross_entropy_vs_kl.zero_mass import ZeroMass, zero_mass

__all__ = [
    "CLAIMS",
    "MAX_CLASSES",
    "MIN_CLASSES",
    "PRESETS",
    "REPORTED_BUGS",
    "Band",
    "BugReplay",
    "CallTable",
    "Comparison",
    "Distillation",
    "GaussianFit",
    "GaussianOptimum",
    "JointRuns",
    "JointTraining",
    "LabelSmoothing",
    "LibraryCall",
    "LogitGradients",
    "LossPath",
    "ReportedBug",
    "Unit",
    "ZeroMass",
    "check_distribution",
    "check_pair",
    "compare",
    "convert_unit",
    "cross_entropy",
    "distil",
    "entropy",
    "fit_gaussian",
    "js_divergence",
    "kl_divergence",
    "learn_both",
    "logit_gradients",
    "loss_path",
    "mode_seeking_threshold",
    "normalise",
    "parse_distribution",
    "replay_bugs",
    "smooth_labels",
    "thumbnail",
    "warm_up",
    "which_call",
    "zero_mass",
]
