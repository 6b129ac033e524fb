// The controls of a page as one component of native inputs that report while they are moved.
//
// One report is in flight at a time: the next one is sent when the app has drawn the previous one, because a new report
// interrupts the run in progress. Changes made in the meantime are merged by control, so the last report of a slider is
// always the value on which it was released.

// If the app never confirms that it has drawn (an interrupted run, a lost connection), continue after this time.
const TIMEOUT_MS = 1500
// Write the address only after this pause: a change of address costs a browser as much as a chart.
const ADDRESS_DELAY_MS = 250

// The address parameters of every panel on the page, by root element, and the panels that are changing.
const addresses = new Map()
const changing = new Set()
let addressTimer = 0

const panels = new WeakMap()

// Draws the panels that were queued before this script had loaded (loader.js).
export default () => {
  PANELS.draw = draw
  PANELS.waiting.forEach(draw)
  PANELS.waiting.clear()
}

function draw({ parentElement, data, setStateValue }) {
  let panel = panels.get(parentElement)
  if (!panel) {
    parentElement.prepend(element("style", {}, STYLE))
    panel = createPanel(parentElement.querySelector(".panel"))
    panels.set(parentElement, panel)
  }
  panel.send = change => setStateValue("change", change)
  panel.show(data)
}

function createPanel(root) {
  const app = document.querySelector(".stApp")
  const panel = { send: () => {}, show }
  const controls = new Map()
  let specification = ""
  let state = {} // the last state from the app
  let held = null // key of the slider under the pointer
  let inFlight = {} // changes that were sent and are not drawn yet
  let lastId = 0 // id of the last report
  let waiting = false
  let pending = {} // changes that were not sent yet
  let timer = 0

  // The script state becomes "running" before it becomes "notRunning" again; the charts are on screen one frame later.
  const observer = new MutationObserver(() => {
    if (!root.isConnected) observer.disconnect()
    else requestAnimationFrame(onScriptState)
  })
  observer.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] })

  function change(key, value) {
    pending = { ...pending, [key]: value }
    sendPending()
  }

  function setHeld(key) {
    held = key
    // A released control shows the app's value, if that is another one.
    if (!key) applyState()
    scheduleAddress()
  }

  function sendPending() {
    if (waiting || !Object.keys(pending).length) return
    inFlight = pending
    pending = {}
    waiting = true
    lastId = Math.max(Date.now(), lastId + 1)
    root.setAttribute("data-pending", "") // until the address is up to date
    scheduleAddress()
    clearTimeout(timer)
    timer = setTimeout(finish, TIMEOUT_MS)
    // The id makes every report a new value, even if a control returns to an earlier one.
    panel.send({ values: inFlight, id: lastId })
  }

  function finish(drawn) {
    clearTimeout(timer)
    waiting = false
    inFlight = {}
    sendPending()
    // A value that the app did not accept is reset.
    if (drawn) applyState()
    scheduleAddress()
  }

  // A run has ended. Its acknowledgement of the last report may arrive before or after its end.
  function onScriptState() {
    const idle = app.getAttribute("data-test-script-state") === "notRunning"
    if (idle && (!waiting || state.acknowledged === lastId)) finish(true)
  }

  function scheduleAddress() {
    if (waiting || held !== null) changing.add(root)
    else changing.delete(root)
    clearTimeout(addressTimer)
    if ([...changing].some(other => other.isConnected)) return
    addressTimer = setTimeout(writeAddress, ADDRESS_DELAY_MS)
  }

  function show(bytes) {
    const [newSpecification, newState] = new TextDecoder().decode(bytes).split("\n")
    state = JSON.parse(newState)
    if (state.acknowledged === lastId) inFlight = {} // a fast run may never be observed as running
    if (waiting) requestAnimationFrame(onScriptState)
    addresses.set(root, state.address)
    if (newSpecification !== specification) build(JSON.parse((specification = newSpecification)))
    applyState()
  }

  // A control that the user is changing keeps the user's value: the state belongs to an earlier run.
  function applyState() {
    for (const [key, control] of controls) {
      const busy = key === held || key in pending || key in inFlight
      const error = state.errors[key] ?? ""
      control.set(busy ? undefined : state.values[key], error, state.texts[key] ?? "")
      // Open the expander around a new error.
      const expander = control.node.closest("details")
      if (error && error !== control.error && expander) expander.open = true
      control.error = error
    }
  }

  function build({ horizontal, controls: specifications }) {
    root.classList.toggle("horizontal", horizontal)
    const focused = root.getRootNode().activeElement
    const open = root.querySelector("details")?.open ?? false
    for (const key of [...controls.keys()]) {
      const found = specifications.find(one => one.key === key)
      if (found?.kind !== controls.get(key).kind) controls.delete(key)
    }
    for (const one of specifications) {
      if (!controls.has(one.key)) {
        const report = { change: value => change(one.key, value), hold: on => setHeld(on ? one.key : null) }
        controls.set(one.key, { kind: one.kind, ...KINDS[one.kind](report, one) })
      }
      controls.get(one.key).update(one)
    }
    const nodes = folded => specifications.filter(one => one.folded === folded).map(one => controls.get(one.key).node)
    const expander = specifications.find(one => one.kind === "expander")
    // Existing nodes are not moved: a node that is inserted again loses the focus.
    setChildren(root, nodes(false))
    if (expander) setChildren(controls.get(expander.key).inside, nodes(true))
    if (expander && open) controls.get(expander.key).node.open = true
    if (focused?.isConnected) focused.focus({ preventScroll: true })
  }
  return panel
}

// Writes all parameters at once, after the run: half an address would be another state.
function writeAddress() {
  if (document.querySelector(".stApp").getAttribute("data-test-script-state") !== "notRunning") return
  const url = new URL(location.href)
  let changed = false
  for (const [root, address] of addresses) {
    if (!root.isConnected) addresses.delete(root)
    else for (const [key, text] of Object.entries(address)) {
      if (url.searchParams.get(key) === text) continue
      if (text === null) url.searchParams.delete(key)
      else url.searchParams.set(key, text)
      changed = true
    }
    root.removeAttribute("data-pending")
  }
  if (!changed) return
  history.pushState({}, "", url)
  // On Streamlit Cloud the visible address belongs to the page around the app, which Streamlit notifies in this way.
  if (window.parent !== window)
    window.parent.postMessage({ stCommVersion: 1, type: "SET_QUERY_PARAM", queryParams: url.search }, "*")
}

function setChildren(root, nodes) {
  if (nodes.length !== root.children.length || nodes.some((node, i) => node !== root.children[i])) root.replaceChildren(...nodes)
}

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children)
  return node
}
