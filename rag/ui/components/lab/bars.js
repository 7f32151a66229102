// Metrics of the saved questions as bars, the last run above the one before it. The roles are explicit because browsers
// drop the table role of a table with a grid layout.

const mounted = new WeakMap()

export default function ({ data, parentElement }) {
  let root = mounted.get(parentElement)
  if (!root) {
    root = document.createElement("div")
    root.className = "lab"
    parentElement.appendChild(root)
    mounted.set(parentElement, root)
  }
  patch(root, [
    h("table", { key: "bars", class: "bars", role: "table", "aria-label": data.title },
      h("caption", {}, data.title),
      h("thead", { class: "hidden", role: "rowgroup" }, h("tr", { role: "row" }, h("td", { role: "cell" }),
        [data.now, data.before].filter(Boolean).map((name) => h("th", { scope: "col", role: "columnheader" }, name)))),
      h("tbody", { role: "rowgroup" }, data.figures.map((figure) => h("tr", { key: figure.name, role: "row" },
        h("th", { scope: "row", role: "rowheader" }, figure.name),
        bar("now", data.now, figure.now, figure.now_text),
        data.before && bar("before", data.before, figure.before, figure.before_text)))),
    ),
  ])
}

/** The text says everything that the bar shows, so screen readers skip the bar. */
function bar(kind, name, share, text) {
  return h("td", { class: kind, role: "cell" },
    h("span", { class: "track", "aria-hidden": "true" }, h("span", { class: "fill", "--share": `${100 * (share ?? 0)}%` })),
    h("span", { class: "value" }, text),
    h("span", { class: "of", "aria-hidden": "true" }, name))
}
