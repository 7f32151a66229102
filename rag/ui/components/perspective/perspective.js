// An answer without and with its perspective, side by side: a sign, a word and a line style mark where each sentence comes from.

const mounted = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  let view = mounted.get(parentElement)
  if (!view) {
    const root = document.createElement("div")
    root.className = "perspective-effect"
    parentElement.appendChild(root)
    view = { root, opened: new Set() }
    mounted.set(parentElement, view)
  }
  view.data = data
  view.send = setTriggerValue
  draw(view)
}

function draw(view) {
  const { data, root } = view
  const { labels } = data
  if (data.state === "none") {
    patch(root, [
      h("p", { key: "explained", class: "quiet" }, data.explained),
      h("h2", { key: "question" }, data.question),
      h("p", { key: "none", class: "reason", role: "status" }, data.said),
    ])
    return
  }
  patch(root, [
    h("p", { key: "explained", class: "quiet" }, data.explained),
    h("h2", { key: "question" }, data.question),
    perspective(data),
    data.notes.length > 0 && h("ul", { key: "notes", class: "notes" }, data.notes.map((words) => h("li", {}, words))),
    h("dl", { key: "facts" }, data.facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    legend(data),
    data.difference && h("p", { key: "difference", class: "difference", role: "status" }, data.difference),
    h("div", { key: "sides", class: "sides" }, leftSide(view), side("right", data.right, view)),
    data.state === "there" && h("p", { key: "again" }, actionButton(view, "measure", labels.effect_again, false)),
    h("section", { key: "sources", class: "given", "aria-label": labels.effect_passages },
      h("h3", {}, labels.effect_passages),
      h("ol", {}, data.sources.map((source) => sourceItem(source, labels)))),
  ].filter(Boolean))
}

function perspective({ assistants, labels }) {
  return h("section", { key: "perspective", class: "perspective", "aria-label": labels.effect_perspective },
    assistants.map((assistant) => h("div", {},
      h("h3", {},
        assistant.picture
          ? h("img", { src: `data:image/png;base64,${assistant.picture}`, alt: "", width: "28", height: "28" })
          : h("span", { class: "symbol", "aria-hidden": "true" }, assistant.icon),
        h("span", {}, assistant.name), h("span", { class: "quiet" }, assistant.version)),
      h("p", { class: assistant.has_words ? "own" : "quiet" }, assistant.perspective),
      assistant.tone && h("p", { class: "quiet" }, assistant.tone))))
}

function legend({ legend, labels, left }) {
  return h("div", { key: "legend", class: "legend" },
    h("span", {}, labels.effect_legend),
    h("ul", {}, legend.map((entry) => h("li", { class: `from-${entry.mark}` }, h("span", { class: "sign", "aria-hidden": "true" }, entry.sign), h("span", {}, entry.word))),
      left && h("li", { class: "words" }, h("mark", {}, "abc"), h("span", {}, labels.effect_legend_words))))
}

/** The answer without the perspective, or the button that measures it. */
function leftSide(view) {
  const { data } = view
  const { labels } = data
  if (data.state === "there") return side("left", data.left, view)
  const measuring = data.state === "measuring"
  return h("section", { key: "left-empty", class: "side empty", "aria-label": data.left_title },
    h("h3", {}, data.left_title),
    h("div", { class: "offer" },
      h("p", { class: data.state === "failed" ? "failed" : "quiet", role: "status" }, data.said),
      measuring && h("progress", { "aria-label": data.said }),
      measuring ? actionButton(view, "cancel", labels.cancel, false) : actionButton(view, "measure", labels.effect_measure, true)))
}

function side(name, answer, view) {
  const { labels } = view.data
  return h("section", { key: name, class: "side", "aria-label": answer.title },
    h("h3", {}, answer.title),
    h("div", { class: "body" },
      answer.notes.map((words) => h("p", { class: "note" }, words)),
      answer.sentences.length === 0 && h("p", { class: "quiet" }, labels.effect_no_sentence),
      h("ol", { class: "answer" }, answer.sentences.map((sentence, place) => sentenceItem(`${name}-${place}`, sentence, view)))),
    h("div", { class: "sums" },
      answer.count && h("p", {}, answer.count),
      answer.took && h("p", { class: "quiet" }, answer.took)))
}

function sentenceItem(key, sentence, view) {
  const { labels } = view.data
  return h("li", { key, class: `from-${sentence.mark}` },
    h("p", { class: "from" }, h("span", { class: "sign", "aria-hidden": "true" }, sentence.sign), h("span", {}, sentence.word)),
    h("p", { class: "text" },
      sentence.pieces.map((piece) => (piece.changed ? h("mark", {}, piece.text) : piece.text)),
      sentence.numbers.map((source) => marker(`${key}-${source.number}`, source, view, labels))),
    sentence.numbers.filter((source) => view.opened.has(`${key}-${source.number}`)).map((source) =>
      h("div", { key: `quote-${source.number}`, id: `${key}-${source.number}`, class: "quote", "--source": source.color },
        source.quotes.map((words) => h("blockquote", {}, words)),
        h("p", { class: "quiet" }, `${source.document} ${source.page}`.trim()))))
}

function marker(key, source, view, labels) {
  const open = view.opened.has(key)
  return h("button",
    { type: "button", class: "number", "--source": source.color, "--ink": source.ink, title: source.quotes.join(" … "),
      "aria-label": fill(labels.effect_show_quote, source), "aria-expanded": String(open), "aria-controls": key,
      onclick: () => {
        if (!view.opened.delete(key)) view.opened.add(key)
        draw(view)
      } },
    String(source.number))
}

function sourceItem(source, labels) {
  return h("li", { key: `source-${source.number}` },
    h("span", { class: "number", "--source": source.color, "--ink": source.ink }, String(source.number)),
    h("div", {},
      h("p", {}, h("strong", {}, source.document), source.page && h("span", { class: "quiet" }, ` ${source.page}`), source.read && h("span", { class: "tag" }, source.read)),
      source.heading && h("p", { class: "quiet" }, source.heading),
      h("details", {}, h("summary", {}, labels.effect_passage_text), h("blockquote", {}, source.text))))
}

function actionButton(view, name, label, primary) {
  return h("button", { key: name, type: "button", class: primary ? "act primary" : "act", onclick: () => view.send(name, true) }, label)
}
