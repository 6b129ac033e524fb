"""The slider below the trees works in the browser alone, without a rerun."""

import pytest
from playwright.sync_api import expect

from bench.browser import move
from bench.server import Server

pytestmark = pytest.mark.browser


def test_the_slider_of_the_chart_starts_no_run_and_scenes_still_do(server: Server, visit) -> None:
    page = visit(f"{server.address}/bagging_vs_boosting?lang=en", width=1400)
    chart = page.locator(".stVegaLiteChart").filter(has=page.locator(".vega-bind input")).locator("svg.marks")
    expect(chart).to_contain_text("Bagging · trees: 100")
    address, runs = page.url, []
    page.expose_function("noteRun", lambda: runs.append(1))
    page.evaluate("""() => new MutationObserver(() => window.noteRun()).observe(document.querySelector('.stApp'),
                     { attributes: true, attributeFilter: ['data-test-script-state'] })""")
    slider = page.locator(".vega-bind input")
    slider.focus()
    page.keyboard.press("Home")
    expect(chart).to_contain_text("Bagging · trees: 1")
    expect(chart).to_contain_text("AdaBoost · trees: 1")
    slider.fill("50")  # logarithmic scale: the square root of 100
    expect(chart).to_contain_text("Bagging · trees: 10")
    expect(chart).to_contain_text("Its tree no. 10 alone")
    assert (page.url, runs) == (address, [])
    # The slider's value is unchanged; the next scenes have other numbers of trees.
    page.get_by_role("button", name="Next").click()
    expect(chart).to_contain_text("Bagging · trees: 1A")
    page.get_by_role("button", name="Next").click()
    expect(chart).to_contain_text("Bagging · trees: 7A")
    assert runs


def test_the_panels_are_never_blank_during_a_rerun(server: Server, visit) -> None:
    page = visit(f"{server.address}/bagging_vs_boosting?lang=en", width=1400)
    page.locator("canvas.marks").wait_for()
    # The pixel of each frame near the upper left corner of the first panel, where all trees agree.
    page.evaluate("""() => {
      const drawn = document.querySelector('canvas.marks').getContext('2d')
      window.seen = new Set()
      const look = () => {
        window.seen.add(drawn.getImageData(20, 60, 1, 1).data.join())
        requestAnimationFrame(look)
      }
      look()
    }""")
    assert move(page, "ArrowRight") > 0
    assert move(page, "ArrowLeft") > 0
    seen = page.evaluate("[...window.seen]")
    assert seen
    assert "255,255,255,255" not in seen
    assert "0,0,0,0" not in seen


@pytest.mark.parametrize("width", [390, 1400])
def test_the_panels_fill_the_width_of_their_container(server: Server, visit, width: int) -> None:
    page = visit(f"{server.address}/bagging_vs_boosting?lang=ko", width=width)
    element = page.locator(".stVegaLiteChart").filter(has=page.locator(".vega-bind input"))
    element.locator("svg.marks").wait_for()
    # The chart takes the width of its container after it has been drawn.
    page.wait_for_function(
        """element => {
          const container = element.closest('.stElementContainer').getBoundingClientRect().width
          const chart = element.querySelector('svg.marks').getBoundingClientRect().width
          return container - 20 <= chart && chart <= container + 1
        }""",
        arg=element.element_handle(),
    )
