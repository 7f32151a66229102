"""A patch of Streamlit's script runner for fragments that rerun while `st.switch_page` is under way.

`st.switch_page` changes the page on the server. Until the browser hears of it, its timers go on requesting reruns of
fragments in the name of the page that it still shows. Streamlit 1.67 starts such a rerun as one of the old page: the
browser removes the new page, the next fragment finds no place to draw in ("Bad delta path index"), and the page stays
empty. A fragment's rerun never changes the page, so the patch starts it as one of the page that was run last.

Streamlit has no public hook between a request and its run. `tests/ui/server/test_fragment_patch.py` fails as soon as a
newer version handles the request itself: delete this module then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import ScriptRunner, get_script_run_ctx

if TYPE_CHECKING:
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_PAGE, OPENED = "kilde_page_shown", "kilde_page_opened"
streamlit_run_script = ScriptRunner._run_script


def remember_page() -> None:
    """Records the page that is running. Call it in each full run, once the address is known and when it may change."""
    if (run := get_script_run_ctx()) is not None:
        shown = st.session_state.get(_PAGE)
        if run.is_history_navigation or shown is None or shown[0] != run.page_script_hash:
            st.session_state[OPENED] = True
        st.session_state[_PAGE] = (run.page_script_hash, run.query_string)


def page_was_opened() -> bool:
    """Whether the page was opened since this was last asked: by a link, by its address, or by going back or forward.

    Only then does its address say what the user wants to see. In other runs it may be the one from before the last
    click, where the browser sent its request before it heard of the new one.
    """
    return bool(st.session_state.pop(OPENED, False))


def for_current_page(request: RerunData, page: tuple[str, str] | None) -> RerunData:
    """The request, moved to `page` (its script hash and query string) if it reruns fragments of another page."""
    if not request.fragment_id_queue or page is None or request.page_script_hash == page[0]:
        return request
    return replace(request, page_script_hash=page[0], page_name="", query_string=page[1])


def _run_script(self: ScriptRunner, rerun_data: RerunData) -> None:
    try:
        page = self._session_state[_PAGE]
    except KeyError:
        page = None
    streamlit_run_script(self, for_current_page(rerun_data, page))


ScriptRunner._run_script = _run_script  # type: ignore[method-assign]
