// Copies text to the clipboard.

async function copyText(text, root) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text)
    return
  }
  // outside a secure context, such as plain http in a local network, navigator.clipboard is undefined
  const field = document.createElement("textarea")
  field.value = text
  root.appendChild(field)
  field.select()
  document.execCommand("copy")
  field.remove()
}
