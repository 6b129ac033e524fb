"""What only a browser shows, for every page of the registry."""

import re

import pytest
from playwright.sync_api import Page, expect

from bench.browser import press_and_time
from bench.server import Server
from tests.browser.conftest import settle
from ui.registry import EXPLAINERS
from ui.text import Words, codes

pytestmark = pytest.mark.browser
STEMS = [explainer.stem for explainer in EXPLAINERS]
pages = pytest.mark.parametrize("stem", STEMS)
# For what all pages share: a page whose charts are SVG, one with a canvas and jobs, and one with typed input.
some_pages = pytest.mark.parametrize("stem", ["gd_sgd_minibatch", "bagging_vs_boosting", "likelihood_sampling"])
# Each page in one of the languages, which takes half the time.
pages_by_language = pytest.mark.parametrize(
    ("stem", "lang"), [(stem, ("en", "ko")[number % 2]) for number, stem in enumerate(STEMS)]
)


def prefix(stem: str) -> str:
    return stem.split("_")[0] + "_"


def first_chart(page: Page):
    """Wait for the first chart's SVG."""
    chart = page.locator(".stVegaLiteChart svg.marks").first
    chart.wait_for()
    return chart


def show_view(page: Page, stem: str, view: str) -> None:
    """Choose a view and wait until it is complete."""
    page.locator(f"input[name={prefix(stem)}tab]").nth(codes(stem, "tabs").index(view)).check(force=True)
    settle(page)


def press(page: Page, key: str) -> None:
    """Press a scene's key when its button is there: the key listener is installed with the button."""
    page.get_by_role("button", name={"n": "Next", "p": "Previous"}[key]).wait_for()
    page.keyboard.press(key)


def expect_scene(page: Page, number: int) -> None:
    """Wait until a scene is shown."""
    expect(page.get_by_label("Scenes")).to_have_value(re.compile(f"^{number}/"))


def test_a_cold_deep_link_in_korean(cold_server: Server, visit) -> None:
    stem = STEMS[0]
    page = visit(f"{cold_server.address}/{stem}?lang=ko")
    expect(page.get_by_role("heading", level=1)).to_have_text(Words(stem, "ko")("title"))
    expect(page).to_have_title(f"{Words(stem, 'ko')('title')} · ML Explainers")
    assert page.evaluate("document.documentElement.lang") == "ko"
    first_chart(page)
    expect(page).to_have_url(re.compile(f"/{stem}\\?.*lang=ko"))


def test_the_browsers_language_is_the_default(server: Server, visit) -> None:
    expect(visit(f"{server.address}/{STEMS[0]}", locale="ko-KR").get_by_role("heading", level=1)).to_have_text(
        Words(STEMS[0], "ko")("title")
    )


def test_home_links_to_a_page_in_the_same_language(server: Server, visit) -> None:
    page = visit(f"{server.address}/?lang=ko")
    for stem in STEMS:
        expect(page.get_by_text(Words(stem, "ko")("question"))).to_be_visible()
        picture = page.get_by_role("img", name=Words(stem, "ko")("thumbnail"))
        assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 0
    # The whole card is the link.
    page.get_by_text(Words(STEMS[0], "ko")("question")).click(force=True)
    expect(page.get_by_role("heading", level=1)).to_have_text(Words(STEMS[0], "ko")("title"))
    expect(page).to_have_url(re.compile("lang=ko"))


def test_the_menu_leads_to_a_page_in_the_same_session(server: Server, visit) -> None:
    page = visit(f"{server.address}/{STEMS[0]}?lang=ko&softmax_offset=12")
    page.evaluate("window.same = true")
    link = page.locator(".menu").get_by_text(Words(STEMS[1], "ko")("title"), exact=True)
    page.get_by_text(Words("home", "ko")("pages")).click()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(Words(STEMS[1], "ko")("title"))
    expect(page).to_have_url(f"{server.address}/{STEMS[1]}?lang=ko")
    assert page.evaluate("window.same"), "the page was reloaded"


def test_switching_the_language_keeps_the_controls(server: Server, visit) -> None:
    page = visit(f"{server.address}/{STEMS[0]}?lang=en")
    slider = page.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("softmax_offset=0.5"))
    page.get_by_role("radio", name="한국어").check(force=True)
    expect(page.get_by_role("heading", level=1)).to_have_text(Words(STEMS[0], "ko")("title"))
    expect(slider).to_have_attribute("aria-valuetext", "0.5")
    expect(page).to_have_url(f"{server.address}/{STEMS[0]}?lang=ko&softmax_offset=0.5")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(Words(STEMS[0], "en")("title"))


@some_pages
def test_a_scene_changes_the_address_and_a_reload_keeps_it(server: Server, visit, stem: str) -> None:
    page = visit(f"{server.address}/{stem}?lang=en")
    first_chart(page)
    page.get_by_role("button", name="Next").click()
    expect_scene(page, 2)
    expect(page).to_have_url(re.compile(f"[?&]{prefix(stem)}"))
    settle(page)
    address = page.url
    page.reload()
    expect_scene(page, 2)
    expect(page).to_have_url(address)


@some_pages
def test_keys_step_through_the_scenes(server: Server, visit, stem: str) -> None:
    page = visit(f"{server.address}/{stem}?lang=en")
    first_chart(page)
    press(page, "n")
    expect_scene(page, 2)
    press(page, "p")
    expect_scene(page, 1)


@pages
def test_a_rerun_keeps_the_node_of_the_chart(server: Server, visit, stem: str) -> None:
    page = visit(f"{server.address}/{stem}?lang=en")
    chart = first_chart(page)
    chart.evaluate("node => { node.dataset.same = 'yes' }")
    assert press_and_time(page, "ArrowRight") > 0, "no chart was re-rendered"
    expect(page).to_have_url(re.compile(f"[?&]{prefix(stem)}"))
    assert page.locator(".stVegaLiteChart svg.marks").first.evaluate("node => node.dataset.same") == "yes"


@pages_by_language
def test_a_phone_shows_the_page_without_scrolling_sideways(server: Server, visit, stem: str, lang: str) -> None:
    page = visit(f"{server.address}/{stem}?lang={lang}", width=390)
    first_chart(page)
    # Not at once: a chart adapts to the width of its container after it has been drawn.
    page.wait_for_function("document.querySelector('.stMain').scrollWidth <= 390")


@pages
def test_text_in_charts_follows_the_dark_theme(server: Server, visit, stem: str) -> None:
    page = visit(f"{server.address}/{stem}", scheme="dark")
    colour = first_chart(page).evaluate("node => getComputedStyle(node).color")
    assert min(int(c) for c in re.findall(r"\d+", colour)[:3]) > 180, "light text on the dark theme"
