"""DOCX -> pages as Word laid them out when it saved the file, where the file says so; else one page."""

from collections.abc import Iterable, Iterator
from typing import Any

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.parser import parse_xml

from rag.core.errors import DamagedFile, EmptyFile, TooManyPages
from rag.documents.loaders.docx.numbering import Numbers, W
from rag.documents.loaders.docx.styles import styles_of
from rag.documents.loaders.docx.text import PAGE_BREAK, Block, Text
from rag.documents.loaders.page_builder import Budget, HeadingRow, PageBuilder, one_line, title_of
from rag.documents.loaders.sandbox import archive_checks
from rag.documents.loaders.sandbox.child import Send

_PROPERTIES = "{http://schemas.openxmlformats.org/officeDocument/2006/extended-properties}"
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each page, then one {headings, title, notices}.

    Raises as `archive_checks.check`, and DamagedFile, TooManyPages, ParsingLimit, EmptyFile.
    """
    archive_checks.check(path)
    try:
        document = docx.Document(path)
    except (OpcError, KeyError, ValueError, AttributeError, SyntaxError, OSError) as error:
        raise DamagedFile() from error
    text = _text_reader(document)
    blocks = [*_headers_and_footers(document, text, "header"), *text.blocks(document.element.body)]
    blocks += _headers_and_footers(document, text, "footer")
    count = 1 + sum(block.text.count(PAGE_BREAK) for block in blocks)
    if count != _declared_page_count(document):
        count = 1
        blocks = [Block(b.kind, b.text.replace(PAGE_BREAK, ""), b.level, b.mark) for b in blocks]
    if count > pages:
        raise TooManyPages(pages=count, limit=pages)
    page_builders = _build_pages(blocks, Budget(characters), count)
    if not any(page.text.strip() for page in page_builders):
        raise EmptyFile()
    headings: list[HeadingRow] = []
    for number, page in enumerate(page_builders, 1):
        send(page=number, of=count, text=page.text, label=None)
        headings += [(number, *heading) for heading in page.headings]
    title = next((one_line(block.text) for block in blocks if block.kind == "title"), None)
    notices: list[Any] = [["changes_tracked", {}]] if text.tracked else []
    if comments := _comments(document):
        notices.append(["comments_not_read", {"count": comments}])
    send(headings=headings, title=title_of(_declared_title(document)) or title_of(title), notices=notices)


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


def _text_reader(document: Any) -> Text:
    parts = _related(document.part)
    numbering = parts.get("numbering")
    text = Text(styles_of(document.styles.element), Numbers(None if numbering is None else _root(numbering)))
    for kind, tag in (("footnotes", "footnote"), ("endnotes", "endnote")):
        if kind not in parts:
            continue
        for note in _root(parts[kind]).iter(f"{W}{tag}"):
            if note.get(f"{W}type", "normal") == "normal":
                note_text = one_line(" ".join(block.text for block in text.blocks(note)).replace(PAGE_BREAK, ""))
                text.notes[kind, note.get(f"{W}id", "")] = note_text
    return text


def _declared_title(document: Any) -> str:
    try:
        return str(document.core_properties.title)
    except (KeyError, ValueError):  # the file has two sets of properties, of which Word takes one
        return ""


def _comments(document: Any) -> int:
    """The number of comments; each reply counts as one."""
    part = _related(document.part).get("comments")
    return 0 if part is None else sum(1 for _ in _root(part).iter(f"{W}comment"))


def _related(part: Any) -> dict[str, Any]:
    """The parts that a part refers to, by the last word of their relationship type."""
    return {rel.reltype.rsplit("/", 1)[-1]: rel.target_part for rel in part.rels.values() if not rel.is_external}


def _root(part: Any) -> Any:
    element = getattr(part, "element", None)
    return parse_xml(part.blob) if element is None else element


def _headers_and_footers(document: Any, text: Text, where: str) -> Iterator[Block]:
    """Each text of the headers or footers (`where`) once, without paragraphs that show page numbers."""
    texts = set()
    for section in document.sections:
        for name in (f"first_page_{where}", where, f"even_page_{where}"):
            header_or_footer = getattr(section, name)
            if header_or_footer.is_linked_to_previous:
                continue
            paragraphs = [p for p in header_or_footer._element if not _counts_pages(p)]
            for block in text.blocks(paragraphs):
                line = one_line(block.text.replace(PAGE_BREAK, ""))
                if line and line not in texts:
                    texts.add(line)
                    yield Block("paragraph", line)


def _counts_pages(paragraph: Any) -> bool:
    fields = [code.text or "" for code in paragraph.iter(f"{W}instrText")]
    fields += [field.get(f"{W}instr", "") for field in paragraph.iter(f"{W}fldSimple")]
    return any(word in _PAGE_FIELDS for field in fields for word in field.split()[:1])


def _declared_page_count(document: Any) -> int:
    """The number of pages that Word stored with the document; 0 where it stored none."""
    for part in document.part.package.iter_parts():
        if str(part.partname).lower() == "/docprops/app.xml":
            count = parse_xml(part.blob).findtext(f"{_PROPERTIES}Pages") or ""
            return int(count) if count.strip().isdecimal() and len(count) < 9 else 0
    return 0
