"""The power fails: what was not synced is gone, or half there, or there before what was written ahead of it.

The library works on a disk that records every write, sync and rename, SQLite's and ours. From the record, states are
made in which a real disk might be found after the power failed at some moment: all that was synced by then, and of the
rest nothing, all, or any part, with writes torn at sectors and names that came before or after each other. Each of them
is opened and compared with what had been acknowledged by then.
"""

from __future__ import annotations

import os
import pickle
import random
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.child import in_child
from tests.faults.faulty_vfs import Disk, lay_between
from tests.faults.rows import Row, Size
from tests.faults.user import Change, do, first_space, look, opened, text_of, told

SECTOR = 512
BEFORE = {"d0.txt": 0, "d1.txt": 1, "d2.txt": 2}
DONE = (
    Change("add", "d3.txt", 3),
    Change("replace", "d1.txt", 11),
    Change("delete", "d0.txt"),
    Change("reindex", "d2.txt"),
    Change("switch"),
    Change("snapshot"),
    Change("add", "d5.txt", 5),
)
Entry = tuple[Any, ...]


def power_loss(seed: int, size: Size) -> Row:
    """So many states of the disk, each opened."""
    began = time.monotonic()
    chance = random.Random(seed)
    sums = dict.fromkeys(("lost", "phantom", "half", "refused"), 0)
    alarms = leftovers = tried = 0
    with tempfile.TemporaryDirectory(prefix="kilde-power-") as root:
        record = Path(root) / "record"
        for begins, share in (("empty", 0.3), ("used", 0.7)):
            folder = Path(root) / begins
            in_child(lambda f=folder, b=begins: _record(f, b == "used", record))  # type: ignore[misc]
            log: list[Entry] = pickle.loads(record.read_bytes())
            start = {} if begins == "empty" else dict(BEFORE)
            first = next(place for place, entry in enumerate(log) if entry[0] == "word")
            for _ in range(round(size.power * share)):
                at = chance.randint(first, len(log))
                way = chance.choice(("nothing", "everything", "some", "some", "torn"))
                state = Path(root) / "state"
                _state(log[:at], way, chance, folder, state)
                said = [list(entry[1:]) for entry in log[:at] if entry[0] == "word"]
                acknowledged, allowed, _ = told(said, start)
                found = in_child(lambda a=acknowledged, b=allowed, s=state: look(s, a, b))  # type: ignore[misc]
                for what in ("lost", "phantom", "half"):
                    sums[what] += found[what]
                sums["refused"] += bool(found["refused"])
                alarms, leftovers = alarms + found["alarms"], leftovers + found["leftovers"]
                tried += 1
                shutil.rmtree(state)
        sums["a disk without sync lost nothing"] = int(not _control(log, root, folder, chance))
    counted = {"alarms": alarms, "leftovers": leftovers, "recorded": len(log)}
    return Row("power loss: writes dropped, names reordered", tried, sums, counted, round(time.monotonic() - began, 1))


def _control(log: list[Entry], root: str, folder: Path, chance: random.Random) -> int:
    """How many documents are lost where nothing is ever synced: or else these tests would find nothing."""
    first = next(place for place, entry in enumerate(log) if entry[0] == "word")
    unsynced = [entry for place, entry in enumerate(log) if place < first or entry[0] != "sync"]
    state = Path(root) / "control"
    _state(unsynced, "nothing", chance, folder, state)
    acknowledged, allowed, _ = told([list(entry[1:]) for entry in log if entry[0] == "word"], BEFORE)
    return int(in_child(lambda: look(state, acknowledged, allowed))["lost"])


def _record(folder: Path, used: bool, record: Path) -> None:
    """Do everything on a recording disk. used: from a library that is there; its files are the first entries."""
    if used:
        in_child(lambda: _fill(folder))
    disk = Disk(folder)
    lay_between(disk)
    if used:
        disk.log += [("mkdir", str(folder)), ("sync folder", str(folder.parent))]
        for path in sorted(folder.rglob("*")):
            if path.is_dir():
                disk.log.append(("mkdir", str(path)))
            else:
                disk.log += [("create", str(path)), ("write", str(path), 0, path.read_bytes()), ("sync", str(path))]
        disk.log += [("sync folder", str(path)) for path in (folder, *folder.rglob("*")) if path.is_dir()]
    disk.recording = True
    library = opened(folder)
    first_space(library)
    for change in DONE if used else (Change("add", "d0.txt", 0), Change("add", "d1.txt", 1)):
        disk.note("word", "begin", change.what, change.name, change.number)
        do(library, change)
        disk.note("word", "done")
    library.close()
    record.write_bytes(pickle.dumps(disk.log))


def _fill(folder: Path) -> None:
    library = opened(folder)
    first_space(library)
    for name, number in BEFORE.items():
        library.documents.add(name, text_of(number).encode())
    library.work_until_done(lambda _: None)
    library.close()


@dataclass
class _Inode:
    """A file's content: what is certainly there, and the writes that came since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[Entry] = field(default_factory=list)

    def apply(self, entries: Iterable[Entry]) -> None:
        for kind, *values in entries:
            if kind == "truncate":
                del self.synced[values[0] :]
                self.synced.extend(bytes(values[0] - len(self.synced)))
            else:
                offset, data = values
                self.synced.extend(bytes(max(0, offset - len(self.synced))))
                self.synced[offset : offset + len(data)] = data

    def sync(self) -> None:
        self.apply(self.since)
        self.since.clear()


def _state(log: list[Entry], way: str, chance: random.Random, root: Path, state: Path) -> None:
    """Make a folder as it may be found after the power failed when `log` had happened."""
    live: dict[str, _Inode] = {}
    durable: dict[str, _Inode | str] = {}
    pending: list[Entry] = []  # what happened to names since their folder was synced
    for kind, *values in log:
        if kind == "create":
            live[values[0]] = inode = _Inode()
            pending.append(("name", values[0], inode))
        elif kind == "mkdir":
            pending.append(("folder", values[0]))
        elif kind in ("write", "truncate"):
            live[values[0]].since.append((kind, *values[1:]))
        elif kind == "sync":
            live[values[0]].sync()
        elif kind == "rename":
            live[values[1]] = inode = live.pop(values[0])
            pending.append(("rename", values[0], values[1], inode))
        elif kind == "remove":
            live.pop(values[0], None)
            pending.append(("remove", values[0]))
        elif kind == "sync folder":
            here = [entry for entry in pending if os.path.dirname(entry[1]) == values[0]]
            pending = [entry for entry in pending if os.path.dirname(entry[1]) != values[0]]
            _names(durable, here)
    _names(durable, [entry for entry in pending if _kept(way, chance)])
    state.mkdir(parents=True)
    for name, inode in durable.items():
        if isinstance(inode, str):
            continue
        # SQLite's own notes on its `-wal` are in memory that is shared; they do not outlive a machine
        if name.endswith("-shm") or name.endswith(".lock"):
            continue
        if any(str(folder) not in durable for folder in Path(name).parents if folder.is_relative_to(root)):
            continue  # the way to it was lost
        path = state / Path(name).relative_to(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        copy = _Inode(bytearray(inode.synced))
        copy.apply(_torn(inode.since, way, chance))
        path.write_bytes(copy.synced)


def _names(durable: dict[str, _Inode | str], entries: Iterable[Entry]) -> None:
    for kind, *values in entries:
        if kind == "name":
            durable[values[0]] = values[1]
        elif kind == "folder":
            durable[values[0]] = kind
        elif kind == "rename":
            durable.pop(values[0], None)
            durable[values[1]] = values[2]
        else:
            durable.pop(values[0], None)


def _kept(way: str, chance: random.Random) -> bool:
    return way == "everything" or (way != "nothing" and chance.random() < 0.5)


def _torn(since: list[Entry], way: str, chance: random.Random) -> Iterable[Entry]:
    for entry in since:
        if not _kept(way, chance):
            continue
        if way != "torn" or entry[0] == "truncate" or len(entry[2]) <= SECTOR:
            yield entry
            continue
        _, offset, data = entry
        for start in range(0, len(data), SECTOR):
            if chance.random() < 0.5:
                yield ("write", offset + start, data[start : start + SECTOR])
