"""The control panel in a browser: sliders report while they are dragged, in order, and end on the released value."""

import re

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.server import Server
from tests.browser.conftest import settle
from tests.browser.test_every_page import expect_scene, first_chart, press
from ui.registry import ROOT
from ui.text import Words

pytestmark = pytest.mark.browser

# Records every picture: the logits on the number line depend on the offset.
WATCH = """
() => {
  window.drawn = []
  const note = () => {
    const chart = document.querySelector('.stVegaLiteChart svg.marks')
    const text = [...chart.querySelectorAll('.mark-symbol path')].map(path => path.getAttribute('transform')).join()
    if (text && window.drawn.at(-1) !== text) window.drawn.push(text)
  }
  new MutationObserver(note).observe(document.querySelector('.stVegaLiteChart'),
    { subtree: true, childList: true, attributes: true })
}
"""


@pytest.fixture
def page(server: Server, visit) -> Page:
    page = visit(f"{server.address}/softmax_stability?lang=en", width=1400)
    first_chart(page)
    return page


def offset(page: Page) -> Locator:
    return page.get_by_role("slider", name="Offset added to every logit")


def grab(page: Page, slider: Locator) -> tuple[float, float]:
    """Press the mouse on the middle of a slider and return where that is."""
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y


def test_a_change_in_the_frame_after_a_run_is_kept(page: Page) -> None:
    # Order of events: another run ends, a key is pressed, and then comes the frame in which the panel reads the state.
    shown = page.evaluate("""async () => {
      const frame = window.requestAnimationFrame, held = []
      window.requestAnimationFrame = callback => held.push(callback)
      document.querySelector('.stApp').setAttribute('data-test-script-state', 'notRunning')
      await new Promise(resolve => setTimeout(resolve))
      document.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyN' }))
      window.requestAnimationFrame = frame
      for (const callback of held) callback(performance.now())
      const inside = [...document.querySelectorAll('.stBidiComponent *')].map(node => node.shadowRoot)
      return inside.map(root => root?.querySelector('.scenes select')).find(Boolean).selectedIndex
    }""")
    assert shown == 1
    expect_scene(page, 2)


def test_a_slider_is_a_native_range_with_a_name_and_a_value_text(page: Page) -> None:
    slider = offset(page)
    assert slider.evaluate("node => [node.tagName, node.type]") == ["INPUT", "range"]
    expect(slider).to_have_attribute("aria-valuetext", "0")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.5")
    expect(page).to_have_url(re.compile("softmax_offset=0.5"))
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile("softmax_offset=1000"))
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("softmax_offset=-1000"))


@pytest.mark.parametrize("late", ["const STYLE", "export default component =>"], ids=["script", "panels"])
def test_panels_and_their_script_load_in_any_order(page: Page, late: str) -> None:
    # The browser loads both as modules from blobs: one of them is delayed.
    page.add_init_script(f"""
      const held = new Promise(resolve => window.release = resolve)
      window.isHeld = () => held
      window.Blob = class extends Blob {{
        constructor(texts, options) {{
          super(String(texts).includes({late!r}) ? ["await window.isHeld()\\n", ...texts] : texts, options)
        }}
      }}
    """)
    page.reload()
    page.locator(".stVegaLiteChart svg.marks").first.wait_for()
    expect(offset(page)).to_have_count(0)
    page.evaluate("window.release()")
    slider = offset(page)
    for value in ("0.5", "1"):
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(slider).to_have_attribute("aria-valuetext", value)
        expect(page).to_have_url(re.compile(f"softmax_offset={value}(&|$)"))
    # Streamlit calls what a component returned when it removes the component.
    page.get_by_text(Words("home", "en")("pages")).click()
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("slider")).to_have_count(0)
    settle(page)


def test_a_slow_drag_draws_every_value_and_the_released_one_last(page: Page) -> None:
    page.evaluate(WATCH)
    slider = offset(page)
    start, y = grab(page, slider)
    values = []
    for step in range(1, 9):
        drawn = page.evaluate("window.drawn.length")
        page.mouse.move(start + 6 * step, y)
        value = slider.get_attribute("aria-valuetext")
        if value not in values:
            values.append(value)
            # Slowly: the mouse moves on when the picture has changed.
            page.wait_for_function("count => window.drawn.length > count", arg=drawn)
    assert "softmax_offset" not in page.url, "the address is written after the release"
    page.mouse.up()
    assert len(values) > 3
    expect(page).to_have_url(re.compile(f"softmax_offset={re.escape(values[-1])}$|softmax_offset={values[-1]}&"))


def test_a_fast_drag_is_drawn_while_it_lasts(page: Page) -> None:
    script = (ROOT / "ui" / "controls" / "panel.js").read_text(encoding="utf-8")
    [patience] = re.findall(r"const TIMEOUT_MS = (\d+)", script)
    page.evaluate(WATCH)
    page.evaluate(
        """patience => {
          const set = window.setTimeout
          window.timeouts = 0
          window.setTimeout = (then, after, ...rest) =>
            set((...given) => { window.timeouts += after === patience; then(...given) }, after, ...rest)
        }""",
        int(patience),
    )
    start, y = grab(page, offset(page))
    for step in range(150):
        page.mouse.move(start + abs(step % 80 - 40), y)
        page.evaluate("new Promise(requestAnimationFrame)")
    drawn, timeouts = page.evaluate("[window.drawn.length, window.timeouts]")
    page.mouse.up()
    # The end of a run lets the next one begin; a slow machine may time out now and then.
    assert drawn >= 3
    assert timeouts < drawn / 4


def test_a_fast_drag_ends_on_the_released_value(page: Page) -> None:
    slider = offset(page)
    start, y = grab(page, slider)
    for step in range(60):
        page.mouse.move(start + (step * 37) % 90, y)
    page.mouse.move(start + 40, y)
    page.mouse.up()
    released = slider.get_attribute("aria-valuetext").replace("−", "-")
    expect(page).to_have_url(re.compile(f"softmax_offset={re.escape(released)}(&|$)"))
    expect(slider).to_have_attribute("aria-valuetext", released.replace("-", "−"))


def test_a_scene_changes_the_slider(page: Page) -> None:
    press(page, "n")
    expect(offset(page)).to_have_attribute("aria-valuetext", "1000")


def test_a_drag_that_ends_where_it_began_releases_the_slider(page: Page) -> None:
    slider = offset(page)
    start, y = grab(page, slider)
    page.mouse.move(start + 40, y)
    expect(slider).not_to_have_attribute("aria-valuetext", "0")
    page.mouse.move(start, y)
    page.mouse.up()
    # The next scene changes it: it is no longer held.
    press(page, "n")
    expect(slider).to_have_attribute("aria-valuetext", "1000")


def test_a_drag_that_ends_where_it_began_releases_a_slider_that_is_not_live(server: Server, visit) -> None:
    page = visit(f"{server.address}/bagging_vs_boosting?lang=en&bagging_flip=0.2")
    slider = page.get_by_role("slider", name="Label noise")
    x, y = grab(page, slider)
    page.mouse.move(x + 60, y)
    expect(slider).not_to_have_attribute("aria-valuetext", "0.2")
    page.mouse.move(x, y)
    page.mouse.up()
    page.get_by_role("button", name="Reset").click()
    expect(slider).to_have_attribute("aria-valuetext", "0")


def test_the_page_around_the_app_receives_the_address(server: Server, page: Page) -> None:
    """As on Streamlit Cloud, where the visible address is that of the page around the app."""
    around = f"<iframe src='{server.address}/softmax_stability?lang=en' width=1300 height=800></iframe>"
    page.route("**/around", lambda route: route.fulfill(body=around, content_type="text/html"))
    page.goto(f"{server.address}/around")
    page.evaluate("""() => {
      window.received = []
      addEventListener('message', ({ data }) => {
        if (data.type === 'SET_QUERY_PARAM') received.push(data.queryParams)
      })
    }""")
    slider = page.frame_locator("iframe").get_by_role("slider", name="Offset added to every logit")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("received.at(-1) === '?lang=en&softmax_offset=0.5'")


def test_every_kind_of_control_changes_the_page_and_the_address(page: Page) -> None:
    page.get_by_role("combobox", name="Number type").select_option(index=0)
    expect(page).to_have_url(re.compile("softmax_dtype="))
    lowest = Words("softmax_stability", "en")("controls.true.options.lowest")
    page.get_by_role("radio", name=lowest).check(force=True)
    expect(page).to_have_url(re.compile("softmax_true=lowest"))
    page.get_by_text("More controls").click()
    page.get_by_role("spinbutton", name="Temperature").fill("7")
    page.get_by_role("spinbutton", name="Temperature").press("Enter")
    expect(page).to_have_url(re.compile("softmax_temperature=7"))
    page.get_by_role("radio", name=Words("softmax_stability", "en")("tabs.map")).check(force=True)
    expect(page).to_have_url(re.compile("softmax_tab=map"))
    expect_own(page)
    page.get_by_role("button", name="Reset").click()
    expect(page).not_to_have_url(re.compile("[?&]softmax_"))
    expect(page.get_by_role("spinbutton", name="Temperature")).to_have_value("1")
    expect_scene(page, 1)


def expect_own(page: Page) -> None:
    """Wait until no scene is active."""
    expect(page.get_by_label("Scenes")).to_have_value("Your own settings")


def test_an_error_is_shown_at_its_field_and_opens_the_expander(server: Server, visit) -> None:
    page = visit(f"{server.address}/softmax_stability?lang=en&softmax_typed=1000,+x")
    field = page.get_by_label("Type the logits yourself")
    expect(field).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field.locator("xpath=following-sibling::p[@role='alert']")).to_contain_text("x")
    field.fill("1, 2, 3")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(page).to_have_url(re.compile("softmax_typed=1"))


def test_an_invalid_number_is_reset(server: Server, visit) -> None:
    page = visit(f"{server.address}/softmax_stability?lang=en&softmax_tab=online&softmax_seed=5")
    page.get_by_text("More controls").click()
    seed = page.get_by_role("spinbutton", name="Seed")
    seed.fill("-3")
    seed.press("Enter")
    expect(seed).to_have_value("5")


def test_an_invalid_number_is_reset_after_a_slow_run(server: Server, visit) -> None:
    """The panel stops waiting for a slow run; the state that the run sends later must still be applied."""
    page = visit(f"{server.address}/softmax_stability?lang=en&softmax_tab=online&softmax_seed=5")
    held: list[ForwardMsg] = []
    sockets: list[WebSocketRoute] = []
    slow = False

    def relay(browser: WebSocketRoute) -> None:
        def pass_on(message: bytes) -> None:
            if slow:
                held.append(ForwardMsg.FromString(message))
            else:
                browser.send(message)

        browser.connect_to_server().on_message(pass_on)
        sockets.append(browser)

    page.clock.install()
    page.route_web_socket(re.compile("_stcore/stream"), relay)
    page.reload()
    first_chart(page)
    page.get_by_text("More controls").click()
    seed = page.get_by_role("spinbutton", name="Seed")
    expect(seed).to_have_value("5")
    slow = True
    seed.fill("-3")
    seed.press("Enter")
    for _ in range(600):  # polls what the handler above records
        if finished := any(message.WhichOneof("type") == "script_finished" for message in held):
            break
        page.wait_for_timeout(50)
    assert finished
    page.clock.fast_forward(2000)
    expect(seed).to_have_value("-3")
    for message in held:
        sockets[-1].send(message.SerializeToString())
    expect(seed).to_have_value("5")


def test_scene_keys_work_on_any_keyboard_layout_and_not_while_typing(server: Server, visit) -> None:
    page = visit(f"{server.address}/cross_entropy_vs_kl?lang=ko")
    first_chart(page)
    page.get_by_role("button", name="다음").wait_for()
    # The event of the N key on a Korean keyboard.
    pressed = "new KeyboardEvent('keydown', { key: 'ㅜ', code: 'KeyN', bubbles: true })"
    page.evaluate(f"document.body.dispatchEvent({pressed})")
    expect(page.get_by_label("장면")).to_have_value(re.compile("^2/"))
    field = page.get_by_label("P 직접 입력")
    field.focus()
    page.keyboard.type("nnpp")
    expect(field).to_have_value("nnpp")
    field.fill("")
    expect(page.get_by_label("장면")).to_have_value(re.compile("^2/"))
