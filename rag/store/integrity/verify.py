"""Health and verification of a store: every count against every other, every row and file against its sum."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from rag.core.errors import NotFound, StoreDamaged
from rag.core.types import Notice
from rag.store import rows
from rag.store.integrity import checksums
from rag.store.lexical.postings import word_problems
from rag.store.protocol import Report
from rag.store.rows import space_ids
from rag.store.vectors.index import VectorIndex

if TYPE_CHECKING:
    from rag.store.sqlite import SqliteStore

DAMAGE = frozenset({"database_damaged", "rows_damaged"})
"""Problems with which nothing may be written: it could make them worse, or lay something wrong beside what is right."""


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
    """Check everything against everything. Takes as long as reading all of it.

    Where the database is damaged, nothing is written to it from then on; where it was and is no more, it is again.
    """
    counts: dict[str, int] = {}
    problems: list[Notice] = []
    spaces: list[int] = []

    def counted(db: apsw.Connection) -> Iterable[Notice]:
        counts.update(_counts(db))
        spaces.extend(space_ids(db))
        return ()

    def look(work: Callable[[apsw.Connection], Iterable[Notice]]) -> None:
        try:
            with store.database.read() as db:
                problems.extend(work(db))
        except StoreDamaged as error:  # the rest may well be whole: it is looked at all the same
            if not error.values.get("row"):  # rows are all counted by `damaged_rows`
                problems.append(Notice("database_damaged", dict(error.values)))
        except (ValueError, TypeError, LookupError, ArithmeticError) as error:  # what is read is of another kind
            problems.append(Notice("database_damaged", {"detail": str(error)[:200]}))

    look(_structure)
    look(counted)
    look(damaged_rows)
    for space_id in spaces:
        look(partial(_space, store, space_id))
    look(partial(_file_problems, store))
    problems += [Notice("newest_lost", {"file": path.name}) for path in lost_changes(store)]
    found = _once(problems)
    damaged = [problem for problem in found if problem.code in DAMAGE]
    if damaged:
        store.database.distrust(str(damaged[0].values.get("detail", damaged[0].values.get("name", ""))))
    else:
        store.database.trust_again()
    checked = datetime.now(UTC).isoformat(timespec="seconds")
    if store.database.refusal is None:
        with store.database.write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('verified', ?)", (f"{checked} {len(found)}",))
    return Report(checked, counts, tuple(found))


def lost_changes(store: SqliteStore) -> list[Path]:
    """The copies of a `-wal` that could not be read whole, see `rag.store.integrity.wal`."""
    return sorted(store.folder.glob("kilde.db-wal.damaged-*")) if store.folder is not None else []


def _structure(db: apsw.Connection) -> Iterable[Notice]:
    for row in db.execute("PRAGMA quick_check"):
        if row[0] != "ok":
            yield Notice("database_damaged", {"detail": str(row[0]).splitlines()[-1]})
            return
    for table, _, parent, _ in db.execute("PRAGMA foreign_key_check"):
        yield Notice("row_without_parent", {"table": table, "parent": parent})
    if checksums.vfs() is not None and db.filename and int(db.reserve_bytes("main", -1)) != checksums.RESERVED:
        yield Notice("pages_without_sums")


def damaged_rows(db: apsw.Connection) -> Iterable[Notice]:
    """For each document with rows that are not what was written: its name and how many. Reads everything."""
    found: dict[str, int] = {}

    def count(name: str, read: Callable[[Any], object], row: Any) -> None:
        try:
            read(row)
        except StoreDamaged:
            found[name] = found.get(name, 0) + 1

    # LEFT JOIN: a row whose document has gone is looked at as well
    named = "coalesce(d.name, '#' || c.document_id) FROM {} c LEFT JOIN document d ON d.id = c.document_id"
    for *row, name in db.execute(f"SELECT {rows.CHUNK_COLUMNS}, {named.format('chunk')}"):
        count(name, rows.chunk, row)
    pages = ", ".join(f"c.{column.strip()}" for column in rows.PAGE_COLUMNS.split(","))
    for *row, name in db.execute(f"SELECT {pages}, {named.format('page')}"):
        count(name, rows.page, row)
    columns = ", ".join(f"e.{column}" for column in ("chunk_id", "vector", "sentences"))
    for *row, name in db.execute(
        f"SELECT {columns}, d.name FROM embedding e JOIN chunk c ON c.id = e.chunk_id"
        " JOIN document d ON d.id = c.document_id"
    ):
        count(name, _check_embedding, row)
    for name, number in found.items():
        yield Notice("rows_damaged", {"name": name, "count": number})


def _check_embedding(row: Any) -> None:
    checksums.verify_both(*row)


def _file_problems(store: SqliteStore, db: apsw.Connection) -> Iterable[Notice]:
    found: list[Any] = db.execute("SELECT sha256, name FROM document").fetchall()
    known: dict[str, str] = dict(found)
    for sha256, name in known.items():
        if not store.files.is_whole(sha256) and store.document_with_content(sha256) is not None:
            yield Notice("original_damaged", {"name": name})
    extra = extra_files(store, set(known))
    if extra:
        yield Notice("files_extra", {"count": len(extra)})


def extra_files(store: SqliteStore, known: set[str]) -> list[str]:
    """The names of files that belong to no document. known: those that do, as of a moment ago."""
    suspects = set(store.files.names()) - known
    if not suspects or store.database.refusal is not None:
        return sorted(suspects)
    with store.database.write() as db:  # files come and go inside write transactions
        return sorted(
            name
            for name in suspects
            if store.files.path(name).exists()
            and not db.execute("SELECT 1 FROM document WHERE sha256 = ?", (name,)).get
        )


def _space(store: SqliteStore, space_id: int, db: apsw.Connection) -> Iterable[Notice]:
    """What does not agree in one space."""
    yield from word_problems(db, space_id)
    yield from _count_problems(db, space_id)
    shifted = len(shifted_documents(db, space_id))
    if shifted:
        yield Notice("chunks_shifted", {"count": shifted})
    dimension = db.execute("SELECT dimension FROM space WHERE id = ?", (space_id,)).get
    wrong = db.execute(
        "SELECT count(*) FROM embedding WHERE space_id = ? AND length(vector) != 4 * ?", (space_id, dimension)
    ).get
    if wrong:
        yield Notice("vectors_other_length", {"count": wrong, "length": dimension})
        return
    index = store.index(space_id)
    differences = index.differences(db)
    if differences:
        index.rebuild(db)
        yield Notice("vectors_differ", {"count": differences})
    yield from _snapshot_problems(store, db, index)
    if index.quarantined is not None and index.quarantined.exists():
        yield Notice("snapshot_set_aside", {"file": index.quarantined.name})


def _snapshot_problems(store: SqliteStore, db: apsw.Connection, index: VectorIndex) -> Iterable[Notice]:
    """Whether what the next start would read from the disk is what the database has."""
    if index.snapshot is None or store.database.refusal is not None:
        return
    saved = VectorIndex(index.space_id, index.snapshot, store.snapshot_digest(index.space_id))
    index.quarantined = index.quarantined or saved.quarantined
    differences = saved.differences(db) if len(saved) else 0
    if differences:
        yield Notice("snapshot_differs", {"count": differences})


def _count_problems(db: apsw.Connection, space_id: int) -> Iterable[Notice]:
    for name, pages, there in db.execute(
        "SELECT d.name, d.pages, count(p.id) FROM document d JOIN task t ON t.document_id = d.id AND t.space_id = ?"
        " LEFT JOIN page p ON p.document_id = d.id WHERE t.state IN ('findable', 'ready') GROUP BY d.id"
        " HAVING d.pages != count(p.id)",
        (space_id,),
    ):
        yield Notice("pages_differ", {"name": name, "counted": pages, "stored": there})
    for name, counted, there, done, vectors in db.execute(
        "SELECT d.name, t.chunks, count(c.id), t.chunks_done, count(e.chunk_id) FROM task t"
        " JOIN document d ON d.id = t.document_id"
        " LEFT JOIN chunk c ON c.document_id = d.id AND c.space_id = t.space_id"
        " LEFT JOIN embedding e ON e.chunk_id = c.id WHERE t.space_id = ? AND t.state IN ('findable', 'ready')"
        " GROUP BY d.id HAVING t.chunks != count(c.id) OR t.chunks_done != count(e.chunk_id)"
        " OR (t.state = 'ready' AND count(c.id) != count(e.chunk_id))",
        (space_id,),
    ):
        yield Notice(
            "chunks_differ",
            {"name": name, "counted": counted, "stored": there, "vectors_counted": done, "vectors_stored": vectors},
        )


def shifted_documents(db: apsw.Connection, space_id: int) -> list[int]:
    """For each chunk that is not the text of its page the id of its document."""
    found = db.execute(
        "SELECT c.document_id FROM chunk c JOIN page p ON p.document_id = c.document_id AND p.number = c.page"
        ' WHERE c.space_id = ? AND substr(p.text, c.start + 1, c."end" - c.start) != c.text',
        (space_id,),
    )
    return [int(row[0]) for row in found]


def _once(problems: Iterable[Notice]) -> list[Notice]:
    """Each of them once, in order."""
    kept: list[Notice] = []
    for problem in problems:
        if problem not in kept:
            kept.append(problem)
    return kept


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
