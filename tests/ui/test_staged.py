"""What a slider in the browser cuts out of a text is the number that was written into it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ui import frames


@given(
    arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.integers(-5, 2000)), st.integers(1, 3)
)
def test_digits_hold_each_stage_of_each_row(codes: np.ndarray, width: int) -> None:
    written = frames.digits(codes, width=width)
    assert len(written) == codes.shape[1]
    read = [[int(text[k * width : (k + 1) * width], 36) for text in written] for k in range(len(codes))]
    np.testing.assert_array_equal(read, np.clip(codes, 0, 36**width - 1))


def test_cells_keep_the_side_of_every_vote() -> None:
    values = np.array([[-1.0, -1e-9, 0.0, 1.0]])
    cells = frames.staged_cells(values, values > 0, size=2, left=1.5, levels=36, steps=7)
    shades = np.array([int(text, 36) for text in cells.value])
    np.testing.assert_array_equal(shades, [0, 17, 18, 35])
    np.testing.assert_array_equal(cells.side, ["0", "0", "0", "1"])
    assert (cells.x.min(), cells.x2.max(), cells.y.min(), cells.y2.max()) == (1.5, 2.5, 0.0, 1.0)


def test_only_a_weight_of_zero_is_written_as_zero() -> None:
    points = frames.staged_points(
        np.array([[0.0, 2.0], [4.0, 6.0]]), np.array([0.0, 2.0]), np.array([4.0, 6.0]), left=1.0, steps=1,
        weights=np.array([[0.0, 1e-6]]), crossed=np.array([[False, True]]), kind=np.array(["a", "b"]),
        ringed=np.array([True, False]),
    )  # fmt: skip
    assert points.weight.tolist() == ["00", "01"]
    assert points.crossed.tolist() == ["0", "1"]
    assert points[["x", "y"]].to_numpy() == pytest.approx(np.array([[1.0, 0.0], [2.0, 1.0]]))
