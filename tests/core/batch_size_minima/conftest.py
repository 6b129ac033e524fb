"""Studies that several test modules share."""

from dataclasses import replace

import pytest

from core.batch_size_minima.studies import Study, study
from tests.core.batch_size_minima.helpers import TWO_SEEDS


@pytest.fixture(scope="module")
def result() -> Study:
    return study(TWO_SEEDS)


@pytest.fixture(scope="module")
def diverged() -> Study:
    return study(replace(TWO_SEEDS, learning_rate=1e3))
