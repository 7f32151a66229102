"""The store on SQLite: documents, chunks, words, vectors and the queue, with a FAISS view of the vectors."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from rag.core.errors import AlreadyThere, DocumentGone, NameInUse, NameTaken, NotFound
from rag.core.types import Chunk, Document, Notice, Page, Parsed, Place, Scope, Space, State
from rag.store import rows
from rag.store import search as finding
from rag.store.connection import Database, translated
from rag.store.files import Files, make_folder, sweep
from rag.store.integrity import checksums as sums
from rag.store.integrity import repair as mending
from rag.store.integrity import verify as checks
from rag.store.integrity.crash_points import crash_point
from rag.store.lexical import postings
from rag.store.lexical import search as words
from rag.store.neighbours import neighbours
from rag.store.protocol import Candidate, Exported, Report, SpaceProgress, Task, Vector
from rag.store.vectors.index import VectorIndex

_ENDED = (State.READY, State.STOPPED, State.FAILED)


class SqliteStore:
    """A store in a folder, or in memory (originals then lie in a temporary folder) where `folder` is None.

    Raises the errors under `rag.core.errors.StoreError`.
    """

    def __init__(self, folder: Path | None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="kilde-") if folder is None else None
        self.folder = folder
        root = folder or Path(self._temporary.name if self._temporary else "")
        if folder is not None:
            with translated(folder / "kilde.db"):
                make_folder(folder)
        self.database = Database(folder / "kilde.db" if folder else None)
        self.files = Files(root / "files")
        if self.database.refusal is None:
            sweep(self.files.folder)
        self._indexes: dict[int, VectorIndex] = {}
        self._indexes_guard = threading.Lock()

    def capabilities(self) -> frozenset[str]:
        return frozenset({"dense", "lexical", "filter", "export"})

    # spaces ------------------------------------------------------------------------------------------------

    def ensure_space(self, space: Space) -> Space:
        """The active space; made from `space` where there is none yet."""
        active = self.active_space()
        if active is not None:
            return active
        with self.database.write() as db:
            row = _space_row(db, "active")
            return rows.space(row) if row else self._insert_space(db, space, "active")

    def active_space(self) -> Space | None:
        return self._space("active")

    def building_space(self) -> Space | None:
        return self._space("building")

    def bind_space(self, space_id: int, space: Space) -> Space:
        """Record what the model turned out to be. Only a space without vectors can be bound."""
        with self.database.write() as db:
            db.execute(
                "UPDATE space SET model = ?, revision = ?, dimension = ?, query_prefix = ?, passage_prefix = ?"
                " WHERE id = ? AND NOT EXISTS (SELECT 1 FROM embedding WHERE space_id = space.id)",
                (space.model, space.revision, space.dimension, space.query_prefix, space.passage_prefix, space_id),
            )
            row = db.execute(f"SELECT {rows.SPACE_COLUMNS} FROM space WHERE id = ?", (space_id,)).fetchone()
        if row is None:
            raise NotFound(name=f"space {space_id}")
        return rows.space(row)

    def begin_space(self, space: Space) -> Space:
        """A new space beside the active one, with every document waiting for it. One begun earlier is dropped."""
        with self.database.write() as db:
            self._drop_building(db)
            space = self._insert_space(db, space, "building")
            db.execute(
                "INSERT INTO task(document_id, space_id, state, notices, pages)"
                " SELECT t.document_id, ?, iif(t.state = 'stopped' AND t.chunks = 0, 'stopped', 'waiting'), '[]',"
                " t.pages FROM task t JOIN space s ON s.id = t.space_id WHERE s.state = 'active'",
                (space.id,),
            )
        return space

    def drop_building_space(self) -> None:
        with self.database.write() as db:
            self._drop_building(db)

    def switch_space(self) -> Space:
        """The space being built becomes the active one, and the old one goes, in one transaction.

        Raises NotFound where none is being built, or where it is not complete.
        """
        with self.database.write() as db:
            row = _space_row(db, "building")
            if row is None or _open_tasks(db, row[7]):
                raise NotFound(name="space")
            old = _space_row(db, "active")
            if old is not None:
                self._drop_space(db, old[7])
            crash_point("switch: old space dropped")
            db.execute("UPDATE space SET state = 'active' WHERE id = ?", (row[7],))
            return rows.space(row)

    # documents ---------------------------------------------------------------------------------------------

    def accept(self, name: str, media_type: str, data: bytes, *, replaces: int | None = None) -> Document:
        """Keep a file and queue it; durable on return.

        replaces: a document of the same name, which goes in the moment the new one can be found.
        Raises AlreadyThere for a content, whose original is then whole again, and NameTaken for a name, that is in the
        store.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        superseded: str | None = None
        with self.database.write() as db:
            same = db.execute("SELECT name FROM document WHERE sha256 = ?", (sha256,)).fetchone()
            if same is not None:
                self.files.put(data)  # the original may have gone, or be damaged
                raise AlreadyThere(name=same[0])
            older = db.execute("SELECT replaces FROM document WHERE id = ?", (replaces,)).get
            if older is not None:
                # it never became findable: the new one takes its place in the queue
                superseded, replaces = self._delete(db, replaces), older  # type: ignore[arg-type]
            if db.execute("SELECT 1 FROM document WHERE name = ? AND id IS NOT ?", (name, replaces)).get:
                raise NameTaken(name=name)
            # inside the transaction: no deletion of the same content may come between the file and its row
            self.files.put(data)
            added = datetime.now(UTC).isoformat(timespec="seconds")
            db.execute(
                "INSERT INTO document(name, media_type, sha256, size, added, replaces) VALUES (?, ?, ?, ?, ?, ?)",
                (name, media_type, sha256, len(data), added, replaces),
            )
            document_id = db.last_insert_rowid()
            crash_point("add: row written")
            db.execute(
                "INSERT INTO task(document_id, space_id, state) SELECT ?, id, 'waiting' FROM space", (document_id,)
            )
        self._remove_files([superseded])
        return Document(document_id, name, media_type, sha256, len(data), added, State.WAITING)

    def list_documents(self) -> list[Document]:
        """Newest first."""
        return self._documents("TRUE")

    def count_documents(self) -> int:
        """How many there are, in any state."""
        with self.database.read() as db:
            return int(db.execute("SELECT count(*) FROM document").get)

    def document(self, document_id: int) -> Document | None:
        """None where it has gone."""
        return next(iter(self._documents("d.id = ?", document_id)), None)

    def document_named(self, name: str) -> Document | None:
        """The newest of that name: there are two while one waits to replace the other."""
        return next(iter(self._documents("d.name = ?", name)), None)

    def document_with_content(self, sha256: str) -> Document | None:
        """None where no document has this content."""
        return next(iter(self._documents("d.sha256 = ?", sha256)), None)

    def _documents(self, condition: str, *values: Any) -> list[Document]:
        with self.database.read() as db:
            return [
                rows.document(row)
                for row in db.execute(
                    f"SELECT {rows.DOCUMENT_COLUMNS} FROM document d LEFT JOIN task t ON t.document_id = d.id"
                    f" AND t.space_id = (SELECT id FROM space WHERE state = 'active') WHERE {condition}"
                    " ORDER BY d.id DESC",
                    values,
                )
            ]

    def original(self, sha256: str) -> Path:
        """Where the file is. Raises NotFound."""
        path = self.files.path(sha256)
        if not path.exists():
            raise DocumentGone
        return path

    def rename_document(self, document_id: int, name: str) -> None:
        """Raises NameInUse, DocumentGone."""
        with self.database.write() as db:
            if db.execute("SELECT 1 FROM document WHERE name = ? AND id != ?", (name, document_id)).get:
                raise NameInUse(name=name)
            db.execute("UPDATE document SET name = ? WHERE id = ?", (name, document_id))
            if not db.changes():
                raise DocumentGone
            # under its new name it is no longer what a waiting replacement was to take the place of
            db.execute("UPDATE document SET replaces = NULL WHERE replaces = ?", (document_id,))
            next_generation(db)  # what is shown of its pages bears the name

    def set_tags(self, ids: Collection[int], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Documents that are not there are passed over."""
        added, removed = list(add), list(remove)
        with self.database.write() as db:
            for document_id in ids:
                db.executemany(
                    "DELETE FROM tag WHERE document_id = ? AND name = ?", ((document_id, name) for name in removed)
                )
                db.executemany(
                    "INSERT OR IGNORE INTO tag SELECT id, ? FROM document WHERE id = ?",
                    ((name, document_id) for name in added),
                )

    def tags(self) -> dict[str, int]:
        """All tags in use, by name, with how many documents bear each."""
        with self.database.read() as db:
            found: list[Any] = db.execute("SELECT name, count(*) FROM tag GROUP BY name ORDER BY name").fetchall()
        return dict(found)

    def documents_in(self, scope: Scope) -> set[int] | None:
        """The ids of the documents that are in a scope and still there; None means all."""
        if not scope:
            return None
        with self.database.read() as db:
            found = db.execute(
                f"SELECT id FROM document WHERE id IN ({','.join('?' * len(scope.documents))}) OR id IN"
                f" (SELECT document_id FROM tag WHERE name IN ({','.join('?' * len(scope.tags))}))",
                (*scope.documents, *scope.tags),
            )
            return {row[0] for row in found}

    def delete_documents(self, ids: Collection[int]) -> None:
        """On return nothing of them can be found. Those that are not there are passed over."""
        with self.database.write() as db:
            gone = [sha256 for document_id in ids if (sha256 := self._delete(db, document_id))]
        # after the commit: a file without a row is only waste, a row without a file would be a loss
        self._remove_files(gone)

    # the way in --------------------------------------------------------------------------------------------

    def put_document(
        self, document_id: int, space_id: int, parsed: Parsed | None, chunks: Sequence[Chunk], language: str
    ) -> bool:
        """Make a document findable by its words: pages (where `parsed` is given) and chunks, in one transaction.

        A document that it replaces goes in the same transaction. Returns False, and does nothing, where the
        document or space has gone or the task was stopped meanwhile.
        """
        with self.database.write() as db:
            state = db.execute(
                "SELECT state FROM task WHERE document_id = ? AND space_id = ?", (document_id, space_id)
            ).get
            if state not in (State.WAITING, State.READING):
                return False
            if parsed is not None:
                _put_pages(db, document_id, parsed, language)
            crash_point("index: pages written")
            replaced = db.execute("SELECT replaces FROM document WHERE id = ?", (document_id,)).get
            if replaced:  # what the user said of the old one holds for the new one
                db.execute(
                    "INSERT OR IGNORE INTO tag SELECT ?, name FROM tag WHERE document_id = ?", (document_id, replaced)
                )
                _move_scopes(db, replaced, document_id)
            gone = self._delete(db, replaced) if replaced else None
            db.execute("UPDATE document SET replaces = NULL WHERE id = ?", (document_id,))
            _remove_chunks(db, document_id, space_id)
            crash_point("index: old chunks removed")
            ids = _insert_chunks(db, document_id, space_id, chunks)
            crash_point("index: chunks written")
            postings.add_words(db, space_id, zip(ids, chunks, strict=True), language)
            crash_point("index: words written")
            db.execute(
                "UPDATE task SET state = ?, chunks = ?, chunks_done = 0, pages_done = pages, notices = ?"
                " WHERE document_id = ? AND space_id = ?",
                (
                    State.FINDABLE if chunks else State.READY,
                    len(chunks),
                    rows.notices_json(parsed.notices if parsed else _notices(db, document_id)),
                    document_id,
                    space_id,
                ),
            )
        self._remove_files([gone])
        return True

    def put_vectors(
        self, space_id: int, chunk_ids: Sequence[int], vectors: Vector, sentences: Sequence[Vector]
    ) -> None:
        """Keep a batch of vectors, (n, d) float32, and those of each chunk's sentences, n times (s, d).

        Chunks that have gone meanwhile are passed over; doubles replace what was there.
        """
        with self.database.write() as db:
            known = {
                row[0]: row[1]
                for row in db.execute(
                    "SELECT id, document_id FROM chunk WHERE space_id = ?"
                    f" AND id IN ({','.join('?' * len(chunk_ids))})"
                    " AND id NOT IN (SELECT chunk_id FROM embedding)",
                    (space_id, *chunk_ids),
                )
            }
            generation = next_generation(db)
            db.executemany(
                "INSERT INTO embedding(chunk_id, space_id, generation, vector, sentences) VALUES (?, ?, ?, ?, ?)",
                (
                    (chunk_id, space_id, generation, *_blobs(chunk_id, vector, parts))
                    for chunk_id, vector, parts in zip(chunk_ids, vectors, sentences, strict=True)
                    if chunk_id in known
                ),
            )
            crash_point("index: vectors written")
            for document_id in set(known.values()):
                _recount(db, document_id, space_id)

    def recount(self, document_id: int, space_id: int) -> None:
        """Set a task's counters by the rows, and its state by the counters."""
        with self.database.write() as db:
            _recount(db, document_id, space_id)

    def pages(self, document_id: int) -> list[Page]:
        with self.database.read() as db:
            found = db.execute(
                f"SELECT {rows.PAGE_COLUMNS} FROM page WHERE document_id = ? ORDER BY number", (document_id,)
            )
            return [rows.page(row) for row in found]

    def pages_by_ocr(self, sha256: str) -> set[int]:
        """The numbers of those pages of the document with this content whose text was recognised in a picture."""
        with self.database.read() as db:
            found = db.execute(
                "SELECT p.number FROM page p JOIN document d ON d.id = p.document_id WHERE d.sha256 = ? AND p.ocr",
                (sha256,),
            )
            return {row[0] for row in found}

    def chunks_without_vectors(self, space_id: int, n: int, document_id: int | None = None) -> list[Chunk]:
        """The next n chunks of a space to embed; of one document where it is given.

        Documents that lack the fewest come first, so that none waits behind a large one; those that were stopped are
        left out.
        """
        chunks: list[Chunk] = []
        with self.database.read() as db:
            documents: list[Any] = db.execute(
                "SELECT document_id FROM task WHERE space_id = ?1 AND state = 'findable'"
                " AND (?2 IS NULL OR document_id = ?2) ORDER BY chunks - chunks_done, document_id LIMIT ?3",
                (space_id, document_id, n),
            ).fetchall()
            for (of,) in documents:
                found = db.execute(
                    f"SELECT {rows.CHUNK_COLUMNS} FROM chunk c LEFT JOIN embedding e ON e.chunk_id = c.id"
                    " WHERE c.document_id = ? AND c.space_id = ? AND e.chunk_id IS NULL ORDER BY c.ordinal LIMIT ?",
                    (of, space_id, n - len(chunks)),
                )
                chunks += [rows.chunk(row) for row in found]
                if len(chunks) == n:
                    break
        return chunks

    # finding -----------------------------------------------------------------------------------------------

    def search(
        self,
        vector: Vector | None,
        stems: Sequence[Sequence[str]],
        n: int,
        documents: Collection[int] | None = None,
        space_id: int | None = None,
        page: int | None = None,
        pinned: Collection[Place] = (),
    ) -> list[Candidate]:
        """Up to n candidates by meaning and n by words, from the active space.

        vector: (d,) float32, L2-normalised, or None to search by words alone. stems: the words of the question,
        each with its alternatives. documents: ids to search in; None means all. page: of `documents`.
        pinned: passages that are candidates in any case.
        """
        with self.database.read() as db:
            row = _space_row(db, "active")
            if row is None:
                return []
            if space_id is not None and row[7] != space_id:
                raise NotFound(name="space")  # the vector belongs to another one
            return finding.search(db, row[7], self.index(row[7]), vector, stems, n, documents, page, pinned)

    def get_chunks(self, ids: Collection[int]) -> list[Chunk]:
        """In the order of `ids`; those that are gone are left out."""
        with self.database.read() as db:
            row = _space_row(db, "active")
            found = finding.get_chunks(db, row[7], ids) if row else {}
            return [found[i][0] for i in ids if i in found]

    def around(self, ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
        """By chunk id the text and language of the chunk before it and of the one after it, where there are such."""
        with self.database.read() as db:
            row = _space_row(db, "active")
            return neighbours(db, row[7], ids) if row else {}

    def sentence_vectors(self, ids: Collection[int]) -> dict[int, Vector]:
        with self.database.read() as db:
            return finding.sentence_vectors(db, ids)

    def chunks_of(self, document_id: int) -> list[Chunk]:
        """All chunks of a document in the active space, in order."""
        with self.database.read() as db:
            found = db.execute(
                f"SELECT {rows.CHUNK_COLUMNS} FROM chunk c WHERE c.document_id = ?"
                " AND c.space_id = (SELECT id FROM space WHERE state = 'active') ORDER BY c.ordinal",
                (document_id,),
            )
            return [rows.chunk(row) for row in found]

    def embedded(self, document_id: int) -> set[int]:
        """The ids of those chunks of a document that have a vector in the active space."""
        with self.database.read() as db:
            found = db.execute(
                "SELECT c.id FROM chunk c JOIN embedding e ON e.chunk_id = c.id WHERE c.document_id = ?"
                " AND c.space_id = (SELECT id FROM space WHERE state = 'active')",
                (document_id,),
            )
            return {row[0] for row in found}

    def rarity(self, stems: Collection[str]) -> dict[str, float]:
        """How telling each stem is: its inverse document frequency over the chunks of the active space."""
        with self.database.read() as db:
            row = _space_row(db, "active")
            return words.rarity(db, row[7], stems) if row else dict.fromkeys(stems, 0.0)

    def languages(self) -> list[str]:
        """The languages of the chunks in the active space, the commonest first."""
        with self.database.read() as db:
            found = db.execute(
                "SELECT language FROM document WHERE language != '' GROUP BY language ORDER BY count(*) DESC"
            )
            return [row[0] for row in found]

    def index(self, space_id: int) -> VectorIndex:
        """The vectors of a space in memory."""
        with self._indexes_guard:
            if space_id not in self._indexes:
                snapshot = self.folder / "index" / f"space-{space_id}.faiss" if self.folder else None
                digest = self.snapshot_digest(space_id) if snapshot else ""
                self._indexes[space_id] = VectorIndex(space_id, snapshot, digest)
            return self._indexes[space_id]

    # the queue ---------------------------------------------------------------------------------------------

    def tasks(self, *states: State, most: int | None = None, smallest_first: bool = False) -> list[Task]:
        """Those in the given states, of the active space first, oldest first; at most so many of each space.

        smallest_first: by the size of the file instead. None where nothing can be written: then nothing is under way.
        """
        if self.database.refusal is not None:
            return []
        order = "d.size, d.id" if smallest_first else "d.id"
        with self.database.read() as db:
            spaces = {
                row[7]: rows.space(row)
                for row in db.execute(f"SELECT {rows.SPACE_COLUMNS} FROM space ORDER BY state = 'building'")
            }
            found = []
            for space_id, space in spaces.items():
                for row in db.execute(
                    f"SELECT {rows.DOCUMENT_COLUMNS} FROM task t JOIN document d ON d.id = t.document_id"
                    f" WHERE t.space_id = ? AND t.state IN ({','.join('?' * len(states))}) ORDER BY {order} LIMIT ?",
                    (space_id, *states, -1 if most is None else most),
                ):
                    document = rows.document(row)
                    found.append(Task(document, space, document.state))
            return found

    def set_state(self, document_id: int, space_id: int, state: State, notices: Sequence[Notice] = ()) -> bool:
        """False where the task has gone."""
        with self.database.write() as db:
            db.execute(
                "UPDATE task SET state = ?, notices = ? WHERE document_id = ? AND space_id = ?",
                (state, rows.notices_json(notices), document_id, space_id),
            )
            return bool(db.changes())

    def claim(self, document_id: int, space_id: int) -> bool:
        """Begin to read a document. False where it is no longer waiting."""
        with self.database.write() as db:
            db.execute(
                "UPDATE task SET state = 'reading', pages_done = 0 WHERE document_id = ? AND space_id = ?"
                " AND state = 'waiting'",
                (document_id, space_id),
            )
            return bool(db.changes())

    def set_pages_done(self, document_id: int, space_id: int, done: int, pages: int) -> None:
        with self.database.write() as db:
            db.execute(
                "UPDATE task SET pages_done = ?, pages = ? WHERE document_id = ? AND space_id = ?",
                (done, pages, document_id, space_id),
            )

    def stop_tasks(self, ids: Collection[int] | None) -> None:
        """Stop the indexing of some documents, or of all, in the active space; what was made stays."""
        with self.database.write() as db:
            chosen = "" if ids is None else f" AND document_id IN ({','.join('?' * len(ids))})"
            db.execute(
                "UPDATE task SET state = 'stopped' WHERE state IN ('waiting', 'reading', 'findable')"
                f" AND space_id = (SELECT id FROM space WHERE state = 'active'){chosen}",
                tuple(ids or ()),
            )
            # one of which nothing can be found is not read for a space being built either
            db.execute(
                "UPDATE task SET state = 'stopped' WHERE state IN ('waiting', 'reading') AND document_id IN (SELECT"
                " t.document_id FROM task t JOIN space s ON s.id = t.space_id WHERE s.state = 'active'"
                " AND t.state = 'stopped' AND t.chunks = 0)"
            )

    def queue_again(self, ids: Collection[int]) -> None:
        """Read and index documents anew. Until that is done, they are found as before."""
        with self.database.write() as db:
            for document_id in ids:
                db.execute(
                    "UPDATE task SET state = 'waiting', notices = '[]' WHERE document_id = ?"
                    " AND (state IN ('failed', 'stopped') OR space_id = (SELECT id FROM space WHERE state = 'active'))",
                    (document_id,),
                )
                sha256 = db.execute("SELECT sha256 FROM document WHERE id = ?", (document_id,)).get
                if sha256 is not None and self.files.path(sha256).exists():
                    # without its pages it is read again from the original
                    db.execute("DELETE FROM page WHERE document_id = ?", (document_id,))

    def read_again(self, ids: Collection[int]) -> None:
        """Forget all that was made of documents, and make it anew from the originals; meanwhile they are not found."""
        with self.database.write() as db:
            for document_id in ids:
                for space_id in rows.space_ids(db):
                    _remove_chunks(db, document_id, space_id)
                db.execute("DELETE FROM page WHERE document_id = ?", (document_id,))
                db.execute(
                    "UPDATE task SET state = 'waiting', notices = '[]', chunks = 0, chunks_done = 0, pages_done = 0"
                    " WHERE document_id = ?",
                    (document_id,),
                )

    def resume_stopped(self, ids: Collection[int]) -> None:
        """Go on with documents that were stopped, from where they were."""
        with self.database.write() as db:
            db.execute(
                "UPDATE task SET state = iif(chunks > 0 AND EXISTS (SELECT 1 FROM page p WHERE p.document_id ="
                " task.document_id), 'findable', 'waiting')"
                f" WHERE state = 'stopped' AND document_id IN ({','.join('?' * len(ids))})",
                tuple(ids),
            )

    def recover_tasks(self, being_read: Collection[tuple[int, int]] = ()) -> None:
        """What a worker was reading when it ended waits again. Only for who holds the worker's lock.

        being_read: documents and spaces that it is reading now.
        """
        with self.database.write() as db:
            left = db.execute("SELECT document_id, space_id FROM task WHERE state = 'reading'").fetchall()
            db.executemany(
                "UPDATE task SET state = 'waiting' WHERE document_id = ? AND space_id = ?", set(left) - set(being_read)
            )

    def accept_partial(self, document_id: int) -> None:
        """The user knows that a document was read in part: what says so asks no more."""
        with self.database.write() as db:
            found: list[Any] = db.execute(
                "SELECT space_id, notices FROM task WHERE document_id = ?", (document_id,)
            ).fetchall()
            for space_id, notices in found:
                kept = [replace(n, values={**n.values, "kept": True}) if n.asks else n for n in rows.notices(notices)]
                db.execute(
                    "UPDATE task SET notices = ? WHERE document_id = ? AND space_id = ?",
                    (rows.notices_json(kept), document_id, space_id),
                )

    def space_progress(self, space_id: int) -> SpaceProgress:
        with self.database.read() as db:
            counted: list[Any] = db.execute(
                "SELECT state, count(*) FROM task WHERE space_id = ? GROUP BY state", (space_id,)
            ).fetchall()
            sums: Any = db.execute(
                "SELECT sum(pages), sum(pages_done), sum(chunks), sum(chunks_done) FROM task WHERE space_id = ?"
                " AND state NOT IN ('failed', 'stopped')",
                (space_id,),
            ).fetchone()
        states: dict[str, int] = dict(counted)
        pages, pages_done, chunks, chunks_done = (int(n or 0) for n in sums)
        return SpaceProgress(
            documents=sum(states.values()),
            documents_ready=sum(states.get(s, 0) for s in _ENDED),
            pages=pages,
            pages_done=pages_done,
            chunks=chunks,
            chunks_done=chunks_done,
            states=states,
        )

    # care --------------------------------------------------------------------------------------------------

    def iter_export(self) -> Iterator[Exported]:
        """All chunks of the active space with their vectors, of one moment, by document and order."""
        with self.database.read() as db:
            row = _space_row(db, "active")
            if row is None:
                return
            for found in db.execute(
                f"SELECT {rows.CHUNK_COLUMNS}, e.vector, e.sentences FROM chunk c LEFT JOIN embedding e"
                " ON e.chunk_id = c.id WHERE c.space_id = ? ORDER BY c.document_id, c.ordinal",
                (row[7],),
            ):
                yield exported(found)

    def generation(self) -> int:
        """Counts the changes of what can be searched."""
        with self.database.read() as db:
            return int(db.execute("SELECT value FROM meta WHERE key = 'generation'").get)

    def health(self) -> dict[str, Any]:
        return checks.health(self)

    def verify(self, *, repair: bool = False) -> Report:
        """Check everything against everything. repair: make anew what is derived, and say what is left."""
        return mending.repair(self) if repair else checks.verify(self)

    def lost_changes(self) -> list[Path]:
        """Copies of a `-wal` that could not be read whole after a crash."""
        return checks.lost_changes(self)

    def rebuild(self) -> None:
        """Make what is derived anew: the vectors in memory and their snapshot."""
        with self.database.read() as db:
            row = _space_row(db, "active")
            if row is not None:
                self.index(row[7]).rebuild(db)
        self.save_snapshot()

    def save_snapshot(self) -> None:
        """Write the vectors of the active space beside the database, and drop snapshots of spaces that have gone."""
        active = self.active_space()
        if active is None or self.folder is None or self.database.refusal is not None:
            return
        index = self.index(active.id)
        with self.database.read() as db:
            index.catch_up(db)
        digest = index.save()
        crash_point("snapshot: written")
        if digest:
            with self.database.write() as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"snapshot-{active.id}", digest))
        building = self.building_space()
        kept = {f"space-{space.id}" for space in (active, building) if space is not None}
        for path in (self.folder / "index").glob("space-*.faiss"):
            if path.stem not in kept:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        self.database.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _remove_files(self, hashes: Iterable[str | None]) -> None:
        for sha256 in filter(None, hashes):
            # a write transaction: the same content may be accepted again at this very moment
            with self.database.write() as db:
                if not db.execute("SELECT 1 FROM document WHERE sha256 = ?", (sha256,)).get:
                    self.files.remove(sha256)

    # inside ------------------------------------------------------------------------------------------------

    def snapshot_digest(self, space_id: int) -> str:
        """That of the snapshot that this database wrote last; "" where there is none."""
        with self.database.read() as db:
            return str(db.execute("SELECT value FROM meta WHERE key = ?", (f"snapshot-{space_id}",)).get or "")

    def _space(self, state: str) -> Space | None:
        with self.database.read() as db:
            row = _space_row(db, state)
            return rows.space(row) if row else None

    def _insert_space(self, db: apsw.Connection, space: Space, state: str) -> Space:
        db.execute(
            "INSERT INTO space(model, revision, dimension, query_prefix, passage_prefix, chunk_size, overlap, state,"
            " created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                space.model,
                space.revision,
                space.dimension,
                space.query_prefix,
                space.passage_prefix,
                space.chunk_size,
                space.overlap,
                state,
                datetime.now(UTC).isoformat(timespec="seconds"),
            ),
        )
        space_id = db.last_insert_rowid()
        postings.create_words(db, space_id)
        db.execute(
            "INSERT OR IGNORE INTO task(document_id, space_id, state) SELECT id, ?, 'waiting' FROM document"
            " WHERE ? = 'active'",
            (space_id, state),
        )
        row: Any = db.execute(f"SELECT {rows.SPACE_COLUMNS} FROM space WHERE id = ?", (space_id,)).fetchone()
        return rows.space(row)

    def _drop_building(self, db: apsw.Connection) -> None:
        row = _space_row(db, "building")
        if row is not None:
            self._drop_space(db, row[7])

    def _drop_space(self, db: apsw.Connection, space_id: int) -> None:
        postings.drop_words(db, space_id)
        db.execute("DELETE FROM embedding WHERE space_id = ?", (space_id,))
        db.execute("DELETE FROM removal WHERE space_id = ?", (space_id,))
        db.execute("DELETE FROM meta WHERE key = ?", (f"snapshot-{space_id}",))
        db.execute("DELETE FROM space WHERE id = ?", (space_id,))
        next_generation(db)
        with self._indexes_guard:
            self._indexes.pop(space_id, None)

    def _delete(self, db: apsw.Connection, document_id: int) -> str | None:
        """Returns the SHA-256 of what was deleted."""
        sha256 = db.execute("SELECT sha256 FROM document WHERE id = ?", (document_id,)).get
        if sha256 is None:
            return None
        for space_id in rows.space_ids(db):
            _remove_chunks(db, document_id, space_id)
        crash_point("delete: chunks removed")
        db.execute("DELETE FROM document WHERE id = ?", (document_id,))
        return str(sha256)


def next_generation(db: apsw.Connection) -> int:
    """Count one change of what can be searched; inside the transaction that makes it."""
    return int(db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation' RETURNING value").get)


def exported(row: Sequence[Any]) -> Exported:
    """From CHUNK_COLUMNS and the vector and sentences of its embedding. Raises StoreDamaged."""
    chunk, vector, sentences = rows.chunk(row), row[-2], row[-1]
    if vector is None:
        return Exported(chunk, None, None)
    parts = sums.verify_both(chunk.id, vector, sentences)
    whole = np.frombuffer(vector, np.float32)
    return Exported(chunk, whole, np.frombuffer(parts, np.float16).reshape(-1, len(whole)))


def _blobs(chunk_id: int, vector: Vector, parts: Vector) -> tuple[bytes, bytes]:
    """The `vector` and `sentences` columns."""
    whole = np.ascontiguousarray(vector, np.float32).tobytes()
    return whole, sums.with_checksum(chunk_id, whole, np.ascontiguousarray(parts, np.float16).tobytes())


def _space_row(db: apsw.Connection, state: str) -> Any:
    return db.execute(f"SELECT {rows.SPACE_COLUMNS} FROM space WHERE state = ?", (state,)).fetchone()


def _open_tasks(db: apsw.Connection, space_id: int) -> int:
    return int(
        db.execute(
            "SELECT count(*) FROM task WHERE space_id = ? AND state IN ('waiting', 'reading', 'findable')", (space_id,)
        ).get
    )


def _notices(db: apsw.Connection, document_id: int) -> tuple[Notice, ...]:
    """What the document's other spaces say of it: its pages are the same in all."""
    text = db.execute(
        "SELECT t.notices FROM task t JOIN space s ON s.id = t.space_id WHERE t.document_id = ? AND s.state = 'active'",
        (document_id,),
    ).get
    return rows.notices(text)


def _move_scopes(db: apsw.Connection, old: int, new: int) -> None:
    """A conversation about a document goes on about the one that replaced it."""
    db.execute(
        "UPDATE conversation SET scope = json_set(scope, '$.documents', json((SELECT json_group_array(iif(value ="
        " ?1, ?2, value)) FROM json_each(scope, '$.documents'))))"
        " WHERE EXISTS (SELECT 1 FROM json_each(scope, '$.documents') WHERE value = ?1)",
        (old, new),
    )


def _put_pages(db: apsw.Connection, document_id: int, parsed: Parsed, language: str) -> None:
    db.execute("DELETE FROM page WHERE document_id = ?", (document_id,))
    db.executemany(
        f"INSERT INTO page({rows.PAGE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (rows.page_values(document_id, page) for page in parsed.pages),
    )
    db.execute(
        "UPDATE document SET pages = ?, title = ?, language = ? WHERE id = ?",
        (len(parsed.pages), parsed.title, language, document_id),
    )
    db.execute("UPDATE task SET pages = ? WHERE document_id = ?", (len(parsed.pages), document_id))


def _insert_chunks(db: apsw.Connection, document_id: int, space_id: int, chunks: Sequence[Chunk]) -> list[int]:
    ids = []
    for chunk in chunks:
        values = rows.chunk_values(chunk)
        db.execute(
            'INSERT INTO chunk(ordinal, page, start, "end", text, heading_path, sentences, tokens, language,'
            " row, document_id, space_id, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, document_id, space_id, rows.chunk_sum(document_id, values)),
        )
        ids.append(db.last_insert_rowid())
    return ids


def _recount(db: apsw.Connection, document_id: int, space_id: int) -> None:
    db.execute(
        "UPDATE task SET (chunks, chunks_done) = (SELECT count(*), count(e.chunk_id) FROM chunk c"
        " LEFT JOIN embedding e ON e.chunk_id = c.id WHERE c.document_id = ?1 AND c.space_id = ?2)"
        " WHERE document_id = ?1 AND space_id = ?2",
        (document_id, space_id),
    )
    db.execute(
        "UPDATE task SET state = 'ready' WHERE document_id = ? AND space_id = ?"
        " AND state = 'findable' AND chunks_done = chunks",
        (document_id, space_id),
    )


def _remove_chunks(db: apsw.Connection, document_id: int, space_id: int) -> None:
    # a document's chunks come in one transaction and ids only grow: they are one unbroken range
    ends: Any = db.execute(
        "SELECT min(id), max(id) FROM chunk WHERE document_id = ? AND space_id = ?", (document_id, space_id)
    ).fetchone()
    first, last = ends
    if first is None:
        return
    postings.remove_words(db, space_id, first, last)
    db.execute("DELETE FROM embedding WHERE chunk_id BETWEEN ? AND ?", (first, last))
    db.execute("DELETE FROM chunk WHERE id BETWEEN ? AND ?", (first, last))
    db.execute(
        "INSERT INTO removal(generation, space_id, first, last) VALUES (?, ?, ?, ?)",
        (next_generation(db), space_id, first, last),
    )
