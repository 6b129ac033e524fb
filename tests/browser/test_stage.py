"""What is on one screen, and what a finger does."""

import re

import pytest
from playwright.sync_api import Page, expect

from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.test_every_page import STEMS, first_chart, pages, pages_by_language, prefix, show_view
from tests.pages.states import CHEAPEST
from ui.text import codes

pytestmark = pytest.mark.browser


def second_visit(server: Server, visit, address: str, **options) -> Page:
    """Open a page that was visited before: its introduction is folded."""
    page = visit(f"{server.address}/{address}", **options)
    first_chart(page)
    page.reload()
    first_chart(page)
    return page


# The first two charts and the first finding are above the lower end of the window.
ON_ONE_SCREEN = """
() => {
  const bottom = node => node.getBoundingClientRect().bottom
  const charts = [...document.querySelectorAll('.stVegaLiteChart :is(svg, canvas).marks')].slice(0, 2)
  const finding = document.querySelector('.notice li')
  return charts.length && charts.every(chart => bottom(chart) <= innerHeight)
    && (!finding || bottom(finding) <= innerHeight)
}
"""


@pages
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_projector_shows_the_stage_and_its_first_finding_at_once(server: Server, visit, stem: str, lang: str) -> None:
    page = second_visit(server, visit, f"{stem}?lang={lang}", width=1280, height=720)
    # The first scene has the question of the prediction above it.
    expect(page.locator(".predict .buttons button").first).to_be_visible()
    page.wait_for_function(ON_ONE_SCREEN)
    page.get_by_role("button", name={"en": "Next", "ko": "다음"}[lang]).click()
    expect(page).to_have_url(re.compile(f"[?&]{prefix(stem)}"))
    settle(page)
    expect(page.locator(".stVegaLiteChart :is(svg, canvas).marks").first).to_be_visible()
    page.wait_for_function(ON_ONE_SCREEN)


CUT = """
() => [...document.querySelectorAll('.stVegaLiteChart svg.marks')].flatMap(svg => {
  const frame = svg.getBoundingClientRect()
  const cut = [...svg.querySelectorAll('.role-axis-title text, .role-axis-label text')].filter(text => {
    const box = text.getBoundingClientRect()
    const shown = text.getAttribute('opacity') !== '0'
    return shown && (box.top < frame.top - 2 || box.bottom > frame.bottom + 2 || box.left < frame.left - 2)
  })
  const plot = svg.querySelector('.mark-group.role-frame.root path.background').getBoundingClientRect()
  return [...cut.map(text => text.textContent), ...(plot.height < 45 ? ['the plot is flat'] : [])]
})
"""


@pages_by_language
def test_titles_and_labels_of_axes_are_not_cut(server: Server, visit, stem: str, lang: str) -> None:
    query = "&".join(f"{key}={value}" for key, value in CHEAPEST.get(stem, {}).items())
    page = visit(f"{server.address}/{stem}?lang={lang}&{query}", height=720)
    for view in codes(stem, "tabs"):
        show_view(page, stem, view)
        page.locator(".st-key-stage").locator(".notice, .stAlert").first.wait_for()
        page.wait_for_function(f"() => ({CUT})().length === 0")


def test_translation_programs_leave_the_stage_alone(server: Server, visit) -> None:
    page = visit(f"{server.address}/{STEMS[0]}?lang=en")
    first_chart(page)
    expect(page.locator(".st-key-stage")).to_have_attribute("translate", "no")


def touch(page: Page, steps: list[tuple[float, float]]) -> None:
    """Put a finger down, move it and lift it."""
    session = page.context.new_cdp_session(page)
    for index, (x, y) in enumerate(steps):
        kind = "touchMove" if index else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.fixture
def phone(server: Server, visit) -> Page:
    page = second_visit(server, visit, "softmax_stability?lang=en", width=390, height=844, has_touch=True)
    return page


def slider_of(page: Page):
    return page.get_by_role("slider", name="Offset added to every logit")


def test_a_finger_that_scrolls_over_a_slider_does_not_move_it(phone: Page) -> None:
    slider = slider_of(phone)
    slider.evaluate("node => node.scrollIntoView({ block: 'end' })")
    box = slider.bounding_box()
    x, y = box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2
    before = phone.evaluate("document.querySelector('.stMain').scrollTop")
    touch(phone, [(x, y - 12 * step) for step in range(12)])
    phone.wait_for_function("before => document.querySelector('.stMain').scrollTop > before + 20", arg=before)
    settle(phone)
    expect(slider).to_have_attribute("aria-valuetext", "0")
    assert "softmax_offset" not in phone.url


def test_a_finger_that_moves_sideways_drags_a_slider(phone: Page) -> None:
    slider = slider_of(phone)
    slider.evaluate("node => node.scrollIntoView({ block: 'end' })")
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch(phone, [(x + 6 * step, y) for step in range(12)])
    expect(phone).to_have_url(re.compile("softmax_offset="))


def test_the_stage_stays_in_sight_on_a_phone(phone: Page) -> None:
    slider = slider_of(phone)
    slider.evaluate("node => node.scrollIntoView({ block: 'end' })")
    chart, control = first_chart(phone).bounding_box(), slider.bounding_box()
    assert chart["y"] >= 0
    assert chart["y"] + chart["height"] <= control["y"] <= 844


def test_a_swipe_over_the_scenes_steps(phone: Page) -> None:
    for right, number in ((-15, 2), (15, 1)):
        # The prediction folds, so the scenes move.
        box = phone.locator(".scenes p[aria-live]").bounding_box()
        touch(phone, [(box["x"] + 160 + right * step, box["y"] + 10) for step in range(8)])
        expect(phone.get_by_label("Scenes")).to_have_value(re.compile(f"^{number}/"))
        settle(phone)


def test_buttons_of_a_phone_are_large_and_step(phone: Page) -> None:
    slider = slider_of(phone)
    slider.evaluate("node => node.scrollIntoView({ block: 'end' })")
    more = phone.locator(".range", has=slider).locator("button").last
    box = more.bounding_box()
    assert box["width"] >= 44 and box["height"] >= 44
    more.tap()
    expect(slider).to_have_attribute("aria-valuetext", "0.5")


@pytest.mark.parametrize(
    ("typed", "value"), [("88", "88"), ("-1e9", "−1,000"), ("87.4", "87"), ("junk", "0"), ("", "0")]
)
def test_the_value_of_a_slider_can_be_typed(server: Server, visit, typed: str, value: str) -> None:
    page = visit(f"{server.address}/{STEMS[0]}?lang=en")
    first_chart(page)
    field = page.get_by_role("textbox", name="Offset added to every logit")
    field.fill(typed)
    field.press("Enter")
    expected = value.replace(",", "")
    expect(slider_of(page)).to_have_attribute("aria-valuetext", expected)
    expect(field).to_have_value(expected)


@pages
def test_nothing_overlaps(server: Server, visit, stem: str) -> None:
    page = visit(f"{server.address}/{stem}?lang=en")
    first_chart(page)
    for width in (641, 800, 1050, 1051, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("document.querySelector('.stMain').scrollWidth <= innerWidth")
        page.wait_for_function(
            """() => {
              const controls = document.querySelector('[class*="_controls_panel"]').getBoundingClientRect()
              const stage = document.querySelector('.st-key-stage').getBoundingClientRect()
              return controls.left >= stage.right - 1 || stage.left >= controls.right - 1
                || controls.top >= stage.bottom - 1 || stage.top >= controls.bottom - 1
            }"""
        )
