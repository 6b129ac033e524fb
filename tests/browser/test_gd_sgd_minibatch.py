"""The sliders below the charts work in the browser alone."""

import re

import pytest
from playwright.sync_api import expect

from bench.server import Server

pytestmark = pytest.mark.browser


def test_the_slider_of_the_paths_works_offline(server: Server, visit) -> None:
    page = visit(f"{server.address}/gd_sgd_minibatch?lang=en&gd_tab=cloud")
    paths = page.locator(".stVegaLiteChart").filter(has_text="Run along the paths")
    paths.locator("svg.marks").wait_for()
    expect(paths).to_contain_text("GD (all) · update 100 ·")
    cloud = page.locator(".stVegaLiteChart").filter(has_text="Along the path").first
    expect(cloud).to_contain_text("at update 0")
    page.context.set_offline(True)
    try:
        paths.get_by_role("slider").fill("25")
        expect(paths).to_contain_text("GD (all) · update 25 ·")
        expect(paths).to_contain_text("SGD (one) · update 25 ·")
        cloud.get_by_role("slider").fill("30")
        expect(cloud).to_contain_text("at update 100")
    finally:
        page.context.set_offline(False)


def test_the_slider_of_the_paths_keeps_its_value_in_a_rerun(server: Server, visit) -> None:
    page = visit(f"{server.address}/gd_sgd_minibatch?lang=en")
    paths = page.locator(".stVegaLiteChart").filter(has_text="Run along the paths")
    paths.locator("svg.marks").wait_for()
    paths.get_by_role("slider").fill("10")
    expect(paths).to_contain_text("batch size B · update 10 ·")
    before = paths.locator("svg.marks text").filter(has_text=re.compile("^batch size B")).inner_html()
    page.get_by_role("slider", name="Batch size").focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("gd_batch=16"))
    line = paths.locator("svg.marks text").filter(has_text=re.compile("^batch size B"))
    expect(line).not_to_have_text(before)
    expect(line).to_contain_text("update 10 ·")
