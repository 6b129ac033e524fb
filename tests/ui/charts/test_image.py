"""The image of a region has one colour and opacity for each cell."""

import base64
import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from ui.charts.image import two_colours

COLOURS = ("#D9730D", "#2F7FD6")


@given(arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.floats(-1, 1)))
def test_each_cell_has_the_colour_of_its_sign_and_an_opacity_by_its_size(values: np.ndarray) -> None:
    head, _, data = two_colours(values, COLOURS, strongest=0.5).partition(",")
    assert head == "data:image/png;base64"
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    height, width = values.shape
    tall, wide = image.shape[0] // height, image.shape[1] // width
    for row in range(height):
        for column in range(width):
            # Row 0 is at the bottom.
            cell = image[(height - 1 - row) * tall : (height - row) * tall, column * wide : (column + 1) * wide]
            [pixel] = np.unique(cell.reshape(-1, 4), axis=0)
            value = values[row, column]
            assert "#" + bytes(pixel[:3].tolist()).hex().upper() == COLOURS[int(value >= 0)]
            assert abs(pixel[3] - 127.5 * abs(value)) <= 1
