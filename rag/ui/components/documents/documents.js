// The table of documents: sorted here, ticked here; which ones are ticked is the component's state.

const COLUMNS = ["name", "type", "state", "pages", "chunks", "size", "added"]
const NUMBERS = new Set(["pages", "chunks", "size"])
const mounted = new WeakMap()

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let view = mounted.get(parentElement)
  if (!view) {
    const root = document.createElement("div")
    root.className = "documents"
    parentElement.appendChild(root)
    view = { root, selected: new Set(data.selected), by: null, down: false }
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
  draw(view)
}

function draw(view) {
  const { data, root, selected } = view
  const rows = sorted(data.rows, view)
  const all = rows.length > 0 && rows.every((row) => selected.has(row.id))
  const choose = (ids, chosen) => {
    for (const id of ids) chosen ? selected.add(id) : selected.delete(id)
    view.tell()
    draw(view)
  }
  patch(root, [
    h(
      "table",
      { key: "table", "aria-label": data.labels.documents },
      h("thead", {}, h(
        "tr",
        {},
        h("td", { class: "tick" }, tick("all", data.labels.select_all, all, (on) => choose(rows.map((row) => row.id), on))),
        COLUMNS.map((name) => heading(name, view)),
      )),
      h("tbody", {}, rows.map((row) => h(
        "tr",
        { key: `row-${row.id}`, class: selected.has(row.id) ? "selected" : "" },
        h("td", { class: "tick" }, tick(row.id, fill(data.labels.select_one, row), selected.has(row.id), (on) => choose([row.id], on))),
        h("th", { scope: "row" },
          h("button", { type: "button", class: "open", title: data.labels.open_document, onclick: () => view.open(row.id) }, row.name),
          row.tags.length > 0 && h("ul", { class: "tags", "aria-label": data.labels.tags }, row.tags.map((tag) => h("li", {}, tag))),
          row.remarks.map((words) => h("p", { class: row.failed ? "remark failed" : "remark" }, words))),
        h("td", { class: "type quiet" }, row.type),
        h("td", { class: row.failed ? "state failed" : "state" }, row.state,
          row.share !== null && h("progress", { max: "1", value: row.share, "aria-label": `${row.name}: ${row.state}` })),
        h("td", { class: "number pages" }, row.pages ? String(row.pages) : ""),
        h("td", { class: "number chunks" }, row.chunks ? String(row.chunks) : ""),
        h("td", { class: "number size quiet" }, row.size_text),
        h("td", { class: "added quiet" }, row.added_text),
      ))),
    ),
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
    draw(view)
  }
  return h(
    "th",
    { key: name, scope: "col", class: NUMBERS.has(name) ? `number ${name}` : name, "aria-sort": direction },
    h("button", { type: "button", class: "sort", onclick: sort }, h("span", {}, view.data.labels[name]), icon("up")),
  )
}

/** By a column; as they come (newest first) until one was chosen. Names as the user's language orders them. */
function sorted(rows, view) {
  if (!view.by) return rows
  const order = new Intl.Collator(view.data.language, { numeric: true }).compare
  const text = (value) => typeof value === "string"
  const ascending = [...rows].sort((a, b) => {
    const [left, right] = [a[view.by], b[view.by]]
    return text(left) ? order(left, right) : left - right
  })
  return view.down ? ascending.reverse() : ascending
}
