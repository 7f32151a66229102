// The table of saved questions.

const columns = (data) =>
  ["question", "vote", "scenario", data.compared && "before", data.ran && "now", data.ran && "result"].filter(Boolean)

const KIND = {
  name: "questions",
  label: "saved_questions",
  columns,
  numbers: new Set(["now", "before"]),
  rowName: (row) => row.question,
  cells: (row, view) => columns(view.data).map((name) => cell(name, row, view)),
}

export default function (component) {
  drawTable(component, KIND)
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
