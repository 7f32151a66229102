"""PDFs that lie: about their length, their pages, their types, and about where they end."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping

Object = bytes | tuple[bytes, bytes]
"""The body of an object, or a dictionary without its length and a stream."""

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
SAID = b"BT /F1 12 Tf 72 700 Td (Batterier er med i seks maaneder.) Tj ET"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
GOOD: dict[int, Object] = {
    1: b"<</Type/Catalog/Pages 2 0 R>>",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: PAGE,
    4: (b"<<>>", SAID),
    5: FONT,
}


def pdf(changed: Mapping[int, Object] | None = None, trailer: bytes = b"", version: bytes = b"1.7") -> bytes:
    """A PDF of one page, with some of its objects in another form. trailer: more entries of it."""
    out = b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n"
    objects = {**GOOD, **(changed or {})}
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        if isinstance(body, tuple):
            head, stream = body
            length = b"" if b"/Length" in head else b"/Length %d" % len(stream)
            body = head[:-2] + length + b">>\nstream\n" + stream + b"\nendstream"
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in sorted(places.items()):
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    return out + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (max(objects) + 1, trailer, start)


def deflated(data: bytes, times: int = 1) -> Object:
    """A stream that was packed so many times, and says so."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    return b"<</Filter[" + b"/FlateDecode " * times + b"]>>", data


def contents(stream: bytes) -> bytes:
    return pdf({4: (b"<<>>", stream)})


def _chain(length: int) -> dict[int, Object]:
    """Page trees within page trees."""
    made: dict[int, Object] = {2: b"<</Type/Pages/Kids[10 0 R]/Count 1>>"}
    for number in range(10, 10 + length):
        made[number] = b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (max(number - 1, 2), number + 1)
    made[10 + length] = PAGE.replace(b"2 0 R", b"%d 0 R" % (9 + length))
    return made


def _outline(entries: dict[int, bytes]) -> bytes:
    catalog = b"<</Type/Catalog/Pages 2 0 R/Outlines 20 0 R>>"
    return pdf({1: catalog, 20: b"<</Type/Outlines/First 21 0 R/Last 21 0 R/Count 1>>", **entries})


def _to_unicode(mapped: bytes) -> bytes:
    cmap = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange\n"
        + mapped
        + b"\nendcmap end"
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 30 0 R>>"
    return pdf({5: font, 30: (b"<<>>", cmap)})


def _wrong_types() -> bytes:
    page = b"<</Type(Page)/Parent[1 2 3]/MediaBox<</a 1>>/Contents/Name/Resources 7.5/Rotate(up)>>"
    return pdf({2: b"<</Type 7/Kids[3 0 R null 4 (x) 9 0 R]/Count(many)>>", 3: page})


def _same_page(times: int) -> bytes:
    """Many pages on one stream."""
    kids = b" ".join(b"3 0 R" for _ in range(times))
    return pdf({2: b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % times})


def _with_catalog(more: bytes, others: Mapping[int, Object] | None = None) -> bytes:
    return pdf({1: b"<</Type/Catalog/Pages 2 0 R" + more + b">>", **(others or {})})


def _replaced(old: bytes, new: bytes) -> bytes:
    whole = pdf()
    assert old in whole
    return whole.replace(old, new)


GOOD_PDF = pdf()
MIB = 1 << 20

# by name: what the file is about, and how it is made; those that are large or slow to make are made when they are read
PDFS: dict[str, Callable[[], bytes]] = {
    "truncated-10": lambda: GOOD_PDF[: len(GOOD_PDF) // 10],
    "truncated-50": lambda: GOOD_PDF[: len(GOOD_PDF) // 2],
    "truncated-95": lambda: GOOD_PDF[: len(GOOD_PDF) * 95 // 100],
    "header-alone": lambda: b"%PDF-1.7\n",
    "header-late": lambda: b"\x00" * 1000 + GOOD_PDF,
    "no-cross-references": lambda: GOOD_PDF.replace(b"xref", b"xxxx"),
    "start-beyond-the-end": lambda: _replaced(b"startxref\n", b"startxref\n99999999999999999999"),
    "start-negative": lambda: _replaced(b"startxref\n", b"startxref\n-"),
    "previous-is-itself": lambda: pdf(trailer=b"/Prev 600"),
    "previous-loop": lambda: pdf(trailer=b"/Prev %d" % GOOD_PDF.rindex(b"xref\n0 1")),
    "entries-without-end": lambda: _replaced(b"xref\n0 1\n", b"xref\n0 99999999\n"),
    "object-numbers-huge": lambda: _replaced(b"3 0 obj", b"4294967295 0 obj"),
    "object-numbers-negative": lambda: _replaced(b"Kids[3 0 R]", b"Kids[-3 0 R]"),
    "root-missing": lambda: _replaced(b"/Root 1 0 R", b"/Root 99 0 R"),
    "root-is-a-number": lambda: _replaced(b"/Root 1 0 R", b"/Root 7"),
    "pages-in-a-circle": lambda: pdf({2: b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2/Parent 2 0 R>>"}),
    "pages-in-a-wide-circle": lambda: pdf(
        {2: b"<</Type/Pages/Kids[10 0 R]/Count 1>>", 10: b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"}
    ),
    "pages-doubling": lambda: pdf(
        {
            2: b"<</Type/Pages/Kids[10 0 R 10 0 R]/Count 1>>",
            **{n: b"<</Type/Pages/Kids[%d 0 R %d 0 R]/Count 2>>" % (n + 1, n + 1) for n in range(10, 40)},
            40: PAGE,
        }
    ),
    "pages-nested-2000-deep": lambda: pdf(_chain(2000)),
    "count-huge": lambda: _replaced(b"/Count 1", b"/Count 2147483647"),
    "count-beyond-64-bits": lambda: _replaced(b"/Count 1", b"/Count 99999999999999999999999999"),
    "count-negative": lambda: _replaced(b"/Count 1", b"/Count -5"),
    "count-is-a-text": lambda: _replaced(b"/Count 1", b"/Count(1)"),
    "5000-pages-on-one-stream": lambda: _same_page(5000),
    "6000-pages": lambda: _same_page(6000),
    "page-huge": lambda: _replaced(b"[0 0 595 842]", b"[0 0 1e30 1e30]"),
    "page-without-area": lambda: _replaced(b"[0 0 595 842]", b"[0 0 0 0]"),
    "page-upside-down": lambda: _replaced(b"[0 0 595 842]", b"[595 842 -9e9 0]"),
    "page-of-texts": lambda: _replaced(b"[0 0 595 842]", b"[(a)(b)(c)(d)]"),
    "page-turned-by-a-text": lambda: _replaced(b"/MediaBox", b"/Rotate(x)/UserUnit 1e20/MediaBox"),
    "wrong-types-throughout": _wrong_types,
    "arrays-nested-100000-deep": lambda: _with_catalog(b"/Deep " + b"[" * 100_000 + b"]" * 100_000),
    "dictionaries-nested": lambda: _with_catalog(b"/Deep " + b"<</a" * 50_000 + b" 1" + b">>" * 50_000),
    "text-without-end": lambda: _replaced(b"(Batterier", b"(" * 5000 + b"Batterier"),
    "length-is-itself": lambda: pdf({4: (b"<</Length 4 0 R>>", SAID)}),
    "length-huge": lambda: pdf({4: (b"<</Length 4294967299>>", SAID)}),
    "length-negative": lambda: pdf({4: (b"<</Length -1>>", SAID)}),
    "bomb-200-mb": lambda: pdf({4: deflated(b" " * (200 * MIB))}),
    "bomb-in-a-bomb": lambda: pdf({4: deflated(b" " * (100 * MIB), 2)}),
    "hundred-filters": lambda: pdf({4: (b"<</Filter[" + b"/ASCIIHexDecode " * 100 + b"]>>", SAID.hex().encode())}),
    "packed-noise": lambda: pdf({4: (b"<</Filter/FlateDecode>>", bytes(range(256)) * 8)}),
    "unknown-filter": lambda: pdf({4: (b"<</Filter/Kilde>>", SAID)}),
    "predictor-huge": lambda: pdf(
        {4: (b"<</Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2147483647/Colors 99>>>>", zlib.compress(SAID))}
    ),
    "object-streams-in-a-circle": lambda: pdf(
        {4: (b"<</Type/ObjStm/N 9/First 4/Extends 4 0 R>>", b"4 0 5 0 4 0 R")}, trailer=b"/XRefStm 15"
    ),
    "states-without-end": lambda: contents(b"q " * 400_000 + SAID),
    "brackets-without-end": lambda: contents(b"[" * 300_000 + SAID),
    "commands-unknown": lambda: contents(b"kilde 1 2 3 ?? " * 50_000 + SAID),
    "numbers-huge": lambda: contents(b"BT /F1 1e308 Tf " + b"9" * 5000 + b" -" + b"9" * 400 + b" Td (a) Tj ET " + SAID),
    "text-in-one-place-50000-times": lambda: contents(b"BT /F1 12 Tf 72 700 Td " + b"(abc) Tj " * 50_000 + b"ET"),
    "form-draws-itself": lambda: pdf(
        {
            3: PAGE.replace(b"/Resources<<", b"/Resources<</XObject<</X 9 0 R>>"),
            4: (b"<<>>", b"/X Do " + SAID),
            9: (b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 9 0 R>>>>>>", b"/X Do /X Do"),
        }
    ),
    "picture-of-a-terapixel": lambda: pdf(
        {
            3: PAGE.replace(b"/Resources<<", b"/Resources<</XObject<</X 9 0 R>>"),
            4: (b"<<>>", b"/X Do " + SAID),
            9: (
                b"<</Type/XObject/Subtype/Image/Width 1000000/Height 1000000/BitsPerComponent 8/ColorSpace/DeviceRGB>>",
                b"\x00" * 64,
            ),
        }
    ),
    "font-is-itself": lambda: pdf({5: b"<</Type/Font/Subtype/Type0/DescendantFonts[5 0 R]/Encoding 5 0 R>>"}),
    "font-is-a-number": lambda: pdf({5: b"12"}),
    "letters-are-half-characters": lambda: _to_unicode(b"1 beginbfrange <00> <FF> <D800> endbfrange"),
    "letters-are-unseen": lambda: _to_unicode(b"1 beginbfrange <00> <FF> <202E> endbfrange"),
    "letters-are-null": lambda: _to_unicode(b"1 beginbfrange <00> <FF> <0000> endbfrange"),
    "letters-are-long": lambda: _to_unicode(b"1 beginbfchar <61> <" + b"0041" * 60_000 + b"> endbfchar"),
    "letters-without-end": lambda: _to_unicode(b"9 beginbfrange <0000> <FFFFFFFF> <0000> endbfrange " * 2000),
    "outline-in-a-circle": lambda: _outline({21: b"<</Title(a)/Next 21 0 R/First 21 0 R/Parent 21 0 R/Dest[3 0 R]>>"}),
    "outline-nested": lambda: _outline(
        {n: b"<</Title(t)/First %d 0 R/Last %d 0 R/Dest[3 0 R/Fit]>>" % (n + 1, n + 1) for n in range(21, 3000)}
    ),
    "outline-of-half-characters": lambda: _outline({21: b"<</Title<FEFFD800DC00D800>/Dest[3 0 R/XYZ 0 (x) null]>>"}),
    "outline-leads-nowhere": lambda: _outline({21: b"<</Title(a)/Dest[(no) -9e99 null]/A<</S/GoTo/D[99 0 R]>>>>"}),
    "labels-in-a-circle": lambda: _with_catalog(b"/PageLabels 22 0 R", {22: b"<</Kids[22 0 R 22 0 R]>>"}),
    "labels-huge": lambda: _with_catalog(b"/PageLabels<</Nums[0<</S/r/St 2147483647>>]>>"),
    "title-of-half-characters": lambda: pdf({8: b"<</Title<FEFFDC00D8000041202E>>>"}, trailer=b"/Info 8 0 R"),
    "locked-by-nobody": lambda: pdf(trailer=b"/Encrypt<</Filter/Standard/V 9/R 9/O()/U()/P 0>>/ID[()()]"),
    "locked-by-a-number": lambda: pdf(trailer=b"/Encrypt 7"),
    "wants-to-run": lambda: _with_catalog(
        b"/OpenAction<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1:9/x'\\))>>/AA<</O<</S/Launch/F(/bin/sh)>>>>"
        b"/AcroForm<</XFA 23 0 R/Fields[23 0 R]>>",
        {23: (b"<<>>", b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><xdp>&x;</xdp>")},
    ),
    "points-elsewhere": lambda: pdf(
        {
            4: (b"<</F(http://127.0.0.1:9/x)/FFilter/FlateDecode>>", SAID),
            3: PAGE.replace(
                b"/Type/Page",
                b"/Type/Page/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(http://127.0.0.1:9/x)>>>>]",
            ),
        }
    ),
    "null-bytes-between": lambda: GOOD_PDF.replace(b"\n", b"\x00\n\x00"),
    "another-file-behind": lambda: GOOD_PDF + b"PK\x03\x04" + b"\x00" * 500 + b"<script>alert(1)</script>",
    "two-documents-in-one": lambda: GOOD_PDF + GOOD_PDF.replace(b"Batterier", b"Skaerme  "),
}


def pdfs() -> Iterator[tuple[str, Callable[[], bytes]]]:
    for name, make in PDFS.items():
        yield f"pdf/{name}.pdf", make
