"""The text of one PDF page, and for each of its characters the character of pdfium it came from.

pdfium's own text has line ends but no paragraphs, swallows hyphens at line ends (also those of "LTSP-server"), and
may hold ligatures and control characters. Here it becomes readable text; since the same page always gives the same
text, an offset in `Page.text` leads back to the place on the page. Runs in the sandbox only.
"""

import ctypes
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from rag.core.errors import DamagedFile, EmptyFile, PasswordProtected
from rag.core.text.stopwords import STOPWORDS
from rag.documents.loaders.pdf.annotations import Annotations
from rag.documents.loaders.pdf.attachments import names_on
from rag.documents.loaders.pdf.forms import field_lines
from rag.documents.loaders.pdf.layout import layout
from rag.documents.loaders.pdf.lines import BLANK, breaks_of, lines_of, loose_box, shape_of, typeface
from rag.documents.loaders.pdf.notes import note_lines
from rag.documents.loaders.pdf.objects import Place, drawn_on, share_of
from rag.documents.loaders.pdf.rules import rules_of
from rag.documents.loaders.pdf.segments import Lines, Shape
from rag.documents.loaders.pdf.shifted import joined_lines, shifted_runs
from rag.documents.loaders.pdf.struck import strike
from rag.documents.loaders.pdf.tables import Header
from rag.documents.loaders.pdf.tagged import MarkedHeaders
from rag.documents.loaders.pdf.writing import Line, PageTextBuilder, write_page

_BEYOND = frozenset((0, *range(0xD800, 0xE000)))  # codes that are no character by themselves
_LABELS = 3  # lines of text over a picture: more, and it is a background
_SAMPLE = 60  # characters of a page that show whether its fonts say which letters they have
_MIN_STOPWORDS = 0.08  # share of the words that are stop words of Danish or English: noise has fewer
_STOPWORDS = frozenset(STOPWORDS["da"]) | frozenset(STOPWORDS["en"])


@dataclass(frozen=True, slots=True)
class PageText:
    """chars[i]: pdfium's index of the character that text[i] came from; -1 for added characters, such as line ends.

    The header of a table is repeated in each of its rows, each time with its own indices. unreadable: the number of
    characters that have no meaning outside their font. header: of a table that may go on on the next page. struck: how
    many stretches were left out, since they are struck through. pinned: names of the files attached to places on it.
    pictures: places of those without text over them. covered: the share (0..1) of the page that pictures cover.
    """

    text: str
    chars: tuple[int, ...]
    lines: tuple[Line, ...]
    unreadable: int
    header: Header | None = None
    struck: int = 0
    pinned: tuple[str, ...] = ()
    pictures: tuple[Place, ...] = ()
    covered: float = 0.0


def open_document(path: str) -> pdfium.PdfDocument:
    """Open a PDF that needs no password, or the empty one. Raises PasswordProtected, DamagedFile and EmptyFile."""
    try:
        document = pdfium.PdfDocument(path)
        document.init_forms()  # before the length is read, so that pages have the values of form fields
        if len(document) == 0:
            raise EmptyFile()
        return document
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise PasswordProtected() from error
        return _repaired(path)


def _repaired(path: str) -> pdfium.PdfDocument:
    """A damaged PDF rewritten by pypdf, which is more lenient, for example with bytes before the header."""
    import pypdf
    from pypdf.errors import PyPdfError
    from pypdf.generic import DictionaryObject

    try:
        reader = pypdf.PdfReader(path, strict=False)
        pages = reader.root_object["/Pages"].get_object() if "/Root" in reader.trailer else None
        if isinstance(pages, DictionaryObject) and pages.get("/Count") == 0:
            raise EmptyFile()
        repaired = io.BytesIO()
        pypdf.PdfWriter(clone_from=reader).write(repaired)
        document = pdfium.PdfDocument(repaired.getvalue())
        document.init_forms()
    except (
        PyPdfError,
        pdfium.PdfiumError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        NotImplementedError,
    ) as error:
        raise DamagedFile() from error
    if len(document) == 0:
        raise DamagedFile()
    return document


def page_text(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, carried: Header | None = None) -> PageText:
    """The text of a page as Kilde stores it: lines in reading order, tables row by row, then fields and notes.

    carried: `PageText.header` of the page before, whose table may go on here.
    """
    codes = _codes(text_page)
    box = partial(loose_box, text_page)
    ranges = lines_of(codes)
    shapes = [shape_of(text_page, codes, start, end) for start, end in ranges]
    annotations = Annotations(page.raw)
    drawn = drawn_on(page)
    struck = strike(drawn.strokes, annotations, codes, ranges, shapes, box)
    ranges = lines_of(codes) if struck else ranges
    joined = joined_lines(codes, ranges, shapes) if not struck else ranges
    if struck or joined is not ranges:
        ranges = joined
        shapes = [shape_of(text_page, codes, start, end) for start, end in ranges]
    shifted = shifted_runs(codes, ranges, shapes, box)
    headers = MarkedHeaders(page, text_page)
    page_layout = layout(
        Lines(codes, ranges, shapes, BLANK, box),
        partial(rules_of, page),
        lambda index: (typeface(text_page, index), headers.has(index)),
        carried,
    )
    if page_layout.lines != ranges:
        shapes = [shape_of(text_page, codes, start, end) for start, end in page_layout.lines]
    builder = PageTextBuilder(codes, shifted)
    write_page(builder, page_layout, shapes, breaks_of(shapes))
    height = shapes[-1].height if shapes else 0.0
    form = page.formenv
    for line in field_lines(form.raw, annotations) if form is not None else ():
        builder.put_in("\n" if builder.out else "")
        builder.begin_line(0.0, height, level=False)
        builder.put_in(line)
    for line in note_lines(annotations, "".join(builder.out)):
        builder.put_in("\n\n" if builder.out else "")
        builder.begin_line(0.0, height, level=False)
        builder.put_in(line)
    is_noise = 2 * _unmapped(text_page, codes) > 1 and not _is_language(builder.out)
    return PageText(
        "".join(builder.out),
        tuple(builder.chars),
        tuple(builder.lines),
        len(builder.out) if is_noise else builder.unreadable,
        page_layout.header,
        struck,
        tuple(names_on(annotations)),
        tuple(place for place in drawn.pictures if not _has_text_over(place, shapes)),
        share_of(page, drawn.pictures),
    )


def _has_text_over(place: Place, shapes: Sequence[Shape]) -> bool:
    """Whether a picture is a background, or a scan with the text that was recognised in it laid over it."""
    left, bottom, right, top = place
    over = [s for s in shapes if s.level and left < (s.left + s.right) / 2 < right and bottom < s.across < top]
    return len(over) > _LABELS


def _codes(text_page: pdfium.PdfTextPage) -> list[int]:
    """The code of each character, in UTF-16 for the few beyond it; at once where no character is left out that way."""
    count = text_page.count_chars()
    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium_c.FPDFText_GetText(text_page.raw, 0, count, buffer) == count + 1:
        codes: list[int] = buffer[:count]
        if _BEYOND.isdisjoint(codes):
            return codes
    return [pdfium_c.FPDFText_GetUnicode(text_page.raw, index) for index in range(count)]


def _unmapped(text_page: pdfium.PdfTextPage, codes: Sequence[int]) -> float:
    """The share (0..1) of characters that their font does not map to letters, by a sample."""
    step = max(len(codes) // _SAMPLE, 1)
    sample = [index for index in range(0, len(codes), step) if codes[index] not in BLANK]
    failed = sum(pdfium_c.FPDFText_HasUnicodeMapError(text_page.raw, index) == 1 for index in sample)
    return failed / len(sample) if sample else 0.0


def _is_language(out: Sequence[str]) -> bool:
    """Whether a text is Danish or English: old fonts without a map may have their letters in the usual places."""
    words = re.findall(r"[^\W\d_]+", "".join(out).casefold())
    return bool(words) and sum(word in _STOPWORDS for word in words) > _MIN_STOPWORDS * len(words)
