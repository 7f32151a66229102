"""Sets the sample PDFs from the Markdown in `sources/`: python -m rag.documents.samples.make

For developers: needs fpdf2 and the fonts of requirements-dev.txt. The same sources give the same bytes, so that a
rebuild changes nothing that did not change. Understands the little Markdown that the sources use: headings of two
levels, paragraphs, lists, tables with aligned columns, **bold**, and a paragraph in *asterisks* as a table's caption.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from fpdf import FPDF

FOLDER = Path(__file__).parent
INK, TEAL, GREY, RULE, PAPER = (29, 36, 48), (15, 107, 107), (96, 102, 114), (208, 203, 190), (244, 242, 236)
MARGIN = 25.0  # mm
LINE = 5.0  # mm, of running text
WORDS = {
    "da": {"page": "Side {page} af {{nb}}", "fiction": "Opdigtet eksempel", "number": "Dokument", "version": "Udgave"}
    | {"date": "Dato", "owner": "Ansvarlig"},
    "en": {"page": "Page {page} of {{nb}}", "fiction": "Fictional example", "number": "Document", "version": "Version"}
    | {"date": "Date", "owner": "Owner"},
}


@dataclass(frozen=True, slots=True)
class Source:
    """A source file: the fields above its first blank line, and the blocks of Markdown below it."""

    fields: dict[str, str]
    blocks: tuple[str, ...]


def read(path: Path) -> Source:
    """The fields `key: value` and the blocks of a source file; blocks are parted by blank lines."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Source(fields, tuple(block.strip("\n") for block in re.split(r"\n{2,}", body) if block.strip()))


def fonts() -> dict[tuple[str, str], Path]:
    """Family and style to font file. Raises ModuleNotFoundError where the packages with the fonts are missing."""
    files = {}
    for family, package, name in (
        ("sans", "font_source_sans_pro", "SourceSansPro"),
        ("serif", "font_source_serif_pro", "SourceSerifPro"),
    ):
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{package} is missing: pip install -r requirements-dev.txt", name=package)
        for style, weight in (("", "Regular"), ("B", "Semibold"), ("I", "It")):
            files[family, style] = Path(spec.origin).parent / "files" / f"{name}-{weight}.ttf"
    return files


def typeset(source: Source) -> bytes:
    """The PDF of a source: A4, with outline, running head, page numbers and embedded subsets of the fonts."""
    from fpdf import FPDF

    fields, words = source.fields, WORDS[source.fields["language"]]

    class Sheet(FPDF):
        def header(self) -> None:
            self.set_font("sans", "B", 8)
            self.set_text_color(*TEAL)
            self.set_y(13)
            self.cell(60, 4, "FJORDVANG")
            self.set_font("sans", "", 8)
            self.set_text_color(*GREY)
            self.cell(0, 4, f"{fields['number']} · {fields['version']}", align="R")
            self.set_draw_color(*RULE)
            self.set_line_width(0.2)
            self.line(MARGIN, 18.5, self.w - MARGIN, 18.5)
            self.set_y(26)

        def footer(self) -> None:
            self.set_y(-17)
            self.set_font("sans", "", 8)
            self.set_text_color(*GREY)
            self.cell(40, 4, words["page"].format(page=self.page_no()))
            self.cell(0, 4, f"{fields['title']} · {words['fiction']}", align="R")

    pdf = Sheet(format="A4")
    pdf.set_margins(MARGIN, 26, MARGIN)
    pdf.c_margin = 0
    pdf.set_auto_page_break(True, margin=24)
    for (family, style), path in fonts().items():
        pdf.add_font(family, style, path)
    pdf.set_title(fields["title"])
    pdf.set_author("Fjordvang Hvidevarer A/S")
    pdf.set_lang(fields["language"])
    pdf.set_creation_date(datetime(2026, 1, 1, tzinfo=UTC))  # fixed: the same bytes on every rebuild
    pdf.add_page()
    _title(pdf, fields, words)
    pending: list[str] = []  # headings wait for what follows them, so that none is left alone at a page's foot
    for position, block in enumerate(source.blocks):
        if block.startswith("#"):
            pending.append(block)
            continue
        follower = source.blocks[position + 1] if position + 1 < len(source.blocks) else ""
        group = [*pending, block, *([follower] if block.startswith("|") and follower.startswith("*") else [])]
        with pdf.offset_rendering() as trial:
            for part in group:
                _draw(cast("FPDF", trial), part, record=False)
        if trial.page_break_triggered and (pending or block.startswith("|")):
            pdf.add_page()
        for part in (*pending, block):
            _draw(pdf, part)
        pending = []
    return bytes(pdf.output())


def _title(pdf: FPDF, fields: dict[str, str], words: dict[str, str]) -> None:
    pdf.set_y(34)
    pdf.set_font("serif", "B", 24)
    pdf.set_text_color(*INK)
    pdf.multi_cell(0, 10, fields["title"], align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1)
    pdf.set_font("serif", "I", 12)
    pdf.set_text_color(*GREY)
    pdf.multi_cell(0, 6, fields["subtitle"], align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(5)
    for key in ("number", "version", "date", "owner"):
        pdf.set_font("sans", "", 9)
        pdf.set_text_color(*GREY)
        pdf.cell(24, 5, words[key])
        pdf.set_text_color(*INK)
        pdf.cell(0, 5, fields[key], new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)
    pdf.set_draw_color(*TEAL)
    pdf.set_line_width(0.6)
    pdf.line(MARGIN, pdf.get_y(), MARGIN + 24, pdf.get_y())
    pdf.ln(5)


def _draw(pdf: FPDF, block: str, record: bool = True) -> None:
    if block.startswith("#"):
        _heading(pdf, block, record)
    elif block.startswith("|"):
        _table(pdf, block)
    elif re.match(r"(-|\d+\.) ", block):
        _list(pdf, block)
    elif block.startswith("*") and not block.startswith("**"):
        pdf.set_font("sans", "I", 8.5)
        pdf.set_text_color(*GREY)
        pdf.multi_cell(0, 4.5, block.strip("*"), align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(4)
    else:
        _running_text(pdf)
        pdf.multi_cell(0, LINE, block.replace("\n", " "), align="L", markdown=True, new_x="LMARGIN", new_y="NEXT")
        pdf.ln(2.6)


def _running_text(pdf: FPDF) -> None:
    pdf.set_font("sans", "", 10.5)
    pdf.set_text_color(*INK)


def _heading(pdf: FPDF, block: str, record: bool) -> None:
    marks, _, title = block.partition(" ")
    outer = len(marks) == 1
    pdf.ln(4 if outer else 2)
    pdf.set_font("serif" if outer else "sans", "B", 15 if outer else 11)
    pdf.set_text_color(*(TEAL if outer else INK))
    if record:
        pdf.start_section(title, level=len(marks) - 1)
    pdf.multi_cell(0, 7 if outer else 5.5, title, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1.6 if outer else 1)


def _list(pdf: FPDF, block: str) -> None:
    for line in block.splitlines():
        mark, _, text = line.partition(" ")
        _running_text(pdf)
        pdf.cell(6, LINE, "•" if mark == "-" else mark, align="L")
        left = pdf.l_margin
        pdf.set_left_margin(left + 6)
        pdf.multi_cell(0, LINE, text, align="L", markdown=True, new_x="LMARGIN", new_y="NEXT")
        pdf.set_left_margin(left)
        pdf.set_x(left)
        pdf.ln(0.7)
    pdf.ln(2.2)


def _table(pdf: FPDF, block: str) -> None:
    from fpdf.fonts import FontFace

    heads, marks, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines())
    pdf.set_font("sans", "", 9.5)
    pdf.set_text_color(*INK)
    pdf.set_draw_color(*RULE)
    pdf.set_line_width(0.2)
    # as wide as the longest cell wants, within reason: one long remark must not starve the other columns
    columns = zip(heads, *rows, strict=True)
    widths = tuple(min(60.0, max(pdf.get_string_width(cell) for cell in column) + 6) for column in columns)
    options: dict[str, Any] = {
        "borders_layout": "HORIZONTAL_LINES",
        "col_widths": widths,
        "headings_style": FontFace(emphasis="BOLD", color=INK, fill_color=PAPER),
        "line_height": 4.6,
        "padding": (1.1, 2),
        "text_align": tuple("RIGHT" if mark.endswith("-:") else "LEFT" for mark in marks),
        "width": pdf.epw,
    }
    with pdf.table(**options) as table:
        for row in (heads, *rows):
            table.row(row)
    pdf.ln(1.5)


def main() -> None:
    """Writes every sample PDF beside this module and says which changed."""
    for path in sorted((FOLDER / "sources").glob("*.md")):
        source = read(path)
        target, data = FOLDER / source.fields["file"], typeset(source)
        changed = not target.exists() or target.read_bytes() != data
        target.write_bytes(data)
        print(f"{target.name}: {len(data)} bytes{', changed' if changed else ''}")


if __name__ == "__main__":
    main()
