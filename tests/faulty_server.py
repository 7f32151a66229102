"""A model server that misbehaves as told: real HTTP on loopback, one thread a connection, and a record of it all."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

WAIT_SECONDS = 20.0
"""No wait here is longer, whatever a test does."""
PIECES = ("Hvad ", "der ", "står.")


@dataclass
class Request:
    """A request: method, path, headers (lower case), body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """What a fault does its work with."""

    def __init__(self, server: FaultyServer, sock: socket.socket, request: Request) -> None:
        self.server, self.sock, self.request = server, sock, request

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self, status: int, body: bytes, *headers: str, kind: str = "application/json") -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
        self.send("\r\n".join([*lines, *headers, "", ""]).encode() + body)

    def start(self) -> None:
        """A generation runs from here on."""
        self.server.started += 1
        self.server.begun.set()

    def begin(self, *headers: str) -> None:
        """An answer without a length or chunks: it ends where the connection does."""
        self.start()
        lines = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Connection: close", *headers, "", ""]
        self.send("\r\n".join(lines).encode())

    def event(self, data: Any) -> None:
        self.send(b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n")

    def piece(self, text: str | None, finish: str | None = None, **fields: Any) -> None:
        delta = {} if text is None else {"content": text}
        self.event({"choices": [{"index": 0, "delta": {**delta, **fields}, "finish_reason": finish}]})

    def pieces(self, texts: Sequence[str] = PIECES) -> None:
        for text in texts:
            self.piece(text)

    def end(self, finish: str = "stop", usage: dict[str, Any] | None = None) -> None:
        self.piece(None, finish)
        if usage is not None:
            self.event({"choices": [], "usage": usage})
        self.event(b"[DONE]")

    def wait_for_hang_up(self) -> None:
        """Until the other side is gone."""
        self.sock.settimeout(WAIT_SECONDS)
        if self.sock.recv(1) == b"":
            self.server.hung_up.set()

    def until_hang_up(self, send: Callable[[], None]) -> None:
        """`send` and again, until the other side is gone."""
        ends = time.monotonic() + WAIT_SECONDS
        try:
            while time.monotonic() < ends:
                send()
        except OSError:
            self.server.hung_up.set()

    def reset(self) -> None:
        """Drop the connection as a crash does (RST)."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


Fault = Callable[[Connection], None]


def good(connection: Connection) -> None:
    connection.begin()
    connection.pieces()
    connection.end(usage={"prompt_tokens": 40, "completion_tokens": 3})


@dataclass
class FaultyServer:
    """chat: what it does with each request for an answer, the last one for all that follow. started: generations.

    models: the body of its list. other: further paths, by what is answered. begun: there is a generation; heard: the
    test has what it waited for; hung_up: the other side left while this one was at work.
    """

    chat: Sequence[Fault] = (good,)
    models: Any = None
    other: dict[str, Fault] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    started: int = 0
    begun: threading.Event = field(default_factory=threading.Event)
    heard: threading.Event = field(default_factory=threading.Event)
    hung_up: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked_for(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    @property
    def chats(self) -> list[Request]:
        return self.asked_for("/v1/chat/completions")

    def respond(self, sock: socket.socket) -> None:
        with sock:
            sock.settimeout(WAIT_SECONDS)
            try:
                request = _read(sock)
                if request is None:
                    return
                self.requests.append(request)
                self._fault(request)(Connection(self, sock, request))
            except (ConnectionError, TimeoutError):
                self.hung_up.set()

    def _fault(self, request: Request) -> Fault:
        if request.path in self.other:
            return self.other[request.path]
        if request.path == "/v1/chat/completions":
            return self.chat[min(len(self.chats), len(self.chat)) - 1]
        if request.path == "/v1/models" and self.models is not None:
            body = self.models if isinstance(self.models, bytes) else json.dumps(self.models).encode()
            return lambda connection: connection.answer(200, body)
        return lambda connection: connection.answer(404, b'{"error": {"message": "no such path"}}')


def _read(sock: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        data_read = sock.recv(65536)
        if not data_read:
            return None
        data += data_read
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65536)
    method, path, _ = first.split(" ")
    return Request(method, path, headers, body)


@contextmanager
def running(server: FaultyServer) -> Iterator[FaultyServer]:
    """Listens on a free port of 127.0.0.1 until the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def listen() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=server.respond, args=(sock,), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=listen, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(WAIT_SECONDS)
        for thread in threads:
            thread.join(WAIT_SECONDS)
