"""What only a store on SQLite has: damage, full disks, and snapshots of its vectors. The rest is in `conformance`."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import faiss
import pytest

from rag.core.errors import DiskFull, StoreDamaged
from rag.core.types import Notice
from rag.store.integrity.verify import verify
from rag.store.search import neighbours
from rag.store.sqlite import SqliteStore
from tests.store.conformance.builders import SPACE, active, found_by_meaning, found_by_words, put, vector


def codes(store: SqliteStore) -> list[str]:
    return [problem.code for problem in verify(store).problems]


@pytest.mark.parametrize("damage", ["flip", "cut", "other"])
def test_a_damaged_snapshot_is_set_aside_and_made_anew(tmp_path: Path, damage: str) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "apples", "pears")
    store.save_snapshot()
    store.close()
    (snapshot,) = (tmp_path / "index").glob("*.faiss")
    data = bytearray(snapshot.read_bytes())
    if damage == "flip":
        data[-3] ^= 4
    elif damage == "cut":
        del data[-5:]
    else:
        data[:8] = b"NOTKILDE"
    snapshot.write_bytes(data)
    again = SqliteStore(tmp_path)
    found = again.chunks.search(vector(0, 1, 0, 0), [], 1)
    assert [c.chunk.text for c in found] == ["pears"]
    assert "snapshot_set_aside" in codes(again)
    again.save_snapshot()
    assert snapshot.exists()
    again.close()


def test_verify_finds_what_is_wrong(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "apples are red")
    assert verify(store).problems == ()
    (name,) = store.files.names()
    (tmp_path / "files" / name).write_bytes(b"changed")
    with store.database.write() as db:
        db.execute("DELETE FROM embedding")
    assert {"original_damaged", "chunks_differ"} <= set(codes(store))
    store.close()


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "kilde.db").write_bytes(b"this is no database at all, but long enough" * 100)
    store = SqliteStore(tmp_path)
    assert isinstance(store.database.refusal, StoreDamaged)
    with pytest.raises(StoreDamaged):
        store.documents.all()
    with pytest.raises(StoreDamaged):
        store.documents.accept("a.txt", "text/plain", b"a")
    store.close()


def test_a_full_database_refuses_and_keeps_what_there_was(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "apples are red")
    with store.database.write_connection() as db:
        db.pragma("max_page_count", int(db.pragma("page_count")) + 2)
    with pytest.raises(DiskFull):
        put(store, "b.txt", *(f"pears {n} " * 50 for n in range(200)))
    assert found_by_words(store, "appl") == ["apples are red"]
    assert found_by_words(store, "pear") == []
    store.close()
    again = SqliteStore(tmp_path)
    assert verify(again).problems == ()
    again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is of Unix")
def test_a_disk_that_takes_no_more_refuses_a_file_whole(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from rag.core.errors import DiskFull\n"
        "from rag.store.files import Files\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "files = Files(Path(sys.argv[1]))\n"
        "files.put(b'small')\n"
        "try:\n    files.put(b'x' * 100_000)\n"
        "except DiskFull:\n    print(sorted(p.name for p in files.folder.iterdir()) == sorted(files.names()))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "files")], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "True"
    assert len(list((tmp_path / "files").iterdir())) == 1


# snapshots that are whole, but not of this database as it is ---------------------------------------------


def filled_folder(folder: Path, *names: str) -> Path:
    """A closed store with a document for each name, in which its name stands; returns its snapshot."""
    store = SqliteStore(folder)
    store.spaces.ensure(SPACE)
    for name in names:
        put(store, f"{name}.txt", f"this is about {name}")
    store.save_snapshot()
    store.close()
    (snapshot,) = (folder / "index").glob("*.faiss")
    return snapshot


def test_the_snapshot_of_another_database_is_not_believed_and_raises_no_alarm(tmp_path: Path) -> None:
    foreign = filled_folder(tmp_path / "foreign", *(f"lions{n}" for n in range(9)))
    own = filled_folder(tmp_path / "own", "trains", "zebras")
    assert foreign.name == own.name  # nothing but its content tells whose it is
    shutil.copy(foreign, own)
    store = SqliteStore(tmp_path / "own")
    assert found_by_meaning(store) == {"trains.txt", "zebras.txt"}
    put(store, "whales.txt", "this is about whales")
    assert found_by_meaning(store) == {"trains.txt", "zebras.txt", "whales.txt"}
    assert verify(store).problems == ()
    store.save_snapshot()
    store.close()
    again = SqliteStore(tmp_path / "own")
    assert found_by_meaning(again) == {"trains.txt", "zebras.txt", "whales.txt"}
    assert verify(again).problems == ()
    again.close()


def test_a_database_put_back_from_a_copy_does_not_believe_the_newer_snapshot(tmp_path: Path) -> None:
    filled_folder(tmp_path, "trains")
    shutil.copy(tmp_path / "kilde.db", tmp_path / "copy.db")
    filled_folder(tmp_path, "lions", "zebras")
    shutil.copy(tmp_path / "copy.db", tmp_path / "kilde.db")
    store = SqliteStore(tmp_path)
    assert found_by_meaning(store) == {"trains.txt"}
    # what comes now bears numbers that the newer snapshot has given to something else
    put(store, "whales.txt", "whales swim", "whales sing")
    (nearest,) = store.chunks.search(vector(0, 1, 0, 0), [], 1)
    assert nearest.chunk.text == "whales sing"
    assert found_by_meaning(store) == {"trains.txt", "whales.txt"}
    # the originals of what the copy does not know lie there still, and that alone is said
    assert verify(store).problems == (Notice("files_extra", {"count": 2}),)
    store.close()


def test_a_snapshot_of_this_database_is_read(tmp_path: Path) -> None:
    """Or else the tests above would pass without any snapshot."""
    filled_folder(tmp_path, "trains", "zebras")
    store = SqliteStore(tmp_path)
    assert len(store.indexes.of(active(store).id)) == 2  # before anything was read from the database
    store.close()


def test_the_snapshot_of_an_older_kilde_is_overwritten_without_a_word(tmp_path: Path) -> None:
    snapshot = filled_folder(tmp_path, "trains", "zebras")
    snapshot.write_bytes(b"KILDEIX2" + bytes(200))
    store = SqliteStore(tmp_path)
    with store.database.write() as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'snapshot-1'", ("0" * 64,))
    assert found_by_meaning(store) == {"trains.txt", "zebras.txt"}
    assert codes(store) == []
    store.save_snapshot()
    assert faiss.read_index(str(snapshot)).ntotal == 2
    assert [path.name for path in snapshot.parent.iterdir()] == [snapshot.name]
    store.close()


def test_a_snapshot_with_a_strange_record_is_set_aside(tmp_path: Path) -> None:
    snapshot = filled_folder(tmp_path, "trains", "zebras")
    data = snapshot.read_bytes()
    (length,) = struct.unpack_from("<I", data, len(data) - 12)
    record = json.loads(data[-12 - length : -12])
    with SqliteStore(tmp_path).database.read() as db:
        assert json.loads(db.execute("SELECT value FROM meta WHERE key = 'snapshot-1'").get) == record
    assert (record["space"], record["count"]) == (1, 2)
    assert hashlib.sha256(data[: -12 - length]).hexdigest() == record.pop("sha256")
    strange = json.dumps(record).encode()
    snapshot.write_bytes(data[: -12 - length] + strange + struct.pack("<I", len(strange)) + data[-8:])
    store = SqliteStore(tmp_path)
    assert found_by_meaning(store) == {"trains.txt", "zebras.txt"}
    assert "snapshot_set_aside" in codes(store)
    store.close()


def test_a_search_in_the_middle_of_a_verification_raises_no_alarm(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "apples")
    with store.database.read() as db:
        db.execute("SELECT 1 FROM document").fetchall()  # from here on `db` sees this moment
        put(store, "b.txt", "pears")
        assert found_by_meaning(store) == {"a.txt", "b.txt"}
        assert store.indexes.of(active(store).id).differences(db) == 0
    with store.database.read() as db:
        assert store.indexes.of(active(store).id).differences(db) == 0
    with store.database.write() as db:
        db.execute("UPDATE embedding SET vector = zeroblob(16), sentences = zeroblob(8)")
        assert store.indexes.of(active(store).id).differences(db) == 2
    store.close()


# queries


def test_no_look_at_neighbours_reads_all_chunks(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "a0", "a1", "a2")
    statements: list[str] = []

    def note(_: object, statement: str, __: object) -> bool:
        statements.append(statement)
        return True

    with store.database.read() as db:
        db.exec_trace = note
        neighbours(db, active(store).id, [1])
        db.exec_trace = None
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statements[0]}", (active(store).id, "[1]"))]
    store.close()
    assert plan and not any("chunk_by_space" in step or step.startswith("SCAN c") for step in plan), plan
