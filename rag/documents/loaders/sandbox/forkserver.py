"""Children for the sandbox, each forked from a process that has loaded what they need and has met no file.

A fresh interpreter takes 80 ms to load that, which is more than most files take to be read. The process that is forked
is itself a fresh interpreter with one thread; it does nothing but fork, so what a child is given, no other one had in
its hands. Between it and a child stands a keeper that tells how the child ended, and ends what the child started.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import io
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

_PRELOADED = (
    "rag.documents.loaders.pdf.loader",
    "rag.documents.loaders.pdf.ocr",
    "rag.documents.loaders.text",
    "rag.documents.loaders.markdown",
    "rag.documents.loaders.pdf.render",
)
_LATER = (
    "rag.documents.loaders.docx.loader",
    "rag.documents.loaders.xlsx.loader",
    "rag.documents.loaders.pptx",
    "rag.documents.loaders.csv",
    "rag.documents.loaders.html.loader",
    "rag.documents.loaders.epub",
    "rag.documents.loaders.eml",
)
"""Loaded one by one (the longest takes 0.2 s) while nobody asks: the first PDF is not to wait for them."""
_IDLE = 0.3
"""Seconds in which nobody asks."""
_COMMAND = "from rag.documents.loaders.sandbox.forkserver import serve; serve({})"
_NUMBER = struct.Struct(">i")
_ASKED = b"f"
_PATIENCE = 30.0
"""Seconds until a process that was asked and says nothing is given up."""


class Forked:
    """A child, as far as `subprocess.Popen` is imitated."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes], status: io.RawIOBase) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._pid, self._status = pid, status
        self._code: int | None = None

    def kill(self) -> None:
        """End it, unless it is known to have ended."""
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end, and say how it ended: negative by a signal, 1 where the keeper has gone as well."""
        if self._code is None:
            status = self._status.read(_NUMBER.size) or b""
            told = len(status) == _NUMBER.size
            self._code = os.waitstatus_to_exitcode(_NUMBER.unpack(status)[0]) if told else 1
            self._status.close()
        return self._code


class Prefork:
    """The process that is forked, started when it is first needed and again when it is gone. Safe from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment: Mapping[str, str] = {}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        atexit.register(self._stop)

    def start(self, environment: Mapping[str, str]) -> Forked:
        """A new child with this environment. Raises OSError where none can be had."""
        with self._lock:
            for _ in range(2):
                gone = self._process is None or self._process.poll() is not None
                if gone or environment != self._environment:
                    self._begin(environment)
                child = self._asked()
                if child is not None:
                    return child
                self._stop()  # it went this moment
        raise OSError("no process to fork")

    def _asked(self) -> Forked | None:
        """A child, once its number is told; None where nobody answers."""
        assert self._connection is not None
        pipes = [os.pipe() for _ in range(3)]
        (asked, stdin), (stdout, answered), (told, status) = pipes
        given, sent, status_told = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb"), os.fdopen(told, "rb", buffering=0)
        with contextlib.suppress(OSError):
            socket.send_fds(self._connection, [_ASKED], [asked, answered, status])
        for end in (asked, answered, status):
            os.close(end)
        waiting = select.poll()  # select takes no number above 1023, of which a server may have more
        waiting.register(told, select.POLLIN)
        told_in_time = waiting.poll(_PATIENCE * 1000)
        number = status_told.read(_NUMBER.size) if told_in_time else b""  # nothing where all other ends are closed
        if len(number) == _NUMBER.size:
            return Forked(_NUMBER.unpack(number)[0], given, sent, status_told)
        for stream in (given, sent, status_told):
            stream.close()
        return None

    def _begin(self, environment: Mapping[str, str]) -> None:
        self._stop()
        here, there = socket.socketpair()
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _COMMAND.format(there.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=self._folder,
                pass_fds=(there.fileno(),),
            )
        self._connection, self._environment = here, environment

    def _stop(self) -> None:
        """End it; children under way go on."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._connection = self._process = None


def serve(connection: int) -> None:
    """The side of the process that is forked: until the other end is closed, as it is when Kilde ends."""
    for name in _PRELOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are not waited for
    with socket.socket(fileno=connection) as asking:
        asked_for = select.poll()
        asked_for.register(asking, select.POLLIN)
        later = list(_LATER)
        while True:
            while later and not asked_for.poll(_IDLE * 1000):
                importlib.import_module(later.pop(0))
            asked, ends, _, _ = socket.recv_fds(asking, len(_ASKED), 3)
            if not asked:
                return
            if len(ends) == 3 and os.fork() == 0:
                asking.close()
                _keep(*ends)
            for end in ends:
                os.close(end)


def _keep(stdin: int, stdout: int, status: int) -> None:
    """Fork the child, and tell its number and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        from rag.documents.loaders.sandbox.child import child

        os.close(status)
        os.dup2(stdin, 0)
        os.dup2(stdout, 1)
        os.close(stdin)
        os.close(stdout)
        child()
    os.close(stdin)
    os.close(stdout)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)  # a group of its own: with whatever it starts
    with contextlib.suppress(OSError):  # nobody listens any more
        os.write(status, _NUMBER.pack(pid))
    if hasattr(os, "waitid"):  # macOS has none
        # while it is not waited for, its number, which is that of its group, cannot be another's
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    _, ended = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        os.write(status, _NUMBER.pack(ended))
    os._exit(0)
