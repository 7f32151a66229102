"""Runs a function on untrusted bytes in a child process with limits, and yields what it sends.

The child comes from a fresh interpreter (see `forkserver`) with an environment without secrets. The app itself is never
forked: its threads and locks stay out of the child, and `__main__` is not imported again. The child writes frames to
its standard output: two lengths (u32, big endian), then a JSON object and raw bytes. Neither side unpickles anything.

    for frame in run("rag.documents.loaders.pdf.loader:read", {"path": "a.pdf"}):
        frame.data, frame.blob
"""

import contextlib
import json
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

from rag.core import errors
from rag.core.errors import Cancelled, DamagedFile, FileRefused, ParsingLimit
from rag.documents.loaders.sandbox.child import HEADER, pack
from rag.documents.loaders.sandbox.forkserver import Forked, Prefork

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[4]
# -c and not -m: the package's __init__ imports this module, and runpy warns about a module that is imported already.
# -P: nothing is imported from the folder in which the app was started.
_COMMAND = ("-P", "-c", "from rag.documents.loaders.sandbox.child import child; child()")
_PASSED_ON = ("PATH", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "SYSTEMROOT", "TESSDATA_PREFIX")
_prefork = Prefork(_ROOT)
_POLL = 0.05  # seconds between two looks at `cancelled`

# POSIX signals that end a child which met a limit
_BY_SIGNAL = {"SIGXCPU": "time", "SIGKILL": "memory", "SIGXFSZ": "files"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on reading one file.

    cpu and wall: seconds. memory, output: bytes (the child's address space; all that it may send). pages,
    characters: of a document. The child may not write files at all. On a platform without `resource`, only wall,
    output, pages and characters are enforced.
    """

    cpu: int = 60
    wall: float = 180.0
    memory: int = 1 << 30
    output: int = 256 << 20
    open_files: int = 64
    pages: int = 5_000
    characters: int = 20_000_000


DEFAULT_LIMITS = Limits()


class Frame(NamedTuple):
    """One message of the child."""

    data: dict[str, Any]
    blob: bytes


def run(
    task: str,
    arguments: Mapping[str, Any],
    *,
    limits: Limits = DEFAULT_LIMITS,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Frame]:
    """Call `task` ("module:function") in a child as `function(send, **arguments)`, and yield each frame as it is sent.

    arguments: values that JSON can hold. The function sends with `send(blob=b"", **data)`. Closing the iterator kills
    the child.
    Raises Cancelled as soon as `cancelled()` is true, ParsingLimit(limit) where a limit was met, the FileRefused that
    the function raised, and DamagedFile where the child died otherwise.
    """
    child = _start_child()
    frames: queue.SimpleQueue[Frame | str] = queue.SimpleQueue()
    assert child.stdin is not None and child.stdout is not None
    reader = threading.Thread(target=_receive, args=(child.stdout, limits.output, frames), daemon=True)
    reader.start()
    deadline = time.monotonic() + limits.wall
    try:
        request = {"task": task, "arguments": dict(arguments), "limits": _resources(limits)}
        with contextlib.suppress(BrokenPipeError):  # below it is noticed where the child is dead already
            child.stdin.write(pack(request))
            child.stdin.close()
        while True:
            if cancelled is not None and cancelled():
                raise Cancelled()
            try:
                message = frames.get(timeout=_POLL)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise ParsingLimit(limit="time") from None
                continue
            if isinstance(message, str):
                _raise_for_end(child, message)
            if "done" in message.data:
                return
            if "error" in message.data:
                _raise_error(message.data)
            yield message
            if time.monotonic() > deadline:
                raise ParsingLimit(limit="time")
    finally:
        _kill(child)
        reader.join()
        child.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()


def _start_child() -> subprocess.Popen[bytes] | Forked:
    """A child that waits for a request: forked from a ready process where the platform can, else a new interpreter."""
    environment = _environment()
    if hasattr(os, "fork") and hasattr(socket, "send_fds"):
        try:
            return _prefork.start(environment)
        except OSError as error:
            logger.warning("No child could be forked: %s", error)
    return subprocess.Popen(
        [sys.executable, *_COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=_ROOT,
        process_group=0 if hasattr(os, "killpg") else None,
    )


def _kill(child: subprocess.Popen[bytes] | Forked) -> None:
    """Kill a child, and the programs that it started."""
    if isinstance(child, subprocess.Popen) and child.poll() is None and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()


def _environment() -> dict[str, str]:
    variables = {k: v for k, v in os.environ.items() if k in _PASSED_ON or k.startswith(("PYTHON", "LC_"))}
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    variables["PYTHONWARNINGS"] = "ignore"
    return variables


def _resources(limits: Limits) -> dict[str, list[int]]:
    return {
        "RLIMIT_CPU": [
            limits.cpu,
            limits.cpu + 2,
        ],  # the soft limit ends it with SIGXCPU, which tells it from other limits
        "RLIMIT_AS": [limits.memory, limits.memory],
        "RLIMIT_FSIZE": [0, 0],
        "RLIMIT_CORE": [0, 0],
        "RLIMIT_NOFILE": [limits.open_files, limits.open_files],
    }


def _receive(stream: IO[bytes], budget: int, frames: queue.SimpleQueue[Frame | str]) -> None:
    """Put each frame into `frames`, then "end", or "output" where the budget is used up."""
    try:
        while len(header := stream.read(HEADER.size)) == HEADER.size:
            data_size, blob_size = HEADER.unpack(header)
            budget -= data_size + blob_size
            if budget < 0:
                frames.put("output")
                return
            payload = stream.read(data_size + blob_size)
            if len(payload) < data_size + blob_size:
                break
            frames.put(Frame(json.loads(payload[:data_size]), payload[data_size:]))
    except ValueError as error:  # not JSON: hostile bytes may have taken over the child
        logger.warning("A child sent noise: %s", error)
    frames.put("end")


def _raise_for_end(child: subprocess.Popen[bytes] | Forked, how: str) -> NoReturn:
    if how == "output":
        raise ParsingLimit(limit="size")
    code = child.wait()
    name = signal.Signals(-code).name if code < 0 else ""
    if name in _BY_SIGNAL:
        raise ParsingLimit(limit=_BY_SIGNAL[name])
    logger.warning("A child ended with %s", name or code)
    raise DamagedFile()


def _raise_error(data: Mapping[str, Any]) -> NoReturn:
    kind = getattr(errors, str(data["error"]), None)
    if isinstance(kind, type) and issubclass(kind, FileRefused):
        raise kind(**data.get("values", {}))
    logger.warning("A child failed:\n%s", data.get("detail"))
    raise DamagedFile()
