"""Pages run inside the frame of `app.py`, also where a browser asks a fresh server for one of them directly.

Until some session has called `st.navigation`, Streamlit runs a page's script alone for such an address, without
`app.py`. Each page therefore begins with `inside_frame`, which sends the browser through `app.py` to the same page.
"""

from __future__ import annotations

import streamlit as st

_FRAMED = "kilde_framed"
_WANTED = "kilde_wanted_page"


def inside_frame(page: str) -> None:
    """Goes on where `app.py` has run in this session; else leaves for it. page: the path, such as "pages/chat.py"."""
    if not st.session_state.get(_FRAMED):
        st.session_state[_WANTED] = (page, st.query_params.to_dict())
        st.switch_page("app.py")


def mark_frame() -> None:
    """To be called by `app.py`, after `st.navigation`: goes on to the page that was asked for, where there is one."""
    st.session_state[_FRAMED] = True
    if (wanted := st.session_state.pop(_WANTED, None)) is not None:
        page, parameters = wanted
        st.switch_page(page, query_params=parameters)
