// Asking again: the variants of a turn, an edited question, another model or assistant, and the user's note.

/** The marks of a passage, including clicks that the server has not confirmed yet. */
function currentMark(data, state, id) {
  const mark = { ...data.questions.marks[id] }
  for (const { name, value } of state.pending) {
    if (value?.id !== id) continue
    if (name === "mark") mark.right = value.right
    if (name === "choose") Object.assign(mark, value.on ? { pin: false, exclude: false } : {}, { [value.what]: value.on })
  }
  return mark
}

function currentVote(data, state) {
  return state.pending.findLast(({ name }) => name === "vote")?.value ?? data.questions.vote
}

function variants({ questions, labels }, act) {
  const { variants } = questions
  if (!variants) return null
  const step = (key, name, label, id) => h(
    "button",
    // aria-disabled instead of disabled, so that the button keeps the focus at either end
    { key, type: "button", class: "action bare", title: label, "aria-label": label, "aria-disabled": String(id === null),
      onclick: () => id !== null && act.do("show", id) },
    icon(name),
  )
  return h(
    "nav",
    { key: "variants", class: "variants", "aria-label": fill(labels.variant, variants) },
    step("back", "back", labels.variant_previous, variants.previous),
    h("span", { class: "of", role: "status" }, fill(labels.variant, variants)),
    step("forward", "forward", labels.variant_next, variants.next),
    button("compare", "compare", labels.compare, () => act.do("compare", variants.other), { text: true }),
  )
}

/** The question, or a field to edit it. */
function question(data, state, act) {
  const { turn, labels } = data
  if (state.editing !== "question") return h("h2", { key: "question", class: "question", tabindex: "-1" }, turn.question)
  return form("edit", labels.edit_question, labels.ask_this, labels, act, (value) => act.finish("edit", value),
    (keys) => h("textarea", { key: "field", class: "field", rows: "3", maxlength: "2000", "aria-label": labels.edit_question, ...keys }, turn.question))
}

function note(data, state, act) {
  const { questions, labels } = data
  if (state.editing !== "note") return questions.note && h("p", { key: "note", class: "said" }, fill(labels.note_said, { note: questions.note }))
  return form("note", labels.note, labels.note_save, labels, act, (value) => act.finish("note", value, true),
    (keys) => h("textarea", { key: "field", class: "field", rows: "2", maxlength: "4000", "aria-label": labels.note, ...keys }, questions.note))
}

function model(data, state, act) {
  const { questions, labels } = data
  if (state.editing !== "model") return null
  return form("model", labels.another_model, labels.ask_this, labels, act, (value) => act.finish("model", value), (keys) => [
    h("span", { key: "known", class: "actions known" }, questions.models.map((name) =>
      h("button", { key: `model-${name}`, type: "button", class: "action outlined", onclick: () => act.finish("model", name) },
        name === "quoting" ? labels.quoting_model : name))),
    h("input", { key: "field", class: "field", maxlength: "500", "aria-label": labels.other_model, placeholder: labels.other_model, ...keys }),
  ])
}

/** The assistants on offer: a click asks one, Escape closes the list. */
function assistantChoice(key, name, alternatives, labels, act) {
  const onkeydown = (event) => {
    if (event.key !== "Escape") return
    event.preventDefault()
    event.stopPropagation()
    act.edit(null)
  }
  return h(
    "form",
    { key: `${key}-form`, class: "form", "aria-label": name, onkeydown, onsubmit: (event) => event.preventDefault() },
    h("span", { key: "known", class: "actions known" }, alternatives.map((assistant) =>
      h("button", { key: `${key}-${assistant.id}`, type: "button", class: "action outlined", onclick: () => act.finish(key, assistant.id, true) }, assistant.name))),
    h("span", { key: "actions", class: "actions" },
      h("button", { key: "cancel", type: "button", class: "action", onclick: () => act.edit(null) }, labels.cancel)),
  )
}

/** The button that votes for the best answer of a panel; a second click withdraws the vote. */
function bestButton({ column, labels }, state, act) {
  if (!column.can_vote) return null
  const clicks = state.pending.filter(({ name }) => name === "best").length
  const best = column.best !== (clicks % 2 === 1)
  return h("p", { key: "best", class: "actions best" }, h(
    "button",
    { key: "best", type: "button", class: "action outlined", "aria-pressed": String(best), "aria-label": fill(labels.panel_vote_name, column),
      onclick: () => act.do("best", null) },
    icon(best ? "check" : "star"), h("span", {}, labels.panel_vote),
  ))
}

/** Offers to make a liked answer an example of the assistant that gave it, else of any assistant or a new one. */
function exampleOffer(data, state, act) {
  const { questions, labels } = data
  if (currentVote(data, state) !== 1 || !questions.liked) return null
  const take = (id, label) => h("button", { key: `example-${id}`, type: "button", class: "action outlined", onclick: () => act.do("example", id) }, label)
  const own = questions.liked.length > 0 && questions.liked[0].own
  return h(
    "div",
    { key: "liked", class: "liked", role: "group", "aria-label": labels.example_liked },
    !own && h("p", { class: "aside" }, labels.example_liked),
    h("span", { class: "actions" },
      !own && take(0, labels.example_new),
      questions.liked.map((assistant) => take(assistant.id, fill(labels.example_of, assistant)))),
  )
}

/** A form with a field: Enter sends its value, Escape closes it. */
function form(key, name, submit, labels, act, send, fields) {
  const value = (root) => root.querySelector(".field").value.trim()
  const onkeydown = (event) => {
    if (event.key === "Escape") {
      event.preventDefault()
      event.stopPropagation()
      act.edit(null)
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      send(value(event.currentTarget.closest("form")))
    }
  }
  return h(
    "form",
    { key, class: "form", "aria-label": name, onsubmit: (event) => { event.preventDefault(); send(value(event.currentTarget)) } },
    fields({ onkeydown }),
    h("span", { key: "actions", class: "actions" },
      h("button", { key: "submit", type: "submit", class: "action primary" }, submit),
      h("button", { key: "cancel", type: "button", class: "action", onclick: () => act.edit(null) }, labels.cancel)),
  )
}

/** The changes since the answer (pins, exclusions), with buttons to ask again and to undo them. */
function pendingChanges({ questions, labels }, act) {
  return questions.chosen && h(
    "p",
    { key: "chosen", class: "chosen", role: "status" },
    h("span", {}, questions.chosen),
    h("span", { class: "actions" },
      h("button", { key: "again", type: "button", class: "action primary", onclick: () => act.do("again", null) }, labels.ask_again),
      button("undo", "undo", labels.undo, () => act.do("undo", null), { text: true })),
  )
}
