// Shared by the components of a document's page: the root element and browser-side state that survive reruns.

const mounted = new WeakMap()

/** A component's view, created when it is first drawn. initialState: the state that only the browser has. */
function viewOf({ data, parentElement, setTriggerValue }, name, initialState, draw) {
  let view = mounted.get(parentElement)
  if (!view) {
    const root = document.createElement("div")
    root.className = `part ${name}`
    parentElement.appendChild(root)
    view = { root, ...initialState }
    mounted.set(parentElement, view)
  }
  view.data = data
  view.labels = data.labels
  view.go = (place) => setTriggerValue("go", place)
  view.redraw = () => draw(view)
  return view
}

/** A button that opens a place: {page, offset, start, end}. */
function pageButton(view, key, place) {
  return h(
    "button",
    { key, type: "button", class: "action to-page", "aria-label": fill(view.labels.open_page_number, place), onclick: () => view.go(place) },
    h("span", {}, fill(view.labels.page, place)),
  )
}
