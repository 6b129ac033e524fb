"""The colour difference is that of the published test data."""

import numpy as np
import pytest

from tests.ui.charts.colour_vision import ciede2000, lab, lab_of_deuteranopes, linear, over


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Table 1 of Sharma, Wu & Dalal (2005): rows 1, 7, 9, 17, 20 and 25.
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_ciede2000(one, other, expected: float) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)
    assert ciede2000(np.array(other), np.array(one)) == pytest.approx(expected, abs=1e-4)


def test_white_and_grey_look_the_same_to_deuteranopes() -> None:
    for colour in ("#FFFFFF", "#7F7F7F"):
        srgb = over(colour, "#000000")
        assert ciede2000(lab_of_deuteranopes(srgb), lab(linear(srgb))) < 0.1


def test_deuteranopes_confuse_red_and_green_of_one_lightness() -> None:
    red, green = over("#C04040", "#FFFFFF"), over("#7A7A20", "#FFFFFF")
    normal = ciede2000(lab(linear(red)), lab(linear(green)))
    assert ciede2000(lab_of_deuteranopes(red), lab_of_deuteranopes(green)) < normal / 3


def test_opacity_mixes_with_the_background() -> None:
    assert over("#FF000080", "#FFFFFF") == pytest.approx([1.0, 1 - 128 / 255, 1 - 128 / 255])
