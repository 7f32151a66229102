// h() describes a tree and patch() draws it, changing only what differs, so that focus, scroll positions and open
// <details> survive while an answer streams in. Strings become text nodes, so nothing from a document or a model is ever
// parsed as HTML.

const SVG_TAGS = new Set(["svg", "path", "rect", "text", "g"])

function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false) }
}

function patch(parent, items) {
  const byKey = new Map()
  for (const node of parent.childNodes) if (node.treeKey) byKey.set(node.treeKey, node)
  let next = parent.firstChild
  for (const item of items) {
    let node = next && fits(next, item) ? next : item.props?.key ? byKey.get(item.props.key) : null
    if (!node) node = create(item)
    if (node === next) next = next.nextSibling
    else parent.insertBefore(node, next)
    update(node, item)
  }
  while (next) {
    const after = next.nextSibling
    next.remove()
    next = after
  }
}

function fits(node, item) {
  if (typeof item === "string") return node.nodeType === Node.TEXT_NODE
  return node.localName === item.tag && (node.treeKey ?? null) === (item.props.key ?? null)
}

function create(item) {
  if (typeof item === "string") return document.createTextNode(item)
  const node = SVG_TAGS.has(item.tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", item.tag)
    : document.createElement(item.tag)
  node.treeKey = item.props.key
  return node
}

function update(node, item) {
  if (typeof item === "string") {
    if (node.data !== item) node.data = item
    return
  }
  const before = node.treeProps ?? {}
  for (const name of Object.keys(before)) if (!(name in item.props)) set(node, name, null)
  for (const [name, value] of Object.entries(item.props)) if (before[name] !== value) set(node, name, value)
  node.treeProps = item.props
  patch(node, item.children)
}

function set(node, name, value) {
  if (name === "key") return
  if (name.startsWith("on")) node[name] = value
  else if (name.startsWith("--")) node.style.setProperty(name, value ?? "")
  else if (value === null || value === undefined || value === false) node.removeAttribute(name)
  else node.setAttribute(name, value === true ? "" : String(value))
}

/** Fills in a template such as "Page {page}". Braces in the values stay as they are. */
function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""))
}

// Material icons (Apache-2.0), as paths on a 24 x 24 grid
const ICONS = {
  again: "M17.65 6.35A7.96 7.96 0 0 0 12 4a8 8 0 1 0 7.73 10h-2.08A6 6 0 1 1 12 6c1.66 0 3.14.69 4.22 1.78L13 11h7V4z",
  back: "M15.41 7.41 14 6l-6 6 6 6 1.41-1.41L10.83 12z",
  check: "M9 16.17 4.83 12l-1.42 1.41L9 19 21 7l-1.41-1.41z",
  close: "M19 6.41 17.59 5 12 10.59 6.41 5 5 6.41 10.59 12 5 17.59 6.41 19 12 13.41 17.59 19 19 17.59 13.41 12z",
  copy: "M16 1H4a2 2 0 0 0-2 2v14h2V3h12zm3 4H8a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2V7a2 2 0 0 0-2-2m0 16H8V7h11z",
  forward: "M10 6 8.59 7.41 13.17 12l-4.58 4.59L10 18l6-6z",
  minus: "M19 13H5v-2h14z",
  page: "M8 16h8v2H8zm0-4h8v2H8zm6-10H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V8zm4 18H6V4h7v5h5z",
  plus: "M19 13h-6v6h-2v-6H5v-2h6V5h2v6h6z",
  text: "M3 5h18v2H3zm0 4h12v2H3zm0 4h18v2H3zm0 4h12v2H3z",
  up: "M7 14l5-5 5 5z",
  zoom: "M15.5 14h-.79l-.28-.27a6.5 6.5 0 1 0-.7.7l.27.28v.79l5 4.99L20.49 19zm-6 0a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9m2.5-4h-2v2H9v-2H7V9h2V7h1v2h2z",
}

function icon(name) {
  return h("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, h("path", { d: ICONS[name] }))
}

/** A button with an icon. label: its accessible name, and its visible text if `text` is true. */
function button(key, name, label, onclick, { text = false, disabled = false, pressed = null } = {}) {
  return h(
    "button",
    { key, type: "button", class: text ? "action" : "action bare", title: text ? null : label, disabled,
      "aria-label": text ? null : label, "aria-pressed": pressed === null ? null : String(pressed), onclick },
    icon(name),
    text && h("span", {}, label),
  )
}
