"""The link that *Share* writes: its QR code can be read, and it opens what was prepared."""

import io

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.test_every_page import first_chart
from ui.text import Words

pytestmark = pytest.mark.browser

STEM = "gd_sgd_minibatch"


def read_code(page: Page) -> str:
    """Return the text of the QR code on screen."""
    screenshot = page.locator(".qr img").screenshot()
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(screenshot)))
    return str(found.text)


@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("ko", "dark")])
def test_the_code_is_the_link_and_opens_the_prepared_page(server: Server, visit, lang: str, theme: str) -> None:
    words = Words(STEM, lang)
    page = visit(f"{server.address}/{STEM}?lang={lang}&gd_seed=5", scheme=theme)
    first_chart(page)
    page.locator("button.share").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".qr img")).to_be_visible()
    for label, option in (("share.hide", words("share.pieces.predict")), ("share.lock", words("seed"))):
        dialog.get_by_role("combobox", name=words(label)).fill(option)
        page.get_by_role("option", name=option, exact=True).click()
        page.keyboard.press("Escape")
    link = dialog.locator("code").filter(has_text=STEM)
    expect(link).to_contain_text("&gd_seed=5&hide=predict&lock=seed")
    settle(page)
    text = link.inner_text()
    assert read_code(page) == text
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    settle(page)
    # The link may have the address of this computer in its network, where the test's server does not listen.
    page.goto(f"{server.address}/{text.split('/')[-1]}")
    first_chart(page)
    settle(page)
    expect(page.locator(".predict")).to_have_count(0)
    expander = page.locator(".panel details").filter(has_text=words("seed"))
    expander.locator("summary").click()
    seed = page.locator("input#gd_seed")
    expect(seed).to_be_disabled()
    expect(seed).to_have_value("5")
