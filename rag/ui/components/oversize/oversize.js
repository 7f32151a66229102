// Says which files the uploader refuses for their size: it keeps them from the server, which could not name them.

const watchers = new WeakMap()
const LOOK_AGAIN = 200 // ms
const LONGEST = 120_000 // ms that an upload of the others may take

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
    watcher.report = null
  })
}

function watch() {
  const watcher = { limit: Infinity, report: null }
  const look = (files, uploader) => {
    const every = Array.from(files ?? [], (file) => ({ name: file.webkitRelativePath || file.name, size: file.size }))
    const names = every.filter((file) => file.size > watcher.limit).map((file) => file.name)
    if (!names.length) return
    // a run of the page while the others are on their way would lose them: once they have been taken in, another
    // uploader takes the place of this one
    const until = Date.now() + (names.length < every.length ? LONGEST : 0)
    const report = () => {
      if (uploader.isConnected && Date.now() < until) setTimeout(report, LOOK_AGAIN)
      else watcher.report?.(names)
    }
    report()
  }
  watcher.onChange = (event) => {
    const input = event.target
    const uploader = input?.type === "file" && input.closest('[data-testid="stFileUploader"]')
    if (uploader) look(input.files, uploader)
  }
  watcher.onDrop = (event) => {
    const uploader = event.target?.closest?.('[data-testid="stFileUploader"]')
    if (uploader) look(event.dataTransfer?.files, uploader)
  }
  document.addEventListener("change", watcher.onChange, true)
  document.addEventListener("drop", watcher.onDrop, true)
  return watcher
}
