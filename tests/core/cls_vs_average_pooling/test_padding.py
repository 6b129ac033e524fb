"""Padding and masks."""

import numpy as np
import pytest

from core import cls_vs_average_pooling as topic
from core.validate import InvalidArgument


def test_padding_changes_the_average_unless_masked() -> None:
    drift = topic.padding_drift(8, [8, 9, 16, 64, 256])
    assert drift.with_padding[0] == 0
    assert (np.diff(drift.with_padding) > 0).all()
    np.testing.assert_allclose(drift.masked, 0, atol=1e-12)
    assert drift.cosine[0] == pytest.approx(1)
    assert drift.index_zero_right.all()
    np.testing.assert_array_equal(drift.index_zero_left, [True, False, False, False, False])


@pytest.mark.parametrize(("length", "longest"), [(1, 256), (8, 256), (250, 256), (512, 512)])
def test_neighbour_lengths_increase_from_the_sentence_to_the_longest(length: int, longest: int) -> None:
    lengths = topic.neighbour_lengths(length, longest)
    assert (lengths[0], lengths[-1]) == (length, longest)
    assert (np.diff(lengths) > 0).all() and lengths.size <= 40


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.padding_drift(8, [7]), "out_of_range"),
        (lambda: topic.neighbour_lengths(8, 7), "out_of_range"),
        (lambda: topic.neighbour_lengths(0, 7), "out_of_range"),
        (lambda: topic.neighbour_lengths(8, 513), "out_of_range"),
    ],
)
def test_padding_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
