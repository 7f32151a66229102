// What the parts of a document's page have in common: one root each, kept from run to run with its own state.

const mounted = new WeakMap()

/** The part's view, made at its first drawing. start: what of its state the server does not know. */
function viewOf({ data, parentElement, setTriggerValue }, name, start, draw) {
  let view = mounted.get(parentElement)
  if (!view) {
    const root = document.createElement("div")
    root.className = `part ${name}`
    parentElement.appendChild(root)
    view = { root, ...start }
    mounted.set(parentElement, view)
  }
  view.data = data
  view.labels = data.labels
  view.go = (place) => setTriggerValue("go", place)
  view.redraw = () => draw(view)
  return view
}

/** A button that leads to a place: {page, offset, start, end}. */
function toPage(view, key, place) {
  return h(
    "button",
    { key, type: "button", class: "action to-page", "aria-label": fill(view.labels.open_page_number, place), onclick: () => view.go(place) },
    h("span", {}, fill(view.labels.page, place)),
  )
}
