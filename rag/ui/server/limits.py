"""How much visitors can have the server hold at once: windows, and files on their way in.

Streamlit bounds a file and a message, but not how many there are: it keeps every file that was sent until the page has
taken it in, or until ten minutes after the page was left, and for each page that was left it keeps files open.
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

MOST_WINDOWS = 100
"""Windows of browsers that are connected at once. Each can have `server.maxMessageSize` on its way."""
MOST_COMING = 2 * 1024**3
"""Bytes of files that were sent and not taken in yet, of all windows together: a folder is sent as a whole."""
MANY_FILES = 8192
"""Files and connections that may be open at once, where the system lets us. A page that was left holds three of them
for ten minutes, and there can be 128: with the 256 that macOS grants at first, reloading a page 80 times stops all."""

_TOO_MUCH = "Files of more than 2 GB together are on their way in. Try again when they are taken in."
_TRY_AGAIN_LATER = 1013  # of the registry that RFC 6455, 11.7, begins
_MOST_COUNTED = 1000  # sessions
_LONGEST_ID = 64
_left_out: Counter[str] = Counter()


def left_out(session_id: str) -> int:
    """How many files of a session were refused since this was last asked because too many were on their way."""
    return _left_out.pop(session_id, 0)


def allow_many_files() -> None:
    """Have the system let this process open `MANY_FILES`, or as many as it may."""
    try:
        import resource
    except ImportError:  # on Windows, which has no such limit
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if most == resource.RLIM_INFINITY else min(MANY_FILES, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        except (OSError, ValueError) as error:
            logger.warning("No more than %d files can be open at once: %s", now, error)


class Windows:
    """Lets so many WebSockets be open at once, and no more."""

    def __init__(self, app: ASGIApp, most: int = MOST_WINDOWS) -> None:
        self._app = app
        self._most = most
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        if self._open >= self._most:
            logger.warning("Refused a window: %d are open", self._open)
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
            return
        self._open += 1
        try:
            await self._app(scope, _bytes_only(receive), send)
        finally:
            self._open -= 1


def _bytes_only(receive: Receive) -> Receive:
    """A text, which no page of ours sends, ends the connection: Streamlit takes it for an error of its own."""

    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and message.get("bytes") is None:
            return {"type": "websocket.disconnect", "code": 1003}
        return message

    return receiving


class Uploads:
    """Refuses files while too much of what was sent is not taken in yet.

    held: how many bytes are waiting to be taken in. Those still on their way are counted here.
    """

    def __init__(self, app: ASGIApp, most: int = MOST_COMING, held: Callable[[], int] | None = None) -> None:
        self._app = app
        self._most = most
        self._held = held or _held
        self._coming = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT":  # nothing but an upload is put
            await self._app(scope, receive, send)
            return
        if not self._has_room(_declared(scope)):
            self._refused(scope)
            await PlainTextResponse(_TOO_MUCH, 413)(scope, receive, send)
            return
        came = 0

        async def receiving() -> Message:
            nonlocal came
            message = await receive()
            size = len(message.get("body", b""))
            if not self._has_room(size):
                self._refused(scope)
                raise HTTPException(413, _TOO_MUCH)
            came += size
            self._coming += size
            return message

        try:
            await self._app(scope, receiving, send)
        finally:
            self._coming -= came

    def _has_room(self, size: int) -> bool:
        return self._held() + self._coming + size <= self._most

    @staticmethod
    def _refused(scope: Scope) -> None:
        logger.warning("Refused a file: %s", _TOO_MUCH)
        session_id = "".join(scope["path"].split("/")[-2:-1])[:_LONGEST_ID]  # …/upload_file/SESSION/FILE
        if session_id in _left_out or len(_left_out) < _MOST_COUNTED:
            _left_out[session_id] += 1


def _declared(scope: Scope) -> int:
    """How large what is sent says that it is; 0 where it does not say."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(length) if length.isdigit() else 0


def _held() -> int:
    stats = runtime.get_instance().uploaded_file_mgr.get_stats()
    return sum(one.byte_length for family in stats.values() for one in family)  # type: ignore[attr-defined]
