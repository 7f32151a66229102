"""The children that meet untrusted bytes: what they may not do, and what becomes of a file that makes them try."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import rag.documents.loaders
from rag.core.errors import Cancelled, DamagedFile, ParsingLimit
from rag.documents.loaders import Limits, load
from rag.documents.loaders.sandbox import runner
from rag.documents.loaders.sandbox.forkserver import Prefork
from rag.documents.loaders.sandbox.runner import run
from tests.helpers import TESTS

TEXT, MARKDOWN = "text/plain", "text/markdown"
DANISH = "Batterier er dækket i 6 måneder. Øvrige dele er dækket i 24 måneder fra købsdatoen på Ærø."


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes], Path]:
    def save(content: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return save


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize(
    ("task", "limits", "met"),
    [
        ("spin", Limits(cpu=1), "time"),
        ("sleep", Limits(wall=0.5), "time"),
        ("eat", Limits(memory=256 << 20), "memory"),
        ("flood", Limits(output=10 << 20), "size"),
        ("open_too_many", Limits(open_files=32), "open_files"),
        ("write_a_file", Limits(), "files"),
    ],
)
def test_limits_hold(task: str, limits: Limits, met: str) -> None:
    started = time.monotonic()
    with pytest.raises(ParsingLimit) as caught:
        list(run(f"hostile:{task}", {}, limits=limits))
    assert caught.value.values == {"limit": met}
    assert time.monotonic() - started < 10


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("task", ["crash", "fail", "missing"])
def test_a_child_that_dies(task: str) -> None:
    with pytest.raises(DamagedFile):
        list(run(f"hostile:{task}", {}))


@pytest.mark.usefixtures("hostile")
def test_cancelling_ends_it_at_once() -> None:
    frames = run("hostile:sleep", {}, cancelled=lambda: begun)
    begun = False
    assert next(frames).data == {"started": True}
    begun = True
    asked = time.monotonic()
    with pytest.raises(Cancelled):
        next(frames)
    assert time.monotonic() - asked < 1


@pytest.mark.usefixtures("hostile")
def test_what_is_printed_is_no_frame() -> None:
    assert [frame.data for frame in run("hostile:noise", {})] == [{"heard": "nothing"}]


@pytest.mark.usefixtures("hostile")
def test_frames_carry_any_text_and_bytes() -> None:
    (frame,) = run("hostile:echo", {"text": "Æ\ud83d\ude00 \0 “x”".encode("utf-16", "surrogatepass").decode("utf-16")})
    assert frame.blob.decode() == frame.data["text"] == "Æ😀 \0 “x”"


@pytest.mark.usefixtures("hostile")
@pytest.mark.skipif(os.name == "nt", reason="no resource limits there")
def test_it_writes_nothing_and_opens_little(tmp_path: Path) -> None:
    (frame,) = run("hostile:write", {"path": str(tmp_path / "x")})
    assert frame.data == {"refused": "OSError"}
    (frame,) = run("hostile:open_many", {})
    assert frame.data["opened"] < 64


@pytest.mark.usefixtures("hostile")
def test_its_environment_holds_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.chdir(tmp_path)
    (frame,) = run("hostile:environment", {})
    assert "sk-secret" not in str(frame.data)
    assert frame.data["main"] is None
    assert str(tmp_path) not in frame.data["path"]


@pytest.mark.usefixtures("hostile")
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_every_child_is_a_new_one_and_begins_as_the_others_did() -> None:
    first, second = (next(iter(run("hostile:remember", {"word": word}))).data for word in ("one", "two"))
    assert first["pid"] != second["pid"]
    assert first["remembered"] == ["one"] and second["remembered"] == ["two"]
    assert first["parents_parent"] == second["parents_parent"] == runner._prefork._process.pid  # type: ignore[union-attr]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_where_the_forked_process_was_killed_the_next_file_is_read(saved: Callable[[bytes], Path]) -> None:
    path = saved(DANISH.encode())
    load(path, TEXT, "a.txt")
    process = runner._prefork._process  # type: ignore[union-attr]
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert load(path, TEXT, "a.txt").pages
    assert runner._prefork._process.pid != process.pid  # type: ignore[union-attr]


def test_where_nothing_can_be_forked_a_new_process_reads(
    saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Prefork, environment: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(Prefork, "start", refuse)
    assert load(saved(DANISH.encode()), TEXT, "a.txt").pages


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_forked_process_ends_with_the_program() -> None:
    code = (
        "from rag.documents.loaders.sandbox import runner; runner._start_child(); print(runner._prefork._process.pid)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    end = time.monotonic() + 10
    while _is_running(int(said.stdout)):
        assert time.monotonic() < end
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_cancelled_before_it_began(saved: Callable[[bytes], Path]) -> None:
    with pytest.raises(Cancelled):
        load(saved(DANISH.encode()), TEXT, "a.txt", cancelled=lambda: True)


def test_a_small_file_is_read_quickly(saved: Callable[[bytes], Path]) -> None:
    path = saved(DANISH.encode())
    best = min(_timed(path) for _ in range(3))
    assert best < 1.0


def _timed(path: Path) -> float:
    started = time.monotonic()
    load(path, TEXT, "a.txt")
    return time.monotonic() - started


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize(
    ("task", "limits", "met"),
    [
        ("spin", Limits(cpu=1), "time"),
        ("sleep", Limits(wall=1.5), "time"),
        ("eat", Limits(memory=256 << 20), "memory"),
        ("flood", Limits(output=10 << 20), "size"),
        ("open_too_many", Limits(open_files=32), "open_files"),
        ("write_a_file", Limits(), "files"),
    ],
)
def test_the_pages_read_before_a_limit_are_kept(
    saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch, task: str, limits: Limits, met: str
) -> None:
    monkeypatch.setitem(rag.documents.loaders._TASKS, MARKDOWN, "hostile:after_two_pages")
    parsed = load(saved(task.encode()), MARKDOWN, "a.md", limits=limits)
    assert [(page.number, page.text) for page in parsed.pages] == [(1, "Side et."), (2, "Side to.")]
    (notice,) = parsed.notices
    assert (notice.code, notice.values) == ("limit_met", {"limit": met, "read": 2, "pages": 9})
    assert notice.asks


@pytest.mark.usefixtures("hostile")
def test_the_pages_read_before_the_child_died_are_kept(
    saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rag.documents.loaders._TASKS, MARKDOWN, "hostile:after_two_pages")
    parsed = load(saved(b"crash"), MARKDOWN, "a.md")
    assert [notice.code for notice in parsed.notices] == ["damage_met"]
    assert len(parsed.pages) == 2


@pytest.mark.usefixtures("hostile")
def test_a_limit_met_before_there_is_any_text_refuses_the_file(
    saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rag.documents.loaders._TASKS, MARKDOWN, "hostile:after_a_blank_page")
    with pytest.raises(ParsingLimit) as caught:
        load(saved(b"spin"), MARKDOWN, "a.md", limits=Limits(cpu=1))
    assert caught.value.values == {"limit": "time"}


@pytest.mark.usefixtures("hostile")
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("forked", [True, False])
def test_what_a_child_started_ends_with_it(monkeypatch: pytest.MonkeyPatch, forked: bool) -> None:
    if not forked:
        monkeypatch.setattr(Prefork, "start", lambda self, environment: (_ for _ in ()).throw(OSError("no room")))
    frames = run("hostile:start", {}, cancelled=lambda: begun)
    begun = False
    pid = next(frames).data["pid"]
    assert _is_running(pid)
    begun = True
    with pytest.raises(Cancelled):
        next(frames)
    end = time.monotonic() + 5
    while _is_running(pid):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_is_forked_has_one_thread() -> None:
    """With everything loaded: a fork keeps one thread, and the locks of the others as they happen to be."""
    code = (
        "import importlib, sys, threading; from pathlib import Path;"
        "from rag.documents.loaders.sandbox import forkserver as f;"
        "[importlib.import_module(name) for name in (*f._PRELOADED, *f._PRELOADED_WHEN_IDLE)];"
        "status = Path('/proc/self/status');"  # which knows those that Python does not
        "told = status.read_text() if status.exists() else 'Threads:\\t%d' % threading.active_count();"
        "print('numpy' in sys.modules, next(line for line in told.split('\\n') if line.startswith('Threads')))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "False Threads:\t1\n"
