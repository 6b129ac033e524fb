"""Latency in a real Chromium: from a slider's change to the settled chart, and redraws during a drag."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from bench.server import Server, bare_app
from bench.table import Table, ms
from ui.registry import EXPLAINERS

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]

# The first chart of a page, or the first thumbnail of home.
FIRST_CHART = ":is(.stVegaLiteChart :is(svg, canvas).marks, img.thumbnail)"
# Drawing on a canvas changes no element: mark the canvas, so that an observer notices it.
CANVAS = """
() => {
  const clear = CanvasRenderingContext2D.prototype.clearRect
  CanvasRenderingContext2D.prototype.clearRect = function (...area) {
    clear.apply(this, area)
    this.canvas.dataset.drawn = performance.now()
  }
}
"""
# A page that was in the background draws its pictures again, which is no part of a rerun.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
# From the key press to the last change of any chart before the app has come to rest again.
SETTLE = """
() => {
  const app = document.querySelector('.stApp')
  window.settled = new Promise(resolve => {
    const start = performance.now()
    let last = start, ran = false, quiet = 0
    const charts = new MutationObserver(() => { last = performance.now() })
    for (const chart of document.querySelectorAll('.stVegaLiteChart'))
      charts.observe(chart, { subtree: true, childList: true, attributes: true, characterData: true })
    const look = () => {
      const resting = app.getAttribute('data-test-script-state') === 'notRunning'
      if (last > start && resting) quiet += 1; else quiet = 0
      if (quiet > 12 || performance.now() - start > 15000) { charts.disconnect(); resolve(last - start) }
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
}
"""
# Counted in the page: a query at every step would disturb the measurement.
DRAWS = """
() => {
  window.draws = 0
  window.passed = 0
  let due = false
  document.addEventListener('input', () => { window.passed += 1 }, true)
  new MutationObserver(() => {
    if (!due) { due = true; requestAnimationFrame(() => { due = false; window.draws += 1 }) }
  }).observe(document.querySelector('.stVegaLiteChart'), { subtree: true, childList: true, attributes: true })
}
"""

NOTE = """Target: at least 8 redraws a second, or as many as there are values: a slider of few steps passes few.
Bagging's first slider refits two ensembles and reports on release."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    """Return a page of a new profile."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US").new_page()
    page.add_init_script(f"({CANVAS})()")
    page.set_default_timeout(90_000)
    return page


def first_chart(page: Page, address: str) -> None:
    """Open an address and wait for its first chart."""
    page.goto(address)
    page.locator(FIRST_CHART).first.wait_for()


def visit(browser: Browser, address: str) -> Page:
    """Open an address in a new profile; wait for its first chart and for the end of the run."""
    page = new_page(browser)
    first_chart(page, address)
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for()
    return page


def first_slider(page: Page) -> Locator:
    """Return the first slider of the panel: the slider of a chart starts no run."""
    return page.get_by_role("slider").and_(page.locator(":not(.vega-bind input)")).first


def press_and_time(page: Page, key: str) -> float:
    """Press a key on the first slider; return the seconds until the charts have settled."""
    slider = first_slider(page)
    slider.focus()
    page.evaluate(SETTLE)
    page.keyboard.press(key)
    return float(page.evaluate("window.settled")) / 1000


def latency(changes_each: int = 24) -> Table:
    """Measure the latency of every page's first slider as a ratio to the bare app's, taking turns."""
    with bare_app() as bare_files, chromium() as browser:
        bare, app = Server(*bare_files), Server()
        pages = {"bare Streamlit app": visit(browser, bare.address)}
        pages |= {e.stem: visit(browser, f"{app.address}/{e.stem}?lang=en") for e in EXPLAINERS}
        app.rest()
        times: dict[str, list[float]] = {name: [] for name in pages}
        for turn in range(changes_each + 2):
            for name, page in pages.items():
                page.bring_to_front()
                page.evaluate(DRAWN)
                taken = press_and_time(page, "ArrowRight" if turn % 4 < 2 else "ArrowLeft")
                if turn > 1:  # the first two are a warm-up
                    times[name].append(taken)
                # Wait for the address, so that the next page has the machine to itself.
                page.locator(".panel[data-pending]").first.wait_for(state="detached")
        bare.stop()
        app.stop()
    baseline = median(times["bare Streamlit app"])
    rows = [(name, ms(median(t)), ms(max(t)), f"{median(t) / baseline:.2f}") for name, t in times.items()]
    return Table(
        "Slider change to settled chart", ("page", "median", "slowest", "ratio to bare"), rows, "Target: ≤ 0.7."
    )


def drag(seconds: float = 4.0) -> Table:
    """Drag the first live slider of every page for some seconds; count redraws and values passed."""
    rows = []
    with chromium() as browser:
        app = Server()
        for explainer in EXPLAINERS:
            page = visit(browser, f"{app.address}/{explainer.stem}?lang=en")
            app.rest()
            slider = first_slider(page)
            box = slider.bounding_box()
            assert box is not None
            y, left, width = box["y"] + box["height"] / 2, box["x"] + box["width"] * 0.05, box["width"] * 0.9
            page.evaluate(DRAWS)
            chart = page.locator(FIRST_CHART).first
            chart.evaluate("node => { window.same = node }")
            page.mouse.move(left, y)
            page.mouse.down()
            start, step = time.perf_counter(), 0
            while time.perf_counter() - start < seconds:
                step += 1
                page.mouse.move(left + width * abs((step % 40) - 20) / 20, y)
                page.wait_for_timeout(30)
            drawn, passed = page.evaluate("[window.draws, window.passed]")
            taken = time.perf_counter() - start
            page.mouse.up()
            same = chart.evaluate("node => node === window.same")
            rows.append((explainer.stem, f"{drawn / taken:.1f}", f"{passed / taken:.1f}", "yes" if same else "no"))
            page.context.close()
        app.stop()
    columns = ("page", "redraws a second", "values passed a second", "same chart node")
    return Table(f"A fast drag of {seconds:.0f} s", columns, rows, NOTE)
