"""PDF -> pages: text, labels, headings and title. Runs in the sandbox only (pdfium is native code on hostile bytes)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice, pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from rag.core.errors import DamagedFile, EmptyFile, ParsingLimit
from rag.documents.loaders.pdf.ocr import ranges
from rag.documents.loaders.pdf.text import Line, PageText, open_document, page_text
from rag.documents.loaders.sandbox.child import Send

_MAX_HEADINGS = 20_000
_MAX_TITLE = 200  # characters
_NO_TITLE = re.compile(r"^(?:untitled|unavngivet|document\d*|dokument\d*|title|microsoft \w+ - .*)$|\.\w{2,5}$", re.I)
_SECTION_NUMBER = re.compile(r"(?:[^\W\d_]+ )?§? ?(?:[\dIVX]+|[A-Z])(?:\.\d+)*[.:)]?\s*")
_MANY_PATHS = 100  # a page of text turned into outlines has thousands, an empty form with rules has fewer

# without an outline: letters this much larger than most make a heading
_HEADING_SIZE = 1.15
_HEADING_LEVELS = 4

_HeadingRow = tuple[int, int, str, int]  # page, level, title, offset


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends {title}, a frame {page, of, text, label, headings, lacks} for each page, then {headings, notices}.

    lacks: "picture" or "font" where a page shows something and has no text that means anything.
    pages, characters: the most that is read; what is over is left out, and a notice says so.
    Raises PasswordProtected, DamagedFile, ParsingLimit, EmptyFile.
    """
    document = open_document(path)
    count = len(document)
    outline = _outline(document)
    headed: dict[int, list[tuple[int, int, str, float | None]]] = {}
    for entry in outline:
        headed.setdefault(entry[0], []).append(entry)
    send(title=_title(document))
    sizes: list[tuple[int, list[tuple[Line, str]]]] = []
    damaged: list[int] = []
    read_pages, total, anything, met = 0, 0, False, None
    for index in range(count):
        if index == pages:
            met = "pages"
            break
        try:
            found, lacks = _page(document, index)
        except pdfium.PdfiumError:
            damaged.append(index + 1)
            read_pages = index + 1
            send(page=index + 1, of=count, text="", label=None)
            continue
        total += len(found.text)
        if total > characters:
            if total == len(found.text):
                raise ParsingLimit(limit="size")
            met = "size"
            break
        anything = anything or bool(found.text or lacks)
        if not outline:
            sizes.append((index + 1, _line_texts(found)))
        label = _said(partial(document.get_page_label, index))
        send(
            page=index + 1,
            of=count,
            text=found.text,
            label=label if label and label != str(index + 1) else None,
            headings=_from_outline(headed.get(index, ()), found),
            lacks=lacks,
        )
        read_pages = index + 1
    if len(damaged) == count:
        raise DamagedFile()
    if not anything:
        raise EmptyFile()
    notices: list[tuple[str, dict[str, object]]] = []
    if damaged:
        notices.append(("pages_damaged", {"pages": ranges(damaged)}))
    if met is not None:
        notices.append(("limit_met", {"limit": met, "read": read_pages, "pages": count}))
    send(headings=_from_sizes(sizes), notices=notices)


def _page(document: pdfium.PdfDocument, index: int) -> tuple[PageText, str | None]:
    """The text of a page, and what it is made of where that is no text. Raises PdfiumError where it is damaged."""
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            found = page_text(page, text_page)
        finally:
            text_page.close()
        # a font that says nothing of its letters: noise, as good as a picture
        if found.text and found.unreadable * 2 > len(found.text):
            return PageText("", (), (), 0), "font"
        return found, "picture" if not found.text and _shows_something(page) else None
    finally:
        page.close()


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


def _said(ask: Callable[[], str]) -> str:
    """A label or a title; "" where it is no text: half a character of UTF-16 is enough for that."""
    try:
        return ask()
    except UnicodeDecodeError:
        return ""


def _title(document: pdfium.PdfDocument) -> str | None:
    title = " ".join(_said(lambda: document.get_metadata_value("Title")).split())
    if not any(map(str.isalpha, title)) or _NO_TITLE.search(title):
        return None
    return title[:_MAX_TITLE]


def _outline(document: pdfium.PdfDocument) -> list[tuple[int, int, str, float | None]]:
    """(page index, level from 1, title, height on the page where it is said) of each bookmark that leads to a page."""
    found = []
    for bookmark in islice(document.get_toc(), _MAX_HEADINGS):
        title = " ".join(_said(bookmark.get_title).split())[:_MAX_TITLE]
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
        found.append((index, bookmark.level + 1, title, height))
    return found


def _from_outline(entries: Iterable[tuple[int, int, str, float | None]], page: PageText) -> list[_HeadingRow]:
    """Those of one page."""
    return sorted(
        ((index + 1, level, title, _locate(title, height, page)) for index, level, title, height in entries),
        key=lambda row: row[3],
    )


def _locate(title: str, height: float | None, page: PageText) -> int:
    """The offset of a title on its page: nearest to where its bookmark points, else where a line begins with it."""
    pattern = re.compile(r"\s+".join(map(re.escape, title.split())), re.IGNORECASE)
    places = [match.start() for match in islice(pattern.finditer(page.text), 50)]
    if not page.lines:
        return 0
    if height is not None:
        if places:
            return _with_number(min(places, key=lambda place: abs(_line_of(place, page).across - height)), page)
        below = [line.offset for line in page.lines if line.level and line.across <= height]
        return below[0] if below else 0
    starts = {line.offset for line in page.lines}
    place = next((place for place in places if place in starts), places[0] if places else 0)
    return _with_number(place, page)


def _with_number(place: int, page: PageText) -> int:
    """The beginning of the line where nothing but the section's number stands before its title."""
    start = _line_of(place, page).offset
    return start if _SECTION_NUMBER.fullmatch(page.text, start, place) else place


def _line_of(offset: int, page: PageText) -> Line:
    return max((line for line in page.lines if line.offset <= offset), key=lambda line: line.offset)


def _line_texts(page: PageText) -> list[tuple[Line, str]]:
    edges = [*(line.offset for line in page.lines), len(page.text)]
    return [(line, page.text[start:stop]) for line, (start, stop) in zip(page.lines, pairwise(edges), strict=True)]


def _from_sizes(pages: Sequence[tuple[int, list[tuple[Line, str]]]]) -> list[_HeadingRow]:
    """Headings by the size of their letters, where the file has no outline."""
    weights: Counter[float] = Counter()
    for _, lines in pages:
        for line, text in lines:
            weights[_half(line.height)] += len(text)
    if not weights:
        return []
    body = weights.most_common(1)[0][0]
    runs: list[tuple[int, float, str, int]] = []
    for number, lines in pages:
        last: tuple[float, bool] | None = None
        for line, text in lines:
            size = _half(line.height)
            large = size >= _HEADING_SIZE * body and any(map(str.isalpha, text))
            if large and last == (size, True) and runs[-1][0] == number:
                page, _, title, offset = runs[-1]
                runs[-1] = (page, size, f"{title} {text.strip()}", offset)
            elif large:
                runs.append((number, size, text.strip(), line.offset))
            # a title may go on in the next line, but not over a blank one
            last = (size, large and not text.endswith("\n\n"))
    runs = [run for run in runs if len(run[2]) <= _MAX_TITLE and not run[2].endswith(".")]
    lines_in_all = sum(len(lines) for _, lines in pages)
    if len(runs) * 3 > lines_in_all and lines_in_all > 9:
        return []  # slides or a poster: size means nothing here
    levels = sorted({size for _, size, _, _ in runs}, reverse=True)[:_HEADING_LEVELS]
    rank: dict[float, int] = {size: level for level, size in enumerate(levels, start=1)}
    return [
        (page, rank.get(size, _HEADING_LEVELS), " ".join(title.split()), offset) for page, size, title, offset in runs
    ]


def _half(size: float) -> float:
    return round(size * 2) / 2
