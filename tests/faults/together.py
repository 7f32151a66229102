"""Many at once: sessions of one server, and two programs on one folder."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.library import Library
from tests.conftest import FakeModels
from tests.faults.child import Killable, in_child
from tests.faults.rows import Row, Size
from tests.faults.user import first_space, look, opened, text_of


def sessions(seed: int, size: Size) -> Row:
    """Threads that upload, delete, search and ask, as the sessions of the app do, with the real loaders and worker."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kilde-sessions-") as root:
        folder = Path(root) / "library"
        said = in_child(lambda: _sessions(folder, seed, size), size.session_seconds + 120)
        found = in_child(lambda: look(folder, said["there"], said["there"]))
    wrong = {"errors": len(said["errors"]), **{what: found[what] for what in ("lost", "phantom", "half")}}
    told = {**said["told"], "first errors": said["errors"][:3]}
    return Row(f"{size.sessions} sessions", said["done"], wrong, told, round(time.monotonic() - began, 1))


def _sessions(folder: Path, seed: int, size: Size) -> dict[str, Any]:
    errors: list[str] = []
    took: list[float] = []
    counts = dict.fromkeys(("uploaded", "deleted", "searched", "asked"), 0)
    there: dict[str, int] = {}
    with Library.open(folder, models=FakeModels()) as library:
        first_space(library)
        end = time.monotonic() + size.session_seconds

        def one(session: int) -> None:
            chance = random.Random(seed * 1000 + session)
            mine: dict[str, tuple[int, int]] = {}
            number = session * 100_000
            while time.monotonic() < end:
                try:
                    what = chance.choices(("upload", "delete", "search", "ask"), (3, 2 if len(mine) > 4 else 0, 6, 2))[
                        0
                    ]
                    if what == "upload":
                        number += 1
                        name = f"s{session}-{number}.txt"
                        mine[name] = (number, library.documents.add(name, text_of(number).encode()).id)
                        counts["uploaded"] += 1
                    elif what == "delete":
                        name, (gone, document_id) = mine.popitem()
                        library.documents.remove([document_id])
                        counts["deleted"] += 1
                        if any(h.document == name for h in library.search(f"sign{gone}x").hits):
                            errors.append(f"{name} is found after it was deleted")
                    elif what == "search":
                        began = time.monotonic()
                        library.search(f"word{chance.randint(0, 400)} of sign{number}x")
                        took.append(time.monotonic() - began)
                        counts["searched"] += 1
                    else:
                        library.ask(f"What does sign{number}x say?")
                        counts["asked"] += 1
                    time.sleep(chance.random() * 0.05)  # a user is never quicker
                except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
                    errors.append(f"{type(error).__name__}: {error}")
            there.update({name: number for name, (number, _) in mine.items()})

        threads = [threading.Thread(target=one, args=(session,)) for session in range(size.sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not library.wait(90):
            errors.append("indexing did not end")
    took.sort()
    told = {**counts, "search p50 ms": _ms(took, 0.5), "search p95 ms": _ms(took, 0.95)}
    return {"errors": errors, "there": there, "told": told, "done": sum(counts.values())}


def _ms(took: list[float], share: float) -> float:
    return round(1000 * took[int(len(took) * share)], 1) if took else 0.0


def two_programs(seed: int, size: Size) -> Row:
    """The app and the command line on one folder: both write, each sees what the other one did."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kilde-two-") as root:
        folder = Path(root) / "library"
        in_child(lambda: _prepare(folder))
        children = [
            Killable(lambda tell, n=number: _one_of_two(folder, n, seed, size.two_seconds, tell))  # type: ignore[misc]
            for number in (1, 2)
        ]
        for child in children:
            child.start()
        there: dict[str, int] = {}
        done = 0
        for child in children:
            for word, *values in child.ended():
                if word == "added":
                    there[values[0]] = values[1]
                elif word == "removed":
                    there.pop(values[0])
                done += word in ("added", "removed")
        found = in_child(lambda: look(folder, there, there))
        seen = [_seen(folder, 900_000 + n) for n in range(3 if size.kills < 100 else 20)]
    wrong = {what: found[what] for what in ("lost", "phantom", "half")}
    wrong["seen after more than 1 s"] = sum(seconds > 1 for seconds in seen)
    told = {"changes": done, "seen after at most s": round(max(seen), 3)}
    return Row("two programs on one folder", done, wrong, told, round(time.monotonic() - began, 1))


def _prepare(folder: Path) -> None:
    library = opened(folder)
    first_space(library)
    library.close()


def _one_of_two(folder: Path, me: int, seed: int, seconds: float, tell: Callable[..., None]) -> None:
    chance = random.Random(seed + me)
    library = opened(folder)
    mine: dict[str, int] = {}
    number = me * 100_000
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if len(mine) > 5 and chance.random() < 0.5:
            name, document_id = mine.popitem()
            library.documents.remove([document_id])
            tell("removed", name)
        else:
            number += 1
            name = f"p{me}-{number}.txt"
            mine[name] = library.documents.add(name, text_of(number).encode()).id
            tell("added", name, number)
            library.work_until_done(lambda _: None)
            library.search(f"sign{number}x")
    library.close()


def _seen(folder: Path, number: int) -> float:
    """How long until another program, which has all of it open already, finds what this one has just added."""
    watching = Killable(lambda tell: _watch(folder, number, tell))
    watching.start()
    watching.wait_for("open")
    acknowledged = in_child(lambda: _add(folder, number))
    (when,) = [line[1] for line in watching.ended() if line[0] == "seen"]
    return max(0.0, when - acknowledged)


def _add(folder: Path, number: int) -> float:
    library = opened(folder)
    library.documents.add(f"w{number}.txt", text_of(number).encode())
    library.work_until_done(lambda _: None)
    acknowledged = time.monotonic()
    library.close()
    return acknowledged


def _watch(folder: Path, number: int, tell: Callable[..., None]) -> None:
    library = opened(folder)
    library.search("ready")
    tell("open")
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if any(hit.dense_rank and hit.document == f"w{number}.txt" for hit in library.search(f"sign{number}x").hits):
            tell("seen", time.monotonic())
            break
        time.sleep(0.02)
    library.close()
