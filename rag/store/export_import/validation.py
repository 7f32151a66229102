"""Validates an export before its import, as it may be foreign or edited by hand.

The store, the pages and the indexing rely on each of these rules. A folder that breaks one of them is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rag.core.errors import InvalidImport
from rag.core.file_types import MEDIA_TYPES
from rag.core.i18n import codes
from rag.core.settings import MIN_CHUNK_SIZE
from rag.core.types import Chunk, Page, Parsed, Space

MAX_NUMBER = 2**31 - 1
"""Most pages, characters or tokens of one document."""
MAX_DIMENSION = 65_536
MAX_CHARACTERS = 100_000
"""Most characters of names, tags, titles, labels and notices; the texts of pages have no limit here."""


def check_space(space: Space) -> None:
    """Raises InvalidImport."""
    for text in (space.model, space.revision, space.query_prefix, space.passage_prefix):
        _text(text, "space", MAX_CHARACTERS)
    _number(space.dimension, "dimension", 0, MAX_DIMENSION)
    if space.dimension:  # missing in the export of an empty library
        _number(space.chunk_size, "chunk_size", MIN_CHUNK_SIZE)
        _number(space.overlap, "overlap", 0, (space.chunk_size - 1) // 2)
    _number(space.id, "space")


def check_name(name: Any) -> None:
    """Raises InvalidImport. name: an unchecked value from the folder."""
    _text(name, "documents", MAX_CHARACTERS)


def check_document(
    name: str, media_type: str, language: str, tags: Sequence[Any], parsed: Parsed, chunks: Sequence[Chunk]
) -> None:
    """Raises InvalidImport. name, media_type, language, tags: unchecked values from the folder."""
    for text in (name, media_type, language, *tags):
        _text(text, "documents", MAX_CHARACTERS)
    if media_type not in MEDIA_TYPES.values():
        raise InvalidImport(detail=f"{name}: {media_type}")
    if parsed.title is not None:
        _text(parsed.title, f"{name}: title", MAX_CHARACTERS)
    for notice in parsed.notices:
        if notice.code not in codes() or not isinstance(notice.values, Mapping):
            raise InvalidImport(detail=f"{name}: notices")
        for key, value in notice.values.items():
            _text(key, f"{name}: notices", MAX_CHARACTERS)
            _text(value if isinstance(value, str) else "", f"{name}: notices", MAX_CHARACTERS)
            if not isinstance(value, str | int | float):
                raise InvalidImport(detail=f"{name}: notices")
    number = 0
    for page in parsed.pages:
        number = _number(page.number, f"{name}: page", number + 1)
        _page(page, f"{name}, {page.number}")
    ordinal = -1
    for chunk in chunks:  # exports of a damaged store may lack some
        ordinal = _number(chunk.ordinal, f"{name}: ordinal", ordinal + 1)
        _chunk(chunk, f"{name}: chunk {chunk.ordinal}")


def _page(page: Page, where: str) -> None:
    _text(page.text, where)
    if page.label is not None:
        _text(page.label, where, MAX_CHARACTERS)
    for heading in page.headings:
        _number(heading.level, where, 1)
        _text(heading.title, where)
        _number(heading.offset, where, 0, len(page.text))


def _chunk(chunk: Chunk, where: str) -> None:
    _text(chunk.text, where)
    _text(chunk.language, where, MAX_CHARACTERS)
    for title in chunk.heading_path:
        _text(title, where)
    for number in (chunk.page, chunk.start, chunk.end, chunk.tokens):
        _number(number, where)
    for span in chunk.sentences:
        _number(span.start, where, chunk.start, chunk.end)
        _number(span.end, where, span.start, chunk.end)


def _text(value: Any, where: str, max_length: int = MAX_NUMBER) -> None:
    if not isinstance(value, str) or len(value) > max_length:
        raise InvalidImport(detail=where)
    try:
        value.encode()
    except UnicodeEncodeError as error:  # a lone surrogate, which JSON can encode
        raise InvalidImport(detail=where.encode("utf-8", "replace").decode()) from error


def _number(value: Any, where: str, minimum: int = 0, maximum: int = MAX_NUMBER) -> int:
    if type(value) is not int or not minimum <= value <= maximum:
        raise InvalidImport(detail=where)
    return value
