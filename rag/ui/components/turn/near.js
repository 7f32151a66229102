// The near misses, and what the user has excluded.

function nearMisses(data, state, act) {
  const { questions, labels } = data
  if (!questions.near.length || data.turn.state === "running") return null
  return h(
    "details",
    { key: "near", class: "near" },
    h("summary", { class: "overline" }, fill(labels.near_misses_count, { count: questions.near.length })),
    h("ol", { class: "cards" }, questions.near.map((near) => nearMiss(near, data, state, act))),
  )
}

function nearMiss(near, data, state, act) {
  const { labels } = data
  const expanded = state.expanded.has(near.id)
  const mark = currentMark(data, state, near.id)
  return h(
    "li",
    { key: near.id, class: "card missed" },
    locationHeader(near),
    near.heading_path.length > 0 && h("p", { key: "path", class: "path" }, near.heading_path.join(" › ")),
    h("blockquote", { key: "passage", class: expanded ? "passage" : "passage cut" }, segments(near.segments)),
    h("p", { key: "lacks", class: "aside" }, near.lacks && h("span", { class: "lacks" }, fill(labels.lacks, { words: near.lacks })), h("span", {}, near.scores)),
    h(
      "footer",
      { key: "actions", class: "actions" },
      isLong(near) && expandButton(near.id, near, data, state, act),
      pinButton(near.id, near, mark, labels, act),
      h("button", { key: "right", type: "button", class: "action", "aria-pressed": String(mark.right === true), "aria-label": `${labels.right_here}: ${near.document} ${near.page_label}`,
        onclick: () => act.do("mark", { id: near.id, right: mark.right === true ? null : true }) },
        icon("check"), h("span", {}, labels.right_here)),
    ),
  )
}

function excludedList(data, state, act) {
  const { questions, labels } = data
  if (!questions.left_out.length || data.turn.state === "running") return null
  return h(
    "section",
    { key: "left-out", class: "left-out", "aria-label": labels.left_out },
    h("h3", { class: "overline" }, labels.left_out),
    h("ul", {}, questions.left_out.map(({ id, what, document, page_label, on }) => h(
      "li",
      { key: id, class: "bar" },
      h("span", { class: "where" }, h("span", { class: "document" }, document), h("span", { class: "aside" }, page_label)),
      h("button", { key: "in", type: "button", class: "action", "aria-pressed": String(!on), "aria-label": `${labels.let_in}: ${document} ${page_label}`,
        onclick: () => act.do("choose", { id, what, on: !on }) }, icon("undo"), h("span", {}, labels.let_in)),
    ))),
  )
}
