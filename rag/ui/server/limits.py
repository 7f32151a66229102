"""Limits on what clients can make the server hold: connections, and uploaded files that no page has read yet.

Streamlit limits the size of a file and of a message, but not their number: it holds every uploaded file until a page
has read it, or until ten minutes after the page was closed, and keeps files open for each closed page.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from streamlit import runtime

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 100
"""Open WebSockets. Each can have `server.maxMessageSize` in transit."""
MAX_PENDING_BYTES = 2 * 1024**3
"""Bytes of uploads that no page has read yet, over all connections. A dropped folder is uploaded as a whole."""
OPEN_FILE_LIMIT = 8192
"""File descriptors to ask the system for. A closed page holds three of them for ten minutes, and Streamlit keeps up to
128 such pages: with the 256 descriptors that macOS grants by default, reloading a page 80 times blocks the server."""

_UPLOADS_FULL = "Files of more than 2 GB together are on their way in. Try again when they are taken in."
_TRY_AGAIN_LATER = 1013  # from the IANA registry that RFC 6455, 11.7, sets up
_MAX_SESSIONS = 1000  # sessions
_MAX_SESSION_ID = 64
_refused_counts: Counter[str] = Counter()


def pop_refused_count(session_id: str) -> int:
    """The number of files that `UploadLimit` refused in a session since the last call."""
    return _refused_counts.pop(session_id, 0)


def raise_open_file_limit() -> None:
    """Raises this process's soft limit of open files to `OPEN_FILE_LIMIT`, or to the hard limit if that is lower."""
    try:
        import resource
    except ImportError:  # on Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = OPEN_FILE_LIMIT if hard == resource.RLIM_INFINITY else min(OPEN_FILE_LIMIT, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        except (OSError, ValueError) as error:
            logger.warning("No more than %d files can be open at once: %s", soft, error)


class ConnectionLimit:
    """ASGI middleware that closes a new WebSocket while `limit` others are open."""

    def __init__(self, app: ASGIApp, limit: int = MAX_CONNECTIONS) -> None:
        self._app = app
        self._limit = limit
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        if self._open >= self._limit:
            logger.warning("Refused a window: %d are open", self._open)
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
            return
        self._open += 1
        try:
            await self._app(scope, _bytes_only(receive), send)
        finally:
            self._open -= 1


def _bytes_only(receive: Receive) -> Receive:
    """`receive` that ends the connection on a text message: no page of ours sends one, and Streamlit logs it."""

    async def bytes_receive() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and message.get("bytes") is None:
            return {"type": "websocket.disconnect", "code": 1003}
        return message

    return bytes_receive


class UploadLimit:
    """ASGI middleware that refuses uploads while too many bytes wait to be read.

    pending_bytes: how many uploaded bytes no page has read yet. Those still in transit are counted here.
    """

    def __init__(
        self, app: ASGIApp, limit: int = MAX_PENDING_BYTES, pending_bytes: Callable[[], int] | None = None
    ) -> None:
        self._app = app
        self._limit = limit
        self._pending_bytes = pending_bytes or _pending_bytes
        self._in_transit = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT":  # only uploads use PUT
            await self._app(scope, receive, send)
            return
        if not self._has_room(_content_length(scope)):
            self._count_refusal(scope)
            await PlainTextResponse(_UPLOADS_FULL, 413)(scope, receive, send)
            return
        received = 0

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
            size = len(message.get("body", b""))
            if not self._has_room(size):
                self._count_refusal(scope)
                raise HTTPException(413, _UPLOADS_FULL)
            received += size
            self._in_transit += size
            return message

        try:
            await self._app(scope, counting_receive, send)
        finally:
            self._in_transit -= received

    def _has_room(self, size: int) -> bool:
        return self._pending_bytes() + self._in_transit + size <= self._limit

    @staticmethod
    def _count_refusal(scope: Scope) -> None:
        logger.warning("Refused a file: %s", _UPLOADS_FULL)
        session_id = "".join(scope["path"].split("/")[-2:-1])[:_MAX_SESSION_ID]  # …/upload_file/SESSION/FILE
        if session_id in _refused_counts or len(_refused_counts) < _MAX_SESSIONS:
            _refused_counts[session_id] += 1


def _content_length(scope: Scope) -> int:
    """The Content-Length of a request in bytes, 0 without one."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(length) if length.isdigit() else 0


def _pending_bytes() -> int:
    stats = runtime.get_instance().uploaded_file_mgr.get_stats()
    return sum(stat.byte_length for family in stats.values() for stat in family)  # type: ignore[attr-defined]
