"""A fragment's run is one of the page that was run last."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner
from streamlit.testing.v1 import AppTest, local_script_runner

from rag.ui.server import fragment_patch
from rag.ui.server.fragment_patch import for_current_page

SHOWN = ("document", "id=1")


def test_a_request_of_the_page_that_was_left_becomes_one_of_the_page_shown() -> None:
    late = RerunData(page_script_hash="upload", page_name="upload", query_string="", fragment_id_queue=["sidebar"])
    mended = for_current_page(late, SHOWN)
    assert (mended.page_script_hash, mended.page_name, mended.query_string) == ("document", "", "id=1")
    assert mended.fragment_id_queue == ["sidebar"]


def test_all_other_requests_stay_as_they_are() -> None:
    whole = RerunData(page_script_hash="upload")
    of_shown = RerunData(page_script_hash="document", query_string="id=2", fragment_id_queue=["facts"])
    assert for_current_page(whole, SHOWN) is whole
    assert for_current_page(of_shown, SHOWN) is of_shown
    first = RerunData(page_script_hash="upload", fragment_id_queue=["sidebar"])
    assert for_current_page(first, None) is first


TWO_PAGES = """
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from rag.ui.server import fragment_patch


@st.fragment
def part():
    st.session_state.run_of = get_script_run_ctx().page_script_hash


def left():
    st.write("left")


def shown():
    part()
    fragment_patch.remember_page()


pages = [st.Page(left, title="left", default=True), st.Page(shown, title="shown")]
st.session_state.hashes = [page._script_hash for page in pages]
st.navigation(pages).run()
"""


def late_request(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a fragment of the page shown, asked for in the name of the page that was left, runs on the page shown."""
    app = AppTest.from_string(TWO_PAGES).run(timeout=20)
    left, shown = app.session_state.hashes
    app._page_hash = shown
    app.run(timeout=20)
    assert app.session_state.run_of == shown
    (part,) = app._fragment_storage._fragments

    def of_page_left(**values: Any) -> RerunData:
        return RerunData(**{**values, "page_script_hash": left, "fragment_id_queue": [part]})

    monkeypatch.setattr(local_script_runner, "RerunData", of_page_left)
    app.run(timeout=20)
    assert app.session_state.run_of in (left, shown)
    return bool(app.session_state.run_of == shown)


def test_a_late_request_runs_on_the_page_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert late_request(monkeypatch)


def test_streamlit_still_needs_the_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScriptRunner, "_run_script", fragment_patch.streamlit_run_script)
    needless = late_request(monkeypatch)
    assert not needless, (
        "Streamlit runs late fragments on the page shown by itself: remove rag/ui/server/fragment_patch"
    )


OPENED = """
import streamlit as st
from rag.ui.server import fragment_patch


def page():
    fragment_patch.remember_page()
    st.session_state.was_opened = fragment_patch.page_was_opened()
    fragment_patch.remember_page()


pages = [st.Page(page, title="first", url_path="first", default=True), st.Page(page, title="second", url_path="second")]
st.session_state.hashes = [page._script_hash for page in pages]
st.navigation(pages).run()
"""


def test_a_page_is_opened_by_a_link_and_by_going_back_and_not_by_running_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_string(OPENED).run(timeout=20)
    assert app.session_state.was_opened
    assert not app.run(timeout=20).session_state.was_opened
    app._page_hash = app.session_state.hashes[1]
    assert app.run(timeout=20).session_state.was_opened
    assert not app.run(timeout=20).session_state.was_opened
    monkeypatch.setattr(
        local_script_runner, "RerunData", lambda **values: RerunData(**{**values, "is_history_navigation": True})
    )
    assert app.run(timeout=20).session_state.was_opened
