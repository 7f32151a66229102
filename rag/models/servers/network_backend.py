"""Connections restricted to one server: with checked addresses, limits on time and bytes, and cut from any thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import httpcore2

from rag.core.errors import ServerNotAllowed, ServerUnknown
from rag.models.servers import address
from rag.models.servers.server import Server

if TYPE_CHECKING:
    import ssl

Resolver = Callable[[str, int], Iterable[str]]
"""Maps (host, port) to the addresses of the host."""

MAX_BYTES = 16 * 1024 * 1024


def resolve_host(host: str, port: int) -> list[str]:
    """Resolve a name. Raises OSError if it is unknown."""
    return list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class PinnedNetworkBackend(httpcore2.NetworkBackend):
    """The connections to one server for one purpose, such as an answer.

    They reach no other server, and can be cut from any thread. seconds: total lifetime; max_bytes: total limit of bytes
    read. A name is resolved only once, and the checked address is the one connected to, as a second look-up could give
    another address (DNS rebinding).
    """

    def __init__(
        self, server: Server, seconds: float, max_bytes: int = MAX_BYTES, resolve: Resolver = resolve_host
    ) -> None:
        self._server = server
        self._ends = time.monotonic() + seconds
        self._left_bytes = max_bytes
        self._resolve = resolve
        self._lock = threading.Lock()
        self._streams: list[_Stream] = []
        self._is_cut = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect. Raises ServerNotAllowed for another server, or if all its addresses are refused."""
        server, parts = self._server, self._server.address
        if (host.lower(), port) != (parts.host, parts.port):
            raise ServerNotAllowed(server=server.name, detail="redirect")
        try:
            candidates = [ip_address(text.partition("%")[0]) for text in self._resolve(host, port)]
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(str(error)) from error
        problem: Exception = httpcore2.ConnectError("cut" if self._is_cut else "unknown host")
        for ip in candidates if not self._is_cut else ():
            try:
                address.check(ip, parts, server.name, insecure=server.insecure, only_here=server.origin == "found")
                stream = httpcore2.SyncBackend().connect_tcp(
                    str(ip), port, self.seconds_left(timeout), None, socket_options
                )
            except (ServerNotAllowed, httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
                continue
            peer = str(stream.get_extra_info("server_addr")[0])
            if ip_address(peer.partition("%")[0]) != ip:
                stream.close()
                raise ServerNotAllowed(server=server.name, detail="refused_address")
            return self.register(stream)
        raise problem

    @property
    def is_secure(self) -> bool:
        """Whether the connection must be encrypted."""
        return self._server.address.scheme == "https"

    def cut(self) -> None:
        """Close all connections, even while another thread waits, so that the server stops writing."""
        with self._lock:
            self._is_cut = True
            streams, self._streams = self._streams, []
        for stream in streams:
            stream.shut()

    def seconds_left(self, timeout: float | None) -> float:
        """The remaining seconds, at most `timeout`. Raises httpcore2.ReadTimeout if none are left."""
        remaining = self._ends - time.monotonic()
        if remaining <= 0:
            raise httpcore2.ReadTimeout("out of time")
        return remaining if timeout is None else min(remaining, timeout)

    def count_bytes(self, count: int) -> None:
        """Count bytes that were read. Raises ServerUnknown beyond the limit."""
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise ServerUnknown(server=self._server.name, detail="too_much")

    def register(self, stream: httpcore2.NetworkStream) -> _Stream:
        """Register a connection, to be cut with the others."""
        registered = _Stream(self, stream)
        with self._lock:
            if not self._is_cut:
                self._streams.append(registered)
                return registered
        stream.close()
        raise httpcore2.ConnectError("cut")


class _Stream(httpcore2.NetworkStream):
    def __init__(self, backend: PinnedNetworkBackend, stream: httpcore2.NetworkStream) -> None:
        self._backend, self._stream = backend, stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._backend.seconds_left(timeout))
        self._backend.count_bytes(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._backend.seconds_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def shut(self) -> None:
        """Like `close`, but wakes a thread that is reading."""
        raw_socket: socket.socket = self._stream.get_extra_info("socket")
        try:
            # bypasses the SSL socket's method, whose closing handshake would interfere with the reading thread
            socket.socket.shutdown(raw_socket, socket.SHUT_RDWR)
        except OSError:
            return  # closed already, here or by the server

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return self._backend.register(
            self._stream.start_tls(ssl_context, server_hostname, self._backend.seconds_left(timeout))
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
