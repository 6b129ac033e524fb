"""The live slider under a real hand: it reports while it is dragged, in order, and ends where it was released."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from bench.server import Server
from tests.browser.test_every_page import first_chart, press

pytestmark = pytest.mark.browser

# Notes every picture that the app has drawn: the logits on the number line move with the offset.
WATCH = """
() => {
  window.drawn = []
  const note = () => {
    const chart = document.querySelector('.stVegaLiteChart svg.marks')
    const text = [...chart.querySelectorAll('.mark-symbol path')].map(path => path.getAttribute('transform')).join()
    if (text && window.drawn.at(-1) !== text) window.drawn.push(text)
  }
  new MutationObserver(note).observe(document.querySelector('.stVegaLiteChart'),
    { subtree: true, childList: true, attributes: true })
}
"""


@pytest.fixture
def page(server: Server, visit) -> Page:
    page = visit(f"{server.address}/softmax_stability?lang=en", width=1400)
    first_chart(page)
    return page


def offset(page: Page) -> Locator:
    return page.get_by_role("slider", name="Offset added to every logit")


def test_it_is_a_native_range_with_a_name_and_a_written_value(page: Page) -> None:
    slider = offset(page)
    assert slider.evaluate("node => [node.tagName, node.type]") == ["INPUT", "range"]
    expect(slider).to_have_attribute("aria-valuetext", "0")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.5")
    expect(page).to_have_url(re.compile("softmax_offset=0.5"))
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile("softmax_offset=1000"))
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("softmax_offset=-1000"))


def test_every_value_of_a_slow_drag_is_drawn_and_the_release_is_the_last(page: Page) -> None:
    page.evaluate(WATCH)
    slider = offset(page)
    box = slider.bounding_box()
    y, start = box["y"] + box["height"] / 2, box["x"] + box["width"] / 2
    page.mouse.move(start, y)
    page.mouse.down()
    values = []
    for step in range(1, 9):
        drawn = page.evaluate("window.drawn.length")
        page.mouse.move(start + 6 * step, y)
        value = slider.get_attribute("aria-valuetext")
        if value not in values:
            values.append(value)
            # Slowly: the hand moves on when the picture has followed.
            page.wait_for_function("count => window.drawn.length > count", arg=drawn)
    assert "softmax_offset" not in page.url, "the address waits for the release"
    page.mouse.up()
    assert len(values) > 3
    expect(page).to_have_url(re.compile(f"softmax_offset={re.escape(values[-1])}$|softmax_offset={values[-1]}&"))


def test_a_hasty_drag_ends_on_the_released_value(page: Page) -> None:
    slider = offset(page)
    box = slider.bounding_box()
    y, start = box["y"] + box["height"] / 2, box["x"] + box["width"] / 2
    page.mouse.move(start, y)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(start + (step * 37) % 90, y)
    page.mouse.move(start + 40, y)
    page.mouse.up()
    released = slider.get_attribute("aria-valuetext").replace("−", "-")
    expect(page).to_have_url(re.compile(f"softmax_offset={re.escape(released)}(&|$)"))
    expect(slider).to_have_attribute("aria-valuetext", released.replace("-", "−"))


def test_a_scene_moves_the_slider(page: Page) -> None:
    press(page, "n")
    expect(offset(page)).to_have_attribute("aria-valuetext", "1000")
