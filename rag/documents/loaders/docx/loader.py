"""DOCX -> pages as Word laid them out when it saved the file, where the file says so; else one page."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.parser import parse_xml
from lxml.etree import SubElement

from rag.core.errors import DamagedFile, EmptyFile, NothingReadable, TooManyPages
from rag.documents.loaders.docx.blocks import PAGE_BREAK, Block
from rag.documents.loaders.docx.drawings import Drawings
from rag.documents.loaders.docx.numbering import Numbers, W
from rag.documents.loaders.docx.styles import is_on, styles_of
from rag.documents.loaders.docx.text import Text
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import Budget, HeadingRow, PageBuilder, is_english, one_line, title_of
from rag.documents.loaders.page_numbers import PAGE_MARK, without_page_numbers
from rag.documents.loaders.sandbox import archive_checks
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.strict import transitional

_PROPERTIES = "{http://schemas.openxmlformats.org/officeDocument/2006/extended-properties}"
_BESIDE = ("/word/media/", "/word/embeddings/")
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")
_FAULTS = (OpcError, KeyError, ValueError, AttributeError, SyntaxError, OSError)


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each page, then one {headings, title, notices}.

    Raises as `archive_checks.check`, and DamagedFile, TooManyPages, ParsingLimit, EmptyFile, NothingReadable.
    """
    archive_checks.check(path)
    try:
        with transitional(path) as file:
            document = docx.Document(file)
    except _FAULTS as error:
        raise DamagedFile() from error
    if getattr(document.element, "body", None) is None:  # its main part is no document
        raise DamagedFile()
    text = _text_reader(document)
    blocks = _blocks(document, text)
    count = 1 + sum(block.text.count(PAGE_BREAK) for block in blocks)
    if count != _declared_page_count(document):
        count = 1
        blocks = [_without_breaks(block) for block in blocks]
    if count > pages:
        raise TooManyPages(pages=count, limit=pages)
    page_builders = _build_pages(blocks, Budget(characters), count)
    notices: list[Any] = [["changes_tracked", {}]] if text.tracked else []
    left_out = list(text.omissions.notices())
    if not any(page.text.strip() for page in page_builders):
        raise NothingReadable() if left_out or _is_drawn_in(document) else EmptyFile()
    headings: list[HeadingRow] = []
    for number, page in enumerate(page_builders, 1):
        send(page=number, of=count, text=page.text, label=None)
        headings += [(number, *heading) for heading in page.headings]
    title = next((one_line(block.text) for block in blocks if block.kind == "title"), None)
    send(headings=headings, title=title_of(_declared_title(document)) or title_of(title), notices=notices + left_out)


def _blocks(document: Any, text: Text) -> list[Block]:
    """All that a document shows, in order, and the comments that stand at no place in it."""
    blocks = [*_headers_and_footers(document, text, "header"), *text.blocks(document.element.body)]
    blocks += _headers_and_footers(document, text, "footer")
    return blocks + [Block("comment", comment) for comment in text.comments.values()]


def _without_breaks(block: Block) -> Block:
    return Block(block.kind, block.text.replace(PAGE_BREAK, ""), block.level, block.mark)


def _build_pages(blocks: Iterable[Block], budget: Budget, count: int) -> list[PageBuilder]:
    pages = [PageBuilder(budget)]
    rows: list[str] = []
    for block in blocks:
        head, *parts_after = block.text.split(PAGE_BREAK)
        if block.kind == "row":
            if head:
                rows.append(head)
        else:
            pages[-1].rows(rows)
            rows = []
            _put(pages[-1], block, head)
        for part in parts_after:
            pages[-1].rows(rows)
            rows = []
            pages.append(PageBuilder(budget))
            if block.kind == "row":
                rows = [part] if part else []
            else:
                # the rest of a paragraph that goes on overleaf is a paragraph there
                _put(pages[-1], block if not head.strip() else Block("paragraph", ""), part)
            head = head or part
    pages[-1].rows(rows)
    assert len(pages) == count
    return pages


def _put(page: PageBuilder, block: Block, text: str) -> None:
    if block.kind in ("heading", "title"):
        page.heading(max(block.level, 1), text)
    elif block.kind == "item":
        page.item(text, block.mark, block.level)
    else:
        page.paragraph(text)


def _text_reader(document: Any, omissions: Omissions | None = None, depth: int = 0) -> Text:
    """omissions: of the document that this one lies in."""
    omissions = omissions or Omissions()
    parts = _related(document.part)
    body = document.element.body
    picture = "Picture" if is_english(" ".join(body.itertext(f"{W}t"))) else "Billede"

    def read_inside(data: io.BytesIO, deeper: int) -> list[Block]:
        try:
            inside = docx.Document(data)
        except _FAULTS as error:
            raise DamagedFile() from error
        reader = _text_reader(inside, omissions, deeper)
        return [_without_breaks(block) for block in reader.blocks(inside.element.body)]

    numbering = parts.get("numbering")
    text = Text(
        styles_of(document.styles.element),
        Numbers(None if numbering is None else _root(numbering)),
        Drawings(document.part, omissions, picture, read_inside, depth),
        omissions,
    )
    _drop_placeholders(body)
    for kind, tag in (("footnotes", "footnote"), ("endnotes", "endnote")):
        if kind not in parts:
            continue
        with _reading(text, parts[kind]):
            for note in _root(parts[kind]).iter(f"{W}{tag}"):
                if note.get(f"{W}type", "normal") == "normal":
                    text.notes[kind, note.get(f"{W}id", "")] = _line(text, note)
    if "comments" in parts:
        with _reading(text, parts["comments"]):
            for comment in _root(parts["comments"]).iter(f"{W}comment"):
                if said := _line(text, comment):
                    author = one_line(comment.get(f"{W}author", ""))
                    marked = f"Note ({author}): {said}" if author else f"Note: {said}"
                    text.comments[comment.get(f"{W}id", "")] = marked
    return text


def _line(text: Text, element: Any) -> str:
    return one_line(" ".join(block.text for block in text.blocks(element)).replace(PAGE_BREAK, ""))


@contextmanager
def _reading(text: Text, part: Any) -> Iterator[None]:
    """Look for what is drawn in a part's elements among that part's relations."""
    before, text.drawings.part = text.drawings.part, part
    yield
    text.drawings.part = before


def _drop_placeholders(root: Any) -> None:
    """Empty the controls that show what to type in them: that is no answer."""
    for control in root.iter(f"{W}sdt"):
        if is_on(control.find(f"{W}sdtPr/{W}showingPlcHdr")):
            for run in list(control.iter(f"{W}r")):
                run[:] = []


def _declared_title(document: Any) -> str:
    try:
        return str(document.core_properties.title)
    except (KeyError, ValueError):  # the file has two sets of properties, of which Word takes one
        return ""


def _related(part: Any) -> dict[str, Any]:
    """The parts that a part refers to, by the last word of their relationship type."""
    return {rel.reltype.rsplit("/", 1)[-1]: rel.target_part for rel in part.rels.values() if not rel.is_external}


def _root(part: Any) -> Any:
    element = getattr(part, "element", None)
    return parse_xml(part.blob) if element is None else element


def _headers_and_footers(document: Any, text: Text, where: str) -> Iterator[Block]:
    """Each text of the headers or footers (`where`) once, without the numbers of pages."""
    texts = set()
    for section in document.sections:
        for name in (f"first_page_{where}", where, f"even_page_{where}"):
            header_or_footer = getattr(section, name)
            if header_or_footer.is_linked_to_previous:
                continue
            element = header_or_footer._element
            _drop_placeholders(element)
            _mark_page_numbers(element)
            with _reading(text, header_or_footer.part):
                blocks = list(text.blocks(element))
            for block in blocks:
                line = without_page_numbers(one_line(block.text.replace(PAGE_BREAK, "")))
                if line and line not in texts:
                    texts.add(line)
                    yield Block("paragraph", line)


def _mark_page_numbers(element: Any) -> None:
    """Put a mark in place of each field that shows the number or the count of pages."""
    for field in element.iter(f"{W}fldSimple"):
        if _counts_pages(field.get(f"{W}instr", "")):
            _write_mark(field)
    for paragraph in element.iter(f"{W}p"):
        depth, is_number = 0, False
        for run in list(paragraph.iter(f"{W}r")):
            kinds = [char.get(f"{W}fldCharType") for char in run.findall(f"{W}fldChar")]
            depth += kinds.count("begin")
            if any(_counts_pages(code.text or "") for code in run.iter(f"{W}instrText")):
                is_number = True
                _write_mark(run, keep=True)
            elif is_number and not kinds:
                run[:] = []  # the number that the field showed last
            depth -= kinds.count("end")
            is_number = is_number and depth > 0


def _write_mark(element: Any, *, keep: bool = False) -> None:
    if not keep:
        element[:] = []
        element = SubElement(element, f"{W}r")
    SubElement(element, f"{W}t").text = PAGE_MARK


def _counts_pages(code: str) -> bool:
    return any(word in _PAGE_FIELDS for word in code.split()[:1])


def _is_drawn_in(document: Any) -> bool:
    """Whether a document holds a picture, a drawing or an object, however small, also in a header."""
    if any(True for _ in document.element.body.iter(f"{W}drawing", f"{W}pict", f"{W}object")):
        return True
    return any(str(part.partname).lower().startswith(_BESIDE) for part in document.part.package.iter_parts())


def _declared_page_count(document: Any) -> int:
    """The number of pages that Word stored with the document; 0 where it stored none."""
    for part in document.part.package.iter_parts():
        if str(part.partname).lower() == "/docprops/app.xml":
            count = parse_xml(part.blob).findtext(f"{_PROPERTIES}Pages") or ""
            return int(count) if count.strip().isdecimal() and len(count) < 9 else 0
    return 0
