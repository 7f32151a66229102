"""A fragment's run is one of the page that was run last."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import RerunData

from rag.ui.server.fragment_patch import of_page

SHOWN = ("document", "id=1")


def test_a_request_of_the_page_that_was_left_becomes_one_of_the_page_shown() -> None:
    late = RerunData(page_script_hash="upload", page_name="upload", query_string="", fragment_id_queue=["sidebar"])
    mended = of_page(late, SHOWN)
    assert (mended.page_script_hash, mended.page_name, mended.query_string) == ("document", "", "id=1")
    assert mended.fragment_id_queue == ["sidebar"]


def test_all_other_requests_stay_as_they_are() -> None:
    whole = RerunData(page_script_hash="upload")
    of_shown = RerunData(page_script_hash="document", query_string="id=2", fragment_id_queue=["facts"])
    assert of_page(whole, SHOWN) is whole
    assert of_page(of_shown, SHOWN) is of_shown
    first = RerunData(page_script_hash="upload", fragment_id_queue=["sidebar"])
    assert of_page(first, None) is first
