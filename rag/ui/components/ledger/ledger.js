// The trace of an answer: first as a story, then everything that was recorded.

const mounted = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  let view = mounted.get(parentElement)
  if (!view) {
    const root = document.createElement("div")
    root.className = "ledger"
    parentElement.appendChild(root)
    // Streamlit has keyboard shortcuts and does not notice typing in a field inside a component
    root.addEventListener("keydown", (event) => event.target.nodeName === "INPUT" && event.stopPropagation())
    view = { root, state: { by: null, down: false, query: "", pointed: null, copied: null } }
    mounted.set(parentElement, view)
  }
  view.data = data
  view.trigger = setTriggerValue
  draw(view)
}

function draw(view) {
  const { data, root, state } = view
  const { labels } = data
  const redraw = () => draw(view)
  const act = {
    send: (name, value) => view.trigger(name, value),
    filter(query) {
      state.query = query
      redraw()
    },
    sort(name) {
      state.down = state.by === name && !state.down
      state.by = name
      redraw()
    },
    point(rank) {
      state.pointed = rank
      redraw()
    },
    async copy(what, text) {
      await copyText(text, root)
      state.copied = what
      redraw()
      setTimeout(() => {
        state.copied = null
        redraw()
      }, 1600)
    },
  }
  patch(root, [
    h("header", { key: "story", class: "story" },
      h("h2", {}, data.turn.question),
      data.turn.asked && h("p", { class: "quiet" }, data.turn.asked),
      h("p", { class: "told" }, data.story.join(" ")),
      copyButton("link", labels.ledger_copy_link, () => location.href, labels, state, act)),
    data.since.length > 0 && section("since", labels.ledger_since, h("ul", { class: "since" }, data.since.map((words) => h("li", {}, words)))),
    section("who", labels.who, whoSection(data)),
    data.router && section("router", labels.router, routerSection(data)),
    section("question", labels.ledger_question, facts(data.question.rows), earlierQuestion(data, act)),
    section("scope", labels.ledger_scope, facts(data.scope)),
    data.candidates.length > 0 && section("candidates", labels.ledger_candidates,
      data.preferred && h("p", { key: "preferred", class: "preferred" }, data.preferred), candidateSection(data, state, act)),
    section("decision", labels.ledger_decision, decision(data)),
    section("influence", labels.influence, influence(data, act)),
    section("prompt", labels.ledger_prompt, promptSection(data.prompt, "prompt", labels, state, act)),
    data.used.length > 0 && section("used", labels.used, facts(data.used)),
    data.chain.length > 0 && section("chain", labels.chain, chainSection(data, state, act)),
    section("settings", labels.ledger_settings, facts(data.settings)),
    data.times.length > 0 && section("times", labels.ledger_times, times(data.times)),
  ].filter(Boolean))
}

function section(key, title, ...content) {
  return h("section", { key, "aria-label": title }, h("h3", {}, title), content)
}

function facts(rows) {
  return h("dl", { key: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))))
}

function earlierQuestion({ question, labels }, act) {
  const before = question.earlier
  if (!before) return null
  return h("p", { key: "earlier" }, labels.ledger_earlier, " ",
    before.id === null ? before.question : h("button", { type: "button", class: "link", onclick: () => act.send("go", before.id) }, before.question))
}

function decision({ decision, labels }) {
  return [
    h("div", { key: "gauge", class: "gauge" },
      h("strong", {}, decision.value),
      decision.share !== null && h("div", { class: "track", "aria-hidden": "true" },
        h("span", { class: "filled", "--share": decision.share }),
        h("span", { class: "limit" }, h("span", { class: "quiet" }, `${labels.threshold} 50 %`)))),
    h("p", { key: "threshold", class: "quiet" }, labels.ledger_threshold),
    decision.signals.length > 0 && h("details", { key: "signals" }, h("summary", {}, labels.ledger_signals), facts(decision.signals)),
  ]
}

function influence({ influence, labels }, act) {
  const { state } = influence
  const measure = (label, primary) => h("button", { key: "measure", type: "button", class: primary ? "act primary" : "act", onclick: () => act.send("measure", true) }, label)
  return [
    h("p", { key: "said", class: state === "failed" ? "failed" : "quiet", role: "status" }, influence.said),
    state === "measuring" && h("p", { key: "progress", class: "progress" },
      h("progress", { max: influence.of || 1, value: influence.done, "aria-label": influence.said }),
      h("button", { type: "button", class: "act", onclick: () => act.send("cancel", true) }, labels.cancel)),
    influence.bars.length > 0 && h("ol", { key: "bars", class: influence.both ? "bars both" : "bars" }, influence.bars.map((bar) => influenceBar(bar, labels))),
    (influence.notes ?? []).map((words) => h("p", { class: "quiet" }, words)),
    influence.took && h("p", { key: "took", class: "quiet" }, influence.took),
    state === "offer" && measure(labels.influence_measure, true),
    (state === "there" || state === "failed") && measure(labels.influence_again, false),
  ]
}

function influenceBar(bar, labels) {
  return h("li", { key: `bar-${bar.number}`, "--source": bar.color, "--ink": bar.ink },
    h("span", { class: "number", "aria-hidden": "true" }, String(bar.number)),
    h("span", { class: "document", "aria-hidden": "true" }, bar.document),
    h("span", { class: "track", role: "img", "aria-label": fill(labels.influence_left_out, bar) },
      h("span", { class: bar.share < 0 ? "filled against" : "filled", "--share": Math.abs(bar.share) })),
    h("span", { class: "value", "aria-hidden": "true" }, bar.value),
    bar.lost.length + bar.instead.length > 0 && h("ul", { class: "quoted" },
      bar.lost.map((words) => h("li", { class: "lost" }, h("span", { class: "sign" }, "−"), h("del", {}, words))),
      bar.instead.map((words) => h("li", { class: "instead" }, h("span", { class: "sign" }, "+"), h("ins", {}, words)))))
}

function times(steps) {
  return h("table", { class: "times" }, h("tbody", {}, steps.map((step, place) =>
    h("tr", { class: place === steps.length - 1 ? "all" : "" },
      h("th", { scope: "row" }, step.name),
      h("td", { class: "drawn", "aria-hidden": "true" }, h("span", { class: "filled", "--share": step.share })),
      h("td", { class: "figure" }, step.value)))))
}

function copyButton(what, label, text, labels, state, act) {
  const copied = state.copied === what
  return h("div", { key: `copy-${what}`, class: "copier" },
    button("copy", copied ? "check" : "copy", copied ? labels.copied : label, () => act.copy(what, text()), { text: true }))
}
