// Reports the files that the uploader rejects for their size, because it does not send their names to the server.

const watchers = new WeakMap()
let newest = null // while a report waits, the page may put another one in the place of the watcher that saw the files
const POLL_INTERVAL = 200 // ms
const MAX_WAIT = 120_000 // ms that the upload of the remaining files may take

export default function ({ data, parentElement, setTriggerValue }) {
  let watcher = watchers.get(parentElement)
  if (!watcher) {
    watcher = watch()
    watchers.set(parentElement, watcher)
  }
  watcher.limit = data.limit
  watcher.report = (names) => setTriggerValue("refused", names)
  newest = watcher
  return onUnmount(parentElement, () => {
    document.removeEventListener("change", watcher.onChange, true)
    document.removeEventListener("drop", watcher.onDrop, true)
    watchers.delete(parentElement)
    watcher.report = null
  })
}

function watch() {
  const watcher = { limit: Infinity, report: null }
  const check = (files, uploader) => {
    const all = Array.from(files ?? [], (file) => ({ name: file.webkitRelativePath || file.name, size: file.size }))
    const names = all.filter((file) => file.size > watcher.limit).map((file) => file.name)
    if (!names.length) return
    // a rerun while the other files are being uploaded would lose them, so wait until the page has read them and
    // replaced the uploader
    const until = Date.now() + (names.length < all.length ? MAX_WAIT : 0)
    const report = () => {
      const waits = Date.now() < until && uploader.isConnected
      if (waits || (!newest?.report && Date.now() < until + MAX_WAIT)) setTimeout(report, POLL_INTERVAL)
      else newest?.report?.(names)
    }
    report()
  }
  watcher.onChange = (event) => {
    const input = event.target
    const uploader = input?.type === "file" && input.closest('[data-testid="stFileUploader"]')
    if (uploader) check(input.files, uploader)
  }
  watcher.onDrop = (event) => {
    const uploader = event.target?.closest?.('[data-testid="stFileUploader"]')
    if (uploader) check(event.dataTransfer?.files, uploader)
  }
  document.addEventListener("change", watcher.onChange, true)
  document.addEventListener("drop", watcher.onDrop, true)
  return watcher
}
