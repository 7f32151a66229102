"""Converts between database rows and the values of `rag.core.types`. Each row type lists its columns once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import starmap
from typing import Any, NamedTuple, TypeVar

import apsw

from rag.core.errors import StoreDamaged
from rag.core.types import Chunk, Document, Heading, Notice, Page, Span, State
from rag.store.integrity import checksums

Key = TypeVar("Key")
Row = TypeVar("Row")

DOCUMENT_COLUMNS = """
    d.id, d.name, d.media_type, d.sha256, d.size, d.added, coalesce(t.state, 'waiting'),
    coalesce(nullif(d.pages, 0), t.pages, 0), coalesce(t.pages_done, 0), coalesce(t.chunks, 0),
    coalesce(t.chunks_done, 0), d.language, d.title, t.notices,
    (SELECT json_group_array(name) FROM (SELECT name FROM tag WHERE document_id = d.id ORDER BY name)),
    d.parent_id, d.loader_version, d.lacking
"""
"""In the order of the fields of `rag.core.types.Document`, which may lack a task in the space."""
CHUNK_COLUMNS = """
    c.ordinal, c.page, c.start, c."end", c.text, c.heading_path, c.sentences, c.tokens, c.language, c.id, c.document_id,
    c.row, c.crc
"""
"""In the order of the fields of `rag.core.types.Chunk`, and their checksum."""
PAGE_COLUMNS = "number, text, label, headings, ocr, document_id, crc"
SPACE_COLUMNS = "model, revision, dimension, query_prefix, passage_prefix, chunk_size, overlap, id"
"""Columns in the order of the fields of `rag.core.types.Space`."""


def select(db: apsw.Connection, make: Callable[..., Row], query: str, bindings: Iterable[Any] = ()) -> Iterator[Row]:
    """Yields the rows of a query, each converted by `make` from its columns."""
    return starmap(make, db.execute(query, tuple(bindings)))


def select_dict(
    db: apsw.Connection, key: Callable[..., Key], value: Callable[..., Row], query: str, bindings: Iterable[Any] = ()
) -> dict[Key, Row]:
    """The rows of a query of two columns, as `key` of the first and `value` of the second."""
    return {key(first): value(second) for first, second in db.execute(query, tuple(bindings))}


def marks(values: Iterable[object]) -> str:
    """The placeholders of an SQL list for these values."""
    return ",".join("?" for _ in values)


def document_from(*columns: Any) -> Document:
    """From DOCUMENT_COLUMNS."""
    *_, notices, tags, _, _, lacking = columns
    document = Document(*columns)
    return replace(
        document,
        state=State(document.state),
        notices=notices_from(notices),
        tags=tuple(json.loads(tags)),
        lacking=lacking_from(lacking),
    )


class ChunkRow(NamedTuple):
    """CHUNK_COLUMNS. crc: None in rows from before there were checksums."""

    ordinal: int
    page: int
    start: int
    end: int
    text: str
    heading_path: str
    sentences: str
    tokens: int
    language: str
    id: int
    document_id: int
    row: int
    crc: int | None

    @classmethod
    def of(cls, chunk: Chunk, document_id: int) -> ChunkRow:
        """The row to insert for a chunk; its id is given by the database."""
        row = cls(
            ordinal=chunk.ordinal,
            page=chunk.page,
            start=chunk.start,
            end=chunk.end,
            text=chunk.text,
            heading_path=to_json(chunk.heading_path),
            sentences=to_json(chunk.sentences),
            tokens=chunk.tokens,
            language=chunk.language,
            id=chunk.id,
            document_id=document_id,
            row=chunk.row,
            crc=None,
        )
        return row._replace(crc=checksums.of_row(*row._checked))

    def chunk(self) -> Chunk:
        """Raises StoreDamaged where the row is not what was written."""
        checksums.check_row(self.crc, f"chunk {self.id}", *self._checked)
        try:
            heading_path = tuple(json.loads(self.heading_path))
            sentences = tuple(Span(*pair) for pair in json.loads(self.sentences))
        except (ValueError, TypeError) as error:  # a row of another table, without a checksum
            raise StoreDamaged(detail=f"chunk {self.id}", row=True) from error
        return Chunk(*self[:5], heading_path, sentences, *self[7:12])

    @property
    def _checked(self) -> tuple[Any, ...]:
        """What the checksum covers. The order is part of the file format."""
        return (self.document_id, *self[:9], self.row)


class PageRow(NamedTuple):
    """PAGE_COLUMNS. crc: None in rows from before there were checksums."""

    number: int
    text: str
    label: str | None
    headings: str
    ocr: int
    document_id: int
    crc: int | None

    @classmethod
    def of(cls, page: Page, document_id: int) -> PageRow:
        """The row to insert for a page."""
        headings = to_json([(heading.level, heading.title, heading.offset) for heading in page.headings])
        row = cls(page.number, page.text, page.label, headings, int(page.ocr), document_id, None)
        return row._replace(crc=checksums.of_row(*row._checked))

    def page(self) -> Page:
        """Raises StoreDamaged where the row is not what was written."""
        name = f"page {self.number} of document {self.document_id}"
        checksums.check_row(self.crc, name, *self._checked)
        try:
            headings = tuple(Heading(*heading) for heading in json.loads(self.headings))
        except (ValueError, TypeError) as error:
            raise StoreDamaged(detail=name, row=True) from error
        return Page(self.number, self.text, self.label, headings, bool(self.ocr))

    @property
    def _checked(self) -> tuple[Any, ...]:
        """What the checksum covers. The order is part of the file format."""
        return (self.number, self.text, self.label, self.headings, self.ocr, self.document_id)


def space_ids(db: apsw.Connection) -> list[int]:
    """All spaces, the oldest first."""
    return list(select(db, int, "SELECT id FROM space ORDER BY id"))


def notices_from(text: str | None) -> tuple[Notice, ...]:
    """From a `notices` column."""
    return tuple(Notice(code, values) for code, values in json.loads(text or "[]"))


def lacking_from(text: str) -> dict[int, str]:
    """From the `lacking` column."""
    return {int(page): str(lacks) for page, lacks in json.loads(text).items()}


def notices_json(notices: Iterable[Notice]) -> str:
    """The `notices` column."""
    return to_json([(notice.code, notice.values) for notice in notices])


def to_json(value: Any) -> str:
    """Compact JSON with letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
