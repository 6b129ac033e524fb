"""AdaBoost against scikit-learn, its identities, and how it ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier

from core.bagging_vs_boosting import DATASETS, error_rate, fit_adaboost, make_sample
from core.bagging_vs_boosting.adaboost import boost_stumps
from core.validate import InvalidArgument
from tests.core.bagging_vs_boosting.helpers import TRAINING_SET, BruteForceStump


def test_adaboost_matches_scikit_learn_with_the_same_stumps(noisy):
    rounds = 40
    run = fit_adaboost(noisy.points, noisy.labels, n_trees=rounds, depth=1)
    reference = AdaBoostClassifier(BruteForceStump(), n_estimators=rounds).fit(noisy.points, noisy.labels)
    np.testing.assert_allclose(run.weighted_errors, reference.estimator_errors_, atol=1e-9)
    np.testing.assert_allclose(
        2 * run.alphas, reference.estimator_weights_, atol=1e-8
    )  # SAMME's vote weight has no factor ½
    staged = np.array(list(reference.staged_predict(noisy.test_points)))
    # The trees agree up to rounding; the sign may differ where a vote is almost tied.
    assert np.mean(np.sign(run.decision(noisy.test_points)) == staged) > 0.999


def test_adaboost_mostly_agrees_with_scikit_learns_stumps(noisy):
    # scikit-learn splits by the Gini index instead of the weighted error, which gives other thresholds.
    run = fit_adaboost(noisy.points, noisy.labels, n_trees=50, depth=1)
    reference = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=50).fit(noisy.points, noisy.labels)
    agreement = np.mean(np.sign(run.decision(noisy.test_points)[-1]) == reference.predict(noisy.test_points))
    assert agreement > 0.85


def test_adaboost_of_deep_trees_matches_scikit_learn(noisy):
    rounds = 20
    run = fit_adaboost(noisy.points, noisy.labels, n_trees=rounds, depth=3)
    reference = AdaBoostClassifier(DecisionTreeClassifier(max_depth=3), n_estimators=rounds, random_state=0)
    reference.fit(noisy.points.astype(np.float32), noisy.labels)
    # The first rounds are equal. Later rounds break ties between splits by different random numbers.
    assert run.weighted_errors[0] == pytest.approx(reference.estimator_errors_[0], abs=1e-12)
    agreement = np.mean(np.sign(run.decision(noisy.test_points)[-1]) == reference.predict(noisy.test_points))
    assert agreement > 0.85


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(10, 60),
    flip=st.floats(0, 0.5),
    depth=st.sampled_from([1, 2, 4, None]),
    rate=st.floats(0.05, 2.0),
    dataset=st.sampled_from(DATASETS),
)
def test_adaboost_identities(seed, n, flip, depth, rate, dataset):
    sample = make_sample(dataset, n=n, flip=flip, seed=seed, n_test=20)
    run = fit_adaboost(sample.points, sample.labels, n_trees=30, depth=depth, learning_rate=rate, seed=seed)
    np.testing.assert_allclose(run.weights.sum(axis=1), 1, atol=1e-12)
    assert (run.weights >= 0).all()
    training = error_rate(run.decision(sample.points), sample.labels)
    assert (training <= run.bound + 1e-9).all()
    assert (np.abs(run.decision(sample.test_points)) <= 1 + 1e-12).all()
    used = run.n_rounds
    assert run.ended == "completed" if used == 30 else run.ended in ("perfect", "chance")
    assert not run.alphas[used:].any()
    if run.ended == "perfect":
        assert training[-1] == 0
    # The bound is ∏ Z: the mean exponential loss of the unnormalised vote.
    regular = used - (run.ended == "perfect")
    scores = np.cumsum(run.alphas[:, np.newaxis] * run.votes, axis=0)[:regular]
    loss = np.exp(-sample.labels * scores).mean(axis=1)
    np.testing.assert_allclose(run.bound[:regular], loss, rtol=1e-7)


def test_bound_is_the_product_of_the_factors_at_rate_one(noisy):
    run = fit_adaboost(noisy.points, noisy.labels, n_trees=60, depth=2)
    e = run.weighted_errors
    np.testing.assert_allclose(run.bound, np.cumprod(2 * np.sqrt(e * (1 - e))), rtol=1e-10)
    # At ν = 1 the errors of a tree have a total weight of one half in the next round.
    shares = (run.weights[1:] * (run.votes[:-1] != noisy.labels)).sum(axis=1)
    np.testing.assert_allclose(shares, 0.5, atol=1e-12)


def test_perfect_stump_ends_boosting():
    points = np.column_stack([np.arange(10.0), np.zeros(10)])
    labels = np.where(points[:, 0] < 5, -1.0, 1.0)
    run = fit_adaboost(points, labels, n_trees=20, depth=1)
    assert (run.ended, run.n_rounds) == ("perfect", 1)
    np.testing.assert_array_equal(run.bound, np.zeros(20))
    np.testing.assert_array_equal(run.decision(points), np.tile(labels, (20, 1)))


def test_perfect_tree_outvotes_the_previous_trees():
    # Search for a small sample whose reweighting makes a later tree perfect.
    for seed in range(300):
        sample = make_sample("xor", n=10, spread=0.05, seed=seed)
        run = fit_adaboost(sample.points, sample.labels, n_trees=30, depth=2)
        if run.ended == "perfect" and run.n_rounds > 1:
            decision = run.decision(sample.points)[-1]
            np.testing.assert_array_equal(np.sign(decision), sample.labels)
            *previous, last = run.alphas[: run.n_rounds]
            assert last == pytest.approx(1 + sum(previous))
            break
    else:
        pytest.fail("no such sample")


def test_learner_at_chance_has_no_vote_weight():
    # Each value of each column has both labels once, so that every stump is at chance.
    points = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    labels = np.array([1.0, -1.0, -1.0, 1.0])
    run = fit_adaboost(points, labels, n_trees=5, depth=1)
    assert (run.ended, run.n_rounds) == ("chance", 0)
    assert not run.decision(points).any()
    np.testing.assert_array_equal(
        error_rate(run.decision(points), labels), np.full(5, 0.5)
    )  # no vote counts as half an error
    assert run.weighted_errors[0] == 0.5
    np.testing.assert_array_equal(run.bound, np.ones(5))


def test_full_trees_end_adaboost_after_one_round(noisy):
    run = fit_adaboost(noisy.points, noisy.labels, n_trees=50, depth=None)
    assert (run.ended, run.n_rounds) == ("perfect", 1)
    np.testing.assert_array_equal(run.decision(noisy.points), np.tile(noisy.labels, (50, 1)))


def test_sets_that_are_boosted_together_do_not_depend_on_each_other():
    rng = np.random.default_rng(0)
    # Fourteen weights of 1/14 do not add up to 1 exactly.
    x, y = rng.normal(size=(4, 14, 2)), rng.choice([-1.0, 1.0], size=(4, 14))
    # The first set is separable, and the second one is at chance.
    y[0] = np.sign(x[0, :, 0])
    x[1], y[1] = 0.0, np.tile([-1.0, 1.0], 7)
    _, together = boost_stumps(x, y, 60, 1.0)
    assert together.endings == ("perfect", "chance", "completed", "completed")
    for r in range(4):
        _, alone = boost_stumps(x[[r]], y[[r]], 60, 1.0)
        for name in ("weighted_errors", "alphas", "bound"):
            np.testing.assert_array_equal(getattr(together, name)[r], getattr(alone, name)[0])
        assert together.endings[r] == alone.endings[0]
        used = np.count_nonzero(alone.alphas)
        np.testing.assert_array_equal(together.weights[r, :used], alone.weights[0, :used])
        np.testing.assert_array_equal(together.weights[r, used:], np.tile(alone.weights[0, -1], (60 - used, 1)))


def test_estimate_has_the_sign_of_the_decision(noisy):
    run = fit_adaboost(noisy.points, noisy.labels, n_trees=30, depth=2)
    estimate, decision = run.estimate(noisy.test_points), run.decision(noisy.test_points)
    clear = np.abs(decision) > 1e-9
    np.testing.assert_array_equal(np.sign(estimate)[clear], np.sign(decision)[clear])


def test_flipped_labels_gain_weight():
    shares = []
    for seed in range(8):
        sample = make_sample("moons", n=200, flip=0.1, seed=seed)
        run = fit_adaboost(sample.points, sample.labels, n_trees=50, depth=1)
        shares.append(run.weights[:, sample.flipped].sum(axis=1)[[0, -1]])
    first, last = np.array(shares).T
    np.testing.assert_allclose(first, 0.1)
    assert (last > 0.2).all()


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: fit_adaboost(np.zeros((2, 2)), [0, 1], n_trees=1, depth=1), "unknown_choice", "labels"),
        (lambda: fit_adaboost(*TRAINING_SET, n_trees=1, depth=0), "out_of_range", "depth"),
        (lambda: fit_adaboost(*TRAINING_SET, n_trees=1, depth=1, learning_rate=0.0), "out_of_range", "learning_rate"),
    ],
)
def test_adaboost_rejects_invalid_arguments(call, code, argument):
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.details["argument"] == argument
