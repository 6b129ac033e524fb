"""Cross-entropy and KL divergence: equal gradients for a fixed target, different objectives for a learned one.

For distributions P (the target) and Q (the model), H(P, Q) = H(P) + KL(P ‖ Q). As long as P is fixed, both losses have
the same gradient with respect to Q. If P is learned too, cross-entropy also minimises the entropy of P; KL does not.
"""

from core.cross_entropy_vs_kl.challenges import CHALLENGES
from core.cross_entropy_vs_kl.claims import CLAIMS
from core.cross_entropy_vs_kl.distributions import (
    MAX_CLASSES,
    MIN_CLASSES,
    PRESETS,
    check_distribution,
    check_pair,
    normalise,
    pair_of,
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
from core.cross_entropy_vs_kl.exams import EXAMS
from core.cross_entropy_vs_kl.findings import call_finding, findings
from core.cross_entropy_vs_kl.gaussian_fit import GaussianFit, GaussianOptimum, fit_gaussian, mode_seeking_threshold
from core.cross_entropy_vs_kl.gradients import LogitGradients, LossPath, logit_gradients, loss_path
from core.cross_entropy_vs_kl.joint_training import JointRuns, JointTraining, train_jointly
from core.cross_entropy_vs_kl.library_calls import (
    REPORTED_BUGS,
    BugReplay,
    CallTable,
    LibraryCall,
    ReportedBug,
    replay_bugs,
    tabulate_calls,
)
from core.cross_entropy_vs_kl.soft_targets import Band, Distillation, LabelSmoothing, distil, smooth_labels
from core.cross_entropy_vs_kl.thumbnail import thumbnail, warm_up
from core.cross_entropy_vs_kl.zero_mass import ZeroMass, zero_mass
from core.findings import Finding

__all__ = [
    "CHALLENGES",
    "CLAIMS",
    "EXAMS",
    "MAX_CLASSES",
    "MIN_CLASSES",
    "PRESETS",
    "REPORTED_BUGS",
    "Band",
    "BugReplay",
    "CallTable",
    "Comparison",
    "Distillation",
    "Finding",
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
    "call_finding",
    "check_distribution",
    "check_pair",
    "compare",
    "convert_unit",
    "cross_entropy",
    "distil",
    "entropy",
    "findings",
    "fit_gaussian",
    "js_divergence",
    "kl_divergence",
    "logit_gradients",
    "loss_path",
    "mode_seeking_threshold",
    "normalise",
    "pair_of",
    "parse_distribution",
    "replay_bugs",
    "smooth_labels",
    "tabulate_calls",
    "thumbnail",
    "train_jointly",
    "warm_up",
    "zero_mass",
]
