"""Settings and random models that several test modules share."""

import numpy as np

from core.batch_size_minima import networks
from core.batch_size_minima.networks import Sizes
from core.batch_size_minima.training import Setting

SMALL = Sizes(4, 5, 3)
QUICK = Setting(batch_sizes=(8, 64), updates=100, examples=64, seeds=3)
TWO_SEEDS = Setting(batch_sizes=(8, 64), updates=150, examples=64, seeds=2)
FOUR_SEEDS = Setting(batch_sizes=(8, 64), updates=150, examples=64, seeds=4)


def draw_models(seed: int, *, models: int = 2, examples: int = 7, sizes: Sizes = SMALL) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    inputs = networks.append_ones(rng.standard_normal((models, examples, sizes.inputs)))
    targets = np.eye(sizes.outputs)[rng.integers(0, sizes.outputs, (models, examples))]
    return rng.standard_normal((models, sizes.parameters)), inputs, targets
