"""Help pages as documents: what of a page's HTML becomes text, its title apart, and which titles name one page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import help_pages
from benchmarks.help_html import converted
from benchmarks.help_pages import HelpPage, known_items_of, pages_in, sections
from benchmarks.question_sets import CACHE, DATA
from rag.documents.loaders.markdown import headings

LIBREOFFICE = """<!DOCTYPE html><html lang="da"><head><title>Sidetal</title><script>var x = "skjult";</script></head>
<body><header><p>LibreOffice Hjælp</p></header><aside><label>Indhold</label><div>Emner</div></aside>
<div id="DisplayArea"><meta itemprop="keywords" content="nøgleord"><h1><a name="x"></a>Sidetal</h1>{body}</div>
<footer><div id="DEBUG"><h3>Help content debug info:</h3></div></footer></body></html>"""


def text_of(body: str) -> str:
    title, text = converted(LIBREOFFICE.format(body=body))
    assert title == "Sidetal"
    return text


def test_title_is_kept_apart_and_frames_scripts_and_pictures_are_left_out() -> None:
    body = '<p>Et felt <img src="a.png" alt="billede"> i\n teksten.</p><h2>Romertal</h2><p>Vælg format.</p>'
    assert text_of(body) == "Et felt i teksten.\n\n## Romertal\n\nVælg format."


def test_lists_keep_numbers_nesting_and_what_follows_in_an_item() -> None:
    body = "<ol><li><p>Klik.</p><p>Vent.</p></li><li>Vælg<ul><li>a</li><li>b</li></ul></li></ol><ul><li>c</li></ul>"
    assert text_of(body) == "1. Klik.\n\nVent.\n\n2. Vælg\n   - a\n   - b\n\n- c"


def test_rows_of_a_table_are_lines_and_a_frame_of_one_cell_is_a_paragraph() -> None:
    body = (
        "<table><tr><th><p>Tast</p></th><th><p>Virkning</p></th></tr><tr><td><p>F11</p></td><td><p>Åbner</p>"
        "<p>typografier</p></td></tr></table><table><tr><td></td><td>Bemærk dette.</td></tr></table>"
    )
    assert text_of(body) == "| Tast | Virkning |\n| F11 | Åbner typografier |\n\nBemærk dette."


def test_code_keeps_its_lines_and_is_no_heading() -> None:
    text = text_of("<p># ikke en overskrift</p><pre><code># kommentar\n  x = 1 &lt; 2\n</code></pre>")
    assert text == "\\# ikke en overskrift\n\n```\n# kommentar\n  x = 1 < 2\n```"
    assert headings(f"# Sidetal\n\n{text}") == [(1, "Sidetal", 0)]


def test_of_the_keys_for_several_systems_the_mac_ones_are_left_out() -> None:
    keys = (
        '<p>Tryk <span class="switchinline"><span hidden="true" class="MAC"><span>Kommando+T</span></span>'
        '<span hidden="true"><span>F11</span></span></span>.</p>'
    )
    assert text_of(keys) == "Tryk F11."


def test_what_differs_between_programs_is_parted_by_a_slash_and_said_once() -> None:
    body = (
        '<p>I<span class="switchinline"><span hidden="true" class="DRAW"> en tegning</span>'
        '<span hidden="true" class="IMPRESS"> en <b>tegning</b></span><span hidden="true"> en kube</span></span>.</p>'
    )
    assert text_of(body) == "I en tegning / en kube."


def test_lists_of_related_pages_are_left_out_and_other_links_stay() -> None:
    link = '<p class="embedded"><a href="b.html">Sidefødder</a></p>'
    body = f'<p>Tekst.</p>{link}<div class="relatedtopics"><p>Se også</p>{link}</div>'
    assert text_of(body) == "Tekst.\n\nSidefødder"
    more = f'<p>Se <a href="c">her</a>.</p><h2>Mere</h2>{link}<p>x</p>'
    body = f'<p>Tekst.</p><p class="related">Relaterede emner</p>{link}{more}'
    assert text_of(body) == "Tekst.\n\nSe her.\n\n## Mere\n\nSidefødder\n\nx"


def test_the_legend_of_the_pages_own_icon_goes_with_the_title() -> None:
    body = '<p>Indsætter et felt.</p><div class="icontable"><div class="iconcell"><p>Ikonet Sidetal</p></div></div>'
    assert text_of(body) == "Indsætter et felt."


def test_text_is_composed_and_without_invisible_signs() -> None:
    assert text_of("<p>A\u030arhus\u00ad\u200b by\u00a0nr. 1</p>") == "Århus by nr. 1"


def test_elements_left_open_do_not_swallow_what_follows() -> None:
    assert text_of("<div><p>Et<p>To</div><noscript><p>skjult</noscript><p>Tre</p>") == "Et\n\nTo\n\nTre"


def test_docbook_pages_lose_section_numbers_navigation_and_contents() -> None:
    page = """<?xml version="1.0"?><html><head><title>7.9. Slet lag</title></head><body><div class="navheader"><table>
    <tr><th>7.9. Slet lag</th></tr></table></div><div class="sect2"><h3 class="title"><a id="a" />7.9. Slet lag</h3>
    <p>Sletter laget.</p><div class="toc"><dl><dt>7.9.1. Aktivering</dt></dl></div>
    <h4 class="title">7.9.1. Aktivering</h4><dl><dt>Menuen</dt><dd><p>Lag → Slet</p></dd></dl></div>
    <div class="navfooter">Næste</div></body></html>"""
    assert converted(page) == ("Slet lag", "Sletter laget.\n\n## Aktivering\n\nMenuen\n\nLag → Slet")


def test_numbers_that_are_no_section_numbers_stay_in_headings() -> None:
    assert text_of("<h2>1. nøgle</h2><p>Vælg.</p>") == "## 1. nøgle\n\nVælg."


def test_a_page_without_h1_is_called_by_its_first_heading() -> None:
    page = "<html><body><p>Først.</p><h2>DATO</h2><p>Beregner en dato.</p><h4>Syntaks</h4><p>DATO(År)</p></body></html>"
    assert converted(page) == ("DATO", "Først.\n\nBeregner en dato.\n\n### Syntaks\n\nDATO(År)")


@pytest.mark.parametrize(
    "body", ["", "<h2>Kun en overskrift</h2>", '<p class="related">Emner</p><p><a href="x">Et link</a></p>']
)
def test_a_page_without_words_of_its_own_has_no_text(body: str) -> None:
    assert text_of(body) == ""


def test_pages_of_a_folder_have_their_path_and_empty_ones_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "swriter" / "guide").mkdir(parents=True)
    (tmp_path / "swriter" / "guide" / "a.b.html").write_text(LIBREOFFICE.format(body="<p>Æ.</p>"), encoding="utf-8")
    (tmp_path / "empty.html").write_text(LIBREOFFICE.format(body=""), encoding="utf-8")
    (tmp_path / "moved.html").write_text('<meta http-equiv="refresh" content="0; URL=x.html">', encoding="utf-8")
    (page,) = pages_in(tmp_path, "da")
    assert page == HelpPage("swriter/guide/a.b", "Sidetal", "Æ.", "da")
    assert page.name == "swriter/guide/a.b.md"
    assert page.document == "# Sidetal\n\nÆ."
    assert page.document[page.text_start :] == page.text


def test_titles_of_several_pages_are_no_known_items() -> None:
    danish = [
        HelpPage("a", "Tabel", "x", "da"),
        HelpPage("b", "tabel", "y", "da"),
        HelpPage("c", "Sidetal", "z", "da"),
        HelpPage("d", "Kun dansk", "w", "da"),
    ]
    english = [HelpPage("a", "Table", "x", "en"), HelpPage("c", "Page numbers", "z", "en")]
    found = known_items_of(danish, english)
    assert found.items == [("Sidetal", "Page numbers", "c")]
    assert (found.shared, found.foreign) == (2, 1)


def test_pages_that_only_their_titles_tell_apart_are_no_known_items() -> None:
    danish = [HelpPage("a", "Rækker", "x", "da"), HelpPage("b", "Kolonner", "x", "da"), HelpPage("c", "Ark", "y", "da")]
    english = [HelpPage(path, path.upper(), path, "en") for path in "abc"]
    found = known_items_of(danish, english)
    assert found.items == [("Ark", "C", "c")]
    assert found.same_text == 2


def test_pages_with_a_title_as_a_heading_answer_as_well() -> None:
    danish = [
        HelpPage("menu", "Menuen", "## Sidetal\n\nIndsæt.\n\n### Tabel\n\nLav en.", "da"),
        HelpPage("other", "Andet", "## SIDETAL\n\nSidetal\n\nIkke # Tabel", "da"),
    ]
    assert sections(danish) == {"sidetal": ["menu.md", "other.md"], "tabel": ["menu.md"]}


def test_an_unknown_package_is_refused_before_anything_is_fetched() -> None:
    with pytest.raises(KeyError):
        list(help_pages.pages("no-such-package"))


def test_the_danish_questions_are_whole_and_their_halves_are_two_to_three() -> None:
    lines = (DATA / "danish_help.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["id"] for row in rows] == [f"da-help-{n:03}" for n in range(1, 81)]
    assert len({row["question"] for row in rows}) == 80
    assert sum(row["split"] == "dev" for row in rows) == 32
    assert {row["split"] for row in rows} == {"dev", "test"}
    for row in rows:
        assert row["package"] in help_pages.PACKAGES and row["document"].endswith(".md")
        assert row["answer"].strip() == row["answer"] and row["answer"] and row["start"] >= 0
        assert row["document"] not in row["also"]


def test_every_answer_stands_in_its_page_where_the_packages_are_in_the_cache() -> None:
    rows = [json.loads(line) for line in (DATA / "danish_help.jsonl").read_text(encoding="utf-8").splitlines()]
    for package in sorted({row["package"] for row in rows}):
        root = CACHE / package / help_pages.PACKAGES[package].folder
        if not root.is_dir():
            pytest.skip(f"{package} has not been fetched")
        for row in (row for row in rows if row["package"] == package):
            for name in row["also"]:
                assert (root / name).with_suffix(".html").is_file()
            html = (root / row["document"].removesuffix(".md")).with_name(
                f"{Path(row['document']).name.removesuffix('.md')}.html"
            )
            _, text = converted(html.read_text(encoding="utf-8"))
            assert text[row["start"] : row["start"] + len(row["answer"])] == row["answer"]
