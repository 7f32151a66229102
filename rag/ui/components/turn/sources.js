// The passages that were found, as numbered cards: cited ones whole, the others cut to a few lines until asked for.

function sourceCards(data, state, act) {
  const { labels, turn } = data
  if (!data.sources.length) return []
  const cited = data.sources.filter((source) => source.cited).length
  const used = turn.answered ? fill(labels.sources_used, { used: cited, all: data.sources.length }) : ""
  return [
    h(
      "header",
      { key: "sources-title", class: "bar" },
      h("h3", { class: "overline" }, turn.answered ? labels.sources : labels.near_misses),
      used && turn.state !== "running" && h("span", { class: "aside" }, used),
    ),
    h("ol", { key: "cards", class: "cards" }, data.sources.map((source) => card(source, data, state, act))),
  ]
}

function card(source, data, state, act) {
  const { labels } = data
  const whole = source.cited || state.whole.has(source.number)
  const long = source.segments.reduce((length, segment) => length + segment.text.length, 0) > 280
  const copied = state.copied === source.number
  const quote = source.segments.filter((segment) => segment.marked).map((segment) => segment.text.trim()).join(" … ")
  const classes = ["card", source.cited ? "cited" : "", state.pointed === source.number ? "pointed" : ""].join(" ").trim()
  return h(
    "li",
    { key: `card-${source.number}`, class: classes, "--source": source.color, "--ink": source.ink },
    h(
      "header",
      { class: "bar" },
      h("span", { class: "number", "aria-hidden": "true" }, String(source.number)),
      h("span", { class: "where" }, h("strong", { class: "document", title: source.document }, source.document),
        source.page_label && h("span", { class: "aside" }, source.page_label)),
    ),
    source.heading_path.length > 0 && h("p", { class: "path" }, source.heading_path.join(" › ")),
    h("blockquote", { class: whole || !long ? "passage" : "passage cut" }, segments(source.segments)),
    source.gone && h("p", { class: "aside", key: "gone" }, labels.gone),
    h(
      "footer",
      { class: "actions" },
      h(
        "button",
        { key: "open", type: "button", class: "action", "aria-label": fill(labels.open_source, source),
          onclick: (event) => act.open(source.number, event.currentTarget) },
        icon("page"), h("span", {}, source.page_label && !source.gone ? labels.open_page : labels.open_text),
      ),
      long && !source.cited && h(
        "button",
        { key: "whole", type: "button", class: "action", "aria-expanded": String(whole), onclick: () => act.toggleWhole(source.number) },
        h("span", {}, whole ? labels.show_less : labels.show_whole),
      ),
      quote && button("copy", copied ? "check" : "copy", copied ? labels.copied : labels.copy_quote,
        () => act.copy(source.number, `“${quote}” (${reference(source)})`)),
      scores(source, labels),
    ),
  )
}

function segments(items) {
  return items.map((segment) =>
    segment.marked ? h("mark", {}, segment.text) : segment.found ? h("span", { class: "found" }, segment.text) : segment.text)
}

function scores(source, labels) {
  const rows = [
    [labels.rank, source.rank, source.score],
    [labels.by_meaning, source.dense_rank ?? "–", source.dense_score],
    [labels.by_words, source.lexical_rank ?? "–", source.lexical_score],
  ]
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
  )
}
