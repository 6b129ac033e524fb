// The controls of a page as one component of native inputs that report while they are moved.
//
// One report of a panel is in flight at a time: the next one is sent when the app has drawn the previous one, because a
// new report interrupts the run in progress. Changes made in the meantime wait in a queue, one for each control, so the
// last report of a slider is always the value on which it was released.

// If the app does not confirm that it has drawn (a long run), send the next report after this time.
const TIMEOUT_MS = 1500
// If it has not confirmed then, and nothing runs, it never will: show its values after this time.
const GIVE_UP_MS = 10000
// After a reconnect, changes wait at most this time until the app has confirmed its session.
const RESTORE_TIMEOUT_MS = 15000
// After a reconnect, wait this time for Streamlit to draw the page.
const REDRAW_DELAY_MS = 2000
// The name of the app's session. Another name means that the server has lost the state of this page: send it the address.
let session = null
// Whether the app has to confirm its session before changes are sent.
let restoring = false
let restoreTimer = 0
let redrawTimer = 0
let online = isOnline()

// Key of the changes that are kept while the page loads again.
const KEPT_CHANGES = "changes"
// Wait this time before each attempt to load the page again.
const RELOAD_DELAY_MS = 1000

// The kinds of controls that report their value as the app sends it.
const PLAIN = ["slider", "select", "radio", "tabs", "toggle", "number", "text"]

const panels = new WeakMap()
// The panels on the page, by root element.
const drawnPanels = new Map()
// Changes that were not sent yet, in the order in which they were made: a scene sets all controls. They name the control
// and not the panel, because after a reconnect Streamlit may draw all panels again.
let queue = []

// Draws the panels that were queued before this script had loaded (loader.js).
export default () => {
  takeKeptChanges()
  PANELS.draw = draw
  PANELS.waiting.forEach(draw)
  PANELS.waiting.clear()
  showPresenting()
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
  const panel = { send: () => {}, show, report, confirmSession, isBusy, isSettled, applyState, has, hasDrawn, takeInFlight }
  drawnPanels.set(root, panel)
  root.classList.toggle("presenting", presenting)
  const controls = new Map()
  let specification = ""
  let state = {} // the last state from the app
  let held = null // key of the slider under the pointer
  let inFlight = {} // changes that were sent and are not drawn yet
  let lastId = 0 // id of the last report
  let waiting = false
  let timer = 0

  // The script state becomes "running" before it becomes "notRunning" again; the charts are on screen one frame later.
  const observer = new MutationObserver(() => {
    if (!root.isConnected) return observer.disconnect()
    requestAnimationFrame(onScriptState)
  })
  observer.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] })

  root.classList.toggle("offline", !online)

  // Starts a full run, in which the app names its session. Returns whether this panel is the one that can.
  function confirmSession() {
    if (state.session) send({})
    return Boolean(state.session)
  }

  function checkSession() {
    if (!state.session) return
    if (session && state.session !== session) {
      restoring = true
      session = state.session
      send({}, location.search)
    } else {
      session = state.session
      if (restoring && !lastId && online) send({}) // Streamlit has drawn this panel again, so it has not asked yet
      else if (restoring && state.acknowledged === lastId) restored()
    }
  }

  function change(key, value, spec) {
    queue = [...queue.filter(one => one.key !== key), { key, value }]
    noteChange(key, spec)
    sendQueued()
  }

  function has(key) {
    return controls.has(key)
  }

  function hasDrawn(id) {
    return state.acknowledged >= id
  }

  // Returns the changes that were not drawn yet, with the id of their report; the panel forgets them.
  function takeInFlight() {
    const changes = Object.entries(inFlight).map(([key, value]) => ({ key, value, id: lastId }))
    inFlight = {}
    waiting = false
    clearTimeout(timer)
    return changes
  }

  function setHeld(key) {
    held = key
    // A released control shows the app's value, if that is another one.
    if (!key) applyState()
    scheduleAddress()
  }

  // Whether a report has to wait for this panel: one of its own until the last one is drawn, another one until the app
  // has acknowledged it, because the app may merge the two and apply them in any order.
  function isBusy(own) {
    return waiting && (own || Object.keys(inFlight).length > 0)
  }

  function isSettled() {
    return held === null && !Object.keys(inFlight).length
  }

  function report(changes) {
    // The app may merge two reports of a panel into the later one, so that one repeats what is not acknowledged yet.
    inFlight = merge(inFlight, changes)
    waiting = true
    root.setAttribute("data-pending", "") // until the address is up to date
    scheduleAddress()
    clearTimeout(timer)
    timer = setTimeout(() => finish(false), TIMEOUT_MS)
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
    if (drawn) inFlight = {}
    else timer = setTimeout(() => { if (isIdle()) finish(true) }, GIVE_UP_MS)
    sendQueued()
    // A value that the app did not accept is reset.
    if (drawn) applyState()
    scheduleAddress()
  }

  // A run has ended. Its acknowledgement of the last report may arrive before or after its end.
  function onScriptState() {
    if (!isIdle()) return
    if (state.session && online) endNavigation()
    if (state.acknowledged === lastId || !Object.keys(inFlight).length) finish(true)
  }

  function scheduleAddress() {
    setChanging(root, waiting || held !== null)
  }

  function show(bytes) {
    const [newSpecification, newState] = new TextDecoder().decode(bytes).split("\n")
    state = JSON.parse(newState)
    if (state.acknowledged === lastId) inFlight = {} // a fast run may never be observed as running
    sendQueued()
    if (waiting) requestAnimationFrame(onScriptState)
    addresses.set(root, state.address)
    scheduleLongRun()
    checkSession()
    if (newSpecification !== specification) build(JSON.parse((specification = newSpecification)))
    applyState()
  }

  // A control that the user is changing shows the user's value: the state belongs to an earlier run.
  function applyState() {
    for (const [key, control] of controls) {
      const busy = key === held || key in inFlight
      const queued = queue.find(one => one.key === key)
      let value = busy ? undefined : state.values[key]
      // Streamlit may have created the control again: it then has no value yet.
      if (queued && !busy) value = PLAIN.includes(control.kind) ? queued.value : undefined
      const error = state.errors[key] ?? ""
      control.set(value, error, state.texts[key] ?? "")
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
      const control = controls.get(one.key)
      control.update(one)
      control.node.classList.toggle("locked", one.locked)
      if (one.locked) for (const input of control.node.querySelectorAll("input, select, button")) input.disabled = true
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

// The page is observed, and not each panel: Streamlit may remove all panels when a connection is lost during a run.
new MutationObserver(() => {
  if (online === isOnline()) return
  online = !online
  for (const root of drawnPanels.keys()) root.classList.toggle("offline", !online)
  if (online) reconnect()
  else disconnect()
}).observe(document.querySelector(".stApp"), { attributes: true, attributeFilter: ["data-test-connection-state"] })

function disconnect() {
  // Changes in flight may be lost: send them again after the reconnect.
  for (const panel of drawnPanels.values()) enqueueFirst(panel.takeInFlight())
  // A new session reads its state from the address, so the address must not be older than the picture.
  writeAddress()
  restoring = true
}

function reconnect() {
  clearTimeout(restoreTimer)
  restoreTimer = setTimeout(restored, RESTORE_TIMEOUT_MS)
  // Streamlit has not sent what the Back button did while there was no connection.
  if (navigated) window.dispatchEvent(new PopStateEvent("popstate"))
  else confirmSession()
  clearTimeout(redrawTimer)
  redrawTimer = setTimeout(redrawEmptyPage, REDRAW_DELAY_MS)
}

function confirmSession() {
  if (restoring) [...drawnPanels].some(([root, panel]) => root.isConnected && panel.confirmSession())
}

// After several interruptions within a run, Streamlit has cleared the page and starts no run: ask for one.
function redrawEmptyPage() {
  if (online && isIdle() && ![...drawnPanels.keys()].some(root => root.isConnected)) requestRun()
}

// Streamlit's interface crashes, and removes the page, if it receives the end of an answer whose beginning was lost with
// the connection. The address has the state: load the page again.
new MutationObserver(() => {
  if (document.querySelector(".stApp")) return
  for (const panel of drawnPanels.values()) enqueueFirst(panel.takeInFlight())
  remember(KEPT_CHANGES, JSON.stringify(queue.map(({ key, value }) => ({ key, value }))), "sessionStorage")
  setTimeout(reload, RELOAD_DELAY_MS)
}).observe(document.querySelector("#root"), { childList: true })

async function reload() {
  try {
    await fetch(location.href)
    location.reload()
  } catch {
    // There is no connection: a reload now would show an error of the browser.
    setTimeout(reload, RELOAD_DELAY_MS)
  }
}

// Queues the changes that were not drawn before the page was loaded again.
function takeKeptChanges() {
  const kept = JSON.parse(recall(KEPT_CHANGES, "sessionStorage") ?? "[]")
  remember(KEPT_CHANGES, "[]", "sessionStorage")
  enqueueFirst(kept)
  if (kept.length) changedPath = location.pathname
}

// The app has confirmed its session: the panels send the changes that have waited for it.
function restored() {
  clearTimeout(restoreTimer)
  restoring = false
  for (const root of drawnPanels.keys()) root.setAttribute("data-restored", session)
  sendQueued()
  // A change may have reached the app before the connection was lost: nothing else writes it into the address.
  clearTimeout(addressTimer)
  addressTimer = setTimeout(onRest, ADDRESS_DELAY_MS)
}

// Sends the first change of the queue, and the next ones if they are of the same panel.
function sendQueued() {
  replaceRemoved()
  // The app has drawn these before the connection was lost: their controls show the app's values again.
  const drawn = queue.filter(one => one.id && panelOf(one.key)?.hasDrawn(one.id))
  queue = queue.filter(one => !drawn.includes(one))
  for (const one of drawn) panelOf(one.key).applyState()
  if (!queue.length || restoring || navigated || !isOnline()) return
  const panel = panelOf(queue[0].key)
  if (!panel || [...drawnPanels.values()].some(other => other.isBusy(other === panel))) return
  const changes = {}
  while (queue.length && panel.has(queue[0].key)) {
    const { key, value } = queue.shift()
    changes[key] = value
  }
  panel.report(changes)
}

// The panel on the page that has this control.
function panelOf(key) {
  return [...drawnPanels].find(([root, panel]) => root.isConnected && panel.has(key))?.[1]
}

// Streamlit has drawn panels again: the new ones send what the app has not received from the removed ones.
function replaceRemoved() {
  for (const [root, panel] of drawnPanels) {
    if (root.isConnected) continue
    drawnPanels.delete(root)
    enqueueFirst(panel.takeInFlight())
  }
}

// Drops the changes of controls that the complete page does not have.
function dropOrphans() {
  queue = queue.filter(one => panelOf(one.key))
  sendQueued()
}

// Puts changes that may be lost before all others, except those that have changed again.
function enqueueFirst(changes) {
  queue = [...changes.filter(({ key }) => !queue.some(one => one.key === key)), ...queue]
}

// Back and Forward replace the state that these changes belong to.
function dropQueued() {
  queue = []
  for (const panel of drawnPanels.values()) panel.takeInFlight()
  for (const panel of drawnPanels.values()) panel.applyState()
}

function isOnline() {
  return document.querySelector(".stApp")?.getAttribute("data-test-connection-state") === "CONNECTED"
}

function isIdle() {
  return document.querySelector(".stApp")?.getAttribute("data-test-script-state") === "notRunning"
}

// Later changes come last: the app applies them in this order.
function merge(earlier, later) {
  const merged = { ...earlier }
  for (const key of Object.keys(later)) delete merged[key]
  return { ...merged, ...later }
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
