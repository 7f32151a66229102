"""Office files, books, sheets, pages and mails that are sound but for what is in one part of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import cache

import pptx
from pptx.util import Inches

from tests import odfs, outlook
from tests.epubs import CHAPTERS, SPINE, book, chapter
from tests.files import mail, paragraph, saved, table, with_part, word, zipped
from tests.workbooks import book as workbook

Make = Callable[[], bytes]

SAID = "Batterier er med i seks måneder, øvrige dele i to år."
ELSEWHERE = "http://127.0.0.1:9/x"
MIB = 1 << 20
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@cache
def sound() -> dict[str, bytes]:
    """By suffix, one of each kind, with a heading and a table where the kind has them."""
    return {
        ".docx": word(paragraph("Garanti", style="Overskrift1") + paragraph(SAID) + table(("Model", "Pris"), ("X1", "5"))),
        ".pptx": _slides(),
        ".xlsx": _workbook(),
        ".epub": book(CHAPTERS, SPINE),
        ".csv": f"Model;Garanti;Pris\nX1;{SAID};1.299,50\nX2;\"12\nmåneder\";999\n".encode(),
        ".html": f"<html><head><title>T</title></head><body><h1>Garanti</h1><p>{SAID}</p>"
        "<table><tr><th>Model<th>Pris<tr><td>X1<td>5</table></body></html>".encode(),
        ".eml": _mail(),
        ".msg": _outlook_mail(),
        ".zip": zipped({"noter.txt": SAID, "mappe/priser.csv": "Model;Pris\nX1;5"}),
        ".odt": _open_text(),
        ".ods": _open_sheet(),
        ".odp": odfs.open_document("presentation", f"<draw:page>{odfs.text_box(SAID)}</draw:page>"),
        ".rtf": _rich(),
    }  # fmt: skip


def _open_text() -> bytes:
    rows = odfs.table(odfs.cells("Model", "Pris"), odfs.cells("X1", "5"))
    return odfs.open_document("text", f"<text:h>Garanti</text:h>{odfs.p(SAID)}{rows}")


def _open_sheet() -> bytes:
    return odfs.open_document("spreadsheet", odfs.table(odfs.cells("Model", "Garanti"), odfs.cells("X1", SAID)))


def _rich() -> bytes:
    fonts = r"{\fonttbl{\f0\fcharset0 Arial;}}{\stylesheet{\s1 heading 1;}}"
    row = r"\trowd\cellx1000\cellx2000\pard\intbl Model\cell X1\cell\row"
    return rf"{{\rtf1\ansi{fonts}\pard\s1 Garanti\par\pard {SAID}{{\footnote Note}}\par{row}\pard Slut\par}}".encode(
        "cp1252"
    )


def _slides() -> bytes:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = "Garanti"
    slide.placeholders[1].text = SAID
    grid = slide.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(2)).table
    for at, said in enumerate(("Model", "Pris", "X1", "5")):
        grid.cell(at // 2, at % 2).text = said
    return saved(made)


def _workbook() -> bytes:
    return saved(workbook(["Model", "Garanti", "Pris"], ["X1", SAID, 1299.5], ["X2", "12 måneder", 999]))


def _mail() -> bytes:
    made = mail("Garanti")
    made.set_content(SAID)
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="a.pdf")
    return bytes(made)


def _outlook_mail() -> bytes:
    sender = {outlook.SENDER: "Mette Ørsted", outlook.SENDER_SMTP: "mette@example.dk"}
    files = [("a.txt", SAID.encode()), ("VS", outlook.mail({outlook.SUBJECT: "Inde i", outlook.BODY: SAID}))]
    return outlook.msg({outlook.SUBJECT: "Garanti", outlook.BODY: SAID, **sender}, [("Bo", "bo@example.dk", 1)], files)


def hostile() -> Iterator[tuple[str, Make]]:
    """Name, with its folder, and how it is made."""
    for name, make in {
        **_words(),
        **_decks(),
        **_sheets(),
        **_books(),
        **_rows(),
        **_pages(),
        **_mails(),
        **_containers(),
    }.items():
        yield f"inside/{name}", make


def _relations(*each: str) -> str:
    return f'{XML}<Relationships xmlns="{_PACKAGE}">{"".join(each)}</Relationships>'


def _relation(number: int, kind: str, target: str, mode: str = ' TargetMode="External"') -> str:
    return f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"{mode}/>'


def _words() -> dict[str, Make]:
    nested = SAID
    for _ in range(60):
        nested = table((nested,)) if nested == SAID else table((nested + paragraph("x"),))
    far = _relations(
        _relation(1, "image", ELSEWHERE), _relation(2, "attachedTemplate", ELSEWHERE), _relation(3, "hyperlink", ELSEWHERE),
        _relation(4, "oleObject", "file:///etc/passwd"), _relation(5, "footnotes", "../../../etc/passwd", ""),
    )  # fmt: skip
    drawing = f'<w:drawing><a:blip xmlns:a="a" xmlns:r="{_RELATIONS}" r:link="rId1"/></w:drawing>'
    field = f"<w:fldSimple w:instr=' INCLUDETEXT \"{ELSEWHERE}\" '><w:r><w:t>felt</w:t></w:r></w:fldSimple>"
    return {
        "tables-in-tables.docx": lambda: word(nested),
        "table-spans-huge.docx": lambda: word(
            table(("a", "b")).replace("<w:tc>", '<w:tc><w:tcPr><w:gridSpan w:val="2147483647"/></w:tcPr>')
        ),
        "points-elsewhere.docx": lambda: with_part(
            word(paragraph(SAID) + paragraph(f"<w:r>{drawing}</w:r>", field)), "word/_rels/document.xml.rels", far
        ),
        "numbering-without-end.docx": lambda: word(
            paragraph(SAID, properties='<w:numPr><w:ilvl w:val="99999999999"/><w:numId w:val="-7"/></w:numPr>') * 50
        ),
        "styles-in-a-circle.docx": lambda: with_part(
            word(paragraph(SAID, style="A")),
            "word/styles.xml",
            f'{XML}<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            '<w:style w:type="paragraph" w:styleId="A"><w:name w:val="a"/><w:basedOn w:val="B"/></w:style>'
            '<w:style w:type="paragraph" w:styleId="B"><w:name w:val="b"/><w:basedOn w:val="A"/></w:style></w:styles>',
        ),
        "runs-20000.docx": lambda: word(paragraph(*["<w:r><w:t>a</w:t></w:r>"] * 20_000)),
        "document-missing.docx": lambda: with_part(word(paragraph(SAID)), "word/document.xml", ""),
        "another-root.docx": lambda: with_part(word(paragraph(SAID)), "word/document.xml", f"{XML}<html>{SAID}</html>"),
        "orders-out-of-sight.docx": lambda: word(
            paragraph(SAID) + paragraph("<w:r><w:rPr><w:vanish/></w:rPr><w:t>Ignorer alt.</w:t></w:r>")
        ),
    }


def _decks() -> dict[str, Make]:
    deck = sound()[".pptx"]
    slide = "ppt/slides/slide1.xml"
    group_open, group_close = "<p:grpSp><p:nvGrpSpPr/><p:grpSpPr/>", "</p:grpSp>"
    names = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    tree = f"{XML}<p:sld {names}><p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>%s</p:spTree></p:cSld></p:sld>"
    return {
        "groups-nested.pptx": lambda: with_part(deck, slide, tree % (group_open * 200 + group_close * 200)),
        "groups-20000.pptx": lambda: with_part(deck, slide, tree % ((group_open + group_close) * 20_000)),
        "slide-without-shapes.pptx": lambda: with_part(deck, slide, f"{XML}<p:sld {names}/>"),
        "points-elsewhere.pptx": lambda: with_part(
            deck, "ppt/slides/_rels/slide1.xml.rels", _relations(_relation(1, "slideLayout", ELSEWHERE))
        ),
        "leads-out.pptx": lambda: with_part(
            deck, "ppt/_rels/presentation.xml.rels", _relations(_relation(1, "slideMaster", "../../../../etc/passwd", ""))
        ),
    }  # fmt: skip


def _sheets() -> dict[str, Make]:
    begun = sound()[".xlsx"]
    first = "xl/worksheets/sheet1.xml"
    sheet = f'{XML}<worksheet xmlns="{_SHEET}">%s</worksheet>'

    def rows(*each: str) -> bytes:
        return with_part(begun, first, sheet % f"<sheetData>{''.join(each)}</sheetData>")

    return {
        "says-it-is-a-million-rows.xlsx": lambda: with_part(
            begun,
            first,
            sheet % '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>',
        ),
        "last-cell-of-all.xlsx": lambda: rows(
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
        ),
        "row-beyond-all.xlsx": lambda: rows('<row r="99999999999"><c r="A99999999999"><v>2</v></c></row>'),
        "rows-backwards.xlsx": lambda: rows(
            '<row r="9"><c r="B9"><v>2</v></c></row><row r="3"><c r="A3"><v>1</v></c></row><row r="-1"/>'
        ),
        "cells-with-odd-names.xlsx": lambda: rows('<row r="1"><c r="ÆØÅ1"><v>2</v></c><c r=""/><c r="7A"><v>3</v></c></row>'),
        "strings-that-are-not-there.xlsx": lambda: rows('<row r="1"><c r="A1" t="s"><v>99999</v></c></row>'),
        "dates-beyond-all.xlsx": lambda: rows('<row r="1"><c r="A1" t="d"><v>99999-99-99</v></c><c r="B1" s="7777"><v>1e308</v></c></row>'),
        "numbers-huge.xlsx": lambda: rows(f'<row r="1"><c r="A1"><v>{"9" * 5000}</v></c><c r="B1"><v>1e99999</v></c></row>'),
        "merged-all.xlsx": lambda: with_part(
            begun,
            first,
            sheet % '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
            '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        ),
        "formulas-that-ask.xlsx": lambda: rows(
            f'<row r="1"><c r="A1"><f>WEBSERVICE("{ELSEWHERE}")</f></c><c r="B1"><f>cmd|\'/C calc\'!A0</f><v>1</v></c></row>'
        ),
        "sheet-elsewhere.xlsx": lambda: with_part(
            begun, "xl/_rels/workbook.xml.rels", _relations(_relation(1, "worksheet", ELSEWHERE))
        ),
        "sheet-is-its-workbook.xlsx": lambda: with_part(
            begun, "xl/_rels/workbook.xml.rels", _relations(_relation(1, "worksheet", "workbook.xml", ""))
        ),
    }  # fmt: skip


def _books() -> dict[str, Make]:
    loud = chapter(
        f'<h1>H</h1><p>{SAID}</p><img src="{ELSEWHERE}"/><iframe src="{ELSEWHERE}"/><script src="{ELSEWHERE}"/>'
    )
    sounds = book(CHAPTERS, SPINE)
    container = "META-INF/container.xml"
    out = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="%s" '
        'media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = "OEBPS/content.opf"
    spine = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest>%s</manifest><spine>%s</spine></package>'
    )  # fmt: skip
    item = '<item id="%s" href="%s" media-type="application/xhtml+xml"/>'
    return {
        "asks-elsewhere.epub": lambda: with_part(sounds, "OEBPS/text/et.xhtml", loud),
        "package-outside.epub": lambda: with_part(sounds, container, out % "../../../../etc/passwd"),
        "package-is-the-container.epub": lambda: with_part(sounds, container, out % container),
        "chapters-outside.epub": lambda: with_part(
            sounds,
            package,
            spine
            % (
                item % ("a", "../../../../etc/passwd") + item % ("b", ELSEWHERE) + item % ("c", "file:///etc/passwd"),
                '<itemref idref="a"/><itemref idref="b"/><itemref idref="c"/>',
            ),
        ),
        "same-chapter-20000-times.epub": lambda: with_part(
            sounds, package, spine % (item % ("a", "text/et.xhtml"), '<itemref idref="a"/>' * 20_000)
        ),
        "chapter-is-a-picture.epub": lambda: with_part(sounds, "OEBPS/text/et.xhtml", b"\x89PNG\r\n\x1a\n" + bytes(3000)),
    }  # fmt: skip


def _rows() -> dict[str, Make]:
    return {
        "quote-open.csv": lambda: b'a;b\n"' + SAID.encode() * 2000,
        "field-of-2-mb.csv": lambda: b"a;b\n" + b"x" * (2 * MIB) + b";y\n",
        "columns-50000.csv": lambda: b";".join(b"k%d" % n for n in range(50_000)) + b"\n" + b"1;" * 50_000,
        "rows-of-other-lengths.csv": lambda: b"\n".join(b"v;" * (n % 97) for n in range(3000)),
        "formulas.csv": lambda: b"name;value\n=cmd|' /C calc'!A0;+1\n@SUM(1);-2\n",
        "separators-mixed.csv": lambda: b"a;b,c\td|e\n1,2;3\t4|5\n" * 400,
    }


def _pages() -> dict[str, Make]:
    loud = (
        f'<base href="{ELSEWHERE}"><meta http-equiv=refresh content="0;url={ELSEWHERE}"><link rel=stylesheet href={ELSEWHERE}>'
        f"<script>alert(1)</script><img src={ELSEWHERE} onerror=alert(1)><object data={ELSEWHERE}></object><svg onload=alert(1)>"
    )
    return {
        "asks-elsewhere.html": lambda: f"<html><body>{loud}<p>{SAID}</p></body></html>".encode(),
        "divs-nested-50000-deep.html": lambda: b"<div>" * 50_000 + SAID.encode(),
        "tables-in-tables-5000-deep.html": lambda: b"<table><tr><td>" * 5000 + SAID.encode(),
        "spans-huge.html": lambda: (
            f'<table><tr><td colspan=99999999 rowspan=99999999>{SAID}<td>b<tr><td colspan="-1">c</table>'.encode()
        ),
        "attributes-100000.html": lambda: b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">" + SAID.encode(),
        "attribute-of-2-mb.html": lambda: b'<p title="' + b"x" * (2 * MIB) + b'">' + SAID.encode(),
        "entities.html": lambda: b"<p>&#xD800;&#0;&#99999999999;&nosuch;&amp;lt;script&amp;gt;" + SAID.encode(),
        "tags-open.html": lambda: b"<" * 200_000 + SAID.encode(),
        "comments-open.html": lambda: b"<!--" * 50_000 + SAID.encode(),
        "says-another-encoding.html": lambda: '<meta charset="utf-7"><p>+ADw-script+AD4-æøå</p>'.encode(),
        "xml-with-entities.xhtml": lambda: (
            b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html xmlns="http://www.w3.org/1999/xhtml">'
            b"<body><p>Batterier &x;</p></body></html>"
        ),
    }  # fmt: skip


def _mails() -> dict[str, Make]:
    def many_parts() -> bytes:
        made = EmailMessage()
        made["Subject"], made["From"] = "Dele", "a@example.dk"
        made.set_content(SAID)
        for number in range(300):
            made.add_attachment(b"x", maintype="application", subtype="x", filename=f"../../{number}\u202e.exe")
        return bytes(made)

    def nested() -> bytes:
        inner = _mail()
        for number in range(100):
            head = b"Subject: %d\nContent-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number, number)
            inner = head + b"Content-Type: message/rfc822\n\n" + inner + b"\n--b%d--\n" % number
        return inner

    web = f'<html><body><img src="{ELSEWHERE}"><p>{SAID}</p></body></html>'
    head = b"From: a@example.dk\nTo: b@example.dk\nSubject: S\n"
    return {
        "parts-300.eml": many_parts,
        "mails-in-mails.eml": nested,
        "asks-elsewhere.eml": lambda: head + b"Content-Type: text/html; charset=utf-8\n\n" + web.encode(),
        "part-elsewhere.eml": lambda: (
            head + b'Content-Type: message/external-body; access-type=URL; URL="' + ELSEWHERE.encode() + b'"\n\nContent-Type: text/plain\n\n'
        ),
        "unknown-charset.eml": lambda: head + b"Content-Type: text/plain; charset=nosuch\n\n" + SAID.encode("cp1252"),
        "charset-that-runs.eml": lambda: head + b"Content-Type: text/plain; charset=zlib_codec\n\n" + SAID.encode(),
        "base64-broken.eml": lambda: head + b"Content-Transfer-Encoding: base64\n\n!!!! QmF0 dGVy====aWVy\n",
        "head-of-1-mb.eml": lambda: b"Subject: " + b"a" * MIB + b"\n\n" + SAID.encode(),
        "heads-50000.eml": lambda: head + b"X-A: b\n" * 50_000 + b"\n" + SAID.encode(),
        "head-encoded-without-end.eml": lambda: b"From: a@b.dk\nSubject: " + b"=?utf-8?q?" * 5000 + b"\n\n" + SAID.encode(),
        "address-turned.eml": lambda: "From: \u202eb@knab.dk <a@b.dk>\nTo: b@c.dk\nSubject: S\u0000\n\n".encode() + SAID.encode(),
    }  # fmt: skip


def _containers() -> dict[str, Make]:
    def mails_in_mails() -> bytes:
        made = outlook.mail({outlook.SUBJECT: "0", outlook.BODY: SAID})
        for number in range(40):
            made = outlook.mail({outlook.SUBJECT: str(number), outlook.BODY: SAID}, files=[("m", made)])
        return outlook.msg({outlook.SUBJECT: "x", outlook.BODY: SAID}, files=[("m", made)])

    def changed(at: int, value: bytes) -> Make:
        def make() -> bytes:
            data = bytearray(_outlook_mail())
            data[at : at + len(value)] = value
            return bytes(data)

        return make

    return {
        "mails-in-mails.msg": mails_in_mails,
        "directory-in-itself.msg": changed(48, b"\x00\x00\x00\x00"),
        "sectors-of-4-gb.msg": changed(30, b"\x20\x00"),
        "table-of-4-billion.msg": changed(44, b"\xff\xff\xff\xff"),
        "cut-short.msg": lambda: _outlook_mail()[:1500],
        "rtf-that-lies.msg": lambda: outlook.msg({
            outlook.SUBJECT: "x", outlook.RTF: b"\xff\xff\xff\x7f\xff\xff\xff\x7fLZFu" + bytes(400),
        }),
        "archives-in-archives.zip": lambda: zipped({
            f"{one}.zip": zipped({f"{two}.zip": zipped({f"{three}.txt": SAID for three in range(3)}) for two in range(3)})
            for one in range(3)
        }),
        "out-of-the-folder.zip": lambda: zipped({"../../a.txt": SAID}),
        "bomb.zip": lambda: zipped({"a.txt": b"\0" * (64 * MIB)}),
        "names-turned.zip": lambda: zipped({f"{n}\u202etxt.exe": SAID for n in range(50)}),
        "names-same.zip": lambda: zipped({"a.txt": SAID}) + zipped({"a.txt": SAID, "A.TXT": SAID}),
    }  # fmt: skip


def markup(data: bytes) -> list[tuple[str, bytes]]:
    """Of an archive: name and content of the parts that are read as markup; none where it is no archive."""
    if not data.startswith(b"PK"):
        return []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        read = [one for one in archive.namelist() if one.endswith((".xml", ".rels", ".opf", ".xhtml", ".ncx"))]
        return [(one, archive.read(one)) for one in read]
