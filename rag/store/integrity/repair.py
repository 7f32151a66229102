"""Mending what is derived: the index of words, counts, vectors in memory, snapshots, files that belong to nothing.

What only the user has is never thrown away here: a file that belongs to no document is moved to `set-aside/`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from rag.core.errors import StoreReadOnly
from rag.core.types import Notice
from rag.store.connection import protect, translated
from rag.store.files import sync_folder
from rag.store.integrity import verify
from rag.store.lexical import postings
from rag.store.protocol import Report
from rag.store.rows import space_ids

if TYPE_CHECKING:
    from rag.store.sqlite import SqliteStore

SET_ASIDE = "set-aside"
_UNLIMITED = 1 << 62


def repair(store: SqliteStore) -> Report:
    """Verify, mend what can be made anew, and verify again: `problems` are those that are left.

    Nothing is touched where pages of the database are damaged: that takes a backup. Raises StoreReadOnly, DiskFull.
    """
    found = verify.verify(store)
    codes = {problem.code for problem in found.problems}
    if isinstance(store.database.refusal, StoreReadOnly):
        raise store.database.refusal
    if "database_damaged" in codes or not found.problems:
        return found
    done: list[Notice | None] = []
    if "rows_damaged" in codes:
        done.append(_rows(store, [str(p.values["name"]) for p in found.problems if p.code == "rows_damaged"]))
        if store.database.refusal is not None:
            return found
    done += _repair(store, codes)
    return replace(verify.verify(store), repaired=tuple(notice for notice in done if notice is not None))


def _rows(store: SqliteStore, names: list[str]) -> Notice | None:
    """Pages, chunks and vectors come from the originals: where these are whole, they are made anew."""
    documents = [document for name in names if (document := store.document_named(name)) is not None]
    if len(documents) < len(names) or not all(store.files.is_whole(document.sha256) for document in documents):
        return None
    store.database.trust_again()
    store.read_again([document.id for document in documents])
    return Notice("repaired_documents", {"count": len(documents)})


def _repair(store: SqliteStore, codes: set[str]) -> Iterator[Notice | None]:
    if "row_without_parent" in codes:
        yield _without_parents(store)
    if codes & {"words_damaged", "words_missing"}:
        yield _words(store)
    if codes & {"pages_differ", "chunks_differ", "chunks_shifted", "vectors_other_length"}:
        yield from _counts(store)
    if codes & {"vectors_differ", "snapshot_set_aside", "snapshot_differs"}:
        yield _snapshots(store)
    if "files_extra" in codes or "newest_lost" in codes:
        yield _files(store)
    if "pages_without_sums" in codes:
        with store.database.write_connection() as db, translated(store.database.path, db):
            yield Notice("repaired_sums") if protect(db, _UNLIMITED) else None


def _without_parents(store: SqliteStore) -> Notice:
    count = 0
    with store.database.write() as db:
        for table, rowid, _, _ in db.execute("PRAGMA foreign_key_check").fetchall():
            if rowid is not None:
                db.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (rowid,))
                count += 1
        db.execute("DELETE FROM task WHERE document_id NOT IN (SELECT id FROM document)")
        db.execute("DELETE FROM tag WHERE document_id NOT IN (SELECT id FROM document)")
    return Notice("repaired_rows", {"count": count})


def _words(store: SqliteStore) -> Notice:
    with store.database.write() as db:
        for space_id in space_ids(db):
            if postings.word_problems(db, space_id):
                postings.index_again(db, space_id)
    return Notice("repaired_words")


def _counts(store: SqliteStore) -> Iterator[Notice]:
    again: set[int] = set()
    with store.database.write() as db:
        for space_id in space_ids(db):
            again |= set(verify.shifted_documents(db, space_id)) | _incomplete(db, space_id)
            db.execute(
                "UPDATE task SET (chunks, chunks_done) = (SELECT count(*), count(e.chunk_id) FROM chunk c"
                " LEFT JOIN embedding e ON e.chunk_id = c.id WHERE c.document_id = task.document_id"
                " AND c.space_id = task.space_id) WHERE space_id = ? AND state IN ('findable', 'ready')",
                (space_id,),
            )
            # what lacks vectors is embedded again, what has them all is ready
            db.execute(
                "UPDATE task SET state = iif(chunks_done = chunks, 'ready', 'findable') WHERE space_id = ?"
                " AND state IN ('findable', 'ready')",
                (space_id,),
            )
            dimension = db.execute("SELECT dimension FROM space WHERE id = ?", (space_id,)).get
            db.execute("DELETE FROM embedding WHERE space_id = ? AND length(vector) != 4 * ?", (space_id, dimension))
        names = [
            str(db.execute("SELECT name FROM document WHERE id = ?", (document_id,)).get)
            for document_id in sorted(again)
        ]
    yield Notice("repaired_counts")
    if again:
        store.queue_again(again)
        yield Notice("repaired_documents", {"count": len(names), "names": ", ".join(names)})


def _incomplete(db: apsw.Connection, space_id: int) -> set[int]:
    """The documents of which pages are missing, or vectors of another length: they are read again."""
    found = db.execute(
        "SELECT d.id FROM document d JOIN task t ON t.document_id = d.id AND t.space_id = ?1"
        " LEFT JOIN page p ON p.document_id = d.id WHERE t.state IN ('findable', 'ready') GROUP BY d.id"
        " HAVING d.pages != count(p.id) UNION SELECT c.document_id FROM embedding e JOIN chunk c ON c.id = e.chunk_id"
        " JOIN space s ON s.id = e.space_id WHERE e.space_id = ?1 AND length(e.vector) != 4 * s.dimension",
        (space_id,),
    )
    return {int(row[0]) for row in found}


def _snapshots(store: SqliteStore) -> Notice:
    with store.database.read() as db:
        for space_id in space_ids(db):
            index = store.index(space_id)
            if index.quarantined is not None:
                index.quarantined.unlink(missing_ok=True)
                index.quarantined = None
    store.rebuild()
    return Notice("repaired_snapshot")


def _files(store: SqliteStore) -> Notice | None:
    if store.folder is None:
        return None
    aside = store.folder / SET_ASIDE
    with store.database.write() as db, translated(aside):
        known = {row[0] for row in db.execute("SELECT sha256 FROM document")}
        moved = [store.files.path(name) for name in store.files.names() if name not in known]
        moved += verify.lost_changes(store)
        if not moved:
            return None
        aside.mkdir(exist_ok=True)
        for path in moved:
            _move(path, aside)
        sync_folder(aside)
    return Notice("repaired_files", {"count": len(moved), "folder": str(aside)})


def _move(path: Path, folder: Path) -> None:
    shutil.move(path, folder / path.name)
