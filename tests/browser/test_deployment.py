"""Below a base path, embedded, and by a link with a slash at its end."""

import re

import pytest
from playwright.sync_api import expect

from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.test_every_page import expect_scene, first_chart, press
from ui.text import Words

pytestmark = pytest.mark.browser


def test_links_and_history_keep_the_base_path_and_the_embedding(visit) -> None:
    server = Server(STREAMLIT_SERVER_BASE_URL_PATH="deep/explainers")
    page = visit(f"{server.address}/softmax_stability?embed=true&lang=ko")
    first_chart(page)
    page.evaluate("window.same = true")
    page.get_by_role("button", name="다음").click()
    expect(page).to_have_url(f"{server.address}/softmax_stability?embed=true&lang=ko&softmax_offset=1000")
    settle(page)
    for stem in ("gd_sgd_minibatch", "home"):
        link = page.locator(".menu a").get_by_text(Words(stem, "ko")("home" if stem == "home" else "title"), exact=True)
        link.evaluate("node => node.click()")
        expect(page.get_by_role("heading", level=1)).to_have_text(Words(stem, "ko")("title"))
        expect(page).to_have_url(re.compile(f"^{server.address}/{stem if stem != 'home' else ''}\\?.*lang=ko.*"))
        expect(page).to_have_url(re.compile("[?&]embed=true"))
        settle(page)
    for _ in range(2):
        page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(Words("softmax_stability", "ko")("title"))
    expect(page.get_by_label("장면")).to_have_value(re.compile("^2/"))
    assert page.evaluate("window.same"), "the page was reloaded"
    server.stop()


def test_a_slash_at_the_end_of_a_link_changes_nothing(server: Server, visit) -> None:
    page = visit(f"{server.address}/softmax_stability/?lang=en&softmax_dtype=float64")
    expect(page.get_by_role("heading", level=1)).to_have_text(Words("softmax_stability", "en")("title"))
    first_chart(page)
    press(page, "n")  # the first scene: before, the settings were none of a scene's
    expect_scene(page, 1)
    expect(page).not_to_have_url(re.compile("float64"))
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile("float64"))
    expect(page.get_by_role("combobox", name="Number type")).to_have_value("float64")
    page.reload()
    expect(page.get_by_role("combobox", name="Number type")).to_have_value("float64")
