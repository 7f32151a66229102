"""HTML: what a reader sees of a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.errors import EmptyFile, FileRefused, NothingReadable
from rag.core.types import Parsed
from tests.files import read


def page(folder: Path, source: str | bytes, name: str = "a.html") -> Parsed:
    return read(folder, name, source.encode() if isinstance(source, str) else source)


def said(folder: Path, body: str) -> str:
    return page(folder, f"<!DOCTYPE html><html><body>{body}</body></html>").pages[0].text


def test_headings_paragraphs_lists_and_tables(tmp_path: Path) -> None:
    parsed = page(
        tmp_path,
        """<!DOCTYPE html><html><head><title>Vilkår – Cykel A/S</title><style>p {}</style></head><body>
        <h1>Garanti <em>for</em> alle</h1><p>Batterier er
        <b>dækket</b> i 6&nbsp;måneder.<br>Øvrige dele i 24.</p>
        <h2>Sådan gør du</h2><ol><li>Ring<li><p>Skriv</p><ul><li>helst i dag</ul></ol>
        <table><caption>Priser</caption><tr><th>Model<th>Pris<tr><td>X1<td>5 kr.<tr><td>X2<td>6 kr.</table>
        <pre>linje et
        linje to</pre><dl><dt>Slid<dd>Er ikke dækket.</dl></body></html>""",
    )
    (shown,) = parsed.pages
    assert shown.text == (
        "Garanti for alle\n\nBatterier er dækket i 6 måneder.\nØvrige dele i 24.\n\nSådan gør du\n\n"
        "1. Ring\n2. Skriv\n  • helst i dag\n\nPriser\nModel | Pris\nModel: X1 | Pris: 5 kr.\n"
        "Model: X2 | Pris: 6 kr.\n\n"
        "linje et\nlinje to\n\nSlid\n\nEr ikke dækket."
    )
    assert [(h.level, h.title) for h in shown.headings] == [(1, "Garanti for alle"), (2, "Sådan gør du")]
    assert all(shown.text.startswith(h.title, h.offset) for h in shown.headings)
    assert parsed.title == "Vilkår – Cykel A/S"


@pytest.mark.parametrize(
    "rubbish",
    [
        "<script>alert('VÆK')</script>",
        "<style>VÆK</style>",
        "<nav>VÆK <a href=x>VÆK</a></nav>",
        "<div role=navigation>VÆK</div>",
        "<p hidden>VÆK</p>",
        "<p style='color:red; display: none'>VÆK</p>",
        "<div aria-hidden=true><p>VÆK</p></div>",
        "<noscript>VÆK</noscript><template><p>VÆK</p></template>",
        "<!-- VÆK -->",
        "<button>VÆK</button><input type=hidden value=VÆK><input type=submit value=VÆK>",
        "<iframe src=x>VÆK</iframe><video>VÆK</video>",
        "<dialog>VÆK</dialog><div role=dialog>VÆK</div>",
    ],
)
def test_what_is_not_seen_is_not_read(tmp_path: Path, rubbish: str) -> None:
    assert said(tmp_path, f"<p>Før</p>{rubbish}<p>Efter</p>") == "Før\n\nEfter"


def test_blocks_inside_headings(tmp_path: Path) -> None:
    parsed = page(tmp_path, "<h1><div><div>Garanti</div></div></h1><h2></h2><p>Batterier</p>")
    assert [(h.level, h.title) for h in parsed.pages[0].headings] == [(1, "Garanti")]


def test_text_after_what_is_left_out_stays(tmp_path: Path) -> None:
    assert said(tmp_path, "<p>Før <span hidden>VÆK</span> efter</p>") == "Før efter"


def test_of_hidden_alternatives_the_default_is_read(tmp_path: Path) -> None:
    menu = "<span><span hidden id=mac1>Programmer</span> <span hidden id=default1>Funktioner</span></span>"
    key = "<span><span hidden class=mac>Kommando</span><span hidden class=default>Ctrl</span></span>"
    assert said(tmp_path, f"<p>Vælg {menu} - <b>Sikkerhed</b> ({key}+S).</p>") == (
        "Vælg Funktioner - Sikkerhed (Ctrl+S)."
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<span hidden class=default>VÆK</span>",
        "Synlig <span hidden class=mac>VÆK</span><span hidden class=default>VÆK</span>",
        "<span class=mac>Synlig</span><span hidden class=default>VÆK</span>",
    ],
)
def test_what_is_called_default_beside_visible_text_stays_hidden(tmp_path: Path, inside: str) -> None:
    assert "VÆK" not in said(tmp_path, f"<p>Før <span>{inside}</span> efter</p>")


def test_the_main_part_stands_for_the_page(tmp_path: Path) -> None:
    text = "Batterier er dækket i 6 måneder fra købsdatoen. " * 3
    assert said(
        tmp_path, f"<div>Log ind</div><main><h1>Garanti</h1><p>{text}</p></main><footer>Cookies</footer>"
    ).startswith("Garanti")
    assert "Log ind" in said(tmp_path, f"<div>Log ind {text * 5}</div><main>Kort</main>")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("<meta charset=iso-8859-1><p>Æblegrød – 5 €".encode("cp1252"), "cp1252"),
        ('<?xml version="1.0" encoding="utf-8"?><html><p>Æblegrød – 5 €</p></html>'.encode(), "xml"),
        (
            "<meta http-equiv='Content-Type' content='text/html; charset=windows-1252'><p>Æblegrød – 5 €".encode(
                "cp1252"
            ),
            "old",
        ),
        ("<p>Æblegrød – 5 €".encode("utf-16"), "mark"),
        ("<meta charset=utf-16><p>Æblegrød – 5 €".encode(), "a lie"),
        ("<meta charset=utf-8><p>Æblegrød – 5 €".encode("cp1252"), "another lie"),
        ("<meta charset=findes-ikke><p>Æblegrød – 5 €".encode(), "unknown"),
        ("<p>Æblegrød – 5 €".encode("cp1252"), "nothing said"),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, name: str) -> None:
    assert page(tmp_path, data).pages[0].text == "Æblegrød – 5 €", name


def test_tables_that_arrange_a_page_are_no_tables(tmp_path: Path) -> None:
    long = "Batterier er dækket. " * 30
    assert said(tmp_path, f"<table><tr><td>Menu<td><p>{long}</p><tr><td>A<td>B</table>").startswith("Menu\n\nBatterier")
    assert said(tmp_path, "<table><tr><td><table><tr><td>A<td>B<tr><td>C<td>D</table></table>") == "A | B\nC | D"


def test_cells_over_several_rows_and_columns(tmp_path: Path) -> None:
    source = "<table><tr><th>Type<th>Model<th>Pris<tr><td rowspan=2>Elcykel<td>X1<td>5<tr><td>X2<td>6"
    source += "<tr><td colspan=3>Slut</table>"
    assert said(tmp_path, source).split("\n") == [
        "Type | Model | Pris",
        "Type: Elcykel | Model: X1 | Pris: 5",
        "Type: Elcykel | Model: X2 | Pris: 6",
        "Slut",
    ]


@pytest.mark.parametrize("span", ["0", "-1", "x", "99999999999", "500"])
def test_strange_spans(tmp_path: Path, span: str) -> None:
    source = f"<table><tr><td rowspan={span}>A<td>B<tr><td colspan={span}>C<td>D<tr></table>"
    assert set("ABCD") <= set(said(tmp_path, source))


def test_deep_and_broken_ones(tmp_path: Path) -> None:
    assert "Inderst" in said(tmp_path, "<div>" * 200 + "Inderst")
    with pytest.raises(FileRefused):
        read(tmp_path, "a.html", b"<html><body>" + b"<div>" * 50_000 + b"dybt")
    assert said(tmp_path, "<p>Uden <b>slutning") == "Uden slutning"


def test_entities_are_not_followed(tmp_path: Path) -> None:
    source = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>Før &x; efter</p></body></html>'
    found = page(tmp_path, source).pages[0].text
    assert "root:" not in found and "Før" in found


@pytest.mark.parametrize("source", ["<html><body></body></html>", "<html><head><title>x</title></head><body><p> </p>"])
def test_a_page_without_anything_is_empty(tmp_path: Path, source: str) -> None:
    with pytest.raises(EmptyFile):
        page(tmp_path, source)


@pytest.mark.parametrize(
    "source", ["<html><body><img src=a.png></body></html>", "<script>x()</script>", "<p><del>Ingen gælder mere</del>"]
)
def test_a_page_that_shows_only_what_is_no_text_is_not_called_empty(tmp_path: Path, source: str) -> None:
    with pytest.raises(NothingReadable):
        page(tmp_path, source)
