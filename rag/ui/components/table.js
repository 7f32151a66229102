// A table that is sorted here and whose rows are ticked here; which ones are ticked is the component's state.

const mounted = new WeakMap()

/**
 * kind: `name` of the table (the class of what it is drawn in), `label` (key of its name), `columns` of the data, those
 * that are `numbers`, `named` (what a row is called), and `cells` of a row, each keyed or always there.
 */
function drawTable({ data, parentElement, setStateValue, setTriggerValue }, kind) {
  let view = mounted.get(parentElement)
  if (!view) {
    const root = document.createElement("div")
    root.className = `table ${kind.name}`
    parentElement.appendChild(root)
    view = { root, kind, selected: new Set(data.selected), by: null, down: false }
    mounted.set(parentElement, view)
  }
  view.data = data
  view.open = (id) => setTriggerValue("open", id)
  view.tell = () => setStateValue("selected", [...view.selected])
  // what has gone, or is not shown any more, is not chosen any more
  const shown = new Set(data.rows.map((row) => row.id))
  const kept = [...view.selected].filter((id) => shown.has(id))
  if (kept.length !== view.selected.size) {
    view.selected = new Set(kept)
    view.tell()
  }
  drawRows(view)
}

function drawRows(view) {
  const { data, root, selected, kind } = view
  const rows = sorted(data.rows, view)
  const all = rows.length > 0 && rows.every((row) => selected.has(row.id))
  const choose = (ids, chosen) => {
    for (const id of ids) chosen ? selected.add(id) : selected.delete(id)
    view.tell()
    drawRows(view)
  }
  patch(root, [
    h("table", { key: "table", "aria-label": data.labels[kind.label] },
      h("thead", {}, h("tr", {},
        h("td", { class: "tick" }, tick("all", data.labels.select_all, all, (on) => choose(rows.map((row) => row.id), on))),
        kind.columns(data).map((name) => heading(name, view)))),
      h("tbody", {}, rows.map((row) => h("tr", { key: `row-${row.id}`, class: selected.has(row.id) ? "selected" : "" },
        h("td", { class: "tick" },
          tick(row.id, fill(data.labels.select_one, { name: kind.named(row) }), selected.has(row.id), (on) => choose([row.id], on))),
        kind.cells(row, view))))),
  ])
  // `checked` is a property: the attribute of the same name is only where it begins
  for (const box of root.querySelectorAll("input")) box.checked = box.dataset.chosen === "true"
}

function tick(id, label, chosen, onchange) {
  return h("input", {
    id: `tick-${id}`, type: "checkbox", "aria-label": label, "data-chosen": String(chosen),
    onchange: (event) => onchange(event.currentTarget.checked),
  })
}

function heading(name, view) {
  const direction = view.by === name ? (view.down ? "descending" : "ascending") : "none"
  const sort = () => {
    view.down = view.by === name && !view.down
    view.by = name
    drawRows(view)
  }
  return h("th", { key: name, scope: "col", class: view.kind.numbers.has(name) ? `number ${name}` : name, "aria-sort": direction },
    h("button", { type: "button", class: "sort", onclick: sort }, h("span", {}, view.data.labels[name]), icon("up")))
}

/** By a column; as they come (newest first) until one was chosen. Texts as the user's language orders them. */
function sorted(rows, view) {
  if (!view.by) return rows
  const order = new Intl.Collator(view.data.language, { numeric: true }).compare
  const ascending = [...rows].sort((a, b) => {
    const [left, right] = [a[view.by], b[view.by]]
    return typeof left === "string" ? order(left, right) : left - right
  })
  return view.down ? ascending.reverse() : ascending
}
