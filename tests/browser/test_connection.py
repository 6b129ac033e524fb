"""A lost connection or a restarted server loses nothing: the address, the controls and the picture stay the same."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.browser import first_slider
from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.proxy import Proxy
from tests.browser.test_every_page import first_chart, pages, prefix, press
from ui.registry import EXPLAINERS

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


@pages
def test_a_restarted_server_shows_the_state_in_the_address(visit_through, stem: str) -> None:
    server = Server()
    proxy = Proxy(server.port)
    page = visit_through(f"{proxy.address}/{stem}?lang=ko")
    first_chart(page)
    first_slider(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"[?&]{prefix(stem)}"))
    settle(page)
    address, value = page.url, slider_value(page)
    proxy.cut()
    server.kill()
    wait_for_connection(page, False)
    server = Server()
    proxy.restore(server.port)
    wait_for_connection(page)
    expect(page.locator(".panel.offline")).to_have_count(0)
    page.locator(".panel[data-restored]").first.wait_for(state="attached")
    settle(page)
    assert page.url == address
    assert slider_value(page) == value
    # The page still works: a change reaches the picture and the address.
    before = picture(page), words(page)
    first_slider(page).focus()
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(address)
    settle(page)
    assert (picture(page), words(page)) != before
    proxy.close()
    server.stop()


def test_a_restart_restores_the_states_of_a_class(browser: Browser) -> None:
    server = Server()
    proxy = Proxy(server.port)
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    states: list[tuple[Page, str, str | None]] = []
    for number in range(2 * len(EXPLAINERS)):
        stem = EXPLAINERS[number % len(EXPLAINERS)].stem
        page = context.new_page()
        page.goto(f"{proxy.address}/{stem}?lang={('en', 'ko')[number % 2]}")
        first_chart(page)
        for _ in range(1 + number // len(EXPLAINERS)):
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


@pytest.mark.parametrize("stem", [explainer.stem for explainer in EXPLAINERS[:3]])
def test_a_change_made_offline_is_sent_after_the_reconnect(proxy: Proxy, visit_through, server, stem: str) -> None:
    page = visit_through(f"{proxy.address}/{stem}?lang=en")
    first_chart(page)
    before = picture(page)
    proxy.cut()
    wait_for_connection(page, False)
    first_slider(page).focus()
    page.keyboard.press("ArrowRight")
    value = slider_value(page)
    expect(page.get_by_text("Reconnecting …")).to_be_visible()
    proxy.restore()
    wait_for_connection(page)
    expect(page).to_have_url(re.compile(f"[?&]{prefix(stem)}"))
    expect(page.get_by_text("Reconnecting …")).to_be_hidden()
    settle(page)
    assert slider_value(page) == value
    assert picture(page) != before
    # What is on screen is what the link shows.
    other = visit_through(page.url)
    first_chart(other)
    assert words(other) == words(page)


def test_back_and_forward_restore_deliberate_steps(server: Server, visit) -> None:
    page = visit(f"{server.address}/softmax_stability?lang=en")
    first_chart(page)
    addresses = [page.url]
    for step in ("n", "n"):
        press(page, step)
        expect(page).not_to_have_url(addresses[-1])
        settle(page)
        addresses.append(page.url)
    slider = page.get_by_role("slider", name="Offset added to every logit")
    for _ in range(3):  # one entry for all rests of one slider
        slider.focus()
        url = page.url
        page.keyboard.press("ArrowLeft")
        expect(page).not_to_have_url(url)
        settle(page)
    addresses.append(page.url)
    scenes = page.get_by_label("Scenes")
    shown = scenes.input_value()
    for address in reversed(addresses[:-1]):
        page.go_back()
        expect(page).to_have_url(address)
        settle(page)
    expect(scenes).to_have_value(re.compile("^1/"))
    for address in addresses[1:]:
        page.go_forward()
        expect(page).to_have_url(address)
        settle(page)
    expect(scenes).to_have_value(shown)


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
