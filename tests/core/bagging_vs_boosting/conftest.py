"""Samples that several test modules share."""

import pytest

from core.bagging_vs_boosting import make_sample


@pytest.fixture(scope="module")
def noisy():
    return make_sample("moons", n=120, flip=0.2, seed=3, n_test=500)
