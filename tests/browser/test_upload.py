"""The upload of an own table: inside another site's page, on a lost connection, and after a restart."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Route, expect

from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.proxy import Proxy
from tests.browser.test_connection import wait_for_connection
from tests.browser.test_every_page import first_chart
from ui.text import Words

pytestmark = pytest.mark.browser

ROWS = b"\n".join(b"%d,%d,%d" % (i, i * i % 7, i * i * i % 11) for i in range(40))
TABLE = {"name": "own.csv", "mimeType": "text/csv", "buffer": b"left,right,goal\n" + ROWS}


@pytest.fixture
def other_site() -> Iterator[http.server.ThreadingHTTPServer]:
    """Another site, whose page shows the address after the question mark in a frame."""

    class Outer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<iframe src='{self.path[2:]}' width=1200 height=900></iframe>".encode())

        def log_message(self, *arguments: object) -> None:
            pass

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Outer)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield web
    web.shutdown()
    web.server_close()


def choose_file(page: Page | FrameLocator) -> None:
    page.locator("input[type=file]").set_input_files(TABLE)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_blocked_upload_is_explained(server: Server, browser: Browser, other_site, lang: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 950})
    page = context.new_page()
    # localhost and 127.0.0.1 are different sites, so the browser does not send the app's cookie.
    address = f"{server.address}/gd_sgd_minibatch?lang={lang}&gd_problem=own&embed=true"
    page.goto(f"http://localhost:{other_site.server_port}/?{address}")
    frame = page.frame_locator("iframe")
    first_chart(frame)
    sentence = frame.get_by_text(Words("gd_sgd_minibatch", lang)("upload_failed"))
    expect(sentence).to_be_hidden()
    choose_file(frame)
    expect(sentence).to_be_visible()
    link = frame.get_by_role("link", name=Words("gd_sgd_minibatch", lang)("upload_new_tab"))
    with context.expect_page() as opened:
        link.click()
    own_tab = opened.value
    first_chart(own_tab)
    settle(own_tab)
    choose_file(own_tab)
    expect_table(own_tab, lang)
    expect(own_tab).to_have_url(f"{server.address}/gd_sgd_minibatch?lang={lang}&gd_problem=own")
    context.close()


def open_own_table(browser: Browser, proxy: Proxy, lang: str) -> Page:
    page = browser.new_page(locale=lang)
    page.goto(f"{proxy.address}/gd_sgd_minibatch?lang={lang}")
    first_chart(page)
    own = Words("gd_sgd_minibatch", lang)("controls.problem.options.own")
    page.locator("select#gd_problem").select_option(own)
    page.locator("input[type=file]").wait_for(state="attached")
    settle(page)
    upload, controls = (
        page.locator(part).bounding_box() for part in (".st-key-upload_row", ".st-key-gd_controls_panel")
    )
    assert upload["y"] + upload["height"] <= controls["y"], "the controls cover the upload"
    return page


def expect_table(page: Page, lang: str) -> None:
    """Wait until columns can be chosen."""
    expect(page.get_by_role("combobox", name=Words("gd_sgd_minibatch", lang)("upload.columns.first"))).to_be_enabled()


def test_an_interrupted_upload_is_explained_and_can_be_repeated(browser: Browser, server: Server) -> None:
    words, proxy = Words("gd_sgd_minibatch", "en"), Proxy(server.port)
    page = open_own_table(browser, proxy, "en")

    def cut(route: Route) -> None:
        proxy.cut()
        route.continue_()

    page.route("**/_stcore/upload_file/**", cut, times=1)
    choose_file(page)
    wait_for_connection(page, False)
    proxy.restore()
    wait_for_connection(page)
    expect(page.get_by_text(words("upload_failed"))).to_be_visible()
    settle(page)  # a file that is chosen while the page reconnects is interrupted, too
    choose_file(page)
    expect_table(page, "en")
    expect(page.get_by_text(words("upload_failed"))).to_be_hidden()
    page.close()
    proxy.close()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_table_that_is_lost_with_the_session_is_announced(
    browser: Browser, forgetful_server: Server, lang: str
) -> None:
    words, proxy = Words("gd_sgd_minibatch", lang), Proxy(forgetful_server.port)
    page = open_own_table(browser, proxy, lang)
    choose_file(page)
    expect_table(page, lang)
    expect(page.get_by_text(words("upload_again"))).to_have_count(0)
    proxy.cut()
    wait_for_connection(page, False)
    page.wait_for_timeout(1500)
    proxy.restore()
    wait_for_connection(page)
    expect(page.get_by_text(words("upload_again"))).to_be_visible()
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)
    settle(page)
    choose_file(page)
    expect_table(page, lang)
    expect(page.get_by_text(words("upload_again"))).to_have_count(0)
    page.close()
    proxy.close()
