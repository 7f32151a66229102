"""DOCX: what Word shows, and nothing that it does not."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import docx
import pytest

from rag.core.errors import DamagedFile, EmptyFile, PasswordProtected, WrongType
from rag.core.types import Notice, Parsed
from rag.documents.loaders.docx.numbering import format_number
from tests.files import paragraph, read, saved, table, text, with_part, word

BREAK = "<w:r><w:lastRenderedPageBreak/></w:r>"


def body(folder: Path, *elements: str, parts: dict[str, str] | None = None) -> str:
    (page,) = read(folder, "a.docx", word("".join(elements), parts=parts)).pages
    return page.text


def headings(parsed: Parsed) -> list[tuple[int, int, str]]:
    found = [(page, heading) for page in parsed.pages for heading in page.headings]
    for page, heading in found:
        assert page.text.startswith(heading.title, heading.offset)
    return [(page.number, heading.level, heading.title) for page, heading in found]


def test_what_the_library_writes(tmp_path: Path) -> None:
    made = docx.Document()
    made.core_properties.title = "Vilkår for elcykler"
    made.add_heading("Garanti", 1)
    made.add_paragraph("Batterier er dækket i 6 måneder.")
    made.add_heading("Undtagelser", 2)
    for said in ("Slid", "Rust"):
        made.add_paragraph(said, style="List Bullet")
    for said in ("Ring", "Skriv"):
        made.add_paragraph(said, style="List Number")
    made.sections[0].header.paragraphs[0].text = "Cykel A/S, fortroligt"
    made.sections[0].footer.paragraphs[0].text = "Gælder fra 3. maj 2026"
    parsed = read(tmp_path, "a.docx", saved(made))
    (page,) = parsed.pages
    assert page.text == (
        "Cykel A/S, fortroligt\n\nGaranti\n\nBatterier er dækket i 6 måneder.\n\nUndtagelser\n\n• Slid\n• Rust\n"
        "1. Ring\n2. Skriv\n\nGælder fra 3. maj 2026"
    )
    assert headings(parsed) == [(1, 1, "Garanti"), (1, 2, "Undtagelser")]
    assert parsed.title == "Vilkår for elcykler" and parsed.notices == ()


def test_comments_are_read_as_notes_and_two_sets_of_properties_survived(tmp_path: Path) -> None:
    made = docx.Document()
    run = made.add_paragraph("Batterier er dækket i 6 måneder.").runs[0]
    made.add_comment(run, "Skal det ikke være 24?", author="Produktejer")
    data = saved(made)
    parsed = read(tmp_path, "a.docx", data)
    said = "Batterier er dækket i 6 måneder.\n\nNote (Produktejer): Skal det ikke være 24?"
    assert parsed.pages[0].text == said and parsed.notices == ()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        related = archive.read("_rels/.rels").decode()
    (own,) = re.findall(r"<Relationship [^>]*core-properties[^>]*/>", related)
    twice = related.replace(own, own + re.sub(r'Id="[^"]*"', 'Id="again"', own))
    parsed = read(tmp_path, "a.docx", with_part(data, "_rels/.rels", twice))
    assert parsed.pages[0].text == said


def test_levels_come_from_styles_and_what_they_are_based_on(tmp_path: Path) -> None:
    elements = (
        paragraph("Vilkår", style="Titel"),
        paragraph("Et", style="Overskrift1"),
        paragraph("To", style="Egen"),
        paragraph("Tre", properties='<w:outlineLvl w:val="2"/>'),
        paragraph("Brødtekst", style="Overskrift1", properties='<w:outlineLvl w:val="9"/>'),
    )
    parsed = read(tmp_path, "a.docx", word("".join(elements)))
    assert headings(parsed) == [(1, 1, "Vilkår"), (1, 1, "Et"), (1, 2, "To"), (1, 3, "Tre")]
    assert parsed.title == "Vilkår"


def test_numbers_of_headings_and_lists_are_counted(tmp_path: Path) -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{shown}"/></w:lvl>'
        for n, (form, shown) in enumerate((("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "%3)")))
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="7"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    )

    def numbered(said: str, level: int, style: str = "", number: int = 1) -> str:
        return paragraph(
            said, style=style, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
        )

    elements = (
        numbered("Garanti", 0, "Overskrift1"),
        numbered("Batterier", 1, "Overskrift2"),
        numbered("slid", 2),
        numbered("rust", 2),
        numbered("Motor", 1, "Overskrift2"),
        numbered("slid", 2),
        numbered("Betaling", 0, "Overskrift1"),
        numbered("Forfra", 0, number=2),
        numbered("Uden", 0, number=0),
    )
    parsed = read(tmp_path, "a.docx", word("".join(elements), parts={"numbering": numbering}))
    assert [line.strip() for line in parsed.pages[0].text.split("\n") if line] == [
        "1. Garanti", "1.1 Batterier", "a) slid", "b) rust", "1.2 Motor", "a) slid", "2. Betaling", "1. Forfra", "Uden",
    ]  # fmt: skip
    assert headings(parsed)[1] == (1, 2, "1.1 Batterier")


@pytest.mark.parametrize(
    ("number", "form", "said"),
    [(4, "lowerRoman", "iv"), (1999, "upperRoman", "MCMXCIX"), (27, "lowerLetter", "aa"), (3, "upperLetter", "C"),
     (3, "decimalZero", "03"), (3, "chicago", "3"), (0, "lowerRoman", "0")],
)  # fmt: skip
def test_forms_of_numbers(number: int, form: str, said: str) -> None:
    assert format_number(number, form) == said


def test_deleted_and_hidden_text_is_no_text(tmp_path: Path) -> None:
    changed = paragraph(
        "Garantien er ",
        '<w:del w:id="1" w:author="M"><w:r><w:delText>12</w:delText></w:r></w:del>',
        f'<w:ins w:id="2" w:author="M">{text("24")}</w:ins>',
        " måneder",
        text(" internt", "<w:vanish/>"),
        text(".", '<w:vanish w:val="0"/>'),
    )
    parsed = read(tmp_path, "a.docx", word(changed))
    assert parsed.pages[0].text == "Garantien er 24 måneder."
    assert parsed.notices == (Notice("changes_tracked", {}),)


@pytest.mark.parametrize("look", ["", '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'])
def test_notes_follow_the_paragraph_that_they_belong_to(tmp_path: Path, look: str) -> None:
    note = f'<w:r>{look}<w:footnoteReference w:id="2"/></w:r>'
    found = body(
        tmp_path,
        paragraph("Batterier er dækket", note, " i 6 måneder."),
        paragraph("Næste afsnit."),
        parts={
            "footnotes": '<w:footnote w:id="0" w:type="separator"/>'
            f'<w:footnote w:id="2">{paragraph("Dog ikke på Færøerne.")}</w:footnote>'
        },
    )
    assert found == "Batterier er dækket ¹ i 6 måneder.\n\n¹ Dog ikke på Færøerne.\n\nNæste afsnit."


def test_text_boxes_links_controls_and_fields(tmp_path: Path) -> None:
    drawn = (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="wps"><w:drawing><w:txbxContent>{paragraph("I en boks")}</w:txbxContent></w:drawing>'
        "</mc:Choice>"
        f"<mc:Fallback><w:pict><w:txbxContent>{paragraph('I en boks')}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    found = body(
        tmp_path,
        paragraph(
            "Se ",
            f"<w:hyperlink>{text('vilkårene')}</w:hyperlink>",
            '<w:r><w:instrText>HYPERLINK "x"</w:instrText></w:r>',
            drawn,
        ),
        f"<w:sdt><w:sdtContent>{paragraph('I et felt')}</w:sdtContent></w:sdt>",
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        f"<w:sdtContent>{paragraph('Indhold')}</w:sdtContent></w:sdt>",
        paragraph("Garanti\t3", style="Indhold1"),
        paragraph("Kode", "<w:r><w:noBreakHyphen/></w:r>", "E31", "<w:r><w:br/></w:r>", "ny linje"),
    )
    assert found == "Se vilkårene\n\nI en boks\n\nI et felt\n\nKode-E31\nny linje"


def test_symbols_and_boxes_to_tick_say_what_they_show(tmp_path: Path) -> None:
    def sign(code: str, font: str) -> str:
        return f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'

    def box(*inside: str) -> str:
        return f"<w:r><w:fldChar><w:ffData><w:checkBox>{''.join(inside)}</w:checkBox></w:ffData></w:fldChar></w:r>"

    wingdings = '<w:r><w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr><w:t>{}</w:t></w:r>'
    ticked, cleared = '<w:checked/><w:default w:val="0"/>', '<w:checked w:val="0"/><w:default/>'
    assert (
        body(
            tmp_path,
            paragraph(
                "Højst: ", sign("F0A3", "Symbol"), " 5 ", sign("f06d", "symbol"), "g ved 20 ", sign("B0", "Symbol")
            ),
            paragraph("A ", wingdings.format("à"), " B ", wingdings.format("\uf0fc"), "\uf0b7"),
            paragraph(
                sign("2264", "Arial"), sign("F0A3", "Egne tegn"), sign("x", "Symbol"), sign("F001", "Wingdings"), " 7"
            ),
            paragraph(box(ticked), " Ja ", box(cleared), " Nej ", box("<w:default/>"), " Måske ", box(), " Ved ikke"),
        )
        == "Højst: ≤ 5 μg ved 20 °\n\nA → B ✓\uf0b7\n\n≤ 7\n\n☒ Ja ☐ Nej ☒ Måske ☐ Ved ikke"
    )


def test_tables(tmp_path: Path) -> None:
    merged = '<w:tcPr><w:vMerge w:val="{}"/></w:tcPr>' + paragraph("Elcykel")
    found = body(
        tmp_path,
        table(
            ("Type", "Model", "Garanti"),
            (merged.format("restart"), "X1", "24 måneder"),
            (merged.format("continue").replace("Elcykel", ""), "X2", "12 måneder"),
        ),
        table((paragraph("Kun en ramme.") + paragraph("Med to afsnit."),)),
    )
    assert found.split("\n\n")[0].split("\n") == [
        "Type | Model | Garanti",
        "Type: Elcykel | Model: X1 | Garanti: 24 måneder",
        "Type: Elcykel | Model: X2 | Garanti: 12 måneder",
    ]
    assert found.endswith("Kun en ramme.\n\nMed to afsnit.")


def test_pages_are_those_that_word_counted(tmp_path: Path) -> None:
    elements = (
        paragraph("Første side.")
        + paragraph("Et afsnit, der ", BREAK, "går over.")
        + paragraph(BREAK, "Side tre.", style="Overskrift1")
    )
    parsed = read(tmp_path, "a.docx", word(elements, pages=3))
    assert [page.text for page in parsed.pages] == ["Første side.\n\nEt afsnit, der", "går over.", "Side tre."]
    assert headings(parsed) == [(3, 1, "Side tre.")]
    for other in (None, 2, 7):  # where the file does not agree with itself, there are no pages to name
        (page,) = read(tmp_path, "a.docx", word(elements, pages=other)).pages
        assert page.text == "Første side.\n\nEt afsnit, der går over.\n\nSide tre."


def test_a_table_over_two_pages_keeps_its_names(tmp_path: Path) -> None:
    rows = table(("Model", "Pris"), ("X1", "5 kr."), (paragraph(BREAK, "X2"), paragraph(BREAK, "6 kr.")))
    parsed = read(tmp_path, "a.docx", word(paragraph("Priser") + rows, pages=2))
    assert [page.text for page in parsed.pages] == [
        "Priser\n\nModel | Pris\nModel: X1 | Pris: 5 kr.",
        "Model: X2 | Pris: 6 kr.",
    ]


def test_running_lines_are_said_once_and_page_numbers_not(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Tekst.")
    for section in (made.sections[0], made.add_section()):
        section.header.is_linked_to_previous = False
        section.header.paragraphs[0].text = "Cykel A/S"
    footer = made.sections[0].footer.paragraphs[0]
    footer.add_run("Side ")
    footer.add_run()._r.append(docx.oxml.parser.OxmlElement("w:instrText"))
    footer._p.findall(".//{*}instrText")[0].text = " PAGE "
    (page,) = read(tmp_path, "a.docx", saved(made)).pages
    assert page.text == "Cykel A/S\n\nTekst."


def test_deep_nesting_is_survived(tmp_path: Path) -> None:
    deep = paragraph("Inderst")
    for _ in range(40):
        deep = f"<w:tbl><w:tr><w:tc>{deep}</w:tc></w:tr></w:tbl>"
    assert "Inderst" in body(tmp_path, deep)


def test_those_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        read(tmp_path, "a.docx", word(paragraph(" ")))
    data = word(paragraph("x"))
    for damaged in (
        data[: len(data) // 2],
        with_part(data, "word/document.xml", "<w:document"),
        b"PK\x03\x04" + bytes(40),
    ):
        with pytest.raises(DamagedFile):
            read(tmp_path, "a.docx", damaged)
    with pytest.raises(WrongType) as caught:
        read(tmp_path, "a.pptx", data)
    assert caught.value.values == {"expected": "PPTX", "found": "Word"}


def test_an_encrypted_one_is_told_from_an_old_one(tmp_path: Path) -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    with pytest.raises(PasswordProtected):
        read(tmp_path, "a.docx", container + "EncryptedPackage".encode("utf-16-le") + bytes(96))
    with pytest.raises(WrongType) as caught:
        read(tmp_path, "a.docx", container + "WordDocument".encode("utf-16-le"))
    assert caught.value.values["found"] == "Microsoft Office 97-2003"
