// The controls of a page as one component of native inputs, reporting while they are moved.
//
// One report is under way at a time: the next goes out when the app has drawn the last one. Sent any faster, each would
// interrupt the run that was about to draw the one before it. Moves made meanwhile are merged, a control's newest place
// winning, and the last one sent of a slider is always the place it was released on.

// If the app never says that it has drawn (a run that was cut short, a lost connection), go on after so long.
const PATIENCE_MS = 1500
// The address follows once the hand and the picture have come to rest: browsers spend as long on a new one as on a chart.
const REST_MS = 250

// What the boards on the page say of the address, by their root, and which of them are being moved.
const addresses = new Map()
const moving = new Set()
let resting = 0

const boards = new WeakMap()

// Boards that came before this script have been waiting, see call.js.
export default () => {
  BOARDS.draw = draw
  BOARDS.early.forEach(draw)
  BOARDS.early.clear()
}

function draw({ parentElement, data, setStateValue }) {
  let board = boards.get(parentElement)
  if (!board) {
    parentElement.prepend(element("style", {}, STYLE))
    board = create(parentElement.querySelector(".board"))
    boards.set(parentElement, board)
  }
  board.report = moved => setStateValue("moved", moved)
  board.show(data)
}

function create(root) {
  const app = document.querySelector(".stApp")
  const board = { report: () => {}, show }
  const parts = new Map()
  let schema = ""
  let state = {} // what the app said last
  let held = null // the slider that a hand is on
  let underWay = {} // the moves that the app has not drawn yet
  let sent = 0 // when moves were sent last
  let waiting = false
  let next = {} // moves not yet sent
  let timer = 0

  // The state passes through "running" before it says notRunning again; a frame later the charts are on screen. This is
  // heard also by who no longer waits for it: what a slow run said while it was under way is taken now.
  const watch = new MutationObserver(() => {
    if (!root.isConnected) watch.disconnect()
    else requestAnimationFrame(end)
  })
  watch.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] })

  function move(key, place) {
    next = { ...next, [key]: place }
    send()
  }

  function hold(key) {
    held = key
    // Let go where the app has it otherwise, it goes there.
    if (!key) settle()
    rest()
  }

  function send() {
    if (waiting || !Object.keys(next).length) return
    underWay = next
    next = {}
    waiting = true
    sent = Math.max(Date.now(), sent + 1)
    root.setAttribute("data-moving", "") // until the address says so, too
    rest()
    clearTimeout(timer)
    timer = setTimeout(go, PATIENCE_MS)
    // With its time: the same move made again is another move.
    board.report({ places: underWay, at: sent })
  }

  function go(drawn) {
    clearTimeout(timer)
    waiting = false
    underWay = {}
    send()
    // What the app did not accept goes back to where it was.
    if (drawn) settle()
    rest()
  }

  // A run has ended, and it was the one of the last moves: what the app says of them may come before its end or after.
  function end() {
    const resting = app.getAttribute("data-test-script-state") === "notRunning"
    if (resting && (!waiting || state.heard === sent)) go(true)
  }

  function rest() {
    if (waiting || held !== null) moving.add(root)
    else moving.delete(root)
    clearTimeout(resting)
    if ([...moving].some(board => board.isConnected)) return
    resting = setTimeout(writeAddress, REST_MS)
  }

  function show(bytes) {
    const [written, said] = new TextDecoder().decode(bytes).split("\n")
    state = JSON.parse(said)
    if (state.heard === sent) underWay = {} // also where the app ran so fast that nothing was seen of it
    if (waiting) requestAnimationFrame(end)
    addresses.set(root, state.address)
    if (written !== schema) build(JSON.parse((schema = written)))
    settle()
  }

  // The hand on a control knows better than a run that began before it moved.
  function settle() {
    for (const [key, part] of parts) {
      const mine = key === held || key in next || key in underWay
      const error = state.errors[key] ?? ""
      part.set(mine ? undefined : state.places[key], error, state.texts[key] ?? "")
      // What is wrong is not to be hidden.
      const around = part.node.closest("details")
      if (error && error !== part.error && around) around.open = true
      part.error = error
    }
  }

  function build({ across, parts: specs }) {
    root.classList.toggle("across", across)
    const focused = root.getRootNode().activeElement
    const open = root.querySelector("details")?.open ?? false
    for (const key of [...parts.keys()]) {
      const spec = specs.find(spec => spec.key === key)
      if (spec?.kind !== parts.get(key).kind) parts.delete(key)
    }
    for (const spec of specs) {
      if (!parts.has(spec.key)) {
        const hand = { move: place => move(spec.key, place), hold: on => hold(on ? spec.key : null) }
        parts.set(spec.key, { kind: spec.kind, ...KINDS[spec.kind](hand, spec) })
      }
      parts.get(spec.key).update(spec)
    }
    const nodes = folded => specs.filter(spec => spec.folded === folded).map(spec => parts.get(spec.key).node)
    const more = specs.find(spec => spec.kind === "fold")
    // What is there stays where it is: a node that is put in anew loses the focus.
    place(root, nodes(false))
    if (more) place(parts.get(more.key).inside, nodes(true))
    if (more && open) parts.get(more.key).node.open = true
    if (focused?.isConnected) focused.focus({ preventScroll: true })
  }
  return board
}

// All at once, and when the run is over: half an address would be another state.
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
    root.removeAttribute("data-moving")
  }
  if (!changed) return
  history.pushState({}, "", url)
  // On Streamlit Cloud the address that a reader sees is that of the page around this one, told as Streamlit tells it.
  if (window.parent !== window)
    window.parent.postMessage({ stCommVersion: 1, type: "SET_QUERY_PARAM", queryParams: url.search }, "*")
}

function place(root, nodes) {
  if (nodes.length !== root.children.length || nodes.some((node, i) => node !== root.children[i])) root.replaceChildren(...nodes)
}

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children)
  return node
}
