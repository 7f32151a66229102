"""ODP -> a page for each slide: its title, its text, tables and charts, and the speaker's notes."""

from collections.abc import Iterator
from typing import Any

from rag.core.errors import EmptyFile, NothingReadable, TooManyPages
from rag.documents.loaders.blocks import Block, put
from rag.documents.loaders.odf.package import Package, attribute, find, find_all, name_of
from rag.documents.loaders.odf.text import Text
from rag.documents.loaders.omissions import Omissions, ranges
from rag.documents.loaders.page_builder import Budget, HeadingRow, PageBuilder, one_line, title_of
from rag.documents.loaders.sandbox.child import Send

# shapes that are the same on every slide, or say only which slide it is
_BOILERPLATE = frozenset(("date-time", "footer", "header", "page-number"))
_BESIDE_NOTES = _BOILERPLATE | {"page", "title"}


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each slide, then one {headings, title, notices}.

    Raises as `Package`, and TooManyPages, ParsingLimit, EmptyFile, NothingReadable.
    """
    package = Package(path)
    slides = [child for child in package.body("presentation") if name_of(child) == "draw:page"]
    if len(slides) > pages:
        raise TooManyPages(pages=len(slides), limit=pages)
    omissions = Omissions()
    text = Text(package, omissions)
    budget = Budget(characters)
    name = {"da": "Noter", "en": "Notes"}[text.language]
    headings: list[HeadingRow] = []
    hidden = []
    page_builders = []
    for text.number, slide in enumerate(slides, 1):
        page = PageBuilder(budget)
        _write(slide, text, page)
        if notes := _notes(slide, text):
            page.paragraph(f"{name}: {notes}")
        if _is_hidden(slide, text):
            hidden.append(text.number)
        headings += [(text.number, *heading) for heading in page.headings]
        page_builders.append(page)
    if not any(page.text for page in page_builders):
        raise NothingReadable() if any(True for _ in omissions.notices()) else EmptyFile()
    for number, page in enumerate(page_builders, 1):
        send(page=number, of=len(slides), text=page.text, label=None)
    send(
        headings=headings,
        title=title_of(package.title()) or (headings[0][2] if headings else None),
        notices=[*([["hidden_slides", {"pages": ranges(hidden)}]] if hidden else []), *omissions.notices()],
    )


def _write(slide: Any, text: Text, page: PageBuilder) -> None:
    shapes = [shape for shape in slide if _class(shape) not in _BOILERPLATE and not _is_placeholder(shape)]
    titles = [shape for shape in shapes if _class(shape) == "title"][:1]
    for title in titles:
        page.heading(1, text.line([title]))
    put(page, text.blocks([shape for shape in shapes if shape not in titles]))
    put(page, _connections(slide))


def _is_placeholder(shape: Any) -> bool:
    """Whether a shape only says what may be put there."""
    return attribute(shape, "presentation:placeholder") == "true"


def _connections(slide: Any) -> Iterator[Block]:
    """The lines between boxes that have text: "A → B" where the line has an arrow's end or none, "A ← B"."""
    names = {}
    for shape in slide.iterdescendants():
        key = attribute(shape, "xml:id") or attribute(shape, "draw:id") if isinstance(shape.tag, str) else ""
        if key:
            names[key] = one_line(" ".join("".join(part.itertext()) for part in find_all(shape, "text:p")))
    for line in find_all(slide, "draw:connector"):
        start, end = (names.get(attribute(line, f"draw:{which}-shape"), "") for which in ("start", "end"))
        if start and end:
            yield Block("paragraph", f"{start} → {end}")


def _notes(slide: Any, text: Text) -> str:
    notes = find(slide, "presentation:notes")
    if notes is None:
        return ""
    return text.line([one for one in notes if _class(one) not in _BESIDE_NOTES and not _is_placeholder(one)])


def _class(shape: Any) -> str:
    """What a shape is on its slide: "title", "outline", "notes", "footer" …"""
    return attribute(shape, "presentation:class")


def _is_hidden(slide: Any, text: Text) -> bool:
    style = attribute(slide, "draw:style-name")
    properties = "style:drawing-page-properties"
    return text.styles.property("drawing-page", style, properties, "presentation:visibility") == "hidden"
