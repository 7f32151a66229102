// The evidence view: the page as a picture with its passages marked, or the text around a passage.

function evidenceView(data, state, act) {
  const { view, labels } = data
  const others = data.sources.filter((source) => source.cited || source.number === view.number)
  const title = view.kind === "pdf" ? fill(labels.page_of, view) : ""
  return h(
    "dialog",
    { key: "evidence", class: "evidence", tabindex: "-1", "aria-label": fill(labels.evidence, view), "aria-busy": state.waiting,
      oncancel: (event) => { event.preventDefault(); act.close() } },
    h(
      "header",
      { class: "bar" },
      h("span", { class: "where" }, h("strong", { class: "document", title: view.document }, view.document)),
      h("span", { class: "chips", role: "group", "aria-label": labels.sources }, others.map((source) => h(
        "button",
        { key: `chip-${source.number}`, type: "button", class: "number", "--source": source.color, "--ink": source.ink,
          "aria-label": fill(labels.marker, source), "aria-current": source.number === view.number ? "true" : null,
          onclick: () => act.open(source.number, null) },
        String(source.number),
      ))),
      button("close", "close", labels.close, () => act.close()),
    ),
    view.gone && h("p", { key: "gone", class: "aside bar" }, labels.gone),
    view.kind === "pdf" && h(
      "nav",
      { key: "pages", class: "bar pages", "aria-label": labels.pages },
      button("previous", "back", labels.previous, () => act.turnPage(view.page - 1), { disabled: view.page <= 1 }),
      h("span", { class: "page-of", role: "status" }, title),
      button("next", "forward", labels.next, () => act.turnPage(view.page + 1), { disabled: view.page >= view.pages }),
      button("zoom", "zoom", labels.zoom, () => act.toggleZoom(), { pressed: state.zoomed }),
    ),
    // focusable, so that the arrow keys scroll it
    h("div", { key: "body", class: "body", tabindex: "0", role: "region", "aria-label": fill(labels.evidence, view) },
      view.kind === "pdf" ? pagePicture(view, data, state) : textAround(view)),
  )
}

function pagePicture(view, data, state) {
  const first = new Map()
  for (const box of view.boxes) if (!first.has(box.number)) first.set(box.number, box)
  const color = (number) => data.sources.find((source) => source.number === number) ?? { color: "#E69F00", ink: "#000000" }
  return h(
    "div",
    { key: "paper", class: state.zoomed ? "paper zoomed" : "paper", "--ratio": `${view.width} / ${view.height}` },
    h("img", { src: view.image, alt: fill(data.labels.page_picture, view), draggable: "false" }),
    h(
      "svg",
      { class: "boxes", viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" },
      view.boxes.map((box) => h("rect", {
        class: box.kind, x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top,
        "--source": color(box.number).color,
      })),
    ),
    [...first.entries()].map(([number, box]) => h(
      "span",
      { key: `tag-${number}`, class: "number tag", "aria-hidden": "true", "--source": color(number).color, "--ink": color(number).ink,
        "--left": `${box.left * 100}%`, "--top": `${box.top * 100}%` },
      String(number),
    )),
  )
}

function textAround(view) {
  return h("blockquote", { key: "around", class: "passage around", "--source": view.color ?? "" }, segments(view.segments))
}

/** Scrolls the body, and only the body, so that what was found stands a third of the way down. */
function showFound(dialog) {
  const body = dialog.querySelector(".body")
  const found = dialog.querySelector(".quote, mark") ?? dialog.querySelector("rect, .found")
  if (!found) body.scrollTop = 0
  else body.scrollTop += found.getBoundingClientRect().top - body.getBoundingClientRect().top - body.clientHeight / 3
}
