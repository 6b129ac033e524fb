// The page on paper: the stage as it is on screen and, below it, the settings, the link and its QR code.

// What fits on A4 and on Letter in landscape, with margins, in CSS pixels: the width, and the height of the stage.
const PAPER_WIDTH = 960
const STAGE_HEIGHT = 430
// The height of the buttons and tabs of the stage, which are not printed.
const NOT_PRINTED = 100
// The link that will be printed once its QR code has arrived, and the code that has arrived last.
let printing = null
let code = { link: null, svg: "" }

// Asks the app for the QR code of the present address, and prints when it is there.
function startPrinting(report) {
  writeAddress()
  printing = location.href
  report.change({ print: printing })
}

function receiveCode(value) {
  if (!value) return
  code = value
  if (printing !== code.link) return
  printing = null
  window.print()
}

// Prints the notes for teachers instead of the page (style.css).
function printNotes() {
  document.documentElement.classList.add("printing-notes")
  window.print()
}

function showSheet() {
  hideSheet()
  if (document.documentElement.classList.contains("printing-notes")) return
  const stage = document.querySelector(".st-key-stage")
  if (!stage) return
  // Paper is light: style.css inverts the charts on a canvas, whose colours CSS cannot change.
  document.documentElement.classList.toggle("printing-dark", isDark())
  const { width, height } = stage.getBoundingClientRect()
  document.documentElement.style.setProperty("--print-width", `${width}px`)
  document.documentElement.style.setProperty("--print-zoom", Math.min(1, PAPER_WIDTH / width, STAGE_HEIGHT / (height - NOT_PRINTED)))
  const settings = element("dl")
  for (const [root] of drawnPanels) {
    if (!root.isConnected) continue
    for (const control of root.querySelectorAll(".control")) {
      const text = shownValue(control)
      // The choice of language and the tabs are on the stage already.
      if (text && !control.classList.contains("bare")) {
        const name = control.querySelector(".name").textContent
        settings.append(element("div", {}, element("dt", {}, name), element("dd", {}, text)))
      }
    }
  }
  const text = element("div", {}, settings, element("p", {}, location.href))
  const sheet = element("section", { class: "print-sheet" }, text)
  if (code.link === location.href) sheet.insertAdjacentHTML("beforeend", code.svg)
  document.body.append(sheet)
}

// Whether the page has the dark theme.
function isDark() {
  const [red, green, blue] = getComputedStyle(document.querySelector(".stApp")).backgroundColor.match(/\d+/g).map(Number)
  return red + green + blue < 3 * 128
}

function hideSheet() {
  document.querySelector(".print-sheet")?.remove()
}

// The value that a control shows, as text.
function shownValue(control) {
  const input = control.querySelector("input.value, select, [role=radiogroup] input:checked, [role=switch], input")
  if (!input || input.type === "button") return ""
  if (input.tagName === "SELECT") return input.selectedOptions[0]?.textContent ?? ""
  if (input.type === "radio") return input.checked ? input.nextElementSibling.textContent : ""
  if (input.type === "checkbox") return input.checked ? "✓" : "–"
  return input.value
}

window.addEventListener("beforeprint", showSheet)
window.addEventListener("afterprint", () => {
  hideSheet()
  document.documentElement.classList.remove("printing-notes")
})
