"""Repairs derived data: the lexical index, counts, vectors in memory, snapshots, orphaned files.

User data is never deleted here: a file that belongs to no document is moved to `set-aside/`.
"""

import shutil
from collections.abc import Collection, Iterator
from dataclasses import replace

import apsw

from rag.core.durable_io import sync_folder
from rag.core.errors import StoreReadOnly
from rag.core.types import Notice
from rag.store.connection import protect
from rag.store.errors import translated
from rag.store.integrity.verify import lost_changes, shifted_documents, verify
from rag.store.lexical.index import index_problems, rebuild_index
from rag.store.rows import marks, select, space_ids
from rag.store.sqlite import SqliteStore
from rag.store.values import Report

SET_ASIDE = "set-aside"
_UNLIMITED = 1 << 62


def repair(store: SqliteStore) -> Report:
    """Verify, rebuild derived data, and verify again: `problems` are the remaining ones.

    Changes nothing if pages of the database are damaged, which needs a backup. Raises StoreReadOnly, DiskFull.
    """
    report = verify(store)
    codes = {problem.code for problem in report.problems}
    if isinstance(store.refusal, StoreReadOnly):
        raise store.refusal
    if "database_damaged" in codes or not report.problems:
        return report
    repaired: list[Notice] = []
    if "rows_damaged" in codes:
        names = [str(problem.values["name"]) for problem in report.problems if problem.code == "rows_damaged"]
        repaired += _start_over(store, names)
        if store.refusal is not None:
            return report
    repaired += _repair(store, codes)
    return replace(verify(store), repaired=tuple(repaired))


def _start_over(store: SqliteStore, names: list[str]) -> Iterator[Notice]:
    """Rebuild pages, chunks and vectors of documents from their originals, if these are intact."""
    documents = [document for name in names if (document := store.documents.named(name)) is not None]
    if len(documents) < len(names) or not all(store.files.is_whole(document.sha256) for document in documents):
        return
    store.database.trust_again()
    store.queue.start_over([document.id for document in documents])
    yield Notice("repaired_documents", {"count": len(documents)})


def _repair(store: SqliteStore, codes: set[str]) -> Iterator[Notice]:
    if "row_without_parent" in codes:
        yield _delete_orphans(store)
    if codes & {"words_damaged", "words_missing"}:
        yield _repair_lexical(store)
    if codes & {"pages_differ", "chunks_differ", "chunks_shifted", "vectors_other_length"}:
        yield from _repair_counts(store)
    if codes & {"vectors_differ", "snapshot_set_aside", "snapshot_differs"}:
        yield _repair_snapshots(store)
    if "files_extra" in codes or "newest_lost" in codes:
        yield from _set_files_aside(store)
    if "pages_without_sums" in codes:
        with store.database.write_connection() as db, translated(store.database.path, db):
            if protect(db, _UNLIMITED):
                yield Notice("repaired_sums")


def _delete_orphans(store: SqliteStore) -> Notice:
    count = 0
    with store.database.write() as db:
        # a document goes on without the one that it was found in
        db.execute("UPDATE document SET parent_id = NULL WHERE parent_id NOT IN (SELECT id FROM document)")
        count += db.changes()
        for table, rowid, _, _ in db.execute("PRAGMA foreign_key_check").fetchall():
            if rowid is not None:
                db.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (rowid,))
                count += 1
        db.execute("DELETE FROM task WHERE document_id NOT IN (SELECT id FROM document)")
        db.execute("DELETE FROM tag WHERE document_id NOT IN (SELECT id FROM document)")
    return Notice("repaired_rows", {"count": count})


def _repair_lexical(store: SqliteStore) -> Notice:
    with store.database.write() as db:
        for space_id in space_ids(db):
            if index_problems(db, space_id):
                rebuild_index(db, space_id)
    return Notice("repaired_words")


def _repair_counts(store: SqliteStore) -> Iterator[Notice]:
    unreadable: set[int] = set()
    with store.database.write() as db:
        for space_id in space_ids(db):
            unreadable |= set(shifted_documents(db, space_id)) | _incomplete_documents(db, space_id)
            db.execute(
                "UPDATE task SET (chunks, chunks_done) = (SELECT count(*), count(e.chunk_id) FROM chunk c"
                " LEFT JOIN embedding e ON e.chunk_id = c.id WHERE c.document_id = task.document_id"
                " AND c.space_id = task.space_id) WHERE space_id = ? AND state IN ('findable', 'ready')",
                (space_id,),
            )
            # recounting sets documents that lack vectors to be embedded, and complete ones to ready
            db.execute(
                "UPDATE task SET state = iif(chunks_done = chunks AND (SELECT lacking FROM document d WHERE d.id ="
                " task.document_id) = '{}', 'ready', 'findable') WHERE space_id = ? AND state IN ('findable', 'ready')",
                (space_id,),
            )
            dimension = db.execute("SELECT dimension FROM space WHERE id = ?", (space_id,)).get
            db.execute("DELETE FROM embedding WHERE space_id = ? AND length(vector) != 4 * ?", (space_id, dimension))
        names = _names(db, unreadable)
    yield Notice("repaired_counts")
    if unreadable:
        store.queue.requeue(unreadable)
        yield Notice("repaired_documents", {"count": len(names), "names": ", ".join(names)})


def _incomplete_documents(db: apsw.Connection, space_id: int) -> set[int]:
    """Documents without pages, or with vectors of a wrong length, which must be read again."""
    query = (
        "SELECT d.id FROM document d JOIN task t ON t.document_id = d.id AND t.space_id = ?1"
        " LEFT JOIN page p ON p.document_id = d.id WHERE t.state IN ('findable', 'ready') GROUP BY d.id"
        " HAVING d.pages != count(p.id) UNION SELECT c.document_id FROM embedding e JOIN chunk c ON c.id = e.chunk_id"
        " JOIN space s ON s.id = e.space_id WHERE e.space_id = ?1 AND length(e.vector) != 4 * s.dimension"
    )
    return set(select(db, int, query, (space_id,)))


def _names(db: apsw.Connection, ids: Collection[int]) -> list[str]:
    """The names of documents, by id."""
    return list(select(db, str, f"SELECT name FROM document WHERE id IN ({marks(ids)}) ORDER BY id", ids))


def _repair_snapshots(store: SqliteStore) -> Notice:
    with store.database.read() as db:
        for space_id in space_ids(db):
            index = store.indexes.of(space_id)
            if index.quarantined is not None:
                index.quarantined.unlink(missing_ok=True)
                index.quarantined = None
    store.indexes.rebuild()
    return Notice("repaired_snapshot")


def _set_files_aside(store: SqliteStore) -> Iterator[Notice]:
    if store.folder is None:
        return
    aside = store.folder / SET_ASIDE
    with store.database.write() as db, translated(aside):
        hashes = set(select(db, str, "SELECT sha256 FROM document"))
        strays = [store.files.path(name) for name in store.files.names() if name not in hashes]
        strays += lost_changes(store)
        if not strays:
            return
        aside.mkdir(exist_ok=True)
        for path in strays:
            shutil.move(path, aside / path.name)
        sync_folder(aside)
    yield Notice("repaired_files", {"count": len(strays), "folder": str(aside)})
