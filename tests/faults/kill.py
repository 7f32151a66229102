"""Programs ended by `kill -9`: at random moments, at every named step, and in the middle of a long document."""

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

from rag.core import crash_points
from tests.faults.child import Killable, in_child
from tests.faults.rows import Row, Size
from tests.faults.user import Change, do, first_space, live, look, opened, text_of, told

KEPT = 12
"""So many deaths a library lives through before it is begun anew."""
OPERATIONS = ("add", "replace", "delete", "reindex", "switch", "snapshot")


def random_moments(seed: int, size: Size) -> Row:
    """One library after another is used and killed, again and again; each time it is opened and compared."""
    chance = random.Random(seed)
    began = time.monotonic()
    sums = dict.fromkeys(("lost", "phantom", "half", "refused"), 0)
    recoveries: list[float] = []
    counted = {"under way": 0, "alarms": 0, "leftovers": 0}
    with tempfile.TemporaryDirectory(prefix="kilde-kill-") as root:
        there: dict[str, int] = {}
        number = 0
        for case in range(size.kills):
            folder = Path(root) / str(case // KEPT)
            if case % KEPT == 0:
                there = {}
            number += 1000
            child = Killable(lambda tell, f=folder, t=there, n=number: live(f, n + seed, t, n, tell))  # type: ignore[misc]
            child.start()
            child.wait_for("ready")
            time.sleep(chance.random() * 0.5)
            child.kill()
            acknowledged, allowed, under_way = told(child.ended(), there)
            counted["under way"] += under_way is not None
            found = in_child(lambda f=folder, a=acknowledged, b=allowed: look(f, a, b))  # type: ignore[misc]
            there = found["there"]
            _count(found, sums, counted)
            recoveries.append(found["seconds"])
    return _row("kill -9 at random moments", size.kills, sums, counted, recoveries, began)


def named_steps(seed: int, size: Size) -> Row:
    """Each operation is done once to learn its steps, and then once for each step, at which it is killed."""
    began = time.monotonic()
    sums = dict.fromkeys(("lost", "phantom", "half", "refused"), 0)
    counted: dict[str, Any] = {"alarms": 0, "leftovers": 0}
    recoveries: list[float] = []
    cases = 0
    with tempfile.TemporaryDirectory(prefix="kilde-steps-") as root:
        before = {f"d{n}.txt": n for n in range(4)}
        whole = Path(root) / "whole"
        in_child(lambda: _fill(whole, before))
        for what in OPERATIONS:
            change = Change(what, "new.txt" if what == "add" else "d1.txt", 99)
            names: list[str] = in_child(lambda c=change: _steps(root, whole, c))  # type: ignore[misc]
            counted[what] = len(names)
            # a quick run takes some of each
            for place in range(len(names)) if size.kills >= 100 else range(seed % 12, len(names), 12):
                cases += 1
                folder = Path(root) / f"{what}-{place}"
                shutil.copytree(whole, folder)
                child = Killable(lambda tell, f=folder, c=change, p=place: _die(f, c, p))  # type: ignore[misc]
                child.start()
                assert child.ended() == []  # it died where it should
                found = in_child(lambda f=folder, c=change: look(f, before, c.after(before)))  # type: ignore[misc]
                _count(found, sums, counted)
                recoveries.append(found["seconds"])
                shutil.rmtree(folder)
    return _row("kill -9 at every named step", cases, sums, counted, recoveries, began)


def in_a_document(seed: int, size: Size) -> Row:
    """A worker that is killed between the batches of one long document goes on where it was."""
    began = time.monotonic()
    chance = random.Random(seed)
    cases = max(2, size.kills // 10)
    wrong = {"embedded again": 0, "chunks twice": 0, "missing": 0}
    batches = 0
    with tempfile.TemporaryDirectory(prefix="kilde-long-") as root:
        for case in range(cases):
            folder = Path(root) / str(case)
            at = chance.randint(1, 7)
            child = Killable(lambda tell, f=folder, a=at, n=case: _long(f, n, a, tell))  # type: ignore[misc]
            child.start()
            child.ended()
            found = in_child(lambda f=folder, n=case: _go_on(f, n))  # type: ignore[misc]
            batches += found["kept"] // 64
            wrong["embedded again"] += found["embedded"] != found["chunks"] - found["kept"]
            wrong["chunks twice"] += found["twice"]
            wrong["missing"] += found["missing"]
    return Row(
        "worker killed in mid-document", cases, wrong, {"batches kept": batches}, round(time.monotonic() - began, 1)
    )


def _count(found: dict[str, Any], sums: dict[str, int], counted: dict[str, Any]) -> None:
    for name in ("lost", "phantom", "half"):
        sums[name] += found[name]
    sums["refused"] += bool(found["refused"])
    counted["alarms"] += found["alarms"]
    counted["leftovers"] += found["leftovers"]


def _row(
    name: str, cases: int, sums: dict[str, int], counted: dict[str, Any], recoveries: list[float], began: float
) -> Row:
    recoveries.sort()
    times = {"recovery p50 s": round(recoveries[len(recoveries) // 2], 2), "recovery max s": round(recoveries[-1], 2)}
    return Row(name, cases, sums, {**counted, **times}, round(time.monotonic() - began, 1))


def _fill(folder: Path, there: dict[str, int]) -> None:
    library = opened(folder)
    first_space(library)
    for name, number in there.items():
        library.documents.add(name, text_of(number).encode())
    library.work_until_done(lambda _: None)
    library.close()


def _steps(root: str, whole: Path, change: Change) -> list[str]:
    folder = Path(root) / "learning"
    shutil.copytree(whole, folder)
    library = opened(folder)
    reached: list[str] = []
    crash_points.hook = reached.append
    do(library, change)
    crash_points.hook = None
    library.close()
    shutil.rmtree(folder)
    return reached


def _die(folder: Path, change: Change, place: int) -> None:
    library = opened(folder)
    _die_at(place, lambda _: True)
    do(library, change)


def _die_at(place: int, counts: Callable[[str], bool]) -> None:
    left = place

    def hook(step: str) -> None:
        nonlocal left
        if counts(step):
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    crash_points.hook = hook


def _long(folder: Path, number: int, batches: int, tell: Callable[..., None]) -> None:
    library = opened(folder)
    first_space(library)
    library.documents.add("long.txt", text_of(number, 20_000).encode())
    _die_at(batches, lambda step: step == "index: vectors written")
    library.work_until_done(lambda _: None)


def _go_on(folder: Path, number: int) -> dict[str, int]:
    library = opened(folder)
    (document,) = library.documents.all()
    kept = len(library.store.chunks.embedded(document.id))
    encoder = library.embedding_models.embedding("fake/hashing").encoder()
    embedded = []
    encode = encoder.encode_passages

    def counting(passages: Any, cancelled: Any = None) -> Any:
        embedded.append(len(passages))
        return encode(passages, cancelled)

    encoder.encode_passages = counting  # type: ignore[method-assign]
    library.work_until_done(lambda _: None)
    chunks = library.store.chunks.of_document(document.id)
    places = {(c.start, c.end) for c in chunks}
    missing = len(chunks) - len(library.store.chunks.embedded(document.id)) + len(library.maintenance.verify().problems)
    return {
        "kept": kept,
        "embedded": sum(embedded),
        "chunks": len(chunks),
        "twice": len(chunks) - len(places),
        "missing": missing,
    }


__all__ = ["in_a_document", "named_steps", "random_moments"]
