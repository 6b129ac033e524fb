"""Frames for charts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ui.charts import frames


def test_points_appear_in_every_panel_of_a_row() -> None:
    points, low, high = np.array([[0.0, 2.0], [4.0, 6.0]]), np.array([0.0, 2.0]), np.array([4.0, 6.0])
    panels = frames.panel_points(points, low, high, lefts=(0.0, 1.5))
    assert {name: column.tolist() for name, column in panels.items()} == {
        "x": [0.0, 1.0, 1.5, 2.5],
        "y": [0.0, 1.0, 0.0, 1.0],
    }


@given(st.integers(1, 6).flatmap(lambda n: arrays(np.float64, (n, n), elements=st.sampled_from([-1.0, 0.0, 0.5]))))
def test_merged_cells_fill_the_square_with_the_values(values: np.ndarray) -> None:
    size = len(values)
    cells = frames.merged_cells(values, left=2.0)
    drawn = np.full(values.shape, np.nan)
    for x, x2, y, y2, value in zip(*(cells[name] for name in ("x", "x2", "y", "y2", "value")), strict=True):
        first, end, bottom, top = (round(edge * size) for edge in (x - 2, x2 - 2, y, y2))
        assert np.isnan(drawn[bottom:top, first:end]).all(), "cells overlap"
        drawn[bottom:top, first:end] = value
    np.testing.assert_array_equal(drawn, values)


def test_merged_cells_are_as_wide_and_high_as_possible() -> None:
    cells = frames.merged_cells(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]))
    corners = zip(*(np.round(3 * cells[name]).astype(int).tolist() for name in ("x", "x2", "y", "y2")), strict=True)
    assert sorted(corners) == [(0, 2, 0, 2), (0, 3, 2, 3), (2, 3, 0, 2)]
