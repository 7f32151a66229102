"""PPTX -> a page for each slide: its title, its text, tables and charts, the speaker's notes and the comments."""

from collections.abc import Iterable
from typing import Any

import pptx
from pptx.exc import PythonPptxError

from rag.core.errors import DamagedFile, EmptyFile, NothingReadable, TooManyPages
from rag.documents.loaders.drawingml.text import A, paragraphs
from rag.documents.loaders.omissions import Omissions, ranges
from rag.documents.loaders.page_builder import Budget, HeadingRow, PageBuilder, is_english, one_line, title_of
from rag.documents.loaders.pptx.comments import authors_of, comments_of
from rag.documents.loaders.pptx.slides import Slides, has_picture, keep_newer_shapes
from rag.documents.loaders.sandbox import archive_checks
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.strict import transitional


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each slide, then one {headings, title, notices}.

    Raises as `archive_checks.check`, and DamagedFile, TooManyPages, ParsingLimit, NothingReadable, EmptyFile.
    """
    archive_checks.check(path)
    try:
        with transitional(path) as file:
            presentation = pptx.Presentation(file)
        slides = list(presentation.slides)
    except (PythonPptxError, KeyError, ValueError, AttributeError, SyntaxError, OSError) as error:
        raise DamagedFile() from error
    if len(slides) > pages:
        raise TooManyPages(pages=len(slides), limit=pages)
    for slide in slides:
        keep_newer_shapes(slide.shapes._spTree)
    budget = Budget(characters)
    page_builders = [PageBuilder(budget) for _ in slides]
    omissions = Omissions()
    english = is_english(_words(slides))
    writer = Slides(omissions, "Picture" if english else "Billede")
    notes_name = "Notes" if english else "Noter"
    pictures, hidden = [], []
    for number, (slide, page) in enumerate(zip(slides, page_builders, strict=True), 1):
        writer.write(slide, page, number)
        if not page.text and has_picture(slide.shapes):
            pictures.append(number)
        elif page.text:
            writer.count_pictures(slide, number)
        if slide._element.get("show") in ("0", "false"):
            hidden.append(number)
    authors = authors_of(presentation.part)
    headings: list[HeadingRow] = []
    for number, (slide, page) in enumerate(zip(slides, page_builders, strict=True), 1):
        if notes := _notes(slide, omissions, number):
            page.paragraph(f"{notes_name}: {notes}")
        for comment in comments_of(slide.part, authors):
            page.paragraph(comment)
        headings += [(number, *heading) for heading in page.headings]
    numbers_by_code = [("slides_without_text", pictures), ("hidden_slides", hidden)]
    notices: list[Any] = [[code, {"pages": ranges(numbers)}] for code, numbers in numbers_by_code if numbers]
    left_out = list(omissions.notices())
    if not any(page.text for page in page_builders):
        raise NothingReadable() if pictures or left_out else EmptyFile()
    for number, page in enumerate(page_builders, 1):
        send(page=number, of=len(slides), text=page.text, label=None)
    send(
        headings=headings,
        title=title_of(presentation.core_properties.title) or (headings[0][2] if headings else None),
        notices=notices + left_out,
    )


def _words(slides: Iterable[Any]) -> str:
    return "\n".join(text.text or "" for slide in slides for text in slide._element.iter(f"{A}t"))


def _notes(slide: Any, omissions: Omissions, number: int) -> str:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return "" if frame is None else "\n".join(filter(one_line, paragraphs(frame._txBody, omissions, number))).strip()
