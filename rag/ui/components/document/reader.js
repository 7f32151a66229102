// A page as an image or as text, optionally with the borders of its chunks.

export default function (args) {
  const view = viewOf(args, "reader", { borders: false, text: false }, draw)
  const place = JSON.stringify([view.data.page, view.data.part, view.data.offset])
  const moved = view.place !== place
  view.place = place
  draw(view)
  if (moved) scrollToMark(view.root)
}

function draw(view) {
  const { data, labels, root } = view
  const asText = data.kind === "text" || view.text
  patch(root, [
    h(
      "div",
      { key: "bar", class: "bar" },
      data.before || data.after ? h("nav", { key: "pages", class: "group", "aria-label": labels.pages },
        button("previous", "back", labels.previous, () => view.go(data.before), { disabled: !data.before }),
        h("span", { class: "where", role: "status" }, data.where),
        button("next", "forward", labels.next, () => view.go(data.after), { disabled: !data.after }),
        data.pages > 2 && h("input", {
          key: "goto", class: "goto", type: "number", min: 1, max: data.pages, step: 1, value: data.page, "aria-label": labels.go_to_page, title: labels.go_to_page,
          onchange: (event) => {
            const page = Math.round(Number(event.target.value))
            if (page >= 1 && page <= data.pages && page !== data.page) view.go({ page, offset: 0 })
            else event.target.value = data.page
          },
        })) : h("span", { key: "where", class: "where" }, data.where),
      h("span", { class: "group" },
        h("label", { class: "choice" }, h("input", { type: "checkbox", onchange: (event) => { view.borders = event.target.checked; draw(view) } }), h("span", {}, labels.show_borders)),
        data.kind === "pdf" && h("label", { class: "choice" }, h("input", { type: "checkbox", onchange: (event) => { view.text = event.target.checked; draw(view) } }), h("span", {}, labels.show_text))),
    ),
    data.by_ocr && h("p", { key: "ocr", class: "quiet legend" }, labels.by_ocr),
    view.borders && h("p", { key: "legend", class: "quiet legend", role: "status" }, data.chunk_count ? fill(labels.borders_legend, { count: data.chunk_count }) : labels.no_chunks_here),
    view.borders && !asText && !data.exact && h("p", { key: "inexact", class: "quiet legend" }, labels.not_exact),
    asText
      ? h("div", { key: "text", class: "body reads", tabindex: "0", role: "region", "aria-label": data.where }, pageText(view))
      : h("div", { key: "picture", class: "body", tabindex: "0", role: "region", "aria-label": data.where }, picture(view)),
  ].filter(Boolean))
}

function pageText({ data, labels, borders }) {
  if (!data.segments.length) return h("p", { class: "quiet" }, labels.no_page_text)
  return h("div", { class: "prose" }, data.segments.map((piece, at) => h(
    piece.marked ? "mark" : "span",
    { key: `s-${at}-${piece.marked}`, class: borders && piece.chunks.length ? `chunk tone-${piece.chunks[0] % 2} ${piece.chunks.length > 1 ? "twice" : ""}` : "" },
    borders && piece.begins.map((number) => h("span", { class: "tab", "aria-hidden": "true" }, `#${number}`)),
    piece.text,
  )))
}

function picture({ data, labels, borders }) {
  const rect = (box, name) => h("rect", { class: name, x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top })
  return h(
    "div",
    { class: "paper", "--ratio": `${data.width} / ${data.height}` },
    h("img", { src: data.image, alt: fill(labels.page_picture, data) }),
    h("svg", { class: "boxes", viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" },
      borders && data.boxes.map((chunk) => chunk.lines.map((box) => rect(box, `chunk tone-${chunk.ordinal % 2}`))),
      data.marks.map((box) => rect(box, "mark"))),
    borders && data.boxes.filter((chunk) => chunk.lines.length).map((chunk) => h(
      "span",
      { key: `tab-${chunk.ordinal}`, class: "tab on-page", "aria-hidden": "true", "--top": `${chunk.lines[0].top * 100}%` },
      `#${chunk.ordinal}`,
    )),
  )
}

/** Scrolls the pane, and nothing around it, to the mark. */
function scrollToMark(root) {
  const body = root.querySelector(".body")
  if (!body) return
  const mark = root.querySelector("mark, rect.mark")
  body.scrollTop = 0
  if (!mark) return
  const [outer, inner] = [body.getBoundingClientRect(), mark.getBoundingClientRect()]
  if (inner.bottom > outer.bottom) body.scrollTop = inner.top - outer.top - outer.height / 3
}
