"""Tasks for a sandbox that misbehave on purpose; run in a child only."""

from __future__ import annotations

import ctypes
import os
import socket
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
    held = []
    while True:
        held.append(bytearray(16 << 20))


def flood(send: Any) -> None:
    while True:
        send(blob=bytes(1 << 20), page=1)


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
    held = []
    try:
        for _ in range(200):
            held.append(socket.socketpair())
    except OSError:
        send(opened=len(held))


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
