"""What stands before and after a chunk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.core.types import Chunk, Space
from rag.store.neighbours import neighbours
from rag.store.sqlite import SqliteStore

SPACE = Space("m", "r", 4, "", "", 64, 0)


@pytest.fixture
def filled() -> Iterator[tuple[SqliteStore, int, list[int]]]:
    store = SqliteStore(None)
    space = store.spaces.ensure(SPACE)
    for name in ("a", "b"):
        document = store.documents.accept(f"{name}.txt", "text/plain", name.encode())
        chunks = [Chunk(n, 1, n, n + 1, f"{name}{n}", language="da") for n in range(3)]
        assert store.documents.put(document.id, space.id, None, chunks, "da")
    documents = [store.documents.named(name) for name in ("a.txt", "b.txt")]
    ids = [chunk.id for document in documents if document for chunk in store.chunks.of_document(document.id)]
    yield store, space.id, ids
    store.close()


def test_neighbours_are_of_the_same_document(filled: tuple[SqliteStore, int, list[int]]) -> None:
    store, _, ids = filled
    found = store.chunks.neighbours(ids)
    assert [sorted(text for text, _ in found[i]) for i in ids] == [
        ["a1"],
        ["a0", "a2"],
        ["a1"],
        ["b1"],
        ["b0", "b2"],
        ["b1"],
    ]
    assert found[ids[0]] == [("a1", "da")]
    assert store.chunks.neighbours([]) == {}
    assert store.chunks.neighbours([10_000]) == {10_000: []}


def test_no_look_at_neighbours_or_at_what_to_embed_reads_all_chunks(filled: tuple[SqliteStore, int, list[int]]) -> None:
    store, space_id, ids = filled
    statements: list[str] = []
    with store.database.read() as db:

        def note(_: object, sql: str, __: object) -> bool:
            statements.append(sql)
            return True

        db.exec_trace = note
        neighbours(db, space_id, ids)
        db.exec_trace = None
        plan = [row[3] for row in db.execute("EXPLAIN QUERY PLAN " + statements[0], (space_id, "[1]"))]
    assert plan and not any("chunk_by_space" in step or step.startswith("SCAN c") for step in plan), plan
