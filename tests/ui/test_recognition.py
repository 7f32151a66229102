"""What the documents page says of a document with pictures that are still being read."""

from __future__ import annotations

from pathlib import Path

from rag.core.i18n import text
from rag.core.types import State
from rag.library import Library
from rag.ui.documents.list import state_text
from tests.helpers import components_of, until
from tests.pdfs import beside_text, picture_of
from tests.ui.conftest import OpenPage

PICTURE = picture_of("Salget i juni var 4.711 cykler.").crop((0, 0, 1240, 300))


def test_a_document_can_be_asked_and_is_said_to_lack_pages(
    opened: OpenPage, filled: Library, slow_program: Path
) -> None:
    added = filled.documents.add("manual.pdf", beside_text(PICTURE))
    document = until(lambda: (one := filled.documents.get(added.id)).chunks_done and one, 20)
    assert (document.state, document.lacking) == (State.FINDABLE, {1: "part"})
    at = opened("pages/upload.py", {})
    assert not at.exception
    rows = next(data["rows"] for data in components_of(at) if "rows" in data)
    states = {row["name"]: row["state"] for row in rows}
    assert states["manual.pdf"] == "can be asked, 1 page with pictures is still being read"
    shown = [bar.proto.text for bar in at.get("progress")]
    assert any("1 page with pictures is still being read" in words for words in shown)
    assert state_text(document, "da") == "kan spørges, 1 side med billeder læses stadig"
    assert text("pages_recognised", "da", count=3) == "3 sider med billeder læses stadig"
    at = opened("pages/document.py", {"id": str(added.id)})
    assert not at.exception
    assert filled.viewer.reading(added.id, 1).text.startswith("Batterier er")
