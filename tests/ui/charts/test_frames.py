"""Frames for charts."""

import numpy as np

from ui.charts import frames


def test_points_appear_in_every_panel_of_a_row() -> None:
    points, low, high = np.array([[0.0, 2.0], [4.0, 6.0]]), np.array([0.0, 2.0]), np.array([4.0, 6.0])
    panels = frames.panel_points(points, low, high, lefts=(0.0, 1.5))
    assert {name: column.tolist() for name, column in panels.items()} == {
        "x": [0.0, 1.0, 1.5, 2.5],
        "y": [0.0, 1.0, 0.0, 1.0],
    }
