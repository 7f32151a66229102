"""The child's side of the sandbox: it sets its own limits, reads one file, and sends its content in frames."""

import contextlib
import errno
import importlib
import json
import os
import struct
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from rag.core.errors import FileRefused

HEADER = struct.Struct(">II")
"""The lengths of a frame's JSON and of its bytes."""
_BY_ERROR = {errno.EMFILE: "open_files", errno.EFBIG: "files", errno.ENOMEM: "memory"}
"""Limits that show as an error of the system, and do not end the process."""

Send = Callable[..., None]


def pack(data: Mapping[str, Any], size: int = 0) -> bytes:
    """One frame: a JSON object, to be followed by so many raw bytes."""
    payload = json.dumps(data, separators=(",", ":")).encode()
    return HEADER.pack(len(payload), size) + payload


def child() -> None:
    """Read one request from standard input, carry it out, and write frames to standard output."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    size, _ = HEADER.unpack(sys.stdin.buffer.read(HEADER.size))
    request = json.loads(sys.stdin.buffer.read(size))

    def send(blob: bytes = b"", **data: Any) -> None:
        output.write(pack(data, size=len(blob)))
        output.write(blob)  # not put together first: it may be a good part of the memory
        output.flush()

    module, function = request["task"].split(":")
    try:
        call = getattr(importlib.import_module(module), function)
        _limit(request["limits"])  # only now: our own code may still be written to the bytecode cache
        call(send, **request["arguments"])
        send(done=True)
    except FileRefused as error:
        send(error=type(error).__name__, values=error.values)
    except MemoryError:
        send(error="ParsingLimit", values={"limit": "memory"})
    except Exception as error:  # noqa: BLE001 - hostile bytes may cause any error; the parent reports it
        limit = _BY_ERROR.get(error.errno or 0) if isinstance(error, OSError) else None
        if limit is not None:
            send(error="ParsingLimit", values={"limit": limit})
        else:
            send(error="", detail=traceback.format_exc(limit=8))
    output.flush()
    os._exit(0)  # nothing to tidy up, and finalisers of a library that met hostile bytes may crash


def _limit(resources: Mapping[str, list[int]]) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, (soft, hard) in resources.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        _, allowed = resource.getrlimit(kind)
        if allowed != resource.RLIM_INFINITY:
            soft, hard = min(soft, allowed), min(hard, allowed)
        with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(kind, (soft, hard))
