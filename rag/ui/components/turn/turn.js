// One turn: the answer, and beside it (below it where there is little room) its sources or the evidence view.

const WIDE = 900 // px of the component's own width
const SCROLLING = ["wheel", "touchmove", "pointerdown"]
const mounted = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  let view = mounted.get(parentElement)
  if (!view) {
    view = mount(parentElement)
    mounted.set(parentElement, view)
  }
  view.data = data
  view.trigger = setTriggerValue
  view.state.waiting = false
  view.draw()
  return () => {
    view.watcher.disconnect()
    document.removeEventListener("keydown", view.onKey)
    for (const name of SCROLLING) document.removeEventListener(name, view.onScroll)
    mounted.delete(parentElement)
  }
}

function mount(parentElement) {
  const root = document.createElement("div")
  root.className = "turn"
  parentElement.appendChild(root)
  const state = { pointed: null, whole: new Set(), copied: null, zoomed: false, waiting: false, closed: false, shown: null, opener: null, scrolled: false }
  const view = { root, state, data: null, trigger: null }

  const act = {
    send: (name, value) => view.trigger(name, value),
    open(number, opener) {
      if (opener) state.opener = opener
      state.closed = false
      wait("open", number)
    },
    turnPage: (page) => wait("page", page),
    close() {
      if (state.closed) return
      state.closed = true // at once, without waiting for the server
      view.trigger("close", true)
      draw()
      if (state.opener?.isConnected) state.opener.focus()
    },
    point(number) {
      state.pointed = number
      draw()
    },
    toggleWhole(number) {
      if (!state.whole.delete(number)) state.whole.add(number)
      draw()
    },
    toggleZoom() {
      state.zoomed = !state.zoomed
      draw()
      showFound(root.querySelector("dialog"))
    },
    async copy(what, text) {
      await copyText(text, root)
      state.copied = what
      draw()
      setTimeout(() => {
        state.copied = null
        draw()
      }, 1600)
    },
  }

  function wait(name, value) {
    state.waiting = true
    view.trigger(name, value)
    draw()
  }

  function draw() {
    const { data } = view
    const open = data.view && !state.closed
    if (!data.view) state.closed = false
    const focused = root.getRootNode().activeElement
    patch(root, [
      answerColumn(data, state, act),
      h("aside", { key: "sources", class: "sources", "aria-label": data.labels.sources },
        open ? evidenceView(data, state, act) : sourceCards(data, state, act)),
    ])
    if (focused?.isConnected && root.getRootNode().activeElement !== focused) focused.focus({ preventScroll: true })
    placeEvidence(open)
    bringIntoSight()
  }

  /** A new answer begins at the top of the screen, and stays there while it grows, until the reader scrolls. */
  function bringIntoSight() {
    const { in_sight, turn } = view.data
    if (!in_sight || state.scrolled) return
    root.scrollIntoView({ block: "start" })
    if (turn.state !== "running") state.scrolled = true
  }

  function placeEvidence(open) {
    root.classList.toggle("wide", root.clientWidth >= WIDE)
    root.classList.toggle("reading", Boolean(open))
    if (!open) {
      state.shown = null
      return
    }
    const dialog = root.querySelector("dialog")
    const modal = !root.classList.contains("wide")
    const opened = !dialog.open
    if (dialog.open && dialog.matches(":modal") !== modal) dialog.close()
    if (!dialog.open && modal) dialog.showModal()
    else if (!dialog.open) dialog.show()
    const { number, page } = view.data.view
    const shown = `${number}/${page ?? ""}`
    if (opened || state.shown !== shown) {
      state.shown = shown
      showFound(dialog)
    }
    if (opened) {
      dialog.focus({ preventScroll: true })
      if (!modal) dialog.scrollIntoView({ block: "nearest" })
    }
  }

  view.onKey = (event) => {
    if (event.key === "Escape" && view.data?.view) act.close()
  }
  view.onScroll = () => (state.scrolled = true)
  document.addEventListener("keydown", view.onKey)
  for (const name of SCROLLING) document.addEventListener(name, view.onScroll, { passive: true })
  view.watcher = new ResizeObserver(() => view.data && placeEvidence(view.data.view && !state.closed))
  view.watcher.observe(root)
  view.draw = draw
  return view
}

async function copyText(text, root) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text)
    return
  }
  // outside a secure context (a plain http address on the local network) there is no clipboard object
  const field = document.createElement("textarea")
  field.value = text
  root.appendChild(field)
  field.select()
  document.execCommand("copy")
  field.remove()
}
