"""Between rows of the database and the values of `rag.core.types`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import apsw

from rag.core.errors import StoreDamaged
from rag.core.types import Chunk, Document, Heading, Notice, Page, Space, Span, State
from rag.store.integrity import checksums

DOCUMENT_COLUMNS = """
    d.id, d.name, d.media_type, d.sha256, d.size, d.added, d.language, d.title, d.pages,
    t.state, t.pages, t.pages_done, t.chunks, t.chunks_done, t.notices,
    (SELECT json_group_array(name) FROM (SELECT name FROM tag WHERE document_id = d.id ORDER BY name))
"""
CHUNK_COLUMNS = """
    c.ordinal, c.page, c.start, c."end", c.text, c.heading_path, c.sentences, c.tokens, c.language, c.id, c.document_id,
    c.row, c.crc
"""
PAGE_COLUMNS = "number, text, label, headings, ocr, document_id, crc"
SPACE_COLUMNS = "model, revision, dimension, query_prefix, passage_prefix, chunk_size, overlap, id"


def document(row: Sequence[Any]) -> Document:
    """From DOCUMENT_COLUMNS; a document without a task in the space is waiting."""
    pages = row[8] or row[10] or 0
    return Document(
        id=row[0],
        name=row[1],
        media_type=row[2],
        sha256=row[3],
        size=row[4],
        added=row[5],
        language=row[6],
        title=row[7],
        state=State(row[9] or State.WAITING),
        pages=pages,
        pages_done=row[11] or 0,
        chunks=row[12] or 0,
        chunks_done=row[13] or 0,
        notices=notices(row[14]),
        tags=tuple(json.loads(row[15])),
    )


def chunk(row: Sequence[Any]) -> Chunk:
    """From CHUNK_COLUMNS. Raises StoreDamaged where the row is not what was written."""
    checksums.check_row(row[12], f"chunk {row[9]}", row[10], *row[:9], row[11])
    try:
        return _chunk(row)
    except (ValueError, TypeError) as error:  # a row of another table, without a sum
        raise StoreDamaged(detail=f"chunk {row[9]}", row=True) from error


def _chunk(row: Sequence[Any]) -> Chunk:
    return Chunk(
        ordinal=row[0],
        page=row[1],
        start=row[2],
        end=row[3],
        text=row[4],
        heading_path=tuple(json.loads(row[5])),
        sentences=tuple(Span(*pair) for pair in json.loads(row[6])),
        tokens=row[7],
        language=row[8],
        id=row[9],
        document_id=row[10],
        row=row[11],
    )


def chunk_values(chunk: Chunk) -> tuple[Any, ...]:
    """The first nine of CHUNK_COLUMNS, and `row`."""
    return (
        chunk.ordinal,
        chunk.page,
        chunk.start,
        chunk.end,
        chunk.text,
        to_json(chunk.heading_path),
        to_json(chunk.sentences),
        chunk.tokens,
        chunk.language,
        chunk.row,
    )


def space(row: Sequence[Any]) -> Space:
    """From SPACE_COLUMNS."""
    return Space(*row)


def space_ids(db: apsw.Connection) -> list[int]:
    """All spaces, the oldest first."""
    found: list[Any] = db.execute("SELECT id FROM space ORDER BY id").fetchall()
    return [row[0] for row in found]


def chunk_sum(document_id: int, values: Sequence[Any]) -> int:
    """The sum of a chunk. values: as `chunk_values`."""
    return checksums.of_row(document_id, *values)


def page(row: Sequence[Any]) -> Page:
    """From PAGE_COLUMNS. Raises StoreDamaged where the row is not what was written."""
    number, text, label, headings, ocr, document_id, crc = row
    checksums.check_row(
        crc, f"page {number} of document {document_id}", number, text, label, headings, ocr, document_id
    )
    try:
        return Page(number, text, label, tuple(Heading(*values) for values in json.loads(headings)), bool(ocr))
    except (ValueError, TypeError) as error:
        raise StoreDamaged(detail=f"page {number} of document {document_id}", row=True) from error


def page_values(document_id: int, page: Page) -> tuple[Any, ...]:
    """All of PAGE_COLUMNS."""
    headings = to_json([(h.level, h.title, h.offset) for h in page.headings])
    values = (page.number, page.text, page.label, headings, int(page.ocr), document_id)
    return (*values, checksums.of_row(*values))


def notices(text: str | None) -> tuple[Notice, ...]:
    """From a `notices` column."""
    return tuple(Notice(code, values) for code, values in json.loads(text or "[]"))


def notices_json(values: Iterable[Notice]) -> str:
    """The `notices` column."""
    return to_json([(n.code, n.values) for n in values])


def to_json(value: Any) -> str:
    """Compact JSON with letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
