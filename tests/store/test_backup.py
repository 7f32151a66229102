"""A backup is one moment of a library, is checked, and comes back; a damaged or hostile one touches nothing."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from rag.core.errors import DiskFull, InUse, InvalidBackup, KildeError, NotEmpty, StoreNewer, TargetTaken
from rag.library import Library
from rag.store.backup import backup, check, restore, restorer
from rag.store.integrity import checksums
from tests.conftest import HOLIDAY, WARRANTY, FakeModels


@pytest.fixture
def saved(filled: Library, tmp_path: Path) -> Path:
    path = tmp_path / "kept" / "kilde.zip"
    assert filled.maintenance.backup(path).documents == 2
    return path


def everything(library: Library) -> list[Any]:
    documents = library.documents.all()
    return [
        [(d.name, d.sha256, d.state, d.chunks, d.tags) for d in documents],
        [library.documents.original(d.id) for d in documents],
        [(h.document, h.chunk.text, round(h.score, 6)) for h in library.search("batterier").hits],
        [(c.title, [t.turn.answer for t in library.conversations.turns(c.id)]) for c in library.conversations.all()],
        library.settings.current(),
    ]


def test_all_comes_back(filled: Library, tmp_path: Path, models: FakeModels) -> None:
    turn = filled.conversations.start("Hvor længe er batterier dækket?")
    filled.conversations.wait(turn.id)
    filled.documents.tag([filled.documents.all()[0].id], ["rules"])
    filled.settings.save(filled.settings.current().changed(k=7))
    expected = everything(filled)
    filled.maintenance.backup(tmp_path / "kilde.zip")
    assert restore(tmp_path / "kilde.zip", tmp_path / "again") is None
    assert sorted(p.name for p in (tmp_path / "again").iterdir()) == ["files", "kilde.db", "worker.lock"]
    with Library.open(tmp_path / "again", work=False, models=models) as again:
        assert everything(again) == expected
        assert again.maintenance.verify().problems == ()


def test_it_is_one_moment_while_others_write(filled: Library, tmp_path: Path, models: FakeModels) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            document = filled.documents.add(f"n{number}.txt", f"Note number {number} of many.".encode())
            if number % 2:
                filled.documents.remove([document.id])

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for number in range(3):
            assert filled.maintenance.backup(tmp_path / f"{number}.zip").missing == ()
    finally:
        stop.set()
        writing.join(20)
    restore(tmp_path / "2.zip", tmp_path / "again")
    with Library.open(tmp_path / "again", work=False, models=models) as again:
        again.work_until_done(lambda _: None)
        assert {"garanti.txt", "holiday.md"} <= {d.name for d in again.documents.all()}
        assert again.maintenance.verify().problems == ()
    assert not [p for p in tmp_path.rglob(".*") if p.name.startswith((".backup", ".held", ".new"))]


def test_what_is_larger_than_a_cache_is_copied_with_its_newest_pages(
    filled: Library, tmp_path: Path, models: FakeModels
) -> None:
    """Pages that stand in the -wal have no sums yet; SQLite writes many of the copy's before the first one."""
    for number in range(2):
        filled.documents.add(
            f"large {number}.txt", (f"Batterier nummer {number} er dækket i seks måneder. " * 12_000).encode()
        )
    assert filled.wait(60)
    assert filled.folder is not None
    assert (filled.folder / "kilde.db-wal").stat().st_size > 0
    filled.maintenance.backup(tmp_path / "kilde.zip")
    with zipfile.ZipFile(tmp_path / "kilde.zip") as archive:
        assert archive.getinfo("kilde.db").file_size > 2_500_000
    restore(tmp_path / "kilde.zip", tmp_path / "again")
    with Library.open(tmp_path / "again", work=False, models=models) as again:
        assert len(again.documents.all()) == len(filled.documents.all()) and again.maintenance.verify().problems == ()


def test_a_library_that_is_there_is_put_aside_only_when_asked(saved: Path, tmp_path: Path, models: FakeModels) -> None:
    other = tmp_path / "other"
    with Library.open(other, work=False, models=models) as library:
        library.documents.add("mine.txt", b"What was there before.")
    (other / "models").mkdir()
    with pytest.raises(NotEmpty):
        restore(saved, other)
    with Library.open(other, work=False, models=models) as library:
        assert [d.name for d in library.documents.all()] == ["mine.txt"]
    aside = restore(saved, other, replace=True)
    assert aside is not None and aside.parent == other
    with Library.open(other, work=False, models=models) as library:
        assert {d.name for d in library.documents.all()} == {"garanti.txt", "holiday.md"}
    with Library.open(aside, work=False, models=models) as library:
        assert [d.name for d in library.documents.all()] == ["mine.txt"]
        assert library.documents.original(library.documents.all()[0].id) == b"What was there before."
    assert (other / "models").is_dir()


def test_a_folder_in_use_is_not_touched(saved: Path, filled: Library) -> None:
    assert filled.folder is not None
    before = everything(filled)
    with pytest.raises(InUse):
        restore(saved, filled.folder, replace=True)
    assert everything(filled) == before


def test_an_original_that_is_damaged_is_named_and_left_out(filled: Library, tmp_path: Path) -> None:
    document = next(d for d in filled.documents.all() if d.name == "garanti.txt")
    filled.store.documents.original(document.sha256).write_bytes(b"changed")
    assert filled.maintenance.backup(tmp_path / "kilde.zip").missing == ("garanti.txt",)


def rewritten(path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> None:
    """The backup with its manifest and members as `change` leaves them."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(manifest, members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", json.dumps(manifest))


def other_member(manifest: dict[str, Any], members: dict[str, bytes], name: str) -> None:
    members[name] = b"evil"
    sha256 = "4c9a1d8e1f8a7b2c3d" + "0" * 46
    manifest["members"][name] = {"size": 4, "sha256": sha256}


def escape(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    other_member(manifest, members, "../evil")


def absolute(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    other_member(manifest, members, "/tmp/evil")


def unlisted(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    members["files/" + "a" * 64] = b"more"


def other_content(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.startswith("files/"))
    members[name] = members[name][:-1] + b"!"


def no_database(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    del members["kilde.db"], manifest["members"]["kilde.db"]


def no_sqlite(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    import hashlib

    members["kilde.db"] = b"x" * 5000
    manifest["members"]["kilde.db"] = {"size": 5000, "sha256": hashlib.sha256(b"x" * 5000).hexdigest()}


def other_format(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest["format"] = 99


def odd_manifest(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest["members"] = [["kilde.db", 1e999]]


def bomb(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest["members"]["kilde.db"]["size"] = 10


@pytest.mark.parametrize(
    "change",
    [escape, absolute, unlisted, other_content, no_database, no_sqlite, other_format, odd_manifest, bomb],
)
def test_a_hostile_backup_touches_nothing(saved: Path, tmp_path: Path, change: Callable[..., None]) -> None:
    rewritten(saved, change)
    with pytest.raises(InvalidBackup):
        restore(saved, tmp_path / "again")
    left = list((tmp_path / "again").rglob("*")) if (tmp_path / "again").exists() else []
    assert left == []
    assert not (tmp_path / "evil").exists() and not Path("/tmp/evil").exists()


@pytest.mark.parametrize("place", [0.0, 0.2, 0.5, 0.8, 0.99])
@pytest.mark.parametrize("how", ["cut", "flip"])
def test_a_damaged_backup_is_refused(saved: Path, tmp_path: Path, place: float, how: str) -> None:
    data = bytearray(saved.read_bytes())
    at = int(len(data) * place)
    if how == "cut":
        del data[at:]
    else:
        data[at] ^= 16
    saved.write_bytes(data)
    try:
        restore(saved, tmp_path / "again")
    except InvalidBackup:
        assert not (tmp_path / "again" / "kilde.db").exists()
    else:  # a bit that says nothing, such as a time in the list of members: then all is as it was
        assert how == "flip" and check(saved) > 0


def test_no_room_is_said_before_anything_is_touched(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restorer.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10}))
    with pytest.raises(DiskFull):
        restore(saved, tmp_path / "again")
    assert not (tmp_path / "again" / "kilde.db").exists()


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_bytes(WARRANTY.encode())
    for path in (tmp_path / "notes.zip", tmp_path / "missing.zip", tmp_path):
        with pytest.raises(InvalidBackup):
            restore(path, tmp_path / "again")


def test_a_damaged_library_is_not_backed_up(filled: Library, tmp_path: Path) -> None:
    filled.store.database.distrust("page 7")
    with pytest.raises(KildeError) as caught:
        backup(filled.store, tmp_path / "kilde.zip")
    assert caught.value.code == "store_damaged"
    assert not (tmp_path / "kilde.zip").exists()
    filled.store.database.trust_again()
    assert HOLIDAY.encode() in [filled.documents.original(d.id) for d in filled.documents.all()]


@pytest.mark.parametrize("name", ["kilde.db", "kilde.db-wal", "files/kilde.zip", "notes.txt", "."])
def test_a_backup_takes_the_place_of_nothing_but_a_backup(filled: Library, name: str) -> None:
    assert filled.folder is not None
    (filled.folder / "notes.txt").write_text("not Kilde's")
    kept = [filled.folder / "kilde.db", filled.folder / "notes.txt", *(filled.folder / "files").iterdir()]
    before = [path.read_bytes() for path in kept]
    with pytest.raises(TargetTaken) as caught:
        filled.maintenance.backup(filled.folder / name)
    assert [path.read_bytes() for path in kept] == before
    assert not (filled.folder / "files" / "kilde.zip").exists()
    assert name.strip(".") in caught.value.in_language("da")


def test_a_backup_takes_the_place_of_an_older_one(filled: Library, saved: Path) -> None:
    filled.documents.remove([filled.documents.all()[0].id])
    assert filled.maintenance.backup(saved).documents == 1


def test_a_backup_of_a_newer_version_is_refused(filled: Library, tmp_path: Path) -> None:
    assert filled.folder is not None
    db = apsw.Connection(str(filled.folder / "kilde.db"), vfs=checksums.vfs())
    db.pragma("user_version", 99)
    db.close()
    filled.maintenance.backup(tmp_path / "kilde.zip")
    with pytest.raises(StoreNewer):
        restore(tmp_path / "kilde.zip", tmp_path / "again")
    assert not (tmp_path / "again" / "kilde.db").exists()


def test_what_the_old_library_lost_goes_aside_with_it(saved: Path, tmp_path: Path, models: FakeModels) -> None:
    folder = tmp_path / "again"
    restore(saved, folder)
    (folder / "kilde.db-wal.damaged-20260101T000000").write_bytes(b"lost")
    aside = restore(saved, folder, replace=True)
    assert aside is not None and (aside / "kilde.db-wal.damaged-20260101T000000").exists()
    with Library.open(folder, work=False, models=models) as library:
        assert library.maintenance.trouble() == []
