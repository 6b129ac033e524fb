"""The HTML page of a chart works without a network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.charts.test_export import make

pytestmark = pytest.mark.browser


def test_the_page_works_without_a_network(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "chart.html"
    file.write_bytes(make("html", title="손실"))
    context = browser.new_context(offline=True)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(file.as_uri())
    expect(page.locator("svg").first).to_contain_text("손실")
    assert errors == []
    context.close()
