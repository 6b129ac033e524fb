"""The experiments behind two claims."""

import numpy as np
import pytest
from scipy import optimize

from core.gd_sgd_minibatch import landscapes


def test_basins_are_minima_between_maxima():
    found = landscapes.basins()
    assert len(found.ridges) == len(found.minima) + 1
    assert (found.ridges[:-1] < found.minima).all()
    assert (found.minima < found.ridges[1:]).all()

    def loss(omega):
        return ((np.sin(omega * found.x) - found.y) ** 2).mean() / 2

    for low, high, minimum, value in zip(found.ridges[:-1], found.ridges[1:], found.minima, found.losses, strict=True):
        precise = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-8})
        assert minimum == pytest.approx(precise.x, abs=0.002)
        assert value == pytest.approx(precise.fun, abs=1e-4)


def test_test_loss_rises_while_training_loss_falls():
    fitted = landscapes.overfit()
    # The training loss falls below the minimum for ten features, while the test loss has risen from its minimum.
    for batch_size in (100, 5):
        assert fitted.train[batch_size] < 0.15
        assert fitted.last[batch_size] > 1.2 * fitted.lowest[batch_size]
