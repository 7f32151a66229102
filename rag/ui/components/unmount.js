/**
 * A component returns this so that its listeners are removed when it leaves the page. Streamlit also calls it when new
 * data overtakes a call that was still loading the script: then nothing may be removed, or the next call would draw the
 * component a second time.
 */
const onUnmount = (parentElement, cleanUp) => () => {
  if (!parentElement.isConnected) cleanUp()
}
