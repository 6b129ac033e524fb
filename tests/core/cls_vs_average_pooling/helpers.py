"""Random numbers and encoders that several test modules share."""

import numpy as np

from core.cls_vs_average_pooling import encoder

RNG = np.random.default_rng(0)


def random_parameters(seed: int = 0) -> dict:
    return encoder.init_parameters(np.random.default_rng(seed), 2, 2)
