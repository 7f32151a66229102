"""Makes every page run inside the frame of `app.py`, also when a browser asks a fresh server for a page directly.

Until a session has called `st.navigation`, Streamlit runs the script of such a page alone, without `app.py`. Each page
script therefore begins with `require_frame`, which sends the browser through `app.py` to the same page.
"""

import streamlit as st

_FRAMED = "kilde_framed"
_TARGET = "kilde_wanted_page"


def require_frame(page: str) -> None:
    """Returns if `app.py` has run in this session, else switches to it. page: the path, such as "pages/chat.py"."""
    if not st.session_state.get(_FRAMED):
        st.session_state[_TARGET] = (page, st.query_params.to_dict())
        st.switch_page("app.py")


def mark_frame() -> None:
    """Switches to the page that `require_frame` was called from, if any. `app.py` calls it after `st.navigation`."""
    st.session_state[_FRAMED] = True
    if (target := st.session_state.pop(_TARGET, None)) is not None:
        page, parameters = target
        st.switch_page(page, query_params=parameters)
