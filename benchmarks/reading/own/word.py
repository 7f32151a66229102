"""Word files with what a plain text does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from benchmarks.reading.contents import STRUCK
from benchmarks.reading.forms.office import fill, saved
from benchmarks.reading.judging import Form, Sample, marked, pair, raised
from benchmarks.reading.own.parts import CHART, FILING, PICTURE, SMARTART, chart_xml, picture, smartart_xml

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMES = (
    f'xmlns:w="{_W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)


def samples() -> Iterator[Sample]:
    yield _sample("boks-da", _with(_text_box("Porten låses hver aften kl. 22.15.")), ("Porten låses hver aften kl. 22.15.", "Efter boksen."),
                  (re.compile(r"kl\. 22\.15.*kl\. 22\.15"),))  # fmt: skip
    yield _sample("chart-en", _chart(), ("Visitors by season", "Spring", "1840", "Garden"))
    yield _sample("smartart-en", _smartart(), ("Collect the samples", "Dry them for two days", "Weigh the residue"))
    yield _sample(
        "sidehoved-da",
        _header(),
        ("Fortroligt – kun for bestyrelsen", "Sagsnr. 2027-0441", "Mødet begyndte til tiden."),
    )
    yield _sample(
        "footnotes-en",
        _footnotes(),
        (marked("2,300", "1"), "Figures for the year before are restated.", "The fee is"),
        ("2,3001",),
    )
    yield _sample("kommentar-da", _comment(), ("Tallet skal efterprøves hos revisoren.", "Overskuddet blev 91.000 kr."))
    yield _sample("altchunk-en", _alt_chunk(), ("This annex was pasted from a web page.", "Before the annex."))
    yield _sample("formel-da", _formula(), (
        Form("14/5 ml", re.compile(r"(?:14|\(14\)) ?[/⁄∕÷] ?\(?5\)? ml|frac\{14\}\{5\}")),
        Form("√81", re.compile(r"√ ?\(?81|sqrt ?[({]81|rod\(81")),
        raised("r", "3"),
    ), ("145 ml",))  # fmt: skip
    yield _sample(
        "felter-da",
        _controls(),
        (pair("Navn", "Gerda Juhl"), pair("Adresse", "")),
        ("Klik her for at skrive din adresse",),
    )
    yield _sample("ændringer-da", _tracked(), ("Fristen er den 14. april.",), ("den 7. april",))
    yield _sample("numre-da", _numbered(), (Form("1.2 Opsigelse", re.compile(r"1\.2\.?\)? ?Opsigelse sker skriftligt")),
                  Form("2. Betaling", re.compile(r"(?<![\d.])2\.? ?Betaling"))))  # fmt: skip
    yield _sample(
        "billede-da", _picture("Kort over cykelstien langs åen"), ("Kort over cykelstien langs åen", "Ruten er ny.")
    )
    yield _sample("picture-en", _picture(""), ("Ruten er ny.",), noticed=(PICTURE,))
    yield _sample("kun-billede-da", _picture("", text=False), noticed=(PICTURE,))
    yield _sample("indre-tabel-da", _nested_table(), ("Ydre celle", pair("Længde", "180 cm"), pair("Bredde", "90 cm")))
    yield _sample("results-en", _filing(), (
        Form("$ 5,112", re.compile(r"\$[ |]*5,112")), Form("(318)", re.compile(r"\([ |]*318[ |]*\)")), Form("$ 4,870", re.compile(r"\$[ |]*4,870")),
    ), (re.compile(r"\$: |Revenue: |2026: \)"),))  # fmt: skip
    yield _sample(
        "afkryds-da",
        _checkboxes(),
        (
            Form("☒ Kørekort", re.compile(r"(?:☒|\[x\]|✓|✗) ?Kørekort")),
            Form("☐ Truckcertifikat", re.compile(r"(?:☐|\[ ?\]) ?Truckcertifikat")),
        ),
    )
    yield _sample("struck-cells-en", _struck_cells(), ("Sold out",), ("32 left",), (STRUCK,))


def _sample(
    name: str, data: bytes, must: tuple[Any, ...] = (), must_not: tuple[Any, ...] = (), noticed: tuple[str, ...] = ()
) -> Sample:
    return Sample(f"docx/{name}.docx", data, must, must_not, noticed)


def _with(*elements: str, before: str = "Før boksen.", after: str = "Efter boksen.") -> bytes:
    """Paragraphs in XML between two of text."""
    document = docx.Document()
    document.add_paragraph(before)
    _append(document, *elements)
    document.add_paragraph(after)
    return saved(document)


def _append(document: Any, *elements: str) -> None:
    for element in elements:
        document.element.body.insert_element_before(parse_xml(element.replace(">", f" {_NAMES}>", 1)), "w:sectPr")


def _text_box(text: str) -> str:
    inside = f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
    return (
        '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><wp:extent cx="1800000" cy="700000"/>'
        '<wp:docPr id="7" name="Boks"/><a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/'
        f'wordprocessingShape"><wps:wsp><wps:txbx>{inside}</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic>'
        f"</wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )


def _drawing(uri: str, inside: str) -> str:
    return (
        '<w:p><w:r><w:drawing><wp:inline><wp:extent cx="4000000" cy="2500000"/><wp:docPr id="9" name="Figur"/><a:graphic>'
        f'<a:graphicData uri="{uri}">{inside}</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )


def _related(document: Any, name: str, content_type: str, kind: str, data: str | bytes) -> str:
    blob = data.encode() if isinstance(data, str) else data
    part = Part(PackURI(name), content_type, blob, document.part.package)
    return str(document.part.relate_to(part, kind))


def _chart() -> bytes:
    document = docx.Document()
    document.add_paragraph("The garden was open all year.")
    data = chart_xml("Visitors by season", "Garden", {"Winter": 310, "Spring": 1840, "Summer": 2975})
    number = _related(document, "/word/charts/chart1.xml", CHART.content_type, CHART.relation, data)
    _append(document, _drawing(CHART.uri, f'<c:chart r:id="{number}"/>'))
    return saved(document)


def _smartart() -> bytes:
    document = docx.Document()
    document.add_paragraph("The steps:")
    data = smartart_xml(["Collect the samples", "Dry them for two days", "Weigh the residue"])
    number = _related(document, "/word/diagrams/data1.xml", SMARTART.content_type, SMARTART.relation, data)
    _append(document, _drawing(SMARTART.uri, f'<dgm:relIds r:dm="{number}" r:lo="" r:qs="" r:cs=""/>'))
    return saved(document)


def _header() -> bytes:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Fortroligt – kun for bestyrelsen"
    document.sections[0].footer.paragraphs[0].text = "Sagsnr. 2027-0441"
    document.add_paragraph("Mødet begyndte til tiden.")
    return saved(document)


def _footnotes() -> bytes:
    document = docx.Document()
    paragraph = document.add_paragraph("The fee is 2,300")
    paragraph._p.append(
        parse_xml(
            f'<w:r {_NAMES}><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="2"/></w:r>'
        )
    )
    paragraph.add_run(" pounds.")
    notes = (
        f'<?xml version="1.0"?><w:footnotes xmlns:w="{_W}"><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
        '<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> Figures for the year before'
        " are restated.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    _related(document, "/word/footnotes.xml", kind, RELATIONSHIP_TYPE.FOOTNOTES, notes)
    return saved(document)


def _comment() -> bytes:
    document = docx.Document()
    run = document.add_paragraph().add_run("Overskuddet blev 91.000 kr.")
    document.add_comment(run, "Tallet skal efterprøves hos revisoren.", author="E. Toft", initials="ET")
    return saved(document)


def _alt_chunk() -> bytes:
    document = docx.Document()
    document.add_paragraph("Before the annex.")
    page = "<html><body><p>This annex was pasted from a web page.</p></body></html>"
    number = _related(
        document, "/word/afchunk1.html", "text/html", f"{RELATIONSHIP_TYPE.HYPERLINK.rpartition('/')[0]}/aFChunk", page
    )
    _append(document, f'<w:altChunk r:id="{number}"></w:altChunk>')
    return saved(document)


def _formula() -> bytes:
    def said(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:oMath><m:f><m:num>{said('14')}</m:num><m:den>{said('5')}</m:den></m:f></m:oMath>"
    root = f"<m:oMath><m:rad><m:radPr><m:degHide m:val='1'/></m:radPr><m:deg/><m:e>{said('81')}</m:e></m:rad></m:oMath>"
    power = f"<m:oMath><m:sSup><m:e>{said('r')}</m:e><m:sup>{said('3')}</m:sup></m:sSup></m:oMath>"
    return _with(
        f'<w:p><w:r><w:t xml:space="preserve">Dosis er </w:t></w:r>{fraction}<w:r><w:t xml:space="preserve"> ml pr. kg.</w:t></w:r></w:p>',
        f'<w:p><w:r><w:t xml:space="preserve">Siden er </w:t></w:r>{root}<w:r><w:t xml:space="preserve"> cm.</w:t></w:r></w:p>',
        f'<w:p><w:r><w:t xml:space="preserve">Rumfanget vokser med </w:t></w:r>{power}</w:p>',
    )


def _control(label: str, text: str, properties: str) -> str:
    return (
        f'<w:p><w:r><w:t xml:space="preserve">{label}: </w:t></w:r><w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent><w:r>'
        f"<w:t>{text}</w:t></w:r></w:sdtContent></w:sdt></w:p>"
    )


def _controls() -> bytes:
    return _with(
        _control("Navn", "Gerda Juhl", "<w:text/>"),
        _control("Adresse", "Klik her for at skrive din adresse", "<w:showingPlcHdr/><w:text/>"),
    )


def _checkboxes() -> bytes:
    def box(label: str, sign: str) -> str:
        checked = "1" if sign == "☒" else "0"
        return (
            f'<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{checked}"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r>'
            f'<w:t>{sign}</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t xml:space="preserve"> {label}</w:t></w:r></w:p>'
        )

    return _with(box("Kørekort", "☒"), box("Truckcertifikat", "☐"))


def _tracked() -> bytes:
    change = 'w:id="5" w:author="E" w:date="2027-01-01T00:00:00Z"'
    return _with(
        '<w:p><w:r><w:t xml:space="preserve">Fristen er den </w:t></w:r>'
        f"<w:del {change}><w:r><w:delText>7</w:delText></w:r></w:del><w:ins {change}><w:r><w:t>14</w:t></w:r></w:ins>"
        "<w:r><w:t>. april.</w:t></w:r></w:p>"
    )


def _numbered() -> bytes:
    document = docx.Document()
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="{text}"/></w:lvl>'
        for n, text in enumerate(("%1.", "%1.%2"))
    )
    numbering = document.part.numbering_part.element
    numbering.insert(
        0,
        parse_xml(
            f'<w:abstractNum xmlns:w="{_W}" w:abstractNumId="77"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
        ),
    )
    numbering.append(parse_xml(f'<w:num xmlns:w="{_W}" w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for level, text in (
        (0, "Aftalens løbetid"),
        (1, "Aftalen løber i to år."),
        (1, "Opsigelse sker skriftligt."),
        (0, "Betaling"),
    ):
        paragraph = document.add_paragraph(text)
        paragraph._p.get_or_add_pPr().append(
            parse_xml(f'<w:numPr xmlns:w="{_W}"><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>')
        )
    return saved(document)


def _picture(alt: str, *, text: bool = True) -> bytes:
    document = docx.Document()
    if text:
        document.add_paragraph("Ruten er ny.")
    shape = document.add_picture(picture())
    if alt:
        shape._inline.docPr.set("descr", alt)
    return saved(document)


def _nested_table() -> bytes:
    document = docx.Document()
    outer = document.add_table(rows=1, cols=2)
    outer.cell(0, 0).text = "Ydre celle"
    inner = outer.cell(0, 1).add_table(rows=2, cols=2)
    for n, row in enumerate((("Længde", "180 cm"), ("Bredde", "90 cm"))):
        for column, text in enumerate(row):
            inner.cell(n, column).text = text
    return saved(document)


def _filing() -> bytes:
    document = docx.Document()
    table = document.add_table(rows=len(FILING), cols=7)
    for n, row in enumerate(FILING):
        for column, text in enumerate(row):
            table.cell(n, column).text = text
    return saved(document)


def _struck_cells() -> bytes:
    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    fill(table.cell(0, 0).paragraphs[0], "Lamp")
    fill(table.cell(0, 1).paragraphs[0], "~{32 left} Sold out")
    return saved(document)
