"""The random sequences of both tasks."""

import math

import numpy as np
import pytest

from core import cls_vs_average_pooling as topic
from core.validate import InvalidArgument


def test_needle_has_the_key_and_the_label() -> None:
    sequences = topic.draw_sequences("needle", 9, count=200, seed=3)
    rows = np.arange(200)
    assert (sequences.keys[rows, sequences.needle] == 4.0).all()
    assert (np.sign(sequences.values[rows, sequences.needle]) == sequences.labels).all()


def test_majority_has_ties_for_even_lengths_only() -> None:
    odd, even = (topic.draw_sequences("majority", n, count=2000, seed=1) for n in (5, 4))
    assert (odd.labels != 0).all()
    share = np.mean(even.labels == 0)
    exact = math.comb(4, 2) / 2**4
    assert abs(share - exact) < 4 * math.sqrt(exact * (1 - exact) / 2000)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: topic.draw_sequences("haystack", 4), "unknown_choice"),
        (lambda: topic.draw_sequences("needle", 0), "out_of_range"),
        (lambda: topic.draw_sequences("needle", 4.5), "not_an_integer"),
    ],
)
def test_sequences_rejects_invalid_arguments(call, code: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        call()
    assert caught.value.code == code
