"""The lexical index of a space: the stems of its chunks in one FTS5 table.

Chunks are stemmed here, each in its own language, and FTS5 only splits the stems at spaces. So any SQLite can check the
table, and no custom code runs inside it. A document can be found as soon as its transaction is committed, by every
process, without loading or updating anything.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apsw

from rag.core.errors import StoreDamaged
from rag.core.text.sentences import stems
from rag.core.types import Chunk, Notice
from rag.store.lexical import older

StemmedChunk = tuple[int, Sequence[str], Sequence[str]]
"""The id of a chunk, the stems of its headings and those of its text."""

_OPTIONS = "content='', contentless_delete=1, detail=full, tokenize=\"ascii tokenchars '-._/:,'\""
"""contentless_delete: the text is not stored twice, and a chunk can be removed without it. It needs the lengths of
chunks (`columnsize`), as does BM25. detail: FTS5 needs all positions to know how often a stem occurs. tokenize: stems
are already casefolded, and `ascii` treats every non-ASCII character as part of a token, in any version of Unicode.
tokenchars: signs that can be part of a stem, as in iso-27001 and 12:30."""

SAMPLE = 100
"""Chunks that `index_problems` looks up by their stems."""


def table_name(space_id: int) -> str:
    """The FTS5 table of a space."""
    return f"lexical_{space_id:d}"


def create_index(db: apsw.Connection, space_id: int) -> None:
    """Create the empty index of a space."""
    db.execute(f"CREATE VIRTUAL TABLE {table_name(space_id)} USING fts5(heading, body, {_OPTIONS})")


def drop_index(db: apsw.Connection, space_id: int) -> None:
    """Remove the index of a space, including tables of older versions."""
    db.execute(f"DROP TABLE IF EXISTS {table_name(space_id)}")
    older.drop(db, space_id)


def add_chunks(db: apsw.Connection, space_id: int, chunks: Iterable[tuple[int, Chunk]], fallback: str) -> None:
    """Index chunks, given with their ids. fallback: the language of chunks without one."""
    add_stems(
        db,
        space_id,
        ((chunk_id, *_stems(chunk.heading_path, chunk.text, chunk.language or fallback)) for chunk_id, chunk in chunks),
    )


def add_stems(db: apsw.Connection, space_id: int, chunks: Iterable[StemmedChunk]) -> None:
    """Index stemmed chunks that are not in the index yet."""
    db.executemany(
        f"INSERT INTO {table_name(space_id)}(rowid, heading, body) VALUES (?, ?, ?)",
        ((chunk_id, " ".join(heading), " ".join(body)) for chunk_id, heading, body in chunks),
    )


def remove_chunks(db: apsw.Connection, space_id: int, first: int, last: int) -> None:
    """Remove chunks `first` to `last`, inclusive, if they are in the index."""
    db.execute(f"DELETE FROM {table_name(space_id)} WHERE rowid BETWEEN ? AND ?", (first, last))
    older.remove_chunks(db, space_id, first, last)


def stored_chunks(
    db: apsw.Connection, space_id: int, after: int = 0, last: int = 1 << 62, limit: int = -1
) -> Iterator[StemmedChunk]:
    """The chunks of a space with ids in (after, last], by id; at most `limit` unless it is negative.

    Raises StoreDamaged.
    """
    stored: Iterable[Any] = db.execute(
        "SELECT c.id, c.heading_path, c.text, iif(c.language = '', d.language, c.language)"
        " FROM chunk c JOIN document d ON d.id = c.document_id"
        " WHERE c.space_id = ? AND c.id > ? AND c.id <= ? ORDER BY c.id LIMIT ?",
        (space_id, after, last, limit),
    )
    for chunk_id, heading_path, text, language in stored:
        try:
            yield chunk_id, *_stems(json.loads(heading_path), text, language)
        except (ValueError, TypeError) as error:
            raise StoreDamaged(detail=f"chunk {chunk_id}", row=True) from error


def rebuild_index(db: apsw.Connection, space_id: int) -> None:
    """Rebuild the index of a space from its chunks."""
    drop_index(db, space_id)
    create_index(db, space_id)
    add_stems(db, space_id, stored_chunks(db, space_id))


def chunk_count(db: apsw.Connection, space_id: int) -> int:
    """The number of chunks in the index, as of the last commit."""
    return chunks_of(db, table_name(space_id))


def chunks_of(db: apsw.Connection, table: str) -> int:
    """The number of chunks in an FTS5 table, as of the last commit.

    FTS5 stores it as the first varint of its averages record (`%_data`, id 1); counting the rows takes 50 ms for a
    million.
    """
    record: Any = db.execute(f"SELECT block FROM {table}_data WHERE id = 1").get
    count = 0
    for byte in record or b"":
        count = count << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return count


def is_about_index(message: str) -> bool:
    """Whether an integrity message of SQLite concerns an FTS5 table; only the lexical indexes are such tables."""
    return "fts5" in message.lower()


def index_problems(db: apsw.Connection, space_id: int) -> list[Notice]:
    """Problems of the index, by itself and compared with the chunks of the space. Reads all of it.

    FTS5 checks its pages against each other, but not whether each term can be found; a sample of chunks tests that.
    """
    table = table_name(space_id)
    try:
        checked = db.execute(f"PRAGMA quick_check('{table}')").get
        indexed = f"SELECT id FROM {table}_docsize"
        missing, stored = db.execute(
            f"SELECT count(*) FILTER (WHERE id NOT IN ({indexed})), count(*) FROM chunk WHERE space_id = ?1"
            " AND NOT (id > ?2 AND id <= ?3)",
            (space_id, *older.waiting(db, space_id)),
        ).fetchone()  # type: ignore[misc]
        extra = db.execute(
            f"SELECT 1 FROM {table}_docsize WHERE id NOT IN (SELECT id FROM chunk WHERE space_id = ?) LIMIT 1",
            (space_id,),
        ).get
        is_sound = checked == "ok" and extra is None and _finds_sample(db, space_id)
    except apsw.SQLError:  # a table of the index is missing
        return [Notice("words_damaged")]
    problems = []
    if not is_sound or older.is_damaged(db, space_id):
        problems.append(Notice("words_damaged"))
    if missing:
        problems.append(Notice("words_missing", {"stored": stored, "chunks": stored - missing}))
    return problems


def quoted(stem: str) -> str:
    """The stem as a string literal of an FTS5 query."""
    return '"' + stem.replace('"', '""') + '"'


def _finds_sample(db: apsw.Connection, space_id: int) -> bool:
    """Whether an evenly spaced sample of chunks is found by all its stems."""
    table = table_name(space_id)
    ends: Any = db.execute(f"SELECT min(id), max(id) FROM {table}_docsize").fetchone()
    first, last = ends
    for point in range(first, last + 1, (last - first) // SAMPLE + 1) if last else ():
        indexed: Any = db.execute(f"SELECT min(id) FROM {table}_docsize WHERE id >= ?", (point,)).get
        for chunk_id, heading, body in stored_chunks(db, space_id, indexed - 1, indexed):
            query = " AND ".join(map(quoted, {*heading, *body}))
            hit = f"SELECT 1 FROM {table} WHERE {table} MATCH ? AND rowid = ?"
            if query and db.execute(hit, (query, chunk_id)).get is None:
                return False
    return True


def _stems(headings: Sequence[str], text: str, language: str) -> tuple[list[str], list[str]]:
    return stems(" ".join(headings), language), stems(text, language)
