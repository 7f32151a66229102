"""What is laid over a PDF page or attached to it: notes that readers typed, and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.annotations import FreeText, Highlight, Popup, Text
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)

from rag.core.errors import ParsingLimit
from rag.core.types import Span
from rag.documents.loaders import load
from rag.documents.loaders.pdf import attachments as attached
from rag.documents.loaders.pdf import loader
from rag.documents.loaders.pdf.attachments import attachments
from rag.documents.loaders.pdf.render import render
from rag.documents.loaders.pdf.text import open_document
from tests.pdfs import PDF, pdf, rewritten

TEXT = "Paragraf 4. Fristen er 14 dage."
AT = (100, 500, 250, 540)


def pinned(writer: PdfWriter, name: str, data: bytes) -> DictionaryObject:
    """A file that is attached to a place on a page."""
    stream = StreamObject()
    stream.set_data(data)
    stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/FileAttachment"),
            NameObject("/Rect"): RectangleObject(AT),
            NameObject("/FS"): DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/Filespec"),
                    NameObject("/F"): TextStringObject(name),
                    NameObject("/UF"): TextStringObject(name),
                    NameObject("/EF"): DictionaryObject({NameObject("/F"): writer._add_object(stream)}),
                }
            ),
        }
    )


def test_notes_typed_on_a_page_are_read_as_notes(saved: Callable[[bytes], Path]) -> None:
    def annotate(writer: PdfWriter) -> None:
        writer.add_annotation(0, FreeText(text="Godkendt 3/5", rect=AT))
        comment = Text(rect=AT, text="Tjek om varslet er lovligt")
        comment[NameObject("/T")] = TextStringObject("Mette Holm")
        parent = writer.add_annotation(0, comment)
        writer.add_annotation(0, Popup(rect=AT, parent=parent))
        quads = ArrayObject(map(FloatObject, (100, 540, 250, 540, 100, 500, 250, 500)))
        for content in ("Hvorfor kun 14?", "Fristen er 14 dage."):  # the second repeats what it marks
            mark = Highlight(rect=AT, quad_points=quads)
            mark[NameObject("/Contents")] = TextStringObject(content)
            writer.add_annotation(0, mark)
        hidden = Text(rect=AT, text="Usynlig")
        hidden[NameObject("/F")] = NumberObject(2)
        writer.add_annotation(0, hidden)
        state = Text(rect=AT, text="Accepted set by Ida")
        state[NameObject("/StateModel")] = TextStringObject("Review")
        writer.add_annotation(0, state)

    path = saved(rewritten(pdf(TEXT), annotate))
    (page,) = load(path, PDF, "a.pdf").pages
    assert page.text.split("\n\n") == [
        TEXT,
        "Note: Godkendt 3/5",
        "Note (Mette Holm): Tjek om varslet er lovligt",
        "Note: Hvorfor kun 14?",
    ]
    # the words of the page can still be pointed out
    assert render(path, 1, [Span(0, len(TEXT))], text=page.text).boxes[0]


def test_a_page_with_a_note_alone_is_not_empty(saved: Callable[[bytes], Path]) -> None:
    def annotate(writer: PdfWriter) -> None:
        writer.add_annotation(0, FreeText(text="Ring til Ida", rect=AT))

    assert load(saved(rewritten(pdf(""), annotate)), PDF, "a.pdf").pages[0].text == "Note: Ring til Ida"


def test_files_attached_to_a_pdf_come_with_it(saved: Callable[[bytes], Path]) -> None:
    def attach(writer: PdfWriter) -> None:
        writer.add_attachment("bilag 1.txt", b"Prisen er 900 kr.")
        note = pinned(writer, "måling.csv", b"a;b")
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])

    path = saved(rewritten(pdf(TEXT), attach))
    parsed = load(path, PDF, "a.pdf")
    assert parsed.notices == ()
    assert parsed.pages[0].text == TEXT
    assert [(file.name, file.data) for file in parsed.attached] == [
        ("bilag 1.txt", b"Prisen er 900 kr."),
        ("måling.csv", b"a;b"),
    ]


def test_attached_files_have_limits(saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def attach(writer: PdfWriter) -> None:
        for number in range(5):
            writer.add_attachment(f"{number}.txt", b"x" * 1000)

    path = saved(rewritten(pdf(TEXT), attach))
    monkeypatch.setattr(attached, "MOST", 3)
    assert [name for name, _ in attachments(open_document(str(path)))] == ["0.txt", "1.txt", "2.txt"]
    monkeypatch.setattr(attached, "MOST_BYTES", 2500)
    with pytest.raises(ParsingLimit):
        attachments(open_document(str(path)))
    sent: list[dict[str, object]] = []
    loader.read(lambda blob=b"", **data: sent.append(data), str(path), 10, 1_000)
    assert [data["text"] for data in sent if "text" in data] == [TEXT]
    assert [(data["file"], data["refused"]) for data in sent if "file" in data] == [
        (f"{number}.txt", "too_large") for number in range(3)
    ]
