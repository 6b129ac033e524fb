"""A slice of an encoded text is the number that was encoded."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ui.charts import frames


@given(
    arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.integers(-5, 2000)), st.integers(1, 3)
)
def test_base36_digits_encode_each_stage_of_each_row(codes: np.ndarray, width: int) -> None:
    written = frames.base36_digits(codes, width=width)
    assert len(written) == codes.shape[1]
    read = [[int(text[k * width : (k + 1) * width], 36) for text in written] for k in range(len(codes))]
    np.testing.assert_array_equal(read, np.clip(codes, 0, 36**width - 1))


@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.floats(-9, 9)))
def test_base36_positions_are_finer_than_a_pixel_and_missing_ones_are_the_upper_end(values: np.ndarray) -> None:
    values[0, 0] = np.nan
    written = frames.base36_positions(values, (-2.0, 3.0))
    read = [[int(text[3 * k : 3 * k + 3], 36) / (36**3 - 1) for text in written] for k in range(len(values))]
    expected = (np.nan_to_num(np.clip(values, -2, 3), nan=3.0) + 2) / 5
    np.testing.assert_allclose(read, expected, atol=1e-4)


def built(**parts: list) -> SimpleNamespace:
    """Return what `staged_texts` reads of an ensemble: by default two stages, two points and 2 × 2 cells."""
    nothing = {
        "counts": np.zeros((2, 2)),
        "mistakes": np.zeros((2, 2), bool),
        "regions": np.zeros((2, 4)),
        "last_tree": -np.ones((2, 4), np.int8),
    }
    return SimpleNamespace(**nothing | {name: np.array(values) for name, values in parts.items()})


def test_only_a_weight_of_zero_is_encoded_as_zero_and_only_shown_stages_are_sent() -> None:
    left = built(counts=[[0.0, 1.0], [2.0, 0.0]], mistakes=[[False, True], [True, True]])
    right = built(counts=[[1e-6, 4.0], [0.0, 0.0]])
    texts = frames.staged_texts((left, right))
    assert (texts["weights"], texts["crossed"]) == ("000a01140k000000", "01001100")
    here = frames.staged_here(steps=7, classes=np.array([True, False]), texts=texts, shown=1, stages=2)
    assert [here[name].tolist() for name in ("steps", "stages", "classes", "weights", "crossed")] == [
        [7],
        [1],
        ["10"],
        ["000a0114"],
        ["0100"],
    ]


def test_a_vote_is_encoded_by_side_and_strength() -> None:
    votes = [[-1.0, -1e-9, 0.0, 0.25], [1.0, 1.0, 1.0, 1.0]]
    written = frames.staged_texts((built(regions=votes), built()))["votes"]
    digits = [int(digit, 36) for digit in written]
    assert len(digits) == 2 * 2 * 4  # stage by stage, the ensembles beside each other
    assert (digits[0], digits[8:12]) == (0, [35] * 4)
    assert digits[1] < 17.5 < digits[2], "a vote of nothing goes to a side, faintly"
    assert digits[3] == round(17.5 + 17.5 * (0.1 + 0.9 * 0.5)), "by the square root of 0.25"


@given(arrays(np.bool_, st.tuples(st.just(3), st.just(2), st.integers(1, 7)).map(lambda shape: (*shape, shape[-1]))))
def test_rectangles_cover_each_positive_cell_once(covered_cells: np.ndarray) -> None:
    stages, panels, size, _ = covered_cells.shape
    builds = [
        built(
            counts=np.ones((stages, 1)),
            mistakes=np.ones((stages, 1), bool),
            regions=np.zeros((stages, size**2)),
            last_tree=np.where(covered_cells[:, panel], 1, -1).reshape(stages, -1),
        )
        for panel in range(panels)
    ]
    written = frames.staged_texts(builds)["trees"].split(";")
    covered = np.zeros(covered_cells.shape, int)
    for stage, rectangles in enumerate(written):
        for each in rectangles.split():
            panel, left, low, width, height = (int(digit, 36) for digit in each)
            covered[stage, panel, low : low + height + 1, left : left + width + 1] += 1
    assert len(written) == stages
    np.testing.assert_array_equal(covered, covered_cells)


def test_one_split_of_a_tree_is_one_rectangle() -> None:
    upper = [[-1, -1, 1, 1], [1, 1, 1, 1]]
    texts = frames.staged_texts((built(last_tree=upper), built(last_tree=[[-1, 1, -1, 1], [-1, -1, -1, -1]])))
    assert texts["trees"] == "00110 11001;00011"
    here = frames.staged_here(steps=1, classes=np.array([True, False]), texts=texts, shown=1, stages=2)
    assert here["trees"].tolist() == ["00110 11001"]


def test_strips_fill_every_panel_of_a_row() -> None:
    strips = frames.staged_strips(2, lefts=(0.0, 1.5))
    assert {name: column.tolist() for name, column in strips.items()} == {
        "x": [0.0, 0.0, 1.5, 1.5],
        "x2": [1.0, 1.0, 2.5, 2.5],
        "y": [0.0, 0.5, 0.0, 0.5],
        "y2": [0.5, 1.0, 0.5, 1.0],
        "number": [0, 1, 2, 3],
    }


def test_points_appear_in_every_panel_of_a_row() -> None:
    points, low, high = np.array([[0.0, 2.0], [4.0, 6.0]]), np.array([0.0, 2.0]), np.array([4.0, 6.0])
    panels = frames.staged_points(points, low, high, lefts=(0.0, 1.5))
    assert {name: column.tolist() for name, column in panels.items()} == {
        "x": [0.0, 1.0, 1.5, 2.5],
        "y": [0.0, 1.0, 0.0, 1.0],
        "number": [0, 1, 2, 3],
    }
