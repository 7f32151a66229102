"""OpenDocument files, rich text and parts of pages that are anything but small when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.odfs import cells, chart, frame, open_document, p, table

Make = Callable[[], bytes]
_SAID = "Batterier er med i seks måneder, øvrige dele i to år."


def hostile() -> Iterator[tuple[str, Make]]:
    """Name, with its folder, and how it is made."""
    for name, make in {**_open(), **_rich(), **_pages()}.items():
        yield f"open/{name}", make


def _open() -> dict[str, Make]:
    def text(body: str, **parts: str) -> bytes:
        return open_document("text", body, parts=parts)

    def cell(repeated: int) -> str:
        return f'<table:table-cell table:number-columns-repeated="{repeated}">{p(_SAID)}</table:table-cell>'

    def row(repeated: int, inside: str) -> str:
        return f'<table:table-row table:number-rows-repeated="{repeated}">{inside}</table:table-row>'

    loop = {"Object 1/content.xml": open_document("text", "").decode("latin-1")[:100]}
    itself = frame('<draw:object xlink:href="./Object 1"/>')
    parents = "".join(
        f'<style:style style:name="a{n}" style:family="text" style:parent-style-name="a{(n + 1) % 50}"/>'
        for n in range(50)
    )
    lists = "<text:list><text:list-item>" * 120 + p(_SAID) + "</text:list-item></text:list>" * 120
    return {
        "lists-in-lists.odt": lambda: text(lists),
        "spans-nested-200-deep.odt": lambda: text(f"<text:p>{'<text:span>' * 200}{_SAID}{'</text:span>' * 200}</text:p>"),
        "spans-nested-5000-deep.odt": lambda: text(f"<text:p>{'<text:span>' * 5000}{_SAID}{'</text:span>' * 5000}</text:p>"),
        "tables-in-tables.odt": lambda: text(
            "<table:table><table:table-row><table:table-cell>" * 60
            + p(_SAID)
            + "</table:table-cell></table:table-row></table:table>" * 60
        ),
        "object-that-is-no-xml.odt": lambda: text(p(_SAID, itself), **loop),
        "object-elsewhere.odt": lambda: text(p(_SAID, frame('<draw:object xlink:href="../../etc/passwd"/>'))),
        "object-of-itself.odt": lambda: text(p(_SAID, frame('<draw:object xlink:href="."/>'))),
        "styles-of-each-other.odt": lambda: open_document("text", p(f'<text:span text:style-name="a0">{_SAID}</text:span>'), looks=parents),
        "numbers-huge.odt": lambda: text(
            f'<text:list><text:list-item text:start-value="99999999999999">{p(_SAID)}</text:list-item></text:list>'
        ),
        "spans-huge.odt": lambda: text(
            table(cells("a", f'<table:table-cell table:number-columns-spanned="999999999" table:number-rows-spanned="999999999">{p("b")}</table:table-cell>'), cells("c", "d"))
        ),
        "rows-repeated-a-billion.ods": lambda: open_document("spreadsheet", table(row(1_000_000_000, cell(1)))),
        "cells-repeated-a-billion.ods": lambda: open_document("spreadsheet", table(row(1, cell(1_000_000_000)))),
        "empty-rows-a-billion.ods": lambda: open_document("spreadsheet", table(cells("a"), row(1_000_000_000, ""), cells("b"))),
        "chart-with-huge-cells.ods": lambda: open_document(
            "spreadsheet", table(cells(_SAID), inside=f"<table:shapes>{itself}</table:shapes>"),
            parts={"Object 1/content.xml": chart("a", row(1_000_000_000, cell(1_000_000_000)))},
        ),
        "slide-of-groups.odp": lambda: open_document("presentation", f"<draw:page>{'<draw:g>' * 200}{'</draw:g>' * 200}</draw:page>"),
    }  # fmt: skip


def _rich() -> dict[str, Make]:
    def rich(body: str) -> bytes:
        return (r"{\rtf1\ansi " + body + "}").encode("cp1252")

    return {
        "groups-nested.rtf": lambda: rich("{" * 200_000 + _SAID),
        "groups-ended-too-often.rtf": lambda: rich("}" * 50_000 + _SAID),
        "notes-in-notes.rtf": lambda: rich(r"{\footnote " * 400 + _SAID),
        "cells-100000.rtf": lambda: rich(r"\trowd" + r"\cellx9" * 100_000 + r"\intbl a\cell" * 100_000 + r"\row"),
        "rows-2000.rtf": lambda: rich((r"\trowd\cellx%d\cellx9999\intbl a\cell b\cell\row " * 2000) % tuple(range(2000))),
        "bin-longer-than-the-file.rtf": lambda: rich(_SAID + r"\bin999999999 x"),
        "bin-below-zero.rtf": lambda: rich(r"\bin-5 " + _SAID),
        "numbers-huge.rtf": lambda: rich(r"\u9999999999 \f-1\fs99999999999 \ansicpg999999 \uc99999 \u65 " + _SAID),
        "half-characters.rtf": lambda: rich(r"\u-10240 " * 1000 + _SAID),
        "fonts-unending.rtf": lambda: rich(r"{\fonttbl" + r"{\f1\fcharset999 a" * 500 + _SAID),
        "picture-of-2-mb.rtf": lambda: rich(r"{\pict " + "89" * (1 << 20) + "}" + _SAID),
        "words-unknown.rtf": lambda: rich(r"\abcdefghijklmnopqrstuvwxyzabcdefghijklmnop1 " * 50_000 + _SAID),
        "formula-nested.rtf": lambda: rich(r"{\mnum" * 500 + _SAID),
        "backslashes.rtf": lambda: rich("\\" * 100_001),
    }  # fmt: skip


def _pages() -> dict[str, Make]:
    def page(body: str) -> bytes:
        return f"<html><body>{body}<p>{_SAID}</p></body></html>".encode()

    rules = "".join(f".a{n} .b .c > .d:not(.e) {{ text-decoration: line-through }}" for n in range(2000))
    return {
        "raised-20000.html": lambda: page("<p>" + "1<sup>2</sup>" * 20_000),
        "fractions-in-fractions.html": lambda: page("<math>" + "<mfrac><mi>a</mi>" * 100),
        "roots-in-roots-5000-deep.html": lambda: page("<math>" + "<msqrt>" * 5000),
        "rules-2000.html": lambda: page(f"<style>{rules}</style>" + "<div class='a1 b c d'>" * 200),
        "rules-that-are-none.html": lambda: page("<style>" + "a[{:::text-decoration:line-through}" * 5000 + "</style>"),
        "frames-in-frames.html": lambda: page('<iframe srcdoc="' + "&lt;iframe srcdoc='x" * 50 + '">'),
        "frame-that-is-empty.html": lambda: page('<iframe srcdoc="<!-- -->"></iframe><iframe srcdoc=" "></iframe>'),
        "fields-5000-in-a-label.html": lambda: page("<label>a" + "<input value=x>" * 5000 + "</label>"),
        "options-20000.html": lambda: page("<select>" + "<option>a" * 20_000 + "</select>"),
        "panels-5000.html": lambda: page("<button>a</button><div hidden>b c d</div>" * 5000),
        "lists-numbered-oddly.html": lambda: page("<ol start=-5 type=i reversed><li value=99999999999>a<li>b</ol>"),
    }  # fmt: skip
