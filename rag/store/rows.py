"""Between rows of the database and the values of `rag.types`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import apsw

from rag.types import Chunk, Document, Heading, Notice, Page, Space, Span, State

DOCUMENT_COLUMNS = """
    d.id, d.name, d.media_type, d.sha256, d.size, d.added, d.language, d.title, d.pages,
    t.state, t.pages, t.pages_done, t.chunks, t.chunks_done, t.notices,
    (SELECT json_group_array(name) FROM (SELECT name FROM tag WHERE document_id = d.id ORDER BY name))
"""
CHUNK_COLUMNS = """
    c.ordinal, c.page, c.start, c."end", c.text, c.heading_path, c.sentences, c.tokens, c.language, c.id, c.document_id
"""
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
    """From CHUNK_COLUMNS."""
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
    )


def chunk_values(chunk: Chunk) -> tuple[Any, ...]:
    """The first nine of CHUNK_COLUMNS."""
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
    )


def space(row: Sequence[Any]) -> Space:
    """From SPACE_COLUMNS."""
    return Space(*row)


def space_ids(db: apsw.Connection) -> list[int]:
    """All spaces, the oldest first."""
    found: list[Any] = db.execute("SELECT id FROM space ORDER BY id").fetchall()
    return [row[0] for row in found]


def page(number: int, text: str, label: str | None, headings: str) -> Page:
    """From the columns of a page."""
    return Page(number, text, label, tuple(Heading(*values) for values in json.loads(headings)))


def page_headings(page: Page) -> str:
    """The `headings` column of a page."""
    return to_json([(h.level, h.title, h.offset) for h in page.headings])


def notices(text: str | None) -> tuple[Notice, ...]:
    """From a `notices` column."""
    return tuple(Notice(code, values) for code, values in json.loads(text or "[]"))


def notices_json(values: Iterable[Notice]) -> str:
    """The `notices` column."""
    return to_json([(n.code, n.values) for n in values])


def to_json(value: Any) -> str:
    """Compact JSON with letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
