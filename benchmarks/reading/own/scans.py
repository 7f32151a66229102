"""Scans: PDF files and pictures of pages, some with typed characters on them, some lying on their sides."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.reading.forms import paper
from benchmarks.reading.forms.paper import at, document, pictured, prose
from benchmarks.reading.judging import Expected, Form, Sample
from benchmarks.reading.own.parts import PICTURE, picture

SCANNED = (
    "Foreningen Nybo indkalder til generalforsamling.",
    "Mødet holdes torsdag den 18. marts kl. 19.30.",
    "Kontingentet stiger til 425 kr. om året.",
)
LETTER = (
    "The council has looked at your complaint.",
    "The lamp in Mill Lane was mended on 9 June.",
    "Please quote reference 4417 if you write again.",
)
READ_DA = ("indkalder til generalforsamling", "den 18. marts kl. 19.30", "425 kr. om året")
READ_EN = ("looked at your complaint", "mended on 9 June", "reference 4417")


def samples() -> Iterator[Sample]:
    page = prose(SCANNED)
    letter = prose(LETTER)
    yield _scan("scan-da", paper.saved(pictured(page), "PDF"), READ_DA)
    yield _scan("scan-sideways-en", paper.saved(pictured(letter, turned=90), "PDF"), READ_EN)
    yield _scan("scan-sidetal-da", _over_scan(page, "- 1 -"), READ_DA)
    yield _scan("scan-stamp-en", _over_scan(letter, "Envelope ID: 7F3A-99C1-4E"), (*READ_EN, "7F3A-99C1-4E"))
    yield _scan(
        "scan-tabel-da",
        paper.saved(pictured(_table_page()), "PDF"),
        (_counted("Nordlund", "1.412"), _counted("Sønderby", "987")),
    )
    yield Sample("png/scan-da.png", paper.saved(pictured(page), "PNG"), READ_DA)
    yield Sample(
        "png/table-en.png",
        paper.saved(pictured(_table_page()), "PNG"),
        (_counted("Nordlund", "1.412"), _counted("Vestby", "655")),
    )
    yield Sample("jpg/scan-en.jpg", paper.saved(pictured(letter), "JPEG", quality=70), READ_EN)
    yield Sample("jpg/exif-da.jpg", _by_phone(page), READ_DA)
    yield Sample("jpg/sideways-en.jpg", paper.saved(pictured(letter, turned=270), "JPEG"), READ_EN)
    yield Sample(
        "tiff/to-sider-da.tiff", paper.saved([*pictured(page), *pictured(letter)], "TIFF"), (*READ_DA, *READ_EN)
    )
    yield Sample("tiff/scan-en.tif", paper.saved(pictured(letter), "TIFF", compression="tiff_lzw"), READ_EN)
    yield Sample("png/foto-da.png", picture().getvalue(), noticed=(PICTURE + "|no text|not find any text",))


def _scan(name: str, data: bytes, must: tuple[Expected, ...]) -> Sample:
    return Sample(f"pdf/{name}.pdf", data, must)


def _counted(place: str, value: str) -> Form:
    """A row of the scanned table, with its header or without."""
    return Form(f"{place} | {value}", re.compile(rf"{place}[:|\s-]*(?:Husstande: ?)?{re.escape(value)}"))


def _table_page() -> bytes:
    made = document(13)
    with made.table(first_row_as_headings=False, width=150, align="LEFT") as table:
        for row in (("Distrikt", "Husstande"), ("Nordlund", "1.412"), ("Sønderby", "987"), ("Vestby", "655")):
            line = table.row()
            for text in row:
                line.cell(text)
    return bytes(made.output())


def _over_scan(page: bytes, typed: str) -> bytes:
    """A page that is a picture, with a few typed characters on it."""
    (scan,) = pictured(page)
    made = document()
    made.image(scan, x=0, y=0, w=210)
    at(made, 95, 288, typed, size=8)
    return bytes(made.output())


def _by_phone(page: bytes) -> bytes:
    """Lying on its side, with a note that says how to turn it."""
    (scan,) = pictured(page, turned=90)
    exif = scan.getexif()
    exif[0x0112] = 6  # turn by 90 degrees with the clock
    return paper.saved([scan], "JPEG", exif=exif)
