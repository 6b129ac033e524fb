// The address describes what is on screen. The browser alone writes it, from the parameters that all panels name.

// Write the address only after this pause: a change of address costs a browser as much as a chart.
const ADDRESS_DELAY_MS = 250
// During a long run, such as a training, write it once no panel has changed for this time.
const LONG_RUN_MS = 1000

// The address parameters of every panel on the page, by root element, and the panels that are changing.
const addresses = new Map()
const changing = new Set()
let addressTimer = 0
let longRunTimer = 0
// The path of the page on which the user has changed something: another page's address is not written.
let changedPath = null
// The control of the last change, and of the last history entry; a slider replaces its own entry.
let lastControl = null
let entryControl = null

// Whether the app has yet to draw the state to which Back or Forward has led. Until then no change is sent: Streamlit
// would merge both requests and forget that one of them was Back.
let navigated = false
let navigationTimer = 0
// Path and query of the address before Back or Forward.
let lastPlace = location.pathname + location.search
let requesting = false

window.addEventListener("popstate", () => {
  if (requesting) return
  clearTimeout(addressTimer)
  clearTimeout(longRunTimer)
  changedPath = lastControl = entryControl = null
  const place = location.pathname + location.search
  // A link to a heading of the same page starts no run.
  if (location.hash && place === lastPlace) return
  lastPlace = place
  navigated = true
  dropQueued()
  clearTimeout(navigationTimer)
  navigationTimer = setTimeout(() => { if (isIdle() && !restoring) endNavigation() }, TIMEOUT_MS)
})

function endNavigation() {
  if (!navigated) return
  navigated = false
  clearTimeout(navigationTimer)
  confirmSession()
  sendQueued()
}

function noteChange(key, spec) {
  changedPath = location.pathname
  lastControl = spec.kind === "slider" ? key : null
}

// Makes Streamlit run the page at the present address, as it does after Back; no change is dropped.
function requestRun() {
  requesting = true
  window.dispatchEvent(new PopStateEvent("popstate"))
  requesting = false
}

// Opens another page in the same session: Streamlit reads the address as it does after Back. `st.switch_page` would add
// a second history entry, of this page with the parameters of the other one.
function openPage(link) {
  writeAddress()
  const url = new URL(link)
  for (const [name, text] of new URLSearchParams(location.search))
    if (name.startsWith("embed")) url.searchParams.append(name, text)
  if (presenting) url.searchParams.set("present", "1")
  if (isEmbedded()) history.replaceState({}, "", url)
  else history.pushState({}, "", url)
  window.dispatchEvent(new PopStateEvent("popstate"))
}

// Inside another page, the history belongs to that page.
function isEmbedded() {
  return window.parent !== window
}

function setChanging(root, isChanging) {
  if (isChanging) changing.add(root)
  else changing.delete(root)
  clearTimeout(addressTimer)
  if ([...changing].some(other => other.isConnected)) return
  addressTimer = setTimeout(onRest, ADDRESS_DELAY_MS)
}

// Writes the address after the run: half an address would be another state.
function onRest() {
  if (restoring || !isIdle()) {
    addressTimer = setTimeout(onRest, ADDRESS_DELAY_MS)
    return
  }
  dropOrphans()
  for (const root of addresses.keys()) root.removeAttribute("data-pending")
  writeAddress()
}

// A user may leave or reload the page before a long run has ended.
function scheduleLongRun() {
  clearTimeout(longRunTimer)
  longRunTimer = setTimeout(() => {
    if ([...drawnPanels].every(([root, panel]) => !root.isConnected || panel.isSettled())) writeAddress()
  }, LONG_RUN_MS)
}

// Writes all parameters at once.
function writeAddress() {
  for (const root of addresses.keys()) if (!root.isConnected) addresses.delete(root)
  if (restoring || navigated || changedPath !== location.pathname) return
  const url = new URL(location.href)
  const shown = Object.assign({ present: presenting ? "1" : null }, ...addresses.values())
  for (const [key, text] of Object.entries(shown)) {
    if (text === null) url.searchParams.delete(key)
    else if (url.searchParams.get(key) !== text) url.searchParams.set(key, text)
  }
  if (url.href === location.href) return
  // A slider that moves again replaces its own entry.
  if (isEmbedded() || (lastControl && lastControl === entryControl)) history.replaceState({}, "", url)
  else history.pushState({}, "", url)
  entryControl = lastControl
  lastPlace = location.pathname + location.search
  // On Streamlit Cloud the visible address belongs to the page around the app, which Streamlit notifies in this way.
  if (isEmbedded())
    window.parent.postMessage({ stCommVersion: 1, type: "SET_QUERY_PARAM", queryParams: url.search }, "*")
}
