// What a page says and what opens something: each as in controls.js.

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

// A choice that may be left open: pressed again, what was chosen is let go.
function pick(hand, spec) {
  const group = element("div", { class: "picks", role: "group", "aria-labelledby": `${spec.key}-name` })
  const around = frame(spec, group, { tag: "span" })
  const answer = element("div", { class: "answer" })
  around.node.append(answer)
  around.node.classList.add(spec.look ?? "pick")
  const lead = element("strong")
  let at = -1
  const paint = () => [...group.children].forEach((button, index) => button.setAttribute("aria-pressed", index === at))
  return {
    node: around.node,
    update(spec) {
      around.update(spec)
      if (spec.lead) {
        lead.textContent = spec.lead
        around.node.querySelector(".name").prepend(lead, " ")
      }
      group.replaceChildren(...spec.options.map((option, index) => {
        const button = element("button", { type: "button" }, option)
        button.addEventListener("click", () => {
          at = index === at ? -1 : index
          paint()
          hand.move(at)
        })
        return button
      }))
      paint()
    },
    set(index, error, said) {
      around.explain(error)
      answer.innerHTML = said
      if (index === undefined) return
      at = index
      paint()
    },
  }
}

// One of many sentences, below each other, under a heading of the page.
function list(hand, spec) {
  const heading = element("h2")
  const caption = element("p", { id: `${spec.key}-name` })
  const group = element("div", { class: "list", role: "radiogroup", "aria-labelledby": `${spec.key}-name` })
  group.addEventListener("change", event => hand.move(Number(event.target.value)))
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

// The pages. A link is a link, to be opened elsewhere too; pressed here, it asks the app, which keeps the session.
function menu(hand, spec) {
  const node = element("nav", { class: "menu", "aria-label": spec.label })
  return {
    node,
    update(spec) {
      node.setAttribute("aria-label", spec.label)
      node.replaceChildren(...spec.options.map((title, index) => {
        const link = element("a", { href: spec.links[index] }, title)
        link.addEventListener("click", event => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return
          event.preventDefault()
          hand.move(index)
        })
        if (index === spec.here) link.setAttribute("aria-current", "page")
        return link
      }))
      // On a phone the row of pages is longer than the screen.
      requestAnimationFrame(() => {
        const here = node.children[spec.here]
        if (here) node.scrollLeft = here.offsetLeft - (node.clientWidth - here.offsetWidth) / 2
      })
    },
    set: () => {},
  }
}

function title() {
  const [heading, question] = [element("h1"), element("p", { class: "question" })]
  return {
    node: element("div", { class: "title" }, heading, question),
    update(spec) {
      heading.textContent = spec.label
      question.textContent = spec.question
    },
    set: () => {},
  }
}

const KINDS = { slider, select, row, toggle, number: typed, text: typed, said, press, fold, scenes, pick, list, menu, title }
