// The question and its answer: sentences with numbered markers, verdicts, what is still being written, and actions.

function answerColumn(data, state, act) {
  const { turn, labels, questions } = data
  const running = turn.state === "running"
  const asked = [questions.scope, questions.model].filter(Boolean).join(" · ")
  return h(
    "section",
    { key: "answer", class: "answer", "aria-label": labels.answer },
    asked && h("p", { key: "asked", class: "aside asked" }, asked),
    question(data, state, act),
    turn.searched && h("p", { key: "searched", class: "aside" }, fill(labels.searched, { searched: turn.searched })),
    h(
      "div",
      { key: "text", class: turn.doubted ? "doubted" : null, "aria-live": "polite", "aria-busy": String(running) },
      turn.doubted && h("p", { key: "doubted", class: "doubt" }, h("strong", {}, labels.doubtful), h("span", {}, turn.doubted)),
      turn.partial && h("p", { key: "partial", class: "written" }, turn.partial, running && h("span", { class: "caret" })),
      turn.sentences.length > 0 && sentences("sentences", turn.sentences, turn.verbatim, data, state, act),
      turn.quotes.length > 0 && h("h3", { key: "quotes-title", class: "overline" }, labels.quotes),
      turn.quotes.length > 0 && sentences("quotes", turn.quotes, true, data, state, act),
      turn.notice && h("p", { key: "notice", class: turn.answered ? "notice" : "notice refusal", role: "status" }, turn.notice),
      questions.searched_in && h("p", { key: "searched-in", class: "notice" }, questions.searched_in),
    ),
    questions.can_answer && h("p", { key: "anyway", class: "actions anyway" },
      h("button", { key: "anyway", type: "button", class: "action outlined", onclick: () => act.do("anyway", null) }, labels.answer_anyway)),
    running && h("p", { key: "status", class: "status", role: "status" }, h("span", { class: "pulse" }), turn.status),
    !running && actions(data, state, act),
    !running && model(data, state, act),
    !running && note(data, state, act),
    variants(data, act),
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
      item.verdict !== "supported" && h("span", { key: "verdict", class: `verdict ${item.verdict}` }, verdictWord(item.verdict, data.labels)),
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

function verdictWord(verdict, labels) {
  return { partly: labels.partly, unsupported: labels.unsupported, perspective: labels.angle }[verdict]
}

function actions(data, state, act) {
  const { turn, labels, questions } = data
  const vote = voteOf(data, state)
  const said = turn.sentences.length + turn.quotes.length > 0
  const copy = (key, label, text) => said && button(key, state.copied === key ? "check" : "copy", state.copied === key ? labels.copied : label,
    () => act.copy(key, text(data)), { text: true })
  const voting = (key, name, label, value) =>
    button(key, name, label, () => act.do("vote", vote === value ? 0 : value), { pressed: vote === value })
  return [
    h(
      "div",
      { key: "actions", class: "actions" },
      data.can_regenerate && button("regenerate", "again", labels.regenerate, () => act.do("regenerate", null), { text: true }),
      copy("copy", labels.copy, answerText),
      voting("up", "thumbup", labels.vote_up, 1),
      voting("down", "thumbdown", labels.vote_down, -1),
      button("how", "how", labels.how, () => act.do("how", null), { text: true }),
      moreButton("answer", labels.more, state, act),
      turn.seconds && h("span", { class: "seconds" }, turn.seconds),
    ),
    state.more.has("answer") && h(
      "div",
      { key: "more", class: "actions rest" },
      button("edit", "edit", labels.edit_question, () => act.edit("question"), { text: true }),
      button("model", "model", labels.another_model, () => act.edit("model"), { text: true }),
      button("note", "note", labels.note, () => act.edit("note"), { text: true, pressed: questions.note ? true : null }),
      copy("copy_bare", labels.copy_bare, bareText),
    ),
  ]
}

/** What the answer says, without numbers and sources. */
function bareText({ turn }) {
  const written = turn.sentences.length ? turn.sentences : turn.quotes
  return written.map((item) => item.text).join(turn.verbatim || !turn.sentences.length ? "\n" : " ")
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
