// The question and its answer: sentences with source markers and verdicts, the text being written, and actions.

function answerColumn(data, state, act) {
  const { turn, labels, questions, column } = data
  const running = turn.state === "running"
  const asked = [questions.scope, turn.who ? "" : questions.model].filter(Boolean).join(" · ")
  return h(
    "section",
    { key: "answer", class: "answer", "aria-label": column ? fill(labels.panel_answer_of, column) : labels.answer },
    column && columnHead(data),
    !column && asked && h("p", { key: "asked", class: "aside asked" }, asked),
    !column && question(data, state, act),
    !column && turn.searched && h("p", { key: "searched", class: "aside" }, fill(labels.searched, { searched: turn.searched })),
    !column && turn.corrected && h("p", { key: "corrected", class: "aside" }, turn.corrected),
    attribution(data, state, act),
    h(
      "div",
      { key: "text", class: turn.doubted ? "doubted" : null, "aria-live": "polite", "aria-busy": String(running) },
      turn.doubted && h("p", { key: "doubted", class: "doubt" }, h("strong", {}, labels.doubtful), h("span", {}, turn.doubted)),
      turn.confidence && h("p", { key: "confidence", class: `confidence ${turn.confidence.level}` },
        h("strong", {}, turn.confidence.name), h("span", { class: "aside" }, turn.confidence.measured)),
      turn.partial && h("p", { key: "partial", class: "written" }, turn.partial, running && h("span", { class: "caret" })),
      turn.sentences.length > 0 && sentences("sentences", turn.sentences, turn.verbatim, data, state, act),
      turn.cut_off && h("p", { key: "cut", class: "cut-off" }, icon("cut"), labels.cut_off),
      quoteList(data, state, act),
      turn.notice && h("p", { key: "notice", class: turn.answered ? "notice" : "notice refusal", role: "status" }, turn.notice),
      questions.searched_in && h("p", { key: "searched-in", class: "notice" }, questions.searched_in),
    ),
    questions.can_answer && h("p", { key: "anyway", class: "actions anyway" },
      h("button", { key: "anyway", type: "button", class: "action outlined", onclick: () => act.do("anyway", null) }, labels.answer_anyway)),
    running && h("p", { key: "status", class: "status", role: "status" }, h("span", { class: "pulse" }), turn.status),
    !running && actions(data, state, act),
    !running && model(data, state, act),
    !running && note(data, state, act),
    !running && exampleOffer(data, state, act),
    variants(data, act),
  )
}

/** The head above the columns of a panel: the question and the state of the vote. */
function panelHead(data, state, act) {
  const { turn, labels, head } = data
  return h(
    "section",
    { key: "answer", class: "answer", "aria-label": turn.question },
    head.facts.length > 0 && h("p", { key: "asked", class: "aside asked" }, head.facts.join(" · ")),
    h("h2", { key: "question", class: "question", tabindex: "-1" }, turn.question),
    turn.searched && h("p", { key: "searched", class: "aside" }, fill(labels.searched, { searched: turn.searched })),
    turn.corrected && h("p", { key: "corrected", class: "aside" }, turn.corrected),
    h("p", { key: "voted", class: "voted", role: "status" }, head.voted && icon("check"), h("span", {}, head.said)),
    variants(data, act),
  )
}

function columnHead({ turn, column }) {
  return h("header", { key: "head", class: "head" },
    h("h3", { class: "name" }, turn.who && portrait(turn.who), h("span", {}, turn.who ? turn.who.said : column.name)),
    column.model && h("p", { class: "aside" }, column.model))
}

/** The assistant's picture, or a symbol of the icon font; its name is beside it. */
function portrait(assistant) {
  return assistant.picture
    ? h("img", { key: "portrait", class: "portrait", alt: "", src: `data:image/png;base64,${assistant.picture}` })
    : h("span", { key: "portrait", class: "portrait sign", "aria-hidden": "true" }, assistant.icon)
}

/** Who answered and why, and the steps of the answer. */
function attribution(data, state, act) {
  const { turn, labels, questions, column } = data
  if (!turn.who && !turn.chain.length) return null
  const alternatives = questions.instead ?? []
  return h(
    "div",
    { key: "who", class: "who" },
    turn.who && !column && h("p", { key: "name", class: "name" }, portrait(turn.who), h("span", {}, turn.who.said),
      questions.model && h("span", { class: "aside" }, questions.model),
      alternatives.length > 0 && button("instead", "swap", labels.who_instead, () => act.edit("instead"), { text: true })),
    turn.who?.because && h("p", { key: "because", class: "aside" }, turn.who.because, " ", turn.who.others),
    turn.chain.length > 0 && h("ol", { key: "chain", class: "chain", "aria-label": labels.panel_steps }, turn.chain.map(({ name, state: step }, index) => h(
      "li",
      { key: `step-${index}`, class: step, "aria-current": step === "now" ? "step" : null },
      index > 0 && h("span", { class: "arrow", "aria-hidden": "true" }, "→"), h("span", {}, name),
      step === "now" && h("span", { class: "aside" }, labels.who_step_now),
      step === "nothing" && h("span", { class: "aside" }, labels.who_step_nothing),
    ))),
    state.editing === "instead" && assistantChoice("instead", labels.who_instead, alternatives, labels, act),
  )
}

/** The quotes under a written answer, collapsed in a column. */
function quoteList(data, state, act) {
  const { turn, labels, column } = data
  if (!turn.quotes.length) return null
  const quotes = sentences("quotes", turn.quotes, true, data, state, act)
  if (column) return h("details", { key: "own-words", class: "near" }, h("summary", { class: "overline" }, labels.quotes), quotes)
  return [h("h3", { key: "quotes-title", class: "overline" }, labels.quotes), quotes]
}

/** verbatim: draws a list of quotes, with an assistant's fixed texts, which are no quotes, before and after it. */
function sentences(key, items, verbatim, data, state, act) {
  const element = (item, index, tag) => h(tag, { key: `${key}-${index}` }, sentence(item, data, state, act), " ")
  if (!verbatim) return h("p", { key, class: "written" }, items.map((item, index) => element(item, index, "span")))
  const quotes = items.map((item, index) => item.verdict !== "perspective" && h("li", { key: `${key}-${index}` },
    h("span", { key: "quoted", class: "quoted" }, sentence(item, data, state, act)), rest(item, data.labels),
    item.about && h("span", { key: "about", class: "about" }, item.about)))
  const fixed = (item, index) => item.verdict === "perspective" && h("p", { key: `${key}-${index}`, class: "written fixed" }, sentence(item, data, state, act))
  const first = quotes.findIndex(Boolean)
  return [
    items.map((item, index) => index < first && fixed(item, index)),
    h("ul", { key, class: "quotes" }, quotes),
    items.map((item, index) => index > first && fixed(item, index)),
  ]
}

/** The items of a list that are not quoted, to be opened. */
function rest(item, labels) {
  if (!item.rest?.length) return null
  return h("details", { key: "rest", class: "rest" },
    h("summary", {}, `${item.shown} · ${labels.show_whole}`), h("ul", {}, item.rest.map((line, index) => h("li", { key: `rest-${index}` }, line))))
}

function sentence(item, data, state, act) {
  // keeps a marker on one line with the last word of its sentence
  const [, head, tail] = item.text.match(/^([\s\S]*\s)?(\S{0,24})$/) ?? [null, item.text, ""]
  const words = `words ${item.verdict}`
  const at = item.short ? item.text.indexOf(item.short) : -1
  return [
    head && h("span", { key: "head", class: words }, marked(head, at, item.short)),
    h("span", { key: "tail", class: "tail" },
      tail && h("span", { class: words }, marked(tail, at < 0 ? -1 : at - (head ?? "").length, item.short)),
      item.verdict !== "supported" && h("span", { key: "verdict", class: `verdict ${item.verdict}` }, verdictLabel(item.verdict, data.labels)),
      item.citations.map((number) => marker(number, data, state, act))),
  ]
}

/** A piece of a quote with the part of the short answer that is in it marked. at: where that begins, from the piece. */
function marked(piece, at, short) {
  const start = Math.max(0, at), end = Math.min(piece.length, at + (short ?? "").length)
  if (!short || (at < 0 && at + short.length <= 0) || start >= end) return piece
  return [piece.slice(0, start), h("mark", { class: "short" }, piece.slice(start, end)), piece.slice(end)]
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

function verdictLabel(verdict, labels) {
  return { partly: labels.partly, unsupported: labels.unsupported, perspective: labels.angle }[verdict]
}

function actions(data, state, act) {
  const { turn, labels, questions, column } = data
  const vote = currentVote(data, state)
  const hasText = turn.sentences.length + turn.quotes.length > 0
  const plain = { text: !column }
  const copy = (key, label, text, look) => hasText && button(key, state.copied === key ? "check" : "copy", state.copied === key ? labels.copied : label,
    () => act.copy(key, text(data)), look)
  const voting = (key, name, label, value) =>
    button(key, name, label, () => act.do("vote", vote === value ? 0 : value), { pressed: vote === value })
  const alternatives = questions.instead ?? []
  return [
    column && bestButton(data, state, act),
    h(
      "div",
      { key: "actions", class: "actions" },
      data.can_regenerate && !column && button("regenerate", "again", labels.regenerate, () => act.do("regenerate", null), { text: true }),
      copy("copy", labels.copy, answerText, plain),
      voting("up", "thumbup", labels.vote_up, 1),
      voting("down", "thumbdown", labels.vote_down, -1),
      button("how", "how", labels.how, () => act.do("how", null), plain),
      questions.perspective && button("perspective", "compare", labels.effect_did, () => act.do("perspective", null), { text: true }),
      moreActionsButton("answer", labels.more, state, act),
      h("span", { key: "took", class: "seconds" }, [turn.seconds, ...turn.took].filter(Boolean).join(" · ")),
    ),
    state.more.has("answer") && h(
      "div",
      { key: "more", class: "actions rest" },
      column && !column.shown && button("from", "forward", labels.panel_on_from, () => act.do("show", turn.id), { text: true }),
      column && button("beside", "compare", labels.compare, () => act.do("compare", column.other), { text: true }),
      column && button("alone", "again", labels.panel_alone, () => act.do("regenerate", null), { text: true }),
      !column && button("edit", "edit", labels.edit_question, () => act.edit("question"), { text: true }),
      !column && !turn.who && alternatives.length > 0 && button("instead", "swap", labels.who_ask, () => act.edit("instead"), { text: true }),
      !column && button("model", "model", labels.another_model, () => act.edit("model"), { text: true }),
      button("note", "note", labels.note, () => act.edit("note"), { text: true, pressed: questions.note ? true : null }),
      copy("copy_bare", labels.copy_bare, bareText, { text: true }),
    ),
    !turn.who && state.editing === "instead" && assistantChoice("instead", labels.who_ask, alternatives, labels, act),
  ]
}

/** The answer as plain text without citations. */
function bareText({ turn }) {
  const items = turn.sentences.length ? turn.sentences : turn.quotes
  return items.map((item) => item.text).join(turn.verbatim || !turn.sentences.length ? "\n" : " ")
}

/** The answer as plain text with numbers in brackets, and a list of the cited sources. */
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
