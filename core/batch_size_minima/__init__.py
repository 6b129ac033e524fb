"""Do large batches end in sharp minima, and do sharp minima generalise worse?

- `escape`, `minibatch_landscapes`: SGD on a one-dimensional loss with a sharp and a flat minimum.
- `train`, `measure`, `study`, `compare`: small networks trained with several batch sizes, and how sharp they end.
- `interpolate`, `profiles`, `plane`: slices of the loss between and around the solutions.
- `rescale`, `rescaling`: one function whose sharpness depends on its parametrisation.

References
----------
Keskar, N. S., Mudigere, D., Nocedal, J., Smelyanskiy, M., Tang, P. T. P. (2017). On large-batch training for deep
learning: generalization gap and sharp minima. arXiv:1609.04836
Jastrzębski, S., Kenton, Z., Arpit, D., Ballas, N., Fischer, A., Bengio, Y., Storkey, A. (2017). Three factors
influencing minima in SGD. arXiv:1711.04623
"""

from core.batch_size_minima.challenges import CHALLENGES
from core.batch_size_minima.claims import CLAIMS
from core.batch_size_minima.double_well import BARRIER, FLAT, SHARP, landscape, slope
from core.batch_size_minima.escapes import (
    N_RUNS,
    REFERENCE,
    STAGES,
    STARTS,
    Escape,
    escape,
    learning_rate_of,
    row_of_batch_size,
)
from core.batch_size_minima.exams import EXAMS
from core.batch_size_minima.findings import (
    escape_findings,
    interpolation_finding,
    minibatch_finding,
    published_finding,
    rescaling_finding,
    study_findings,
)
from core.batch_size_minima.intervals import Interval, interval
from core.batch_size_minima.literature import KESKAR, Published
from core.batch_size_minima.minibatch_noise import N_EXAMPLES, NOISES, shift_sd, stationary_sd
from core.batch_size_minima.networks import LOSSES, Problem, digits_problem
from core.batch_size_minima.noise_by_direction import NoiseByDirection, noise_by_direction
from core.batch_size_minima.reparametrisation import ALPHAS, Rescaling, rescale, rescaling
from core.batch_size_minima.sharpness import MEASURES, N_DIRECTIONS, N_PROBES
from core.batch_size_minima.single_run import MinibatchLandscapes, minibatch_landscapes
from core.batch_size_minima.slices import Interpolation, Plane, Profiles, interpolate, plane, profiles
from core.batch_size_minima.studies import Study, by_batch, compare, measure, study
from core.batch_size_minima.thumbnail import thumbnail, warm_up
from core.batch_size_minima.training import PROTOCOLS, Run, Setting, check_setting, train
from core.findings import Finding

__all__ = [
    "ALPHAS",
    "BARRIER",
    "CHALLENGES",
    "CLAIMS",
    "EXAMS",
    "FLAT",
    "KESKAR",
    "LOSSES",
    "MEASURES",
    "NOISES",
    "N_DIRECTIONS",
    "N_EXAMPLES",
    "N_PROBES",
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
    "MinibatchLandscapes",
    "NoiseByDirection",
    "Plane",
    "Problem",
    "Profiles",
    "Published",
    "Rescaling",
    "Run",
    "Setting",
    "Study",
    "by_batch",
    "check_setting",
    "compare",
    "digits_problem",
    "escape",
    "escape_findings",
    "interpolate",
    "interpolation_finding",
    "interval",
    "landscape",
    "learning_rate_of",
    "measure",
    "minibatch_finding",
    "minibatch_landscapes",
    "noise_by_direction",
    "plane",
    "profiles",
    "published_finding",
    "rescale",
    "rescaling",
    "rescaling_finding",
    "row_of_batch_size",
    "shift_sd",
    "slope",
    "stationary_sd",
    "study",
    "study_findings",
    "thumbnail",
    "train",
    "warm_up",
]
