"""Health and verification of a store: every count against every other, every file against its hash."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import apsw

from rag.errors import NotFound
from rag.store.protocol import Report
from rag.store.rows import space_ids
from rag.store.words_written import word_problems

if TYPE_CHECKING:
    from rag.store.sqlite import SqliteStore


def health(store: SqliteStore) -> dict[str, Any]:
    """versions, counts, bytes on disk, generation. Quick: nothing is checked."""
    with store.database.read() as db:
        counts = _counts(db)
        generation = int(db.execute("SELECT value FROM meta WHERE key = 'generation'").get)
        verified = db.execute("SELECT value FROM meta WHERE key = 'verified'").get
    space = store.active_space()
    return {
        "versions": {"SQLite": apsw.sqlite_lib_version(), "apsw": apsw.apsw_version(), "FAISS": version("faiss-cpu")},
        "counts": counts,
        "bytes": _sizes(store),
        "generation": generation,
        "space": space,
        "verified": verified,
    }


def verify(store: SqliteStore) -> Report:
    """Check everything against everything. Takes as long as reading all of it."""
    problems = []
    with store.database.read() as db:
        problems += [
            f"The database is damaged: {row[0]}. Restore it from a copy."
            for row in db.execute("PRAGMA quick_check")
            if row[0] != "ok"
        ]
        problems += [
            f"A row of {row[0]} refers to a row of {row[2]} that is not there."
            for row in db.execute("PRAGMA foreign_key_check")
        ]
        counts = _counts(db)
        for space_id in space_ids(db):
            problems += _space_problems(store, db, space_id)
        hashes = [row[0] for row in db.execute("SELECT sha256 FROM document")]
    problems += [
        f"The original {sha256[:12]}… is missing or not what it was. Add the document again."
        for sha256 in hashes
        if not store.files.is_whole(sha256) and store.document_with_content(sha256) is not None
    ]
    suspects = set(store.files.names()) - set(hashes)
    with store.database.write() as db:  # files come and go inside write transactions
        extra = {
            name
            for name in suspects
            if store.files.path(name).exists()
            and not db.execute("SELECT 1 FROM document WHERE sha256 = ?", (name,)).get
        }
    if extra:
        problems.append(f"{len(extra)} files belong to no document; they can be deleted.")
    checked = datetime.now(UTC).isoformat(timespec="seconds")
    with store.database.write() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('verified', ?)", (f"{checked} {len(problems)}",))
    return Report(checked, counts, tuple(problems))


def _space_problems(store: SqliteStore, db: apsw.Connection, space_id: int) -> list[str]:
    problems = word_problems(db, space_id)
    for name, pages, stored in db.execute(
        "SELECT d.name, d.pages, count(p.id) FROM document d JOIN task t ON t.document_id = d.id AND t.space_id = ?"
        " LEFT JOIN page p ON p.document_id = d.id WHERE t.state IN ('findable', 'ready') GROUP BY d.id"
        " HAVING d.pages != count(p.id)",
        (space_id,),
    ):
        problems.append(f"{name}: {pages} pages counted, {stored} stored. Index it again.")
    for name, counted, stored, done, vectors in db.execute(
        "SELECT d.name, t.chunks, count(c.id), t.chunks_done, count(e.chunk_id) FROM task t"
        " JOIN document d ON d.id = t.document_id"
        " LEFT JOIN chunk c ON c.document_id = d.id AND c.space_id = t.space_id"
        " LEFT JOIN embedding e ON e.chunk_id = c.id WHERE t.space_id = ? AND t.state IN ('findable', 'ready')"
        " GROUP BY d.id HAVING t.chunks != count(c.id) OR t.chunks_done != count(e.chunk_id)",
        (space_id,),
    ):
        problems.append(
            f"{name}: {counted} chunks and {done} vectors counted, {stored} and {vectors} stored. Index it again."
        )
    shifted = db.execute(
        "SELECT count(*) FROM chunk c JOIN page p ON p.document_id = c.document_id AND p.number = c.page"
        ' WHERE c.space_id = ? AND substr(p.text, c.start + 1, c."end" - c.start) != c.text',
        (space_id,),
    ).get
    if shifted:
        problems.append(f"{shifted} chunks are not the text of their pages. Index the documents again.")
    dimension = db.execute("SELECT dimension FROM space WHERE id = ?", (space_id,)).get
    wrong = db.execute(
        "SELECT count(*) FROM embedding WHERE space_id = ? AND length(vector) != 4 * ?", (space_id, dimension)
    ).get
    if wrong:
        problems.append(f"{wrong} vectors have another length than the model's {dimension}. Index again.")
    index = store.index(space_id)
    differences = index.differences(db)
    if differences:
        index.rebuild(db)
        problems.append(f"{differences} vectors in memory differed from the database; they were read again.")
    if index.quarantined is not None:
        problems.append(f"A damaged snapshot was set aside as {index.quarantined.name} and made anew; delete it.")
    return problems


def _counts(db: apsw.Connection) -> dict[str, int]:
    tables = ("document", "page", "chunk", "embedding", "conversation", "turn")
    return {table: int(db.execute(f"SELECT count(*) FROM {table}").get) for table in tables}


def _sizes(store: SqliteStore) -> dict[str, int]:
    if store.folder is None:
        return {}
    sizes = {}
    for name in ("kilde.db", "kilde.db-wal", "index", "files", "models"):
        path = store.folder / name
        try:
            sizes[name] = sum(p.stat().st_size for p in ([path] if path.is_file() else path.rglob("*")) if p.is_file())
        except OSError as error:
            raise NotFound(name=name) from error
    return sizes
