// Says which files the uploader refuses for their size: it keeps them from the server, which could not name them.

const watchers = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  let watcher = watchers.get(parentElement)
  if (!watcher) {
    watcher = watch()
    watchers.set(parentElement, watcher)
  }
  watcher.limit = data.limit
  watcher.report = (names) => setTriggerValue("refused", names)
  return whenGone(parentElement, () => {
    document.removeEventListener("change", watcher.onChange, true)
    document.removeEventListener("drop", watcher.onDrop, true)
    watchers.delete(parentElement)
  })
}

function watch() {
  const watcher = { limit: Infinity, report: null }
  const look = (files) => {
    const names = Array.from(files ?? [], (file) => ({ name: file.webkitRelativePath || file.name, size: file.size }))
      .filter((file) => file.size > watcher.limit)
      .map((file) => file.name)
    // once the uploader has taken in the others: their run of the page must not be the one that this one interrupts
    if (names.length) setTimeout(() => watcher.report?.(names), 300)
  }
  watcher.onChange = (event) => {
    const input = event.target
    if (input?.type === "file" && input.closest('[data-testid="stFileUploader"]')) look(input.files)
  }
  watcher.onDrop = (event) => {
    if (event.target?.closest?.('[data-testid="stFileUploader"]')) look(event.dataTransfer?.files)
  }
  document.addEventListener("change", watcher.onChange, true)
  document.addEventListener("drop", watcher.onDrop, true)
  return watcher
}
