"""ODP: slides with their notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.errors import EmptyFile
from rag.core.types import Notice, Parsed
from tests.files import read
from tests.odfs import cells, frame, open_document, p, part, table, text_box


def odp(folder: Path, *slides: str, looks: str = "") -> Parsed:
    return read(folder, "a.odp", open_document("presentation", "".join(slides), looks=looks))


def slide(*shapes: str, style: str = "") -> str:
    return f'<draw:page draw:style-name="{style}">{"".join(shapes)}</draw:page>'


def test_slides_have_titles_text_tables_and_notes(tmp_path: Path) -> None:
    said = text_box("Husk tallene", 'presentation:class="notes"')
    notes = f"<presentation:notes>{said}</presentation:notes>"
    first = slide(
        text_box("Tidlig fodnote", 'presentation:class="footer"'),
        text_box("Salg i 2024", 'presentation:class="title"'),
        text_box("Klik for at tilføje", 'presentation:class="outline" presentation:placeholder="true"'),
        frame(table(cells("Region", "Salg"), cells("Nord", "5"), cells("Syd", "6"))),
        notes,
    )
    parsed = odp(tmp_path, first, slide(text_box("Tak")))
    assert [page.text for page in parsed.pages] == [
        "Salg i 2024\n\nRegion | Salg\nRegion: Nord | Salg: 5\nRegion: Syd | Salg: 6\n\nNoter: Husk tallene",
        "Tak",
    ]
    assert parsed.title == "Salg i 2024" and parsed.pages[0].headings[0].title == "Salg i 2024"


def test_lines_between_boxes_are_read(tmp_path: Path) -> None:
    def box(number: int, text: str) -> str:
        return f'<draw:custom-shape draw:id="i{number}">{p(text)}</draw:custom-shape>'

    parsed = odp(
        tmp_path, slide(box(0, "Ordre"), box(1, "Lager"), '<draw:connector draw:start-shape="i0" draw:end-shape="i1"/>')
    )
    assert parsed.pages[0].text.endswith("Ordre → Lager")


def test_hidden_slides_and_pictures_are_said(tmp_path: Path) -> None:
    looks = """<style:style style:name="H" style:family="drawing-page"><style:drawing-page-properties
    presentation:visibility="hidden"/></style:style>"""
    parsed = odp(tmp_path, slide(text_box("En")), slide(text_box("To"), frame("<draw:image/>"), style="H"), looks=looks)
    assert parsed.notices == (
        Notice("hidden_slides", {"pages": "2"}),
        Notice("left_out_pictures", {"count": 1, "places": "2"}),
    )


def test_no_slide_says_anything(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        odp(tmp_path, slide(), slide(text_box("")))


@pytest.mark.parametrize("attributes", ["", 'presentation:class="notes"'])
def test_notes_are_read_from_any_box(attributes: str, tmp_path: Path) -> None:
    page = '<draw:page-thumbnail presentation:class="page"/>' + text_box("4", 'presentation:class="page-number"')
    notes = f"<presentation:notes>{page}{text_box('Sig tak', attributes)}</presentation:notes>"
    assert odp(tmp_path, slide(text_box("Fest"), notes)).pages[0].text == "Fest\n\nNoter: Sig tak"


def test_a_sheet_inside_a_slide_keeps_its_header(tmp_path: Path) -> None:
    rows = table(cells("Hold1", "Hold2", "Hold3"), cells("Ida", "Bo", "Per"), cells("Pia", "Uno", "Kaj"))
    sheet = part("document-content", f"<office:body><office:spreadsheet>{rows}</office:spreadsheet></office:body>")
    body = slide(frame('<draw:object xlink:href="./Object 1"/>'))
    made = open_document("presentation", body, parts={"Object 1/content.xml": sheet})
    (page,) = read(tmp_path, "a.odp", made).pages
    assert page.text.splitlines()[1:] == ["Hold1: Ida | Hold2: Bo | Hold3: Per", "Hold1: Pia | Hold2: Uno | Hold3: Kaj"]
