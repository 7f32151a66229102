"""Bytes that changed on the disk: in a snapshot, in the database, in its `-wal`."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from rag.core.errors import KildeError, StoreDamaged
from rag.core.types import Chunk, Page, Parsed, Space, Span
from rag.library import Library
from rag.store.sqlite import SqliteStore
from rag.store.vectors import index
from tests.faults.child import Killable, in_child
from tests.faults.rows import Row, Size
from tests.faults.user import Change, do, first_space, opened, text_of

SECTOR = 512
PAGE = 4096
D = 32
DOCUMENTS = 16


# snapshots ----------------------------------------------------------------------------------------------


def snapshots(seed: int, size: Size) -> Row:
    """A snapshot that was torn, cut or has one bit flipped is never believed, and all is found as before."""
    began = time.monotonic()
    found = in_child(lambda: _snapshots(seed, size.snapshots), 600)
    wrong = {"believed": found["believed"], "other top 10": found["other"]}
    return Row("snapshot damaged", size.snapshots, wrong, found["told"], round(time.monotonic() - began, 1))


def _snapshots(seed: int, cases: int) -> dict[str, Any]:
    chance = random.Random(seed)
    believed = other = 0
    kinds = {"torn": 0, "cut": 0, "bit flipped": 0, "of them with lists": 0}
    with tempfile.TemporaryDirectory(prefix="kilde-snapshots-") as root:
        for limit, share in ((100_000, 0.8), (200, 0.2)):  # the second: as lists, which FAISS holds
            index.EXACT_LIMIT = limit
            folder = Path(root) / str(limit)
            vectors, path = _filled(folder, 400, seed)
            whole = path.read_bytes()
            expected = [_nearest(folder, vector)[1] for vector in vectors[:3]]
            for case in range(round(cases * share)):
                kind = ("torn", "cut", "bit flipped")[case % 3]
                kinds[kind] += 1
                kinds["of them with lists"] += limit == 200
                path.write_bytes(_harmed(whole, kind, chance))
                loaded, nearest = _nearest(folder, vectors[case % 3])
                believed += loaded
                other += nearest != expected[case % 3]
                for left in path.parent.glob("*.damaged"):
                    left.unlink()
            path.write_bytes(whole)
            assert _nearest(folder, vectors[0])[0], "or else nothing was proved: a whole one is read"
    return {"believed": believed, "other": other, "told": kinds}


def _harmed(whole: bytes, kind: str, chance: random.Random) -> bytes:
    data = bytearray(whole)
    place = chance.randrange(len(data))
    if kind == "cut":
        return bytes(data[:place])
    if kind == "bit flipped":
        data[place] ^= 1 << chance.randrange(8)
        return bytes(data)
    # of a file whose writing was broken off some sectors are those of before
    start = place // SECTOR * SECTOR
    end = min(len(data), start + SECTOR * chance.randint(1, 4))
    while bytes(data[start:end]) == bytes(end - start):
        start, end = 0, SECTOR
    data[start:end] = bytes(end - start) if chance.random() < 0.5 else os.urandom(end - start)
    return bytes(data)


def _filled(folder: Path, count: int, seed: int) -> tuple[np.ndarray, Path]:
    store = SqliteStore(folder)
    space = store.spaces.ensure(Space("model", "r", D, "", "", 100, 10))
    document = store.documents.accept("a.txt", "text/plain", b"a")
    texts = [f"word{n}" for n in range(count)]
    starts = np.cumsum([0, *(len(t) + 1 for t in texts)]).tolist()
    chunks = [
        Chunk(n, 1, s, s + len(t), t, (), (Span(s, s + len(t)),), 1, "en")
        for n, (s, t) in enumerate(zip(starts, texts, strict=False))
    ]
    assert store.queue.claim(document.id, space.id)
    assert store.documents.put(document.id, space.id, Parsed((Page(1, "\n".join(texts)),)), chunks, "en")
    vectors = np.random.default_rng(seed).normal(size=(count, D)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [c.id for c in store.chunks.without_vectors(space.id, count)]
    store.chunks.put_vectors(space.id, ids, vectors, [vector[None] for vector in vectors])
    store.save_snapshot()
    store.close()
    (path,) = (folder / "index").glob("*.faiss")
    return vectors, path


def _nearest(folder: Path, vector: np.ndarray) -> tuple[bool, list[int]]:
    """Whether the snapshot was believed, and the top 10."""
    store = SqliteStore(folder)
    space = store.spaces.active()
    assert space is not None
    loaded = len(store.indexes.of(space.id)) > 0
    with store.database.read() as db:
        store.indexes.of(space.id).catch_up(db)
    store.indexes.of(space.id).settle()
    found = [c.chunk.ordinal for c in store.chunks.search(vector, [], 10)]
    store.close()
    return loaded, found


# the database -------------------------------------------------------------------------------------------

HARM = ("bit", "sector of zeros", "sector of noise", "page of zeros", "page of noise", "cut short")
MISPLACED = "another page's content"


def pages(seed: int, size: Size) -> Row:
    """A database of which a page was harmed says so, or answers as before: never anything else."""
    return _database("database page damaged", seed, size.pages, HARM, _harm_page, at_rest=True)


def misplaced(seed: int, size: Size) -> Row:
    """The disk wrote a whole page to another one's place: each is whole, and its checksum is right.

    No checksum in a page tells that. What must be is that a verification finds it.
    """
    name = "database page misplaced (no checksum tells)"
    return _database(name, seed, max(4, size.pages // 4), (MISPLACED,), _harm_page, at_rest=True, by_verify=True)


def newest(seed: int, size: Size) -> Row:
    """The same in the `-wal` of a program that was killed: what cannot be taken in is told.

    One that lost its end is left out: nothing tells it from that of a program that was killed before it wrote more.
    """
    return _database("WAL damaged", seed, size.wal, ("bit", "sector of noise"), _harm_wal, at_rest=False)


def _database(
    name: str,
    seed: int,
    cases: int,
    kinds: tuple[str, ...],
    harm: Callable[[Path, str, random.Random], None],
    *,
    at_rest: bool,
    by_verify: bool = False,
) -> Row:
    began = time.monotonic()
    chance = random.Random(seed)
    ends = {"told": 0, "as before": 0, "silently wrong": 0, "silently wrong, found by verify": 0}
    with tempfile.TemporaryDirectory(prefix="kilde-pages-") as root:
        whole = Path(root) / "whole"
        child = Killable(lambda tell: _make(whole, at_rest))
        child.start()
        child.ended()
        expected = _in_copy(root, whole, lambda folder: None)["answers"]
        for case in range(cases):
            kind = kinds[case % len(kinds)]
            found = _in_copy(root, whole, lambda folder, k=kind: harm(folder, k, chance))  # type: ignore[misc]
            if found["told"]:
                ends["told"] += 1
            elif found["answers"] == expected:
                ends["as before"] += 1
            elif by_verify and found["verify"]:
                ends["silently wrong, found by verify"] += 1
            else:
                ends["silently wrong"] += 1
    if not by_verify:
        del ends["silently wrong, found by verify"]
    wrong = {"silently wrong": ends.pop("silently wrong")}
    return Row(name, cases, wrong, ends, round(time.monotonic() - began, 1))


def _in_copy(root: str, whole: Path, harm: Callable[[Path], None]) -> dict[str, Any]:
    folder = Path(root) / "copy"
    shutil.copytree(whole, folder)
    harm(folder)
    try:
        return in_child(lambda: _answers(folder))
    finally:
        shutil.rmtree(folder)


def _make(folder: Path, at_rest: bool) -> None:
    library = opened(folder)
    first_space(library)
    for number in range(DOCUMENTS):
        library.documents.add(f"d{number}.txt", text_of(number, 300).encode())
    library.work_until_done(lambda _: None)
    if at_rest:
        library.close()
        return
    _stay_in_wal(library)
    for number in (1, 2, 3):
        do(library, Change("delete", f"d{number}.txt"))
        do(library, Change("add", f"e{number}.txt", 100 + number))
    os.kill(os.getpid(), signal.SIGKILL)


def _stay_in_wal(library: Library) -> None:
    """What comes now is in the `-wal` alone."""
    database = library.store.database
    connect = database._connect

    def connected() -> apsw.Connection:
        db = connect()
        db.pragma("wal_autocheckpoint", 0)
        return db

    with database.write_connection() as db:
        db.pragma("wal_checkpoint(truncate)")
    database.close_idle()
    database._connect = connected  # type: ignore[method-assign]


def _answers(folder: Path) -> dict[str, Any]:
    """All that the library answers; whether it said that something is wrong."""
    try:
        library = opened(folder)
    except KildeError as error:
        return {"told": str(error), "answers": None, "verify": 0}
    try:
        answers = [_searched(library, number) for number in (*range(DOCUMENTS), 101, 102, 103)]
        answers += [_asked(library, number) for number in (1, 9, 101)]
        answers.append([(d.name, d.sha256, d.state.value, d.chunks, d.pages) for d in library.documents.all()])
        answers.append([[p.text for p in library.store.documents.pages(d.id)] for d in library.documents.all()])
        trouble = [str(notice) for notice in library.maintenance.trouble()]
        problems = [] if trouble else library.maintenance.verify().problems
        said = {"told": "; ".join(trouble), "answers": answers, "verify": len(problems)}
        library.close()
        return said
    except StoreDamaged as error:
        return {"told": str(error), "answers": None, "verify": 0}
    except (ValueError, TypeError, LookupError) as error:  # an error that the page shows as one, and no answer
        return {"told": repr(error), "answers": None, "verify": 0}


def _searched(library: Library, number: int) -> list[Any]:
    found = library.search(f"What does sign{number}x say of word{number}?")
    return [
        (h.document, h.chunk.start, h.chunk.text, round(h.score, 6), h.dense_rank, h.lexical_rank) for h in found.hits
    ]


def _asked(library: Library, number: int) -> list[Any]:
    turn = library.ask(f"What does sign{number}x say?")
    return [turn.answer.text if turn.answer else "", [hit.chunk.text for hit in turn.hits]]


def _harm_page(folder: Path, kind: str, chance: random.Random) -> None:
    path = folder / "kilde.db"
    data = bytearray(path.read_bytes())
    page = chance.randrange(len(data) // PAGE) * PAGE
    if kind == MISPLACED:
        other = chance.randrange(1, len(data) // PAGE) * PAGE
        data[max(page, PAGE) : max(page, PAGE) + PAGE] = data[other : other + PAGE]
    elif kind == "cut short":
        del data[page + chance.choice((0, SECTOR)) :]
    else:
        _harm(data, kind, page, chance)
    path.write_bytes(data)


def _harm_wal(folder: Path, kind: str, chance: random.Random) -> None:
    path = folder / "kilde.db-wal"
    data = bytearray(path.read_bytes())
    _harm(data, kind, chance.randrange(max(1, len(data) // SECTOR)) * SECTOR, chance)
    path.write_bytes(data)


def _harm(data: bytearray, kind: str, page: int, chance: random.Random) -> None:
    if kind == "bit":
        place = min(page + chance.randrange(PAGE), len(data) - 1)
        data[place] ^= 1 << chance.randrange(8)
        return
    length = PAGE if kind.startswith("page") else SECTOR
    place = page + (0 if length == PAGE else chance.randrange(PAGE // SECTOR) * SECTOR)
    place = min(place, len(data) - 1)
    length = min(length, len(data) - place)
    data[place : place + length] = bytes(length) if kind.endswith("zeros") else os.urandom(length)
