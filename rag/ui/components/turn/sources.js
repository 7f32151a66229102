// The sources as numbered cards: cited ones in full, the others shortened until they are expanded.

function sourceCards(data, state, act) {
  const { labels, turn } = data
  const parts = [nearMisses(data, state, act), excludedList(data, state, act), pendingChanges(data, act)]
  if (!data.sources.length) return parts
  const cited = data.sources.filter((source) => source.cited)
  const used = turn.answered ? fill(labels.sources_used, { used: cited.length, all: data.sources.length }) : ""
  const cards = (key, sources) => h("ol", { key, class: "cards" }, sources.map((source) => card(source, data, state, act)))
  const others = data.sources.filter((source) => !source.cited)
  if (data.column && !cited.length && turn.state === "running") return parts // the citations are not known yet
  return [
    (!data.column || turn.answered) && h(
      "header",
      { key: "sources-title", class: "bar" },
      h("h3", { class: "overline" }, turn.answered ? labels.sources : labels.near_misses),
      used && turn.state !== "running" && h("span", { class: "aside" }, used),
    ),
    // in a column, sources without a citation are collapsed
    data.column ? cited.length > 0 && cards("cards", cited) : cards("cards", data.sources),
    data.column && others.length > 0 && h("details", { key: "others", class: "near" },
      h("summary", { class: "overline" }, turn.answered ? fill(labels.panel_others, { count: others.length }) : labels.near_misses), cards("others", others)),
    ...parts,
  ]
}

const isLong = ({ segments }) => segments.reduce((length, segment) => length + segment.text.length, 0) > 280

function card(source, data, state, act) {
  const { labels, turn, questions } = data
  const id = `s${source.number}`
  const expanded = source.cited || state.expanded.has(id)
  const long = isLong(source)
  const copied = state.copied === source.number
  const mark = currentMark(data, state, id)
  const out = mark.exclude || mark.document
  const done = turn.state !== "running"
  const quote = source.segments.filter((segment) => segment.marked).map((segment) => segment.text.trim()).join(" … ")
  const classes = ["card", source.cited && "cited", state.pointed === source.number && "pointed", out && "out"].filter(Boolean).join(" ")
  const remarks = [
    source.state === "gone" && labels.gone,
    source.state === "changed" && labels.changed,
    source.by_ocr && labels.by_ocr,
    !source.used && labels.not_read,
    questions.lacks[id] && fill(labels.lacks, { words: questions.lacks[id] }),
  ].filter(Boolean)
  return h(
    "li",
    { key: `card-${source.number}`, class: classes, "--source": source.color, "--ink": source.ink },
    locationHeader(source, h("span", { class: "number", "aria-hidden": "true" }, String(source.number)),
      source.fit && h("span", { class: `fit ${source.fit.level}`, title: source.fit.measured }, source.fit.name),
      mark.pin && h("span", { class: "state" }, icon("pin"), labels.pinned),
      out && h("span", { class: "state" }, icon("block"), mark.document ? labels.excluded_document : labels.excluded)),
    source.heading_path.length > 0 && h("p", { key: "path", class: "path" }, source.heading_path.join(" › ")),
    h("blockquote", { key: "passage", class: expanded || !long ? "passage" : "passage cut" }, segments(source.segments)),
    remarks.map((remark, index) => h("p", { key: `remark-${index}`, class: "aside" }, remark)),
    h(
      "footer",
      { key: "actions", class: "actions" },
      h(
        "button",
        { key: "open", type: "button", class: "action", "aria-label": fill(labels.open_source, source),
          onclick: (event) => act.open(source.number, event.currentTarget) },
        icon("page"), h("span", {}, source.has_picture && !source.gone ? labels.open_page : labels.open_text),
      ),
      long && !source.cited && expandButton(id, source, data, state, act),
      done && verdictButton("right", id, source, mark.right === true, true, labels, act),
      done && verdictButton("wrong", id, source, mark.right === false, false, labels, act),
      h("span", { key: "bare", class: "end" },
        done && pinButton(id, source, mark, labels, act),
        quote && button("copy", copied ? "check" : "copy", copied ? labels.copied : labels.copy_quote,
          () => act.copy(source.number, `“${quote}” (${reference(source)})`)),
        moreActionsButton(id, fill(labels.more_of_card, source), state, act)),
    ),
    state.more.has(id) && h(
      "footer",
      { key: "more", class: "actions rest" },
      done && toggle("exclude", "block", labels.exclude, mark.exclude, () => act.do("choose", { id, what: "exclude", on: !mark.exclude })),
      done && toggle("document", "block", labels.exclude_document, mark.document, () => act.do("choose", { id, what: "document", on: !mark.document })),
      scores(source, labels),
    ),
  )
}

function locationHeader(item, before, ...after) {
  return h(
    "header",
    { key: "where", class: "bar" },
    before,
    h("span", { class: "where" }, h("strong", { class: "document", title: item.document }, item.document),
      item.page_label && h("span", { class: "aside" }, item.page_label)),
    after,
  )
}

function toggle(key, name, label, pressed, onclick) {
  return h("button", { key, type: "button", class: "action", "aria-pressed": String(Boolean(pressed)), onclick }, icon(pressed ? "check" : name), h("span", {}, label))
}

function pinButton(id, item, mark, labels, act) {
  return h("button", { key: "pin", type: "button", class: "action bare", title: labels.pin, "aria-label": fill(labels.pin_name, item), "aria-pressed": String(Boolean(mark.pin)),
    onclick: () => act.do("choose", { id, what: "pin", on: !mark.pin }) }, icon("pin"))
}

function verdictButton(key, id, source, pressed, right, labels, act) {
  return h(
    "button",
    { key, type: "button", class: "action", "aria-pressed": String(pressed), "aria-label": fill(right ? labels.right_name : labels.wrong_name, source),
      onclick: () => act.do("mark", { id, right: pressed ? null : right }) },
    pressed && icon(right ? "check" : "close"), h("span", {}, right ? labels.right : labels.wrong),
  )
}

function expandButton(id, item, { labels }, state, act) {
  const expanded = state.expanded.has(id)
  return h(
    "button",
    { key: "whole", type: "button", class: "action", "aria-expanded": String(expanded), "aria-label": expanded ? null : fill(labels.whole_passage, item), onclick: () => act.toggleExpanded(id) },
    h("span", {}, expanded ? labels.show_less : labels.show_whole),
  )
}

/** Opens a second row with less frequent actions. */
function moreActionsButton(id, label, state, act) {
  return h("button", { key: "more", type: "button", class: "action bare", title: label, "aria-label": label, "aria-expanded": String(state.more.has(id)), onclick: () => act.toggleMore(id) }, icon("more"))
}

function segments(items) {
  return items.map((segment) => (segment.marked ? h("mark", {}, segment.text) : segment.text))
}

function scores(source, labels) {
  const rows = [
    [labels.rank, source.rank, source.score],
    [labels.by_meaning, source.dense_rank ?? "–", source.dense_score],
    [labels.by_words, source.lexical_rank ?? "–", source.lexical_score],
    source.coverage && [labels.coverage, "", source.coverage],
    source.spelling && [labels.spelling, "", source.spelling],
    source.named && [labels.named, "", source.named],
    source.reranked && [labels.reranked, "", source.reranked],
    source.relevance && [labels.relevance, "", source.relevance],
  ].filter(Boolean)
  return h(
    "details",
    { key: "scores", class: "scores" },
    h("summary", {}, labels.why),
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, h("th", {}), h("th", { scope: "col" }, labels.place), h("th", { scope: "col" }, labels.score))),
      h("tbody", {}, rows.map(([name, rank, score]) =>
        h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, String(rank)), h("td", {}, score ?? "–")))),
    ),
    source.fit && h("p", { class: "aside" }, source.fit.measured),
  )
}
