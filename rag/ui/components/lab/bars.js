// How the saved questions fared, as bars: those of the last run above those of the one before. The roles are said,
// because a browser forgets that of a table that is laid out as a grid.

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

/** The words say all that the bar shows: the bar itself is left out for a screen reader. */
function bar(kind, name, share, text) {
  return h("td", { class: kind, role: "cell" },
    h("span", { class: "track", "aria-hidden": "true" }, h("span", { class: "fill", "--share": `${100 * (share ?? 0)}%` })),
    h("span", { class: "value" }, text),
    h("span", { class: "of", "aria-hidden": "true" }, name))
}
