"""The page on paper: title, stage, settings, link and QR code on one sheet, none of them cut."""

from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.test_every_page import STEMS, first_chart
from ui.text import Words

pytestmark = pytest.mark.browser

# The visible texts in some elements.
TEXTS = """
nodes => nodes.flatMap(node => {
  const texts = [], walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT), range = document.createRange()
  while (walker.nextNode()) {
    range.selectNodeContents(walker.currentNode)
    if (range.getClientRects().length && getComputedStyle(walker.currentNode.parentElement).visibility === "visible")
      texts.push(walker.currentNode.data)
  }
  return texts
})
"""
MARGINS = dict.fromkeys(("top", "bottom", "left", "right"), "9mm")


@pytest.mark.parametrize(("number", "stem"), list(enumerate(STEMS)))
def test_a_page_is_printed_on_one_sheet(
    server: Server, visit, request: pytest.FixtureRequest, tmp_path: Path, number: int, stem: str
) -> None:
    lang, theme, paper = (("en", "light", "A4"), ("ko", "dark", "Letter"))[number % 2]
    words = Words(stem, lang)
    page = visit(f"{server.address}/{stem}?lang={lang}", scheme=theme)
    first_chart(page)
    page.evaluate("window.print = () => { window.printed = true }")
    page.locator("button.print").click()
    page.wait_for_function("window.printed")
    settle(page)
    file = tmp_path / "page.pdf"
    page.pdf(path=file, format=paper, landscape=True, margin=MARGINS, print_background=True)
    document = pypdfium2.PdfDocument(file)
    request.addfinalizer(document.close)
    assert len(document) == 1
    sheet = document[0]
    # Terms are drawn after the sentences around them, so each node of text is looked for.
    text = "".join(sheet.get_textpage().get_text_bounded().split())
    controls = "[class*=_controls_panel] .control:not(:has(:placeholder-shown)) .name"
    shown = page.locator(f".legend .key, .notice li, {controls}").evaluate_all(TEXTS)
    for phrase in (words("title"), words("question"), page.url, *shown):
        assert "".join(phrase.split()) in text, phrase
    picture = sheet.render(scale=2.5).to_pil()
    [code] = zxingcpp.read_barcodes(picture)
    assert code.text == page.url
    assert_is_on_paper(picture)
    # Ink on white paper, also in the dark theme.
    shades = picture.convert("L").histogram()
    assert sum(shades[:64]) < 0.05 * sum(shades)


def assert_is_on_paper(picture: Image.Image) -> None:
    """Check that nothing is drawn in the right margin: what is too wide would be cut there."""
    width, height = picture.size
    margin = picture.crop((round(width * 0.985), 0, width, height)).convert("L")
    assert margin.getextrema() == (255, 255)
