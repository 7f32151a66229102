"""An HTTP client for one server, over a `PinnedNetworkBackend`, with restrictions on requests and responses."""

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
    """A client for `server` only, over `line`: no redirects, no proxies from the environment, no foreign headers."""
    for name in _TALKATIVE:
        # at DEBUG they log requests and responses, which OPENAI_LOG must not enable
        logging.getLogger(name).setLevel(logging.WARNING)

    def set_headers(request: httpx2.Request) -> None:
        for name in [name for name in request.headers if name.lower() not in _HEADERS]:
            del request.headers[name]  # headers from the environment (OPENAI_ORG_ID), and those about the library
        request.headers["user-agent"] = "Kilde"
        request.headers["accept-encoding"] = "identity"
        if server.key:
            request.headers["authorization"] = f"Bearer {server.key}"

    def check_response(response: httpx2.Response) -> None:
        if 300 <= response.status_code < 400:
            raise ServerNotAllowed(server=server.name, detail="redirect")
        if response.headers.get("content-encoding", "identity") != "identity":
            # a small compressed response could expand beyond memory
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
    """Like `httpx2.HTTPTransport`, which accepts no network backend: connections over a given backend."""

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
    """Translates exceptions of httpcore2, which have the same names in httpx2."""
    try:
        yield
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        kind: type[httpx2.TransportError] = getattr(httpx2, type(error).__name__)
        raise kind(str(error)) from error
