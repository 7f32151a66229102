"""Fragments' runs that the browser asks for while it is being led to another page.

`st.switch_page` changes the page on the server. Until the browser hears of it, its timers go on asking for runs of
fragments, in the name of the page that it still shows. Streamlit (1.67) begins such a run as one of the page that was
left: the browser takes the new page off again, and the next fragment finds no place to be drawn in ("Bad delta path
index"), so that the page stays empty. But a fragment belongs to the page that was run last, and never leads to
another: here its run is begun as one of that page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import ScriptRunner, get_script_run_ctx

if TYPE_CHECKING:
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_SHOWN = "kilde_page_shown"
_run_script = ScriptRunner._run_script


def mark_page() -> None:
    """To be called in a run of the whole page, when its address is known, and again when it may have changed."""
    if (run := get_script_run_ctx()) is not None:
        st.session_state[_SHOWN] = (run.page_script_hash, run.query_string)


def of_page(request: RerunData, shown: tuple[str, str] | None) -> RerunData:
    """The request as one of the page that is shown, where it asks for fragments. shown: the page's hash and query."""
    if not request.fragment_id_queue or shown is None or request.page_script_hash == shown[0]:
        return request
    return replace(request, page_script_hash=shown[0], page_name="", query_string=shown[1])


def _of_page_shown(self: ScriptRunner, rerun_data: RerunData) -> None:
    try:
        shown = self._session_state[_SHOWN]
    except KeyError:
        shown = None
    _run_script(self, of_page(rerun_data, shown))


# there is no public place to do this; of all that Streamlit offers, only here both pages are known
ScriptRunner._run_script = _of_page_shown  # type: ignore[method-assign]
