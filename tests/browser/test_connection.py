"""A lost connection or a restarted server loses nothing: the address, the controls and the picture stay the same."""

import random
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.browser import first_slider
from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.proxy import Direction, Proxy
from tests.browser.test_every_page import STEMS, first_chart, prefix, press, some_pages
from ui.text import Words

pytestmark = pytest.mark.browser


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    proxy = Proxy(server.port)
    yield proxy
    proxy.close()


@pytest.fixture
def visit_through(browser: Browser) -> Iterator:
    """Open an address; errors in the console are expected, because connections are lost on purpose."""
    contexts = []

    def open_(address: str) -> Page:
        contexts.append(browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900}))
        page = contexts[-1].new_page()
        page.set_default_timeout(45_000)
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()


def picture(page: Page) -> list[str]:
    """Return the marks of the charts."""
    return page.locator(".stVegaLiteChart svg.marks").evaluate_all("nodes => nodes.map(node => node.innerHTML)")


def words(page: Page) -> list[str]:
    """Return the figures and sentences of the picture, and the scene."""
    shown = page.locator(".figures, .notice").evaluate_all("nodes => nodes.map(node => node.textContent)")
    return [*shown, page.locator(".scenes select").input_value()]


def wait_for_connection(page: Page, connected: bool = True) -> None:
    selector = "[data-test-connection-state=CONNECTED]"
    page.locator(f".stApp{selector}" if connected else f".stApp:not({selector})").wait_for()


def slider_value(page: Page) -> str | None:
    return first_slider(page).get_attribute("aria-valuetext")


def show_second_scene(page: Page, setting: str) -> None:
    """Press N on the first scene, and wait until the address has a setting of the second one."""
    first_chart(page)
    press(page, "n")
    expect(page).to_have_url(re.compile(setting))
    settle(page)


def session_name(page: Page) -> str:
    """Return the name of the session that was confirmed after the last reconnect."""
    return page.locator(".panel[data-restored]").first.get_attribute("data-restored") or ""


@some_pages
def test_short_and_long_interruptions_lose_nothing(forgetful_server: Server, visit_through, stem: str) -> None:
    proxy = Proxy(forgetful_server.port)
    page = visit_through(f"{proxy.address}/{stem}?lang=ko")
    first_chart(page)
    sessions = set()
    for seconds in (0.0, 1.5):
        address, before = page.url, (picture(page), words(page))
        proxy.cut()
        wait_for_connection(page, False)
        first_slider(page).focus()
        page.keyboard.press("ArrowRight")
        value = slider_value(page)
        expect(page.get_by_text("다시 연결")).to_be_visible()
        time.sleep(seconds)
        proxy.restore()
        wait_for_connection(page)
        expect(page).not_to_have_url(address)
        expect(page.get_by_text("다시 연결")).to_be_hidden()
        settle(page)
        sessions.add(session_name(page))
        assert slider_value(page) == value
        assert (picture(page), words(page)) != before
    assert len(sessions) == 2, "the server kept the session"
    # What is on screen is what the link shows.
    shown = words(page), slider_value(page)
    page.goto(f"{forgetful_server.address}{page.url.removeprefix(proxy.address)}")
    first_chart(page)
    settle(page)
    assert (words(page), slider_value(page)) == shown
    proxy.close()


def test_a_restart_restores_every_page(browser: Browser) -> None:
    server = Server()
    proxy = Proxy(server.port)
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    states: list[tuple[Page, str, str | None]] = []
    for number, stem in enumerate(STEMS):
        page = context.new_page()
        page.goto(f"{proxy.address}/{stem}?lang={('en', 'ko')[number % 2]}")
        first_chart(page)
        first_slider(page).focus()
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile(f"[?&]{prefix(stem)}"))
        settle(page)
        states.append((page, page.url, slider_value(page)))
    proxy.cut()
    server.kill()
    for page, _, _ in states:
        wait_for_connection(page, False)
    server = Server()
    proxy.restore(server.port)
    for page, address, value in states:
        page.locator(".panel[data-restored]").first.wait_for(state="attached")
        settle(page)
        expect(first_slider(page)).to_have_attribute("aria-valuetext", value or "")
        expect(page).to_have_url(address)
        expect(page.get_by_role("dialog")).to_have_count(0)
    context.close()
    proxy.close()
    server.stop()


def test_changes_made_offline_are_applied_in_their_order(proxy: Proxy, visit_through) -> None:
    page = visit_through(f"{proxy.address}/softmax_stability?lang=en")
    first_chart(page)
    proxy.cut()
    wait_for_connection(page, False)
    slider = page.get_by_role("slider", name="Offset added to every logit")
    slider.focus()
    page.keyboard.press("ArrowRight")
    # A scene sets all controls; after it, the slider changes again.
    press(page, "n")
    slider.focus()
    page.keyboard.press("ArrowRight")
    value = slider.get_attribute("aria-valuetext")
    # Streamlit's attempts to reconnect become rarer.
    time.sleep(5)
    proxy.restore()
    wait_for_connection(page)
    expect(page).to_have_url(re.compile("softmax_offset"))
    settle(page)
    assert slider.get_attribute("aria-valuetext") == value
    assert f"softmax_offset={value}" in page.url
    expect(page.get_by_label("Scenes")).to_have_value("Your own settings")


@pytest.mark.parametrize("direction", ["requests", "answers"])
def test_changes_on_a_connection_that_delivers_nothing_are_sent_again(
    proxy: Proxy, visit_through, direction: Direction
) -> None:
    page = visit_through(f"{proxy.address}/softmax_stability?lang=en")
    first_chart(page)
    before = picture(page)
    proxy.hold(direction)
    # Two controls, and longer than the panel waits for an acknowledgement: the second report must repeat the first.
    first_slider(page).focus()
    page.keyboard.press("ArrowRight")
    time.sleep(2)
    page.get_by_label("Number type (dtype)").select_option(index=0)
    value, chosen = slider_value(page), page.get_by_label("Number type (dtype)").input_value()
    time.sleep(0.2)
    proxy.cut()
    wait_for_connection(page, False)
    proxy.restore()
    wait_for_connection(page)
    expect(page).to_have_url(re.compile("softmax_dtype=.*softmax_offset="))
    settle(page)
    assert (slider_value(page), page.get_by_label("Number type (dtype)").input_value()) == (value, chosen)
    assert picture(page) != before


def test_interruptions_before_the_session_is_confirmed(proxy: Proxy, visit_through) -> None:
    page = visit_through(f"{proxy.address}/gd_sgd_minibatch?lang=en")
    first_chart(page)
    proxy.cut()
    wait_for_connection(page, False)
    press(page, "n")
    # Some cuts come before the app has answered, some while Streamlit draws the panels again.
    for pause in (0.0, 0.05, 0.1, 0.2, 0.0):
        proxy.restore()
        wait_for_connection(page)
        time.sleep(pause)
        proxy.cut()
        wait_for_connection(page, False)
    proxy.restore()
    wait_for_connection(page)
    expect(page).to_have_url(re.compile("gd_unit=epochs"))
    settle(page)
    expect(page.get_by_label("Scenes")).to_have_value(re.compile("^2/"))


def test_a_crash_of_streamlits_interface_loses_nothing(server: Server, visit_through) -> None:
    page = visit_through(f"{server.address}/gd_sgd_minibatch?lang=en")
    show_second_scene(page, "gd_unit=epochs")
    before = slider_value(page)
    first_slider(page).evaluate(
        """slider => {
            slider.stepUp()
            slider.dispatchEvent(new Event("input"))
            document.querySelector("#root").replaceChildren()
        }"""
    )
    expect(page.locator("#root")).to_be_empty()
    first_chart(page)
    settle(page)
    assert slider_value(page) != before
    expect(page).to_have_url(re.compile("gd_unit=epochs.*gd_batch="))


def test_an_interruption_during_a_training(visit_through) -> None:
    server = Server(EXPLAINERS_WORKERS="1")
    proxy = Proxy(server.port)
    seed = random.randrange(1000, 90_000)  # its result is not cached
    page = visit_through(f"{proxy.address}/cls_vs_average_pooling?lang=en&cls_seed={seed}")
    first_chart(page)
    page.get_by_role("radio", name=Words("cls_vs_average_pooling", "en")("tabs.trained"), exact=True).check(force=True)
    page.get_by_role("progressbar").wait_for()
    # The address is written before the training has ended, for users who do not wait for it.
    expect(page).to_have_url(re.compile("cls_tab=trained"))
    expect(page.get_by_role("progressbar")).to_be_visible()
    proxy.cut()
    wait_for_connection(page, False)
    proxy.restore()
    wait_for_connection(page)
    settle(page)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_text(Words("cls_vs_average_pooling", "en")("charts.steps.title"))).to_be_visible()
    proxy.close()
    server.stop()


def test_back_while_offline(proxy: Proxy, visit_through) -> None:
    page = visit_through(f"{proxy.address}/softmax_stability?lang=en")
    show_second_scene(page, "softmax_")
    page.locator(".menu a[href^=gd_sgd]").evaluate("node => node.click()")
    expect(page.get_by_role("heading", level=1)).to_have_text(Words("gd_sgd_minibatch", "en")("title"))
    first_chart(page)
    settle(page)
    for scene in (2, 1):  # on another page, and on the same
        proxy.cut()
        wait_for_connection(page, False)
        page.evaluate("history.back()")
        expect(page).to_have_url(re.compile("/softmax_stability"))
        proxy.restore()
        wait_for_connection(page)
        expect(page.get_by_role("heading", level=1)).to_have_text(Words("softmax_stability", "en")("title"))
        expect(page.get_by_label("Scenes")).to_have_value(re.compile(f"^{scene}/"))
        settle(page)
    expect(page).to_have_url(re.compile(r"\?lang=en$"))


def test_an_answer_is_one_step(server: Server, visit) -> None:
    page = visit(f"{server.address}/gd_sgd_minibatch?lang=en")
    first_chart(page)
    length, start = page.evaluate("history.length"), page.url
    page.locator(".predict button").first.click()
    expect(page).to_have_url(re.compile("gd_predict="))
    settle(page)
    assert page.evaluate("history.length") == length + 1
    page.go_back()
    expect(page).to_have_url(start)
    settle(page)
    expect(page.locator(".predict [aria-pressed=true]")).to_have_count(0)
