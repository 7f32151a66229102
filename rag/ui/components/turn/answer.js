// The question and its answer: sentences with numbered markers, verdicts, what is still being written, and actions.

function answerColumn(data, state, act) {
  const { turn, labels } = data
  const running = turn.state === "running"
  return h(
    "section",
    { key: "answer", class: "answer", "aria-label": labels.answer },
    h("h2", { key: "question", class: "question" }, turn.question),
    turn.searched && h("p", { key: "searched", class: "aside" }, fill(labels.searched, { searched: turn.searched })),
    h(
      "div",
      { key: "text", "aria-live": "polite", "aria-busy": running },
      turn.partial && h("p", { key: "partial", class: "written" }, turn.partial, running && h("span", { class: "caret" })),
      turn.sentences.length > 0 && sentences("sentences", turn.sentences, turn.verbatim, data, state, act),
      turn.quotes.length > 0 && h("h3", { key: "quotes-title", class: "overline" }, labels.quotes),
      turn.quotes.length > 0 && sentences("quotes", turn.quotes, true, data, state, act),
      turn.notice && h("p", { key: "notice", class: turn.answered ? "notice" : "notice refusal", role: "status" }, turn.notice),
    ),
    running && h("p", { key: "status", class: "status", role: "status" }, h("span", { class: "pulse" }), turn.status),
    !running && actions(data, state, act),
  )
}

function sentences(key, items, verbatim, data, state, act) {
  return h(
    verbatim ? "ul" : "p",
    { key, class: verbatim ? "quotes" : "written" },
    items.map((item, index) => h(verbatim ? "li" : "span", { key: `${key}-${index}` }, sentence(item, data, state, act), " ")),
  )
}

function sentence(item, data, state, act) {
  // a marker stays on one line with the last word that it belongs to
  const [, head, tail] = item.text.match(/^([\s\S]*\s)?(\S{0,24})$/) ?? [null, item.text, ""]
  const words = `words ${item.verdict}`
  return [
    head && h("span", { key: "head", class: words }, head),
    h("span", { key: "tail", class: "tail" },
      tail && h("span", { class: words }, tail),
      item.verdict !== "supported" && h("span", { key: "verdict", class: `verdict ${item.verdict}` }, data.labels[item.verdict]),
      item.citations.map((number) => marker(number, data, state, act))),
  ]
}

function marker(number, data, state, act) {
  const source = data.sources.find((candidate) => candidate.number === number)
  if (!source) return null
  return h(
    "button",
    {
      key: `marker-${number}`, type: "button", class: "number", "--source": source.color, "--ink": source.ink,
      "aria-label": fill(data.labels.marker, source),
      onclick: (event) => act.open(number, event.currentTarget),
      onmouseenter: () => act.point(number), onmouseleave: () => act.point(null),
      onfocus: () => act.point(number), onblur: () => act.point(null),
    },
    String(number),
  )
}

function actions(data, state, act) {
  const { turn, labels } = data
  const copied = state.copied === "answer"
  return h(
    "div",
    { key: "actions", class: "actions" },
    data.can_regenerate && button("regenerate", "again", labels.regenerate, () => act.send("regenerate", turn.id), { text: true }),
    turn.sentences.length + turn.quotes.length > 0 &&
      button("copy", copied ? "check" : "copy", copied ? labels.copied : labels.copy, () => act.copy("answer", answerText(data)), { text: true }),
    turn.seconds && h("span", { class: "seconds" }, turn.seconds),
  )
}

/** The answer as plain text: numbers in brackets, then the sources they stand for. */
function answerText(data) {
  const { turn } = data
  const line = (item) => item.text + item.citations.map((number) => ` [${number}]`).join("")
  const all = turn.sentences.concat(turn.quotes)
  const cited = new Set(all.flatMap((item) => item.citations))
  const list = data.sources.filter((source) => cited.has(source.number)).map((source) => `[${source.number}] ${reference(source)}`)
  const blocks = [turn.question, turn.sentences.map(line).join(turn.verbatim ? "\n" : " "), turn.quotes.map(line).join("\n"), list.join("\n")]
  return blocks.filter(Boolean).join("\n\n")
}

function reference(source) {
  return [source.document, source.page_label, source.heading_path.join(" › ")].filter(Boolean).join(", ")
}
