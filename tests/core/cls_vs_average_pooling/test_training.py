"""Trained encoders."""

import numpy as np
import pytest

from core import cls_vs_average_pooling as topic
from core.validate import InvalidArgument


@pytest.mark.slow
def test_training_learns_and_depends_on_the_seed_only() -> None:
    one, two = (topic.train_poolings("needle", 9, poolings=("cls", "mean"), steps=120, seeds=1) for _ in range(2))
    np.testing.assert_array_equal(one.accuracy, two.accuracy)
    assert (one.accuracy[:, 0, -1] > 0.9).all()
    assert one.gradient_share[0, 1, 0] > 3 * one.gradient_share[0, 0, 0], "training moves the gradient to the needle"
    assert one.attention_entropy[1, 0] < one.attention_entropy[0, 0]


@pytest.mark.slow
def test_average_without_attention_learns_long_sequences_worse() -> None:
    run = topic.train_poolings("needle", 65, poolings=("mean", "query", "bag"), steps=200, seeds=2)
    assert run.accuracy[:2, :, -1].min() > run.accuracy[2, :, -1].max()


def test_untrained_cls_is_close_to_an_average() -> None:
    untrained = topic.untrained_cls("needle", 65)
    assert (untrained.entropy > 0.9).all()
    assert (untrained.entropy <= 1 + 1e-6).all()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.train_poolings("needle", 4, poolings=("sum",)), "unknown_choice"),
        (lambda: topic.train_poolings("needle", 4, steps=0), "out_of_range"),
        (lambda: topic.train_poolings("needle", 4, seeds=11), "out_of_range"),
        (lambda: topic.train_poolings("needle", 4, seed=-1), "out_of_range"),
        (lambda: topic.untrained_cls("needle", 4, seeds=0), "out_of_range"),
        (lambda: topic.untrained_cls("needle", 4, seeds=51), "out_of_range"),
        (lambda: topic.untrained_cls("needle", 4, seed=-1), "out_of_range"),
    ],
)
def test_training_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
