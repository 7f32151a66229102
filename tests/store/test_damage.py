"""A store that is damaged, or cannot be written: it says so, is read, exported and mended, and acknowledges nothing."""

from __future__ import annotations

import random
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from rag.core.errors import AlreadyThere, ChecksMissing, KildeError, StoreDamaged, StoreNewer
from rag.core.i18n import say
from rag.core.types import Notice, State
from rag.library import Library
from rag.store.connection import Database, protect
from rag.store.integrity import checksums, wal
from rag.store.schema import MIGRATIONS
from tests.conftest import HOLIDAY, WARRANTY, FakeModels

PAGE = 4096


@pytest.fixture
def folder(tmp_path: Path, models: FakeModels) -> Path:
    """A closed library of three documents."""
    made = tmp_path / "s"
    with Library.open(made, work=False, models=models) as library:
        for name, text in (("garanti.txt", WARRANTY), ("holiday.md", HOLIDAY), ("plums.txt", "Plums are blue. " * 40)):
            library.documents.add(name, text.encode())
        library.work_until_done(lambda _: None)
    return made


def opened(folder: Path, models: FakeModels) -> Library:
    return Library.open(folder, work=False, models=models)


def change_row(folder: Path, statement: str) -> None:
    """Change a row as another program might: its sum stays what it was."""
    db = apsw.Connection(str(folder / "kilde.db"), vfs=checksums.vfs())
    db.execute(statement)
    db.close()


def page_with(folder: Path, words: bytes) -> int:
    """Where the last page begins that has these bytes."""
    data = (folder / "kilde.db").read_bytes()
    return data.rindex(words) // PAGE * PAGE


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 4
    path.write_bytes(data)


def codes(library: Library, *, repair: bool = False) -> list[str]:
    return [problem.code for problem in library.maintenance.verify(repair=repair).problems]


# checksums ----------------------------------------------------------------------------------------------


def test_pages_have_checksums(folder: Path) -> None:
    assert (folder / "kilde.db").read_bytes()[20] == checksums.RESERVED


def test_a_flipped_bit_is_told_and_never_an_answer(folder: Path, models: FakeModels) -> None:
    flip(folder / "kilde.db", (folder / "kilde.db").read_bytes().rindex(b"Plums are blue"))
    with opened(folder, models) as library:
        with pytest.raises(StoreDamaged):
            library.search("plums")
        assert [notice.code for notice in library.maintenance.trouble()] == ["store_damaged"]
        with pytest.raises(StoreDamaged):
            library.documents.add("new.txt", b"New.")
    with opened(folder, models) as library:  # and still known at the next start
        assert [notice.code for notice in library.maintenance.trouble()] == ["store_damaged"]
        with pytest.raises(StoreDamaged):
            library.documents.remove([library.documents.all()[0].id])
        assert "database_damaged" in codes(library, repair=True)
        assert len(library.documents.all()) == 3


def test_one_whose_turns_are_damaged_is_opened_for_reading(folder: Path, models: FakeModels) -> None:
    with Library.open(folder, models=models) as library:
        turn = library.conversations.start("Hvor længe er batterier dækket i Skagen?")
        library.conversations.wait(turn.id)
    flip(folder / "kilde.db", page_with(folder, b"i Skagen?") + 3000)
    with Library.open(folder, models=models) as library:
        assert [notice.code for notice in library.maintenance.trouble()] == ["store_damaged"]
        assert len(library.documents.all()) == 3 and library.search("Hvor længe er batterier dækket?")


def test_damage_that_is_gone_is_forgotten(folder: Path, models: FakeModels) -> None:
    whole = (folder / "kilde.db").read_bytes()
    flip(folder / "kilde.db", (folder / "kilde.db").read_bytes().rindex(b"Plums are blue"))
    with opened(folder, models) as library:
        assert "database_damaged" in codes(library)
    (folder / "kilde.db").write_bytes(whole)
    with opened(folder, models) as library:
        assert library.maintenance.trouble() != []
        assert codes(library) == []
        assert library.maintenance.trouble() == []
        library.documents.add("new.txt", b"New.")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chunk SET text = 'Plums are red.' WHERE text LIKE 'Plums%'",
        "UPDATE chunk SET page = 2 WHERE text LIKE 'Plums%'",
        "UPDATE page SET text = replace(text, 'blue', 'grey')",
        "UPDATE embedding SET vector = zeroblob(length(vector)) WHERE chunk_id = (SELECT max(id) FROM chunk)",
        "UPDATE embedding SET sentences = CAST(zeroblob(length(sentences) - 12) || substr(sentences, -12) AS BLOB)"
        " WHERE chunk_id = (SELECT max(id) FROM chunk)",
    ],
)
def test_a_row_that_is_not_what_was_written_is_mended_from_the_original(
    folder: Path, models: FakeModels, statement: str
) -> None:
    change_row(folder, statement)
    with opened(folder, models) as library:
        problems = library.maintenance.verify().problems
        assert {"rows_damaged"} <= {problem.code for problem in problems}
        with pytest.raises(StoreDamaged):
            library.documents.add("new.txt", b"New.")
        report = library.maintenance.verify(repair=True)
        assert "repaired_documents" in {notice.code for notice in report.repaired}
        library.work_until_done(lambda _: None)
        assert codes(library) == [] and library.maintenance.trouble() == []
        assert {d.state for d in library.documents.all()} == {State.READY}
        assert library.search("plums").hits[0].chunk.text.startswith("Plums are blue.")


def test_rows_from_before_there_were_sums_are_read(folder: Path, models: FakeModels) -> None:
    change_row(folder, "UPDATE chunk SET crc = NULL; UPDATE page SET crc = NULL")
    change_row(folder, "UPDATE embedding SET sentences = substr(sentences, 1, length(sentences) - 12)")
    with opened(folder, models) as library:
        assert codes(library) == []
        assert library.ask("Are plums blue?").answer is not None


def test_a_chunk_without_sentences_from_before_there_were_sums_is_no_damage(folder: Path, models: FakeModels) -> None:
    change_row(folder, "UPDATE embedding SET sentences = x'' WHERE chunk_id = 1")
    shutil.rmtree(folder / "index")
    with opened(folder, models) as library:
        assert library.search("batterier").hits
        assert library.maintenance.verify().problems == ()


def test_an_older_database_gets_its_checksums(tmp_path: Path) -> None:
    path = tmp_path / "kilde.db"
    old = apsw.Connection(str(path), vfs="unix" if "unix" in apsw.vfs_names() else None)
    old.pragma("journal_mode", "wal")
    old.execute("CREATE TABLE kept(text); INSERT INTO kept VALUES ('kept')")
    assert path.read_bytes()[20] == 0
    new = apsw.Connection(str(path), vfs=checksums.vfs())
    assert not protect(new, 1 << 30)  # another program has it open
    old.close()
    assert protect(new, 1 << 30)
    assert new.pragma("journal_mode") == "wal"
    new.close()
    assert path.read_bytes()[20] == checksums.RESERVED
    again = Database(path)
    with again.read() as db:
        assert db.execute("SELECT text FROM kept").get == "kept"
        assert db.pragma("checksum_verification") == "1"
    again.close()


def test_a_database_larger_than_its_cache_gets_its_checksums(tmp_path: Path) -> None:
    """SQLite writes pages early then, before the first one, which says that there are sums."""
    values = [random.Random(number).randbytes(4000) for number in range(3000)]  # 12 MB; the cache holds two
    path = tmp_path / "kilde.db"
    old = apsw.Connection(str(path))
    assert old.pragma("journal_mode", "wal") == "wal"
    old.execute("CREATE TABLE kept (value)")
    with old:
        old.executemany("INSERT INTO kept VALUES (?)", ((value,) for value in values))
    old.close()
    new = apsw.Connection(str(path), vfs=checksums.vfs())
    assert protect(new, 1 << 30)
    new.close()
    again = apsw.Connection(str(path), vfs=checksums.vfs())
    assert again.execute("PRAGMA quick_check").get == "ok"
    assert [value for (value,) in again.execute("SELECT value FROM kept ORDER BY rowid")] == values
    again.close()


def test_a_database_with_checksums_is_not_written_without_them(
    folder: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(checksums, "vfs", lambda: None)
    with pytest.raises(ChecksMissing):
        opened(folder, models)
    # a new one is kept without them
    with opened(tmp_path / "plain", models) as library:
        library.documents.add("new.txt", b"New.")
        library.work_until_done(lambda _: None)
        assert codes(library) == []


# the newest changes -------------------------------------------------------------------------------------


@pytest.fixture
def killed(folder: Path, models: FakeModels, tmp_path: Path) -> Path:
    """A copy of a library in use, with its newest changes in the `-wal`, as a crash leaves it."""
    copy = tmp_path / "killed"
    with opened(folder, models) as library:
        library.documents.add("new.txt", b"Cherries are new here.")
        library.work_until_done(lambda _: None)
        library.documents.remove([d.id for d in library.documents.all() if d.name == "plums.txt"])
        shutil.copytree(folder, copy)
    (copy / "kilde.db-shm").unlink()
    return copy


def test_a_whole_wal_raises_no_alarm(killed: Path, models: FakeModels) -> None:
    data = (killed / "kilde.db-wal").read_bytes()
    assert len(data) > 10_000
    assert not wal.is_damaged(data)
    for cut in (0, 31, 40, len(data) - 1, len(data) - PAGE, len(data) // 2):
        assert not wal.is_damaged(data[:cut])  # of a program that was killed while it wrote
    with opened(killed, models) as library:
        assert library.maintenance.trouble() == [] and {d.name for d in library.documents.all()} == {
            "garanti.txt",
            "holiday.md",
            "new.txt",
        }


def test_every_flipped_bit_in_a_wal_is_noticed(killed: Path) -> None:
    data = (killed / "kilde.db-wal").read_bytes()
    chance = random.Random(1)
    for _ in range(60):
        harmed = bytearray(data)
        harmed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        assert wal.is_damaged(bytes(harmed))


def test_what_an_earlier_round_left_in_a_wal_is_no_damage(killed: Path) -> None:
    data = bytearray((killed / "kilde.db-wal").read_bytes())
    (size,) = struct.unpack_from(">I", data, 8)
    (salt,) = struct.unpack_from(">I", data, 16)
    frames = list(range(32, len(data) - size, 24 + size))
    for frame in frames[3:]:
        struct.pack_into(">2I", data, frame + 8, salt - 1, 0xA5A5A5A5)
    assert not wal.is_damaged(bytes(data))
    data[frames[-1] : frames[-1] + 24] = bytes(24)  # the file was made longer, and then the power failed
    assert not wal.is_damaged(bytes(data))
    data[frames[-1] : frames[-1] + 24] = b"\x5a" * 24
    assert wal.is_damaged(bytes(data))


def test_changes_that_may_be_lost_are_told_until_they_are_put_aside(killed: Path, models: FakeModels) -> None:
    flip(killed / "kilde.db-wal", 32 + 24 + 100)
    with opened(killed, models) as library:
        (notice,) = library.maintenance.trouble()
        assert notice.code == "newest_lost"
        assert (killed / notice.values["file"]).exists()
        assert "newest_lost" in codes(library)
        report = library.maintenance.verify(repair=True)
        assert {n.code for n in report.repaired} == {"repaired_files"}
        assert library.maintenance.trouble() == []
        assert {p.name for p in (killed / "set-aside").iterdir()} >= {notice.values["file"]}


# mending ------------------------------------------------------------------------------------------------


def changing(statement: str) -> Callable[[Library], None]:
    def change(library: Library) -> None:
        with library.store.database.write() as db:
            db.execute(statement)

    return change


def leave_files(library: Library) -> None:
    (library.store.files.folder / ("a" * 64)).write_bytes(b"Whose is this?")


def leave_rows(library: Library) -> None:
    with library.store.database.write_connection() as db:
        db.pragma("foreign_keys", False)
        db.execute("INSERT INTO page(document_id, number, text) VALUES (77, 1, 'of nobody')")
        db.pragma("foreign_keys", True)


def leave_inside(library: Library) -> None:
    """A document that is inside one which is not there."""
    with library.store.database.write_connection() as db:
        db.pragma("foreign_keys", False)
        db.execute("UPDATE document SET parent_id = 77 WHERE id = 1")
        db.pragma("foreign_keys", True)


def harm_snapshot(library: Library) -> None:
    assert library.folder is not None
    (snapshot,) = (library.folder / "index").glob("*.faiss")
    flip(snapshot, snapshot.stat().st_size - 20)


HARM: dict[str, Callable[[Library], None]] = {
    "harm_snapshot": harm_snapshot,
    "harm_lexical": changing("DELETE FROM lexical_1_data WHERE id > 10"),
    "forget_lexical": changing("DELETE FROM lexical_1 WHERE rowid % 2 = 0"),
    "leave_lexical": changing("INSERT INTO lexical_1(rowid, body) VALUES (999, 'of nobody')"),
    "miscount": changing("UPDATE task SET chunks = chunks + 1, chunks_done = 0"),
    "lose_vectors": changing("DELETE FROM embedding WHERE chunk_id % 2 = 0"),
    "lose_pages": changing("DELETE FROM page WHERE document_id = 1"),
    "leave_files": leave_files,
    "leave_rows": leave_rows,
    "leave_inside": leave_inside,
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_what_is_derived_is_made_anew(folder: Path, models: FakeModels, harm: Callable[[Library], None]) -> None:
    with opened(folder, models) as library:
        before = [(h.document, h.chunk.text) for h in library.search("Are plums blue?").hits]
        harm(library)
        assert codes(library) != []
        assert library.maintenance.verify(repair=True).repaired != ()
        library.work_until_done(lambda _: None)
        assert codes(library) == []
        assert [(h.document, h.chunk.text) for h in library.search("Are plums blue?").hits] == before
    assert harm is not leave_files or (folder / "set-aside" / ("a" * 64)).read_bytes() == b"Whose is this?"


def test_what_cannot_be_mended_is_said(folder: Path, models: FakeModels) -> None:
    with opened(folder, models) as library:
        document = library.documents.all()[0]
        library.store.documents.original(document.sha256).unlink()
        report = library.maintenance.verify(repair=True)
        assert report.problems == (Notice("original_damaged", {"name": document.name}),)
        for language in ("da", "en"):
            assert document.name in say("original_damaged", language, **report.problems[0].values)


# reading what cannot be written -------------------------------------------------------------------------


def test_a_damaged_library_is_exported_as_far_as_it_can_be_read(
    folder: Path, models: FakeModels, tmp_path: Path
) -> None:
    change_row(folder, "UPDATE chunk SET text = 'Plums are red.' WHERE text LIKE 'Plums%'")
    with opened(folder, models) as library:
        assert "rows_damaged" in codes(library)
        exported = library.maintenance.export(tmp_path / "out", "jsonl")
        assert exported.left_out == (Notice("not_exported", {"name": "plums.txt"}),)
        assert exported.documents == 3
    with opened(tmp_path / "fresh", models) as fresh:
        fresh.maintenance.import_(tmp_path / "out")
        fresh.work_until_done(lambda _: None)
        assert {d.name: d.state for d in fresh.documents.all()} == dict.fromkeys(
            ("garanti.txt", "holiday.md", "plums.txt"), State.READY
        )
        assert fresh.maintenance.verify().problems == ()
        assert fresh.search("plums").hits[0].chunk.text.startswith("Plums are blue.")


@pytest.mark.parametrize("table", ["document", "task", "chunk", "space", ""])
def test_whichever_page_is_lost_the_originals_are_exported(
    folder: Path, models: FakeModels, tmp_path: Path, table: str
) -> None:
    db = apsw.Connection(str(folder / "kilde.db"), vfs=checksums.vfs())
    # without a table: the first page, and with it all of the database
    root = int(db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).get or 1)
    db.close()
    flip(folder / "kilde.db", (root - 1) * PAGE + 2000)
    with opened(folder, models) as library:
        assert "database_damaged" in codes(library)
        exported = library.maintenance.export(tmp_path / "out", "jsonl")
        assert exported.documents == 3
    originals = {path.read_bytes() for path in (tmp_path / "out" / "files").iterdir()}
    assert {WARRANTY.encode(), HOLIDAY.encode()} <= originals
    with opened(tmp_path / "fresh", models) as fresh:
        assert fresh.maintenance.import_(tmp_path / "out").documents == 3


def test_a_library_where_nothing_can_be_written_is_read(
    folder: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = apsw.Connection

    def refusing(path: str, flags: Any = None, **values: Any) -> apsw.Connection:
        if flags is None and path != ":memory:":
            raise apsw.CantOpenError("unable to open database file")
        return connect(path, **({"flags": flags} if flags is not None else {}), **values)

    monkeypatch.setattr(apsw, "Connection", refusing)
    with opened(folder, models) as library:
        assert [notice.code for notice in library.maintenance.trouble()] == ["store_read_only"]
        assert library.search("sick leave").hits[0].document == "holiday.md"
        assert library.ask("How many days of holiday has an employee?").answer is not None
        for change in (
            lambda: library.documents.add("n.txt", b"New."),
            lambda: library.documents.remove([1]),
            lambda: library.documents.reindex([1]),
        ):
            with pytest.raises(KildeError) as caught:
                change()
            assert caught.value.code == "store_read_only"
        with pytest.raises(KildeError):
            library.maintenance.verify(repair=True)


def test_a_disk_that_is_full_while_a_document_is_read_is_not_the_documents_fault(
    folder: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.documents import document_reader

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    with opened(folder, models) as library:
        library.documents.add("new.txt", b"New plums.")
        with monkeypatch.context() as patched:
            patched.setattr(document_reader, "opening_language", full)
            with pytest.raises(KildeError) as caught:
                library.work_until_done(lambda _: None)
        assert caught.value.code == "disk_full"
        library.work_until_done(lambda _: None)
        assert {d.state for d in library.documents.all()} == {State.READY}


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_database_that_is_gone_is_not_begun_anew(folder: Path, models: FakeModels, tmp_path: Path, how: str) -> None:
    database = folder / "kilde.db"
    database.unlink()
    if how == "empty":
        database.touch()
    database.with_name("kilde.db-wal").write_bytes(b"the newest changes")
    originals = set((folder / "files").iterdir())
    with opened(folder, models) as library:
        assert [notice.values["detail"] for notice in library.maintenance.trouble()] == [how]
        assert codes(library, repair=True) == ["database_damaged"]
        for language in ("da", "en"):
            assert "kilde.db" in say("store_damaged", language, detail=how)
        with pytest.raises(StoreDamaged):
            library.documents.add("new.txt", b"New.")
        assert library.maintenance.export(tmp_path / "exported").documents == 3
    assert set((folder / "files").iterdir()) == originals and not (folder / "set-aside").exists()
    assert database.with_name("kilde.db-wal").read_bytes() == b"the newest changes"
    assert database.exists() == (how == "empty")


def test_texts_whose_names_are_lost_are_exported_as_texts(folder: Path, models: FakeModels, tmp_path: Path) -> None:
    (folder / "kilde.db").unlink()
    with opened(folder, models) as library:
        library.maintenance.export(tmp_path / "exported")
    assert (tmp_path / "exported" / "documents.jsonl").read_text("utf-8").count('.txt"') == 3


@pytest.mark.parametrize("noted", [False, True])
def test_a_database_of_a_newer_version_is_left_alone(folder: Path, models: FakeModels, noted: bool) -> None:
    db = apsw.Connection(str(folder / "kilde.db"), vfs=checksums.vfs())
    db.pragma("user_version", len(MIGRATIONS) + 1)
    db.close()
    if noted:
        (folder / "damaged.json").write_text("{}")
    before = (folder / "kilde.db").read_bytes()
    with pytest.raises(StoreNewer):
        opened(folder, models)
    assert (folder / "kilde.db").read_bytes() == before


@pytest.mark.parametrize("noted", [b"\xff\x00", b"[]", b"{}", b""])
def test_a_note_of_damage_that_cannot_be_read_is_believed(folder: Path, models: FakeModels, noted: bytes) -> None:
    (folder / "damaged.json").write_bytes(noted)
    with opened(folder, models) as library:
        (notice,) = library.maintenance.trouble()
        assert "damaged.json" in say(notice.code, "en", **notice.values)
        assert codes(library) == [] and library.maintenance.trouble() == []


def test_an_original_that_has_gone_is_back_when_the_file_is_added_again(folder: Path, models: FakeModels) -> None:
    with opened(folder, models) as library:
        document = next(d for d in library.documents.all() if d.name == "holiday.md")
        (folder / "files" / document.sha256).write_bytes(b"something else")
        assert codes(library) == ["original_damaged"]
        with pytest.raises(AlreadyThere):
            library.documents.add("again.md", HOLIDAY.encode())
        assert library.documents.original(document.id) == HOLIDAY.encode()
        assert codes(library) == []
