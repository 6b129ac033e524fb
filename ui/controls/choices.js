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

// The scenes: previous and next, a menu of all, and the text of the current one. In present mode, its name and text, a
// dot for each scene or step of a lesson, and what the keys do.
function scenes(report, spec) {
  const key = letter => element("kbd", { "aria-hidden": true }, letter)
  const [previous, following] = [element("button", { type: "button" }), element("button", { type: "button" })]
  const menu = element("select", { "aria-label": spec.label })
  const [lesson, position] = [element("a"), element("span")]
  const note = element("p", { class: "lesson-note" })
  const strip = element("div", { class: "lesson" }, element("p", {}, lesson, " · ", position), note)
  const name = element("h2", { class: "scene-name" })
  const text = element("p", { "aria-live": "polite" })
  const dots = element("div", { class: "dots" })
  const [drawer, leave] = [element("button", { type: "button" }), element("button", { type: "button" })]
  const toolbar = element("div", { class: "toolbar" }, drawer, dots, leave)
  const node = element("div", { class: "scenes" }, strip,
    element("div", { class: "steps" }, previous, element("div", { class: "choice" }, menu), following), name, text, toolbar)
  let titles = []
  let words = spec
  let step = {} // of the open lesson, see `_lesson_strip` in scenes.py
  let active = -1
  let last = -1 // the scene shown last, from which previous and next continue
  let html = ""
  let ended = false // the user has stepped beyond the last scene of a presentation
  const paint = () => {
    // An extra entry while no scene is active: the user's own settings.
    if (active < 0 && menu.options.length === titles.length) menu.append(element("option", { disabled: "" }, words.none))
    if (active >= 0 && menu.options.length > titles.length) menu.lastChild.remove()
    menu.selectedIndex = active < 0 ? titles.length : active
    name.textContent = active < 0 ? words.none : step.step_title || titles[active]
    text.innerHTML = ended ? words.end : html
    const current = words.lesson ? step.number - 1 : active
    ;[...dots.children].forEach((dot, index) => dot.setAttribute("aria-current", index === current ? "step" : "false"))
  }
  const go = index => {
    ended = presenting && index >= titles.length
    if (presenting) index = Math.min(Math.max(index, 0), titles.length - 1)
    if (!ended) {
      active = last = (index + titles.length) % titles.length
      report.change(last)
    }
    paint()
  }
  // In a lesson, from its step to the one before or after, which may be on another page.
  const walk = by => {
    const link = by > 0 ? step.next : step.previous
    ended = presenting && by > 0 && !link
    if (!link) return paint()
    const url = new URL(link, location.href)
    // A second press before the step is drawn means the same step.
    const number = search => new URLSearchParams(search).get("step")
    if (number(url.search) !== number(location.search)) openPage(url)
  }
  const move = by => {
    if (presenting && ended && by < 0) return words.lesson ? (ended = false, paint()) : go(last)
    // The app may be behind: whether the first scene is shown is known here.
    if (presenting && prediction?.step(by, active === 0)) return
    if (words.lesson) return walk(by)
    go(last < 0 ? (by > 0 ? 0 : -1) : last + by)
  }
  const show = () => {
    ended = false
    prediction?.present(active === 0)
    paint()
  }
  presentation = { step: move, show, isConnected: () => node.isConnected }
  menu.addEventListener("change", () => go(menu.selectedIndex))
  previous.addEventListener("click", () => move(-1))
  following.addEventListener("click", () => move(1))
  lesson.addEventListener("click", event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    setPresenting(false)
    openPage(lesson.href)
  })
  drawer.addEventListener("click", toggleDrawer)
  leave.addEventListener("click", () => setPresenting(false))
  return {
    node,
    update(newSpec) {
      words = newSpec
      titles = words.options
      menu.replaceChildren(...titles.map(option => element("option", {}, option)))
      previous.replaceChildren("←", element("span", {}, words.previous), key("P"))
      following.replaceChildren(element("span", {}, words.next), key("N"), "→")
      const inLesson = Boolean(words.lesson)
      step = Object.fromEntries(words.lesson ?? [])
      lesson.textContent = step.title
      lesson.href = step.overview
      position.textContent = step.position
      const { step_title: title, note: text } = step
      note.replaceChildren(element("strong", {}, title && text ? `${title}: ` : title ?? ""), text ?? "")
      note.hidden = !title && !text
      strip.hidden = !inLesson
      previous.disabled = inLesson && !step.previous
      following.disabled = inLesson && !step.next
      drawer.replaceChildren(element("span", {}, words.controls), key("C"))
      leave.replaceChildren(element("span", {}, words.leave), key("Esc"))
      dots.ariaHidden = inLesson // the text says the step, and these dots are no buttons
      dots.replaceChildren(...(inLesson ? Array.from({ length: step.count }, () => element("i")) : titles.map((title, index) => {
        const dot = element("button", { type: "button", "aria-label": title, title })
        dot.addEventListener("click", () => go(index))
        return dot
      })))
    },
    set(value, _, newHtml) {
      if (value === undefined) return
      ;[active, last] = value
      html = newHtml
      // The stage changes without a reload: a translation program would keep its translation of earlier texts.
      node.getRootNode().host?.closest(".st-key-stage")?.setAttribute("translate", "no")
      paint()
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

// The prediction of the page on screen; see `predict`.
let prediction = null

// The prediction: a question with answers, and the result. It is one line once it was answered, or skipped by changing
// a control. In present mode it is a card before the first scene, and an answer is only revealed at the next step.
function predict(report, spec) {
  const [lead, question, verdict] = [element("strong"), element("span"), element("span", { class: "chosen" })]
  const group = element("div", { class: "buttons", role: "group" })
  const [again, reveal] = [element("button", { type: "button", class: "quiet" }), element("button", { type: "button" })]
  const answer = element("div", { class: "answer" })
  const node = element("details", { class: "predict" },
    element("summary", {}, lead, " ", question, verdict), group, reveal, answer, again)
  let options = []
  let chosen = -1
  let hidden = -1 // the answer that was chosen in present mode and is not revealed yet
  let fresh = null
  let result = ""
  let pressed = false // the user has answered, and has changed nothing since
  let drawn = false
  const choose = index => {
    pressed = index >= 0
    hidden = -1
    chosen = index
    paint()
    report.change(index)
  }
  const paint = () => {
    const marked = hidden >= 0 ? hidden : chosen
    ;[...group.children].forEach((button, index) => button.setAttribute("aria-pressed", index === marked))
    question.hidden = chosen >= 0 && !presenting
    verdict.textContent = chosen >= 0 && !presenting ? `${spec.chosen} ${options[chosen]}` : ""
    again.hidden = chosen < 0 || result !== ""
    reveal.hidden = hidden < 0
  }
  const show = on => {
    document.documentElement.classList.toggle("predicting", on)
    if (on) node.open = true
    paint()
  }
  const isShown = () => document.documentElement.classList.contains("predicting")
  prediction = {
    // Present mode begins: the question comes first, if it is not answered.
    present(first) {
      hidden = -1
      show(presenting && first && chosen < 0)
      if (!presenting) node.open = fresh && chosen < 0
    },
    // Step through the card; return whether the step was used.
    step(by, atFirstScene) {
      if (!node.isConnected) return false
      if (isShown()) {
        if (by > 0 && hidden >= 0) choose(hidden)
        else if (by > 0) show(false)
        return true
      }
      if (by > 0 || !fresh || !atFirstScene) return false
      show(true)
      return true
    },
  }
  again.addEventListener("click", () => choose(chosen))
  reveal.addEventListener("click", () => choose(hidden))
  return {
    node,
    update(newSpec) {
      spec = newSpec
      options = spec.options
      lead.textContent = spec.title
      question.textContent = spec.label
      group.setAttribute("aria-label", spec.label)
      again.textContent = `↺ ${spec.again}`
      reveal.textContent = spec.reveal
      if (fresh !== spec.fresh) node.open = (fresh = spec.fresh) || pressed
      group.replaceChildren(...options.map((option, index) => {
        const button = element("button", { type: "button" }, option)
        button.addEventListener("click", () => {
          if (!presenting) return choose(index === chosen ? -1 : index)
          hidden = index
          button.blur() // the next key is a step, not another press
          paint()
        })
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
      if (!drawn && presenting) prediction.present(fresh)
      drawn = true
    },
  }
}

// Sentences on trial: below each the user decides whether it is true, and then reads the computed verdict.
function claims(report, spec) {
  const heading = element("h2")
  const caption = element("p")
  const list = element("ol", { class: "claims" })
  let items = []
  let sentences = []
  const paint = ([index, decision], html) => items.forEach((item, k) => {
    item.buttons.forEach((button, d) => button.setAttribute("aria-pressed", k === index && d === decision))
    item.verdict.innerHTML = k === index ? html : ""
  })
  return {
    node: element("div", {}, heading, caption, list),
    update(spec) {
      heading.textContent = spec.heading
      caption.textContent = spec.label
      if (String(sentences) === String(spec.options)) return
      sentences = spec.options
      items = sentences.map((sentence, index) => {
        const id = `${spec.key}-${index}`
        const verdict = element("div", { class: "verdict", role: "status", translate: "no" })
        const buttons = spec.decisions.map((decision, d) => {
          const button = element("button", { type: "button" }, decision)
          button.addEventListener("click", () => {
            paint([index, d], "")
            verdict.textContent = spec.computing
            report.change([index, d])
          })
          return button
        })
        const group = element("div", { class: "buttons", role: "group", "aria-labelledby": id }, ...buttons)
        return { verdict, buttons, node: element("li", {}, element("p", { id }, sentence), group, verdict) }
      })
      list.replaceChildren(...items.map(item => item.node))
    },
    set(value, _, html) {
      if (value !== undefined) paint(value, html)
    },
  }
}

// Tasks that the app checks on every state, folded. The summary counts those that were met; each of these shows its best
// result and its insight. A message says which one has just been met.
function challenges(report, spec) {
  const [title, count] = [element("span"), element("span", { class: "count" })]
  const list = element("ul")
  const status = element("p", { role: "status" })
  const details = element("details", {}, element("summary", {}, title, " ", count), list)
  const node = element("div", { class: "challenges" }, details, status)
  let items = []
  let met = null // whether each one was met when the state was drawn last
  let drawn = ""
  details.addEventListener("toggle", () => { if (details.open) status.textContent = "" })
  return {
    node,
    update(newSpec) {
      spec = newSpec
      title.textContent = spec.label
      items = spec.options.map(task => {
        const [tick, best, insight] = [element("span", { class: "tick" }), element("p", { class: "best" }), element("div")]
        return { tick, best, insight, node: element("li", {}, element("p", {}, tick, task), best, insight) }
      })
      list.replaceChildren(...items.map(item => item.node))
      drawn = ""
    },
    set(outcomes) {
      if (outcomes === undefined || JSON.stringify(outcomes) === drawn) return
      drawn = JSON.stringify(outcomes)
      items.forEach(({ tick, best, insight, node }, index) => {
        const [result, html] = outcomes[index] ?? ["", ""]
        node.classList.toggle("met", outcomes[index] !== null)
        tick.replaceChildren(...(outcomes[index] ? [element("span", { role: "img", "aria-label": spec.solved }, "✓")] : []))
        best.textContent = result
        insight.innerHTML = html
      })
      const now = outcomes.map(outcome => outcome !== null)
      const fresh = met ? spec.options.filter((_, index) => now[index] && !met[index]) : []
      if (fresh.length) status.textContent = `✓ ${spec.met} ${fresh.join(" ")}`
      met = now
      count.textContent = `${now.filter(Boolean).length}/${now.length} ✓`
    },
  }
}

// Prints the notes for teachers, see print.js.
function notes() {
  const node = element("button", { type: "button", class: "quiet" })
  node.addEventListener("click", printNotes)
  return { node, update: ({ label }) => { node.textContent = label }, set: () => {} }
}

// All pages as links, in groups, in a menu that opens over the page. A plain click keeps the
// session. Arrow keys move between the links, Escape closes the menu.
function menu() {
  const summary = element("summary")
  const list = element("nav")
  const shortcuts = element("input", { type: "checkbox" })
  const shortcutsLabel = element("span")
  const settings = element("label", { class: "shortcuts" }, shortcuts, shortcutsLabel)
  const node = element("details", { class: "menu" }, summary, element("div", { class: "pages" }, list, settings))
  shortcuts.checked = shortcutsAreOn()
  shortcuts.addEventListener("change", () => remember(SHORTCUTS, shortcuts.checked ? "on" : "off"))
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
      shortcutsLabel.textContent = spec.shortcuts
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

// The title of the page, its question with a short introduction, and the button of present mode.
function title(report) {
  const [heading, question, name] = [element("h1"), element("span", { class: "question" }), element("span", { class: "chip" })]
  const introduction = element("div", { class: "introduction" })
  const short = element("details", { class: "short" }, element("summary", {}, question, name), introduction)
  const present = element("button", { type: "button", class: "present" })
  const share = element("button", { type: "button", class: "share" })
  const print = element("button", { type: "button", class: "print" })
  const reconnecting = element("p", { class: "reconnecting", role: "status" })
  present.addEventListener("click", () => setPresenting(true))
  share.addEventListener("click", () => report.change("share"))
  print.addEventListener("click", () => startPrinting(report))
  let page = ""
  return {
    node: element("div", { class: "title" }, reconnecting, heading, share, print, present, short),
    update(spec) {
      reconnecting.textContent = spec.reconnecting
      heading.textContent = spec.label
      question.textContent = spec.question
      name.textContent = spec.short_title
      introduction.innerHTML = spec.short
      name.hidden = !spec.short
      present.replaceChildren(element("span", {}, spec.present), element("kbd", { "aria-hidden": true }, "F"))
      share.textContent = spec.share
      print.textContent = spec.print
      print.hidden = !spec.short
      present.hidden = share.hidden = !spec.short || spec.exam
      // An exam has no scenes to present.
      if (presenting && spec.exam) setPresenting(false)
      // Open on the first visit of a page.
      if (page !== spec.page) {
        page = spec.page
        const visited = `visited ${page}`
        short.open = Boolean(spec.short) && innerWidth > 640 && !recall(visited)
        remember(visited, "yes")
      }
      // For screen readers and translation programs.
      document.documentElement.lang = spec.language
    },
    set: receiveCode,
  }
}

const KINDS = { slider, select, radio, tabs: radio, toggle, number: typed, text: typed, note, button, expander, scenes, buttons, predict, claims, challenges, notes, menu, title }
