from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.core.errors import InvalidImport, TargetTaken
from rag.core.types import Chunk, Heading, Notice, Page, Parsed, Space, Span, State
from rag.library import Library
from rag.store.export_import import Counts, Format, export, import_
from rag.store.integrity.verify import verify
from rag.store.sqlite import SqliteStore

SPACE = Space("model", "r1", 4, "q: ", "p: ", 100, 10)
# what str.splitlines() would cut at stands in real PDFs
TEXTS = ["Æbler er røde.\u2028Pærer er grønne.", "Blommer\x85er blå. Nej."]


def put(store: SqliteStore, name: str, *texts: str, vectors: bool = True) -> None:
    document = store.documents.accept(name, "text/plain", f"{name} {texts}".encode())
    space = store.spaces.active()
    assert space is not None
    pages = tuple(Page(n, f"Top\n{t}", f"{n}a", (Heading(1, "Top", 0),), n == 1) for n, t in enumerate(texts, 1))
    chunks = [
        Chunk(n, n + 1, 4, 4 + len(t), t, ("Top",), (Span(4, 8), Span(9, 4 + len(t)))[: 1 + n % 2], 3, "da")
        for n, t in enumerate(texts)
    ]
    assert store.queue.claim(document.id, space.id)
    assert store.documents.put(
        document.id, space.id, Parsed(pages, "T", (Notice("pages_damaged", {"pages": "9"}),)), chunks, "da"
    )
    if vectors:
        stored = store.chunks.without_vectors(space.id, 100, document.id)
        rng = np.random.default_rng(len(name))
        matrix = rng.normal(size=(len(stored), 4)).astype(np.float32)
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        parts = [rng.normal(size=(len(c.sentences), 4)).astype(np.float32) for c in stored]
        store.chunks.put_vectors(space.id, [c.id for c in stored], matrix, parts)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = SqliteStore(tmp_path / "store")
    opened.spaces.ensure(SPACE)
    put(opened, "a.txt", *TEXTS)
    put(opened, "mappe/b.txt", "Solbær.")
    yield opened
    opened.close()


@pytest.fixture
def empty(tmp_path: Path) -> Any:
    opened = SqliteStore(tmp_path / "other")
    yield opened
    opened.close()


def content(store: SqliteStore) -> list[Any]:
    """All that is in a store but its numbers."""
    names = {d.id: d for d in store.documents.all()}
    found = []
    for e in store.chunks.export():
        document = names[e.chunk.document_id]
        found.append(
            (
                document.name,
                document.sha256,
                document.language,
                document.title,
                document.notices,
                store.documents.pages(document.id),
                store.documents.original(document.sha256).read_bytes(),
                replace(e.chunk, id=0, document_id=0),
                None if e.vector is None else e.vector.tolist(),
                None if e.sentences is None else e.sentences.tolist(),
            )
        )
    return found


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_what_is_exported_comes_back_as_it_was(
    store: SqliteStore, empty: SqliteStore, tmp_path: Path, form: Format
) -> None:
    assert export(store, tmp_path / "x", form) == Counts(2, 3, 3)
    seen: list[tuple[int, int]] = []
    assert import_(empty, tmp_path / "x", SPACE, lambda *now: seen.append(now)).documents == 2
    assert seen == [(1, 2), (2, 2)]
    key = repr
    assert sorted(content(empty), key=key) == sorted(content(store), key=key)
    assert {d.state for d in empty.documents.all()} == {State.READY}
    assert replace(empty.spaces.active(), id=0) == SPACE  # type: ignore[type-var]
    assert verify(empty).problems == ()
    assert [c.chunk.text for c in empty.chunks.search(None, [["solbær"]], 5)] == ["Solbær."]


def test_the_files_are_what_a_notebook_reads(store: SqliteStore, tmp_path: Path) -> None:
    export(store, tmp_path / "x", "jsonl")
    vectors = np.load(tmp_path / "x" / "vectors.npy")
    lines = (tmp_path / "x" / "chunks.jsonl").read_text(encoding="utf-8").strip("\n").split("\n")
    assert (vectors.shape, vectors.dtype) == ((3, 4), np.float32)
    assert [json.loads(line)["text"] for line in lines] == [*TEXTS, "Solbær."]
    assert len(np.load(tmp_path / "x" / "sentences.npy")) == 4


def test_a_second_export_leaves_nothing_of_the_first(store: SqliteStore, tmp_path: Path) -> None:
    export(store, tmp_path / "x", "jsonl")
    gone = next(d for d in store.documents.all() if d.name == "a.txt")
    (tmp_path / "x" / "files" / "mine.txt").write_text("not ours")
    store.documents.delete([gone.id])
    export(store, tmp_path / "x", "parquet")
    assert not (tmp_path / "x" / "chunks.jsonl").exists()
    names = {path.name for path in (tmp_path / "x" / "files").iterdir()}
    assert names == {"mine.txt", *(d.sha256 for d in store.documents.all())}


def test_what_is_there_already_stays_as_it_is(store: SqliteStore, tmp_path: Path) -> None:
    export(store, tmp_path / "x")
    before = content(store)
    result = import_(store, tmp_path / "x", SPACE)
    assert (result.documents, result.already_there, result.reindexed) == (0, 2, 0)
    assert content(store) == before


def test_a_name_that_another_document_has_gets_a_number(store: SqliteStore, empty: SqliteStore, tmp_path: Path) -> None:
    export(store, tmp_path / "x")
    empty.spaces.ensure(SPACE)
    empty.documents.accept("mappe/b.txt", "text/plain", b"other")
    import_(empty, tmp_path / "x", SPACE)
    assert {d.name for d in empty.documents.all()} == {"a.txt", "mappe/b.txt", "mappe/b (2).txt"}


def test_vectors_of_another_space_are_not_taken_over(store: SqliteStore, empty: SqliteStore, tmp_path: Path) -> None:
    export(store, tmp_path / "x")
    empty.spaces.ensure(replace(SPACE, revision="r2"))
    put(empty, "c.txt", "Kirsebær.")
    result = import_(empty, tmp_path / "x", SPACE)
    assert (result.documents, result.reindexed) == (2, 2)
    assert {d.name: d.state for d in empty.documents.all()}["a.txt"] is State.WAITING
    assert len(list(empty.chunks.export())) == 1


def test_a_store_that_holds_nothing_takes_the_space_of_what_it_is_given(
    store: SqliteStore, empty: SqliteStore, tmp_path: Path
) -> None:
    export(store, tmp_path / "x")
    empty.spaces.ensure(Space("default", "", 0, "", "", 180, 40))  # not bound to a model yet
    assert import_(empty, tmp_path / "x", SPACE).reindexed == 0
    assert replace(empty.spaces.active(), id=0) == SPACE  # type: ignore[type-var]


def test_a_document_without_all_its_vectors_is_indexed_again(
    store: SqliteStore, empty: SqliteStore, tmp_path: Path
) -> None:
    put(store, "c.txt", "Kirsebær.", vectors=False)
    assert export(store, tmp_path / "x").vectors == 3
    assert import_(empty, tmp_path / "x", SPACE).reindexed == 1
    assert {d.name: d.state for d in empty.documents.all()}["c.txt"] is State.WAITING


def test_a_store_whose_model_was_never_there_can_be_moved(empty: SqliteStore, tmp_path: Path) -> None:
    with_no_model = SqliteStore(tmp_path / "words")
    with_no_model.spaces.ensure(Space("default", "", 0, "", "", 180, 40))
    put(with_no_model, "a.txt", *TEXTS, vectors=False)
    export(with_no_model, tmp_path / "x")
    with_no_model.close()
    assert import_(empty, tmp_path / "x", SPACE).reindexed == 1


def test_an_empty_store_can_be_moved(empty: SqliteStore, tmp_path: Path) -> None:
    nothing = SqliteStore(tmp_path / "nothing")
    assert export(nothing, tmp_path / "x") == Counts(0, 0, 0)
    nothing.close()
    assert import_(empty, tmp_path / "x", SPACE).documents == 0


def test_a_worker_that_is_quicker_is_no_fault(
    store: SqliteStore, empty: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(store, tmp_path / "x")
    put_document = empty.documents.put

    def and_embed_the_first(document_id: int, space_id: int, *rest: Any) -> bool:
        done = put_document(document_id, space_id, *rest)
        first, *_ = empty.chunks.without_vectors(space_id, 1, document_id)
        row = np.array([[1, 0, 0, 0]], np.float32)
        empty.chunks.put_vectors(space_id, [first.id], row, [np.repeat(row, len(first.sentences), 0)])
        return done

    monkeypatch.setattr(empty.documents, "put", and_embed_the_first)
    import_(empty, tmp_path / "x", SPACE)
    assert {d.state for d in empty.documents.all()} == {State.READY}
    original = {repr(c[7]): c[8] for c in content(store)}
    second = next(c for c in content(empty) if c[7].ordinal == 1)
    assert second[8] == original[repr(second[7])]


# what is not what `export` writes -----------------------------------------------------------------------


def edit_documents(change: Callable[[list[Any]], None]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / "documents.jsonl"
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").strip("\n").split("\n")]
        change(lines)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    return damage


def edit_chunks(change: Callable[[list[Any]], None]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / "chunks.jsonl"
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").strip("\n").split("\n")]
        change(lines)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    return damage


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "no space": lambda f: (f / "space.json").unlink(),
    "no vectors": lambda f: (f / "vectors.npy").unlink(),
    "no chunks": lambda f: (f / "chunks.jsonl").unlink(),
    "no originals": lambda f: [p.unlink() for p in (f / "files").iterdir()],
    "another original": lambda f: [p.write_bytes(b"x") for p in (f / "files").iterdir()],
    "empty vectors": lambda f: (f / "vectors.npy").write_bytes(b""),
    "vectors of an open header": lambda f: (f / "vectors.npy").write_bytes(b"\x93NUMPY\x01\x00\x0f\x00{'descr': '<f4'"),
    "vectors of an odd header": lambda f: (f / "vectors.npy").write_bytes(b"\x93NUMPY\x01\x00\x06\x00 a\n  b"),
    "vectors cut": lambda f: np.save(f / "vectors.npy", np.load(f / "vectors.npy")[:-1]),
    "vectors of objects": lambda f: np.save(f / "vectors.npy", np.array([{}], object), allow_pickle=True),
    "sentences cut": lambda f: np.save(f / "sentences.npy", np.load(f / "sentences.npy")[:-1]),
    "broken json": lambda f: (f / "documents.jsonl").write_text("{"),
    "space of another kind": lambda f: (f / "space.json").write_text('{"colour": "red"}'),
    "space a list": lambda f: (f / "space.json").write_text("[]"),
    "a way out": edit_documents(lambda lines: lines[0].update(sha256="../../../secret")),
    "inside itself": edit_documents(lambda lines: lines[0].update(parent=lines[0]["name"])),
    "inside a number": edit_documents(lambda lines: lines[0].update(parent=7)),
    "no pages": edit_documents(lambda lines: lines[0].pop("pages")),
    "a line that is a list": edit_documents(lambda lines: lines.append([])),
    "chunk moved": edit_chunks(lambda rows: rows[0].update(start=5)),
    "chunk off its page": edit_chunks(lambda rows: rows[0].update(page=77)),
    "chunk without text": edit_chunks(lambda rows: rows[0].pop("text")),
    "chunks shuffled": edit_chunks(lambda rows: rows.insert(1, rows.pop())),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_folder_that_is_something_else_changes_nothing(
    store: SqliteStore, empty: SqliteStore, tmp_path: Path, damage: str
) -> None:
    export(store, tmp_path / "x", "jsonl")
    (tmp_path / "secret").write_bytes(b"secret")
    DAMAGES[damage](tmp_path / "x")
    with pytest.raises(InvalidImport):
        import_(empty, tmp_path / "x", SPACE)
    assert empty.documents.all() == []
    assert empty.spaces.active() is None


def test_a_library_imports_what_another_exported(filled: Library, models: Any, tmp_path: Path) -> None:
    question = "Hvor længe er batterier dækket?"
    expected = filled.ask(question).answer
    filled.maintenance.export(tmp_path / "x")
    with Library.open(tmp_path / "second", models=models) as other:
        assert other.maintenance.import_(tmp_path / "x").reindexed == 0
        assert other.wait(10)
        assert other.ask(question).answer == expected


def test_tags_travel_along_and_an_older_export_has_none(store: SqliteStore, empty: SqliteStore, tmp_path: Path) -> None:
    tagged = next(d for d in store.documents.all() if d.name == "a.txt")
    store.documents.set_tags([tagged.id], ["løn", "2026"])
    export(store, tmp_path / "out", "jsonl")
    import_(empty, tmp_path / "out", SPACE)
    assert {d.name: d.tags for d in empty.documents.all()} == {"a.txt": ("2026", "løn"), "mappe/b.txt": ()}
    lines = [json.loads(line) for line in (tmp_path / "out" / "documents.jsonl").read_text("utf-8").split("\n") if line]
    for line in lines:
        del line["tags"]
    (tmp_path / "out" / "documents.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    older = SqliteStore(tmp_path / "third")
    try:
        import_(older, tmp_path / "out", SPACE)
        assert [d.tags for d in older.documents.all()] == [(), ()]
    finally:
        older.close()


def test_what_is_inside_another_document_stays_inside_it(
    store: SqliteStore, empty: SqliteStore, tmp_path: Path
) -> None:
    outer = next(document for document in store.documents.all() if document.name == "a.txt")
    inner = store.documents.accept("a.txt › c.txt", "text/plain", b"c", parent=outer.id)
    store.documents.accept("a.txt › c.txt › d.txt", "text/plain", b"d", parent=inner.id)
    export(store, tmp_path / "out", "jsonl")
    import_(empty, tmp_path / "out", SPACE)
    names = {document.id: document.name for document in empty.documents.all()}
    assert {names.get(d.parent or 0): d.name for d in empty.documents.all() if d.parent is not None} == {
        "a.txt": "a.txt › c.txt",
        "a.txt › c.txt": "a.txt › c.txt › d.txt",
    }


def test_an_export_is_not_written_into_a_library(store: SqliteStore, empty: SqliteStore) -> None:
    assert store.folder is not None and empty.folder is not None
    for folder in (store.folder, store.folder / "files", empty.folder):
        before = sorted(path for path in folder.rglob("*"))
        with pytest.raises(TargetTaken):
            export(store, folder)
        assert sorted(path for path in folder.rglob("*")) == before
