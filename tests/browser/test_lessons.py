"""A lesson in the browser: its steps lead across pages, also in present mode, and the walk keeps the session."""

import re

import pytest
from playwright.sync_api import expect

from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.test_accessibility import violations
from tests.browser.test_every_page import first_chart
from ui.text import Words, ready_made

pytestmark = pytest.mark.browser

WORDS = Words("lessons", "en")


def test_present_mode_walks_a_lesson_across_pages(server: Server, visit) -> None:
    page = visit(f"{server.address}/lessons?lang=en")
    assert violations(page) == []
    page.evaluate("window.same = true")
    page.get_by_role("link", name=re.compile("^Start")).last.click()
    first_chart(page)
    steps = ready_made()["noise"]
    across = next(k for k, (stem, _) in enumerate(steps) if stem != steps[0][0])
    position = page.locator(".lesson p").first
    expect(position).to_have_text(f"{WORDS('ready.noise.title')} · Step 1 of {len(steps)}")
    previous, following = (page.get_by_role("button", name=name) for name in ("Previous", "Next"))
    expect(previous).to_be_disabled()
    following.click()
    expect(position).to_contain_text("Step 2 ")
    settle(page)
    page.keyboard.press("f")
    for number in range(3, across + 2):
        page.keyboard.press("n")
        expect(position).to_contain_text(f"Step {number} ")
        settle(page)
    expect(page.locator(".scene-name")).to_have_text(WORDS(f"ready.noise.steps.{across + 1}.title"))
    stem, scene = steps[across]
    expect(page).to_have_url(
        f"{server.address}/{stem}?lang=en&{stem.split('_')[0]}_scene={scene}&lesson=noise&step={across + 1}&present=1"
    )
    dots = page.locator(".dots > *")
    expect(dots).to_have_count(len(steps))
    expect(dots.nth(across)).to_have_attribute("aria-current", "step")
    assert page.evaluate("window.same"), "the page was reloaded"
    assert violations(page) == []
    page.keyboard.press("PageUp")
    expect(position).to_contain_text(f"Step {across} ")
    settle(page)
    assert page.evaluate("document.documentElement.className").split() == ["presenting"]
    page.keyboard.press("Escape")
    page.get_by_role("link", name=WORDS("ready.noise.title")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS("title"))
    settle(page)
    assert len(page.get_by_label(re.compile("page and scene")).all()) == len(steps)
