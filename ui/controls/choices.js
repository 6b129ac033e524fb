// Controls without a value of their own, and choices that open something; see inputs.js.

function note() {
  const node = element("p", { class: "note" })
  return { node, update: () => {}, set: (_, __, text) => { node.innerHTML = text } }
}

function button(report) {
  const node = element("button", { type: "button", class: "quiet" })
  node.addEventListener("click", () => report.change(0))
  return { node, update: ({ label }) => { node.textContent = `↺ ${label}` }, set: () => {} }
}

function expander() {
  const summary = element("summary")
  const inside = element("div", { class: "controls" })
  return { node: element("details", {}, summary, inside), inside, update: ({ label }) => { summary.textContent = label }, set: () => {} }
}

// The scenes: previous and next by button or key, a menu of all, and the text of the current one.
function scenes(report, spec) {
  const key = letter => element("kbd", { "aria-hidden": true }, letter)
  const [previous, following] = [element("button", { type: "button" }), element("button", { type: "button" })]
  const menu = element("select", { "aria-label": spec.label })
  const text = element("p")
  const node = element("div", { class: "scenes" },
    element("div", { class: "steps" }, previous, element("div", { class: "choice" }, menu), following), text)
  let count = 1
  let none = ""
  let last = -1 // the scene shown last, from which previous and next continue
  const paint = active => {
    // An extra entry while no scene is active: the user's own settings.
    if (active < 0 && menu.options.length === count) menu.append(element("option", { disabled: "" }, none))
    if (active >= 0 && menu.options.length > count) menu.lastChild.remove()
    menu.selectedIndex = active < 0 ? count : active
  }
  const go = index => {
    last = (index + count) % count
    paint(last)
    report.change(last)
  }
  menu.addEventListener("change", () => go(menu.selectedIndex))
  previous.addEventListener("click", () => go(last < 0 ? -1 : last - 1))
  following.addEventListener("click", () => go(last + 1))
  const listen = event => {
    if (!node.isConnected) return document.removeEventListener("keydown", listen)
    const typing = event.composedPath()[0].closest?.("input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]")
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    // The position of the key, not its letter: a Korean keyboard types another letter.
    if (event.code === "KeyN") go(last + 1)
    if (event.code === "KeyP") go(last < 0 ? -1 : last - 1)
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
    set(value, _, html) {
      if (value === undefined) return
      last = value[1]
      paint(value[0])
      text.innerHTML = html
    },
  }
}

// A choice among buttons; pressing the chosen one again removes the choice.
function buttons(report, spec) {
  const group = element("div", { class: "buttons", role: "group", "aria-labelledby": `${spec.key}-name` })
  const around = frame(spec, group, { tag: "span" })
  around.node.classList.add("open")
  let chosen = -1
  const paint = () => [...group.children].forEach((button, index) => button.setAttribute("aria-pressed", index === chosen))
  return {
    node: around.node,
    update(spec) {
      around.update(spec)
      group.replaceChildren(...spec.options.map((option, index) => {
        const button = element("button", { type: "button" }, option)
        button.addEventListener("click", () => {
          chosen = index === chosen ? -1 : index
          paint()
          report.change(chosen)
        })
        return button
      }))
      paint()
    },
    set(index, error) {
      around.setError(error)
      if (index === undefined) return
      chosen = index
      paint()
    },
  }
}

// The prediction: a question with answers, and the result. It is one line once it was answered, or skipped by changing
// a control.
function predict(report, spec) {
  const [lead, question, verdict] = [element("strong"), element("span"), element("span", { class: "chosen" })]
  const group = element("div", { class: "buttons", role: "group" })
  const again = element("button", { type: "button", class: "quiet" })
  const answer = element("div", { class: "answer" })
  const node = element("details", { class: "predict" },
    element("summary", {}, lead, " ", question, verdict), group, answer, again)
  let options = []
  let chosen = -1
  let fresh = null
  let result = ""
  let pressed = false // the user has answered, and has changed nothing since
  const choose = index => {
    pressed = index >= 0
    chosen = index
    paint()
    report.change(index)
  }
  const paint = () => {
    [...group.children].forEach((button, index) => button.setAttribute("aria-pressed", index === chosen))
    question.hidden = chosen >= 0
    verdict.textContent = chosen >= 0 ? `${spec.chosen} ${options[chosen]}` : ""
    again.hidden = chosen < 0 || result !== ""
  }
  again.addEventListener("click", () => choose(chosen))
  return {
    node,
    update(newSpec) {
      spec = newSpec
      options = spec.options
      lead.textContent = spec.title
      question.textContent = spec.label
      group.setAttribute("aria-label", spec.label)
      again.textContent = `↺ ${spec.again}`
      if (fresh !== spec.fresh) node.open = (fresh = spec.fresh) || pressed
      group.replaceChildren(...options.map((option, index) => {
        const button = element("button", { type: "button" }, option)
        button.addEventListener("click", () => choose(index === chosen ? -1 : index))
        return button
      }))
      paint()
    },
    set(index, _, html) {
      if (index === undefined) return
      if (result && !html) node.open = pressed = false // other settings: the result does not belong to them
      if (index >= 0 && chosen < 0) node.open = pressed
      result = html
      answer.innerHTML = html
      chosen = index
      paint()
    },
  }
}

// One of several sentences in a list, with a heading.
function list(report, spec) {
  const heading = element("h2")
  const caption = element("p", { id: `${spec.key}-name` })
  const group = element("div", { class: "list", role: "radiogroup", "aria-labelledby": `${spec.key}-name` })
  group.addEventListener("change", event => report.change(Number(event.target.value)))
  return {
    node: element("div", {}, heading, caption, group),
    update(spec) {
      heading.textContent = spec.heading
      caption.textContent = spec.label
      group.replaceChildren(...spec.options.map((option, index) =>
        element("label", {}, element("input", { type: "radio", name: spec.key, value: index }), element("span", {}, option))))
    },
    set(index) {
      if (index === undefined) return
      for (const input of group.querySelectorAll("input")) input.checked = Number(input.value) === index
    },
  }
}

// All pages as links, in groups, in a menu that opens over the page. A plain click keeps the
// session. Arrow keys move between the links, Escape closes the menu.
function menu() {
  const summary = element("summary")
  const list = element("nav", { class: "pages" })
  const node = element("details", { class: "menu" }, summary, list)
  const close = () => { node.open = false }
  node.addEventListener("keydown", event => {
    const links = [...list.querySelectorAll("a")]
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === "Escape" && node.open) {
      close()
      summary.focus()
    } else if (step && node.open) {
      event.preventDefault()
      const focused = links.indexOf(node.getRootNode().activeElement)
      const first = step > 0 ? 0 : links.length - 1
      links[focused < 0 ? first : (focused + step + links.length) % links.length].focus()
    }
  })
  const clickOutside = event => {
    if (!node.isConnected) document.removeEventListener("pointerdown", clickOutside)
    else if (!event.composedPath().includes(node)) close()
  }
  document.addEventListener("pointerdown", clickOutside)
  return {
    node,
    update(spec) {
      summary.textContent = spec.label
      list.setAttribute("aria-label", spec.label)
      const link = index => {
        const anchor = element("a", { href: spec.links[index] }, spec.options[index])
        anchor.addEventListener("click", event => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return
          event.preventDefault()
          close()
          if (index !== spec.current) openPage(anchor.href)
        })
        if (index === spec.current) anchor.setAttribute("aria-current", "page")
        return anchor
      }
      list.replaceChildren(...spec.groups.map(([heading, indices]) =>
        element("section", {}, ...(heading ? [element("h3", {}, heading)] : []), ...indices.map(link))))
    },
    set: () => {},
  }
}

function title() {
  const [heading, question] = [element("h1"), element("p", { class: "question" })]
  const reconnecting = element("p", { class: "reconnecting", role: "status" })
  return {
    node: element("div", { class: "title" }, reconnecting, heading, question),
    update(spec) {
      reconnecting.textContent = spec.reconnecting
      heading.textContent = spec.label
      question.textContent = spec.question
      // For screen readers and translation programs.
      document.documentElement.lang = spec.language
    },
    set: () => {},
  }
}

const KINDS = { slider, select, radio, tabs: radio, toggle, number: typed, text: typed, note, button, expander, scenes, buttons, predict, list, menu, title }
