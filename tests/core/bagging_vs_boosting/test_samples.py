"""Samples: sizes, splits, flipped labels and class probabilities."""

import math
from itertools import pairwise

import numpy as np
import pytest

from core.bagging_vs_boosting import DATASETS, POPULATIONS, class_probability, make_sample, sample_from
from core.validate import InvalidArgument


@pytest.mark.parametrize("dataset", DATASETS)
def test_make_sample_returns_the_requested_sizes_and_flips(dataset):
    sample = make_sample(dataset, n=100, flip=0.2, seed=1, n_test=50)
    clean = make_sample(dataset, n=100, flip=0.0, seed=1, n_test=50)
    assert sample.points.shape == (100, 2)
    assert sample.flipped.sum() == 20
    np.testing.assert_array_equal(sample.points, clean.points)
    np.testing.assert_array_equal(np.where(sample.flipped, -sample.labels, sample.labels), clean.labels)
    np.testing.assert_array_equal(sample.test_labels, clean.test_labels)
    assert set(np.unique(sample.labels)) == set(np.unique(sample.test_labels)) == {-1.0, 1.0}
    more = make_sample(dataset, n=100, flip=0.3, seed=1)
    assert (more.flipped >= sample.flipped).all()
    with pytest.raises(ValueError, match="read-only"):  # samples are cached and shared
        sample.points[0] = 0


@pytest.mark.parametrize("dataset", ["breast_cancer", "wine"])
def test_real_training_and_test_points_are_disjoint(dataset):
    sample = make_sample(dataset, n=1000)
    everything = np.concatenate([sample.points, sample.test_points])
    assert len(everything) == {"breast_cancer": 569, "wine": 178}[dataset]
    assert len(sample.points) == int(0.7 * len(everything))
    # Both parts together are the standardised table.
    np.testing.assert_allclose(everything.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(everything.std(axis=0), 1, atol=1e-12)


@pytest.mark.parametrize("dataset", POPULATIONS)
def test_class_probability_matches_drawn_labels(dataset):
    sample = make_sample(dataset, spread=0.3, seed=5, n_test=10_000)
    probability = class_probability(dataset, sample.test_points, spread=0.3)
    edges = np.linspace(0, 1, 6)
    for low, high in pairwise(edges):
        inside = (probability >= low) & (probability <= high)
        share, expected = np.mean(sample.test_labels[inside] == 1), probability[inside].mean()
        # Five standard deviations of a binomial share.
        assert abs(share - expected) < 5 * math.sqrt(max(expected * (1 - expected), 0.01) / inside.sum())


def test_class_probability_far_away_is_finite():
    far = np.array([[1e3, -1e3], [0.0, 50.0]])
    for dataset in POPULATIONS:
        assert np.isfinite(class_probability(dataset, far, spread=0.05)).all()


def test_sample_from_makes_the_most_frequent_class_positive():
    rng = np.random.default_rng(0)
    points = np.column_stack([rng.normal(5, 3, 30), np.full(30, 7.0)])
    classes = np.array(["b"] * 16 + ["a"] * 8 + ["c"] * 6)
    sample = sample_from(points, classes)
    assert len(sample.points) == 21
    assert np.sum(sample.labels == 1) + np.sum(sample.test_labels == 1) == 16
    assert not np.concatenate([sample.points, sample.test_points])[:, 1].any()  # a constant column becomes 0


def test_sample_from_rejects_too_few_rows():
    with pytest.raises(InvalidArgument) as caught:
        sample_from(np.zeros((14, 2)), np.ones(14))
    assert caught.value.code == "too_few_rows"
    assert caught.value.details == {"low": 15, "value": 14}


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (lambda: make_sample("mars"), "unknown_choice", "dataset"),
        (lambda: make_sample("moons", n=9), "out_of_range", "n"),
        (lambda: make_sample("moons", n=10.5), "not_an_integer", "n"),
        (lambda: make_sample("moons", n_test=0), "out_of_range", "n_test"),
        (lambda: make_sample("moons", spread=0.0), "out_of_range", "spread"),
        (lambda: make_sample("moons", flip=math.nan), "out_of_range", "flip"),
        (lambda: make_sample("moons", seed=-1), "out_of_range", "seed"),
        (lambda: class_probability("wine", np.zeros((1, 2)), spread=0.1), "unknown_choice", "dataset"),
        (lambda: sample_from(np.full((20, 2), np.nan), np.ones(20)), "not_finite", "points"),
        (lambda: sample_from(np.zeros((20, 3)), np.ones(20)), "too_many", "points"),
        (lambda: sample_from(np.zeros((20, 2)), np.ones(19)), "length_mismatch", "classes"),
    ],
)
def test_samples_rejects_invalid_arguments(call, code, argument):
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.details["argument"] == argument
