"""Downloads files of a repository on the hub, resuming partial files, and verifies their content.

huggingface_hub lists repositories, manages the user's token and fills its own cache (`rag.models.sources.hub`). It is
not used for downloads here: version 2.4 discards partial files when a download breaks off, reads 10 MB at a time, which
delays a stop, and checks no hash.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from rag.core.background import raise_if_cancelled
from rag.core.durable_io import disk_errors
from rag.models.download.repository import HubFile, check_address, first_line
from rag.models.errors import HubGated, HubNotAllowed, HubSilent, HubUnknown, WrongHash

if TYPE_CHECKING:
    import httpx2

CONNECT_S, READ_S = 5.0, 15.0
ATTEMPTS = 5
"""Consecutive attempts without progress before a download fails; any received byte resets the count."""
WAIT_S = 1.0
"""Seconds before the second attempt, doubled before each further one."""
_CHUNK = 1 << 22
_POLL_S = 0.1
_REDIRECTS = 4
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})

Cancel = Callable[[], bool]


class HubConnection:
    """Downloads files of one model at one commit.

    The hub's address and all its redirects must be encrypted; the user's token is only sent to the hub.
    """

    def __init__(self, hub: str, model: str, commit: str, cancelled: Cancel) -> None:
        """hub: its address. cancelled: called after each piece, and while waiting."""
        import httpx2
        from huggingface_hub import get_token

        token = get_token()
        self._token = {"Authorization": f"Bearer {token}"} if token else {}
        self._folder = f"{hub}/{quote(model)}/resolve/{commit}/"
        self._model = model
        self._cancelled = cancelled
        # httpx2 removes the token when redirected to another host, and calls the hook for each address
        self._client = httpx2.Client(
            headers={"Accept-Encoding": "identity", "User-Agent": "kilde"},
            timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
            follow_redirects=True,
            max_redirects=_REDIRECTS,
            event_hooks={"request": [lambda request: check_address(str(request.url), hub)]},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def fetch(self, file: HubFile, part: Path, received: Callable[[], None]) -> None:
        """Append to `part` until it is complete; bytes already there are not requested again.

        received: called after each piece. Raises Cancelled and keeps the received bytes; HubSilent after some attempts,
        HubUnknown, HubGated, HubNotAllowed, WrongHash (if the file is too long), DiskFull, StoreReadOnly.
        """
        import httpx2

        idle = 0
        while (before := length(part)) != file.size:
            if before > file.size:
                part.unlink()
                continue
            raise_if_cancelled(self._cancelled)
            try:
                problem = self._attempt(file, part, received)
            except httpx2.TooManyRedirects as error:
                raise HubNotAllowed(model=self._model, host=urlsplit(self._folder).hostname or "?") from error
            except (httpx2.TransportError, httpx2.StreamError) as error:
                problem = first_line(error)
            if length(part) == file.size:
                return
            idle = 0 if length(part) > before else idle + 1
            if idle >= ATTEMPTS:
                raise HubSilent(model=self._model, detail=problem or "connection lost")
            self._wait(WAIT_S * 2 ** max(0, idle - 1))

    def _attempt(self, file: HubFile, part: Path, received: Callable[[], None]) -> str:
        """Send one request. Returns the error if another attempt may help, else ""."""
        start = length(part)
        headers = {**self._token, **({"Range": f"bytes={start}-"} if start else {})}
        with self._client.stream("GET", self._folder + quote(file.name), headers=headers) as response:
            status = response.status_code
            if status in _LATER:
                return f"HTTP {status}"
            if status == 416:
                part.unlink(missing_ok=True)
                return ""
            if status in (401, 403):
                raise HubGated(model=self._model)
            if status not in (200, 206):
                raise HubUnknown(model=self._model)
            if status == 206 and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                return "unexpected range"
            self._append(response, part, start if status == 206 else 0, file, received)
        return ""

    def _append(
        self, response: httpx2.Response, part: Path, start: int, file: HubFile, received: Callable[[], None]
    ) -> None:
        with disk_errors(part.parent), part.open("r+b" if part.exists() else "wb") as target:
            target.truncate(start)
            target.seek(start)
            for piece in response.iter_bytes():  # in pieces as they arrive, as larger ones would delay a stop
                start += len(piece)
                if start > file.size:
                    target.truncate(0)
                    raise WrongHash(model=self._model, name=file.name)
                target.write(piece)
                received()
                raise_if_cancelled(self._cancelled)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (remaining := end - time.monotonic()) > 0:
            raise_if_cancelled(self._cancelled)
            time.sleep(min(remaining, _POLL_S))


def check(file: HubFile, part: Path, cancelled: Cancel, report: Callable[[int], None]) -> None:
    """Verify the content by the hub's hash, and sync it to disk. report: called with the number of bytes read.

    Raises Cancelled; WrongHash, after deleting `part`.
    """
    if file.kind == "sha256":
        digest = hashlib.sha256()
    else:
        # git's hash of a file: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
        digest = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    read = 0
    with disk_errors(part.parent), part.open("rb") as source:
        while piece := source.read(_CHUNK):
            digest.update(piece)
            read += len(piece)
            report(read)
            raise_if_cancelled(cancelled)
        os.fsync(source.fileno())
    if digest.hexdigest() != file.digest:
        part.unlink()
        raise WrongHash(model="", name=file.name)


def length(part: Path) -> int:
    """Bytes; 0 where the file is not there."""
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0
