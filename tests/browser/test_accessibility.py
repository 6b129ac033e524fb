"""axe-core finds nothing serious on any page, in any view, theme and language."""

import importlib
import importlib.resources

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from bench.server import Server
from core.challenges import Challenges
from tests.browser.conftest import settle
from tests.browser.test_every_page import STEMS, first_chart, prefix, show_view, some_pages
from tests.pages.states import CHEAPEST
from ui.text import codes

pytestmark = pytest.mark.browser
AXE = (importlib.resources.files(axe_playwright_python) / "axe.min.js").read_text(encoding="utf-8")
RUN = """
async () => {
  const { violations } = await axe.run({ resultTypes: ['violations'] })
  return violations.filter(one => ['serious', 'critical'].includes(one.impact) || one.id === 'heading-order')
    .map(one => [one.id, one.nodes[0].html.slice(0, 200)])
}
"""


def violations(page) -> list:
    settle(page)
    page.evaluate(AXE)
    return page.evaluate(RUN)


@pytest.mark.parametrize(("stem", "dark"), [("", True), *((stem, n % 2 > 0) for n, stem in enumerate(["", *STEMS]))])
def test_no_serious_violation_on_a_page(server: Server, visit, stem: str, dark: bool) -> None:
    lang, scheme = ("ko", "dark") if dark else ("en", "light")
    challenges: Challenges = getattr(importlib.import_module(f"core.{stem}"), "CHALLENGES", {}) if stem else {}
    won = ",".join(f"{name}:1" if one.better else name for name, one in challenges.items())
    page = visit(f"{server.address}/{stem}?lang={lang}" + (f"&{prefix(stem)}won={won}" if won else ""), scheme=scheme)
    if stem:
        first_chart(page)
    if won:
        page.locator(".challenges summary").click()
        page.locator(".challenges .term, .challenges li.met").first.wait_for()
    if stem:
        page.locator(".predict").get_by_role("button").first.click()
        page.locator(".answer p").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("stem", STEMS)
def test_no_serious_violation_in_a_view(server: Server, visit, stem: str) -> None:
    query = "&".join(f"{key}={value}" for key, value in CHEAPEST.get(stem, {}).items())
    page = visit(f"{server.address}/{stem}?lang=en&{query}")
    for number, view in enumerate(codes(stem, "tabs")[1:]):
        page.set_viewport_size({"width": 390 if number % 2 else 1280, "height": 900})
        show_view(page, stem, view)
        assert violations(page) == [], view


@some_pages
def test_no_serious_violation_with_the_table_of_the_data_on_a_phone(server: Server, visit, stem: str) -> None:
    page = visit(f"{server.address}/{stem}?lang=en", width=390)
    first_chart(page)
    button = page.get_by_role("button", name="Table of the data")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("table").first.wait_for()
    assert violations(page) == []


@some_pages
def test_the_text_beside_a_chart_follows_the_state_and_the_chart_stays(server: Server, visit, stem: str) -> None:
    page = visit(f"{server.address}/{stem}?lang=en")
    chart = first_chart(page)
    chart.evaluate("drawn => { drawn.dataset.first = 'yes' }")
    texts = page.locator(".st-key-stage .unseen")
    before = texts.all_text_contents()
    slider = page.locator(".st-key-explore").get_by_role("slider").first
    at_end = slider.input_value() == slider.get_attribute("max")
    slider.press("ArrowLeft" if at_end else "ArrowRight")
    expect(texts).not_to_have_text(before)
    expect(page.locator(".stVegaLiteChart svg.marks[data-first=yes]")).to_have_count(1)


def test_no_serious_violation_in_present_mode(server: Server, visit) -> None:
    page = visit(f"{server.address}/{STEMS[0]}?lang=en&present=1")
    first_chart(page)
    assert violations(page) == []
    page.keyboard.press("n")
    assert violations(page) == []
