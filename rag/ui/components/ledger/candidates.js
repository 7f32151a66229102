// The candidates: a chart of their ranks, and a table that can be sorted and searched.

const COLUMNS = [
  { name: "rank", by: "rank", score: "score", label: "rank" },
  { name: "meaning", by: "dense_rank", score: "dense_score", label: "by_meaning" },
  { name: "words", by: "lexical_rank", score: "lexical_score", label: "by_words" },
]
// in percent; answers of earlier versions of Kilde lack them
const SHARES = [
  { name: "relevance", label: "relevance_short" },
  { name: "coverage", label: "coverage_short" },
  { name: "spelling", label: "spelling_short" },
  { name: "named", label: "named_short" },
  { name: "reranked", label: "reranked_short" },
]
const HEIGHT = 400 // px of the chart from the first rank to the last
const LEFT = 46
const MIDDLE = 300
const RIGHT = 554
const TOP = 34

function candidateSection(data, state, act) {
  const { labels } = data
  const rows = shownRows(data, state)
  const shares = SHARES.filter(({ name }) => data.candidates.some((row) => row[name] !== null))
  return [
    data.candidates.length > 1 && chart(data, state),
    h("div", { key: "find", class: "find" },
      h("label", { for: "filter" }, labels.filter_candidates),
      h("input", { id: "filter", type: "search", oninput: (event) => act.filter(event.currentTarget.value) }),
      h("span", { class: "quiet", role: "status" }, fill(labels.ledger_found, { shown: rows.length, all: data.candidates.length }))),
    h("div", { key: "region", class: "region", tabindex: "0", role: "region", "aria-label": labels.ledger_candidates },
      h("table", { class: "candidates" },
        h("thead", {}, h("tr", {},
          heading("number", "№", state, act),
          heading("document", labels.ledger_passage, state, act),
          COLUMNS.map((column) => heading(column.by, labels[column.label], state, act, "figure")),
          shares.map((share) => heading(share.name, labels[share.label], state, act, "figure")),
          heading("why", labels.ledger_why, state, act),
          heading("lacks", labels.ledger_lacks, state, act))),
        h("tbody", {}, rows.map((row) => candidate(row, shares, data, state, act))))),
    rows.length === 0 && h("p", { key: "none", class: "quiet" }, labels.no_candidate_found),
  ]
}

function candidate(row, shares, data, state, act) {
  const { labels } = data
  const lacks = row.lacks === null ? labels.not_recorded : row.lacks || labels.ledger_nothing_lacks
  return h(
    "tr",
    { key: `row-${row.rank}`, class: [row.number ? "used" : "", state.pointed === row.rank ? "pointed" : ""].join(" ").trim(),
      onmouseenter: () => act.point(row.rank), onmouseleave: () => act.point(null) },
    h("td", { class: "badge" }, row.number && h("span", { class: row.read ? "number" : "number unread", "--source": row.color, "--ink": row.ink,
      role: "img", "aria-label": fill(labels.source_number, { number: row.number }) }, String(row.number))),
    h("th", { scope: "row" },
      h("span", { class: "document" }, row.document, row.page && h("span", { class: "quiet" }, ` ${row.page}`)),
      row.state && h("span", { class: "tag" }, row.state),
      row.heading && h("span", { class: "quiet heading" }, row.heading),
      row.text && h("details", {}, h("summary", {}, labels.ledger_text), h("blockquote", {}, row.text))),
    COLUMNS.map((column) => h("td", { class: "figure" },
      h("strong", {}, row[column.by] === null ? "–" : String(row[column.by])),
      row[column.score] !== null && h("span", { class: "quiet" }, ` ${row[column.score]}`))),
    shares.map(({ name }) => h("td", { class: "figure" }, row[name] === null ? "–" : `${row[name]} %`)),
    h("td", { class: "why" }, row.why, row.favoured && h("span", { class: "tag" }, row.favoured), row.carried && h("span", { class: "tag" }, row.carried)),
    h("td", { class: "quiet lacks" }, lacks),
  )
}

function heading(name, label, state, act, kind = "") {
  const direction = state.by === name ? (state.down ? "descending" : "ascending") : "none"
  return h(
    "th",
    { key: name, scope: "col", class: kind, "aria-sort": direction },
    h("button", { type: "button", class: "sort", onclick: () => act.sort(name) }, h("span", {}, label), icon("up")),
  )
}

/** The candidates that match the search, sorted by a column; missing values come last in both directions. */
function shownRows(data, state) {
  const query = state.query.toLocaleLowerCase(data.language).split(/\s+/).filter(Boolean)
  const rowText = (row) => [row.document, row.page, row.heading, row.why, row.favoured, row.carried, row.lacks, row.state, row.text].join("\n").toLocaleLowerCase(data.language)
  const rows = data.candidates.filter((row) => query.every((word) => rowText(row).includes(word)))
  if (!state.by) return rows
  const order = new Intl.Collator(data.language, { numeric: true }).compare
  return rows.sort((a, b) => {
    const [left, right] = [a[state.by], b[state.by]]
    if (left === null || right === null) return (left === null) - (right === null)
    const ascending = typeof left === "string" ? order(left, right) : left - right
    return state.down ? -ascending : ascending
  })
}

/** Draws each candidate as a line from its dense rank through its fused rank to its lexical rank. */
function chart(data, state) {
  const { labels, candidates } = data
  const lowest = Math.max(...candidates.flatMap((row) => [row.rank, row.dense_rank ?? 1, row.lexical_rank ?? 1]))
  // the square root gives most room to the first ranks, where it is decided which candidates are used
  const y = (rank) => TOP + HEIGHT * Math.sqrt((rank - 1) / Math.max(1, lowest - 1))
  const height = y(lowest) + 14
  const order = [...candidates].sort((a, b) => Boolean(a.number) - Boolean(b.number) || (a.rank === state.pointed) - (b.rank === state.pointed))
  const ticks = [1, 5, 10, 20, 30, 40, 50].filter((rank) => rank <= lowest)
  return h("div", { key: "chart", class: "chart", role: "img", "aria-label": labels.ledger_chart },
    h("svg", { viewBox: `0 0 600 ${height}`, "aria-hidden": "true" },
      [[LEFT, labels.by_meaning, "start"], [MIDDLE, labels.rank, "middle"], [RIGHT, labels.by_words, "end"]].map(([x, words, anchor]) =>
        h("text", { class: "axis", x, y: 14, "text-anchor": anchor }, words)),
      [LEFT, MIDDLE, RIGHT].map((x) => h("path", { class: "rail", d: `M${x} ${TOP - 8}V${height - 4}` })),
      ticks.map((rank) => [
        h("text", { class: "tick", x: LEFT - 14, y: y(rank) + 4, "text-anchor": "end" }, String(rank)),
        h("text", { class: "tick", x: RIGHT + 14, y: y(rank) + 4, "text-anchor": "start" }, String(rank))]),
      order.map((row) => path(row, state, y))),
    h("p", { class: "quiet caption" }, labels.ledger_chart))
}

function path(row, state, y) {
  const points = [[LEFT, row.dense_rank], [MIDDLE, row.rank], [RIGHT, row.lexical_rank]].filter(([, rank]) => rank !== null)
  const classes = ["line", row.number ? "used" : "", row.rank === state.pointed ? "pointed" : ""].join(" ").trim()
  return h("g", { key: `line-${row.rank}`, class: classes, "--source": row.color || null, "--ink": row.ink || null },
    h("path", { d: points.map(([x, rank], n) => `${n ? "L" : "M"}${x} ${y(rank)}`).join("") }),
    points.map(([x, rank]) => dot(x, y(rank), row.number && x === MIDDLE ? 9 : row.number ? 5 : 2.5)),
    row.number && h("text", { class: "digit", x: MIDDLE, y: y(row.rank) + 4, "text-anchor": "middle" }, String(row.number)))
}

function dot(x, y, radius) {
  return h("path", { class: "dot", d: `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0` })
}
