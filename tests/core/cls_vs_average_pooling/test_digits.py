"""Patches and Vision Transformers on digits."""

import numpy as np
import pytest

from core import cls_vs_average_pooling as topic
from core.validate import InvalidArgument


@pytest.mark.slow
def test_train_digits_learns_with_every_pooling() -> None:
    reported: list[float] = []
    run = topic.train_digits(poolings=("cls", "mean", "max"), epochs=6, seeds=1, report=reported.append)
    assert (run.accuracy[:, 0, -1] > 0.6).all()
    assert reported == sorted(reported)
    assert reported[-1] == pytest.approx(1)
    assert run.attention.sum() == pytest.approx(1)
    np.testing.assert_allclose(run.gradient.sum(axis=1), 1)
    wrong = run.predicted >= 0
    assert (run.predicted[wrong] != run.actual[wrong]).all()


def test_patches_are_row_by_row() -> None:
    image = np.arange(64.0)
    cut = topic.patches(image[None])[0]
    np.testing.assert_array_equal(cut[0], [0, 1, 8, 9])
    np.testing.assert_array_equal(cut[1], [2, 3, 10, 11])
    np.testing.assert_array_equal(cut[4], [16, 17, 24, 25])


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.train_digits(poolings=("bag",)), "unknown_choice"),
        (lambda: topic.train_digits(epochs=101), "out_of_range"),
    ],
)
def test_digits_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
