"""What stands around Streamlit's server, held against Streamlit's own handler of a connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.routing import WebSocketRoute
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.session_manager import SessionClientDisconnectedError
from streamlit.web.server.starlette.starlette_websocket import create_websocket_handler

from rag.ui.server.middleware import TolerateDisconnect

Middle = Callable[[Any], Any]


class _Sessions:
    """In place of Streamlit's runtime: answers each message that comes, and says who came and went."""

    def __init__(self) -> None:
        self.came: list[bytes] = []
        self.left: list[str] = []

    def connect_session(self, **_: Any) -> str:
        return "one"

    def handle_backmsg(self, session_id: str, message: Any, client: Any) -> None:
        self.came.append(message.SerializeToString())
        with contextlib.suppress(SessionClientDisconnectedError):  # as the runtime does
            client.write_forward_msg(ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY))

    def disconnect_session(self, session_id: str, client: Any) -> None:
        self.left.append(session_id)


def leave_while_a_message_is_sent(around: Middle) -> _Sessions:
    sessions = _Sessions()
    waiting = [{"type": "websocket.connect"}, *[{"type": "websocket.receive", "bytes": b""}] * 3,
               {"type": "websocket.disconnect", "code": 1001}]  # fmt: skip

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)  # so the message that answers the one before is sent now
        await asyncio.sleep(0)
        return waiting.pop(0)

    async def send(message: Any) -> None:
        if message["type"] == "websocket.send":
            raise OSError("the browser is gone")

    scope = {"type": "websocket", "path": "/", "root_path": "", "query_string": b"", "subprotocols": [],
             "headers": [(b"host", b"127.0.0.1:8501")]}  # fmt: skip
    served: Awaitable[None] = around(WebSocketRoute("/", create_websocket_handler(sessions)).app)(scope, receive, send)  # type: ignore[arg-type]
    asyncio.run(served)  # type: ignore[arg-type]
    return sessions


def test_a_browser_that_leaves_while_a_message_is_sent_ends_its_session_without_an_error() -> None:
    sessions = leave_while_a_message_is_sent(TolerateDisconnect)
    assert sessions.left == ["one"]
    assert len(sessions.came) == 3, "what it still sent before it left is heard"


def test_without_it_the_same_ends_in_an_error() -> None:
    with pytest.raises(RuntimeError, match='Cannot call "send" once a close message'):
        leave_while_a_message_is_sent(lambda app: app)


def test_only_messages_to_a_browser_may_be_lost() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": scope["says"]})

    async def send(message: Any) -> None:
        raise OSError("gone")

    async def receive() -> Any:
        raise AssertionError

    asyncio.run(TolerateDisconnect(app)({"type": "websocket", "says": "websocket.send"}, receive, send))
    for kind, says in (("websocket", "websocket.accept"), ("http", "websocket.send")):
        with pytest.raises(OSError, match="gone"):
            asyncio.run(TolerateDisconnect(app)({"type": kind, "says": says}, receive, send))
