"""One file from the hub: fetched from where it was broken off, and its content checked."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from rag.core.durable_io import disk_errors
from rag.core.errors import Cancelled
from rag.models.download.repository import HubFile, check_address
from rag.models.errors import HubGated, HubNotAllowed, HubSilent, HubUnknown, WrongHash
from rag.models.sources.hub import _first_line

_CHUNK = 1 << 22
CONNECT_S, READ_S = 5.0, 15.0
ATTEMPTS = 5
"""In a row that bring nothing; any byte begins the count anew."""
WAIT_S = 1.0
"""Before the second attempt; twice as long before each that follows."""
_POLL_S = 0.1
_HOPS = 5
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})

Cancel = Callable[[], bool]


def address(hub: str, model: str, commit: str, name: str) -> str:
    """Where the hub keeps a file of a repository at a commit."""
    return f"{hub}/{quote(model)}/resolve/{commit}/{quote(name)}"


def fetch(
    hub: str, url: str, file: HubFile, part: Path, model: str, cancelled: Cancel, came: Callable[[], None]
) -> None:
    """Appends to `part` until it is as long as the file; what it holds already is not asked for again.

    hub: its address; what it sends on to must be encrypted, and never sees the hub's token. came: called after each
    piece. Raises Cancelled, with what came kept; HubSilent after some attempts, HubUnknown, HubGated, HubNotAllowed,
    WrongHash (more came than there should be), DiskFull, StoreReadOnly.
    """
    import httpx2

    idle = 0
    with httpx2.Client(timeout=httpx2.Timeout(READ_S, connect=CONNECT_S), follow_redirects=False) as client:
        while (before := length(part)) != file.size:
            if before > file.size:
                part.unlink()
                continue
            if cancelled():
                raise Cancelled
            fault: Exception | str = ""
            try:
                fault = _attempt(client, hub, url, file, part, model, cancelled, came)
            except (httpx2.TransportError, httpx2.StreamError) as error:
                fault = error
            idle = 0 if length(part) > before else idle + 1
            if length(part) < file.size and idle >= ATTEMPTS:
                detail = fault if isinstance(fault, str) else _first_line(fault)
                raise HubSilent(model=model, detail=detail or "connection lost")
            if length(part) < file.size:
                _wait(WAIT_S * 2 ** max(0, idle - 1), cancelled)


def _attempt(
    client: Any, hub: str, url: str, file: HubFile, part: Path, model: str, cancelled: Cancel, came: Callable[[], None]
) -> str:
    """Returns what was wrong where trying again may help, "" where nothing was."""
    have = length(part)
    for _ in range(_HOPS):
        check_address(url, hub)
        headers = {"Accept-Encoding": "identity", "User-Agent": "kilde", **_token(hub, url)}
        if have:
            headers["Range"] = f"bytes={have}-"
        with client.stream("GET", url, headers=headers) as response:
            if response.is_redirect:
                url = str(response.url.join(response.headers.get("Location", "")))
                continue
            if response.status_code in _LATER:
                return f"HTTP {response.status_code}"
            if response.status_code == 416:
                part.unlink(missing_ok=True)
                return ""
            if response.status_code in (401, 403):
                raise HubGated(model=model)
            if response.status_code not in (200, 206):
                raise HubUnknown(model=model)
            whole = response.status_code == 200 or not _begins(response.headers.get("Content-Range", ""), have)
            if whole and response.status_code == 206:
                return "unexpected range"
            _append(response, part, 0 if whole else have, file, cancelled, came)
            return ""
    raise HubNotAllowed(model=model, host=urlsplit(url).hostname or "?")


def _append(response: Any, part: Path, at: int, file: HubFile, cancelled: Cancel, came: Callable[[], None]) -> None:
    with disk_errors(part.parent), part.open("r+b" if part.exists() else "wb") as target:
        target.truncate(at)
        target.seek(at)
        for piece in response.iter_bytes():  # as they come: collected ones would keep a stop waiting
            at += len(piece)
            if at > file.size:
                target.truncate(0)
                raise WrongHash(model="", name=file.name)
            target.write(piece)
            came()
            if cancelled():
                raise Cancelled


def check(file: HubFile, part: Path, cancelled: Cancel, came: Callable[[int], None]) -> None:
    """Returns where the content is what the hub says it is, durable on the disk. came: called with the bytes read.

    Raises Cancelled; WrongHash, with `part` deleted.
    """
    if file.kind == "sha256":
        digest = hashlib.sha256()
    else:
        # what git calls a file: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
        digest = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    read = 0
    with disk_errors(part.parent), part.open("rb") as source:
        while piece := source.read(_CHUNK):
            digest.update(piece)
            read += len(piece)
            came(read)
            if cancelled():
                raise Cancelled
        os.fsync(source.fileno())
    if digest.hexdigest() != file.digest:
        part.unlink()
        raise WrongHash(model="", name=file.name)


def _begins(content_range: str, at: int) -> bool:
    return content_range.startswith(f"bytes {at}-")


def _token(hub: str, url: str) -> dict[str, str]:
    """The user's token for the hub, and only for it."""
    if urlsplit(url)[:2] != urlsplit(hub)[:2]:
        return {}
    from huggingface_hub import get_token

    token = get_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def length(part: Path) -> int:
    """Bytes; 0 where it is not there."""
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _wait(seconds: float, cancelled: Cancel) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if cancelled():
            raise Cancelled
        time.sleep(min(left, _POLL_S))
