"""What stands around Streamlit's server: who may speak to it and how much, browsers that leave, the store closed at its
end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from streamlit import runtime

from rag.ui.server.limits import Uploads, Windows, allow_many_files
from rag.ui.server.origin_guard import Visitors

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STOPPING_SECONDS = 10.0
"""So long the sessions' scripts are waited for, at most, before what they work with is closed."""


def middleware() -> list[Middleware]:
    """For `streamlit.starlette.App`, the outermost first."""
    return [Middleware(Visitors), Middleware(Windows), Middleware(Uploads), Middleware(Leaving), Middleware(Closing)]


def prepare() -> None:
    """To be called before the server is made."""
    allow_many_files()


class Leaving:
    """Lets a browser go in the middle of a message.

    Starlette takes a connection for closed by ourselves once a message could not be sent; what Streamlit then still
    reads of it ends in an error and a stack trace in the log. The message that says that the browser is gone comes
    by itself: here only the failure before it is passed over.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            try:
                await send(message)
            except OSError:
                if message["type"] != "websocket.send":
                    raise

        await self._app(scope, receive, sending if scope["type"] == "websocket" else send)


class Closing:
    """Closes the library when the server has stopped.

    The server hands the signal that stopped it back to Python, which then ends at once: nothing that was registered
    with `atexit` is run.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def closing(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await _close()
            await send(message)

        await self._app(scope, receive, closing if scope["type"] == "lifespan" else send)


async def _close() -> None:
    from rag.ui.shell import session  # the first page has loaded it; a server that was never asked need not

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(runtime.get_instance().stopped), STOPPING_SECONDS)
    await asyncio.to_thread(session.close)
