"""Back and Forward go through the states one by one: random walks, compared with a model of the history."""

import os
import random
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from bench.browser import first_slider
from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.test_every_page import STEMS, first_chart, prefix, some_pages
from ui.text import Words, codes

pytestmark = pytest.mark.browser

STEPS = 10
# Another seed gives other walks.
SEED = int(os.environ.get("WALK_SEED", "0"))
# Views that train for seconds, and settings with which a training is short.
SLOW_VIEWS = {"training", "slices", "shaking", "bias", "noise", "cost", "ball", "between"}
QUICK = {"batch_size_minima": "&batch_seeds=3&batch_updates=100"}


@dataclass
class History:
    """What the browser's history must be.

    Attributes
    ----------
    entries : list of (str, object)
        Address and contents of each entry.
    at : int
        The current entry.
    slider : str or None
        The slider that has made the current entry: its next change replaces the entry.
    walk : list of str
        The steps so far.
    """

    entries: list[tuple[str, Any]]
    at: int = 0
    slider: str | None = None
    walk: list[str] = field(default_factory=list)

    def change(self, address: str, shown: Any, slider: str | None) -> None:
        if address == self.entries[self.at][0]:
            return
        keep = self.at if slider and slider == self.slider else self.at + 1
        self.entries[keep:] = [(address, shown)]
        self.at, self.slider = keep, slider

    def go(self, step: int) -> tuple[str, Any]:
        self.at, self.slider = self.at + step, None
        return self.entries[self.at]


def contents(page: Page) -> Any:
    """Return the title, the values of all controls, and the figures."""
    title = page.get_by_role("heading", level=1).inner_text()
    controls = page.locator(":is(.panel input, .panel select, .panel button[aria-pressed])").evaluate_all(
        """nodes => nodes.map(node => {
             const value = ["radio", "checkbox"].includes(node.type) ? node.checked : node.value
             return [node.id || node.name || node.textContent, node.getAttribute("aria-pressed") ?? value]
           })"""
    )
    figures = page.locator(".figures, .notice").evaluate_all("nodes => nodes.map(node => node.textContent)")
    return title, controls, figures


def take_step(page: Page, stem: str, action: str, choose: random.Random) -> tuple[str, str]:
    """Do something on a page; return the stem of the page shown then, and a description."""
    if action == "slider":
        first_slider(page).focus()
        key = choose.choice(["ArrowRight", "ArrowRight", "ArrowLeft"])
        page.keyboard.press(key)
        return stem, f"slider {key}"
    if action == "scene":
        key = choose.choice(["n", "n", "p"])
        page.get_by_role("heading", level=1).click()
        page.keyboard.press(key)
        return stem, f"scene {key}"
    if action == "tab":
        views = codes(stem, "tabs")
        index = choose.choice([i for i, view in enumerate(views) if view not in SLOW_VIEWS])
        page.locator(f"input[name={prefix(stem)}tab]").nth(index).check(force=True)
        return stem, f"tab {views[index]}"
    if action == "answer":
        index = choose.randrange(len(codes(stem, "predict.options")))
        page.locator(".predict .buttons button").nth(index).evaluate("node => node.click()")
        return stem, f"answer {index}"
    if action == "language":
        index = choose.randrange(2)
        page.locator("input[name=language_choice]").nth(index).check(force=True)
        return stem, f"language {index}"
    if action == "neighbour":  # a link of Streamlit at the end of the page
        link = choose.choice(page.get_by_test_id("stPageLink-NavLink").all())
        other = (link.get_attribute("href") or "").split("/")[-1].split("?")[0]
    else:
        other = choose.choice([one for one in STEMS if one != stem])
        link = page.locator(f".menu a[href^='{other}']")
    link.evaluate("node => node.click()")
    page.wait_for_url(f"**/{other}?*")
    return other, f"{action} {other}"


def wait_for(page: Page, expected: Any, walk: list[str]) -> None:
    deadline = time.monotonic() + 20
    while True:
        settle(page)
        shown = page.url, contents(page)
        if shown == expected:
            return
        assert time.monotonic() < deadline, f"{walk}: shows {shown} and not {expected}"
        page.wait_for_timeout(100)


@some_pages
def test_a_random_walk_goes_back_and_forward_through_what_was_shown(server: Server, visit, stem: str) -> None:
    choose = random.Random(f"{SEED} {stem}")
    page = visit(f"{server.address}/{stem}?lang=en{QUICK.get(stem, '')}")
    first_chart(page)
    settle(page)
    length = page.evaluate("history.length")
    history = History([(page.url, contents(page))])
    for _ in range(STEPS):
        possible = ["scene", "scene", "tab", "answer", "language", "page", "neighbour"]
        possible += ["slider"] * 2 * first_slider(page).is_visible()  # not every view has one
        possible += ["back"] * 3 * (history.at > 0) + ["forward"] * 3 * (history.at + 1 < len(history.entries))
        action = choose.choice(possible)
        if action in ("back", "forward"):
            history.walk.append(action)
            expected = history.go(-1 if action == "back" else 1)
            page.evaluate(f"history.{action}()")
            wait_for(page, expected, history.walk)
            stem = next(one for one in STEMS if f"/{one}?" in page.url)
            continue
        before = stem
        stem, description = take_step(page, stem, action, choose)
        history.walk.append(description)
        print(description, page.url)
        if stem != before:
            page.get_by_role("heading", level=1, name=title(page, stem)).wait_for()
        settle(page)
        slider = first_slider(page).get_attribute("id") if action == "slider" else None
        history.change(page.url, contents(page), slider)
        assert page.evaluate("history.length") == length + len(history.entries) - 1, history.walk


def title(page: Page, stem: str) -> str:
    return Words(stem, page.evaluate("document.documentElement.lang"))("title")
