"""PDF -> pages: text, labels, headings and title; and the files attached to it.

Runs in the sandbox only (pdfium is native code on hostile bytes).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice, pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from rag.core.errors import DamagedFile, EmptyFile, ParsingLimit
from rag.documents.loaders.omissions import Omissions, ranges
from rag.documents.loaders.pdf.attachments import names_in, send_attachments
from rag.documents.loaders.pdf.tables import Header
from rag.documents.loaders.pdf.text import PageText, open_document, page_text
from rag.documents.loaders.pdf.writing import Line
from rag.documents.loaders.sandbox.child import Send

_MAX_HEADINGS = 20_000
_MAX_TITLE = 200  # characters
_NO_TITLE = re.compile(r"^(?:untitled|unavngivet|document\d*|dokument\d*|title|microsoft \w+ - .*)$|\.\w{2,5}$", re.I)
_SECTION_NUMBER = re.compile(r"(?:[^\W\d_]+ )?§? ?(?:[\dIVX]+|[A-Z])(?:\.\d+)*[.:)]?\s*")
_MANY_PATHS = 100  # a page of text drawn as outlines has thousands of paths, an empty form with rules fewer

# a scan with a stamp: the share of the page that pictures cover, and the letters and lines that were typed on it
_SCAN, _FEW, _FEW_LINES = 0.5, 150, 9

# in a file without an outline, letters this much larger than most make a heading
_HEADING_SIZE = 1.15
_HEADING_LEVELS = 4

_HeadingRow = tuple[int, int, str, int]  # page, level, title, offset


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends {title}, a frame {page, of, text, label, headings, lacks} for each page, {headings, notices}, and
    {file, refused} for each file that is attached to it.

    lacks: what of a page may be read from its picture, see `rag.documents.loaders.pdf.ocr.read`; None for nothing.
    pages, characters: the most that is read; the rest is left out, with a notice.
    Raises PasswordProtected, DamagedFile, ParsingLimit, EmptyFile.
    """
    document = open_document(path)
    count = len(document)
    outline = _outline(document)
    bookmarks: dict[int, list[tuple[int, int, str, float | None]]] = {}
    for entry in outline:
        bookmarks.setdefault(entry[0], []).append(entry)
    send(title=_title(document))
    sizes: list[tuple[int, list[tuple[Line, str]]]] = []
    damaged: list[int] = []
    attached = dict.fromkeys(names_in(document))
    omissions = Omissions()
    header: Header | None = None  # of a table that the page before ended in
    read_pages, total, has_content, limit = 0, 0, False, None
    for index in range(count):
        if index == pages:
            limit = "pages"
            break
        try:
            page_content, lacks = _page(document, index, header)
        except pdfium.PdfiumError:
            header = None
            damaged.append(index + 1)
            read_pages = index + 1
            send(page=index + 1, of=count, text="", label=None)
            continue
        header = page_content.header
        attached.update(dict.fromkeys(page_content.pinned))
        if page_content.pictures and lacks is None:
            omissions.add("pictures", index + 1)
        for _ in range(page_content.struck):
            omissions.add("struck", index + 1)
        total += len(page_content.text)
        if total > characters:
            if total == len(page_content.text):
                raise ParsingLimit(limit="size")
            limit = "size"
            break
        has_content = has_content or bool(page_content.text or lacks)
        if not outline:
            sizes.append((index + 1, _line_texts(page_content)))
        label = _text_or_empty(partial(document.get_page_label, index))
        send(
            page=index + 1,
            of=count,
            text=page_content.text,
            label=label if label and label != str(index + 1) else None,
            headings=_from_outline(bookmarks.get(index, ()), page_content),
            lacks=lacks,
        )
        read_pages = index + 1
    if len(damaged) == count:
        raise DamagedFile()
    if not has_content:
        raise EmptyFile()
    notices = list(omissions.notices())
    if damaged:
        notices.append(("pages_damaged", {"pages": ranges(damaged)}))
    if limit is not None:
        notices.append(("limit_met", {"limit": limit, "read": read_pages, "pages": count}))
    send(headings=_from_sizes(sizes), notices=notices)
    if attached:
        send_attachments(send, document, attached)


def _page(document: pdfium.PdfDocument, index: int, header: Header | None) -> tuple[PageText, str | None]:
    """The text of a page, and "picture" or "font" where it has no usable text. Raises PdfiumError for a damaged one."""
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            content = page_text(page, text_page, header)
        finally:
            text_page.close()
        # the font does not say which letters it has: the text is noise, no better than a picture
        if content.text and content.unreadable * 2 > len(content.text):
            return PageText("", (), (), 0), "font"
        return content, _lacks(page, content)
    finally:
        page.close()


def _lacks(page: pdfium.PdfPage, content: PageText) -> str | None:
    """What of a page may be read from its picture: see `rag.documents.loaders.pdf.ocr.read`."""
    if not content.text:
        return "picture" if _shows_something(page) else None
    says_little = sum(map(str.isalnum, content.text)) < _FEW
    if content.covered >= _SCAN and says_little and len(content.lines) < _FEW_LINES:
        return "stamped"
    # recognition takes a second a page: pictures that only go with a text are named instead
    return "part" if content.pictures and (says_little or content.covered >= _SCAN) else None


def _shows_something(page: pdfium.PdfPage) -> bool:
    """Whether a page without text has a picture, or text drawn as outlines."""
    paths = 0
    for item in page.get_objects(max_depth=5):
        if item.type in (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING):
            return True
        paths += item.type == pdfium_c.FPDF_PAGEOBJ_PATH
        if paths > _MANY_PATHS:
            return True
    return False


def _text_or_empty(getter: Callable[[], str]) -> str:
    """A label or a title; "" where it cannot be decoded, as where it has half a character of UTF-16."""
    try:
        return getter()
    except UnicodeDecodeError:
        return ""


def _title(document: pdfium.PdfDocument) -> str | None:
    title = " ".join(_text_or_empty(lambda: document.get_metadata_value("Title")).split())
    if not any(map(str.isalpha, title)) or _NO_TITLE.search(title):
        return None
    return title[:_MAX_TITLE]


def _outline(document: pdfium.PdfDocument) -> list[tuple[int, int, str, float | None]]:
    """(page index, level from 1, title, height on the page or None) of each bookmark that leads to a page."""
    bookmarks = []
    for bookmark in islice(document.get_toc(), _MAX_HEADINGS):
        title = " ".join(_text_or_empty(bookmark.get_title).split())[:_MAX_TITLE]
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if not title or target is None or index is None or not 0 <= index < len(document):
            continue
        mode, view = target.get_view()
        height = None
        if mode == pdfium_c.PDFDEST_VIEW_XYZ and len(view) > 1:
            height = view[1] or None
        elif mode in (pdfium_c.PDFDEST_VIEW_FITH, pdfium_c.PDFDEST_VIEW_FITBH) and view:
            height = view[0]
        bookmarks.append((index, bookmark.level + 1, title, height))
    return bookmarks


def _from_outline(entries: Iterable[tuple[int, int, str, float | None]], page: PageText) -> list[_HeadingRow]:
    """The headings of one page, from its bookmarks."""
    return sorted(
        ((index + 1, level, title, _locate(title, height, page)) for index, level, title, height in entries),
        key=lambda row: row[3],
    )


def _locate(title: str, height: float | None, page: PageText) -> int:
    """The offset of a title on its page: the one nearest to its bookmark's target, else where it begins a line."""
    pattern = re.compile(r"\s+".join(map(re.escape, title.split())), re.IGNORECASE)
    places = [match.start() for match in islice(pattern.finditer(page.text), 50)]
    if not page.lines:
        return 0
    if height is not None:
        if places:
            return _with_number(min(places, key=lambda place: abs(_line_of(place, page).across - height)), page)
        offsets_below = [line.offset for line in page.lines if line.level and line.across <= height]
        return offsets_below[0] if offsets_below else 0
    starts = {line.offset for line in page.lines}
    place = next((place for place in places if place in starts), places[0] if places else 0)
    return _with_number(place, page)


def _with_number(place: int, page: PageText) -> int:
    """The beginning of the title's line where only a section number is in front of the title; else `place`."""
    start = _line_of(place, page).offset
    return start if _SECTION_NUMBER.fullmatch(page.text, start, place) else place


def _line_of(offset: int, page: PageText) -> Line:
    return max((line for line in page.lines if line.offset <= offset), key=lambda line: line.offset)


def _line_texts(page: PageText) -> list[tuple[Line, str]]:
    edges = [*(line.offset for line in page.lines), len(page.text)]
    return [(line, page.text[start:end]) for line, (start, end) in zip(page.lines, pairwise(edges), strict=True)]


def _from_sizes(pages: Sequence[tuple[int, list[tuple[Line, str]]]]) -> list[_HeadingRow]:
    """Headings by the size of their letters, for a file without an outline."""
    weights: Counter[float] = Counter()
    for _, lines in pages:
        for line, text in lines:
            weights[_half(line.height)] += len(text)
    if not weights:
        return []
    body = weights.most_common(1)[0][0]
    runs: list[tuple[int, float, str, int]] = []
    for number, lines in pages:
        last_line: tuple[float, bool] | None = None
        for line, text in lines:
            size = _half(line.height)
            is_large = size >= _HEADING_SIZE * body and any(map(str.isalpha, text))
            if is_large and last_line == (size, True) and runs[-1][0] == number:
                page, _, title, offset = runs[-1]
                runs[-1] = (page, size, f"{title} {text.strip()}", offset)
            elif is_large:
                runs.append((number, size, text.strip(), line.offset))
            # a title may go on in the next line, but not across a blank one
            last_line = (size, is_large and not text.endswith("\n\n"))
    runs = [run for run in runs if len(run[2]) <= _MAX_TITLE and not run[2].endswith(".")]
    lines_in_all = sum(len(lines) for _, lines in pages)
    if len(runs) * 3 > lines_in_all and lines_in_all > 9:
        return []  # in slides or on a poster, size tells nothing
    levels = sorted({size for _, size, _, _ in runs}, reverse=True)[:_HEADING_LEVELS]
    rank: dict[float, int] = {size: level for level, size in enumerate(levels, start=1)}
    return [
        (page, rank.get(size, _HEADING_LEVELS), " ".join(title.split()), offset) for page, size, title, offset in runs
    ]


def _half(size: float) -> float:
    return round(size * 2) / 2
