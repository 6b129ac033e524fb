"""The curves of the home page, and the names that the package exports."""

import numpy as np

from core import gd_sgd_minibatch
from core.gd_sgd_minibatch import STARTS, thumbnail


def test_thumbnail_shows_fast_start_and_noise_floor():
    shown = thumbnail()
    assert len(shown.lines) == 3
    single, thirty_two, full = shown.lines.values()
    # After few samples, batches of one are ahead; in the end their noise keeps them away from the optimum.
    middle = np.searchsorted(shown.x, 100)
    assert single[middle] < thirty_two[middle] < full[middle]
    assert thirty_two[-1] < single[-1] < full[-1]
    assert all(np.isfinite(line).all() and line.shape == shown.x.shape for line in shown.lines.values())


def test_exported_names_exist():
    for name in gd_sgd_minibatch.__all__:
        assert hasattr(gd_sgd_minibatch, name), name
    assert set(STARTS) >= {"corner", "origin"}
