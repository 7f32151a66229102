"""An HTTP client for one server, over a line: what it sends, and what it takes for an answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import httpcore2
import httpx2

from rag.core.errors import ServerNotAllowed, ServerUnknown
from rag.models.servers.network_backend import PinnedNetworkBackend
from rag.models.servers.server import Server

if TYPE_CHECKING:
    import ssl

CONNECT_SECONDS = 5.0
_HEADERS = frozenset({"host", "content-type", "content-length", "accept", "connection"})
_TALKATIVE = ("openai", "openai._base_client", "httpx2", "httpcore2", "httpcore2.connection", "httpcore2.http11")


def client(
    server: Server, backend: PinnedNetworkBackend, read_seconds: float, connect_seconds: float = CONNECT_SECONDS
) -> httpx2.Client:
    """Speaks to `server` alone, over `line`: no redirects, no proxies from the environment, no headers but ours."""
    for name in _TALKATIVE:
        # at DEBUG they write what is sent and what comes back; OPENAI_LOG must not change that
        logging.getLogger(name).setLevel(logging.WARNING)

    def set_headers(request: httpx2.Request) -> None:
        for name in [name for name in request.headers if name.lower() not in _HEADERS]:
            del request.headers[name]  # the environment can add some (OPENAI_ORG_ID), and the library tells of itself
        request.headers["user-agent"] = "Kilde"
        request.headers["accept-encoding"] = "identity"
        if server.key:
            request.headers["authorization"] = f"Bearer {server.key}"

    def check_response(response: httpx2.Response) -> None:
        if 300 <= response.status_code < 400:
            raise ServerNotAllowed(server=server.name, detail="redirect")
        if response.headers.get("content-encoding", "identity") != "identity":
            # a little of it could become more than memory holds
            raise ServerUnknown(server=server.name, detail="compressed")

    return httpx2.Client(
        transport=_Transport(backend),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(read_seconds, connect=min(connect_seconds, read_seconds)),
        event_hooks={"request": [set_headers], "response": [check_response]},
    )


@cache
def _certificates() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


class _Transport(httpx2.BaseTransport):
    """`httpx2.HTTPTransport` does not let a network backend in, so this one does: connections over a line."""

    def __init__(self, backend: PinnedNetworkBackend) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_certificates() if backend.is_secure else None, network_backend=backend, max_connections=1
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        with _as_httpx():
            response = self._pool.handle_request(
                httpcore2.Request(
                    method=request.method,
                    url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx2.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """What goes wrong below has the same name in both libraries."""
    try:
        yield
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        kind: type[httpx2.TransportError] = getattr(httpx2, type(error).__name__)
        raise kind(str(error)) from error
