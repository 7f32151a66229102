// Two answers side by side; a sign and a word mark what differs.

const mounted = new WeakMap()

export default function ({ data, parentElement }) {
  let root = mounted.get(parentElement)
  if (!root) {
    root = document.createElement("div")
    root.className = "compare"
    parentElement.appendChild(root)
    mounted.set(parentElement, root)
  }
  patch(root, [
    h("p", { key: "legend", class: "quiet legend" }, data.labels.compare_legend),
    h("div", { key: "sides", class: "sides" }, data.sides.map((side, place) => drawSide(side, place, data.labels))),
  ])
}

function drawSide(side, place, labels) {
  return h(
    "section",
    { key: `side-${place}`, class: "side", "aria-label": side.title },
    h("h2", {}, pieces(side.question)),
    h("div", {}, h("h3", {}, labels.compare_conditions), h("dl", {}, side.conditions.map((row) => h("div", { class: row.differs ? "differs" : "" },
      h("dt", {}, row.name), h("dd", {}, row.value, row.differs && h("span", { class: "tag" }, `≠ ${labels.compare_differs}`)))))),
    h("div", {}, h("h3", {}, labels.answer),
      side.sentences.length === 0 && h("p", { class: "quiet" }, labels.compare_no_answer),
      h("ul", { class: side.refused ? "answer refused" : "answer" }, side.sentences.map((sentence, n) => h("li", { key: `sentence-${n}`, class: sentence.mark },
        sign(sentence, labels), h("p", {}, pieces(sentence.pieces), sentence.numbers.map((source) => number(source))))))),
    h("div", {}, h("h3", {}, labels.sources),
      side.sources.length === 0 && h("p", { class: "quiet" }, labels.compare_no_sources),
      h("ol", { class: "sources" }, side.sources.map((source) => h("li", { key: `source-${source.number}`, class: source.mark },
        number(source),
        h("div", {}, h("strong", {}, source.document), source.page && h("span", { class: "quiet" }, ` ${source.page}`),
          source.heading && h("p", { class: "quiet" }, source.heading),
          h("p", { class: "quiet said" }, h("span", { class: "sign", "aria-hidden": "true" }, source.sign), ` ${source.said}`)))))),
  )
}

function sign(sentence, labels) {
  const word = { same: labels.mark_same, changed: labels.mark_changed, only: labels.mark_only }[sentence.mark]
  return h("span", { class: "signed" }, h("span", { class: "sign", "aria-hidden": "true" }, sentence.sign), h("span", { class: "word" }, word))
}

function pieces(items) {
  return items.map((piece) => (piece.changed ? h("mark", {}, piece.text) : piece.text))
}

function number(source) {
  return h("span", { class: "number", "--source": source.color, "--ink": source.ink }, String(source.number))
}
