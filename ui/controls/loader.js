// The script of each panel, sent on every rerun: it hands the panel to the shared script, or queues it until that has
// loaded. It returns nothing, because Streamlit would call a returned function when it removes the panel.
export default component => {
  if (PANELS.draw) PANELS.draw(component)
  else PANELS.waiting.add(component)
}
