"""Vanishing and exploding gradients by layer: measured on real digits, and compared with mean-field theory.

- `Net`, `measure`: the gradient in each layer of random networks, and `mean_field`, its expected value.
- `record_activations`, `histograms`, `activation_curve`: the distribution of activations by layer.
- `differentiate_by_hand`: the chain rule for a single weight. `one_matrix`: a network without activations.
- `singular_values`: how different the directions of a gradient are, which its norm hides.
- `train`, `outcome`: training, with gradients and updates by layer. `through_time`: recurrent networks.
- `findings`: findings about a gradient profile, for the sentences on the page.

References
----------
Hochreiter, S. (1991). Untersuchungen zu dynamischen neuronalen Netzen. Diploma thesis, TU München.
Glorot, X., Bengio, Y. (2010). Understanding the difficulty of training deep feedforward neural networks. AISTATS.
He, K., Zhang, X., Ren, S., Sun, J. (2015). Delving deep into rectifiers. arXiv:1502.01852
Yang, G., Pennington, J., Rao, V., Sohl-Dickstein, J., Schoenholz, S. S. (2019). A mean field theory of batch
normalization. arXiv:1902.08129
"""

from core.findings import Finding
from core.vanishing_gradients.activation_statistics import (
    ActivationCurve,
    LayerActivations,
    activation_curve,
    histograms,
    record_activations,
)
from core.vanishing_gradients.activations import ACTIVATIONS, activate
from core.vanishing_gradients.chain_rule import ChainRule, differentiate_by_hand
from core.vanishing_gradients.challenges import CHALLENGES
from core.vanishing_gradients.claims import CLAIMS
from core.vanishing_gradients.exams import EXAMS
from core.vanishing_gradients.findings import (
    activation_findings,
    direction_findings,
    findings,
    measure_with_findings,
    outcome,
    smallest_factor,
    time_findings,
    weight_finding,
)
from core.vanishing_gradients.gradients import DTYPES, GradientProfile, measure
from core.vanishing_gradients.jacobians import KEPT_SHARE, kept_directions, singular_values
from core.vanishing_gradients.linear_collapse import OneMatrix, one_matrix
from core.vanishing_gradients.mean_field_theory import MeanField, mean_field
from core.vanishing_gradients.networks import BRANCHES, INITS, MAX_DEPTH, NORMALISATIONS, Net
from core.vanishing_gradients.recurrent import CELLS, MAX_TIME, ThroughTime, through_time
from core.vanishing_gradients.thumbnail import thumbnail, warm_up
from core.vanishing_gradients.training import OPTIMISERS, Training, train

__all__ = [
    "ACTIVATIONS",
    "BRANCHES",
    "CELLS",
    "CHALLENGES",
    "CLAIMS",
    "DTYPES",
    "EXAMS",
    "INITS",
    "KEPT_SHARE",
    "MAX_DEPTH",
    "MAX_TIME",
    "NORMALISATIONS",
    "OPTIMISERS",
    "ActivationCurve",
    "ChainRule",
    "Finding",
    "GradientProfile",
    "LayerActivations",
    "MeanField",
    "Net",
    "OneMatrix",
    "ThroughTime",
    "Training",
    "activate",
    "activation_curve",
    "activation_findings",
    "differentiate_by_hand",
    "direction_findings",
    "findings",
    "histograms",
    "kept_directions",
    "mean_field",
    "measure",
    "measure_with_findings",
    "one_matrix",
    "outcome",
    "record_activations",
    "singular_values",
    "smallest_factor",
    "through_time",
    "thumbnail",
    "time_findings",
    "train",
    "warm_up",
    "weight_finding",
]
