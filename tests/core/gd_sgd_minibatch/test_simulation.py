"""Batches and paths: sampling without replacement, and where a path leaves a frame."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gd_sgd_minibatch import truncate_at_exit, updates_per_epoch
from core.gd_sgd_minibatch.simulation import batches


@given(n=st.integers(1, 60), data=st.data(), seed=st.integers(0, 1000))
@settings(deadline=None)
def test_an_epoch_uses_every_sample_once(n, data, seed):
    batch_size = data.draw(st.integers(1, n))
    per_epoch = updates_per_epoch(n, batch_size)
    assert per_epoch == math.ceil(n / batch_size)
    drawn = list(batches(n, batch_size, seeds=range(seed, seed + 3), updates=2 * per_epoch, replacement=False))
    assert len(drawn) == 2 * per_epoch
    if batch_size == n:
        assert drawn == [None, None]
        return
    for epoch in (drawn[:per_epoch], drawn[per_epoch:]):
        assert all(batch.shape == (3, batch_size) for batch in epoch[:-1])
        np.testing.assert_array_equal(np.sort(np.concatenate(epoch, axis=1)), np.tile(np.arange(n), (3, 1)))


def test_all_batch_sizes_cut_the_same_permutation():
    def order(batch_size):
        drawn = batches(
            442, batch_size, seeds=range(5, 6), updates=updates_per_epoch(442, batch_size), replacement=False
        )
        return np.concatenate(list(drawn), axis=1)[0]

    for batch_size in (7, 32, 441):
        np.testing.assert_array_equal(order(batch_size), order(1))


@pytest.mark.parametrize("replacement", [False, True])
def test_drawing_in_chunks_gives_the_same_batches(replacement, monkeypatch):
    def drawn():
        every = batches(50, 8, seeds=range(2), updates=40, replacement=replacement)
        return [batch.tolist() for batch in every]

    whole = drawn()
    assert len(whole) == 40
    monkeypatch.setattr("core.gd_sgd_minibatch.simulation._MAX_INDICES", 300)
    assert drawn() == whole


def test_path_is_cut_where_it_leaves_the_frame_and_does_not_return():
    frame = np.array([[-1.0, -1.0], [1.0, 1.0]])
    away_and_back = np.array([[0, 0], [5, 0], [0.5, 0.5]])
    points, left = truncate_at_exit(away_and_back, frame)
    np.testing.assert_array_equal(points, away_and_back)
    assert left is None
    points, left = truncate_at_exit(np.array([[0, 0], [0.5, 0], [2.5, 1], [9, 9]]), frame)
    # From (0.5, 0) to (2.5, 1) the border x = 1 is reached after a quarter of the step.
    np.testing.assert_allclose(points, [[0, 0], [0.5, 0], [1, 0.25]])
    assert left == 2
    points, left = truncate_at_exit(np.array([[0, 0], [np.inf, 0], [np.nan, np.nan]]), frame)
    np.testing.assert_array_equal(points, [[0, 0]])
    assert left == 1
    points, left = truncate_at_exit(np.array([[7.0, 7.0], [8.0, 8.0]]), frame)
    np.testing.assert_array_equal(points, [[7, 7]])
    assert left == 0
