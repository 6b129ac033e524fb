"""Invalid arguments are refused with a code."""

import numpy as np
import pytest

from core.gd_sgd_minibatch import (
    compare,
    distances,
    gradient_cloud,
    gradient_variance,
    load_problem,
    noise_ball,
    noise_limit,
    samples_to_target,
    start_point,
)
from core.validate import InvalidArgument
from tests.core.gd_sgd_minibatch.helpers import CORNER, DIABETES


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: load_problem("iris"), "unknown_choice"),
        (lambda: start_point(DIABETES, "moon"), "unknown_choice"),
        (lambda: gradient_cloud(DIABETES, [], batch_size=1), "out_of_range"),
        (lambda: gradient_cloud(DIABETES, 3.0, batch_size=1), "not_a_vector"),
        (lambda: gradient_cloud(DIABETES, [[0, np.inf]], batch_size=1), "not_finite"),
        (lambda: gradient_cloud(DIABETES, [CORNER], batch_size=500), "out_of_range"),
        (lambda: gradient_cloud(DIABETES, [CORNER], batch_size=5, n_batches=1), "out_of_range"),
        (lambda: gradient_variance(DIABETES, CORNER, batch_sizes=[]), "out_of_range"),
        (lambda: gradient_variance(DIABETES, CORNER, batch_sizes=[0]), "out_of_range"),
        (lambda: gradient_variance(DIABETES, CORNER, batch_sizes=[1], n_seeds=1), "out_of_range"),
        (lambda: noise_limit(DIABETES, 0), "out_of_range"),
        (lambda: compare(DIABETES, start=CORNER, batch_size=443, learning_rate=1, length=1), "out_of_range"),
        (lambda: compare(DIABETES, start=CORNER, batch_size=4, learning_rate=1, length=0), "out_of_range"),
        (
            lambda: compare(DIABETES, start=CORNER, batch_size=4, learning_rate=1, length=1, unit="years"),
            "unknown_choice",
        ),
        (lambda: noise_ball(DIABETES, learning_rates=[], batch_size=1), "too_few"),
        (lambda: noise_ball(DIABETES, learning_rates=[-1.0], batch_size=1), "not_positive"),
        (lambda: noise_ball(DIABETES, learning_rates=[0.1], batch_size=1, updates=5), "out_of_range"),
        (lambda: distances(DIABETES, start=CORNER, batch_size=1, learning_rate=1, updates=5, n_runs=1), "out_of_range"),
        (
            lambda: samples_to_target(DIABETES, start=CORNER, target=0, batch_sizes=[1], learning_rates=[1]),
            "not_positive",
        ),
    ],
)
def test_invalid_arguments_are_refused(call, code):
    with pytest.raises(InvalidArgument) as refused:
        call()
    assert refused.value.code == code
