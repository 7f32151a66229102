"""Checks of Host and Origin, and security headers, in front of everything that Streamlit serves.

Streamlit itself checks the Host of WebSockets only, accepts them from a page on any port of this machine, and for a
foreign page asks a server on the internet for its own address. Here every request has to name a host of
`server.allowedHosts`, and a request from a page has to come from Kilde's own origin or from one of
`server.corsAllowedOrigins`. Each response carries a Content-Security-Policy: if text of a document or a model were ever
drawn as Markdown or HTML, the browser would still load nothing from elsewhere and run no script from it.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit
from starlette.responses import PlainTextResponse
from streamlit import config

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
_DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginGuard:
    """ASGI middleware that refuses foreign requests before Streamlit sees them and adds `HEADERS` to every response.

    hosts, origins: replace those of the configuration.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str] | None = None, origins: Sequence[str] | None = None) -> None:
        self._app = app
        self._hosts = [str(host) for host in (config.get_option("server.allowedHosts") if hosts is None else hosts)]
        allowed_origins = config.get_option("server.corsAllowedOrigins") if origins is None else origins
        self._origins = {origin_of(str(origin)) for origin in allowed_origins} - {None}
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):  # such as "lifespan"
            await self._app(scope, receive, send)
            return
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        if (reason := self.refusal(headers)) is not None:
            logger.warning("Refused a visitor: %s", reason)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            else:
                await PlainTextResponse(reason, 403, headers=HEADERS)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message.get("headers", ())}
                missing = [header for header in self._headers if header[0].lower() not in names]
                message = {**message, "headers": [*message.get("headers", ()), *missing]}
            await send(message)

        await self._app(scope, receive, with_headers)

    def refusal(self, headers: dict[str, list[str]]) -> str | None:
        """The reason to refuse a request with these headers (names in lower case); None to accept it."""
        hosts = headers.get("host", [])
        if len(hosts) != 1 or not self._is_allowed_host(hosts[0]):
            return "This host is not one that this server answers for (server.allowedHosts)."
        for name in headers.get("origin", []):
            origin = origin_of(name)
            if origin is None or (origin not in self._origins and not _is_same_origin(origin, hosts[0])):
                return "A page from elsewhere may not speak to this server (server.corsAllowedOrigins)."
        # browsers report where a request comes from; following a link and typing the address are allowed
        is_cross_site = headers.get("sec-fetch-site", [""])[0] in ("cross-site", "same-site")
        if is_cross_site and "origin" not in headers and headers.get("sec-fetch-mode", [""])[0] != "navigate":
            return "Pages from elsewhere may not load what this server has."
        return None

    def _is_allowed_host(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, _ = parts.hostname, parts.port
        except ValueError:
            return False
        if name is None or parts.netloc != host or "@" in host:
            return False
        name = name.rstrip(".")
        return not self._hosts or any(_matches(name, pattern.strip().lower().rstrip(".")) for pattern in self._hosts)


def origin_of(text: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an origin; None for a text that is no origin, such as "null"."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or parts.hostname is None or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme]


def _is_same_origin(origin: tuple[str, str, int | None], host: str) -> bool:
    """Whether an origin is Kilde's own: its host and port are those that the request names."""
    # a proxy may terminate TLS, so the scheme comes from the origin as the browser knows it
    return origin_of(f"{origin[0]}://{host}") == origin


def _matches(name: str, pattern: str) -> bool:
    return pattern == "*" or name == pattern or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _script_hashes() -> str:
    """The hashes of the inline scripts in Streamlit's own page, as `script-src` takes them."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()
    digests = (hashlib.sha256(script).digest() for script in _INLINE.findall(page))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


POLICY = {
    "default-src": "'self'",
    # component scripts are loaded as blobs; the only inline scripts are Streamlit's own; no eval
    "script-src": f"'self' blob: {_script_hashes()}".rstrip(),
    "style-src": "'self' 'unsafe-inline'",  # Streamlit and the components create style elements as they draw
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
