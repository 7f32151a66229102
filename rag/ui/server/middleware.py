"""The middleware around Streamlit's server: origin checks, limits, lost connections, and closing the library."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from streamlit import runtime

from rag.ui.server.limits import ConnectionLimit, UploadLimit, raise_open_file_limit
from rag.ui.server.origin_guard import OriginGuard

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STOP_TIMEOUT = 10.0
"""How long the library waits for running page scripts to end before it is closed under them."""


def middleware() -> list[Middleware]:
    """The middleware for `streamlit.starlette.App`, the outermost first."""
    return [
        Middleware(OriginGuard),
        Middleware(ConnectionLimit),
        Middleware(UploadLimit),
        Middleware(TolerateDisconnect),
        Middleware(CloseLibrary),
    ]


def prepare() -> None:
    """Prepares the process. Call it before the server is created."""
    raise_open_file_limit()


class TolerateDisconnect:
    """Ignores the failure to send a WebSocket message to a browser that has disconnected.

    Starlette treats a connection as closed by the server once sending failed, and Streamlit's next read from it then
    ends in a stack trace in the log. The disconnect message arrives on its own, so the send error can be dropped.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tolerant_send(message: Message) -> None:
            try:
                await send(message)
            except OSError:
                if message["type"] != "websocket.send":
                    raise

        await self._app(scope, receive, tolerant_send if scope["type"] == "websocket" else send)


class CloseLibrary:
    """Closes the library when the server has stopped.

    The server re-raises the signal that stopped it, which ends Python at once: `atexit` handlers do not run.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def closing_send(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await _close()
            await send(message)

        await self._app(scope, receive, closing_send if scope["type"] == "lifespan" else send)


async def _close() -> None:
    from rag.ui.shell import session  # imported late: a server that drew no page has not loaded it

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(runtime.get_instance().stopped), STOP_TIMEOUT)
    await asyncio.to_thread(session.close)
