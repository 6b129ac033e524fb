"""Do large batches end in sharp minima, and does sharp mean worse?

References
----------
Keskar, N. S., Mudigere, D., Nocedal, J., Smelyanskiy, M., Tang, P. T. P. (2017). On large-batch training for deep
learning: generalization gap and sharp minima. arXiv:1609.04836
Jastrzębski, S., Kenton, Z., Arpit, D., Ballas, N., Fischer, A., Bengio, Y., Storkey, A. (2017). Three factors
influencing minima in SGD. arXiv:1711.04623
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.batch_size_minima import claims as trained
from core.batch_size_minima.findings import by_batch, line_finding, study_findings
from core.batch_size_minima.networks import LOSSES, Problem, digits_problem
from core.batch_size_minima.sharpness import MEASURES, Interval, Study, compare, interval, measure, study
from core.batch_size_minima.slices import (
    ALPHAS,
    Interpolation,
    Plane,
    Profiles,
    Rescaling,
    interpolate,
    plane,
    profiles,
    rescale,
    rescaling,
)
from core.batch_size_minima.toy import (
    BARRIER,
    FLAT,
    N_EXAMPLES,
    N_RUNS,
    NOISES,
    REFERENCE,
    SHARP,
    STAGES,
    STARTS,
    Escape,
    Shaking,
    at_size,
    escape,
    landscape,
    shaking,
    shift_sd,
    slope,
    swing,
    toy_findings,
    wilson,
)
from core.batch_size_minima.training import PROTOCOLS, Run, Setting, check_setting, train
from core.claims import Claim, Claims, Verdict
from core.findings import Finding
from core.thumbnail import Thumbnail

__all__ = [
    "ALPHAS",
    "BARRIER",
    "CLAIMS",
    "FLAT",
    "KESKAR",
    "LOSSES",
    "MEASURES",
    "NOISES",
    "N_EXAMPLES",
    "N_RUNS",
    "PROTOCOLS",
    "REFERENCE",
    "SHARP",
    "STAGES",
    "STARTS",
    "Escape",
    "Finding",
    "Interpolation",
    "Interval",
    "Plane",
    "Problem",
    "Profiles",
    "Published",
    "Rescaling",
    "Run",
    "Setting",
    "Shaking",
    "Study",
    "at_size",
    "by_batch",
    "check_setting",
    "compare",
    "digits_problem",
    "escape",
    "interpolate",
    "interval",
    "landscape",
    "line_finding",
    "measure",
    "plane",
    "profiles",
    "rescale",
    "rescaling",
    "shaking",
    "shift_sd",
    "slope",
    "study",
    "study_findings",
    "swing",
    "thumbnail",
    "toy_findings",
    "train",
    "warm_up",
    "wilson",
]


@dataclass(frozen=True, slots=True)
class Published:
    """One network of Keskar et al. (2017), as published: not measured here.

    Attributes
    ----------
    network, data : str
    sharp_small, sharp_large : float
        Their ε-sharpness (ε = 1e-3, in all directions, means of 5 runs), with Adam at batch size 256 and at 10 % of the
        data.
    test_small, test_large : float
        Test accuracy in per cent.
    """

    network: str
    data: str
    sharp_small: float
    sharp_large: float
    test_small: float
    test_large: float

    @property
    def ratio(self) -> float:
        """Return by how many times the large batch's solution is sharper, to one decimal."""
        return round(self.sharp_large / self.sharp_small, 1)

    @property
    def gap(self) -> float:
        """Return by how many points the large batch's test accuracy is lower."""
        return self.test_small - self.test_large


KESKAR = (
    Published("F1", "MNIST", 1.23, 205.14, 98.03, 97.81),
    Published("F2", "TIMIT", 1.39, 310.64, 64.02, 59.45),
    Published("C1", "CIFAR-10", 28.58, 707.23, 80.04, 77.26),
    Published("C2", "CIFAR-10", 8.68, 925.32, 89.24, 87.26),
    Published("C3", "CIFAR-100", 29.85, 258.75, 49.58, 46.45),
    Published("C4", "CIFAR-100", 12.83, 421.84, 63.08, 57.81),
)


def _noise_is_the_reason() -> Claim:
    """The reason is the noise in the gradient estimate."""
    sizes = (8, 24, 64, N_EXAMPLES)
    found = escape(sizes)
    unbiased = escape(sizes, noise="proportional")
    injected = escape((8,), noise="additive")
    back = escape((8,), noise="additive", start="flat")
    edge = escape((N_EXAMPLES,), learning_rate=0.035)
    evidence: dict[str, float | str] = {f"b_{size}": float(p) for size, p in zip(sizes[:3], found.flat, strict=False)}
    evidence |= {
        "low_8": float(found.low[0]),
        "high_64": float(found.high[2]),
        "full": float(found.flat[3]),
        "unbiased": float(unbiased.flat[0]),
        "injected": float(injected.flat[0]),
        "returned": 1 - float(back.flat[0]),
        "edge": float(edge.flat[0]),
        "runs": float(found.path.shape[2]),
    }
    more_noise = all(bool(result.low[0] > result.high[2]) for result in (found, unbiased))
    only_noise = bool(found.high[3] < 0.05) and bool(injected.low[0] > 0.5)
    if more_noise and only_noise:
        return Claim(Verdict.HOLDS, evidence)
    return Claim(Verdict.DEPENDS if more_noise else Verdict.FALSE, evidence)


CLAIMS: Claims = {
    "large_batch_sharp": trained.large_batch_sharp,
    "flat_generalises": trained.flat_generalises,
    "noise_is_the_reason": _noise_is_the_reason,
    "small_batch_regularises": trained.small_batch_regularises,
    "large_batches_pretrain": trained.large_batches_pretrain,
}


def warm_up() -> None:
    """Pay for the first call's costs."""
    escape((8,), steps=10)
    digits_problem(16, seeds=1)


def thumbnail() -> Thumbnail:
    """Draw the landscape of all the data, and those that three batches of 16 see."""
    seen = shaking(16, updates=3, seed=1)
    curves = {"full": seen.full} | {f"batch_{t + 1}": curve for t, curve in enumerate(seen.seen)}
    return Thumbnail(seen.w, {name: np.where(curve < 8, curve, np.nan) for name, curve in curves.items()})
