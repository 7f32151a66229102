"""PDF files: columns, blocks, tables over pages, forms, notes, attachments."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from fpdf.enums import CharVPos
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, FloatObject, NameObject, TextStringObject

from benchmarks.reading.contents import STRUCK
from benchmarks.reading.forms.paper import at, document, prose
from benchmarks.reading.judging import Cell, Form, Sample, marked, pair
from benchmarks.reading.own.parts import PICTURE, picture

LEFT = (
    "Lejeren holder haven ren og",
    "klipper hækken to gange om",
    "året. Bålsteder skal være",
    "slukket inden kl. 23. Affald",
    "sorteres i fem spande, og",
    "glas køres selv til pladsen.",
    "Hunde føres i snor overalt",
    "på grunden hele året.",
)
RIGHT = (
    "Udlejer vedligeholder taget",
    "og maler vinduerne hvert",
    "sjette år. Porten blev sat",
    "op i gården søndag den 2.",
    "juni 1998 af den forrige",
    "ejer. Nøglen til porten",
    "hænger i skuret bag huset.",
    "Vandet lukkes i november.",
)
THIRD = (
    "Regnskabet føres af kassereren",
    "og lægges frem i marts. Bilag",
    "gemmes i fem år efter fristen.",
    "Revisor vælges hvert andet år",
    "på det ordinære årsmøde.",
    "Protokollen ligger i klubhuset.",
    "Den kan ses hver torsdag aften.",
    "Spørgsmål stilles til formanden.",
)


def samples() -> Iterator[Sample]:
    two = (
        "Affald sorteres i fem spande, og glas køres selv til pladsen.",
        "Udlejer vedligeholder taget og maler vinduerne hvert sjette år.",
    )
    yield _sample(
        "to-spalter-da",
        _columns(LEFT, RIGHT),
        two,
        whole=("Porten blev sat op i gården søndag den 2. juni 1998 af den forrige ejer.",),
    )
    yield _sample(
        "tre-spalter-da",
        _columns(LEFT, RIGHT, THIRD, size=8),
        (*two, "Revisor vælges hvert andet år på det ordinære årsmøde."),
    )
    yield _sample("parties-en", _columns(("Seller", "Orchard Ltd", "12 Mill Lane", "Bath BA1 4QT"), ("Buyer", "Fen & Sons", "8 Quay Street", "Hull HU1 2AB")),
                  (_together("Orchard Ltd", "12 Mill Lane", "Bath BA1 4QT"), _together("Fen & Sons", "8 Quay Street", "Hull HU1 2AB")), ("Seller Buyer", "Orchard Ltd Fen"))  # fmt: skip
    yield _sample("underskrifter-da", _columns(("Dato: 3. maj 2027", "For foreningen", "Yrsa Holt, formand"), ("Dato: 5. maj 2027", "For kommunen", "Karl Munk, afdelingschef")),
                  (_together("For foreningen", "Yrsa Holt, formand"), _together("For kommunen", "Karl Munk, afdelingschef")), ("For foreningen For kommunen",))  # fmt: skip
    yield _sample("brev-da", _letterhead(), (pair("Sagsnr.", "27-0031"), pair("Dato", "14. januar 2027"), pair("Sagsbehandler", "Tove Kjær"),
                  "Vi har modtaget din ansøgning om byggetilladelse."), (re.compile("Sagsnr\\.: Dato|27-0031: "),))  # fmt: skip
    yield _sample("to-sider-da", _two_pages(), (Cell("Rum 3", ("Areal",), "13,5"), Cell("Rum 41", ("Areal",), "70,5"), Cell("Rum 41", ("Leje",), "2.141")),
                  (re.compile("Rum 2[0-9]: Rum"),))  # fmt: skip
    yield _sample("filing-en", _filing(), (Form("$ 7,431", re.compile(r"\$ ?7,431")), Form("(1,204)", re.compile(r"\(1,204\)")),
                  Form("Net income … 2026: $ 988", re.compile(r"Net income[ .|]*(?:2026:? ?)?\$ ?988"))), ("1,204 )", "( 1,204"))  # fmt: skip
    yield _sample(
        "years-en",
        _unruled(),
        (
            Cell("Gifts", ("2026",), "12,400"),
            Cell("Rent of hall", ("2025",), "3,310"),
            Cell("Postage", ("2027",), "455"),
        ),
    )
    yield _sample("note-en", _notes(), ("The kiln is shared.", "Ask Ruth before the next firing", "CHECKED 4 MAY"))
    yield _sample(
        "formular-da",
        _form(),
        (Form("Holt", re.compile("Holt")), Form("Postnr.: 6950", re.compile(r"(?i)postnr\.?[:|\s]*6950"))),
        ("Skriv dit navn her",),
    )
    yield Sample(
        "pdf/bilag-da.pdf", _attached(), ("Se vedlagte prisliste.", "Havebord i eg koster 2.895 kr."), nested=True
    )
    yield _sample(
        "sidefod-da",
        _footers(),
        ("Referat af mødet", "Vedtaget enstemmigt.", "Forslaget om nye bænke blev sendt tilbage."),
    )
    yield _sample("picture-en", _picture(), ("Fig. 2 The old mill",), noticed=(PICTURE,))
    yield _sample("overstreget-da", _drawn_through(), ("Ny pris: 62 kr.",), ("Gammel pris: 75 kr.",), (STRUCK,))
    yield _sample(
        "noter-da",
        _footnotes(),
        (marked("410.000", "1"), "Heraf er 60.000 kr. øremærket.", marked("18.200", "2")),
        ("410.0001", "18.2002"),
    )
    yield _sample("felter-uden-streger-da", _fields(), (pair("Model", "Vega 3"), pair("Vægt", "14,2 kg"), pair("Spænding", "36 V"), pair("Garanti", "5 år")),
                  (re.compile("Model: (Vægt|Spænding)|Vega 3: "),))  # fmt: skip


def _together(*lines: str) -> Form:
    """The lines of one block after each other, and nothing between them but white space or a bar."""
    return Form(" ".join(lines), re.compile(r"[\s|]+".join(map(re.escape, lines))))


def _sample(
    name: str,
    data: bytes,
    must: tuple[Any, ...] = (),
    must_not: tuple[Any, ...] = (),
    noticed: tuple[str, ...] = (),
    whole: tuple[str, ...] = (),
) -> Sample:
    return Sample(f"pdf/{name}.pdf", data, must, must_not, noticed, whole)


def _columns(*columns: Sequence[str], size: float = 10) -> bytes:
    made = document()
    width = 180 / len(columns)
    for row in range(max(map(len, columns))):  # line by line over the page, as many programs write it
        for n, column in enumerate(columns):
            if row < len(column):
                at(made, 15 + n * width, 40 + 5 * row, column[row], size=size)
    return bytes(made.output())


def _letterhead() -> bytes:
    made = document()
    at(made, 15, 20, "Vesterå Kommune", size=16, style="B")
    for n, (label, value) in enumerate(
        (("Sagsnr.", "27-0031"), ("Dato", "14. januar 2027"), ("Sagsbehandler", "Tove Kjær"))
    ):
        at(made, 130, 20 + 6 * n, label)
        at(made, 165, 20 + 6 * n, value)
    for n, line in enumerate(("Vi har modtaget din ansøgning om byggetilladelse.", "Du hører fra os inden seks uger.")):
        at(made, 15, 60 + 6 * n, line)
    return bytes(made.output())


def _fields() -> bytes:
    made = document()
    at(made, 15, 20, "Datablad", size=16, style="B")
    for n, (label, value) in enumerate(
        (("Model", "Vega 3"), ("Vægt", "14,2 kg"), ("Spænding", "36 V"), ("Garanti", "5 år"))
    ):
        at(made, 15, 34 + 7 * n, label, style="B")
        at(made, 70, 34 + 7 * n, value)
    return bytes(made.output())


def _two_pages() -> bytes:
    """A ruled table over two pages; the header stands on the first."""
    made = document()
    with made.table(first_row_as_headings=False, width=150, align="LEFT") as table:
        for row in (
            ("Lokale", "Areal", "Leje"),
            *(
                (f"Rum {n}", f"{10 + n + (n - 2) / 2:.1f}".replace(".", ","), f"{2100 + n:,}".replace(",", "."))
                for n in range(1, 51)
            ),
        ):
            line = table.row()
            for text in row:
                line.cell(text)
    return bytes(made.output())


def _filing() -> bytes:
    """As annual reports set them: the currency at the left of its column, brackets at the right."""
    made = document()
    at(made, 110, 40, "2026", style="B")
    at(made, 150, 40, "2025", style="B")
    rows = (("Net sales", "$", "7,431", "", "$", "6,902", ""), ("Operating loss", "", "(1,204", ")", "", "(877", ")"),
            ("Interest", "", "16", "", "", "21", ""), ("Net income", "$", "988", "", "$", "1,014", ""))  # fmt: skip
    for n, row in enumerate(rows):
        y = 48 + 6 * n
        at(made, 15, y, row[0])
        for column, right in ((1, 118), (4, 158)):
            at(made, right - 18, y, row[column])
            made.set_font("Helvetica", "", 11)
            at(made, right - made.get_string_width(row[column + 1]), y, row[column + 1])
            at(made, right, y, row[column + 2])
    return bytes(made.output())


def _unruled() -> bytes:
    made = document()
    rows = (
        ("", "2025", "2026", "2027"),
        ("Gifts", "11,050", "12,400", "9,875"),
        ("Rent of hall", "3,310", "3,420", "3,515"),
        ("Postage", "402", "431", "455"),
    )
    for n, row in enumerate(rows):
        for column, text in enumerate(row):
            made.set_font("Helvetica", "B" if n == 0 else "", 11)
            x = 15.0 if column == 0 else 60 + 35 * column - made.get_string_width(text)
            made.text(x, 40 + 7 * n, text)
    return bytes(made.output())


def _rewritten(data: bytes, change: Any) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _notes() -> bytes:
    def add(writer: PdfWriter) -> None:
        writer.add_annotation(0, Text(rect=(300, 600, 320, 620), text="Ask Ruth before the next firing"))
        writer.add_annotation(0, FreeText(text="CHECKED 4 MAY", rect=(300, 500, 450, 530)))

    return _rewritten(prose(("The kiln is shared.",)), add)


def _form() -> bytes:
    """A field that is filled in, one that only says what to write, and one with a label of its own."""
    made = document()
    for n, label in enumerate(("Efternavn", "Fornavn", "Postnr.")):
        at(made, 15, 40 + 10 * n, label)

    def add(writer: PdfWriter) -> None:
        fields = ArrayObject()
        for n, (name, value, hint) in enumerate(
            (("efternavn", "Holt", ""), ("fornavn", "", "Skriv dit navn her"), ("postnr", "6950", ""))
        ):
            y = 842 - (41 + 10 * n) / 25.4 * 72
            field = DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/Annot"),
                    NameObject("/Subtype"): NameObject("/Widget"),
                    NameObject("/FT"): NameObject("/Tx"),
                    NameObject("/T"): TextStringObject(name),
                    NameObject("/V"): TextStringObject(value),
                    NameObject("/TU"): TextStringObject(hint),
                    NameObject("/DA"): TextStringObject("/Helv 10 Tf 0 g"),
                    NameObject("/F"): FloatObject(4),
                    NameObject("/Rect"): ArrayObject(map(FloatObject, (130, y, 300, y + 16))),
                }
            )
            fields.append(writer._add_object(field))
        writer.pages[0][NameObject("/Annots")] = fields
        writer._root_object[NameObject("/AcroForm")] = DictionaryObject(
            {NameObject("/Fields"): fields, NameObject("/NeedAppearances"): BooleanObject(True)}
        )

    return _rewritten(bytes(made.output()), add)


def _attached() -> bytes:
    added = b"Havebord i eg koster 2.895 kr.\n"
    return _rewritten(prose(("Se vedlagte prisliste.",)), lambda writer: writer.add_attachment("prisliste.txt", added))


def _footers() -> bytes:
    made = document()
    texts = (
        ("Referat af mødet", "Vedtaget enstemmigt.", "Forslaget om nye bænke blev sendt tilbage. Se næste side.", "Forslaget om nye bænke blev sendt tilbage til udvalget med henblik på at"),
        ("indhente et tilbud mere. Sagen tages op igen i august.", "Mødet sluttede kl. 21.40."),
    )  # fmt: skip
    for n, lines in enumerate(texts, 1):
        if n > 1:
            made.add_page()
        for row, line in enumerate(lines):
            at(made, 15, 40 + 6 * row if n > 1 or row < 3 else 262, line)
        at(made, 95, 285, f"Side {n} af 2", size=8)
    return bytes(made.output())


def _picture() -> bytes:
    made = document()
    made.image(picture(), x=20, y=30, w=120)
    at(made, 20, 130, "Fig. 2 The old mill")
    return bytes(made.output())


def _drawn_through() -> bytes:
    """Struck by a line that is drawn, as programs do that set pages."""
    made = document()
    at(made, 15, 40, "Gammel pris: 75 kr.")
    made.line(15, 38.8, 15 + made.get_string_width("Gammel pris: 75 kr."), 38.8)
    at(made, 15, 50, "Ny pris: 62 kr.")
    return bytes(made.output())


def _footnotes() -> bytes:
    made = document()
    for text, mark, rest in (("Tilskuddet var 410.000", "1", " kr. i alt,"), ("og gebyret blev 18.200", "2", " kr.")):
        made.write(6, text)
        made.char_vpos = CharVPos.SUP
        made.write(6, mark)
        made.char_vpos = CharVPos.LINE
        made.write(6, rest)
        made.ln(7)
    at(made, 15, 270, "1 Heraf er 60.000 kr. øremærket.", size=8)
    at(made, 15, 274, "2 Opkræves én gang.", size=8)
    return bytes(made.output())
