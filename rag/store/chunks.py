"""Chunks and their vectors in SQLite: see `rag.store.protocol.Chunks` for the contracts."""

from collections.abc import Collection, Iterator, Sequence

from rag.core.crash_points import crash_point
from rag.core.errors import NotFound
from rag.core.types import Chunk, Place, Scope
from rag.store import search, statements
from rag.store.connection import Database
from rag.store.lexical import search as lexical
from rag.store.lexical import vocabulary
from rag.store.rows import CHUNK_COLUMNS, ChunkRow, marks, select, select_dict
from rag.store.statements import space_in_state
from rag.store.values import Candidate, Exported, Searchable, Vector
from rag.store.vector_indexes import VectorIndexes


class SqliteChunks:
    """The chunks of one database."""

    def __init__(self, database: Database, indexes: VectorIndexes) -> None:
        self._database = database
        self._indexes = indexes

    # searching and showing ---------------------------------------------------------------------------------

    def searchable(self, scope: Scope, excluded: Collection[str] = ()) -> Searchable:
        with self._database.read() as db:
            return Searchable(
                space=space_in_state(db, "active"),
                documents=statements.documents_in_scope(db, scope, excluded),
                languages=tuple(statements.document_languages(db)),
            )

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
        with self._database.read() as db:
            space = space_in_state(db, "active")
            if space is None:
                return []
            if space_id is not None and space.id != space_id:
                raise NotFound(name="space")
            index = self._indexes.of(space.id)
            return search.search(db, space.id, index, vector, stems, n, documents, page, pinned)

    def get(self, ids: Collection[int]) -> list[Chunk]:
        with self._database.read() as db:
            space = space_in_state(db, "active")
            chunks = search.get_chunks(db, space.id, ids) if space else {}
            return [chunks[chunk_id].chunk for chunk_id in ids if chunk_id in chunks]

    def of_document(self, document_id: int) -> list[Chunk]:
        with self._database.read() as db:
            query = (
                f"SELECT {CHUNK_COLUMNS} FROM chunk c WHERE c.document_id = ?"
                " AND c.space_id = (SELECT id FROM space WHERE state = 'active') ORDER BY c.ordinal"
            )
            return [row.chunk() for row in select(db, ChunkRow, query, (document_id,))]

    def neighbours(self, ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
        with self._database.read() as db:
            space = space_in_state(db, "active")
            return search.neighbours(db, space.id, ids) if space else {}

    def continued(self, ids: Collection[int], most: int) -> dict[int, str]:
        with self._database.read() as db:
            space = space_in_state(db, "active")
            return search.continued(db, space.id, ids, most) if space else {}

    def sentence_vectors(self, ids: Collection[int]) -> dict[int, Vector]:
        with self._database.read() as db:
            return search.sentence_vectors(db, ids)

    def embedded(self, document_id: int) -> set[int]:
        with self._database.read() as db:
            query = (
                "SELECT c.id FROM chunk c JOIN embedding e ON e.chunk_id = c.id WHERE c.document_id = ?"
                " AND c.space_id = (SELECT id FROM space WHERE state = 'active')"
            )
            return set(select(db, int, query, (document_id,)))

    def rarity(self, stems: Collection[str]) -> dict[str, float]:
        with self._database.read() as db:
            space = space_in_state(db, "active")
            return lexical.rarity(db, space.id, stems) if space else dict.fromkeys(stems, 0.0)

    def similar_stems(self, forms: Collection[str], edits: int, n: int) -> list[str]:
        with self._database.read() as db:
            space = space_in_state(db, "active")
            return vocabulary.similar_stems(db, space.id, forms, edits, n) if space else []

    # embedding, export and import --------------------------------------------------------------------------

    def without_vectors(self, space_id: int, n: int, document_id: int | None = None) -> list[Chunk]:
        chunks: list[Chunk] = []
        with self._database.read() as db:
            documents = list(
                select(
                    db,
                    int,
                    "SELECT document_id FROM task WHERE space_id = ?1 AND state = 'findable'"
                    " AND (?2 IS NULL OR document_id = ?2) ORDER BY chunks - chunks_done, document_id LIMIT ?3",
                    (space_id, document_id, n),
                )
            )
            query = (
                f"SELECT {CHUNK_COLUMNS} FROM chunk c LEFT JOIN embedding e ON e.chunk_id = c.id"
                " WHERE c.document_id = ? AND c.space_id = ? AND e.chunk_id IS NULL ORDER BY c.ordinal LIMIT ?"
            )
            for waiting_id in documents:
                bindings = (waiting_id, space_id, n - len(chunks))
                chunks += [row.chunk() for row in select(db, ChunkRow, query, bindings)]
                if len(chunks) == n:
                    break
        return chunks

    def put_vectors(
        self, space_id: int, chunk_ids: Sequence[int], vectors: Vector, sentences: Sequence[Vector]
    ) -> None:
        with self._database.write() as db:
            document_of = select_dict(
                db,
                int,
                int,
                f"SELECT id, document_id FROM chunk WHERE space_id = ? AND id IN ({marks(chunk_ids)})"
                " AND id NOT IN (SELECT chunk_id FROM embedding)",
                (space_id, *chunk_ids),
            )
            rows = zip(chunk_ids, vectors, sentences, strict=True)
            statements.insert_vectors(db, space_id, (row for row in rows if row[0] in document_of))
            crash_point("index: vectors written")
            for document_id in set(document_of.values()):
                statements.recount(db, document_id, space_id)

    def export(self) -> Iterator[Exported]:
        with self._database.read() as db:
            space = space_in_state(db, "active")
            if space is not None:
                yield from statements.exported_chunks(db, space.id)
