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
        first, end, row = round((x - 2) * size), round((x2 - 2) * size), round(y * size)
        assert np.isclose(y2 - y, 1 / size)
        assert np.isnan(drawn[row, first:end]).all(), "cells overlap"
        drawn[row, first:end] = value
    np.testing.assert_array_equal(drawn, values)
    neighbours = [(a, b) for a, b in zip(cells["value"][:-1], cells["value"][1:], strict=True)]
    same_row = cells["y"][1:] == cells["y"][:-1]
    assert all(a != b for (a, b), same in zip(neighbours, same_row, strict=True) if same)
