"""Children for the sandbox, each forked from a process that has loaded the loaders and has read no file.

A fresh interpreter takes 80 ms to load them, which is longer than reading most files takes. The process that is forked
is a fresh interpreter with one thread that does nothing but fork, so that no child sees anything of another's file.
Between it and each child is a keeper process, which reports how the child ended and kills what the child started.
"""

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
    "rag.documents.loaders.pdf.ocr_page",
    "rag.documents.loaders.pdf.ocr_text",
    "rag.documents.loaders.text",
    "rag.documents.loaders.markdown",
    "rag.documents.loaders.pdf.render",
)
_PRELOADED_WHEN_IDLE = (
    "rag.documents.loaders.docx.loader",
    "rag.documents.loaders.xlsx.loader",
    "rag.documents.loaders.pptx.loader",
    "rag.documents.loaders.csv",
    "rag.documents.loaders.html.loader",
    "rag.documents.loaders.epub",
    "rag.documents.loaders.mail.eml",
    "rag.documents.loaders.mail.msg",
    "rag.documents.loaders.zip",
    "rag.documents.loaders.picture",
    "rag.documents.loaders.odf.odt",
    "rag.documents.loaders.odf.ods",
    "rag.documents.loaders.odf.odp",
    "rag.documents.loaders.rtf.loader",
    "babel",
)
"""Loaded one by one (the longest takes 0.2 s) while there are no requests: the first PDF must not wait for them."""
_IDLE = 0.3
"""Seconds without a request after which the next module is loaded."""
_COMMAND = "from rag.documents.loaders.sandbox.forkserver import serve; serve({})"
_NUMBER = struct.Struct(">i")
_FORK_REQUEST = b"f"
_TIMEOUT = 30.0
"""Seconds until a process that does not answer is given up."""


class Forked:
    """A child process, with the part of the interface of `subprocess.Popen` that the sandbox uses."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes], status: io.RawIOBase) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._pid, self._status = pid, status
        self._code: int | None = None

    def kill(self) -> None:
        """Kill the child, unless it is known to have ended."""
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end. Returns its exit code: negative for a signal, 1 where its keeper has ended as well."""
        if self._code is None:
            status = self._status.read(_NUMBER.size) or b""
            is_known = len(status) == _NUMBER.size
            self._code = os.waitstatus_to_exitcode(_NUMBER.unpack(status)[0]) if is_known else 1
            self._status.close()
        return self._code


class Prefork:
    """The process that is forked. It is started at its first use, and again when it has ended. Safe from any thread."""

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
                has_ended = self._process is None or self._process.poll() is not None
                if has_ended or environment != self._environment:
                    self._start_process(environment)
                child = self._request_child()
                if child is not None:
                    return child
                self._stop()  # it has just ended
        raise OSError("no process to fork")

    def _request_child(self) -> Forked | None:
        """A child, as soon as its process id is known; None where there is no answer."""
        assert self._connection is not None
        pipes = [os.pipe() for _ in range(3)]
        (stdin_read, stdin_write), (stdout_read, stdout_write), (status_read, status_write) = pipes
        child_stdin, child_stdout, child_status = (
            os.fdopen(stdin_write, "wb"),
            os.fdopen(stdout_read, "rb"),
            os.fdopen(status_read, "rb", buffering=0),
        )
        with contextlib.suppress(OSError):
            socket.send_fds(self._connection, [_FORK_REQUEST], [stdin_read, stdout_write, status_write])
        for end in (stdin_read, stdout_write, status_write):
            os.close(end)
        poller = select.poll()  # select takes no descriptor above 1023, and a server may have more
        poller.register(status_read, select.POLLIN)
        answered_in_time = poller.poll(_TIMEOUT * 1000)
        number = child_status.read(_NUMBER.size) if answered_in_time else b""  # empty where all other ends are closed
        if len(number) == _NUMBER.size:
            return Forked(_NUMBER.unpack(number)[0], child_stdin, child_stdout, child_status)
        for stream in (child_stdin, child_stdout, child_status):
            stream.close()
        return None

    def _start_process(self, environment: Mapping[str, str]) -> None:
        self._stop()
        own_end, process_end = socket.socketpair()
        with process_end:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _COMMAND.format(process_end.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=self._folder,
                pass_fds=(process_end.fileno(),),
            )
        self._connection, self._environment = own_end, environment

    def _stop(self) -> None:
        """Kill the process; children that were forked from it go on."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._connection = self._process = None


def serve(connection: int) -> None:
    """Run in the process that is forked: serve requests until the other end is closed, as it is when Kilde ends."""
    for name in _PRELOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    with socket.socket(fileno=connection) as requests:
        poller = select.poll()
        poller.register(requests, select.POLLIN)
        modules = list(_PRELOADED_WHEN_IDLE)
        while True:
            while modules and not poller.poll(_IDLE * 1000):
                importlib.import_module(modules.pop(0))
            request, descriptors, _, _ = socket.recv_fds(requests, len(_FORK_REQUEST), 3)
            if not request:
                return
            if len(descriptors) == 3 and os.fork() == 0:
                requests.close()
                _keep(*descriptors)
            for end in descriptors:
                os.close(end)


def _keep(stdin: int, stdout: int, status: int) -> None:
    """Fork the child, and report its process id and its exit status."""
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
    with contextlib.suppress(OSError):  # the reader is gone
        os.write(status, _NUMBER.pack(pid))
    if hasattr(os, "waitid"):  # macOS has none
        # before it is waited for, no other process can have its id, which is also that of its group
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    _, wait_status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        os.write(status, _NUMBER.pack(wait_status))
    os._exit(0)
