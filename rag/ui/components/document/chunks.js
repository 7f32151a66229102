// Chunks as the two searches see them: the embedded text and the indexed word stems.

export default function (args) {
  draw(viewOf(args, "chunks", {}, draw))
}

function draw(view) {
  const { data, labels, root } = view
  patch(root, [h("ol", { key: "list", "aria-label": labels.chunks_as_searched }, data.chunks.map((chunk) => h(
    "li",
    { key: `c-${chunk.ordinal}`, class: "card" },
    h("p", { class: "facts" },
      h("strong", {}, `#${chunk.ordinal}`),
      pageButton(view, "page", chunk.place),
      h("span", {}, chunk.size),
      h("span", { class: chunk.embedded ? "quiet" : "lacks" }, chunk.embedded ? labels.has_vector : labels.lacks_vector)),
    h("p", { class: "front" },
      h("span", { class: "quiet" }, chunk.in_front ? labels.in_front : labels.nothing_in_front),
      chunk.in_front && h("span", { class: "serif" }, chunk.in_front)),
    h("blockquote", {}, chunk.text),
    h("details", { key: "words" },
      h("summary", {}, fill(labels.indexed_words, { count: chunk.stems.length })),
      chunk.heading_stems.length > 0 && h("p", { class: "stems" }, h("span", { class: "quiet" }, `${labels.of_headings} `), chunk.heading_stems.join(" · ")),
      h("p", { class: "stems" }, chunk.stems.join(" · "))),
  )))])
}
