// One turn: the answer, and beside it (below it on narrow screens) its sources or the evidence view.

const WIDE = 900 // px, the component's own width
const SCROLLING = ["wheel", "touchmove", "pointerdown"]
const mounted = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  let view = mounted.get(parentElement)
  if (!view) {
    view = mount(parentElement)
    mounted.set(parentElement, view)
  }
  view.take(data, setTriggerValue)
  return onUnmount(parentElement, () => {
    view.watcher.disconnect()
    document.removeEventListener("keydown", view.onKey)
    for (const name of SCROLLING) document.removeEventListener(name, view.onScroll)
    mounted.delete(parentElement)
  })
}

function mount(parentElement) {
  const root = document.createElement("div")
  root.className = "turn"
  parentElement.appendChild(root)
  const state = { pointed: null, expanded: new Set(), copied: null, zoom: 0, beside: false, waiting: false, closed: false, shown: null, opener: null, scrolled: false,
    more: new Set(), editing: null, pending: [], sent: 0 }
  const name = crypto.getRandomValues(new Uint32Array(2)).join("-") // identifies this component, so that the server can confirm its actions
  const view = { root, state, data: null, trigger: null }

  const act = {
    /** Sends an action, and repeats it with the next ones until it is confirmed: of two at once the server may see only the last. */
    do(action, value) {
      state.pending.push({ number: ++state.sent, name: action, value })
      view.trigger("acts", { from: name, acts: state.pending.map((entry) => [entry.number, entry.name, entry.value]) })
      draw()
    },
    edit(what) {
      const before = state.editing
      state.editing = what
      draw()
      const field = root.querySelector("form .field") ?? root.querySelector("form button")
      if (what && field) {
        field.focus()
        field.setSelectionRange?.(field.value.length, field.value.length)
      } else if (before) {
        const opener = { question: "edit", model: "model", note: "note", instead: "instead" }[before]
        ;[...root.querySelectorAll(":is(.rest, .who) button")].find((node) => node.treeKey === opener)?.focus()
      }
    },
    finish(action, value, emptyToo = false) {
      if (!value && !emptyToo) return
      act.edit(null)
      act.do(action, value)
    },
    toggleMore(id) {
      if (!state.more.delete(id)) state.more.add(id)
      draw()
    },
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
    toggleExpanded(id) {
      if (!state.expanded.delete(id)) state.expanded.add(id)
      draw()
    },
    zoom(steps) {
      const center = viewCenter(root.querySelector("dialog"))
      state.zoom = steps ? Math.min(Math.max(state.zoom + steps, 0), ZOOMS.length - 1) : 0
      draw()
      restoreCenter(root.querySelector("dialog"), center)
    },
    toggleText() {
      state.beside = !state.beside
      draw()
      scrollToQuote(root.querySelector("dialog"), view.data.view.number)
    },
    async copy(what, text) {
      await copyText(text, root)
      act.confirm(what)
    },
    /** Shows a confirmation on the button for a moment. */
    confirm(what) {
      state.copied = what
      draw()
      setTimeout(() => {
        state.copied = null
        draw()
      }, 1600)
    },
  }

  view.take = (data, trigger) => {
    const changed = view.data && view.data.turn.id !== data.turn.id
    view.data = data
    view.trigger = trigger
    state.waiting = false
    state.pending = state.pending.filter(({ number }) => number > (data.heard[name] ?? 0))
    if (changed) {
      for (const set of [state.expanded, state.more]) set.clear()
      Object.assign(state, { editing: null, pointed: null, closed: false, scrolled: data.turn.state !== "running" })
    }
    draw()
    // the element with the focus may have gone with the other variant
    if (changed && !root.getRootNode().activeElement) root.querySelector(".question")?.focus({ preventScroll: true })
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
    root.classList.toggle("column", Boolean(data.column))
    root.classList.toggle("above", data.part === "head")
    patch(root, data.part === "head" ? [panelHead(data, state, act)] : [
      answerColumn(data, state, act),
      h("aside", { key: "sources", class: "sources", "aria-label": data.labels.sources },
        open ? evidenceView(data, state, act) : sourceCards(data, state, act)),
    ])
    if (focused?.isConnected && root.getRootNode().activeElement !== focused) focused.focus({ preventScroll: true })
    placeEvidence(open)
    bringIntoSight()
  }

  /** Keeps a new answer at the top of the screen while it grows, until the reader scrolls. */
  function bringIntoSight() {
    const { in_sight, turn } = view.data
    if (!in_sight || state.scrolled) return
    root.scrollIntoView({ block: "start" })
    if (turn.state !== "running") state.scrolled = true
  }

  function placeEvidence(open) {
    setFieldHeight(root)
    const alone = view.data.part !== "head" && !view.data.column
    root.classList.toggle("wide", alone && root.clientWidth >= WIDE)
    root.classList.toggle("reading", Boolean(open))
    root.classList.toggle("beside", Boolean(open) && hasTextBeside(view.data.view, state))
    if (!open) {
      state.shown = null
      return
    }
    const dialog = root.querySelector("dialog")
    if (!dialog.isConnected) return // the page is being left
    const modal = !root.classList.contains("wide")
    const opened = !dialog.open
    if (dialog.open && dialog.matches(":modal") !== modal) dialog.close()
    if (!dialog.open && modal) dialog.showModal()
    else if (!dialog.open) dialog.show()
    const { number, page } = view.data.view
    const shown = `${number}/${page ?? ""}`
    setFieldHeight(dialog)
    if (opened || state.shown !== shown) {
      state.shown = shown
      scrollToQuote(dialog, number)
      keepFocus(dialog)
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
  // Streamlit has keyboard shortcuts and does not notice typing in a field inside a component
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" && ["INPUT", "TEXTAREA"].includes(event.target.nodeName)) event.stopPropagation()
  })
  for (const name of SCROLLING) document.addEventListener(name, view.onScroll, { passive: true })
  view.watcher = new ResizeObserver(() => view.data && placeEvidence(view.data.view && !state.closed))
  view.watcher.observe(root)
  view.draw = draw
  return view
}
