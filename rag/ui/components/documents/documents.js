// The table of documents.

const KIND = {
  name: "documents",
  label: "documents",
  columns: () => ["name", "type", "state", "pages", "chunks", "size", "added"],
  numbers: new Set(["pages", "chunks", "size"]),
  rowName: (row) => row.name,
  cells: (row, view) => [
    h("th", { scope: "row", class: row.depth ? `inside inside-${Math.min(row.depth, 3)}` : "" },
      h("button", { type: "button", class: "open", title: view.data.labels.open_document, onclick: () => view.open(row.id) }, row.name),
      row.tags.length > 0 && h("ul", { class: "tags", "aria-label": view.data.labels.tags }, row.tags.map((tag) => h("li", {}, tag))),
      row.remarks.map((words) => h("p", { class: row.failed ? "remark failed" : "remark" }, words))),
    h("td", { class: "type quiet" }, row.type),
    h("td", { class: row.failed ? "state failed" : "state" }, row.state,
      row.share !== null && h("progress", { max: "1", value: row.share, "aria-label": `${row.name}: ${row.state}` })),
    h("td", { class: "number pages" }, row.pages ? String(row.pages) : ""),
    h("td", { class: "number chunks" }, row.chunks ? String(row.chunks) : ""),
    h("td", { class: "number size quiet" }, row.size_text),
    h("td", { class: "added quiet" }, row.added_text),
  ],
}

export default function (component) {
  drawTable(component, KIND)
}
