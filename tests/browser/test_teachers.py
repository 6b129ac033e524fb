"""The notes for teachers on paper, and an exam question from its link to its answer."""

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import expect

from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.test_accessibility import violations
from tests.browser.test_every_page import first_chart
from ui.text import Words, codes

pytestmark = pytest.mark.browser

STEM = "gd_sgd_minibatch"


def test_the_notes_are_printed_alone(server: Server, visit, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    words = Words(STEM, "ko")
    page = visit(f"{server.address}/{STEM}?lang=ko", scheme="dark")
    first_chart(page)
    page.get_by_text(words("teachers_title"), exact=True).click()
    page.get_by_role("button", name=words("teachers_draw")).wait_for()
    settle(page)
    assert violations(page) == []
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name=words("teachers_print")).click()
    page.wait_for_function("window.printed")
    file = tmp_path / "notes.pdf"
    page.pdf(path=file, format="A4", prefer_css_page_size=True, print_background=True)
    document = pypdfium2.PdfDocument(file)
    request.addfinalizer(document.close)
    assert 2 <= len(document) <= 3
    assert all(sheet.get_height() > sheet.get_width() for sheet in document), "portrait"
    text = "".join("".join(sheet.get_textpage().get_text_bounded().split()) for sheet in document)
    asked = [words(f"teachers.questions.{code}.misconception") for code in codes(STEM, "teachers.questions")]
    for phrase in (words("title"), words("scenes.below.name"), *asked, "exam=rate-1&answer=1"):
        assert "".join(phrase.split()) in text, phrase
    assert "".join(words("scenes.equal_updates.text").split()) not in text
    corner = document[0].render(scale=1).to_pil().convert("L").crop((60, 60, 200, 800))
    assert corner.getpixel((139, 739)) == 255, "black on white, also in the dark theme"
    # The next print is one of the page again.
    assert page.evaluate("document.documentElement.className") == ""


def test_an_exam_keeps_its_value_out_of_the_address(server: Server, visit) -> None:
    words = Words(STEM, "en")
    page = visit(f"{server.address}/{STEM}?lang=en&gd_start=steep&gd_rate=0.9&exam=rate-7&present=1")
    first_chart(page)
    expect(page.get_by_text(words("exam.title", number=7))).to_be_visible()
    assert violations(page) == []
    slider = page.get_by_role("slider", name=words("controls.updates.label"))
    slider.press("ArrowRight")
    settle(page)
    expect(page).to_have_url(f"{server.address}/{STEM}?lang=en&gd_start=steep&exam=rate-7&gd_updates=150")
    page.goto(f"{page.url}&answer=1")
    rate = page.get_by_role("slider", name=words("controls.rate.label"))
    expect(rate).to_be_disabled()
    expect(page.get_by_text(words("teachers.exams.rate.answer")[:40])).to_be_visible()
