"""Bagging: bootstrap samples and out-of-bag votes."""

import math

import numpy as np
import pytest

from core.bagging_vs_boosting import fit_bagging, make_sample
from core.validate import InvalidArgument
from tests.core.bagging_vs_boosting.helpers import TRAINING_SET


@pytest.mark.parametrize("depth", [1, 3, None])
def test_oob_decision_averages_the_trees_without_the_point(noisy, depth):
    run = fit_bagging(noisy.points, noisy.labels, n_trees=30, depth=depth, seed=4)
    np.testing.assert_array_equal(run.counts.sum(axis=1), np.full(30, 120))
    oob = run.oob_decision()
    for i in range(120):
        unseen = [t for t in range(30) if run.counts[t, i] == 0]
        for stage in (0, 9, 29):
            votes = [run.votes[t, i] for t in unseen if t <= stage]
            if votes:
                assert oob[stage, i] == pytest.approx(np.mean(votes))
            else:
                assert np.isnan(oob[stage, i])


def test_share_of_unique_points_in_a_bootstrap_sample():
    n = 300
    run = fit_bagging(
        *[getattr(make_sample("moons", n=n), name) for name in ("points", "labels")], n_trees=200, depth=1
    )
    unique = (run.counts > 0).mean(axis=1)
    # 1 − (1 − 1/n)ⁿ; five standard errors of the mean of 200 samples.
    assert abs(unique.mean() - (1 - (1 - 1 / n) ** n)) < 5 * unique.std() / math.sqrt(200)


def test_results_depend_on_the_seed_only(noisy):
    runs = [fit_bagging(noisy.points, noisy.labels, n_trees=5, depth=3, seed=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0].votes, runs[1].votes)
    assert (runs[0].counts != runs[2].counts).any()


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: fit_bagging(np.zeros(4), [1, 1, 1, 1], n_trees=1, depth=1), "not_a_vector", "points"),
        (lambda: fit_bagging(np.zeros((3, 2)), [1, 1], n_trees=1, depth=1), "length_mismatch", "points"),
        (lambda: fit_bagging(np.full((2, 2), np.inf), [1, 1], n_trees=1, depth=1), "not_finite", "points"),
        (lambda: fit_bagging(np.zeros((0, 2)), [], n_trees=1, depth=1), "too_few", "labels"),
        (lambda: fit_bagging(*TRAINING_SET, n_trees=201, depth=1), "out_of_range", "n_trees"),
        (lambda: fit_bagging(*TRAINING_SET, n_trees=1, depth=1, subsample=0.0), "out_of_range", "subsample"),
    ],
)
def test_bagging_rejects_invalid_arguments(call, code, argument):
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.details["argument"] == argument
