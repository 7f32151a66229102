// Text to the clipboard.

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
