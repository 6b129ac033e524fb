"""A real Chromium, and a real server for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.browser import FLAGS
from bench.server import Server

# Tests wait for a state, never for a time: the machine may be slow and busy.
expect.set_options(timeout=30_000)
# On a deep link Streamlit's client asks below the page's path first, and then at the root.
EXPECTED_404 = ("/_stcore/health", "/_stcore/host-config")


@pytest.fixture
def cold_server() -> Iterator[Server]:
    """A new server."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def forgetful_server() -> Iterator[Server]:
    """A server that discards a session one second after its connection was lost."""
    # Streamlit does so after two minutes; after that it finds no session to resume and starts a new one. The setting
    # shortens the wait and changes nothing else.
    server = Server(STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL="1")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        missing = "no Chromium: install one (Debian: `sudo apt-get install chromium`) to run the browser tests"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def settle(page: Page) -> None:
    """Wait until a page is complete: its run over, every element's script loaded, and the address up to date."""
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for()
    expect(page.locator(".panel[data-pending]")).to_have_count(0)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)  # the placeholder while an element's script is loading


@pytest.fixture
def visit(browser: Browser):
    """Open an address in a new profile and wait until it is complete; fail on any error in the console."""
    contexts, errors = [], []

    def open_(
        address: str,
        *,
        locale: str = "en-US",
        width: int = 1280,
        height: int = 900,
        scheme: str = "light",
        has_touch: bool = False,
    ) -> Page:
        context = browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            has_touch=has_touch,
            is_mobile=has_touch,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(45_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if _is_unexpected(message) else None)
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


def _is_unexpected(message) -> bool:
    return message.type == "error" and not message.location.get("url", "").endswith(EXPECTED_404)
