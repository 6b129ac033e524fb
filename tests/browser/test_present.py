"""Present mode, which a teacher runs by keys or by a remote control."""

import re

import pytest
from playwright.sync_api import Page, expect

from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.test_every_page import STEMS, first_chart, pages, some_pages
from ui.text import Words, codes

pytestmark = pytest.mark.browser


def scene_name(page: Page):
    return page.locator(".scene-name")


def open_presentation(server: Server, visit, stem: str) -> Page:
    """Open the first scene of a page in present mode."""
    page = visit(f"{server.address}/{stem}?lang=en&present=1")
    first_chart(page)
    expect(page.locator(".predict")).to_be_visible()
    page.keyboard.press("PageDown")
    expect(scene_name(page)).to_be_visible()
    return page


@some_pages
def test_page_down_visits_all_scenes_and_announces_the_end(server: Server, visit, stem: str) -> None:
    page = open_presentation(server, visit, stem)
    scenes = codes(stem, "scenes")
    for number, name in enumerate(scenes, 1):
        expect(scene_name(page)).to_have_text(f"{number}/{len(scenes)} · {Words(stem, 'en')(f'scenes.{name}.name')}")
        expect(page.locator(".dots [aria-current=step]")).to_have_attribute("aria-label", re.compile(f"^{number}/"))
        page.keyboard.press("PageDown")
    expect(page.get_by_text("That was the last scene.")).to_be_visible()
    page.keyboard.press("PageUp")
    expect(page.get_by_text("That was the last scene.")).to_be_hidden()
    expect(scene_name(page)).to_have_text(re.compile(f"^{len(scenes)}/"))


def test_every_key_of_a_remote_control_steps(server: Server, visit) -> None:
    page = open_presentation(server, visit, STEMS[0])
    number = 1
    for key, by in (("n", 1), ("ArrowRight", 1), ("Space", 1), ("PageDown", 1), ("p", -1), ("ArrowLeft", -1)):
        page.keyboard.press(key)
        number += by
        expect(scene_name(page)).to_have_text(re.compile(f"^{number}/"))
    settle(page)
    expect(scene_name(page)).to_have_text(re.compile(f"^{number}/"))
    page.locator(".stVegaLiteChart svg.marks").first.click()
    expect(scene_name(page)).to_have_text(re.compile(f"^{number + 1}/"))


def test_an_answer_is_revealed_in_a_second_step(server: Server, visit) -> None:
    page = visit(f"{server.address}/softmax_stability?lang=en&present=1")
    answer = page.get_by_role("button", name="(nan, nan, nan)")
    answer.click()
    expect(answer).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".answer")).to_be_empty()
    page.keyboard.press("Space")
    expect(page.locator(".answer")).to_contain_text("As you predicted.")
    page.keyboard.press("Space")
    expect(scene_name(page)).to_have_text(re.compile("^2/"))
    expect(page.locator(".predict")).to_be_hidden()


def test_leaving_returns_to_the_same_state(server: Server, visit) -> None:
    page = visit(f"{server.address}/softmax_stability?lang=en&softmax_offset=12")
    first_chart(page)
    page.get_by_role("button", name="Present").click()
    expect(scene_name(page)).to_have_text("Your own settings")
    expect(page).to_have_url(re.compile("present=1"))
    slider = page.get_by_role("slider", name="Offset added to every logit")
    expect(slider).to_be_hidden()
    page.keyboard.press("c")
    expect(slider).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{server.address}/softmax_stability?lang=en&softmax_offset=12")
    expect(slider).to_have_attribute("aria-valuetext", "12")
    expect(scene_name(page)).to_be_hidden()


def test_b_blanks_the_screen_and_any_key_ends_it(server: Server, visit) -> None:
    page = open_presentation(server, visit, STEMS[0])
    for key in ("b", "."):
        page.keyboard.press(key)
        assert page.evaluate("document.elementFromPoint(300, 300).className") == "blank-screen"
        page.keyboard.press("PageDown")
        expect(page.locator(".blank-screen")).to_have_count(0)
    expect(scene_name(page)).to_have_text(re.compile("^1/"))


@pages
def test_the_stage_fills_the_window_and_is_readable(server: Server, visit, stem: str) -> None:
    page = open_presentation(server, visit, stem)
    # The last one is 1280 x 720 at a zoom of 150 %.
    for width, height in ((1920, 1080), (1024, 768), (1280, 720), (853, 480)):
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator(".notice li").first).to_be_visible()
        page.wait_for_function(
            """() => [...document.querySelectorAll('.stVegaLiteChart svg.marks')].every(
                 chart => chart.getBoundingClientRect().right <= innerWidth)"""
        )
        if (width, height) == (1280, 720):
            assert page.evaluate("document.querySelector('.notice li').getBoundingClientRect().bottom") <= 720
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('.st-key-stage :is(p, li, .key, svg.marks text)')]
             .filter(node => node.checkVisibility() && node.textContent.trim())
             .map(node => parseFloat(getComputedStyle(node).fontSize) * (node.currentCSSZoom ?? 1))"""
    )
    assert sizes
    assert min(sizes) >= 18
    settle(page)


def test_single_keys_can_be_switched_off(server: Server, visit) -> None:
    page = visit(f"{server.address}/{STEMS[0]}?lang=en")
    first_chart(page)
    page.get_by_text(Words("home", "en")("pages"), exact=True).click()
    page.get_by_label(Words("home", "en")("shortcuts")).uncheck()
    page.keyboard.press("Escape")
    for key in ("n", "f"):
        page.keyboard.press(key)
    page.reload()
    first_chart(page)
    page.keyboard.press("n")
    settle(page)
    expect(page.get_by_label("Scenes")).to_have_value(re.compile("^1/"))
    expect(scene_name(page)).to_be_hidden()


def test_page_down_scrolls_outside_of_present_mode(server: Server, visit) -> None:
    page = visit(f"{server.address}/{STEMS[0]}?lang=en")
    first_chart(page)
    page.keyboard.press("PageDown")
    page.wait_for_function("document.querySelector('.stMain').scrollTop > 100")
