"""Training on many independent sets."""

import numpy as np
import pytest

from core.bagging_vs_boosting import (
    METHODS,
    correlation,
    fit_adaboost,
    fit_bagging,
    fit_gradient_boosting,
    noise_map,
    replicate,
)
from core.bagging_vs_boosting.replications import draw_sets, seed_of_set
from core.validate import InvalidArgument


@pytest.mark.parametrize("depth", [1, 2])
def test_methods_share_their_training_sets(depth):
    n_sets, rounds = 3, (1, 7, 20)
    common = {"stages": rounds, "depth": depth, "flip": 0.1, "n": 50, "n_sets": n_sets, "n_points": 30, "seed": 4}
    x, y = draw_sets("xor", 50, 0.25, 0.1, n_sets, 4)
    replications = {method: replicate("xor", method=method, **common) for method in METHODS}
    for r in range(n_sets):
        own = {"n_trees": 20, "depth": depth, "seed": seed_of_set(4, r)}
        where = replications["bagging"].points
        expected = {
            "bagging": fit_bagging(x[r], y[r], **own).decision(where),
            "adaboost": fit_adaboost(x[r], y[r], **own).estimate(where),
            "gradient": fit_gradient_boosting(x[r], y[r], learning_rate=1.0, **own).decision(where),
        }
        for method in METHODS:
            np.testing.assert_allclose(replications[method].decisions[r], expected[method][[0, 6, 19]], atol=1e-12)
            np.testing.assert_array_equal(replications[method].points, where)


def test_share_positive_counts_the_sets():
    replications = replicate("moons", method="bagging", stages=(1, 5), depth=2, n=20, n_sets=4, n_points=10)
    by_hand = [[sum(replications.decisions[r, k, i] >= 0 for r in range(4)) / 4 for i in range(10)] for k in range(2)]
    np.testing.assert_array_equal(replications.share_positive(), by_hand)


def test_progress_is_reported():
    for work in (
        lambda report: replicate("moons", method="bagging", stages=(2,), depth=2, n=20, n_sets=4, report=report),
        lambda report: correlation("moons", stages=(2,), depth=2, n=20, n_sets=7, report=report),
        lambda report: noise_map(
            "moons",
            flips=(0.0, 0.1),
            stages=(2,),
            n_seeds=2,
            bagging_depth=1,
            boosting_depth=1,
            n=20,
            n_test=10,
            report=report,
        ),
    ):
        reported = []
        work(reported.append)
        assert reported == sorted(reported)
        assert 0 <= reported[0] < reported[-1] < 1


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: replicate("moons", method="voting", stages=(1,), depth=1), "unknown_choice", "method"),
        (lambda: replicate("wine", method="bagging", stages=(1,), depth=1), "unknown_choice", "dataset"),
        (lambda: replicate("moons", method="bagging", stages=(), depth=1), "too_few", "stages"),
        (lambda: replicate("moons", method="bagging", stages=(0,), depth=1), "out_of_range", "stages"),
        (lambda: replicate("moons", method="bagging", stages=(1,), depth=1, n_sets=1), "out_of_range", "n_sets"),
        (
            lambda: replicate("moons", method="bagging", stages=(200,), depth=1, n_sets=101),
            "too_many",
            "n_sets × stages",
        ),
    ],
)
def test_replications_rejects_invalid_arguments(call, code, argument):
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.details["argument"] == argument
