"""Tasks for a sandbox that misbehave on purpose; run in a child only."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def spin(send: Any) -> None:
    send(started=True)
    while True:
        pass


def sleep(send: Any) -> None:
    send(started=True)
    time.sleep(60)


def eat(send: Any) -> None:
    blocks = []
    while True:
        blocks.append(bytearray(16 << 20))


def flood(send: Any) -> None:
    while True:
        send(blob=bytes(1 << 20), filler=True)


def open_too_many(send: Any) -> None:
    pairs = [socket.socketpair() for _ in range(200)]
    send(opened=len(pairs))


def write_a_file(send: Any) -> None:
    place = Path(f"/tmp/kilde-test-{os.getpid()}")
    try:
        place.write_bytes(b"x" * 100)
    finally:
        place.unlink()


def start(send: Any) -> None:
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    send(pid=program.pid)
    time.sleep(60)


def after_two_pages(send: Any, path: str, pages: int, characters: int) -> None:
    """Reads two pages of nine; what then goes wrong stands in the file."""
    for number, text in ((1, "Side et."), (2, "Side to.")):
        send(page=number, of=9, text=text, label=None)
    globals()[Path(path).read_text()](send)


def after_a_blank_page(send: Any, path: str, pages: int, characters: int) -> None:
    send(page=1, of=9, text=" ", label=None)
    globals()[Path(path).read_text()](send)


def hold(send: Any, path: str, pages: int, characters: int) -> None:
    """Reads one page of two, and the other when there is the file that is named in it."""
    release = Path(path).read_text()
    send(page=1, of=2, text="Pumpen er langsom.", label=None)
    while not Path(release.split()[0]).exists():
        time.sleep(0.02)
    send(page=2, of=2, text=f"Ventilen er også {release.split()[-1]}.", label=None)


def crash(send: Any) -> None:
    ctypes.string_at(0)


def fail(send: Any) -> None:
    raise RuntimeError("a fault of ours")


def noise(send: Any) -> None:
    os.write(1, b"a library prints\n")
    print("and so does Python", flush=True)
    send(heard="nothing")


def write(send: Any, path: str) -> None:
    try:
        Path(path).write_bytes(b"x" * 100)
    except OSError as error:
        send(refused=type(error).__name__)
    else:
        send(refused=None)


def open_many(send: Any) -> None:
    pairs = []
    try:
        for _ in range(200):
            pairs.append(socket.socketpair())
    except OSError:
        send(opened=len(pairs))


def environment(send: Any) -> None:
    send(variables=dict(os.environ), path=sys.path, main=getattr(sys.modules["__main__"], "__file__", None))


def echo(send: Any, text: str) -> None:
    send(blob=text.encode(), text=text)


REMEMBERED: list[str] = []


def remember(send: Any, word: str) -> None:
    """What one child was given must not be there in the next."""
    REMEMBERED.append(word)
    stat = Path(f"/proc/{os.getppid()}/stat").read_text()  # of the keeper
    send(pid=os.getpid(), remembered=REMEMBERED, parents_parent=int(stat.rpartition(")")[2].split()[1]))
