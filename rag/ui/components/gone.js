/**
 * What a component returns, to put away what it set up when it has gone. Streamlit also calls it when new data overtook
 * a call that was still loading the script: then all stays as it is, or the next call would draw a second one beside it.
 */
const whenGone = (parentElement, putAway) => () => {
  if (!parentElement.isConnected) putAway()
}
