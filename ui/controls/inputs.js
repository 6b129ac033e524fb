// Controls with a value. Each is a function that returns its node, update(specification) and set(value, error, text);
// a value of undefined leaves the value unchanged. It reports by report.change(value), sliders also by report.hold(on).

// The label, help and error message around an input.
function frame(spec, input, { output = "", tag = "label" } = {}) {
  const name = element("span", { class: "name" })
  const hint = element("span", { class: "hint", tabindex: 0, role: "note" }, "?")
  const label = element("div", { class: "label" }, element(tag, tag === "label" ? { for: spec.key } : { id: `${spec.key}-name` }, name), hint, output)
  const error = element("p", { class: "error", role: "alert", id: `${spec.key}-error` })
  return {
    node: element("div", { class: "control" }, label, input, error),
    update({ label, help }) {
      name.textContent = label
      hint.hidden = !help
      hint.setAttribute("aria-label", help ?? "")
    },
    setError(message) {
      error.textContent = message
      error.hidden = !message
    },
  }
}

// A slider, with its value as a field that can be typed into, and buttons for single steps on touch screens. A finger that
// scrolls the page begins on a slider now and then: what it touches changes only if it moves sideways, or is lifted.
function slider(report, spec) {
  const input = element("input", { type: "range", id: spec.key, min: 0, step: 1 })
  const value = element("input", { type: "text", class: "value", inputmode: "decimal", autocomplete: "off", translate: "no" })
  const [less, more] = ["−", "+"].map(sign => element("button", { type: "button", class: "step", "aria-hidden": true, tabindex: -1 }, sign))
  const around = frame(spec, element("div", { class: "range" }, less, input, more), { output: value })
  let labels = []
  let live = true
  let pressed = false // a finger or a mouse button is down on it
  let scrolling = null // a finger is down and may be about to scroll: where it is, and the index before
  let last // the index reported last
  const paint = () => {
    const index = Number(input.value)
    if (around.node.getRootNode().activeElement !== value) value.value = labels[index]
    value.size = Math.max(3, labels[index].length)
    input.setAttribute("aria-valuetext", labels[index])
    input.style.setProperty("--filled", `${(100 * index) / Math.max(1, labels.length - 1)}%`)
  }
  const send = held => {
    if (scrolling) return
    paint()
    const index = Number(input.value)
    // A key fires "input" and "change" for the same value: report it once.
    if (last !== index && (live || !held)) report.change((last = index))
    report.hold(held)
  }
  const set = index => {
    input.value = index
    send(false)
  }
  input.addEventListener("pointerdown", event => {
    pressed = true
    scrolling = event.pointerType === "touch" ? { x: event.clientX, y: event.clientY, index: input.value } : null
    const move = ({ clientX, clientY }) => {
      if (!scrolling) return
      const [right, down] = [Math.abs(clientX - scrolling.x), Math.abs(clientY - scrolling.y)]
      if (right > 8 && right > down) scrolling = null
    }
    const end = ({ type }) => {
      pressed = false
      window.removeEventListener("pointermove", move)
      for (const name of ["pointerup", "pointercancel"]) window.removeEventListener(name, end)
      if (scrolling && type === "pointercancel") input.value = scrolling.index
      scrolling = null
      // There is no "change" event if the slider is released where it was pressed.
      setTimeout(() => send(false))
    }
    window.addEventListener("pointermove", move)
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, end)
  })
  input.addEventListener("input", () => send(pressed))
  input.addEventListener("change", () => send(false))
  less.addEventListener("click", () => set(Number(input.value) - 1))
  more.addEventListener("click", () => set(Number(input.value) + 1))
  value.addEventListener("focus", () => value.select())
  value.addEventListener("change", () => {
    const typed = toNumber(value.value)
    if (Number.isFinite(typed)) {
      const distances = labels.map(label => Math.abs(toNumber(label) - typed))
      set(distances.indexOf(Math.min(...distances)))
    }
    value.blur()
    paint()
  })
  return {
    node: around.node,
    update(spec) {
      around.update(spec)
      live = spec.live
      labels = spec.options
      input.max = labels.length - 1
      input.setAttribute("aria-label", spec.label)
      value.setAttribute("aria-label", spec.label)
    },
    set(index, error) {
      around.setError(error)
      if (index !== undefined) input.value = last = index
      paint()
    },
  }
}

// The number that a text stands for, also with the minus sign and the thousands separators of a label.
function toNumber(text) {
  return text.trim() === "" ? NaN : Number(text.trim().replaceAll("−", "-").replaceAll(/(?<=\d),(?=\d{3})/g, ""))
}

function select(report, spec) {
  const input = element("select", { id: spec.key })
  const around = frame(spec, element("div", { class: "choice" }, input))
  input.addEventListener("change", () => report.change(input.selectedIndex))
  return {
    node: around.node,
    update(spec) {
      around.update(spec)
      const at = input.selectedIndex
      input.replaceChildren(...spec.options.map(option => element("option", {}, option)))
      input.selectedIndex = at
    },
    set(index, error) {
      around.setError(error)
      if (index !== undefined) input.selectedIndex = index
    },
  }
}

function radio(report, spec) {
  const group = element("div", { class: "radio", role: "radiogroup", "aria-labelledby": `${spec.key}-name` })
  const around = frame(spec, group, { tag: "span" })
  let at = -1
  group.addEventListener("change", event => report.change(Number(event.target.value)))
  around.node.classList.toggle("bare", Boolean(spec.bare) || spec.kind === "tabs") // its label is for screen readers only
  group.classList.toggle("tabs", spec.kind === "tabs")
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
      around.setError(error)
      if (index === undefined) return
      at = index
      if (group.children[at]) group.children[at].firstChild.checked = true
    },
  }
}

function toggle(report, spec) {
  const input = element("input", { type: "checkbox", role: "switch", id: spec.key })
  const around = frame(spec, "", {})
  const label = around.node.querySelector("label")
  label.classList.add("switch")
  label.prepend(input)
  input.addEventListener("change", () => report.change(Number(input.checked)))
  return {
    node: around.node,
    update: around.update,
    set(index, error) {
      around.setError(error)
      if (index !== undefined) input.checked = index === 1
    },
  }
}

function typed(report, spec) {
  const input = element("input", { id: spec.key, autocomplete: "off", "aria-describedby": `${spec.key}-error` })
  const around = frame(spec, input)
  let shown = ""
  input.addEventListener("change", () => {
    shown = input.value
    report.change(input.value)
  })
  return {
    node: around.node,
    update(spec) {
      around.update(spec)
      input.type = spec.kind
      for (const name of ["min", "max", "step", "placeholder"]) if (spec[name] != null) input.setAttribute(name, spec[name])
    },
    set(text, error) {
      around.setError(error)
      input.setAttribute("aria-invalid", Boolean(error))
      // Text that is being edited is kept.
      if (text !== undefined && input.value === shown) input.value = shown = text
    },
  }
}
