// A native range input that reports while it is dragged.
//
// One value is under way at a time: the next goes out when the app has drawn the last one. Sent any faster, each value
// would interrupt the run that was about to draw the one before it. Values passed meanwhile are merged into the newest,
// and the last one sent is always the one the slider was released on.

// If the app never says that it has drawn (a run that was cut short, a lost connection), go on after so long.
const PATIENCE_MS = 1500

const instances = new WeakMap()

export default function ({ parentElement, data, setStateValue }) {
  let slider = instances.get(parentElement)
  if (!slider) {
    slider = create(parentElement)
    instances.set(parentElement, slider)
  }
  slider.report = moved => setStateValue("moved", moved)
  slider.show(data)
}

function create(root) {
  const input = root.querySelector("input")
  const name = root.querySelector(".name")
  const hint = root.querySelector(".hint")
  const output = root.querySelector("output")
  const app = document.querySelector(".stApp")
  const slider = { report: () => {}, show }
  let labels = []
  let pressed = false // a finger or a mouse button is down on it
  let held = false // between the first input of a press and the release
  let waiting = false // a value is under way
  let next = null // the newest value not yet sent
  let said = {} // the newest that was to be sent, or that the app set
  let timer = 0

  const paint = () => {
    const index = Number(input.value)
    output.textContent = labels[index]
    input.setAttribute("aria-valuetext", labels[index])
    input.style.setProperty("--filled", `${(100 * index) / Math.max(1, labels.length - 1)}%`)
  }

  const drawn = () => app.getAttribute("data-test-script-state") === "notRunning"

  const send = () => {
    if (waiting || next === null) return
    const moved = next
    next = null
    waiting = true
    clearTimeout(timer)
    timer = setTimeout(go, PATIENCE_MS)
    slider.report(moved)
  }

  const go = () => {
    clearTimeout(timer)
    waiting = false
    send()
  }

  // The state passes through "running" before it says notRunning again; a frame later the charts are on screen.
  new MutationObserver(() => {
    if (waiting && drawn()) requestAnimationFrame(go)
  }).observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] })

  const move = () => {
    paint()
    const index = Number(input.value)
    // A key sends "input" and "change" at once: that is one move.
    if (said.index === index && said.held === held) return
    next = said = { index, held }
    send()
  }

  input.addEventListener("pointerdown", () => {
    pressed = true
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => { pressed = false }, { once: true })
  })
  input.addEventListener("input", () => {
    held = pressed
    move()
  })
  input.addEventListener("change", () => {
    held = false
    move()
  })

  function show([label, help, index, written]) {
    labels = written.split("\n")
    name.textContent = label
    hint.hidden = !help
    hint.title = help || ""
    hint.setAttribute("aria-label", help || "")
    input.min = 0
    input.max = labels.length - 1
    input.step = 1
    input.setAttribute("aria-label", label)
    // The hand on the slider knows better than a run that began before it moved.
    if (!held && !waiting && next === null) {
      input.value = index
      said = { index, held }
    }
    paint()
  }
  return slider
}
