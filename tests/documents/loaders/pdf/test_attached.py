"""Files that are attached to a PDF are sent along behind its pages."""

from __future__ import annotations

import io
from pathlib import Path

from pypdf import PdfReader, PdfWriter

from rag.core.types import Attached
from tests.files import read
from tests.pdfs import pdf


def test_attached_files_are_sent_along(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(pdf("Se bilaget.").output()))))
    writer.add_attachment("bilag.txt", b"Prisen er 84.500 kr.")
    writer.add_attachment("film.mov", b"x")
    out = io.BytesIO()
    writer.write(out)
    parsed = read(tmp_path, "a.pdf", out.getvalue())
    assert "Se bilaget." in parsed.pages[0].text and parsed.notices == ()
    assert set(parsed.attached) == {
        Attached("bilag.txt", b"Prisen er 84.500 kr."),
        Attached("film.mov", b"", "unknown_kind"),
    }
