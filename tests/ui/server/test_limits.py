"""How much visitors can have the server hold at once, held against a small app and against Streamlit's own."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from rag.ui.server import limits
from rag.ui.server.limits import MAX_CONNECTIONS, OPEN_FILE_LIMIT, ConnectionLimit, UploadLimit, pop_refused_count

MB = 1024 * 1024


class _Browser:
    """Sends what it was given, one message after the other, and keeps what it is answered."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.waiting = list(messages)
        self.answered: list[dict[str, Any]] = []

    async def receive(self) -> Any:
        return self.waiting.pop(0)

    async def send(self, message: Any) -> None:
        self.answered.append(message)

    @property
    def status(self) -> int:
        return int(self.answered[0]["status"])


def put(app: Any, *bodies: bytes, session: str = "s", declared: int | None = None) -> _Browser:
    parts = [{"type": "http.request", "body": body, "more_body": True} for body in bodies]
    browser = _Browser(*parts, {"type": "http.request", "body": b"", "more_body": False})
    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    path = f"/_stcore/upload_file/{session}/f"
    scope = {"type": "http", "method": "PUT", "path": path, "headers": headers, "query_string": b"", "root_path": ""}
    asyncio.run(app(scope, browser.receive, browser.send))
    return browser


class _Kept:
    """In place of Streamlit's uploads: keeps what comes."""

    def __init__(self, most: int) -> None:
        self.bytes = 0
        self.app = UploadLimit(
            Starlette(routes=[Route("/{path:path}", self._take, methods=["PUT"])]), most, lambda: self.bytes
        )

    async def _take(self, request: Request) -> PlainTextResponse:
        self.bytes += len(await request.body())
        return PlainTextResponse("", 204)


def test_files_are_taken_until_there_is_no_room() -> None:
    kept = _Kept(100)
    assert put(kept.app, b"x" * 60, declared=60).status == 204
    assert put(kept.app, b"x" * 60, declared=60).status == 413
    assert put(kept.app, b"x" * 40, declared=40).status == 204
    assert kept.bytes == 100
    kept.bytes = 0  # the page has taken them in
    assert put(kept.app, b"x" * 60, declared=60).status == 204


def test_one_that_does_not_say_how_large_it_is_is_counted_as_it_comes() -> None:
    kept = _Kept(100)
    browser = put(kept.app, *[b"x" * 30] * 1000)
    assert browser.status == 413
    assert len(browser.waiting) > 990, "the rest is not read"
    assert put(kept.app, b"x" * 100).status == 204, "what was refused counts no longer"


def test_files_on_their_way_at_once_count_together() -> None:
    kept = _Kept(100)

    async def both() -> list[int]:
        going = asyncio.Event()

        async def one(browser: _Browser) -> int:
            async def receive() -> Any:
                if len(browser.waiting) == 1:
                    await going.wait()
                return await browser.receive()

            scope = {
                "type": "http",
                "method": "PUT",
                "path": "/a/b",
                "headers": [],
                "query_string": b"",
                "root_path": "",
            }
            await kept.app(scope, receive, browser.send)
            return browser.status

        def slow() -> _Browser:
            return _Browser(
                {"type": "http.request", "body": b"x" * 60, "more_body": True},
                {"type": "http.request", "body": b"", "more_body": False},
            )

        tasks = [asyncio.create_task(one(slow())) for _ in range(2)]
        await asyncio.wait(tasks, timeout=0.05)
        going.set()
        return sorted([await task for task in tasks])

    assert asyncio.run(both()) == [204, 413]


def test_the_page_can_say_how_many_were_left_out() -> None:
    kept = _Kept(10)
    for _ in range(3):
        put(kept.app, b"x" * 20, session="mine")
    put(kept.app, b"x" * 20, session="of-another", declared=20)
    assert pop_refused_count("mine") == 3 and pop_refused_count("mine") == 0
    assert pop_refused_count("of-another") == 1 and pop_refused_count("nobody") == 0


def test_it_counts_what_streamlit_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
    from streamlit.runtime.uploaded_file_manager import UploadedFileRec

    class _Runtime:
        uploaded_file_mgr = MemoryUploadedFileManager("/upload")

    monkeypatch.setattr(limits.runtime, "get_instance", _Runtime)
    assert limits._pending_bytes() == 0
    _Runtime.uploaded_file_mgr.add_file("s", UploadedFileRec("f", "a.txt", "text/plain", b"x" * 77))
    assert limits._pending_bytes() == 77


async def _until_it_leaves(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] != "websocket.disconnect":
        message["bytes"].decode()  # as Streamlit, which takes bytes for granted


def test_so_many_windows_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    async def opened() -> None:
        app = ConnectionLimit(_until_it_leaves, limit=2)
        leaving = asyncio.Event()

        async def stays() -> Any:
            await leaving.wait()
            return {"type": "websocket.disconnect", "code": 1001}

        first = [_Browser(), _Browser()]
        tasks = [asyncio.create_task(app({"type": "websocket"}, stays, one.send)) for one in first]
        await asyncio.sleep(0)
        third = _Browser()
        await app({"type": "websocket"}, stays, third.send)
        assert third.answered == [{"type": "websocket.close", "code": 1013}]
        leaving.set()
        await asyncio.gather(*tasks)
        await app({"type": "websocket"}, stays, third.send)
        assert [one.answered[-1]["type"] for one in (*first, third)] == ["websocket.accept"] * 3

    with caplog.at_level(logging.WARNING):
        asyncio.run(opened())
    assert "2 are open" in caplog.text and MAX_CONNECTIONS >= 50


@pytest.mark.parametrize("message", [{"text": "hello"}, {"text": "hello", "bytes": None}, {}])
def test_text_ends_a_connection_without_an_error(message: dict[str, Any]) -> None:
    browser = _Browser(
        {"type": "websocket.receive", "bytes": b"hello"},
        {"type": "websocket.receive", **message},
        {"type": "websocket.receive", "bytes": b"after"},
    )
    asyncio.run(ConnectionLimit(_until_it_leaves)({"type": "websocket"}, browser.receive, browser.send))
    assert len(browser.waiting) == 1


def test_more_files_may_be_open_than_a_system_grants_at_first() -> None:
    """128 pages that were left, three files each, and a hundred windows, five each."""
    pytest.importorskip("resource")
    code = (
        "import resource as r; most = r.getrlimit(r.RLIMIT_NOFILE)[1]; r.setrlimit(r.RLIMIT_NOFILE, (256, most))\n"
        "from rag.ui.server import limits; limits.raise_open_file_limit(); print(*r.getrlimit(r.RLIMIT_NOFILE))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    soft, hard = map(int, said)
    assert soft == OPEN_FILE_LIMIT if hard == -1 else soft == min(OPEN_FILE_LIMIT, hard)
    assert OPEN_FILE_LIMIT > 128 * 3 + MAX_CONNECTIONS * 5
