// The evidence view: the page as an image with marked passages and selectable text, or its text alone.

const ZOOMS = [100, 125, 150, 200, 300] // percent of the view's width
const LINE = 60 // px that an arrow key scrolls
const FONT = "serif" // of the invisible words; any font will do, because they are stretched to fit
const TAG = 0.035 // share of the page: tags closer to each other than this are drawn side by side

const hasTextBeside = (view, state) => view.kind === "pdf" && (state.beside || !view.exact)

function evidenceView(data, state, act) {
  const { view, labels } = data
  const others = data.sources.filter((source) => source.cited || source.number === view.number)
  const name = fill(labels.evidence, view)
  return h(
    "dialog",
    { key: "evidence", class: "evidence", tabindex: "-1", "aria-label": name, "aria-busy": String(state.waiting),
      oncancel: (event) => { event.preventDefault(); act.close() }, onkeydown: (event) => viewKey(event, data, state, act) },
    h(
      "header",
      { class: "bar" },
      h("span", { class: "where" }, h("strong", { class: "document", title: view.document }, view.document)),
      h("span", { class: "chips", role: "group", "aria-label": labels.sources }, others.map((source) => h(
        "button",
        { key: `chip-${source.number}`, type: "button", class: "number", "--source": source.color, "--ink": source.ink,
          "aria-label": fill(labels.marker, source), "aria-current": source.number === view.number ? "true" : null,
          onclick: () => act.open(source.number, null) },
        String(source.number),
      ))),
      button("close", "close", labels.close, () => act.close()),
    ),
    tools(data, state, act),
    view.state !== "there" && h("p", { key: "gone", class: "aside bar", role: "status" }, view.state === "changed" ? labels.changed : labels.gone),
    view.kind === "pdf" && !view.exact && h("p", { key: "inexact", class: "aside bar", role: "status" }, labels.not_exact),
    view.pages > 1 && view.state === "there" && pageList(data, act),
    (view.continued || view.continues) && h("p", { key: "over", class: "bar over" },
      view.continued && button("continued", "back", fill(labels.continued, { page: view.continued }), () => act.turnPage(view.continued), { text: true }),
      view.continues && button("continues", "forward", fill(labels.continues, { page: view.continues }), () => act.turnPage(view.continues), { text: true })),
    h("div", { key: "panes", class: "panes" },
      // focusable, so that the arrow keys scroll them
      view.kind === "pdf" && h("div", { key: "picture", class: "body", tabindex: "0", role: "region", "aria-label": fill(labels.page_picture, view) }, pagePicture(data, state)),
      (view.kind === "text" || hasTextBeside(view, state)) && h(
        "div",
        { key: "text", class: view.kind === "text" ? "body reads" : "body reads side", tabindex: "0", role: "region",
          "aria-label": view.kind === "text" ? name : labels.page_text },
        pageText(data))),
  )
}

function tools(data, state, act) {
  const { view, labels, sources } = data
  const paged = view.pages > 1 && view.state === "there"
  const source = sources.find((item) => item.number === view.number)
  const quote = source ? source.segments.filter((item) => item.marked).map((item) => item.text.trim()).join(" … ") : ""
  const copied = state.copied === "evidence"
  return h(
    "div",
    { key: "tools", class: "bar tools" },
    paged && h(
      "nav",
      { key: "pages", class: "group", "aria-label": labels.pages },
      button("previous", "back", labels.previous, () => act.turnPage(view.page - 1), { disabled: view.page <= 1 }),
      h("span", { class: "page-of", role: "status" }, fill(labels.page_of, view) + (view.label ? ` (${view.label})` : "")),
      button("next", "forward", labels.next, () => act.turnPage(view.page + 1), { disabled: view.page >= view.pages }),
      view.pages > 2 && h("input", {
        key: "goto", class: "goto", type: "number", min: 1, max: view.pages, step: 1, value: view.page, "aria-label": labels.go_to_page, title: labels.go_to_page,
        onchange: (event) => {
          const page = Math.round(Number(event.target.value))
          if (page >= 1 && page <= view.pages && page !== view.page) act.turnPage(page)
          else event.target.value = view.page
        },
      }),
    ),
    view.kind === "pdf" && h(
      "span",
      { key: "zoom", class: "group", role: "group", "aria-label": labels.zoom },
      button("out", "minus", labels.zoom_out, () => act.zoom(-1), { disabled: state.zoom === 0 }),
      h("button", { key: "fit", type: "button", class: "action level", title: labels.zoom_fit, "aria-label": `${ZOOMS[state.zoom]} %. ${labels.zoom_fit}`, onclick: () => act.zoom(0) },
        `${ZOOMS[state.zoom]} %`),
      button("in", "plus", labels.zoom_in, () => act.zoom(1), { disabled: state.zoom === ZOOMS.length - 1 }),
    ),
    h(
      "span",
      { key: "take", class: "group" },
      quote && button("quote", copied ? "check" : "copy", copied ? labels.copied : labels.copy_quote,
        () => act.copy("evidence", `“${quote}” (${reference(source)})`)),
      data.turn.state !== "running" && view.state === "there" && markSelectionButton(view, labels, state, act),
      view.state === "there" && button("document", "page", labels.open_document, () => act.do("document", { number: view.number, page: view.page })),
      view.kind === "pdf" && view.exact && button("beside", "text", labels.text_beside, () => act.toggleText(), { pressed: state.beside }),
    ),
  )
}

/** A button that saves the selected text as the expected passage of the question. */
function markSelectionButton(view, labels, state, act) {
  const done = state.copied === "here"
  return h(
    "button",
    { key: "here", type: "button", class: "action", title: labels.right_here_help, "aria-label": `${labels.right_here}. ${labels.right_here_help}`,
      onmousedown: (event) => event.preventDefault(), // keeps the selection
      onclick: (event) => {
        const text = selectedText(event.currentTarget)
        if (text) act.do("here", { number: view.number, page: view.page, text })
        act.confirm(text ? "here" : "select")
      } },
    icon("check"), h("span", { role: "status" }, done ? labels.saved_here : state.copied === "select" ? labels.select_first : labels.right_here),
  )
}

function selectedText(node) {
  const root = node.getRootNode()
  const selection = root.getSelection ? root.getSelection() : document.getSelection()
  return (selection?.toString() || document.getSelection()?.toString() || "").trim()
}

/** The pages with citations and their source numbers, and a slim map of all pages. */
function pageList({ view, labels, sources }, act) {
  const share = (page) => `${((page - 0.5) / view.pages) * 100}%`
  const look = (number) => sources.find((source) => source.number === number) ?? {}
  const chips = (numbers) => numbers.map((number) => h("span", { key: `n-${number}`, class: "number", "--source": look(number).color, "--ink": look(number).ink }, String(number)))
  return h(
    "nav",
    { key: "list", class: "list", "aria-label": labels.cited_pages },
    // for the mouse only: the field and the buttons do the same for the keyboard
    h("div", { class: view.pages > 40 ? "map" : "map parted", "aria-hidden": "true", "--pages": String(view.pages),
        onclick: (event) => {
          const bar = event.currentTarget.getBoundingClientRect()
          const page = Math.ceil(((event.clientX - bar.left) / bar.width) * view.pages)
          act.turnPage(Math.min(Math.max(page, 1), view.pages))
        } },
      h("span", { key: "here", class: "here", "--at": `${((view.page - 1) / view.pages) * 100}%` }),
      view.citations.map(({ page, numbers }) => numbers.map((number, index) => h("span", {
        key: `m-${page}-${number}`, class: "tick", "--at": share(page), "--source": look(number).color, "--row": `${index / numbers.length * 100}%`, "--rows": `${100 / numbers.length}%` }))),
    ),
    h("span", { class: "cited" }, view.citations.map(({ page, numbers }) => h(
      "button",
      { key: `p-${page}`, type: "button", class: "action", "aria-current": page === view.page ? "page" : null,
        "aria-label": fill(labels.page_with_sources, { page, numbers: numbers.join(", ") }), onclick: () => act.turnPage(page) },
      h("span", {}, fill(labels.short_page, { page })), chips(numbers),
    ))),
  )
}

function pagePicture({ view, labels, sources }, state) {
  const height = view.height / view.width
  const stretch = stretches(view)
  return h(
    "div",
    { key: "paper", class: "paper", "--ratio": `${view.width} / ${view.height}`, "--zoom": String(ZOOMS[state.zoom] / 100) },
    h("img", { src: view.image, alt: fill(labels.page_picture, view), draggable: "false" }),
    h(
      "svg",
      { class: "boxes", viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" },
      view.boxes.map((box) => h("rect", {
        class: box.number === view.number ? `${box.kind} own` : box.kind, "data-number": box.number,
        x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top, "--source": box.color,
      })),
    ),
    h("div", { key: `words-${view.document}-${view.page}`, class: "words-layer" }, view.words.map(([text, left, top, right, bottom, turn], index) => h(
      "span",
      // placed at the corner where the text begins, then rotated and stretched
      { "--x": `${(turn === 1 || turn === 2 ? right : left) * 100}%`, "--y": `${(turn > 1 ? bottom : top) * 100}%`,
        "--h": String(turn % 2 ? right - left : (bottom - top) * height), "--turn": `${turn * 90}deg`, "--stretch": stretch[index] },
      text,
    ))),
    tags(view).map(({ number, box, shift }) => {
      const { color, ink } = sources.find((source) => source.number === number) ?? box
      return h("span", { key: `tag-${number}`, class: number === view.number ? "number tag own" : "number tag", "aria-hidden": "true", "--source": color, "--ink": ink ?? "#000000",
        "--left": `${box.left * 100}%`, "--top": `${box.top * 100}%`, "--shift": String(shift) }, String(number))
    }),
  )
}

/** The box beside which the tag of each source is drawn: its first quote, else its passage. */
function tags(view) {
  const tagList = []
  for (const kind of ["quote", "passage"]) {
    for (const box of view.boxes) {
      if (box.kind !== kind || tagList.some((tag) => tag.number === box.number)) continue
      const near = tagList.filter((tag) => Math.abs(tag.box.left - box.left) < TAG && Math.abs(tag.box.top - box.top) < TAG)
      tagList.push({ number: box.number, box, shift: near.length })
    }
  }
  return tagList
}

const stretchCache = new WeakMap()

/** The horizontal scale of each word, so that it is as wide as on the image. */
function stretches(view) {
  if (!stretchCache.has(view)) {
    const pen = document.createElement("canvas").getContext("2d")
    pen.font = `100px ${FONT}`
    const height = view.height / view.width
    stretchCache.set(view, view.words.map(([text, left, top, right, bottom, turn]) => {
      const [along, across] = turn % 2 ? [(bottom - top) * height, right - left] : [right - left, (bottom - top) * height]
      const ems = pen.measureText(text.replace(/\n/g, "")).width / 100
      return String(along / (ems * 0.8 * across || 1)) // 0.8: font size relative to the line height, as in the stylesheet
    }))
  }
  return stretchCache.get(view)
}

function pageText({ view, labels }) {
  const empty = view.segments.every((piece) => !piece.text.trim())
  return h(
    "blockquote",
    { key: "around", class: "passage around" },
    view.cut_before && h("span", { key: "before", class: "aside" }, "… "),
    empty ? h("p", { key: "empty", class: "aside" }, labels.no_page_text) : view.segments.map((piece) => [
      piece.begins.map(({ number, color, ink }) => h("span", { class: number === view.number ? "number own" : "number", role: "img",
        "aria-label": fill(labels.source_number, { number }), "data-number": number, "--source": color, "--ink": ink }, String(number))),
      piece.kind ? h(piece.kind === "quote" ? "mark" : "span", { class: `${piece.kind === "quote" ? "" : "found"}${piece.number === view.number ? " own" : ""}`.trim(), "data-number": piece.number, "--source": piece.color }, piece.text) : piece.text,
    ]),
    view.cut_after && h("span", { key: "after", class: "aside" }, " …"),
  )
}

function viewKey(event, { view }, state, act) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.composedPath()[0].localName === "input") return
  const body = event.currentTarget.querySelector(".body")
  const inBody = event.composedPath().some((node) => node.classList?.contains("body"))
  const turnPage = (by) => {
    const page = view.page + by
    if (!state.waiting && view.state === "there" && page >= 1 && page <= view.pages) act.turnPage(page)
  }
  const scroll = (down, right) => body.scrollBy({ top: down * LINE, left: right * LINE })
  const pdf = view.kind === "pdf"
  const wide = pdf && state.zoom > 0
  const keys = {
    PageUp: view.pages > 1 ? () => turnPage(-1) : null,
    PageDown: view.pages > 1 ? () => turnPage(1) : null,
    ArrowLeft: wide ? () => scroll(0, -1) : () => turnPage(-1),
    ArrowRight: wide ? () => scroll(0, 1) : () => turnPage(1),
    ArrowUp: inBody ? null : () => scroll(-1, 0),
    ArrowDown: inBody ? null : () => scroll(1, 0),
    "+": pdf ? () => act.zoom(1) : null,
    "-": pdf ? () => act.zoom(-1) : null,
    0: pdf ? () => act.zoom(0) : null,
  }
  const action = keys[event.key]
  if (!action) return
  event.preventDefault()
  action()
}

/** Scrolls each pane, and nothing around it, so that the source's quote is a third of the way down. */
function scrollToQuote(dialog, number) {
  for (const body of dialog.querySelectorAll(".body")) {
    const own = `[data-number="${number}"]`
    const target = body.querySelector(`.quote${own}, mark${own}`) ?? body.querySelector(`rect${own}, .found${own}`) ?? body.querySelector("rect, mark, .found")
    if (!target) {
      body.scrollTop = 0
      continue
    }
    scrollIntoPane(body, target)
  }
}

function scrollIntoPane(body, target) {
  const box = target.getBoundingClientRect()
  const pane = body.getBoundingClientRect()
  body.scrollTop += box.top - pane.top - body.clientHeight / 3
  // leaves room for the number in front of it
  if (box.left < pane.left + 40 || box.right > pane.right) body.scrollLeft += box.left - pane.left - body.clientWidth / 8
}

/** The scroll position: the centre of the pane as shares of the image, and whether the source's quote is visible. */
function viewCenter(dialog) {
  const body = dialog.querySelector(".body")
  const own = body.querySelector("rect.quote.own") ?? body.querySelector("rect.own")
  const [box, pane] = [own?.getBoundingClientRect(), body.getBoundingClientRect()]
  return {
    across: (body.scrollLeft + body.clientWidth / 2) / body.scrollWidth,
    down: (body.scrollTop + body.clientHeight / 2) / body.scrollHeight,
    own: Boolean(box) && box.bottom > pane.top && box.top < pane.bottom && box.right > pane.left && box.left < pane.right,
  }
}

/** Restores the position after a change of size; a quote that was visible stays visible. */
function restoreCenter(dialog, { across, down, own }) {
  const body = dialog.querySelector(".body")
  body.scrollLeft = across * body.scrollWidth - body.clientWidth / 2
  body.scrollTop = down * body.scrollHeight - body.clientHeight / 2
  if (own) scrollIntoPane(body, body.querySelector("rect.quote.own") ?? body.querySelector("rect.own"))
}

/** Tells the stylesheet the height of the question field at the bottom of the window, above which the view ends. */
function setFieldHeight(dialog) {
  const field = document.querySelector(".st-key-ask")?.parentElement
  dialog.style.setProperty("--field", `${field ? field.offsetHeight : 0}px`)
}

/** Moves the focus back to the view when its button was disabled, such as on the last page. */
function keepFocus(dialog) {
  const field = dialog.querySelector(".goto")
  if (field) field.value = field.getAttribute("value")
  requestAnimationFrame(() => {
    if (dialog.isConnected && !dialog.getRootNode().activeElement) dialog.focus({ preventScroll: true })
  })
}
