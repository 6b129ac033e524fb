// The controls of a page as one component of native inputs, reporting while they are moved.
//
// One report is under way at a time: the next goes out when the app has drawn the last one. Sent any faster, each would
// interrupt the run that was about to draw the one before it. Moves made meanwhile are merged, a control's newest place
// winning, and the last one sent of a slider is always the place it was released on.

// If the app never says that it has drawn (a run that was cut short, a lost connection), go on after so long.
const PATIENCE_MS = 1500

const boards = new WeakMap()

export default function ({ parentElement, data, setStateValue }) {
  let board = boards.get(parentElement)
  if (!board) {
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
  let waiting = false
  let next = {} // moves not yet sent
  let timer = 0

  // The state passes through "running" before it says notRunning again; a frame later the charts are on screen. This is
  // heard also by who no longer waits for it: what a slow run said while it was under way is taken now.
  const watch = new MutationObserver(() => {
    if (!root.isConnected) watch.disconnect()
    else if (app.getAttribute("data-test-script-state") === "notRunning") requestAnimationFrame(() => go(true))
  })
  watch.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] })

  function move(key, place) {
    next = { ...next, [key]: place }
    send()
  }

  function send() {
    if (waiting || !Object.keys(next).length) return
    underWay = next
    next = {}
    waiting = true
    clearTimeout(timer)
    timer = setTimeout(go, PATIENCE_MS)
    board.report({ places: underWay, held })
  }

  function go(drawn) {
    clearTimeout(timer)
    waiting = false
    underWay = {}
    send()
    // What the app did not accept goes back to where it was.
    if (drawn) settle()
  }

  function show([written, said]) {
    state = JSON.parse(said)
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
        const hand = { move: place => move(spec.key, place), hold: on => { held = on ? spec.key : null } }
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

function place(root, nodes) {
  if (nodes.length !== root.children.length || nodes.some((node, i) => node !== root.children[i])) root.replaceChildren(...nodes)
}

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children)
  return node
}

// A control's name, its help and what is wrong with it: the same around every kind.
function frame(spec, input, { output = "", tag = "label" } = {}) {
  const name = element("span", { class: "name" })
  const hint = element("span", { class: "hint", tabindex: 0, role: "note" }, "?")
  const label = element("div", { class: "label" }, element(tag, tag === "label" ? { for: spec.key } : { id: `${spec.key}-name` }, name), hint, output)
  const error = element("p", { class: "error", role: "alert", id: `${spec.key}-error` })
  return {
    node: element("div", { class: "part" }, label, input, error),
    update({ label, help }) {
      name.textContent = label
      hint.hidden = !help
      hint.setAttribute("aria-label", help ?? "")
    },
    explain(said) {
      error.textContent = said
      error.hidden = !said
    },
  }
}

function slider(hand, spec) {
  const input = element("input", { type: "range", id: spec.key, min: 0, step: 1 })
  const output = element("output")
  const around = frame(spec, input, { output })
  let labels = []
  let live = true
  let pressed = false // a finger or a mouse button is down on it
  let last = {}
  const paint = () => {
    const index = Number(input.value)
    output.textContent = labels[index]
    input.setAttribute("aria-valuetext", labels[index])
    input.style.setProperty("--filled", `${(100 * index) / Math.max(1, labels.length - 1)}%`)
  }
  const say = held => {
    paint()
    const index = Number(input.value)
    hand.hold(held)
    // A key sends "input" and "change" at once: that is one move.
    if ((last.index === index && last.held === held) || (held && !live)) return
    last = { index, held }
    hand.move(index)
  }
  input.addEventListener("pointerdown", () => {
    pressed = true
    const end = () => {
      pressed = false
      // Back where it was pressed there is no "change": that is a release too. After a "change" it says nothing new.
      setTimeout(() => say(false))
    }
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, end, { once: true })
  })
  input.addEventListener("input", () => say(pressed))
  input.addEventListener("change", () => say(false))
  return {
    node: around.node,
    update(spec) {
      around.update(spec)
      live = spec.live
      labels = spec.options
      input.max = labels.length - 1
      input.setAttribute("aria-label", spec.label)
    },
    set(index, error) {
      around.explain(error)
      if (index !== undefined) {
        input.value = index
        last = { index, held: false }
      }
      paint()
    },
  }
}

function select(hand, spec) {
  const input = element("select", { id: spec.key })
  const around = frame(spec, element("div", { class: "choice" }, input))
  input.addEventListener("change", () => hand.move(input.selectedIndex))
  return {
    node: around.node,
    update(spec) {
      around.update(spec)
      const at = input.selectedIndex
      input.replaceChildren(...spec.options.map(option => element("option", {}, option)))
      input.selectedIndex = at
    },
    set(index, error) {
      around.explain(error)
      if (index !== undefined) input.selectedIndex = index
    },
  }
}

function row(hand, spec) {
  const group = element("div", { class: "row", role: "radiogroup", "aria-labelledby": `${spec.key}-name` })
  const around = frame(spec, group, { tag: "span" })
  let at = -1
  group.addEventListener("change", event => hand.move(Number(event.target.value)))
  return {
    node: around.node,
    update(spec) {
      around.update(spec)
      const options = spec.options.map((option, index) =>
        element("label", {}, element("input", { type: "radio", name: spec.key, value: index }), element("span", {}, option)))
      group.replaceChildren(...options)
      this.set(at, "")
    },
    set(index, error) {
      around.explain(error)
      if (index === undefined) return
      at = index
      if (group.children[at]) group.children[at].firstChild.checked = true
    },
  }
}

function toggle(hand, spec) {
  const input = element("input", { type: "checkbox", role: "switch", id: spec.key })
  const around = frame(spec, "", {})
  const label = around.node.querySelector("label")
  label.classList.add("switch")
  label.prepend(input)
  input.addEventListener("change", () => hand.move(Number(input.checked)))
  return {
    node: around.node,
    update: around.update,
    set(index, error) {
      around.explain(error)
      if (index !== undefined) input.checked = index === 1
    },
  }
}

function typed(hand, spec) {
  const input = element("input", { id: spec.key, autocomplete: "off", "aria-describedby": `${spec.key}-error` })
  const around = frame(spec, input)
  let shown = ""
  input.addEventListener("change", () => {
    shown = input.value
    hand.move(input.value)
  })
  return {
    node: around.node,
    update(spec) {
      around.update(spec)
      input.type = spec.kind
      for (const name of ["min", "max", "step", "placeholder"]) if (spec[name] != null) input.setAttribute(name, spec[name])
    },
    set(text, error) {
      around.explain(error)
      input.setAttribute("aria-invalid", Boolean(error))
      // What is being typed stays.
      if (text !== undefined && input.value === shown) input.value = shown = text
    },
  }
}

function said() {
  const node = element("p", { class: "said" })
  return { node, update: () => {}, set: (_, __, text) => { node.innerHTML = text } }
}

function press(hand) {
  const node = element("button", { type: "button", class: "quiet" })
  node.addEventListener("click", () => hand.move(0))
  return { node, update: ({ label }) => { node.textContent = `↺ ${label}` }, set: () => {} }
}

function fold() {
  const summary = element("summary")
  const inside = element("div", { class: "parts" })
  return { node: element("details", {}, summary, inside), inside, update: ({ label }) => { summary.textContent = label }, set: () => {} }
}

// The scenes: one after the other by button or key, or one of all; below, what it is about.
function scenes(hand, spec) {
  const key = letter => element("kbd", { "aria-hidden": true }, letter)
  const [previous, following] = [element("button", { type: "button" }), element("button", { type: "button" })]
  const menu = element("select", { "aria-label": spec.label })
  const text = element("p")
  const node = element("div", { class: "scenes" }, element("div", { class: "steps" }, previous, following),
    element("div", { class: "choice" }, menu), text)
  let count = 1
  let none = ""
  let at = -1 // where the steps go on from: the scene shown last
  const paint = active => {
    // Beyond the scenes, only while none of them stands: the reader's own settings.
    if (active < 0 && menu.options.length === count) menu.append(element("option", { disabled: "" }, none))
    if (active >= 0 && menu.options.length > count) menu.lastChild.remove()
    menu.selectedIndex = active < 0 ? count : active
  }
  const go = index => {
    at = (index + count) % count
    paint(at)
    hand.move(at)
  }
  menu.addEventListener("change", () => go(menu.selectedIndex))
  previous.addEventListener("click", () => go(at < 0 ? -1 : at - 1))
  following.addEventListener("click", () => go(at + 1))
  const listen = event => {
    if (!node.isConnected) return document.removeEventListener("keydown", listen)
    const typing = event.composedPath()[0].closest?.("input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]")
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    // The key's place, not its letter: a Korean keyboard writes another there.
    if (event.code === "KeyN") go(at + 1)
    if (event.code === "KeyP") go(at < 0 ? -1 : at - 1)
  }
  document.addEventListener("keydown", listen)
  return {
    node,
    update(spec) {
      count = spec.options.length
      none = spec.none
      menu.replaceChildren(...spec.options.map(option => element("option", {}, option)))
      previous.replaceChildren("←", element("span", {}, spec.previous), key("P"))
      following.replaceChildren(element("span", {}, spec.next), key("N"), "→")
    },
    set(places, _, said) {
      if (places === undefined) return
      at = places[1]
      paint(places[0])
      text.innerHTML = said
    },
  }
}

const KINDS = { slider, select, row, toggle, number: typed, text: typed, said, press, fold, scenes }
