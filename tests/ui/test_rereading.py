"""The documents page offers to read again what an earlier version read."""

from __future__ import annotations

import pytest

from rag.core.i18n import text
from rag.library import Library
from tests.ui.conftest import OpenPage


@pytest.fixture
def older(filled: Library) -> Library:
    with filled.store.database.write() as db:
        db.execute("UPDATE document SET loader_version = 0")
        db.execute("UPDATE page SET text = replace(text, 'måneder', 'uger'), crc = NULL")
    return filled


def test_nothing_is_offered_where_all_is_up_to_date(opened: OpenPage, filled: Library) -> None:
    at = opened("pages/upload.py", {})
    assert [button.key for button in at.button if str(button.key).startswith("reread")] == []


def test_what_would_change_is_shown_and_read_again_on_a_click(opened: OpenPage, older: Library) -> None:
    count = len(older.documents.all())
    at = opened("pages/upload.py", {})
    offer = text("reread_offer", "en", count=count)
    assert any(offer in markdown.value for markdown in at.markdown)
    at = at.button(key="reread_compare").click().run()
    older.rereading.wait(20)
    at = at.run()
    assert not at.exception
    (code,) = at.code
    assert "uger" in code.value.split("\n")[0] and code.value.startswith("- ")
    assert "+ " in code.value and "måneder" in code.value
    assert any(text("reread_found", "en", count=1, of=count) in markdown.value for markdown in at.markdown)
    at = at.button(key="reread_all").click().run()
    assert older.wait(20) and not at.exception
    assert older.rereading.outdated() == []
    assert [button.key for button in at.run().button if str(button.key).startswith("reread")] == []


def test_a_click_leaves_all_as_it_is(opened: OpenPage, older: Library) -> None:
    at = opened("pages/upload.py", {}).button(key="reread_leave").click().run()
    assert not at.exception and older.rereading.outdated() == []
    document = next(d for d in older.documents.all() if d.name == "garanti.txt")
    assert "uger" in older.store.documents.pages(document.id)[0].text
