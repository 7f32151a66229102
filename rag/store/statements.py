"""SQL shared by several parts of the store, as functions within the caller's transaction."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import apsw
import numpy as np

from rag.core.crash_points import crash_point
from rag.core.errors import StoreDamaged
from rag.core.types import Chunk, Document, Notice, Parsed, Scope, Space
from rag.store.integrity import checksums
from rag.store.lexical import index
from rag.store.rows import (
    CHUNK_COLUMNS,
    DOCUMENT_COLUMNS,
    PAGE_COLUMNS,
    SPACE_COLUMNS,
    ChunkRow,
    PageRow,
    document_from,
    marks,
    notices_from,
    select,
    space_ids,
    to_json,
)
from rag.store.values import Exported, Vector


def generation(db: apsw.Connection) -> int:
    """The number of changes of the searchable content."""
    return int(db.execute("SELECT value FROM meta WHERE key = 'generation'").get)


def next_generation(db: apsw.Connection) -> int:
    """Count a change of the searchable content, in the transaction that makes it."""
    return int(db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation' RETURNING value").get)


def space_in_state(db: apsw.Connection, state: str) -> Space | None:
    """state: "active" or "building"."""
    return next(select(db, Space, f"SELECT {SPACE_COLUMNS} FROM space WHERE state = ?", (state,)), None)


def space_with_id(db: apsw.Connection, space_id: int) -> Space | None:
    """The space, or None if it was dropped."""
    return next(select(db, Space, f"SELECT {SPACE_COLUMNS} FROM space WHERE id = ?", (space_id,)), None)


def open_tasks(db: apsw.Connection, space_id: int) -> int:
    """The number of documents not yet indexed in a space."""
    return int(
        db.execute(
            "SELECT count(*) FROM task WHERE space_id = ? AND state IN ('waiting', 'reading', 'findable')", (space_id,)
        ).get
    )


def documents_where(db: apsw.Connection, condition: str, *bindings: object) -> list[Document]:
    """Newest first, with their state in the active space. condition: SQL over the table `document` as d."""
    query = (
        f"SELECT {DOCUMENT_COLUMNS} FROM document d LEFT JOIN task t ON t.document_id = d.id"
        f" AND t.space_id = (SELECT id FROM space WHERE state = 'active') WHERE {condition} ORDER BY d.id DESC"
    )
    return list(select(db, document_from, query, bindings))


def documents_in_scope(db: apsw.Connection, scope: Scope, excluded: Collection[str]) -> set[int] | None:
    """See `rag.store.protocol.DocumentCatalog.in_scope`."""
    conditions: list[str] = []
    bindings: list[int | str] = []
    if scope:
        chosen = (
            f"SELECT id FROM document WHERE id IN ({marks(scope.documents)}) OR id IN"
            f" (SELECT document_id FROM tag WHERE name IN ({marks(scope.tags)}))"
        )
        # a page is one of the document itself
        inside = "" if scope.page else " UNION SELECT d.id FROM document d JOIN chosen c ON d.parent_id = c.id"
        conditions.append(f"id IN (WITH RECURSIVE chosen(id) AS ({chosen}{inside}) SELECT id FROM chosen)")
        bindings += [*scope.documents, *scope.tags]
    if excluded:
        conditions.append(f"sha256 NOT IN ({marks(excluded)})")
        bindings += excluded
    if not conditions:
        return None
    return set(select(db, int, f"SELECT id FROM document WHERE {' AND '.join(conditions)}", bindings))


def document_languages(db: apsw.Connection) -> list[str]:
    """The languages of the documents, the most frequent first."""
    return list(
        select(db, str, "SELECT language FROM document WHERE language != '' GROUP BY language ORDER BY count(*) DESC")
    )


def notices_of(db: apsw.Connection, document_id: int) -> tuple[Notice, ...]:
    """The notices of a document in the active space. They also apply to other spaces, as the pages are the same."""
    return notices_from(
        db.execute(
            "SELECT t.notices FROM task t JOIN space s ON s.id = t.space_id"
            " WHERE t.document_id = ? AND s.state = 'active'",
            (document_id,),
        ).get
    )


def take_over_replaced(db: apsw.Connection, document_id: int) -> list[str]:
    """Delete the document that this one replaces, if any, and move the user's data about it to the new one.

    Returns the SHA-256 of each deleted document.
    """
    replaced = db.execute("SELECT replaces FROM document WHERE id = ?", (document_id,)).get
    hashes = []
    if replaced:
        db.execute("INSERT OR IGNORE INTO tag SELECT ?, name FROM tag WHERE document_id = ?", (document_id, replaced))
        _move_scopes(db, replaced, document_id)
        hashes = delete_document(db, replaced)
    db.execute("UPDATE document SET replaces = NULL WHERE id = ?", (document_id,))
    return hashes


def settle_children(db: apsw.Connection, document_id: int, children: Collection[int]) -> list[str]:
    """Put `children` under a document, and delete what else is under it, which its file no longer has inside.

    Returns the SHA-256 of each deleted document.
    """
    db.execute(f"UPDATE document SET parent_id = ? WHERE id IN ({marks(children)})", (document_id, *children))
    query = f"SELECT id FROM document WHERE parent_id = ? AND id NOT IN ({marks(children)})"
    gone = list(select(db, int, query, (document_id, *children)))
    return [sha256 for child in gone for sha256 in delete_document(db, child)]


def descendants(db: apsw.Connection, document_id: int) -> list[int]:
    """The ids of a document and of all that is under it, the document first."""
    query = (
        "WITH RECURSIVE below(id) AS (VALUES (?) UNION SELECT d.id FROM document d JOIN below b ON d.parent_id = b.id)"
        " SELECT id FROM below"
    )
    return list(select(db, int, query, (document_id,)))


def _move_scopes(db: apsw.Connection, old: int, new: int) -> None:
    """Replace a document in the scopes of conversations by its successor."""
    db.execute(
        "UPDATE conversation SET scope = json_set(scope, '$.documents', json((SELECT json_group_array(iif(value ="
        " ?1, ?2, value)) FROM json_each(scope, '$.documents'))))"
        " WHERE EXISTS (SELECT 1 FROM json_each(scope, '$.documents') WHERE value = ?1)",
        (old, new),
    )


def put_pages(db: apsw.Connection, document_id: int, parsed: Parsed, language: str) -> None:
    """Replace the pages of a document."""
    db.execute("DELETE FROM page WHERE document_id = ?", (document_id,))
    db.executemany(
        f"INSERT INTO page({PAGE_COLUMNS}) VALUES ({marks(PageRow._fields)})",
        (PageRow.of(page, document_id) for page in parsed.pages),
    )
    db.execute(
        "UPDATE document SET pages = ?, title = ?, language = ?, loader_version = ?, lacking = ? WHERE id = ?",
        (len(parsed.pages), parsed.title, language, parsed.loader_version, to_json(parsed.lacking), document_id),
    )
    db.execute("UPDATE task SET pages = ? WHERE document_id = ?", (len(parsed.pages), document_id))


def insert_chunks(db: apsw.Connection, document_id: int, space_id: int, chunks: Sequence[Chunk]) -> list[int]:
    """Returns the ids of the new rows, in the order of `chunks`."""
    ids = []
    for chunk in chunks:
        row = ChunkRow.of(chunk, document_id)
        db.execute(
            'INSERT INTO chunk(ordinal, page, start, "end", text, heading_path, sentences, tokens, language,'
            " row, document_id, space_id, crc) VALUES (:ordinal, :page, :start, :end, :text, :heading_path,"
            " :sentences, :tokens, :language, :row, :document_id, :space_id, :crc)",
            {**row._asdict(), "space_id": space_id},
        )
        ids.append(db.last_insert_rowid())
    return ids


def exported_chunks(db: apsw.Connection, space_id: int, document_id: int | None = None) -> Iterator[Exported]:
    """The chunks of a space, or of one document in it, with their vectors, by document and order.

    Raises StoreDamaged.
    """
    condition, bindings = "c.space_id = ?", [space_id]
    if document_id is not None:
        condition, bindings = f"{condition} AND c.document_id = ?", [space_id, document_id]
    yield from select(
        db,
        _exported,
        f"SELECT e.vector, e.sentences, {CHUNK_COLUMNS} FROM chunk c LEFT JOIN embedding e ON e.chunk_id = c.id"
        f" WHERE {condition} ORDER BY c.document_id, c.ordinal",
        bindings,
    )


def _exported(vector_blob: bytes | None, sentences_blob: bytes, *columns: Any) -> Exported:
    chunk = ChunkRow(*columns).chunk()
    if vector_blob is None:
        return Exported(chunk, None, None)
    sentences = checksums.verify_both(chunk.id, vector_blob, sentences_blob)
    vector = np.frombuffer(vector_blob, np.float32)
    return Exported(chunk, vector, np.frombuffer(sentences, np.float16).reshape(-1, len(vector)))


def embedding_blobs(chunk_id: int, vector: Vector, sentences: Vector) -> tuple[bytes, bytes]:
    """The columns `vector` and `sentences` for (d,) and (s, d) float32."""
    vector_blob = np.ascontiguousarray(vector, np.float32).tobytes()
    sentences_blob = np.ascontiguousarray(sentences, np.float16).tobytes()
    return vector_blob, checksums.with_checksum(chunk_id, vector_blob, sentences_blob)


_Passage = tuple[str, tuple[str, ...], tuple[tuple[int, int], ...]]


def vectors_by_passage(db: apsw.Connection, document_id: int, space_id: int) -> dict[_Passage, tuple[Vector, Vector]]:
    """The vector and the sentence vectors of a document's chunks, for chunks that say the same; no damaged ones."""
    query = (
        f"SELECT e.vector, e.sentences, {CHUNK_COLUMNS} FROM chunk c JOIN embedding e ON e.chunk_id = c.id"
        " WHERE c.document_id = ? AND c.space_id = ?"
    )
    vectors: dict[_Passage, tuple[Vector, Vector]] = {}
    for columns in db.execute(query, (document_id, space_id)):
        with suppress(StoreDamaged):
            exported = _exported(*columns)
            if exported.vector is not None and exported.sentences is not None:
                vectors[passage_key(exported.chunk)] = exported.vector, exported.sentences.astype(np.float32)
    return vectors


def passage_key(chunk: Chunk) -> _Passage:
    """What the vectors of a chunk are made from, wherever on its page it stands."""
    return chunk.text, chunk.heading_path, tuple((s.start - chunk.start, s.end - chunk.start) for s in chunk.sentences)


def insert_vectors(db: apsw.Connection, space_id: int, rows: Iterable[tuple[int, Vector, Vector]]) -> None:
    """Store the vector, (d,), and the sentence vectors, (s, d), of chunks by id, as one change of what is searched."""
    generation = next_generation(db)
    db.executemany(
        "INSERT INTO embedding(chunk_id, space_id, generation, vector, sentences) VALUES (?, ?, ?, ?, ?)",
        (
            (chunk_id, space_id, generation, *embedding_blobs(chunk_id, vector, sentences))
            for chunk_id, vector, sentences in rows
        ),
    )


def recount(db: apsw.Connection, document_id: int, space_id: int) -> None:
    """Update a task's counters from the rows, and its state from the counters."""
    db.execute(
        "UPDATE task SET (chunks, chunks_done) = (SELECT count(*), count(e.chunk_id) FROM chunk c"
        " LEFT JOIN embedding e ON e.chunk_id = c.id WHERE c.document_id = ?1 AND c.space_id = ?2)"
        " WHERE document_id = ?1 AND space_id = ?2",
        (document_id, space_id),
    )
    db.execute(
        "UPDATE task SET state = 'ready' WHERE document_id = ?1 AND space_id = ?2 AND state = 'findable'"
        " AND chunks_done = chunks AND (SELECT lacking FROM document WHERE id = ?1) = '{}'",
        (document_id, space_id),
    )


def remove_chunks(db: apsw.Connection, document_id: int, space_id: int) -> None:
    """Delete a document's chunks in a space with vectors and stems, and record the removal for indexes in memory."""
    # chunks are inserted in one transaction with ascending ids: they are one contiguous range
    query = "SELECT min(id), max(id) FROM chunk WHERE document_id = ? AND space_id = ?"
    first, last = db.execute(query, (document_id, space_id)).get
    if first is None:
        return
    index.remove_chunks(db, space_id, first, last)
    db.execute("DELETE FROM embedding WHERE chunk_id BETWEEN ? AND ?", (first, last))
    db.execute("DELETE FROM chunk WHERE id BETWEEN ? AND ?", (first, last))
    db.execute(
        "INSERT INTO removal(generation, space_id, first, last) VALUES (?, ?, ?, ?)",
        (next_generation(db), space_id, first, last),
    )


def delete_document(db: apsw.Connection, document_id: int) -> list[str]:
    """Delete a document and all that is under it. Returns the SHA-256 of each; none if it did not exist."""
    ids = descendants(db, document_id)
    hashes = list(select(db, str, f"SELECT sha256 FROM document WHERE id IN ({marks(ids)})", ids))
    for deleted in ids:
        for space_id in space_ids(db):
            remove_chunks(db, deleted, space_id)
    crash_point("delete: chunks removed")
    db.execute(f"DELETE FROM document WHERE id IN ({marks(ids)})", ids)
    return hashes
