// A sortable table with selectable rows; the ids of the selected rows are the component's state.

const mounted = new WeakMap()

/**
 * kind: `name` (class of the root), `label` (key of the table's label), `columns(data)`, `numbers` (names of numeric
 * columns), `rowName(row)`, and `cells(row, view)`, each of them with a key or always present.
 */
function drawTable({ data, parentElement, setStateValue, setTriggerValue }, kind) {
  let view = mounted.get(parentElement)
  if (!view) {
    const root = document.createElement("div")
    root.className = `table ${kind.name}`
    parentElement.appendChild(root)
    view = { root, kind, selected: new Set(data.selected), sortColumn: null, descending: false }
    mounted.set(parentElement, view)
  }
  view.data = data
  view.open = (id) => setTriggerValue("open", id)
  view.sendSelection = () => setStateValue("selected", [...view.selected])
  // rows that were deleted or filtered out are no longer selected
  const visible = new Set(data.rows.map((row) => row.id))
  const remaining = [...view.selected].filter((id) => visible.has(id))
  if (remaining.length !== view.selected.size) {
    view.selected = new Set(remaining)
    view.sendSelection()
  }
  drawRows(view)
}

function drawRows(view) {
  const { data, root, selected, kind } = view
  const rows = sorted(data.rows, view)
  const all = rows.length > 0 && rows.every((row) => selected.has(row.id))
  const select = (ids, on) => {
    for (const id of ids) on ? selected.add(id) : selected.delete(id)
    view.sendSelection()
    drawRows(view)
  }
  patch(root, [
    h("table", { key: "table", "aria-label": data.labels[kind.label] },
      h("thead", {}, h("tr", {},
        h("td", { class: "tick" }, tick("all", data.labels.select_all, all, (on) => select(rows.map((row) => row.id), on))),
        kind.columns(data).map((name) => heading(name, view)))),
      h("tbody", {}, rows.map((row) => h("tr", { key: `row-${row.id}`, class: selected.has(row.id) ? "selected" : "" },
        h("td", { class: "tick" },
          tick(row.id, fill(data.labels.select_one, { name: kind.rowName(row) }), selected.has(row.id), (on) => select([row.id], on))),
        kind.cells(row, view))))),
  ])
  // `checked` is set as a property, because the attribute of that name is only the initial value
  for (const box of root.querySelectorAll("input")) box.checked = box.dataset.chosen === "true"
}

function tick(id, label, checked, onchange) {
  return h("input", {
    id: `tick-${id}`, type: "checkbox", "aria-label": label, "data-chosen": String(checked),
    onchange: (event) => onchange(event.currentTarget.checked),
  })
}

function heading(name, view) {
  const direction = view.sortColumn === name ? (view.descending ? "descending" : "ascending") : "none"
  const sort = () => {
    view.descending = view.sortColumn === name && !view.descending
    view.sortColumn = name
    drawRows(view)
  }
  return h("th", { key: name, scope: "col", class: view.kind.numbers.has(name) ? `number ${name}` : name, "aria-sort": direction },
    h("button", { type: "button", class: "sort", onclick: sort }, h("span", {}, view.data.labels[name]), icon("up")))
}

/** Rows sorted by a column, texts in the order of the user's language; in the given order until one is clicked. */
function sorted(rows, view) {
  if (!view.sortColumn) return rows
  const order = new Intl.Collator(view.data.language, { numeric: true }).compare
  const ascending = [...rows].sort((a, b) => {
    const [left, right] = [a[view.sortColumn], b[view.sortColumn]]
    return typeof left === "string" ? order(left, right) : left - right
  })
  return view.descending ? ascending.reverse() : ascending
}
