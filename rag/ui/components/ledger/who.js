// The assistant that answered, the router's scores, and the answer's steps.

const PARTS = ["example", "scope", "perspective"]

function whoSection({ who, labels }) {
  if (!who.name) return [h("p", { key: "nobody" }, who.said)]
  return [
    h("p", { key: "name", class: "who" }, portrait(who), h("strong", {}, who.name), h("span", { class: "quiet" }, who.said)),
    who.rows.length > 0 && facts(who.rows),
    who.perspective && h("details", { key: "perspective" }, h("summary", {}, labels.who_perspective), h("blockquote", {}, who.perspective)),
  ]
}

function portrait(assistant) {
  return assistant.picture
    ? h("img", { class: "face", src: `data:image/png;base64,${assistant.picture}`, alt: "", width: "28", height: "28" })
    : h("span", { class: "symbol", "aria-hidden": "true" }, assistant.icon)
}

function routerSection({ router, labels }) {
  return [
    h("p", { key: "said", class: "quiet" }, router.said),
    h("ul", { key: "legend", class: "legend" }, [labels.router_key_example, labels.router_key_scope, labels.router_key_angle].map((words, part) =>
      h("li", {}, h("span", { class: `swatch ${PARTS[part]}`, "aria-hidden": "true" }), words))),
    h("div", { key: "region", class: "region", tabindex: "0", role: "region", "aria-label": labels.router },
      h("table", { class: "weighed" },
        h("thead", {}, h("tr", {}, [labels.who_assistant, labels.router_fit, labels.router_example, labels.router_scope, labels.router_angle].map((words) =>
          h("th", { scope: "col" }, words)))),
        h("tbody", {}, router.rows.map((row) => routerRow(row, labels))))),
  ]
}

function routerRow(row, labels) {
  return h("tr", { class: row.chosen ? "used" : "" },
    h("th", { scope: "row" }, row.name, row.chosen && h("span", { class: "tag" }, labels.router_chosen)),
    h("td", {},
      h("span", { class: "track stacked", role: "img", "aria-label": row.bar }, row.parts.map((share, part) =>
        h("span", { class: `part ${PARTS[part]}`, "--share": share }))),
      h("strong", { class: "score" }, row.score)),
    h("td", {}, row.nearest ? h("strong", {}, row.example) : row.example, row.nearest && h("span", { class: "quiet nearest" }, row.nearest)),
    h("td", {}, row.scope),
    h("td", {}, row.perspective))
}

function chainSection(data, state, act) {
  const { chain, labels } = data
  return [
    h("p", { key: "said", class: "quiet" }, labels.chain_said),
    h("ol", { key: "chain", class: "chain" }, chain.map((step, place) => h("li", { key: `step-${place}`, class: step.empty ? "empty" : "" },
      h("p", { class: "who" }, h("span", { class: "symbol", "aria-hidden": "true" }, step.icon), h("strong", {}, step.title),
        h("span", { class: "quiet" }, [step.version, step.model, step.time].filter(Boolean).join(" · "))),
      step.notice && h("p", { class: "notice" }, step.notice),
      step.said && h("p", { class: "quiet" }, step.said),
      step.input && h("details", {}, h("summary", {}, labels.chain_input), h("blockquote", {}, step.input)),
      h("details", { open: place === chain.length - 1 }, h("summary", {}, labels.chain_output), h("blockquote", { class: step.empty ? "quiet" : "" }, step.output)),
      step.used.length > 0 && place > 0 && h("details", {}, h("summary", {}, labels.used), facts(step.used)),
      step.prompt && h("details", {}, h("summary", {}, labels.chain_prompt), promptSection(step.prompt, `step-${place}`, labels, state, act))))),
  ]
}
