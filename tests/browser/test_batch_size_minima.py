"""Controls inside the views of the page on batch size."""

import re

import pytest
from playwright.sync_api import expect

from bench.server import Server

pytestmark = pytest.mark.browser

QUICK = "batch_seeds=3&batch_updates=100"


def test_rescaling_changes_the_curvature_and_not_the_normalised_measure(server: Server, visit) -> None:
    page = visit(f"{server.address}/batch_size_minima?lang=en&batch_tab=dinh&{QUICK}")
    figures = page.locator("dl.figures > div")
    curvature, ignoring = figures.filter(has_text="λmax"), figures.filter(has_text="filter-normalised")
    expect(curvature).to_be_visible()
    before, unchanged = curvature.inner_text(), ignoring.inner_text()
    slider = page.get_by_role("slider", name=re.compile("α"))
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("batch_alpha=0.32"))
    expect(curvature).not_to_have_text(before)
    assert ignoring.inner_text() == unchanged


def test_a_scene_is_not_active_after_a_control_of_its_view_has_changed(server: Server, visit) -> None:
    page = visit(f"{server.address}/batch_size_minima?lang=en&batch_tab=training")
    scene = page.get_by_label("Scenes")
    expect(scene).to_have_value(re.compile("the textbook's picture"))
    page.get_by_text("Trace, the sum of all curvatures").wait_for()
    page.get_by_role("slider", name="Wrong labels").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("batch_label_noise=0.1"))
    expect(scene).not_to_have_value(re.compile("the textbook's picture"))
    page.get_by_text("of the training labels are wrong").wait_for()
