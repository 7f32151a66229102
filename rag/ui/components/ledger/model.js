// The prompt that a model was given, and how much of its context the parts took.

function promptSection(prompt, name, labels, state, act) {
  const shown = [[labels.ledger_examples, prompt.examples], [labels.ledger_conversation, prompt.conversation]]
  return [
    h("p", { key: "said", class: "quiet" }, prompt.said),
    prompt.bar.length > 0 && budget(prompt.bar, labels),
    prompt.left_out && h("p", { key: "left", class: "quiet" }, prompt.left_out),
    shown.map(([title, rows], place) => rows.length > 0 && h("details", { key: `shown-${place}` }, h("summary", {}, `${title} (${rows.length})`),
      h("ul", { class: "shown" }, rows.map((row) => h("li", { class: row.remark ? "missing" : "" },
        h("p", {}, row.asked, row.remark && h("span", { class: "tag" }, row.remark)),
        row.answered && h("p", { class: "quiet" }, row.answered)))))),
    prompt.text && h("details", { key: "text" }, h("summary", {}, labels.ledger_prompt_text),
      h("pre", { tabindex: "0", "aria-label": labels.ledger_prompt }, prompt.text),
      copyButton(name, labels.copy, () => prompt.text, labels, state, act)),
  ]
}

function budget(bar, labels) {
  return h("div", { key: "budget", class: "budget" },
    h("h4", {}, labels.budget),
    h("span", { class: "track stacked", "aria-hidden": "true" }, bar.map((part) => h("span", { class: `part ${part.kind}`, "--share": part.share }))),
    h("ul", { class: "legend" }, bar.map((part) => h("li", {}, h("span", { class: `swatch ${part.kind}`, "aria-hidden": "true" }), part.said))))
}
