"""The cost of reaching a target against single runs."""

import numpy as np

from core.gd_sgd_minibatch import batch_sizes, descend, gradient_variance, sample_gradients, samples_to_target
from tests.core.gd_sgd_minibatch.helpers import CORNER, DIABETES


def test_default_batch_sizes_and_learning_rates():
    variance = gradient_variance(DIABETES, "optimum", draws=10, n_seeds=2)
    assert variance.batch_sizes.tolist() == batch_sizes(442)
    np.testing.assert_allclose(
        variance.theory[0], (sample_gradients(DIABETES, DIABETES.optimum) ** 2).sum(axis=1).mean()
    )
    cost = samples_to_target(DIABETES, start="corner", target=0.5, max_updates=100, n_seeds=2)
    assert cost.batch_sizes.tolist() == batch_sizes(442)
    assert set(np.round(cost.learning_rates / DIABETES.limit, 9)) <= {0.02, 0.05, 0.1, 0.2, 0.5}


def test_samples_to_target_match_single_runs():
    rate, target, sizes = 0.1 * DIABETES.limit, 0.05, [1, 16, 100, 442]
    cost = samples_to_target(
        DIABETES,
        start=CORNER,
        target=target,
        batch_sizes=sizes,
        learning_rates=[rate],
        max_updates=60,
        n_seeds=9,
        seed=3,
    )
    # Up to 60 updates the loss is checked after each update.
    for k, batch_size in enumerate(sizes):
        hits = []
        for seed in range(3, 12):
            run = descend(DIABETES, start=CORNER, batch_size=batch_size, learning_rate=rate, updates=60, seed=seed)
            hits.append(run.samples[np.argmax(run.excess <= target)] if (run.excess <= target).any() else np.inf)
        hits = np.sort(hits)
        assert (cost.low[k], cost.samples[k], cost.high[k]) == (hits[0], hits[4], hits[8])
        assert cost.reached[k] == np.isfinite(hits).mean()
    assert cost.samples[3] == 442 * cost.updates[3]
    perfect = cost.updates[0] / cost.batch_sizes
    np.testing.assert_allclose(cost.proportional, np.where(perfect >= 1, perfect, np.nan))


def test_best_learning_rate_is_at_least_as_good_as_each():
    rates_ = DIABETES.limit * np.array([0.02, 0.1, 0.5])
    options = {"start": CORNER, "target": 0.02, "batch_sizes": [1, 32, 442], "n_seeds": 10}
    best = samples_to_target(DIABETES, learning_rates=rates_, **options)
    singles = [samples_to_target(DIABETES, learning_rates=[rate], **options) for rate in rates_]
    np.testing.assert_array_equal(best.samples, np.nanmin([single.samples for single in singles], axis=0))
    assert best.learning_rates[0] < best.learning_rates[2]


def test_unreached_target_is_nan():
    told = []
    cost = samples_to_target(
        DIABETES,
        start=CORNER,
        target=1e-12,
        batch_sizes=[1, 442],
        learning_rates=[0.05],
        max_updates=50,
        report=told.append,
    )
    assert told == [0, 0.5]
    assert np.isnan([cost.updates, cost.samples, cost.low, cost.high]).all()
    np.testing.assert_array_equal(cost.reached, 0)
