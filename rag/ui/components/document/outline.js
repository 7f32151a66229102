// The outline of a document with a search field, or its page numbers if it has no headings.

export default function (args) {
  const view = viewOf(args, "outline", { query: "" }, draw)
  const moved = view.here !== view.data.here
  view.here = view.data.here
  draw(view)
  if (moved) showCurrent(view.root)
}

function draw(view) {
  const { data, labels, root } = view
  const query = view.query.trim().toLocaleLowerCase()
  const shown = query ? data.entries.filter((entry) => entry.title.toLocaleLowerCase().includes(query)) : data.entries
  patch(root, [
    data.entries.length > 12 && h("input", {
      key: "search", class: "search", type: "search", placeholder: labels.search_headings, "aria-label": labels.search_headings,
      oninput: (event) => { view.query = event.target.value; draw(view) },
    }),
    data.entries.length === 0 && h("p", { key: "none", class: "quiet" }, labels.no_headings),
    data.entries.length > 0 && shown.length === 0 && h("p", { key: "nothing", class: "quiet", role: "status" }, labels.no_headings_found),
    data.entries.length > 0
      ? h("nav", { key: "headings", class: "scroll", "aria-label": labels.outline }, h("ul", {}, shown.map((entry) => h(
        "li",
        { key: `e-${entry.index}` },
        h("button", {
          type: "button", class: "entry", "--level": String(query ? 0 : Math.min(entry.level - 1, 4)),
          "aria-current": entry.index === data.here ? "location" : null,
          "aria-label": `${entry.title}, ${fill(labels.page, entry)}`,
          onclick: () => view.go({ page: entry.page, offset: entry.offset }),
        }, h("span", { class: "title" }, entry.title), h("span", { class: "leaf" }, String(entry.page))),
      ))))
      : data.pages > 1 && h("nav", { key: "pages", class: "scroll pages", "aria-label": labels.pages }, Array.from({ length: data.pages }, (_, at) => h(
        "button",
        { key: `p-${at + 1}`, type: "button", class: "leaf-button", "aria-current": at + 1 === data.page ? "page" : null,
          "aria-label": fill(labels.open_page_number, { page: at + 1 }), onclick: () => view.go({ page: at + 1, offset: 0 }) },
        String(at + 1),
      ))),
  ].filter(Boolean))
}

/** Scrolls the list, and nothing around it, to the current heading. */
function showCurrent(root) {
  const list = root.querySelector(".scroll")
  const current = root.querySelector("[aria-current]")
  if (!list || !current) return
  const [outer, inner] = [list.getBoundingClientRect(), current.getBoundingClientRect()]
  if (inner.top < outer.top || inner.bottom > outer.bottom) list.scrollTop += inner.top - outer.top - outer.height / 3
}
