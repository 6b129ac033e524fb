// Present mode, the keys that step through the scenes, and swipes.
//
// In present mode, the stage fills the window (the class "presenting", in style.css and panel.css). `?present=1` in the
// address starts it. It changes nothing in the app's state, so leaving it returns to the same settings.

const SHORTCUTS = "shortcuts" // in the browser's storage: "off" if single keys do nothing outside present mode
let presenting = new URLSearchParams(location.search).get("present") === "1"
// What the page on screen can do: step(±1) through its prediction and its scenes.
let presentation = null

function setPresenting(on) {
  presenting = on
  showPresenting()
  const url = new URL(location.href)
  if (on) url.searchParams.set("present", "1")
  else url.searchParams.delete("present")
  history.replaceState(history.state, "", url)
  lastPlace = location.pathname + location.search
}

function showPresenting() {
  const root = document.documentElement
  root.classList.toggle("presenting", presenting)
  if (!presenting) root.classList.remove("drawer", "predicting")
  const app = document.querySelector(".stApp")
  if (app) root.style.setProperty("--background", getComputedStyle(app).backgroundColor)
  for (const panel of drawnPanels.keys()) panel.classList.toggle("presenting", presenting)
  presentation?.show()
  // The charts take their new width.
  window.dispatchEvent(new Event("resize"))
}

function toggleDrawer() {
  document.documentElement.classList.toggle("drawer")
}

function toggleBlank() {
  const blank = document.querySelector(".blank-screen")
  if (blank) blank.remove()
  else document.body.append(element("div", { class: "blank-screen" }))
}

function shortcutsAreOn() {
  return recall(SHORTCUTS) !== "off"
}

// The browser's storage; a page in a frame of another site may have none.
function recall(key, storage = "localStorage") {
  try {
    return window[storage].getItem(key)
  } catch {
    return null
  }
}

function remember(key, value, storage = "localStorage") {
  try {
    window[storage].setItem(key, value)
  } catch {
    // Without storage, every visit is the first one.
  }
}

// Whether an event began inside an element that matches a selector, also inside of a shadow tree.
function isWithin(event, selector) {
  return event.composedPath().some(node => node.matches?.(selector))
}

// The keys of remote controls and presentation programs.
const FORWARD = ["ArrowRight", "ArrowDown", "PageDown", "Space", "Enter"]
const BACK = ["ArrowLeft", "ArrowUp", "PageUp", "Backspace"]
// By how much of the window a key scrolls outside of present mode.
const SCROLLS = { PageDown: 0.9, Space: 0.9, PageUp: -0.9 }

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !presentation?.isConnected()) return
  if (isWithin(event, "input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]")) return
  // The position of the key, not its letter: a Korean keyboard types another letter.
  const key = event.code
  if (document.querySelector(".blank-screen")) {
    event.preventDefault()
    return toggleBlank()
  }
  if (presenting) {
    const onControl = isWithin(event, "button, input, a, summary, [role=dialog]")
    if (key === "Escape" || key === "KeyF") setPresenting(false)
    else if (key === "KeyB" || key === "Period") toggleBlank()
    else if (key === "KeyC") toggleDrawer()
    else if (key === "KeyN" || (!onControl && FORWARD.includes(key))) presentation.step(1)
    else if (key === "KeyP" || (!onControl && BACK.includes(key))) presentation.step(-1)
    else return
    event.preventDefault()
  } else if (SCROLLS[key] && event.composedPath()[0] === document.body) {
    // Streamlit's page scrolls inside of an element, which has no focus before the first click.
    const main = document.querySelector(".stMain")
    main.scrollBy({ top: SCROLLS[key] * main.clientHeight })
    event.preventDefault()
  } else if (shortcutsAreOn()) {
    if (key === "KeyF") setPresenting(true)
    if (key === "KeyN") presentation.step(1)
    if (key === "KeyP") presentation.step(-1)
  }
}

function onClick(event) {
  if (!presenting || !isWithin(event, ".st-key-stage")) return
  if (!isWithin(event, "button, input, select, a, summary, label, .term, [role=dialog], .stDataFrame")) presentation?.step(1)
}

// A swipe to the left or right over the scenes.
let touch = null
function onTouch(event) {
  const point = event.changedTouches[0]
  if (event.type === "touchstart") {
    touch = isWithin(event, ".scenes") && !isWithin(event, "select") ? point : null
  } else if (touch) {
    const [right, down] = [point.clientX - touch.clientX, point.clientY - touch.clientY]
    if (Math.abs(right) > 50 && Math.abs(down) < 40) presentation?.step(right < 0 ? 1 : -1)
    touch = null
  }
}

document.addEventListener("keydown", onKey)
document.addEventListener("click", onClick)
for (const name of ["touchstart", "touchend"]) document.addEventListener(name, onTouch, { passive: true })
