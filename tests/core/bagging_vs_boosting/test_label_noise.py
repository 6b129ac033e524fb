"""Bagging against boosting on flipped labels."""

import numpy as np
import pytest

from core.bagging_vs_boosting import (
    WINNERS,
    NoiseErrors,
    fit_adaboost,
    make_sample,
    noise_errors,
    noise_map_from_errors,
)
from core.validate import InvalidArgument


def test_label_noise_reverses_the_winner():
    levels = [
        noise_errors("moons", flip=flip, stages=(60,), n_seeds=8, bagging_depth=3, boosting_depth=3, n=200, n_test=1000)
        for flip in (0.0, 0.3)
    ]
    leads = [(level.bagging - level.boosting).mean() for level in levels]
    assert leads[0] > 0 > leads[1]
    noise_map_ = noise_map_from_errors(levels)
    assert [WINNERS[code] for code in noise_map_.winners[:, 0]] == ["boosting", "bagging"]


def test_noise_map_names_a_winner_only_if_significant():
    rng = np.random.default_rng(0)
    same = rng.random((6, 2))
    worse = same + np.array([0.1, 0.0]) + rng.normal(0, 0.01, same.shape)
    level = NoiseErrors(0.1, np.array([1, 5]), worse, same)
    noise_map_ = noise_map_from_errors([level])
    assert WINNERS[noise_map_.winners[0, 0]] == "boosting"
    no_difference = noise_map_from_errors([NoiseErrors(0.1, np.array([1, 5]), same, same)])
    assert [WINNERS[code] for code in no_difference.winners[0]] == ["not_significant"] * 2
    assert (noise_map_.low < noise_map_.difference).all()


def test_noise_errors_match_the_fits():
    level = noise_errors(
        "wine",
        flip=0.1,
        stages=(2, 9),
        n_seeds=2,
        bagging_depth=None,
        boosting_depth=1,
        n=60,
        seed=5,
    )
    sample = make_sample("wine", n=60, flip=0.1, seed=6)
    boosted = fit_adaboost(sample.points, sample.labels, n_trees=9, depth=1, seed=6)
    wrong = np.sign(boosted.decision(sample.test_points)) != sample.test_labels
    np.testing.assert_allclose(level.boosting[1], wrong.mean(axis=1)[[1, 8]])


@pytest.mark.parametrize(
    ("call", "code", "argument"),
    [
        (
            lambda: noise_errors("moons", flip=0, stages=(1,), n_seeds=1, bagging_depth=1, boosting_depth=1),
            "out_of_range",
            "n_seeds",
        ),
        (
            lambda: noise_errors(
                "moons", flip=0, stages=(1,), n_seeds=2, bagging_depth=1, boosting_depth=1, boosting="bagging"
            ),
            "unknown_choice",
            "boosting",
        ),
        (lambda: noise_map_from_errors([]), "too_few", "levels"),
        (
            lambda: noise_map_from_errors(
                [NoiseErrors(0.0, np.array(k), np.zeros((2, 1)), np.zeros((2, 1))) for k in ([1], [2])]
            ),
            "length_mismatch",
            "levels",
        ),
    ],
)
def test_label_noise_rejects_invalid_arguments(call, code, argument):
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.details["argument"] == argument
