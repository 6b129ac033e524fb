"""The controls of the page on pooling."""

from functools import partial

import pytest

from core import cls_vs_average_pooling as core
from tests.conftest import Open, data_of, figures
from ui.text import Words

STEM = "cls_vs_average_pooling"
data = partial(data_of, STEM)


def test_masking_stops_the_drift(open_page: Open) -> None:
    drifting = figures(open_page(STEM, cls_tab="padding"))
    assert drifting["Change at the longest neighbour"] != "0%"
    assert figures(open_page(STEM, cls_tab="padding", cls_masked="true"))["Change at the longest neighbour"] == "0%"


@pytest.mark.parametrize("own", ["1", "8", "256"])
def test_padding_begins_at_the_length_of_the_sentence(open_page: Open, own: str) -> None:
    lines = data(open_page(STEM, cls_tab="padding", cls_own=own), "padding", "lines")
    assert (lines.x.min(), lines.x.max()) == (int(own), 256)


@pytest.mark.parametrize(("look", "x"), [("steps", 200), ("lengths", core.LENGTHS[-1])])
def test_look_chooses_the_chart_of_the_trainings(open_page: Open, look: str, x: int) -> None:
    app = open_page(STEM, cls_tab="trained", cls_look=look, cls_seeds="1", cls_size="9")
    lines = data(app, look, "lines")
    assert lines.x.max() == x
    assert set(lines.series) == {Words(STEM, "en")(f"poolings.{pooling}") for pooling in core.POOLINGS}
