"""Verifies a store: counts against each other, and rows and files against their checksums."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import apsw

from rag.core.errors import StoreDamaged
from rag.core.types import Notice
from rag.store.integrity import checksums
from rag.store.lexical.index import index_problems, is_about_index
from rag.store.rows import CHUNK_COLUMNS, PAGE_COLUMNS, ChunkRow, PageRow, select, select_dict, space_ids
from rag.store.sqlite import SqliteStore
from rag.store.values import Report
from rag.store.vectors.index import VectorIndex

DAMAGE = frozenset({"database_damaged", "rows_damaged"})
"""Problems that forbid writing, which could make them worse or mix wrong data with right data."""
_TABLES = ("document", "page", "chunk", "embedding", "conversation", "turn")


def verify(store: SqliteStore) -> Report:
    """Check the consistency of everything. Takes as long as reading the whole store.

    If the database is damaged, writing is refused from then on; if it was and no longer is, writing is allowed again.
    """
    counts: dict[str, int] = {}
    spaces: list[int] = []
    problems: list[Notice] = []

    def count(db: apsw.Connection) -> Iterable[Notice]:
        counts.update(count_rows(db))
        spaces.extend(space_ids(db))
        return ()

    def check(problems_of: Callable[[apsw.Connection], Iterable[Notice]]) -> None:
        try:
            with store.database.read() as db:
                problems.extend(problems_of(db))
        except StoreDamaged as error:  # the rest may be intact and is checked nevertheless
            if not error.values.get("row"):  # damaged rows are counted by `damaged_rows`
                problems.append(Notice("database_damaged", dict(error.values)))
        except (ValueError, TypeError, LookupError, ArithmeticError) as error:  # a value of an unexpected type
            problems.append(Notice("database_damaged", {"detail": str(error)[:200]}))

    check(_structure_problems)
    check(count)
    check(damaged_rows)
    for space_id in spaces:
        check(partial(_space_problems, store, space_id))
    check(partial(_file_problems, store))
    problems += [Notice("newest_lost", {"file": path.name}) for path in lost_changes(store)]
    distinct: list[Notice] = []
    for problem in problems:
        if problem not in distinct:
            distinct.append(problem)
    damage = next((problem.values for problem in distinct if problem.code in DAMAGE), None)
    if damage is not None:
        store.database.distrust(str(damage.get("detail", damage.get("name", ""))))
    else:
        store.database.trust_again()
    checked = datetime.now(UTC).isoformat(timespec="seconds")
    if store.refusal is None:
        with store.database.write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('verified', ?)", (f"{checked} {len(distinct)}",))
    return Report(checked, counts, tuple(distinct))


def lost_changes(store: SqliteStore) -> list[Path]:
    """Copies of `-wal` files that could not be read completely, see `rag.store.integrity.wal`."""
    return sorted(store.folder.glob("kilde.db-wal.damaged-*")) if store.folder is not None else []


def count_rows(db: apsw.Connection) -> dict[str, int]:
    """The number of rows by table."""
    return {table: int(db.execute(f"SELECT count(*) FROM {table}").get) for table in _TABLES}


def _structure_problems(db: apsw.Connection) -> Iterator[Notice]:
    for message in select(db, str, "PRAGMA quick_check"):
        if message != "ok" and not is_about_index(message):
            yield Notice("database_damaged", {"detail": message.splitlines()[-1]})
            return
    for table, _, parent, _ in db.execute("PRAGMA foreign_key_check"):
        yield Notice("row_without_parent", {"table": table, "parent": parent})
    if checksums.vfs() is not None and db.filename and int(db.reserve_bytes("main", -1)) != checksums.RESERVED:
        yield Notice("pages_without_sums")


def damaged_rows(db: apsw.Connection) -> Iterator[Notice]:
    """Name and number of damaged rows, for each document that has any. Reads everything."""
    damaged: Counter[str] = Counter()

    def check(query: str, read: Callable[..., object]) -> None:
        for name, *columns in db.execute(query):
            try:
                read(*columns)
            except StoreDamaged:
                damaged[str(name)] += 1

    # LEFT JOIN also checks rows whose document was deleted
    named = "SELECT coalesce(d.name, '#' || c.document_id), {} FROM {} c LEFT JOIN document d ON d.id = c.document_id"
    check(named.format(CHUNK_COLUMNS, "chunk"), lambda *columns: ChunkRow(*columns).chunk())
    page_columns = ", ".join(f"c.{column.strip()}" for column in PAGE_COLUMNS.split(","))
    check(named.format(page_columns, "page"), lambda *columns: PageRow(*columns).page())
    check(
        "SELECT d.name, e.chunk_id, e.vector, e.sentences FROM embedding e JOIN chunk c ON c.id = e.chunk_id"
        " JOIN document d ON d.id = c.document_id",
        checksums.verify_both,
    )
    for name, count in damaged.items():
        yield Notice("rows_damaged", {"name": name, "count": count})


def _file_problems(store: SqliteStore, db: apsw.Connection) -> Iterator[Notice]:
    names = select_dict(db, str, str, "SELECT sha256, name FROM document")
    for sha256, name in names.items():
        if not store.files.is_whole(sha256) and store.documents.with_content(sha256) is not None:
            yield Notice("original_damaged", {"name": name})
    count = _count_extra_files(store, set(names))
    if count:
        yield Notice("files_extra", {"count": count})


def _count_extra_files(store: SqliteStore, document_hashes: set[str]) -> int:
    """The number of files without a document. document_hashes: read shortly before."""
    suspects = set(store.files.names()) - document_hashes
    if not suspects or store.refusal is not None:
        return len(suspects)
    with store.database.write() as db:  # files are added and removed inside write transactions
        return sum(
            store.files.path(name).exists() and not db.execute("SELECT 1 FROM document WHERE sha256 = ?", (name,)).get
            for name in suspects
        )


def _space_problems(store: SqliteStore, space_id: int, db: apsw.Connection) -> Iterator[Notice]:
    yield from index_problems(db, space_id)
    yield from _count_problems(db, space_id)
    shifted = len(shifted_documents(db, space_id))
    if shifted:
        yield Notice("chunks_shifted", {"count": shifted})
    dimension = db.execute("SELECT dimension FROM space WHERE id = ?", (space_id,)).get
    other_length = db.execute(
        "SELECT count(*) FROM embedding WHERE space_id = ? AND length(vector) != 4 * ?", (space_id, dimension)
    ).get
    if other_length:
        yield Notice("vectors_other_length", {"count": other_length, "length": dimension})
        return
    index = store.indexes.of(space_id)
    differences = index.differences(db)
    if differences:
        index.rebuild(db)
        yield Notice("vectors_differ", {"count": differences})
    yield from _snapshot_problems(store, db, index)
    if index.quarantined is not None and index.quarantined.exists():
        yield Notice("snapshot_set_aside", {"file": index.quarantined.name})


def _snapshot_problems(store: SqliteStore, db: apsw.Connection, index: VectorIndex) -> Iterator[Notice]:
    """Compares the snapshot for the next start with the database."""
    if index.snapshot is None or store.refusal is not None:
        return
    saved = VectorIndex(index.space_id, index.snapshot, store.indexes.snapshot_record(index.space_id))
    index.quarantined = index.quarantined or saved.quarantined
    differences = saved.differences(db) if len(saved) else 0
    if differences:
        yield Notice("snapshot_differs", {"count": differences})


def _count_problems(db: apsw.Connection, space_id: int) -> Iterator[Notice]:
    for name, pages, stored in db.execute(
        "SELECT d.name, d.pages, count(p.id) FROM document d JOIN task t ON t.document_id = d.id AND t.space_id = ?"
        " LEFT JOIN page p ON p.document_id = d.id WHERE t.state IN ('findable', 'ready') GROUP BY d.id"
        " HAVING d.pages != count(p.id)",
        (space_id,),
    ):
        yield Notice("pages_differ", {"name": name, "counted": pages, "stored": stored})
    for name, chunks, stored, chunks_done, vectors in db.execute(
        "SELECT d.name, t.chunks, count(c.id), t.chunks_done, count(e.chunk_id) FROM task t"
        " JOIN document d ON d.id = t.document_id"
        " LEFT JOIN chunk c ON c.document_id = d.id AND c.space_id = t.space_id"
        " LEFT JOIN embedding e ON e.chunk_id = c.id WHERE t.space_id = ? AND t.state IN ('findable', 'ready')"
        " GROUP BY d.id HAVING t.chunks != count(c.id) OR t.chunks_done != count(e.chunk_id)"
        " OR (t.state = 'ready' AND count(c.id) != count(e.chunk_id))",
        (space_id,),
    ):
        values = {
            "name": name,
            "counted": chunks,
            "stored": stored,
            "vectors_counted": chunks_done,
            "vectors_stored": vectors,
        }
        yield Notice("chunks_differ", values)


def shifted_documents(db: apsw.Connection, space_id: int) -> list[int]:
    """For each chunk that differs from the text of its page, the id of its document."""
    query = (
        "SELECT c.document_id FROM chunk c JOIN page p ON p.document_id = c.document_id AND p.number = c.page"
        ' WHERE c.space_id = ? AND substr(p.text, c.start + 1, c."end" - c.start) != c.text'
    )
    return list(select(db, int, query, (space_id,)))
