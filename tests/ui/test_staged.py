"""What a slider in the browser cuts out of a text is the number that was written into it."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from ui import frames


@given(
    arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.integers(-5, 2000)), st.integers(1, 3)
)
def test_digits_hold_each_stage_of_each_row(codes: np.ndarray, width: int) -> None:
    written = frames.digits(codes, width=width)
    assert len(written) == codes.shape[1]
    read = [[int(text[k * width : (k + 1) * width], 36) for text in written] for k in range(len(codes))]
    np.testing.assert_array_equal(read, np.clip(codes, 0, 36**width - 1))


@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.floats(-9, 9)))
def test_spots_are_finer_than_a_pixel_and_what_is_missing_stands_at_the_end(values: np.ndarray) -> None:
    values[0, 0] = np.nan
    written = frames.spots(values, (-2.0, 3.0))
    read = [[int(text[3 * k : 3 * k + 3], 36) / (36**3 - 1) for text in written] for k in range(len(values))]
    expected = (np.nan_to_num(np.clip(values, -2, 3), nan=3.0) + 2) / 5
    np.testing.assert_allclose(read, expected, atol=1e-4)


def test_an_image_shows_each_value_in_its_place_by_side_and_strength() -> None:
    values = np.array([[-1.0, -1e-9], [0.0, 0.25]])
    address = frames.image(values, ("#102030", "#A0B0C0"))
    picture = Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,")))).convert("RGBA")
    pixels = np.asarray(picture)[::-1]  # images begin at the top
    below, above = [0x10, 0x20, 0x30], [0xA0, 0xB0, 0xC0]
    np.testing.assert_array_equal(pixels[..., :3], [[below, below], [above, above]])
    opacity = pixels[..., 3] / 255
    assert opacity[0, 0] == pytest.approx(0.62, abs=0.01)  # all votes one way
    assert opacity[1, 1] == pytest.approx(0.06 + 0.56 * 0.5, abs=0.01)  # the square root of 0.25
    assert 0.05 < opacity[0, 1] < 0.15
    assert 0.05 < opacity[1, 0] < 0.15


def test_a_sheet_holds_every_stage_from_the_bottom_up() -> None:
    votes, fills = np.linspace(-1, 1, 12).reshape(3, 4), ("#102030", "#A0B0C0")
    sheet = frames.staged_sheets(SimpleNamespace(regions=votes, last_tree=-votes), fills, strength=0.5, left=1.5)
    assert [sheet[name][0] for name in ("x", "x2", "stages")] == [1.5, 2.5, 3]
    assert sheet["upper"][0] == frames.image(np.vstack([stage.reshape(2, 2) for stage in votes]), fills)
    assert sheet["lower"][0] == frames.image(-0.5 * np.vstack([stage.reshape(2, 2) for stage in votes]), fills)


def test_only_a_weight_of_zero_is_written_as_zero() -> None:
    left = SimpleNamespace(counts=np.array([[0.0], [1.0]]), mistakes=np.array([[False], [True]]))
    right = SimpleNamespace(counts=np.array([[1e-6], [4.0]]), mistakes=np.array([[True], [True]]))
    here = frames.staged_here(steps=7, kinds=np.array([True, False]), texts=frames.staged_texts((left, right)))
    assert {name: column.tolist() for name, column in here.items()} == {
        "steps": [7], "kinds": ["10"], "weights": ["00010a14"], "crossed": ["0111"],
    }  # fmt: skip


def test_points_stand_in_every_panel_of_a_row() -> None:
    places, low, high = np.array([[0.0, 2.0], [4.0, 6.0]]), np.array([0.0, 2.0]), np.array([4.0, 6.0])
    points = frames.staged_points(places, low, high, lefts=(0.0, 1.5))
    assert {name: column.tolist() for name, column in points.items()} == {
        "x": [0.0, 1.0, 1.5, 2.5], "y": [0.0, 1.0, 0.0, 1.0], "number": [0, 1, 2, 3],
    }  # fmt: skip
