// The table of saved questions: sorted here, ticked here; which ones are ticked is the component's state.

const NUMBERS = new Set(["now", "before"])
const mounted = new WeakMap()

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let view = mounted.get(parentElement)
  if (!view) {
    const root = document.createElement("div")
    root.className = "lab"
    parentElement.appendChild(root)
    view = { root, selected: new Set(data.selected), by: null, down: false }
    mounted.set(parentElement, view)
  }
  view.data = data
  view.tell = () => setStateValue("selected", [...view.selected])
  view.open = (id) => setTriggerValue("open", id)
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
  const columns = ["question", "vote", "scenario", data.compared && "before", data.ran && "now", data.ran && "result"].filter(Boolean)
  patch(root, [
    h("table", { key: "table", class: "questions", "aria-label": data.labels.saved_questions },
      h("thead", {}, h("tr", {},
        h("td", { class: "tick" }, tick("all", data.labels.select_all, all, (on) => choose(rows.map((row) => row.id), on))),
        columns.map((name) => heading(name, view)))),
      h("tbody", {}, rows.map((row) => h("tr", { key: `row-${row.id}`, class: selected.has(row.id) ? "selected" : "" },
        h("td", { class: "tick" }, tick(row.id, fill(data.labels.select_one, { name: row.question }), selected.has(row.id), (on) => choose([row.id], on))),
        columns.map((name) => cell(name, row, view)))))),
  ])
  // `checked` is a property: the attribute of the same name is only where it begins
  for (const box of root.querySelectorAll("input")) box.checked = box.dataset.chosen === "true"
}

function cell(name, row, view) {
  switch (name) {
    case "question":
      return h("th", { key: name, scope: "row" },
        h("button", { type: "button", class: "open", title: view.data.labels.open_question, onclick: () => view.open(row.id) }, row.question))
    case "now":
      return h("td", { key: name, class: "number now" }, row.now_text,
        row.change && h("span", { class: `change ${row.change}` }, row.change_text))
    case "before":
      return h("td", { key: name, class: "number before quiet" }, row.before_text)
    default:
      return h("td", { key: name, class: name }, name === "vote" ? row.vote_text : row[name])
  }
}

function tick(id, label, chosen, onchange) {
  return h("input", {
    id: `question-${id}`, type: "checkbox", "aria-label": label, "data-chosen": String(chosen),
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
  return h("th", { key: name, scope: "col", class: NUMBERS.has(name) ? `number ${name}` : name, "aria-sort": direction },
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
