"""What holds for all three methods."""

import numpy as np
import pytest

from core.bagging_vs_boosting import DATASETS, error_rate, fit_adaboost, fit_bagging, fit_gradient_boosting, make_sample


@pytest.mark.parametrize("depth", [1, 3, None])
def test_a_single_class_is_predicted_everywhere(depth):
    points = np.random.default_rng(0).normal(size=(10, 2))
    labels = np.ones(10)
    where = 100 * points
    for model in (
        fit_bagging(points, labels, n_trees=7, depth=depth),
        fit_adaboost(points, labels, n_trees=7, depth=depth),
        fit_gradient_boosting(points, labels, n_trees=7, depth=depth),
    ):
        np.testing.assert_array_equal(model.decision(where), np.ones((7, 10)))


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("depth", [1, None])
def test_smallest_samples_give_finite_decisions(dataset, depth):
    sample = make_sample(dataset, n=10, flip=0.4, seed=0, n_test=30)
    settings_ = {"n_trees": 30, "depth": depth, "features": 1, "seed": 2}
    for model in (
        fit_bagging(sample.points, sample.labels, subsample=0.05, **settings_),
        fit_adaboost(sample.points, sample.labels, learning_rate=2.0, **settings_),
        fit_gradient_boosting(sample.points, sample.labels, subsample=0.05, learning_rate=2.0, **settings_),
    ):
        decision = model.decision(sample.test_points)
        assert decision.shape == (30, len(sample.test_points))
        assert np.isfinite(decision).all()
        assert np.abs(decision).max() <= 1 + 1e-12


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("features", [None, 1])
def test_staged_decisions_match_shorter_ensembles(noisy, depth, features):
    settings_ = {"depth": depth, "features": features, "seed": 6}
    for fit in (fit_bagging, fit_adaboost, fit_gradient_boosting):
        long = fit(noisy.points, noisy.labels, n_trees=40, **settings_).decision(noisy.test_points)
        short = fit(noisy.points, noisy.labels, n_trees=15, **settings_).decision(noisy.test_points)
        np.testing.assert_allclose(long[:15], short, atol=1e-12)


def test_error_rate_counts_ties_as_half_and_ignores_nan():
    decision = np.array([[0.5, -0.2, 0.0, np.nan], [np.nan] * 4])
    rates = error_rate(decision, np.array([1.0, 1.0, -1.0, 1.0]))
    assert rates[0] == pytest.approx(1.5 / 3)
    assert np.isnan(rates[1])
