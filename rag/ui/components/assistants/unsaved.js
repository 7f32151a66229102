// Makes the browser ask before the tab is closed or reloaded with unsaved changes; draws nothing.

const guards = new WeakMap()

export default function ({ data, parentElement }) {
  let guard = guards.get(parentElement)
  if (!guard) {
    guard = { unsaved: false, ask: (event) => guard.unsaved && event.preventDefault() }
    guards.set(parentElement, guard)
    window.addEventListener("beforeunload", guard.ask)
  }
  guard.unsaved = data.unsaved
  return onUnmount(parentElement, () => {
    window.removeEventListener("beforeunload", guard.ask)
    guards.delete(parentElement)
  })
}
