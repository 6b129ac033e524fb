// The controls of a page as one component of native inputs that report while they are moved.
//
// One report is in flight at a time: the next one is sent when the app has drawn the previous one, because a new report
// interrupts the run in progress. Changes made in the meantime are merged by control, so the last report of a slider is
// always the value on which it was released.

// If the app never confirms that it has drawn (an interrupted run), continue after this time.
const TIMEOUT_MS = 1500
// After a reconnect, changes wait at most this time until the app has confirmed its session.
const RESTORE_TIMEOUT_MS = 15000
// Write the address only after this pause: a change of address costs a browser as much as a chart.
const ADDRESS_DELAY_MS = 250

// The address parameters of every panel on the page, by root element, and the panels that are changing.
const addresses = new Map()
const changing = new Set()
let addressTimer = 0
// The address is written only after the user has changed something on this page.
let changed = false
// The control of the last change, and of the last history entry; a slider replaces its own entry.
let lastControl = null
let entryControl = null
window.addEventListener("popstate", () => { entryControl = null })

// The name of the app's session. Another name means that the server has lost the state of this page: send it the address.
let session = null
// Whether the app has to confirm its session before changes are sent.
let restoring = false
let restoreTimer = 0

const panels = new WeakMap()
// Functions that send the pending changes of a panel, by root element.
const flushes = new Map()

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
  flushes.set(root, () => (root.isConnected ? sendPending() : flushes.delete(root)))
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

  let online = isOnline()
  const connection = new MutationObserver(() => {
    if (!root.isConnected) return connection.disconnect()
    if (online === isOnline()) return
    online = !online
    root.classList.toggle("offline", !online)
    if (online) reconnect()
    else keepChanges()
  })
  connection.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] })

  function isOnline() {
    return app.getAttribute("data-test-connection-state") === "CONNECTED"
  }

  // Changes in flight may be lost: send them again after the reconnect.
  function keepChanges() {
    pending = { ...inFlight, ...pending }
    inFlight = {}
    waiting = false
    clearTimeout(timer)
    if (state.session) restoring = true
  }

  // A full run, in which the app names its session; then the other panels send their changes.
  function reconnect() {
    if (!state.session) return
    send({})
    clearTimeout(restoreTimer)
    restoreTimer = setTimeout(restored, RESTORE_TIMEOUT_MS)
  }

  function checkSession() {
    if (!state.session) return
    if (session && state.session !== session) {
      restoring = true
      session = state.session
      send({}, location.search)
    } else {
      session = state.session
      if (restoring && state.acknowledged === lastId) restored()
    }
  }

  function change(key, value, spec) {
    pending = { ...pending, [key]: value }
    changed = true
    lastControl = spec.kind === "slider" ? key : null
    sendPending()
  }

  function setHeld(key) {
    held = key
    // A released control shows the app's value, if that is another one.
    if (!key) applyState()
    scheduleAddress()
  }

  function sendPending() {
    if (waiting || restoring || !online || !Object.keys(pending).length) return
    inFlight = pending
    pending = {}
    waiting = true
    root.setAttribute("data-pending", "") // until the address is up to date
    scheduleAddress()
    clearTimeout(timer)
    timer = setTimeout(finish, TIMEOUT_MS)
    send(inFlight)
  }

  // The id makes every report a new value, even if a control returns to an earlier one.
  function send(values, query) {
    lastId = Math.max(Date.now(), lastId + 1)
    panel.send(query === undefined ? { values, id: lastId } : { values, id: lastId, query })
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
    checkSession()
    if (newSpecification !== specification) build(JSON.parse((specification = newSpecification)))
    applyState()
  }

  // A control that the user is changing shows the user's value: the state belongs to an earlier run.
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
        const report = { change: value => change(one.key, value, one), hold: on => setHeld(on ? one.key : null) }
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

// The app has confirmed its session: every panel sends its pending changes.
function restored() {
  clearTimeout(restoreTimer)
  restoring = false
  for (const root of flushes.keys()) root.setAttribute("data-restored", "")
  for (const flush of flushes.values()) flush()
}

// Writes all parameters at once, after the run: half an address would be another state.
function writeAddress() {
  if (restoring || document.querySelector(".stApp").getAttribute("data-test-script-state") !== "notRunning") return
  const url = new URL(location.href)
  for (const root of addresses.keys()) {
    if (!root.isConnected) addresses.delete(root)
    root.removeAttribute("data-pending")
  }
  if (!changed) return
  const shown = Object.assign({}, ...addresses.values())
  for (const [key, text] of Object.entries(shown)) {
    if (text === null) url.searchParams.delete(key)
    else if (url.searchParams.get(key) !== text) url.searchParams.set(key, text)
  }
  if (url.href === location.href) return
  // Inside another page, the history belongs to that page. A slider that moves again replaces its own entry.
  const embedded = window.parent !== window
  if (embedded || (lastControl && lastControl === entryControl)) history.replaceState({}, "", url)
  else history.pushState({}, "", url)
  entryControl = lastControl
  // On Streamlit Cloud the visible address belongs to the page around the app, which Streamlit notifies in this way.
  if (embedded)
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
