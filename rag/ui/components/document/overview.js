// The key sentences of each section, verbatim, each with its page.

const FIRST = 12 // sections

export default function (args) {
  draw(viewOf(args, "overview", { all: false }, draw))
}

function draw(view) {
  const { data, labels, root } = view
  const shown = view.all ? data.sections : data.sections.slice(0, FIRST)
  patch(root, [
    h("p", { key: "how", class: "quiet" }, data.how),
    ...shown.map((section, at) => h(
      "section",
      { key: `s-${at}`, class: "section" },
      h("h3", {}, section.title, h("span", { class: "quiet range" }, section.range)),
      h("ul", {}, section.sentences.map((sentence, place) => h(
        "li",
        { key: `q-${place}` },
        h("blockquote", {}, sentence.text),
        pageButton(view, `p-${place}`, sentence.place),
      ))),
    )),
    data.sections.length > shown.length && h(
      "button",
      { key: "more", type: "button", class: "action", onclick: () => { view.all = true; draw(view) } },
      h("span", {}, fill(labels.all_sections, { count: data.sections.length })),
    ),
  ].filter(Boolean))
}
