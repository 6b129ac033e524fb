"""Staged fits against the fits themselves."""

import numpy as np
import pytest

from core.bagging_vs_boosting import (
    METHODS,
    fit_adaboost,
    fit_bagging,
    fit_gradient_boosting,
    fit_staged,
    fit_staged_ensembles,
    make_grid,
    make_sample,
    margin_shares,
)
from core.validate import InvalidArgument
from tests.core.bagging_vs_boosting.helpers import quick_fit


@pytest.mark.parametrize("method", METHODS)
def test_staged_fit_matches_the_ensemble(noisy, method):
    fit_ = quick_fit(noisy, method)
    fit = {"bagging": fit_bagging, "adaboost": fit_adaboost, "gradient": fit_gradient_boosting}[method]
    rate = {"learning_rate": 1.0} if method == "gradient" else {}
    model = fit(noisy.points, noisy.labels, n_trees=20, depth=2, seed=5, **rate)
    grid = make_grid(noisy, size=6)
    np.testing.assert_array_equal(fit_.regions, model.decision(grid.points)[[0, 2, 19]].astype(np.float32))
    np.testing.assert_array_equal(fit_.margins, noisy.labels * model.decision(noisy.points)[[0, 2, 19]])
    np.testing.assert_allclose(fit_.counts.mean(axis=1), 1)
    np.testing.assert_allclose(fit_.wrong_on_test.mean(axis=1) / 2, fit_.test_error[[0, 2, 19]])
    assert (fit_.oob_error is None) == (method != "bagging")
    assert (fit_.bound is None) == (fit_.flipped_share is None) == (method != "adaboost")


def test_fit_staged_ensembles_matches_single_fits(noisy):
    methods = {name: {"method": name, "depth": 2} for name in ("bagging", "adaboost")}
    done = []
    grid, builds = fit_staged_ensembles(noisy, methods=methods, size=6, stages=(1, 3), seed=5, report=done.append)
    np.testing.assert_array_equal(grid.points, make_grid(noisy, size=6).points)
    for name, chosen in methods.items():
        single = fit_staged(noisy, grid, stages=(1, 3), seed=5, **chosen)
        np.testing.assert_array_equal(builds[name].regions, single.regions)
    assert done == [0.0, 0.5]


def test_counts_of_adaboost_are_its_weights(noisy):
    fit_ = quick_fit(noisy, "adaboost")
    np.testing.assert_array_equal(fit_.counts[0], np.ones(120))
    weighted = (fit_.counts * fit_.mistakes).mean(axis=1)
    model = fit_adaboost(noisy.points, noisy.labels, n_trees=20, depth=2, seed=5)
    np.testing.assert_allclose(weighted, model.weighted_errors[[0, 2, 19]])
    np.testing.assert_allclose(fit_.flipped_share[[0, 2, 19]], (fit_.counts[:, noisy.flipped]).sum(axis=1) / 120)


def test_grid_covers_every_point(noisy):
    grid = make_grid(noisy, size=8)
    for points in (noisy.points, noisy.test_points):
        assert ((grid.low < points) & (points < grid.high)).all()
    assert grid.points.shape == (64, 2)
    np.testing.assert_array_equal(grid.points[1], [grid.x[1], grid.y[0]])


def test_margin_shares_are_cumulative():
    shares = margin_shares(np.array([-1.0, 0.0, 0.5, 1.0]), np.array([-2.0, -1.0, 0.2, 1.0]))
    np.testing.assert_array_equal(shares, [0, 0.25, 0.5, 1])


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: make_grid(make_sample("moons", n=10), size=1), "out_of_range", "size"),
        (lambda: quick_fit(make_sample("moons", n=10), "voting"), "unknown_choice", "method"),
    ],
)
def test_stages_rejects_invalid_arguments(call, code, argument):
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.details["argument"] == argument
