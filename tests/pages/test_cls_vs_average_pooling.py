"""The pooling page shows what `core` computes, at its edges too."""

import math

import pytest
from scipy.stats import norm

from tests.conftest import Open, figures, texts
from ui.text import Words

STEM = "cls_vs_average_pooling"


def test_average_pooling_is_near_its_theory(open_page: Open) -> None:
    shown = figures(open_page(STEM, cls_length="64"))
    exact = norm.cdf(2 / math.sqrt(63))
    assert abs(float(shown["Average pooling"].rstrip("%")) / 100 - exact) < 4 * math.sqrt(exact * (1 - exact) / 3000)
    assert shown["Accuracy now"] == shown["Average pooling"], "at β = 0 both are the same computation"


def test_one_token_is_that_token(open_page: Open) -> None:
    app = open_page(STEM, cls_length="1", cls_sharpness="2")
    assert figures(app)["Accuracy now"] == "100.0%"
    assert Words(STEM, "en")("notice.one") in texts(app)


@pytest.mark.parametrize(("length", "tied"), [("4", True), ("5", False)])
def test_ties_of_an_even_majority_are_explained(open_page: Open, length: str, tied: bool) -> None:
    app = open_page(STEM, cls_task="majority", cls_length=length)
    assert ("are tied" in texts(app)) is tied


def test_masking_stops_the_drift(open_page: Open) -> None:
    drifting = figures(open_page(STEM, cls_tab="padding"))
    assert drifting["Drift at the longest neighbour"] != "0%"
    assert figures(open_page(STEM, cls_tab="padding", cls_masked="true"))["Drift at the longest neighbour"] == "0%"


def test_literature_is_marked_as_such(open_page: Open) -> None:
    app = open_page(STEM, cls_tab="literature")
    assert any("not measured here" in caption.value for caption in app.caption)
    assert app.dataframe[0].value.shape == (6, 4)
